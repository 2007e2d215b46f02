# SPDX-License-Identifier: Apache-2.0
"""A discriminator that looks at frozen features of a picture and at what it is to show.

Features of a trained network tell sharp from blurred at once, where a discriminator that starts
from noise has to learn it first (Sauer et al., Projected GANs, 2021). Here the features are those
that the perceptual loss has computed anyway, and every head is also given the condition.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm


class FeatureCritic(nn.Module):
    """One head for each depth of the features; spectrally normalised.

    Args:
        channels: of the features at each depth.
        condition: channels of what the picture is to show.
        width: of the heads.
    """

    def __init__(self, channels: Sequence[int], condition: int, width: int = 64) -> None:
        super().__init__()
        self.heads = nn.ModuleList(_head(count + condition, width) for count in channels)

    def forward(self, features: Sequence[Tensor], condition: Tensor) -> list[Tensor]:
        """Logits (B, 1, h, w) of each head.

        Args:
            features: (B, C, h, w) of each depth.
            condition: (B, condition, H, W); H and W are multiples of every h and w.
        """
        logits = []
        for head, maps in zip(self.heads, features, strict=True):
            height, width = maps.shape[-2:]
            shown = F.adaptive_avg_pool2d(condition, (height, width)).to(maps.dtype)
            logits.append(head(torch.cat([maps, shown], 1)))
        return logits


def _head(inputs: int, width: int) -> nn.Module:
    return nn.Sequential(
        spectral_norm(nn.Conv2d(inputs, width, 1)),
        nn.LeakyReLU(0.2),
        spectral_norm(nn.Conv2d(width, width, 3, padding=1)),
        nn.LeakyReLU(0.2),
        nn.Conv2d(width, 1, 3, padding=1),
    )

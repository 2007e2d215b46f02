# SPDX-License-Identifier: Apache-2.0
"""A small U-Net (Ronneberger et al. 2015) that gives logits per pixel."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

GROUP = 8


@dataclass(frozen=True)
class UNetConfig:
    """Sizes.

    Attributes:
        in_channels, out_channels: of the picture and of the logits.
        widths: channels of each resolution, multiples of 8; each halves the one before.
    """

    in_channels: int
    out_channels: int
    widths: tuple[int, ...] = (24, 48, 96, 160)


class UNet(nn.Module):
    """Two convolutions with group norm per resolution on the way down and up."""

    def __init__(self, config: UNetConfig) -> None:
        super().__init__()
        self.config = config
        widths = config.widths
        self.down = nn.ModuleList(
            _double(before, width) for before, width in pairwise((config.in_channels, *widths))
        )
        self.up = nn.ModuleList(
            _double(coarse + fine, fine) for fine, coarse in reversed(list(pairwise(widths)))
        )
        self.logits = nn.Conv2d(widths[0], config.out_channels, 1)

    def forward(self, picture: Tensor) -> Tensor:
        """(B, in, H, W) -> (B, out, H, W), for any H and W."""
        skips: list[Tensor] = []
        features = picture
        for index, block in enumerate(self.down):
            if index:
                features = F.max_pool2d(features, 2, ceil_mode=True)
            features = block(features)
            skips.append(features)
        skips.pop()
        for block in self.up:
            skip = skips.pop()
            features = F.interpolate(
                features, skip.shape[-2:], mode="bilinear", align_corners=False
            )
            features = block(torch.cat([features, skip], 1))
        return self.logits(features)


def _double(in_channels: int, out_channels: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for before in (in_channels, out_channels):
        layers += [
            nn.Conv2d(before, out_channels, 3, padding=1, bias=False),
            nn.GroupNorm(out_channels // GROUP, out_channels),
            nn.SiLU(True),
        ]
    return nn.Sequential(*layers)

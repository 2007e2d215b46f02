# SPDX-License-Identifier: Apache-2.0
"""Losses of the adversarial methods. Each is a plain function of tensors."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def hinge_discriminator(fake: list[list[Tensor]], real: list[list[Tensor]]) -> Tensor:
    """Hinge loss of the discriminator, mean over scales (Lim and Ye 2017; SPADE).

    Both arguments hold, per scale, the outputs of all layers with the logits last.
    """
    terms = [
        F.relu(1 + f[-1]).mean() + F.relu(1 - r[-1]).mean() for f, r in zip(fake, real, strict=True)
    ]
    return torch.stack(terms).mean()


def hinge_generator(fake: list[list[Tensor]]) -> Tensor:
    """Hinge loss of the generator: minus the mean logit, mean over scales."""
    return torch.stack([-outputs[-1].mean() for outputs in fake]).mean()


def feature_matching(fake: list[list[Tensor]], real: list[list[Tensor]]) -> Tensor:
    """L1 between the discriminator's inner features of fakes and reals (pix2pixHD, eq. 4)."""
    terms = [
        F.l1_loss(f, r.detach())
        for f_scale, r_scale in zip(fake, real, strict=True)
        for f, r in zip(f_scale[:-1], r_scale[:-1], strict=True)
    ]
    return torch.stack(terms).sum() / len(fake)


def gaussian_kl(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(mean, variance) || N(0, I)), summed over a picture's code, mean over the batch."""
    terms = 1 + log_variance - mean.square() - log_variance.exp()
    return -0.5 * terms.flatten(1).sum(1).mean()


def two_scale_l1(picture: Tensor, target: Tensor) -> Tensor:
    """Mean of the L1 distances at full and at quarter resolution, (B, C, H, W)."""
    coarse = F.l1_loss(F.avg_pool2d(picture, 4), F.avg_pool2d(target, 4))
    return 0.5 * (F.l1_loss(picture, target) + coarse)

# SPDX-License-Identifier: Apache-2.0
"""Losses of the adversarial methods. Each is a plain function of tensors."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

AUTHORS_CODE = 8 * 8 * 8 * 4 * 4
"""Numbers in a batch's codes where SMIS was tuned: 8 pictures, 8 classes, 8 channels of 4 x 4."""


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


def lsgan_discriminator(fake: list[list[Tensor]], real: list[list[Tensor]]) -> Tensor:
    """Least squares (Mao et al. 2017): reals to 1, fakes to 0; half the sum, mean over scales."""
    terms = [
        0.5 * (f[-1].square().mean() + (r[-1] - 1).square().mean())
        for f, r in zip(fake, real, strict=True)
    ]
    return torch.stack(terms).mean()


def lsgan_generator(fake: list[list[Tensor]]) -> Tensor:
    """Least squares: fakes to 1, mean over scales."""
    return torch.stack([(outputs[-1] - 1).square().mean() for outputs in fake]).mean()


def bce_discriminator(fake: list[list[Tensor]], real: list[list[Tensor]]) -> Tensor:
    """Binary cross entropy of the logits (Goodfellow et al. 2014), mean over scales."""
    terms = [
        F.softplus(f[-1]).mean() + F.softplus(-r[-1]).mean()
        for f, r in zip(fake, real, strict=True)
    ]
    return torch.stack(terms).mean()


def bce_generator(fake: list[list[Tensor]]) -> Tensor:
    """The same for the generator, in the form that does not saturate, mean over scales."""
    return torch.stack([F.softplus(-outputs[-1]).mean() for outputs in fake]).mean()


def r1_penalty(logits: Tensor, real: Tensor) -> Tensor:
    """Squared gradient norm of the logits at reals, mean over the batch (Mescheder et al. 2018).

    ``real`` (B, ...) must require gradients and ``logits`` have been computed from it. The paper
    weighs this with gamma / 2.
    """
    (gradient,) = torch.autograd.grad(logits.sum(), real, create_graph=True)
    return gradient.square().flatten(1).sum(1).mean()


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


def scaled_kl(mean: Tensor, log_variance: Tensor, elements: int = AUTHORS_CODE) -> Tensor:
    """KL(N(mean, variance) || N(0, I)) as if the batch's codes had ``elements`` numbers in all.

    SMIS sums over batch and code, so its weight of 0.05 means something else at every batch size
    and number of classes. This one is as strong at any.
    """
    terms = 1 + log_variance - mean.square() - log_variance.exp()
    return -0.5 * terms.mean() * elements


def two_scale_l1(picture: Tensor, target: Tensor) -> Tensor:
    """Mean of the L1 distances at full and at quarter resolution, (B, C, H, W)."""
    coarse = F.l1_loss(F.avg_pool2d(picture, 4), F.avg_pool2d(target, 4))
    return 0.5 * (F.l1_loss(picture, target) + coarse)

# SPDX-License-Identifier: Apache-2.0
"""How the codes of real pictures lie: a Gaussian per class, from which looks are drawn.

A variational encoder leaves most directions of a code alone and spreads the pictures far along
few: noise of unit variance in all of them is a look that is no picture's (Ghosh et al., ICLR
2020, "ex-post density estimation").
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


class CodePrior(nn.Module):
    """Mean (C, D) and factor (C, D, R) of each class's code: code = mean + factor @ noise.

    D is a code's number of values, R the number of directions that are kept.
    """

    def __init__(self, classes: int, values: int, rank: int) -> None:
        super().__init__()
        self.mean: Tensor
        self.factor: Tensor
        self.register_buffer("mean", torch.zeros(classes, values))
        self.register_buffer("factor", torch.zeros(classes, values, rank))

    def draw(self, slot: int, generator: torch.Generator, temperature: float) -> Tensor:
        """A code (D,) of the class; ``temperature`` 0 gives the mean."""
        noise = torch.randn(self.factor.shape[-1], generator=generator)
        # On the CPU, so that a seed is the same look on every device.
        return self.mean[slot].cpu() + self.factor[slot].cpu() @ noise * temperature


def fit_prior(codes: Tensor, shown: Tensor, rank: int) -> CodePrior:
    """The Gaussian of each class in few directions.

    Args:
        codes: (N, C, D) mean codes of N pictures.
        shown: (N, C) bool, whether the picture shows the class.
        rank: directions to keep, those along which pictures differ most.
    """
    _, classes, values = codes.shape
    prior = CodePrior(classes, values, rank)
    for slot in range(classes):
        own = codes[shown[:, slot], slot]
        if len(own) == 0:
            continue
        prior.mean[slot] = own.mean(0)
        apart = (own - prior.mean[slot]) / max(len(own) - 1, 1) ** 0.5
        _, lengths, axes = torch.linalg.svd(apart, full_matrices=False)
        kept = min(rank, len(lengths))
        # The sign of an axis is the library's whim: the largest value is made positive.
        sign = axes[:kept].gather(1, axes[:kept].abs().argmax(1, keepdim=True)).sign()
        prior.factor[slot, :, :kept] = (lengths[:kept, None] * axes[:kept] * sign).T
    return prior

# SPDX-License-Identifier: Apache-2.0
"""Adaptive instance norm, at what reading and writing the maps costs.

Maps of single precision are first shifted by a rough mean, which matrix products give quickly: the
library's fused norm over channels-last maps loses its digits where a mean is large against the
deviation, and shifted maps have none. Where a mean is that large, maps of bfloat16 have no
digits to lose. The gradient is made of matrix products, too: the library's own one costs
two to three times as much on a CPU.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

EPSILON = 1e-5


def restyle(x: Tensor, style: Tensor) -> Tensor:
    """Adaptive instance norm of (P, C, H, W); style (P, 2 C) holds shifts, then scales.

    Where no gradients are asked for, ``x`` itself is overwritten.
    """
    shift, scale = style.to(x.dtype).chunk(2, 1)
    if torch.is_grad_enabled() and (x.requires_grad or style.requires_grad):
        return _Restyle.apply(x, scale, shift)
    normed, _ = _normed(x if x.dtype == torch.bfloat16 else x.sub_(_rough_mean(x)))
    return torch.addcmul(_map(shift), normed, _map(scale), out=x)


class _Restyle(torch.autograd.Function):
    """Of (P, C, H, W), scales (P, C) and shifts (P, C)."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
        shifted = x - _rough_mean(x)
        normed, inverse = _normed(shifted)
        ctx.save_for_backward(normed, scale, inverse)
        return torch.addcmul(_map(shift), normed, _map(scale), out=shifted)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        normed, scale, inverse = ctx.saved_tensors
        pixels = gradient.shape[2] * gradient.shape[3]
        of_shift, of_scale = _sum(gradient), _sum(gradient * normed)
        factor = scale * inverse.to(scale.dtype)
        # d normed = (g - mean g - normed * mean(g normed)) / deviation
        common = torch.addcmul(
            _map(factor * of_shift / pixels), normed, _map(factor * of_scale / pixels)
        )
        return (gradient * _map(factor)).sub_(common), of_scale, of_shift


def _normed(x: Tensor) -> tuple[Tensor, Tensor]:
    """Maps (P, C, H, W) of mean 0 and deviation 1, and 1 / deviation (P, C)."""
    count, channels, height, width = x.shape
    normed, _, inverse = torch.native_group_norm(
        x, None, None, count, channels, height * width, channels, EPSILON
    )
    return normed, inverse.view(count, channels)


def _rough_mean(x: Tensor) -> Tensor:
    """(P, C, 1, 1), as exact as the type of the maps."""
    return _map(_sum(x) / (x.shape[2] * x.shape[3]))


def _sum(x: Tensor) -> Tensor:
    """(P, C, H, W) -> (P, C)."""
    rows = x.permute(0, 2, 3, 1).flatten(1, 2)
    ones = rows.new_ones(len(rows), 1, rows.shape[1])
    return torch.bmm(ones, rows).squeeze(1)


def _map(values: Tensor) -> Tensor:
    return values[..., None, None]

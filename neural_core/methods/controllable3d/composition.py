# SPDX-License-Identifier: Apache-2.0
"""Layers of a scene put over each other, nearest first."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

SOLID = 0.5
"""From this alpha on a layer has a depth of its own."""


@dataclass(frozen=True)
class Layers:
    """Pictures of the P = B * N primitives of B scenes.

    Attributes:
        rgb: (P, 3, H, W) in [0, 1], straight. alpha: (P, 1, H, W) in [0, 1].
        depth: (P, 1, H, W) that the 2D generator gives, in model units.
        order: (P, 1, H, W) depth of the rendered primitive, which decides what hides what.
    """

    rgb: Tensor
    alpha: Tensor
    depth: Tensor
    order: Tensor

    @property
    def solid(self) -> Tensor:
        """(P, 1, H, W) bool, where a layer's depth counts."""
        return self.alpha > SOLID


def compose(layers: Layers, background: Tensor, visible: Tensor) -> Tensor:
    """The scenes: layers over backgrounds (B, 3, H, W) in [0, 1].

    Args:
        visible: (B, N) bool, layers that are shown.

    Returns:
        (B, 3, H, W) in [0, 1].
    """
    scenes, count = visible.shape
    size = layers.alpha.shape[-2:]
    alpha = layers.alpha.reshape(scenes, count, 1, *size) * visible[:, :, None, None, None]
    rgb = layers.rgb.reshape(scenes, count, 3, *size)
    rank = layers.order.detach().reshape(scenes, count, 1, *size).argsort(dim=1, stable=True)
    alpha = alpha.gather(1, rank)
    rgb = rgb.gather(1, rank.expand_as(rgb))
    through = (1 - alpha).cumprod(1)
    before = torch.cat([torch.ones_like(through[:, :1]), through[:, :-1]], 1)
    return (rgb * (alpha * before)).sum(1) + background * through[:, -1]


def compose_depth(layers: Layers, visible: Tensor, far: float) -> Tensor:
    """Depth (B, 1, H, W) of the nearest solid layer in model units; ``far`` where there is none."""
    scenes, count = visible.shape
    size = layers.alpha.shape[-2:]
    shown = layers.solid.reshape(scenes, count, 1, *size) & visible[:, :, None, None, None]
    depth = layers.depth.reshape(scenes, count, 1, *size)
    return torch.where(shown, depth, torch.full_like(depth, far)).amin(1)


def hide_at_random(scenes: int, count: int) -> Tensor:
    """(B, N) bool: of every scene's primitives 0 to N - 1, any ones, are hidden."""
    hidden = torch.randint(0, count, (scenes, 1))
    return torch.rand(scenes, count).argsort(1) >= hidden

# SPDX-License-Identifier: Apache-2.0
"""Differentiable augmentation of what a discriminator sees (DiffAugment, Zhao et al. 2020).

A conditional discriminator judges a picture together with its condition, so whatever moves or is
cut out is so in both. Colours change in the picture alone, and only where asked for: a network that
is told the colour of a thing must not be taught that it does not matter.
"""

from __future__ import annotations

from collections.abc import Collection

import torch
import torch.nn.functional as F
from torch import Tensor

from neural_core.contract import ContractError

KINDS = ("color", "translation", "cutout", "zoom")
SHIFT = 0.125
HOLE = 0.5
WINDOW = 0.5
"""The smallest window that is enlarged to the whole picture, as a share of its side."""


def diff_augment(
    picture: Tensor,
    condition: Tensor | None = None,
    kinds: Collection[str] = ("translation",),
    alike: int = 1,
) -> tuple[Tensor, Tensor | None]:
    """Augment pictures (B, 3, H, W) in [-1, 1] and conditions (B, C, H, W), each pair its own way.

    Args:
        kinds: of KINDS. ``color``: brightness, saturation and contrast; ``translation``: by up to
            an eighth of the side, zeros come in; ``cutout``: a square of half the side is zeroed;
            ``zoom``: a window near the middle, half as wide or wider, fills the picture. What is
            small in it is then seen by finer features of a discriminator.
        alike: the batch is so many stacks of the same frames, such as fakes on reals, and a frame
            gets the same changes in all of them: features can still be matched.

    Raises:
        ContractError: an unknown kind.
    """
    for kind in kinds:
        if kind not in KINDS:
            raise ContractError("augmentation", f"'{kind}' is unknown", f"Use {', '.join(KINDS)}")
    if "color" in kinds:
        picture = _colored(picture, alike)
    channels = picture.shape[1]
    pair = picture if condition is None else torch.cat([picture, condition], 1)
    if "translation" in kinds:
        pair = _translated(pair, alike)
    if "cutout" in kinds:
        pair = pair * _holes(pair, alike)
    if "zoom" in kinds:
        pair = _zoomed(pair, alike)
    return pair[:, :channels], None if condition is None else pair[:, channels:]


def _colored(picture: Tensor, alike: int) -> Tensor:
    """Brightness by up to half, saturation by up to twice, contrast by up to half."""
    brightness, saturation, contrast = (
        torch.rand(len(picture) // alike, 1, 1, 1, device=picture.device).repeat(alike, 1, 1, 1)
        for _ in range(3)
    )
    picture = picture + (brightness - 0.5)
    grey = picture.mean(1, keepdim=True)
    picture = grey + (picture - grey) * (2 * saturation)
    middle = picture.mean((1, 2, 3), keepdim=True)
    return middle + (picture - middle) * (contrast + 0.5)


def _translated(pair: Tensor, alike: int) -> Tensor:
    """Shifted by whole pixels, zeros where nothing was."""
    batch, _, height, width = pair.shape
    drawn = batch // alike
    rows, visible_rows = (t.repeat(alike, 1) for t in _shifted(drawn, height, pair.device))
    columns, visible_columns = (t.repeat(alike, 1) for t in _shifted(drawn, width, pair.device))
    each = torch.arange(batch, device=pair.device)[:, None, None]
    moved = pair.permute(0, 2, 3, 1)[each, rows[:, :, None], columns[:, None, :]]
    visible = visible_rows[:, :, None] & visible_columns[:, None, :]
    return (moved * visible[..., None]).permute(0, 3, 1, 2)


def _shifted(batch: int, length: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Where each place along one axis takes its value from, and whether there is one."""
    most = round(length * SHIFT)
    shift = torch.randint(-most, most + 1, (batch, 1), device=device)
    source = torch.arange(length, device=device) + shift
    inside = (source >= 0) & (source < length)
    return source.clamp(0, length - 1), inside


def _holes(pair: Tensor, alike: int) -> Tensor:
    """(B, 1, H, W): 0 in a square somewhere, parts of which may lie outside; 1 elsewhere."""
    batch, _, height, width = pair.shape
    inside = []
    for length in (height, width):
        side = round(length * HOLE)
        middle = torch.randint(0, length + 1, (batch // alike, 1), device=pair.device)
        places = torch.arange(length, device=pair.device)
        inside.append((places >= middle - side // 2) & (places < middle - side // 2 + side))
    hole = inside[0][:, :, None] & inside[1][:, None, :]
    return (~hole)[:, None].to(pair.dtype).repeat(alike, 1, 1, 1)


def _zoomed(pair: Tensor, alike: int) -> Tensor:
    """Windows of random sizes enlarged; their middles lie up to half the free room off."""
    batch = len(pair)
    drawn = torch.rand(batch // alike, 3, device=pair.device).repeat(alike, 1)
    side = WINDOW + (1 - WINDOW) * drawn[:, 0]
    middle = (drawn[:, 1:] - 0.5) * (1 - side)[:, None]
    placed = torch.zeros(batch, 2, 3, device=pair.device)
    placed[:, 0, 0] = placed[:, 1, 1] = side
    placed[:, :, 2] = middle
    where = F.affine_grid(placed, list(pair.shape), align_corners=False)
    return F.grid_sample(pair, where.to(pair), padding_mode="border", align_corners=False)

# SPDX-License-Identifier: Apache-2.0
"""A loss that keeps classes apart: what changes outside a class when its code alone is another.

The decoder's last groups are shared, so each code can reach every pixel; likeness to one picture
per layout never says that it must not. Here the same layout is drawn twice and told so.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from .config import SmisConfig

LEAST_SHARE = 0.004
"""Of the picture: a smaller class is not drawn again."""
FLOOR = 0.02
"""Change, of a range of 2, that is no change worth dividing by."""
RIM = 1
"""Pixels around the class that may change with it: edges are mixtures of both sides."""


@dataclass(frozen=True)
class Redrawn:
    """Codes of which one class is another in each picture.

    Attributes:
        codes: (B, *`code_shape`).
        outside: (B, 1, H, W) bool: pixels that should not change.
    """

    codes: Tensor
    outside: Tensor


def redraw_one_class(codes: Tensor, masks: Tensor, config: SmisConfig) -> Redrawn:
    """Another code for one class of each picture, by chance.

    The code is noise, or with even chance that of the same class in the next picture of the batch:
    codes drawn from seeds and codes taken from pictures must both stay where they belong.

    Args:
        codes: (B, *`code_shape`) of a config with codes per class.
        masks: (B, C, H, W) one-hot; a picture's class is one of those that it shows.
    """
    return redraw_classes(
        codes, noise_or_next(codes, torch.randn_like(codes)), any_seen_class(masks), masks, config
    )


def redraw_classes(
    codes: Tensor, others: Tensor, slots: Tensor, masks: Tensor, config: SmisConfig
) -> Redrawn:
    """In each picture the code of one class, ``slots`` (B,), is taken from ``others``."""
    chosen = F.one_hot(slots, config.classes).bool()
    parts = chosen.repeat_interleave(config.latent_channels, 1)[..., None, None]
    inside = (masks.float() * chosen[..., None, None]).sum(1, keepdim=True)
    near = F.max_pool2d(inside, 2 * RIM + 1, stride=1, padding=RIM)
    return Redrawn(torch.where(parts, others, codes), near == 0)


def noise_or_next(codes: Tensor, noise: Tensor) -> Tensor:
    """Codes (B, ...) from noise, or with even chance those of the next picture of the batch."""
    drawn = torch.rand(len(codes), 1, 1, 1, device=codes.device) < 0.5
    return torch.where(drawn, noise, codes.roll(1, 0))


def any_seen_class(masks: Tensor) -> Tensor:
    """A class of each picture (B,), each that it shows as likely as any other."""
    shares = _shares(masks)
    chance = torch.rand_like(shares) - 2.0 * (shares < LEAST_SHARE)
    return chance.argmax(1)


def seen_class_by_size(masks: Tensor) -> Tensor:
    """A class of each picture (B,), as likely as its share of the picture."""
    return torch.multinomial(_shares(masks) + 1e-9, 1)[:, 0]


def _shares(masks: Tensor) -> Tensor:
    """(B, C, H, W) one-hot -> (B, C)."""
    return masks.float().mean((2, 3))


def share_outside(picture: Tensor, again: Tensor, outside: Tensor) -> Tensor:
    """How much of the change is where none should be: near 0 is apart, a half is everywhere alike.

    Mean absolute change over pixels ``outside`` (B, 1, H, W) bool, over that and the change of all
    other pixels. Being a share, it is not met by codes that change nothing at all.
    """
    change = (again - picture).abs().mean(1, keepdim=True)
    without, within = (
        (change * where).sum() / where.sum().clamp_min(1) for where in (outside, ~outside)
    )
    return without / (without + within + FLOOR)

# SPDX-License-Identifier: Apache-2.0
"""Which pixels of a coarser map some pixels of a finer one need."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class Window:
    """Rows ``top`` to, not with, ``bottom`` and columns ``left`` to, not with, ``right``."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def slices(self) -> tuple[slice, slice]:
        """To index (..., H, W) with."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def grown(self, by: int, size: tuple[int, int]) -> Window:
        """Wider by so many pixels on each side, as far as a map (height, width) has them."""
        return Window(
            max(self.top - by, 0),
            min(self.bottom + by, size[0]),
            max(self.left - by, 0),
            min(self.right + by, size[1]),
        )

    def halved(self, size: tuple[int, int]) -> Window:
        """What it needs of the map (height, width) that a bilinear enlargement made it from.

        A nearest one needs no more than that.
        """
        return Window(
            max((self.top - 1) // 2, 0),
            min(self.bottom // 2 + 1, size[0]),
            max((self.left - 1) // 2, 0),
            min(self.right // 2 + 1, size[1]),
        )

    def within(self, other: Window, scale: int = 1) -> Window:
        """The same pixels, counted from the corner of ``other``, which is ``scale`` as coarse."""
        top, left = other.top * scale, other.left * scale
        return Window(self.top - top, self.bottom - top, self.left - left, self.right - left)


def covering(shown: Tensor) -> Window | None:
    """The smallest window that has all true pixels of (H, W); None where there are none."""
    rows, columns = shown.any(1).nonzero(), shown.any(0).nonzero()
    if not len(rows):
        return None
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    return Window(top, bottom, int(columns[0]), int(columns[-1]) + 1)


def cover_groups(channels: range, groups: int, count: int) -> range:
    """The groups, of ``groups`` over ``count`` channels, that have any of these channels."""
    size = count // groups
    return range(channels.start // size, -(-channels.stop // size))


def channels_of(some: range, groups: int, count: int) -> range:
    """The channels, of ``count`` in ``groups`` groups, that these groups have."""
    size = count // groups
    return range(some.start * size, some.stop * size)


def patched(base: Tensor, channels: range, new: Tensor, changed: range) -> Tensor:
    """``base`` (B, `channels`, H, W) with its channels ``changed`` replaced by ``new``.

    Both ranges count in the map that ``base`` was cut from.
    """
    if channels == changed:
        return new
    result = base.contiguous(memory_format=torch.channels_last)
    result = result.clone() if result.data_ptr() == base.data_ptr() else result
    start = changed.start - channels.start
    result[:, start : start + len(changed)] = new
    return result

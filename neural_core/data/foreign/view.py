# SPDX-License-Identifier: Apache-2.0
"""How a picture of any size becomes a sample of one size, and its labels with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from neural_core.contract import ContractError

FITS = ("resize", "crop", "random_crop")


class ViewOptions(TypedDict, total=False):
    """Options that every foreign set takes, see `View`."""

    size: int | tuple[int, int] | None
    fit: str
    flip: bool


@dataclass(frozen=True)
class Window:
    """A rectangle of a picture, in its pixels from the top-left corner, and the size it gets.

    Attributes:
        left, top, width, height: the rectangle; it lies inside the picture.
        size: height and width of the sample.
        flipped: mirrored left to right.
    """

    left: float
    top: float
    width: float
    height: float
    size: tuple[int, int]
    flipped: bool

    def pixels(self, picture: Image.Image) -> NDArray[np.uint8]:
        """The rectangle of an RGB picture, antialiased: (H, W, 3)."""
        height, width = self.size
        box = (self.left, self.top, self.left + self.width, self.top + self.height)
        resized = picture.resize((width, height), Image.Resampling.BICUBIC, box)
        pixels = np.array(resized)
        return pixels[:, ::-1] if self.flipped else pixels

    def labels(self, array: NDArray) -> NDArray:
        """The rectangle of a label map (h, w), nearest neighbour: (H, W)."""
        rows = _nearest(self.top, self.height, self.size[0], array.shape[0])
        columns = _nearest(self.left, self.width, self.size[1], array.shape[1])
        return array[np.ix_(rows, columns[::-1] if self.flipped else columns)]

    def points(self, points: NDArray[np.float32]) -> NDArray[np.float32]:
        """Points (N, 2) x, y in pixels of the picture -> pixels of the sample."""
        height, width = self.size
        scale = np.array([width / self.width, height / self.height], np.float32)
        moved = (points - np.array([self.left, self.top], np.float32)) * scale
        if self.flipped:
            moved[:, 0] = width - moved[:, 0]
        return moved


@dataclass(frozen=True)
class View:
    """What a sample shows of its picture.

    Attributes:
        size: height and width of the samples, or one number for both; None = as the picture is.
        fit: resize (the whole picture, its proportions may change) | crop (scaled until it covers
            the size, the middle of it) | random_crop (the same, anywhere in it, drawn with
            torch's generator).
        flip: mirror every second picture by chance, drawn with torch's generator.

    Raises:
        ContractError: a size below 1, or an unknown fit.
    """

    size: int | tuple[int, int] | None = None
    fit: str = "resize"
    flip: bool = False

    def __post_init__(self) -> None:
        if self.fit not in FITS:
            raise ContractError("fit", f"'{self.fit}' is unknown", f"Use one of {FITS}")
        if self.shape is not None and min(self.shape) < 1:
            raise ContractError("size", f"{self.size} has no pixels", "Use 1 or more a side")

    @property
    def shape(self) -> tuple[int, int] | None:
        """Height and width of the samples, or None."""
        if isinstance(self.size, int):
            return self.size, self.size
        return self.size

    def window(self, height: int, width: int) -> Window:
        """The window into a picture of this size; drawn anew at every call where chance decides."""
        flipped = self.flip and float(torch.rand(())) < 0.5
        if self.shape is None:
            return Window(0, 0, width, height, (height, width), flipped)
        if self.fit == "resize":
            return Window(0, 0, width, height, self.shape, flipped)
        scale = min(height / self.shape[0], width / self.shape[1])
        part = (self.shape[0] * scale, self.shape[1] * scale)
        down, across = torch.rand(2).tolist() if self.fit == "random_crop" else (0.5, 0.5)
        # Whole pixels: what is not scaled stays as it is.
        top = max(int((height - part[0]) * down), 0)
        left = max(int((width - part[1]) * across), 0)
        # Rounding must not leave the picture by an ulp: PIL refuses such a box.
        return Window(
            left, top, min(part[1], width - left), min(part[0], height - top), self.shape, flipped
        )


def _nearest(start: float, extent: float, count: int, limit: int) -> NDArray[np.intp]:
    """The source pixel under the centre of each of ``count`` pixels that share ``extent``."""
    centres = start + (np.arange(count) + 0.5) * (extent / count)
    return np.clip(np.floor(centres), 0, limit - 1).astype(np.intp)

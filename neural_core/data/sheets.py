# SPDX-License-Identifier: Apache-2.0
"""Sheets of small pictures in captioned rows."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from neural_core.contract import Palette, write_atomically

Row = tuple[str, Sequence[NDArray[np.uint8]]]


def to_uint8(picture: NDArray[np.float32]) -> NDArray[np.uint8]:
    """(3, H, W) in [-1, 1] -> (H, W, 3) uint8."""
    return np.rint((np.clip(picture, -1, 1).transpose(1, 2, 0) + 1) * 127.5).astype(np.uint8)


def class_colors(semantic: NDArray, palette: Palette) -> NDArray[np.uint8]:
    """(H, W) palette ids -> (H, W, 3) display colours; void is black."""
    lookup = np.zeros((65536, 3), np.uint8)
    for entry in palette.classes:
        lookup[entry.id] = np.rint(np.array(entry.color) * 255)
    return lookup[semantic]


def write_sheet(path: Path, rows: Sequence[Row], scale: int = 1) -> None:
    """Rows of equal-sized pictures with a caption at the left, as one PNG."""
    height, width, _ = rows[0][1][0].shape
    height, width = height * scale, width * scale
    margin, gap = 96, 3
    columns = max(len(pictures) for _, pictures in rows)
    size = (margin + columns * (width + gap), len(rows) * (height + gap))
    sheet = Image.new("RGB", size, (24, 24, 24))
    draw = ImageDraw.Draw(sheet)
    for r, (caption, pictures) in enumerate(rows):
        top = r * (height + gap)
        draw.multiline_text((6, top + height // 2 - 12), caption, fill=(230, 230, 230))
        for c, picture in enumerate(pictures):
            tile = Image.fromarray(picture).resize((width, height), Image.Resampling.LANCZOS)
            sheet.paste(tile, (margin + c * (width + gap), top))
    buffer = io.BytesIO()
    sheet.save(buffer, "PNG")
    write_atomically(path, buffer.getvalue())

# SPDX-License-Identifier: Apache-2.0
"""Pictures in labelled rows, and what passes look like to people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from .contract import Palette
from .images import save_picture, to_uint8
from .previews import class_colors, tone_map

BACKGROUND = (24, 25, 28)
INK = (236, 236, 238)
FAINT = (150, 152, 158)
TILE = 288
GAP = 14
MARGIN = 32
LABEL = 26
HEADER = 76
ROW_TITLE = 34


@dataclass(frozen=True)
class Tile:
    """A picture (H, W, 3) in display sRGB [0, 1] and its label."""

    label: str
    image: NDArray[np.float32]


@dataclass(frozen=True)
class Row:
    """Tiles under a title."""

    title: str
    tiles: tuple[Tile, ...]


def write_sheet(path: Path, title: str, subtitle: str, rows: Sequence[Row]) -> None:
    """Draw the rows under a heading and write them as PNG. Raises OSError: it cannot be written."""
    columns = max(len(row.tiles) for row in rows)
    width = 2 * MARGIN + columns * TILE + (columns - 1) * GAP
    row_height = ROW_TITLE + TILE + LABEL + GAP
    sheet = Image.new("RGB", (width, MARGIN + HEADER + len(rows) * row_height + GAP), BACKGROUND)
    draw = ImageDraw.Draw(sheet)
    draw.text((MARGIN, MARGIN - 6), title, INK, _font(30))
    draw.text((MARGIN, MARGIN + 34), subtitle, FAINT, _font(15))
    for index, row in enumerate(rows):
        _draw_row(sheet, draw, row, MARGIN + HEADER + index * row_height)
    save_picture(path, sheet)


def read_exr_passes(path: Path) -> dict[str, NDArray[np.float32]]:
    """Passes of a multilayer EXR by Blender or by us: name -> (H, W, channels) float32.

    Raises:
        KeyError: a pass is missing.
    """
    import OpenEXR

    found: dict[str, NDArray[Any]] = {}
    with OpenEXR.File(str(path), separate_channels=True) as file:
        for part in file.parts:
            found.update({name: channel.pixels for name, channel in part.channels.items()})
    # Blender writes LAYER.Pass.X, we write Pass.X.
    short = {".".join(name.split(".")[-2:]): array for name, array in found.items()}
    wanted = {
        "Semantic": "X", "Instance": "X", "Depth": "Z", "Normal": "XYZ", "Shading": "RGB",
    }  # fmt: skip
    return {
        name: np.stack([short[f"{name}.{c}"] for c in channels], -1).astype(np.float32)
        for name, channels in wanted.items()
    }


def pass_tiles(passes: dict[str, NDArray[np.float32]], palette: Palette) -> dict[str, Tile]:
    """What people see of each pass, by its name."""
    return {
        "Semantic": Tile("Semantic: what it is", semantic_picture(passes, palette)),
        "Instance": Tile("Instance: which one", instance_picture(passes)),
        "Depth": Tile("Depth", depth_picture(passes)),
        "Normal": Tile("Normal", (passes["Normal"] * 0.5 + 0.5) * _solid(passes)),
        "Shading": Tile("Blockout shading", tone_map(passes["Shading"])),
    }


def semantic_picture(
    passes: dict[str, NDArray[np.float32]], palette: Palette
) -> NDArray[np.float32]:
    """Class colours (H, W, 3)."""
    return class_colors(passes["Semantic"][..., 0].astype(np.uint16), palette)


def instance_picture(passes: dict[str, NDArray[np.float32]]) -> NDArray[np.float32]:
    """A stable bright colour for each instance (H, W, 3), black where there is none."""
    ids = passes["Instance"][..., 0].astype(np.int64)
    hue = (ids * 0.61803398875) % 1.0
    light = 0.75 + 0.25 * ((ids * 0.7548776662) % 1.0)
    offsets = np.array([0.0, 1 / 3, 2 / 3])
    wheel = np.clip(np.abs((hue[..., None] + offsets) % 1.0 * 6 - 3) - 1, 0, 1)
    return ((0.25 + 0.75 * wheel) * light[..., None] * (ids > 0)[..., None]).astype(np.float32)


def depth_picture(passes: dict[str, NDArray[np.float32]]) -> NDArray[np.float32]:
    """Near is bright (H, W, 3)."""
    depth = passes["Depth"][..., 0]
    solid = _solid(passes)[..., 0] > 0
    near = float(depth[solid].min()) if solid.any() else 1.0
    bright = np.where(solid, near / np.maximum(depth, near), 0.0) ** 0.6
    return np.repeat(bright[..., None], 3, -1).astype(np.float32)


def read_picture(path: Path) -> NDArray[np.float32]:
    """A picture file as (H, W, 3) in [0, 1]."""
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"), np.float32) / 255.0


def _solid(passes: dict[str, NDArray[np.float32]]) -> NDArray[np.float32]:
    return (passes["Instance"] > 0).astype(np.float32)


def _draw_row(sheet: Image.Image, draw: ImageDraw.ImageDraw, row: Row, top: int) -> None:
    draw.text((MARGIN, top + 4), row.title, INK, _font(18))
    for index, tile in enumerate(row.tiles):
        left = MARGIN + index * (TILE + GAP)
        picture = Image.fromarray(to_uint8(tile.image))
        exact = TILE % picture.width == 0
        how = Image.Resampling.NEAREST if exact else Image.Resampling.LANCZOS
        sheet.paste(picture.resize((TILE, TILE), how), (left, top + ROW_TITLE))
        draw.text((left, top + ROW_TITLE + TILE + 5), tile.label, FAINT, _font(14))


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)

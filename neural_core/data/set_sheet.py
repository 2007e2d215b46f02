# SPDX-License-Identifier: Apache-2.0
"""The contact sheet of a data set: frames, the classes of the detailed form, the lit blockout."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neural_core.contract import Palette

from .codec import decode_shading
from .dataset import is_held_out
from .sample import FORMS
from .shards import Shard, load_shard
from .sheets import Row, class_colors, write_sheet
from .store import DatasetStore

COLUMNS = 8
ROWS = ("Cycles", FORMS[0], f"{FORMS[1]},\nlit")


def write_set_sheet(store: DatasetStore, palette: Palette, path: Path, frames: int = 24) -> None:
    """Up to ``frames`` frames spread over the set, as PNG: held-out ones where there are any.

    One shard is in memory at a time.
    """
    recipe = store.manifest()["recipe"]
    ids = np.array(sorted(int(i) for i in recipe["classes"]), np.uint16)
    columns = [
        _column(shard, row, ids, palette)
        for shard, rows in _chosen(store, int(recipe["cameras"]), frames)
        for row in rows
    ]
    rows: list[Row] = []
    for start in range(0, len(columns), COLUMNS):
        pictures = zip(*columns[start : start + COLUMNS], strict=True)
        rows += [(name, list(row)) for name, row in zip(ROWS, pictures, strict=True)]
    write_sheet(path, rows)


def _chosen(store: DatasetStore, cameras: int, frames: int) -> Iterator[tuple[Shard, list[int]]]:
    """Shards and the rows wanted of them; ``cameras``: frames of a scene."""
    places = [
        (name, scene * cameras + camera, seed)
        for name, seeds in sorted(store.manifest()["shards"].items())
        for scene, seed in enumerate(seeds)
        for camera in range(cameras)
    ]
    pool = [place for place in places if is_held_out(place[2])] or places
    step = max(1, len(pool) // frames)
    for name, group in groupby(pool[::step][:frames], key=itemgetter(0)):
        yield load_shard(store.folder / name), [row for _, row, _ in group]


def _column(
    shard: Shard, row: int, ids: np.ndarray, palette: Palette
) -> tuple[NDArray[np.uint8], ...]:
    """One frame's pictures, in the order of ROWS."""
    detailed, blockout = (_labels(shard, row, form, ids, palette) for form in FORMS)
    return shard.images[row], detailed, _lit(shard, row, blockout)


def _labels(
    shard: Shard, row: int, form: str, ids: np.ndarray, palette: Palette
) -> NDArray[np.uint8]:
    """The classes of a form in the palette's colours."""
    return class_colors(ids[shard.forms[form].arrays["semantic"][row]], palette)


def _lit(shard: Shard, row: int, colors: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The blockout in its colours under the light of its shading pass; what is empty stays flat."""
    arrays = shard.forms[FORMS[1]].arrays
    light = np.minimum(decode_shading(arrays["shading"][row]), 1.0) ** 0.45
    light[arrays["instance"][row] == 0] = 1.0
    return np.rint(colors * (0.15 + 0.85 * light)).astype(np.uint8)

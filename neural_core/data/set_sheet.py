# SPDX-License-Identifier: Apache-2.0
"""The contact sheet of a data set: frames, and the classes of both their forms."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from neural_core.contract import Palette

from .dataset import is_held_out
from .sample import FORMS
from .shards import Shard, load_shard
from .sheets import Row, class_colors, write_sheet
from .store import DatasetStore

COLUMNS = 8


def write_set_sheet(store: DatasetStore, palette: Palette, path: Path, frames: int = 24) -> None:
    """Up to ``frames`` frames spread over the set, as PNG: held-out ones where there are any."""
    shards = [load_shard(file) for file in store.shard_paths()]
    places = [(shard, row) for shard in shards for row in range(len(shard))]
    held_out = [place for place in places if is_held_out(int(place[0].seeds[place[1]]))]
    pool = held_out or places
    step = max(1, len(pool) // frames)
    chosen = pool[::step][:frames]
    ids = np.array(sorted(int(i) for i in store.manifest()["recipe"]["classes"]), np.uint16)
    rows: list[Row] = []
    for start in range(0, len(chosen), COLUMNS):
        rows += _rows(chosen[start : start + COLUMNS], ids, palette)
    write_sheet(path, rows)


def _rows(places: list[tuple[Shard, int]], ids: np.ndarray, palette: Palette) -> list[Row]:
    pictures = [shard.images[row] for shard, row in places]
    labels = {
        form: [
            class_colors(ids[shard.forms[form].arrays["semantic"][row]], palette)
            for shard, row in places
        ]
        for form in FORMS
    }
    return [("Cycles", pictures), *labels.items()]

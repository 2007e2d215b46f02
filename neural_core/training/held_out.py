# SPDX-License-Identifier: Apache-2.0
"""Sheets of a shipped model on the held-out frames of a data set, one per form.

python -m neural_core.training.held_out --data data/street --out docs
"""

from __future__ import annotations

import argparse
from pathlib import Path

from torch.utils.data import default_collate

from neural_core.data.dataset import FrameDataset
from neural_core.data.families import palette_of
from neural_core.data.sample import FORMS
from neural_core.data.store import DatasetStore
from neural_core.methods.smis.method import SmisMethod

from .smis import sample_sheet


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="a data-set folder")
    parser.add_argument("--out", type=Path, required=True, help="where the sheets go")
    parser.add_argument("--model", default="smis-street-128")
    parser.add_argument("--frames", type=int, default=9)
    parser.add_argument("--offset", type=int, default=0, help="of the first frame")
    options = parser.parse_args()
    method = SmisMethod(options.model)
    data = FrameDataset(options.data, "val", "both")
    step = max(1, (len(data) - options.offset) // options.frames)
    chosen = range(options.offset, len(data), step)[: options.frames]
    palette = palette_of(DatasetStore(options.data).manifest()["recipe"]["scene"])
    frames = default_collate([data[i] for i in chosen])
    for form in FORMS:
        path = options.out / f"held_out_{form}.png"
        sample_sheet(method.network, frames, form, path, palette)
        print(path)


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: Apache-2.0
"""YOLO boxes: ``labels/NAME.txt`` beside ``images/NAME.png``, ``classes.txt`` and ``data.yaml``."""

from __future__ import annotations

import json
from pathlib import Path

from .classes import Categories
from .labels import FrameLabels


class YoloWriter:
    """A line per thing: index of its class, then centre and size of its box as shares."""

    def __init__(self, folder: Path, categories: Categories) -> None:
        self._folder = folder
        self._names = [entry.name for entry in categories.countable()]
        self._index = {entry.id: i for i, entry in enumerate(categories.countable())}
        self._labels = folder / "labels"
        self._labels.mkdir(parents=True, exist_ok=True)
        self._splits: dict[str, list[str]] = {}

    def add(self, labels: FrameLabels) -> None:
        """Write a frame's boxes."""
        width, height = labels.size
        lines = []
        for label in labels.instances:
            left, top, wide, high = label.box
            place = (left + wide / 2) / width, (top + high / 2) / height
            shares = (*place, wide / width, high / height)
            numbers = " ".join(f"{share:.8f}" for share in shares)
            lines.append(f"{self._index[label.category]} {numbers}\n")
        (self._labels / f"{labels.shot.name}.txt").write_text("".join(lines))
        self._splits.setdefault(labels.shot.split, []).append(labels.shot.file_name)

    def finish(self) -> None:
        """Write the lists of classes and pictures."""
        (self._folder / "classes.txt").write_text("".join(f"{name}\n" for name in self._names))
        for split, names in self._splits.items():
            lines = "".join(f"./images/{name}\n" for name in names)
            (self._folder / f"{split or 'all'}.txt").write_text(lines)
        first = next(iter(self._splits), "")
        train = "train" if "train" in self._splits else first
        val = "val" if "val" in self._splits else first
        names = "".join(f"  {i}: {json.dumps(name)}\n" for i, name in enumerate(self._names))
        # Without the key "path" trainers look beside this file.
        (self._folder / "data.yaml").write_text(
            f"train: {train or 'all'}.txt\nval: {val or 'all'}.txt\nnames:\n{names}"
        )

    def close(self) -> None:
        """Nothing is held open."""

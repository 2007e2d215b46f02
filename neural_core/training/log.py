# SPDX-License-Identifier: Apache-2.0
"""What a run writes down: one line of JSON per interval, and the same for TensorBoard."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image
from tensorboardX import SummaryWriter

LOG = "log.jsonl"


class RunLog:
    """Means over intervals, alarms and sample sheets; written to ``log.jsonl`` and TensorBoard."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._sums: dict[str, list[float]] = {}
        self._writer = SummaryWriter(str(folder / "tensorboard"))

    def add(self, logs: Mapping[str, float]) -> None:
        """Take one step's values in."""
        for name, value in logs.items():
            self._sums.setdefault(name, []).append(value)

    def write(self, images: int, minutes: float, facts: Mapping[str, float]) -> None:
        """One row: the means since the last one, and facts of the interval."""
        means = {name: sum(values) / len(values) for name, values in self._sums.items()}
        self._sums = {}
        row = {**means, **facts}
        for name, value in row.items():
            self._writer.add_scalar(name, value, images)
        self._writer.flush()
        rounded = {name: round(value, 5) for name, value in row.items()}
        self._append({"images": images, "minutes": round(minutes, 2), **rounded})

    def alarm(self, images: int, text: str) -> None:
        """Write an alarm down."""
        self._writer.add_text("alarm", text, images)
        self._append({"images": images, "alarm": text})

    def sheet(self, images: int, path: Path) -> None:
        """Show the sheets that were written under ``path`` (or beside it, by their stem)."""
        for found in sorted(path.parent.glob(f"{path.stem}*.png")):
            name = found.stem.removeprefix(path.stem).strip("_") or "samples"
            with Image.open(found) as picture:
                array = np.asarray(picture.convert("RGB"))
            self._writer.add_image(name, array, images, dataformats="HWC")

    def close(self) -> None:
        """Write what is left and close the files."""
        self._writer.close()

    def _append(self, row: Mapping[str, object]) -> None:
        with (self.folder / LOG).open("a") as file:
            file.write(json.dumps(row) + "\n")


def last_row(folder: Path, images: int) -> dict[str, float]:
    """The last row of measurements that a run made by so many images; empty before the first."""
    path = folder / LOG
    lines = path.read_text().splitlines() if path.exists() else []
    rows = (json.loads(line) for line in reversed(lines))
    return next((row for row in rows if "alarm" not in row and row["images"] <= images), {})

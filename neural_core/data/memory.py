# SPDX-License-Identifier: Apache-2.0
"""How much memory processes hold while a data set is built."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

STEP = 100
"""Frames between two entries of a log."""


def resident_mb(pid: int) -> float | None:
    """Memory of a process in RAM, MB; None where the system has no ``/proc`` or it has ended."""
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return None
    found = [line.split()[1] for line in text.splitlines() if line.startswith("VmRSS:")]
    return int(found[0]) * 1024 / 1e6 if found else None


@dataclass
class MemoryLog:
    """The most that a worker held in each hundred frames, and what this process held at its end.

    Not locked: callers take turns.
    """

    workers: list[float] = field(default_factory=list)
    builder: list[float] = field(default_factory=list)

    def note(self, frames: int, worker: int) -> None:
        """Measure worker ``worker`` (a process id) after so many frames of the run (1, 2 ...)."""
        held, own = resident_mb(worker), resident_mb(os.getpid())
        if held is None or own is None:
            return
        place = (frames - 1) // STEP
        for column in (self.workers, self.builder):
            column.extend([0.0] * (place + 1 - len(column)))
        self.workers[place] = max(self.workers[place], held)
        self.builder[place] = own

    def entry(self) -> dict[str, Any]:
        """What the card says."""
        return {
            "every_frames": STEP,
            "worker_peak_mb": [round(value) for value in self.workers],
            "builder_mb": [round(value) for value in self.builder],
        }

# SPDX-License-Identifier: Apache-2.0
"""The loop: it counts images and minutes, keeps checkpoints and knows nothing of the method."""

from __future__ import annotations

import io
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset
from tqdm import tqdm

from neural_core.contract import ContractError, write_atomically


class Task(Protocol):
    """What the loop trains."""

    def step(self, batch: dict[str, Tensor], progress: float) -> dict[str, float]: ...
    def state_dict(self) -> dict[str, Any]: ...
    def load_state_dict(self, state: dict[str, Any]) -> None: ...


@dataclass(frozen=True)
class LoopOptions:
    """How long, how wide, how often.

    Attributes:
        minutes: wall time of the whole run, resumed parts included.
        batch: pictures per step.
        save_every, sheet_every: minutes between checkpoints and sample sheets.
    """

    minutes: float
    batch: int = 8
    save_every: float = 3.0
    sheet_every: float = 6.0
    seed: int = 0


@dataclass
class _Clock:
    """Time and images of a run; survives a resume."""

    images: int = 0
    seconds: float = 0.0


def train(
    task: Task,
    open_dataset: Callable[[], Dataset],
    folder: Path,
    options: LoopOptions,
    on_sheet: Callable[[Path], None],
) -> None:
    """Train until ``options.minutes`` are used; resumes from ``folder`` when it holds a checkpoint.

    ``open_dataset`` is called again after every pass over the data, so a set that still grows is
    picked up. ``on_sheet`` is called with a path every ``sheet_every`` minutes and at the end.
    """
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(options.seed)
    clock = _resume(task, folder / "checkpoint.pt")
    if clock.seconds >= options.minutes * 60:
        return
    next_save = clock.seconds + options.save_every * 60
    next_sheet = clock.seconds + min(options.sheet_every, 3.0) * 60
    total = options.minutes * 60
    start = time.monotonic() - clock.seconds
    sums: dict[str, list[float]] = {}
    with tqdm(total=round(total), initial=round(clock.seconds), unit="s", desc="train") as bar:
        for batch in _batches(open_dataset, options.batch):
            logs = task.step(batch, min(clock.seconds / total, 1.0))
            _guard(logs)
            for name, value in logs.items():
                sums.setdefault(name, []).append(value)
            clock.images += options.batch
            clock.seconds = time.monotonic() - start
            bar.update(round(clock.seconds) - bar.n)
            bar.set_postfix(images=clock.images, refresh=False)
            done = clock.seconds >= total
            if clock.seconds >= next_save or done:
                next_save = clock.seconds + options.save_every * 60
                _write_log(folder / "log.jsonl", clock, sums)
                sums = {}
                _save(task, folder / "checkpoint.pt", clock)
            if clock.seconds >= next_sheet or done:
                next_sheet = clock.seconds + options.sheet_every * 60
                on_sheet(folder / f"samples_{clock.images:08d}.png")
            if done:
                return


def _batches(open_dataset: Callable[[], Dataset], size: int) -> Iterator[dict[str, Tensor]]:
    while True:
        loader = DataLoader(open_dataset(), batch_size=size, shuffle=True, drop_last=True)
        empty = True
        for batch in loader:
            empty = False
            yield batch
        if empty:
            raise ContractError("data", f"fewer than {size} frames", "Render more, or use --batch")


def _guard(logs: dict[str, float]) -> None:
    """Stop at once when a loss is not a number: the last checkpoint is still good."""
    wrong = [name for name, value in logs.items() if value != value or abs(value) > 1e6]
    if wrong:
        raise FloatingPointError(
            f"the loss '{wrong[0]}' is {logs[wrong[0]]}: resume from the "
            "last checkpoint with a lower learning rate"
        )


def _save(task: Task, path: Path, clock: _Clock) -> None:
    buffer = io.BytesIO()
    torch.save(
        {
            "task": task.state_dict(),
            "images": clock.images,
            "seconds": clock.seconds,
            "random": torch.get_rng_state(),
        },
        buffer,
    )
    write_atomically(path, buffer.getvalue())


def _resume(task: Task, path: Path) -> _Clock:
    if not path.exists():
        return _Clock()
    state = torch.load(path, map_location="cpu", weights_only=True)
    task.load_state_dict(state["task"])
    torch.set_rng_state(state["random"])
    return _Clock(state["images"], state["seconds"])


def _write_log(path: Path, clock: _Clock, sums: dict[str, list[float]]) -> None:
    means = {name: round(sum(v) / len(v), 5) for name, v in sums.items() if v}
    row = {"images": clock.images, "minutes": round(clock.seconds / 60, 2), **means}
    with path.open("a") as file:
        file.write(json.dumps(row) + "\n")

# SPDX-License-Identifier: Apache-2.0
"""The loop: it counts images, keeps checkpoints and knows nothing of the method."""

from __future__ import annotations

import io
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import torch
from lightning_fabric import Fabric
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import Dataset
from tqdm import tqdm

from neural_core.contract import ContractError, write_atomically

from .alarms import Alarms
from .loader import BatchStream, Position
from .log import RunLog
from .parallel import make_fabric, synchronise
from .random_state import random_state, restore_random_state, seed_everything

CHECKPOINT = "checkpoint.pt"


class Task(Protocol):
    """What the loop trains: networks, optimisers and one step."""

    def step(self, batch: dict[str, Tensor], progress: float) -> dict[str, float]:
        """One update of everything; ``progress`` in [0, 1] through the run. Returns the losses."""
        ...

    def state_dict(self) -> dict[str, Any]:
        """Everything a resumed run needs: tensors and plain values only."""
        ...

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from ``state_dict``."""
        ...


@runtime_checkable
class ParallelTask(Protocol):
    """A task that several processes can train together."""

    def modules(self) -> Sequence[nn.Module]:
        """Networks that must start with equal weights."""
        ...

    def optimizers(self) -> Sequence[Optimizer]:
        """Optimisers whose gradients are averaged over the processes."""
        ...


OnSheet = Callable[[Path], Mapping[str, float] | None]
"""Writes sample sheets under a path; what it measured on them, if anything, is logged."""


@dataclass(frozen=True)
class LoopOptions:
    """How long, how wide, how often.

    Attributes:
        minutes: wall time of the whole run, resumed parts included; None: no limit.
        batch: images per step, over all processes together.
        save_every, sheet_every: minutes between checkpoints and sample sheets.
        seed: of the frames' order and of all chance in the run. Weights are drawn before the loop
            begins: seed them with `random_state.seed_everything`.
        images: images of the whole run; None: no limit. A run counted in images is the same
            whatever the machine's speed, and resumes exactly.
        workers: processes that make samples ahead of the step.
        log_every: images between rows of the log.
    """

    minutes: float | None
    batch: int = 8
    save_every: float = 3.0
    sheet_every: float = 6.0
    seed: int = 0
    images: int | None = None
    workers: int = 0
    log_every: int = 400

    def __post_init__(self) -> None:
        if self.minutes is None and self.images is None:
            raise ContractError("minutes", "the run has no end", "Set --minutes or --images")


@dataclass
class Clock:
    """What a run used up; survives a resume. Times are in seconds."""

    images: int = 0
    seconds: float = 0.0
    waited: float = 0.0

    def progress(self, options: LoopOptions) -> float:
        """How far the run is, in [0, 1]: by whichever limit is nearer."""
        shares = []
        if options.images is not None:
            shares.append(self.images / max(options.images, 1))
        if options.minutes is not None:
            shares.append(self.seconds / max(options.minutes * 60, 1e-9))
        return min(max(shares), 1.0)


@dataclass
class _State:
    """What the loop keeps beside the task."""

    clock: Clock = field(default_factory=Clock)
    position: Position = field(default_factory=Position)


def train(
    task: Task,
    open_dataset: Callable[[], Dataset],
    folder: Path,
    options: LoopOptions,
    on_sheet: OnSheet,
    fabric: Fabric | None = None,
) -> Clock:
    """Train until ``options`` say it is enough; resumes when ``folder`` holds a checkpoint.

    Leaves ``checkpoint.pt``, ``log.jsonl``, ``tensorboard/`` and sample sheets in ``folder``.
    ``open_dataset`` is called again after every pass over the data, so a set that still grows is
    picked up. ``on_sheet`` is called every ``sheet_every`` minutes and at the end, by the first
    process alone, and cannot change the run: the random state is put back after it.

    Raises:
        ContractError: the data are too few, or several processes train a task that cannot be.
        FloatingPointError: a loss is not a number; the last checkpoint is still good.
    """
    fabric = fabric or make_fabric(precision="fp32")
    folder.mkdir(parents=True, exist_ok=True)
    _join(task, fabric)
    seed_everything(options.seed + fabric.global_rank)
    state = _resume(task, folder / CHECKPOINT, fabric)
    if state.clock.progress(options) < 1:
        _Run(task, folder, options, on_sheet, fabric, state).go(open_dataset)
    return state.clock


class _Run:
    """One call of `train`: steps, and now and then a row, a checkpoint, a sheet."""

    def __init__(
        self,
        task: Task,
        folder: Path,
        options: LoopOptions,
        on_sheet: OnSheet,
        fabric: Fabric,
        state: _State,
    ) -> None:
        self.task, self.folder, self.options = task, folder, options
        self.on_sheet, self.fabric, self.state = on_sheet, fabric, state
        self.alarms = Alarms()
        self.log = RunLog(folder) if fabric.is_global_zero else None
        seconds, images = state.clock.seconds, state.clock.images
        self.next_save = seconds + options.save_every * 60
        self.next_sheet = seconds + min(options.sheet_every, 3.0) * 60
        self.next_row = images + options.log_every
        self.last_row = (images, seconds, state.clock.waited)
        self.last_sheet = images

    def go(self, open_dataset: Callable[[], Dataset]) -> None:
        """Step until the run is done."""
        clock, options, fabric = self.state.clock, self.options, self.fabric
        stream = BatchStream(
            open_dataset,
            options.batch,
            seed=options.seed,
            workers=options.workers,
            position=self.state.position,
            rank=fabric.global_rank,
            world=fabric.world_size,
            pin=fabric.device.type == "cuda",
        )
        used, waited, start = clock.seconds, clock.waited, time.monotonic()
        progress = clock.progress(options)
        bar = tqdm(total=1000, unit="‰", desc="train", disable=not fabric.is_global_zero)
        try:
            for batch in stream:
                logs = self.task.step(batch, progress)
                clock.images += options.batch
                clock.seconds = used + fabric.broadcast(time.monotonic() - start)
                clock.waited = waited + stream.waited
                self.state.position = stream.position
                progress = clock.progress(options)
                self._after_step(logs, progress >= 1)
                bar.update(round(progress * 1000) - bar.n)
                bar.set_postfix(images=clock.images, refresh=False)
                if progress >= 1:
                    return
        finally:
            bar.close()
            if self.log:
                self.log.close()

    def _after_step(self, logs: dict[str, float], done: bool) -> None:
        clock, options = self.state.clock, self.options
        warnings = self.alarms.check(logs, options.batch)
        if self.log:
            self.log.add(logs)
            for text in warnings:
                self._alarm(text)
        save = done or clock.seconds >= self.next_save
        if save or clock.images >= self.next_row:
            self.next_row = clock.images + options.log_every
            self._write_row()
        if save:
            self.next_save = clock.seconds + options.save_every * 60
            _save(self.task, self.folder / CHECKPOINT, self.state, self.fabric)
        if done or clock.seconds >= self.next_sheet:
            self.next_sheet = clock.seconds + options.sheet_every * 60
            self._write_sheet()

    def _write_row(self) -> None:
        if not self.log:
            return
        clock = self.state.clock
        images, seconds, waited = self.last_row
        spent = max(clock.seconds - seconds, 1e-9)
        facts = {
            "images_per_s": (clock.images - images) / spent,
            "waiting": (clock.waited - waited) / spent,
        }
        self.log.write(clock.images, clock.seconds / 60, facts)
        self.last_row = (clock.images, clock.seconds, clock.waited)

    def _write_sheet(self) -> None:
        if not self.log:
            return
        path = self.folder / f"samples_{self.state.clock.images:08d}.png"
        before = random_state()
        measured = self.on_sheet(path)
        restore_random_state(before)
        self.log.sheet(self.state.clock.images, path)
        since, self.last_sheet = self.last_sheet, self.state.clock.images
        if measured:
            self.log.add(measured)
            for text in self.alarms.check(measured, self.last_sheet - since):
                self._alarm(text)

    def _alarm(self, text: str) -> None:
        assert self.log
        self.log.alarm(self.state.clock.images, text)
        print(f"alarm: {text}", file=sys.stderr, flush=True)


def _join(task: Task, fabric: Fabric) -> None:
    """Make this process one of several."""
    if fabric.world_size == 1:
        return
    if not isinstance(task, ParallelTask):
        raise ContractError(
            "torchrun", "this method trains in one process only", "Start it without torchrun"
        )
    synchronise(fabric, task.modules(), task.optimizers())


def _save(task: Task, path: Path, state: _State, fabric: Fabric) -> None:
    """Everything, written by the first process; the random state is that of each."""
    own = random_state()
    states: list[Any] = [own]
    if fabric.world_size > 1:
        states = [None] * fabric.world_size
        torch.distributed.all_gather_object(states, own)
    if fabric.is_global_zero:
        buffer = io.BytesIO()
        torch.save(
            {
                "task": task.state_dict(),
                **asdict(state.clock),
                "position": asdict(state.position),
                "random": states,
            },
            buffer,
        )
        write_atomically(path, buffer.getvalue())
    fabric.barrier()


def _resume(task: Task, path: Path, fabric: Fabric) -> _State:
    if not path.exists():
        return _State()
    found = torch.load(path, map_location="cpu", weights_only=True)
    task.load_state_dict(found["task"])
    clock = Clock(found["images"], found["seconds"], found.get("waited", 0.0))
    if "position" not in found:  # A run of an earlier version: it goes on with a new epoch.
        torch.set_rng_state(found["random"])
        return _State(clock)
    if fabric.global_rank < len(found["random"]):
        restore_random_state(found["random"][fabric.global_rank])
    return _State(clock, Position(**found["position"]))

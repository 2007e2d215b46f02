# SPDX-License-Identifier: Apache-2.0
"""Batches of a run: which frame comes when is decided by the seed, whoever reads it.

The order of an epoch follows from seed and epoch, and whatever a dataset draws with torch's
generator while it makes a sample from seed, epoch and index. So the batches are the same with any
number of worker processes, and after a run was stopped in the middle of an epoch.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sized
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from neural_core.contract import ContractError

Batch = dict[str, Tensor]
PREFETCHED = 4
"""Batches that each worker process keeps ready."""


@dataclass
class Position:
    """Where a run is in its data.

    Attributes:
        epoch: number of passes that were finished.
        batch: batches of this epoch that were taken.
        frames: frames of this epoch: a set may grow, but not within an epoch. 0: not begun.
    """

    epoch: int = 0
    batch: int = 0
    frames: int = 0


class BatchStream:
    """An endless iterator of batches that knows its position and the time it was waited for.

    Args:
        open_dataset: gives the dataset; called at the start of every epoch, so that one that still
            grows is seen whole.
        batch: frames of a step, over all processes together.
        seed: decides the order and all chance in the samples.
        workers: processes that make samples; 0: they are made between the steps.
        position: where to go on.
        rank, world: number of this process and of all.
        pin: whether batches lie in memory that a GPU copies from faster.

    Raises:
        ContractError: the batch cannot be shared out, or the set has fewer frames than one.
    """

    def __init__(
        self,
        open_dataset: Callable[[], Dataset],
        batch: int,
        *,
        seed: int = 0,
        workers: int = 0,
        position: Position | None = None,
        rank: int = 0,
        world: int = 1,
        pin: bool = False,
    ) -> None:
        if batch % world:
            raise ContractError(
                "batch", f"{batch} cannot be shared by {world} processes", "Use a multiple"
            )
        self.position = position or Position()
        self.waited = 0.0
        self._open, self._batch, self._seed, self._workers = open_dataset, batch, seed, workers
        self._rank, self._world, self._pin = rank, world, pin

    def __iter__(self) -> Iterator[Batch]:
        while True:
            yield from self._epoch()
            self.position = Position(self.position.epoch + 1)

    def _epoch(self) -> Iterator[Batch]:
        started = time.perf_counter()
        dataset = self._open()
        there = len(cast(Sized, dataset))
        frames = min(self.position.frames or there, there)
        if frames < self._batch:
            raise ContractError(
                "data", f"fewer than {self._batch} frames", "Render more, or use --batch"
            )
        self.position.frames = frames
        loader = DataLoader(
            _Seeded(dataset, self._seed, self.position.epoch),
            batch_sampler=self._shares(frames)[self.position.batch :],
            num_workers=self._workers,
            prefetch_factor=PREFETCHED if self._workers else None,
            pin_memory=self._pin,
            # Without one of its own it would draw from the generator that the training uses.
            generator=torch.Generator(),
        )
        batches = iter(loader)
        while (batch := next(batches, None)) is not None:
            self.waited += time.perf_counter() - started
            self.position.batch += 1
            yield batch
            started = time.perf_counter()

    def _shares(self, frames: int) -> list[list[int]]:
        """This process's frames of every step of the epoch."""
        order = np.random.default_rng([self._seed, self.position.epoch]).permutation(frames)
        steps = frames // self._batch
        whole = order[: steps * self._batch].reshape(steps, self._batch)
        return whole[:, self._rank :: self._world].tolist()


class _Seeded(Dataset):
    """A dataset whose chance is decided by seed, epoch and index."""

    def __init__(self, dataset: Dataset, seed: int, epoch: int) -> None:
        self.dataset, self.seed, self.epoch = dataset, seed, epoch

    def __getitem__(self, index: int) -> Any:
        words = np.random.SeedSequence([self.seed, self.epoch, index]).generate_state(1, np.uint64)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(words[0]))
            return self.dataset[index]

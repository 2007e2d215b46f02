# SPDX-License-Identifier: Apache-2.0
"""Batches: every frame once an epoch, the same whoever makes them, shared without overlap."""

from __future__ import annotations

from itertools import islice

import pytest
import torch
from torch import Tensor
from training_doubles import Points

from neural_core.contract import ContractError
from neural_core.training.loader import BatchStream, Position


def take(stream: BatchStream, count: int) -> list[dict[str, Tensor]]:
    return list(islice(iter(stream), count))


def indices(batches: list[dict[str, Tensor]]) -> list[list[int]]:
    return [batch["index"].tolist() for batch in batches]


def test_an_epoch_holds_every_frame_once_and_the_next_another_order() -> None:
    batches = indices(take(BatchStream(Points, 5), 4))
    first, second = batches[0] + batches[1], batches[2] + batches[3]
    assert sorted(first) == sorted(second) == list(range(10))
    assert first != second


def test_workers_change_nothing() -> None:
    alone, helped = (take(BatchStream(Points, 5, seed=3, workers=w), 3) for w in (0, 2))
    for one, other in zip(alone, helped, strict=True):
        assert torch.equal(one["index"], other["index"])
        assert torch.equal(one["x"], other["x"])


def test_noise_is_new_in_every_epoch_and_for_every_frame() -> None:
    batches = take(BatchStream(lambda: Points(4, noise=1.0), 4), 2)
    noises = [
        value for batch in batches for value in (batch["x"].flatten() - batch["index"] / 4).tolist()
    ]
    assert len({round(value, 6) for value in noises}) == 8


def test_the_training_s_random_state_is_left_alone() -> None:
    before = torch.get_rng_state()
    take(BatchStream(Points, 5), 3)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_stream_goes_on_in_the_middle_of_an_epoch() -> None:
    whole = take(BatchStream(Points, 3), 7)
    stream = BatchStream(Points, 3)
    take(stream, 4)
    rest = BatchStream(Points, 3, position=Position(**vars(stream.position)))
    for one, other in zip(take(rest, 3), whole[4:], strict=True):
        assert torch.equal(one["x"], other["x"])


def test_a_set_that_grew_is_seen_whole_from_the_next_epoch_on() -> None:
    stream = BatchStream(lambda: Points(6), 3)
    take(stream, 1)
    grown = BatchStream(lambda: Points(9), 3, position=stream.position)
    batches = indices(take(grown, 4))
    assert max(batches[0]) < 6
    assert sorted(batches[1] + batches[2] + batches[3]) == list(range(9))


def test_processes_share_a_batch() -> None:
    alone = indices(take(BatchStream(Points, 4, seed=2), 2))
    shares = [indices(take(BatchStream(Points, 4, seed=2, rank=r, world=2), 2)) for r in (0, 1)]
    assert [sorted(a + b) for a, b in zip(*shares, strict=True)] == [sorted(b) for b in alone]


def test_a_batch_that_cannot_be_shared_or_filled_is_refused() -> None:
    with pytest.raises(ContractError, match="cannot be shared by 2"):
        BatchStream(Points, 5, world=2)
    with pytest.raises(ContractError, match="fewer than 11 frames"):
        take(BatchStream(Points, 11), 1)

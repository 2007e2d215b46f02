# SPDX-License-Identifier: Apache-2.0
"""mCSD and mOCD of painters whose diversity is known."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from neural_core.evaluation.diversity import DiversityMeter

SIZE = 8


def squared(first: Tensor, second: Tensor) -> Tensor:
    """Mean squared difference, (B,)."""
    return (first - second).square().mean((1, 2, 3))


def halves() -> Tensor:
    """Masks (2, 3, 8, 8): left and right halves; the third class is in neither picture."""
    masks = torch.zeros(2, 3, SIZE, SIZE)
    masks[:, 0, :, : SIZE // 2] = 1
    masks[:, 1, :, SIZE // 2 :] = 1
    return masks


def painter(leak: float) -> Callable[[int, int], Tensor]:
    """The class alternates between 0 and 1, everything else between 0 and ``leak``."""

    def redraw(slot: int, draw: int) -> Tensor:
        mask = halves()[:, slot : slot + 1]
        return (draw % 2) * (mask + leak * (1 - mask)).expand(-1, 3, -1, -1)

    return redraw


def test_a_class_that_changes_alone_has_no_other_diversity() -> None:
    meter = DiversityMeter(squared, pairs=3)
    meter.update(painter(0.0), halves())
    found = meter.result()
    assert found.mcsd == pytest.approx(0.5)  # half of the picture changes by 1
    assert found.mocd == 0
    assert found.mcsd_by_area == pytest.approx(1.0)
    assert (found.pictures, found.pairs) == (2, 3)


def test_what_leaks_is_counted_outside_only() -> None:
    meter = DiversityMeter(squared, pairs=2)
    meter.update(painter(0.2), halves())
    found = meter.result()
    assert found.mcsd == pytest.approx(0.5)
    assert found.mocd == pytest.approx(0.5 * 0.04)
    assert found.mocd_by_area == pytest.approx(0.04)


def test_a_collapsed_painter_has_none() -> None:
    meter = DiversityMeter(squared, pairs=2)
    meter.update(lambda slot, draw: torch.zeros(2, 3, SIZE, SIZE), halves())
    assert (meter.result().mcsd, meter.result().mocd) == (0, 0)


def test_classes_weigh_alike_within_a_picture_and_pictures_in_the_mean() -> None:
    """One picture with one class that changes, one with two of which one changes."""
    masks = torch.zeros(2, 2, SIZE, SIZE)
    masks[0, 0] = 1
    masks[1, 0, :4] = 1
    masks[1, 1, 4:] = 1

    def redraw(slot: int, draw: int) -> Tensor:
        changes = float(slot == 0) * (draw % 2)
        return changes * masks[:, :1].expand(-1, 3, -1, -1)

    meter = DiversityMeter(squared, pairs=1)
    meter.update(redraw, masks)
    assert meter.result().mcsd == pytest.approx((1.0 + (0.5 + 0.0) / 2) / 2)


def test_batches_add_up_to_the_whole() -> None:
    whole, parts = DiversityMeter(squared, pairs=2), DiversityMeter(squared, pairs=2)
    whole.update(painter(0.3), halves())
    for index in range(2):
        parts.update(
            lambda slot, draw, i=index: painter(0.3)(slot, draw)[i : i + 1],
            halves()[index : index + 1],
        )
    assert parts.result() == whole.result()

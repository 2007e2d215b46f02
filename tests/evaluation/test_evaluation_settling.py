# SPDX-License-Identifier: Apache-2.0
"""How low painted objects sit in their boxes, against real ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from test_evaluate_controllable3d import LAYOUTS, painted, side_colors, sides

from neural_core.contract import Frame, Rendering, SceneObject
from neural_core.evaluation.settling import lowness


def sunk(item: SceneObject, by: float) -> SceneObject:
    """The object lower by so many half heights."""
    matrix = item.matrix_world.copy()
    matrix[2, 3] -= by * np.ptp(item.box[:, 2]) / 2
    return replace(item, matrix_world=matrix)


def low(frame: Frame) -> Rendering:
    """Paints boxes a quarter of their half heights too low."""
    at = replace(frame, objects=tuple(sunk(item, 0.25) for item in frame.objects))
    return painted(frame, at, side_colors)


def test_what_sits_low_is_told_from_what_does_not() -> None:
    assert lowness(sides, LAYOUTS) == pytest.approx(0.0, abs=0.02)
    assert lowness(low, LAYOUTS) == pytest.approx(0.25, abs=0.05)
    assert lowness(low, []) == 0.0


def test_a_real_object_that_sits_as_low_is_no_reason() -> None:
    real = [replace(one, instance=np.asarray(low(one.frame).layers[0].rgba[..., 3], np.int64))
            for one in LAYOUTS]  # fmt: skip
    assert lowness(low, real) == pytest.approx(0.0, abs=0.02)

# SPDX-License-Identifier: Apache-2.0
"""FLIP against the authors' program (flip-evaluator 1.7), whose values stand here."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from neural_core.evaluation.flip import PIXELS_PER_DEGREE, flip


def pictures() -> tuple[Tensor, Tensor]:
    """A smooth picture, and the same with a red block on it."""
    rows, columns = np.mgrid[:48, :56] / 48.0
    smooth = np.stack([columns / 1.2, rows, 0.5 + 0.4 * np.sin(9 * columns * rows)])
    block = smooth.copy()
    block[:, 10:30, 12:40] = np.array([0.9, 0.2, 0.1])[:, None, None]
    return tuple(torch.from_numpy(p.astype(np.float32))[None] for p in (smooth, block))  # type: ignore[return-value]


def test_the_default_display_has_67_pixels_a_degree() -> None:
    assert pytest.approx(67.0206, abs=1e-4) == PIXELS_PER_DEGREE


@pytest.mark.parametrize(("pixels_per_degree", "expected"), [(67.0206, 0.23238), (20.0, 0.20519)])
def test_a_block_is_seen_as_the_authors_program_sees_it(
    pixels_per_degree: float, expected: float
) -> None:
    smooth, block = pictures()
    error = flip(block, smooth, pixels_per_degree)
    assert error.shape == (1, 48, 56)
    assert float(error.mean()) == pytest.approx(expected, abs=2e-4)


def test_green_for_blue_is_the_largest_error_there_is() -> None:
    green, blue = (torch.eye(3)[i].view(1, 3, 1, 1).expand(1, 3, 40, 40) for i in (1, 2))
    torch.testing.assert_close(flip(blue, green), torch.ones(1, 40, 40), atol=1e-5, rtol=0)


def test_greys_differ_by_the_authors_value() -> None:
    error = flip(torch.full((1, 3, 40, 40), 0.6), torch.full((1, 3, 40, 40), 0.5))
    assert float(error.mean()) == pytest.approx(0.28506, abs=1e-4)


def test_equal_pictures_have_no_error() -> None:
    smooth, _ = pictures()
    assert float(flip(smooth, smooth).max()) < 1e-4


def test_errors_grow_with_noise_and_blur(ladder: list[Tensor]) -> None:
    shown = [(p + 1) / 2 for p in ladder]
    errors = [float(flip(p, shown[0]).mean()) for p in shown]
    assert errors == sorted(errors)
    assert errors[1] > errors[0] + 0.01

# SPDX-License-Identifier: Apache-2.0
"""sRGB both ways."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from neural_core.contract import linear_to_srgb, srgb_to_linear

unit = arrays.arrays(np.float32, (4, 3), elements=st.floats(0, 1, width=32))


@given(unit)
def test_there_and_back(values: np.ndarray) -> None:
    np.testing.assert_allclose(linear_to_srgb(srgb_to_linear(values)), values, atol=2e-6)
    np.testing.assert_allclose(srgb_to_linear(linear_to_srgb(values)), values, atol=2e-6)


def test_all_8_bit_values_come_back() -> None:
    values = np.arange(256, dtype=np.float32) / 255
    back = np.round(linear_to_srgb(srgb_to_linear(values)) * 255)
    np.testing.assert_array_equal(back, np.arange(256))


@pytest.mark.parametrize(
    ("srgb", "linear"), [(0.0, 0.0), (1.0, 1.0), (0.5, 0.21404114), (0.04045, 0.0031308)]
)
def test_known_values(srgb: float, linear: float) -> None:
    assert srgb_to_linear(np.float32(srgb)) == pytest.approx(linear, abs=1e-6)
    assert linear_to_srgb(np.float32(linear)) == pytest.approx(srgb, abs=1e-5)


@given(arrays.arrays(np.float32, 8, elements=st.floats(-1e6, 1e6, width=32)))
def test_values_outside_are_clipped(values: np.ndarray) -> None:
    for convert in (srgb_to_linear, linear_to_srgb):
        converted = convert(values)
        assert converted.dtype == np.float32
        assert ((converted >= 0) & (converted <= 1)).all()


@given(unit)
def test_both_curves_rise(values: np.ndarray) -> None:
    ordered = np.sort(values.reshape(-1))
    for convert in (srgb_to_linear, linear_to_srgb):
        assert (np.diff(convert(ordered)) >= 0).all()

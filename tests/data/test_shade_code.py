# SPDX-License-Identifier: Apache-2.0
"""Shading of several lights: within its bounds and small, or exact."""

import zlib

import numpy as np
import pytest

from neural_core.data import shade_code
from neural_core.data.codec import encode_lossless
from neural_core.data.shade_code import FAINTEST, WORST, decode_shades, encode_shades

SIZE = 96


def lamps_on_a_wall(size: int) -> np.ndarray:
    """Two lamps of different colour before a wall, a hard shadow, a bright spot."""
    y, x = np.mgrid[:size, :size] / size
    warm = 1 / (0.3 + 4 * ((x - 0.2) ** 2 + (y - 0.3) ** 2))
    cold = 1 / (0.4 + 6 * ((x - 0.9) ** 2 + (y - 0.5) ** 2))
    cold = np.where((y > 0.6) & (x > 0.3) & (x < 0.7), 0, cold)
    light = warm[..., None] * (1.0, 0.8, 0.6) + cold[..., None] * (0.5, 0.6, 0.8)
    codes = np.rint(50 * np.sqrt(light)).astype(np.uint8)
    codes[70:80, 10:20] = 250
    return codes


def decibels(back: np.ndarray, shading: np.ndarray) -> float:
    return 10 * np.log10(255**2 / np.square(back.astype(float) - shading).mean())


def test_soft_light_comes_back_within_the_bounds_in_a_fraction_of_the_bytes():
    shading = lamps_on_a_wall(SIZE)
    data = encode_shades(shading)
    back = decode_shades(data)
    assert back.dtype == np.uint8 and back.shape == shading.shape
    assert FAINTEST <= decibels(back, shading) < FAINTEST + 4, "no better than it has to be"
    assert np.abs(back.astype(int) - shading).max() <= WORST
    assert len(data) < len(encode_lossless(shading)) / 4
    assert encode_shades(shading) == data


def test_the_start_of_the_file_costs_next_to_nothing():
    black = np.zeros((32, 32, 3), np.uint8)
    assert len(encode_shades(black)) < 100
    assert decode_shades(encode_shades(black)).max() <= 1


@pytest.mark.parametrize("shape", [(16, 16), (33, 50), (1, 7)])
def test_odd_sizes(shape):
    shading = lamps_on_a_wall(64)[: shape[0], : shape[1]]
    back = decode_shades(encode_shades(shading))
    assert back.shape == shading.shape and decibels(back + 0.0, shading) >= FAINTEST


def test_what_no_quality_tells_is_exact(monkeypatch):
    noise = np.random.default_rng(0).integers(0, 256, (40, 40, 3)).astype(np.uint8)
    monkeypatch.setattr(shade_code, "_QUALITIES", range(10, 20, 3))
    assert np.array_equal(decode_shades(encode_shades(noise)), noise)


def test_lossless_bytes_of_earlier_shards_still_read():
    shading = lamps_on_a_wall(SIZE)
    assert np.array_equal(decode_shades(encode_lossless(shading)), shading)


@pytest.mark.parametrize("keep", [0.02, 0.3])
def test_cut_bytes_are_noticed(keep):
    data = encode_shades(lamps_on_a_wall(SIZE))
    with pytest.raises((ValueError, OSError, zlib.error)):
        decode_shades(data[: int(len(data) * keep)])

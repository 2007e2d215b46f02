# SPDX-License-Identifier: Apache-2.0
"""Shading in one bit a pixel, where one distant light and a constant one explain it.

Under a sun a surface is either lit, radiance ``base + max(0, n . sun)``, or in shadow, ``base``.
The light is found by least squares over the lit pixels.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .codec import decode_shading, encode_shading

TOLERANCE = 4
"""Codes by which a pixel may be wrong; what is more is kept as it is."""

_BARELY_LIT = 6  # codes above the darkest
_FEWEST = 16


class Light(NamedTuple):
    """``base`` (3,): radiance in shadow; ``sun`` (3, 3): radiance of a normal n, n @ sun."""

    base: NDArray[np.float16]
    sun: NDArray[np.float16]


class Explained(NamedTuple):
    """A shading pass as a light, the pixels in shadow, and those it does not explain."""

    light: Light
    shadow: NDArray[np.bool_]
    wrong: NDArray[np.bool_]


def explain(
    shading: NDArray[np.uint8], normals: NDArray[np.float32], solid: NDArray[np.bool_]
) -> Explained:
    """The light behind shading codes (H, W, 3); normals (H, W, 3) as they will be known later."""
    linear = decode_shading(shading).astype(np.float64)
    base = linear.min((0, 1))
    green = shading[..., 1].astype(np.int32)
    lit = solid & (green > green.min() + _BARELY_LIT)
    sun = np.zeros((3, 3))
    if lit.sum() >= _FEWEST:
        sun = np.linalg.lstsq(normals[lit].astype(np.float64), linear[lit] - base, rcond=None)[0]
    light = Light(base.astype(np.float16), np.clip(sun, -1e4, 1e4).astype(np.float16))
    bright, dark = _both(light, normals)
    miss_lit = np.abs(shading.astype(np.int32) - bright).max(-1)
    miss_dark = np.abs(shading.astype(np.int32) - dark).max(-1)
    shadow = (miss_dark < miss_lit) & (miss_lit > TOLERANCE)
    return Explained(light, shadow, np.where(shadow, miss_dark, miss_lit) > TOLERANCE)


def relight(
    light: Light, normals: NDArray[np.float32], shadow: NDArray[np.bool_]
) -> NDArray[np.uint8]:
    """Shading codes (H, W, 3) under a light."""
    bright, dark = _both(light, normals)
    return np.where(shadow[..., None], dark, bright)


def _both(
    light: Light, normals: NDArray[np.float32]
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Codes of each pixel if lit (H, W, 3), and in shadow (3,)."""
    base, sun = light.base.astype(np.float32), light.sun.astype(np.float32)
    bright = base + np.maximum(normals @ sun, np.float32(0))
    return encode_shading(bright), encode_shading(base)

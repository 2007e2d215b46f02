# SPDX-License-Identifier: Apache-2.0
"""sRGB transfer function, both ways (IEC 61966-2-1)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# In single precision throughout: numpy would go over to double, at twice the time.
_TOE = np.float32(1.0 / 12.92)
_SHRINK = np.float32(1.0 / 1.055)


def srgb_to_linear(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Display-referred sRGB in [0, 1] -> scene-linear, any shape."""
    values = np.clip(np.asarray(values, np.float32), 0.0, 1.0)
    toe = values * _TOE
    curve = np.power((values + np.float32(0.055)) * _SHRINK, np.float32(2.4))
    return np.where(values <= np.float32(0.04045), toe, curve)


def linear_to_srgb(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scene-linear -> display-referred sRGB clipped to [0, 1], any shape."""
    values = np.clip(np.asarray(values, np.float32), 0.0, 1.0)
    toe = values * np.float32(12.92)
    curve = np.power(values, np.float32(1.0 / 2.4)) * np.float32(1.055) - np.float32(0.055)
    return np.where(values <= np.float32(0.0031308), toe, curve)

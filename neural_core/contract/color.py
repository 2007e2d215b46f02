# SPDX-License-Identifier: Apache-2.0
"""sRGB transfer function, both ways (IEC 61966-2-1)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def srgb_to_linear(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Display-referred sRGB in [0, 1] -> scene-linear, any shape."""
    values = np.clip(np.asarray(values, np.float32), 0.0, 1.0)
    toe = values / 12.92
    curve = ((values + 0.055) / 1.055) ** 2.4
    return np.where(values <= 0.04045, toe, curve).astype(np.float32)


def linear_to_srgb(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scene-linear -> display-referred sRGB clipped to [0, 1], any shape."""
    values = np.clip(np.asarray(values, np.float32), 0.0, 1.0)
    toe = values * 12.92
    curve = 1.055 * values ** (1.0 / 2.4) - 0.055
    return np.where(values <= 0.0031308, toe, curve).astype(np.float32)

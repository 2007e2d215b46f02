# SPDX-License-Identifier: Apache-2.0
"""Writes tiny sets in the layouts of others."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

HEIGHT, WIDTH = 12, 16


def picture(seed: int, height: int = HEIGHT, width: int = WIDTH) -> NDArray[np.uint8]:
    """Noise: every pixel can be told from its neighbours."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def blocks(values: list[list[int]], dtype: type = np.uint8) -> NDArray:
    """A label map of HEIGHT x WIDTH from a small table, each entry a block."""
    small = np.array(values)
    rows, columns = HEIGHT // small.shape[0], WIDTH // small.shape[1]
    return np.kron(small, np.ones((rows, columns), int)).astype(dtype)


def write(path: Path, array: NDArray) -> Path:
    """An array as PNG (16 bits for uint16) or as JPEG, by the ending."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(array).save(path)
    return path


def write_indexed(path: Path, array: NDArray[np.uint8]) -> Path:
    """A label map as an indexed PNG, whose colours say nothing."""
    image = Image.fromarray(array)
    indexed = Image.frombytes("P", image.size, image.tobytes())
    indexed.putpalette([255 - i // 3 for i in range(768)])
    path.parent.mkdir(parents=True, exist_ok=True)
    indexed.save(path)
    return path


def pixels(path: Path) -> NDArray[np.uint8]:
    """What a picture file holds, (3, H, W)."""
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB")).transpose(2, 0, 1)

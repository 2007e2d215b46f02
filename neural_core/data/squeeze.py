# SPDX-License-Identifier: Apache-2.0
"""Lossless packing of tables of numbers: the bytes of each column together, then LZMA."""

from __future__ import annotations

import lzma

import numpy as np
from numpy.typing import DTypeLike, NDArray

_FILTERS = [{"id": lzma.FILTER_LZMA2, "preset": 9, "lc": 0, "lp": 0, "pb": 0, "dict_size": 1 << 22}]


def squeeze(array: NDArray) -> NDArray[np.uint8]:
    """An array (N, ...) as packed bytes (M,)."""
    plain = np.ascontiguousarray(array)
    size = plain.size // max(len(plain), 1) * plain.itemsize
    planes = plain.view(np.uint8).reshape(len(plain), size).T
    data = lzma.compress(planes.tobytes(), format=lzma.FORMAT_RAW, filters=_FILTERS)
    return np.frombuffer(data, np.uint8)


def unsqueeze(packed: NDArray[np.uint8], dtype: DTypeLike, shape: tuple[int, ...]) -> NDArray:
    """Inverse of `squeeze`. Raises ValueError or lzma.LZMAError: damaged."""
    data = lzma.decompress(packed.tobytes(), format=lzma.FORMAT_RAW, filters=_FILTERS)
    planes = np.frombuffer(data, np.uint8).reshape(-1, shape[0])
    return np.ascontiguousarray(planes.T).view(dtype).reshape(shape)

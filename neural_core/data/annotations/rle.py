# SPDX-License-Identifier: Apache-2.0
"""COCO's compressed run lengths of a mask."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_BITS = 5
_MORE = 1 << _BITS
_SIGN = 1 << (_BITS - 1)
_FIRST_CHARACTER = 48


def encode_mask(pixels: NDArray[np.int64], width: int, height: int) -> dict[str, Any]:
    """COCO's ``segmentation`` of pixels (N,) given as column * height + row, ascending."""
    return {"size": [height, width], "counts": pack_runs(runs(pixels, width * height))}


def runs(pixels: NDArray[np.int64], total: int) -> list[int]:
    """Lengths of runs of 0, 1, 0, ... over ``total`` pixels; the first one may be 0."""
    if len(pixels) == 0:
        return [total]
    breaks = np.flatnonzero(np.diff(pixels) > 1)
    starts = pixels[np.concatenate([[0], breaks + 1])]
    ends = pixels[np.concatenate([breaks, [len(pixels) - 1]])] + 1
    borders = np.stack([starts, ends], axis=1).reshape(-1)
    lengths = np.diff(borders, prepend=0).tolist()
    return lengths if borders[-1] == total else [*lengths, total - int(borders[-1])]


def pack_runs(lengths: list[int]) -> str:
    """Run lengths as text: from the fourth on less the one before the last, five bits a letter."""
    text = []
    for index, length in enumerate(lengths):
        value = length - lengths[index - 2] if index > 2 else length
        while True:
            bits, value = value & (_MORE - 1), value >> _BITS
            is_last = value == (-1 if bits & _SIGN else 0)
            text.append(chr((bits if is_last else bits | _MORE) + _FIRST_CHARACTER))
            if is_last:
                break
    return "".join(text)

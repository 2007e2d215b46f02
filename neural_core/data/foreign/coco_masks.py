# SPDX-License-Identifier: Apache-2.0
"""Masks of COCO's instance files: polygons, run lengths as numbers or as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def decode_segmentation(segmentation: Any, height: int, width: int) -> NDArray[np.bool_]:
    """The mask (H, W) of a ``segmentation`` entry.

    Raises:
        ValueError: it is neither polygons nor run lengths, or of another size.
    """
    if isinstance(segmentation, list):
        return _fill(segmentation, height, width)
    if not isinstance(segmentation, dict) or "counts" not in segmentation:
        raise ValueError("a segmentation is neither polygons nor run lengths")
    if list(segmentation.get("size", ())) != [height, width]:
        raise ValueError(f"a mask of size {segmentation.get('size')} is not {[height, width]}")
    counts = segmentation["counts"]
    runs = _runs_from_text(counts) if isinstance(counts, str) else counts
    if sum(runs) != height * width or min(runs, default=0) < 0:
        raise ValueError(f"the run lengths of a mask do not cover {height} x {width}")
    inside = np.arange(len(runs)) % 2 == 1
    return np.repeat(inside, runs).reshape(width, height).T


def _fill(polygons: Sequence[Sequence[float]], height: int, width: int) -> NDArray[np.bool_]:
    """The pixels whose centres lie in a polygon x, y, x, y ... in pixels from the top left."""
    mask = np.zeros((height, width), bool)
    for polygon in polygons:
        if len(polygon) < 6 or len(polygon) % 2:
            raise ValueError(f"a polygon has {len(polygon)} numbers")
        mask |= _inside(np.array(polygon, np.float64).reshape(-1, 2), height, width)
    return mask


def _inside(points: NDArray[np.float64], height: int, width: int) -> NDArray[np.bool_]:
    """Even-odd rule: in each row, every edge that crosses it turns what lies right of it over."""
    turns = np.zeros((height, width + 1), np.int32)
    for (x, y), (next_x, next_y) in zip(points, np.roll(points, -1, 0), strict=True):
        first, last = (int(np.ceil(value - 0.5)) for value in sorted((y, next_y)))
        rows = np.arange(max(first, 0), min(last, height))
        if not len(rows):
            continue
        crossing = x + (rows + 0.5 - y) * (next_x - x) / (next_y - y)
        turns[rows, np.clip(np.ceil(crossing - 0.5), 0, width).astype(int)] += 1
    return np.cumsum(turns[:, :width], 1) % 2 == 1


def _runs_from_text(text: str) -> list[int]:
    """Five bits a character from "0" on, the sixth says that more follow; signed differences.

    From the fourth run on, a run is stored as its difference to the run two before.
    """
    runs: list[int] = []
    value = shift = 0
    for character in text:
        code = ord(character) - 48
        if not 0 <= code < 64:
            raise ValueError(f"run lengths cannot hold '{character}'")
        value |= (code & 31) << shift
        shift += 5
        if code & 32:
            continue
        if code & 16:
            value -= 1 << shift
        runs.append(value + (runs[-2] if len(runs) > 2 else 0))
        value = shift = 0
    return runs

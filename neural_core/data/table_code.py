# SPDX-License-Identifier: Apache-2.0
"""Instance tables of many frames in few bytes: every object once, poses and boxes bit by bit exact.

The cameras of a scene see the same objects, and the blockout form's rows follow from the detailed
form's. So rows are pooled; a row is told as its difference (XOR of the bits) from what an earlier
row of the same appearance seed foretells, and inside a row the second half of a symmetric box and
of a turn about Z from the first. What is left are mostly zeros, which LZMA takes away.
Tints alone lose something: they become half floats (11 bits).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .sample import InstanceTable, join_keypoints
from .squeeze import squeeze, unsqueeze

_WORDS = 29
_CLASS, _SEED, _TINT, _MATRIX, _BOX = 0, slice(1, 3), slice(3, 6), slice(6, 22), slice(22, 28)
_KIND = 28
_NONE, _SAME, _UNIT = 0, 1, 2
_SIGN = np.uint32(1 << 31)
# column <- (column that foretells it, whether with the other sign): turns about Z, boxes around 0.
_ECHOES = ((7, 10, True), (11, 6, False), (22, 25, True), (23, 26, True), (24, 27, True))
_COSINE, _SINE = 6, 10
_UNIT_BOX = np.array([-0.5, -0.5, -0.5, 0.5, 0.5, 0.5], np.float32).view(np.uint32)

Words = NDArray[np.uint32]


def pack_tables(tables: Sequence[InstanceTable]) -> dict[str, NDArray]:
    """Arrays for `unpack_tables`."""
    rows = np.concatenate([_words(table) for table in tables])
    pool, places = _pooled(rows)
    lengths = np.array([len(table.class_id) for table in tables], np.uint32)
    steps = np.diff(places, prepend=0).astype(np.int32)
    return {
        "pool": squeeze(_told(pool)),
        "pool_size": np.array(len(pool)),
        "lengths": squeeze(lengths),
        "steps": squeeze(steps),
        "table_count": np.array(len(tables)),
        **_pack_keypoints(tables),
    }


def unpack_tables(arrays: dict[str, NDArray]) -> list[InstanceTable]:
    """Inverse of `pack_tables`, but for the rounding of tints."""
    told = unsqueeze(arrays["pool"], np.uint32, (int(arrays["pool_size"]), _WORDS))
    pool = _untold(told)
    lengths = unsqueeze(arrays["lengths"], np.uint32, (int(arrays["table_count"]),))
    places = np.cumsum(unsqueeze(arrays["steps"], np.int32, (int(lengths.sum()),)))
    cuts = np.cumsum(lengths)[:-1].astype(np.int64)
    tables = [_table(part) for part in np.split(pool[places], cuts)]
    if "bodies" not in arrays:
        return tables
    points = np.split(_unpack_keypoints(arrays, len(places)), cuts)
    return [replace(table, keypoints=own) for table, own in zip(tables, points, strict=True)]


def _pack_keypoints(tables: Sequence[InstanceTable]) -> dict[str, NDArray]:
    """Which rows of all tables are bodies, and their keypoints (B, K, 3); nothing without any."""
    points = join_keypoints([table.keypoints for table in tables])
    bodies = np.flatnonzero(~np.isnan(points).all(axis=(1, 2)))
    if not len(bodies):
        return {}
    return {
        "bodies": squeeze(bodies.astype(np.uint32)),
        "keypoints": squeeze(points[bodies]),
        "keypoint_shape": np.array([len(bodies), points.shape[1]]),
    }


def _unpack_keypoints(arrays: dict[str, NDArray], rows: int) -> NDArray[np.float32]:
    """Keypoints (rows, K, 3), NaN where a row is no body."""
    bodies, count = arrays["keypoint_shape"].tolist()
    points = np.full((rows, count, 3), np.nan, np.float32)
    places = unsqueeze(arrays["bodies"], np.uint32, (bodies,))
    points[places] = unsqueeze(arrays["keypoints"], np.float32, (bodies, count, 3))
    return points


def _words(table: InstanceTable) -> Words:
    """Rows of 32-bit words (N, _WORDS); the last is left for the kind of prediction."""
    words = np.zeros((len(table.class_id), _WORDS), np.uint32)
    words[:, _CLASS] = table.class_id
    seeds = np.ascontiguousarray(table.appearance_seed, np.int64)
    words[:, _SEED] = seeds.view(np.uint32).reshape(-1, 2)
    words[:, _TINT] = table.tint.astype(np.float16).view(np.uint16)
    words[:, _MATRIX] = _bits(table.matrix_world.reshape(-1, 16))
    words[:, _BOX] = _bits(table.box.reshape(-1, 6))
    return words


def _table(words: Words) -> InstanceTable:
    return InstanceTable(
        words[:, _CLASS].astype(np.uint16),
        words[:, _TINT].astype(np.uint16).view(np.float16).astype(np.float32),
        np.ascontiguousarray(words[:, _SEED]).view(np.int64)[:, 0],
        _floats(words[:, _MATRIX]).reshape(-1, 4, 4),
        _floats(words[:, _BOX]).reshape(-1, 2, 3),
    )


def _pooled(rows: Words) -> tuple[Words, NDArray[np.int64]]:
    """Each row once, those of one seed together in order of appearance; and where rows went."""
    _, first, inverse = np.unique(rows, axis=0, return_index=True, return_inverse=True)
    inverse = inverse.reshape(-1)
    seeds = rows[:, _SEED].copy().view(np.int64)[:, 0]
    _, seed_first, seed_inverse = np.unique(seeds, return_index=True, return_inverse=True)
    born = seed_first[seed_inverse.reshape(-1)]
    order = np.lexsort((first, born[first]))
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    return rows[first[order]], place[inverse]


def _told(pool: Words) -> Words:
    """The pool as differences from what is foretold."""
    told = pool.copy()
    base = _bases(pool)
    rows = np.flatnonzero(base >= 0)
    options = {kind: _foretell(pool[base[rows]], kind) for kind in (_SAME, _UNIT)}
    misses = np.stack([(pool[rows] != option).sum(1) for option in options.values()])
    for number, kind in enumerate(options):
        chosen = misses.argmin(0) == number
        told[rows[chosen]] ^= options[kind][chosen]
        told[rows[chosen], _KIND] = kind
    alone = np.flatnonzero(base < 0)
    for column, source, turned in _ECHOES:
        told[alone, column] ^= pool[alone, source] ^ (_SIGN if turned else np.uint32(0))
    told[alone, _COSINE] ^= _cosines(pool[alone, _SINE])
    return told


def _untold(told: Words) -> Words:
    pool = told.copy()
    kinds = told[:, _KIND]
    alone = np.flatnonzero(kinds == _NONE)
    pool[alone, _COSINE] ^= _cosines(pool[alone, _SINE])
    for column, source, turned in _ECHOES:
        pool[alone, column] ^= pool[alone, source] ^ (_SIGN if turned else np.uint32(0))
    starts = np.maximum.accumulate(np.where(kinds == _NONE, np.arange(len(told)), 0))
    for kind in (_SAME, _UNIT):
        rows = np.flatnonzero(kinds == kind)
        pool[rows] ^= _foretell(pool[starts[rows]], kind)
        pool[rows, _KIND] = 0
    return pool


def _bases(pool: Words) -> NDArray[np.int64]:
    """For each row the first one of its seed, or -1 where it is that itself."""
    seeds = pool[:, _SEED].copy().view(np.int64)[:, 0]
    new = np.ones(len(pool), bool)
    new[1:] = seeds[1:] != seeds[:-1]
    starts = np.maximum.accumulate(np.where(new, np.arange(len(pool)), 0))
    return np.where(new, -1, starts)


def _foretell(base: Words, kind: int) -> Words:
    """The base itself, or the same box as a cube of edge 1 whose matrix holds the size."""
    if kind == _SAME:
        return base.copy()
    found = base.copy()
    matrix = _floats(base[:, _MATRIX]).astype(np.float64).reshape(-1, 4, 4)
    box = _floats(base[:, _BOX]).astype(np.float64).reshape(-1, 2, 3)
    middle, size = (box[:, 0] + box[:, 1]) / 2, box[:, 1] - box[:, 0]
    columns = [matrix[:, :, axis] * size[:, None, axis] for axis in range(3)]
    shift = matrix[:, :, 3].copy()
    for axis in range(3):
        shift += matrix[:, :, axis] * middle[:, None, axis]
    found[:, _MATRIX] = _bits(np.stack([*columns, shift], -1).astype(np.float32).reshape(-1, 16))
    found[:, _BOX] = _UNIT_BOX
    return found


def _cosines(sines: Words) -> Words:
    """Of turns about Z, up to their sign; exact arithmetic alone, the same on every machine."""
    values = _floats(sines).astype(np.float64)
    return _bits(np.sqrt(np.maximum(1.0 - values * values, 0.0)).astype(np.float32))


def _bits(values: NDArray[np.float32]) -> Words:
    return np.ascontiguousarray(values, np.float32).view(np.uint32)


def _floats(words: Words) -> NDArray[np.float32]:
    return np.ascontiguousarray(words).view(np.float32)

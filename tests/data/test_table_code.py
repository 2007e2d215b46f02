# SPDX-License-Identifier: Apache-2.0
from dataclasses import replace

import numpy as np
from data_doubles import make_sample

from neural_core.data.sample import FORMS, InstanceTable
from neural_core.data.table_code import pack_tables, unpack_tables

COLUMNS = ("class_id", "appearance_seed", "matrix_world", "box")


def street_tables(things: int, cameras: int) -> list[InstanceTable]:
    """Turned things with boxes, and the same as cubes of edge 1, each seen by some cameras."""
    rng = np.random.default_rng(3)
    angle = rng.uniform(0, 6, things)
    matrix = np.tile(np.eye(4), (things, 1, 1))
    matrix[:, 0, 0] = matrix[:, 1, 1] = np.cos(angle)
    matrix[:, 1, 0] = np.sin(angle)
    matrix[:, 0, 1] = -matrix[:, 1, 0]
    matrix[:, :3, 3] = rng.uniform(-60, 60, (things, 3))
    half = rng.uniform(0.2, 6, (things, 3))
    whole = np.tile(np.eye(4), (things, 1, 1))
    whole[:, [0, 1, 2], [0, 1, 2]] = 2 * half
    unit = np.tile([[-0.5] * 3, [0.5] * 3], (things, 1, 1))
    seed, kind = rng.integers(1, 2**31, things), rng.integers(1, 40, things)
    tint = rng.uniform(0, 1, (things, 3))
    tables = []
    for own, box in ((matrix, np.stack([-half, half], 1)), (matrix @ whole, unit)):
        for _ in range(cameras):
            seen = np.flatnonzero(rng.random(things) < 0.7)
            rows = (kind, tint, seed, own, box)
            tables.append(with_nobody(*(column[seen] for column in rows)))
    return tables


def with_nobody(kind, tint, seed, matrix, box) -> InstanceTable:
    """Row 0 before the others."""
    return InstanceTable(
        np.concatenate([[0], kind]).astype(np.uint16),
        np.concatenate([[[np.nan] * 3], tint]).astype(np.float32),
        np.concatenate([[0], seed]).astype(np.int64),
        np.concatenate([np.eye(4)[None], matrix]).astype(np.float32),
        np.concatenate([np.zeros((1, 2, 3)), box]).astype(np.float32),
    )


def assert_same(mine: InstanceTable, back: InstanceTable) -> None:
    for name in COLUMNS:
        old, new = getattr(mine, name), getattr(back, name)
        assert old.dtype == new.dtype and old.tobytes() == new.tobytes(), name
    assert np.allclose(mine.tint, back.tint, rtol=1e-3, atol=1e-4, equal_nan=True)


def test_tables_come_back_bit_by_bit():
    tables = [make_sample(seed, 0).forms[form].table for seed in (1, 2) for form in FORMS]
    odd = np.random.default_rng(1).normal(size=(4, 4, 4)).astype(np.float32)
    odd[1, 0, 0], odd[2, 1, 1] = -0.0, np.inf
    tables.append(
        InstanceTable(
            np.array([0, 65535, 3, 3], np.uint16),
            np.full((4, 3), np.nan, np.float32),
            np.array([0, -5, 2**62, 2**62], np.int64),
            odd,
            np.random.default_rng(2).normal(size=(4, 2, 3)).astype(np.float32),
        )
    )
    for mine, back in zip(tables, unpack_tables(pack_tables(tables)), strict=True):
        assert_same(mine, back)


def test_a_scene_seen_often_is_kept_once():
    tables = street_tables(things=60, cameras=4)
    arrays = pack_tables(tables)
    for mine, back in zip(tables, unpack_tables(arrays), strict=True):
        assert_same(mine, back)
    plain = sum(getattr(t, name).nbytes for t in tables for name in COLUMNS)
    # A thing's own numbers: position 10, turn 7, box 9, seed 4, tint 6, class 1. A cube adds only
    # what rounding turns.
    assert sum(array.nbytes for array in arrays.values()) < 60 * (37 + 12) < plain / 10


def test_packing_again_gives_the_same_bytes():
    tables = street_tables(things=12, cameras=2)
    once = pack_tables(tables)
    again = pack_tables(unpack_tables(once))
    assert all(np.array_equal(once[name], again[name]) for name in once)


def test_keypoints_come_back_where_there_are_any():
    tables = street_tables(3, 2)
    assert not any(name in pack_tables(tables) for name in ("bodies", "keypoints"))
    points = np.random.default_rng(4).normal(size=(len(tables[1].class_id), 18, 3))
    points[0] = np.nan
    points[1, 17:] = np.nan  # one that has fewer
    tables[1] = replace(tables[1], keypoints=points.astype(np.float32))
    back = unpack_tables(pack_tables(tables))
    assert np.array_equal(back[1].keypoints, tables[1].keypoints, equal_nan=True)
    for index in (0, 2, 3):
        assert_same(tables[index], back[index])
        assert np.isnan(back[index].keypoints).all()

# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of a room, its light and its cameras: plain data, no Blender."""

from __future__ import annotations

import hashlib
from itertools import combinations

import numpy as np
import pytest

from neural_core.contract import PALETTES
from scenes import room_views
from scenes.room_layout import KINDS, room_plan
from scenes.room_mood import Mood, budget, mood_for, sun_direction
from scenes.room_plan import OUTSIDE, ROOM_IDS, RoomPlan

SEEDS = tuple(range(12))
SPACES = {"window space", "door space"}


def digest(plan: RoomPlan) -> str:
    """Hash of all vertices, faces, matrices and seeds of a plan."""
    total = hashlib.sha256()
    for key, part in sorted({**plan.meshes, **plan.solids}.items()):
        total.update(key.encode() + part.verts.tobytes() + part.faces.tobytes())
    for item in plan.items:
        total.update(item.name.encode() + item.matrix.tobytes() + bytes(str(item.color), "ascii"))
        total.update(str(item.appearance_seed).encode())
    return total.hexdigest()


def test_ids_are_those_of_the_palette() -> None:
    palette = PALETTES["room"]
    assert {n: palette.by_name(n).id for n in ROOM_IDS} == ROOM_IDS  # type: ignore[union-attr]
    assert palette.by_name(OUTSIDE) is not None


def test_same_seed_gives_the_same_room_and_others_do_not() -> None:
    assert digest(room_plan.__wrapped__(3)) == digest(room_plan.__wrapped__(3))
    assert len({digest(room_plan(seed)) for seed in SEEDS}) == len(SEEDS)


def test_all_kinds_of_rooms_occur() -> None:
    assert {room_plan(seed).kind for seed in range(24)} == set(KINDS)


@pytest.mark.parametrize("seed", SEEDS)
def test_items_are_sound(seed: int) -> None:
    plan = room_plan(seed)
    names = [i.class_name for i in plan.items]
    assert set(names) <= set(ROOM_IDS)
    assert len({i.name for i in plan.items}) == len(plan.items) >= 14
    assert names.count("wall") == 4
    assert names.count("door") == 1
    assert "window" in names
    for part in (*plan.meshes.values(), *plan.solids.values()):
        assert np.isfinite(part.verts).all()
        assert part.faces.max() < len(part.verts)
        assert part.faces[:, :3].min() >= 0
    for item in plan.items:
        assert 0.0 <= min(*item.color, *item.second) <= max(*item.color, *item.second) <= 1.0
        assert item.form != "solid" or item.mesh in plan.solids
    assert sum(plan.meshes[i.mesh].triangles for i in plan.items) < 80_000


@pytest.mark.parametrize("seed", SEEDS)
def test_furniture_stands_in_the_room_and_does_not_overlap(seed: int) -> None:
    plan = room_plan(seed)
    edge = np.array([plan.width / 2, plan.depth / 2, plan.height]) + 0.005
    solid = [v for v in plan.volumes if v.name not in SPACES]
    for volume in solid:
        assert (np.abs(volume.low[:2]) <= edge[:2]).all()
        assert (np.abs(volume.high[:2]) <= edge[:2]).all()
        assert -0.005 <= volume.low[2] < volume.high[2] <= edge[2]
    for a, b in combinations(solid, 2):
        assert a.name == b.name or not a.overlaps(b.low, b.high), (a.name, b.name)


@pytest.mark.parametrize("seed", SEEDS)
def test_doors_and_windows_are_kept_free(seed: int) -> None:
    plan = room_plan(seed)
    kept = [v for v in plan.volumes if v.name in SPACES]
    curtains = {i.name for i in plan.items if i.class_name == "curtain"}
    assert len(kept) == len(plan.openings)
    for volume in plan.volumes:
        if volume.name not in SPACES | curtains:
            assert not any(k.overlaps(volume.low, volume.high) for k in kept), volume.name


@pytest.mark.parametrize("seed", SEEDS)
def test_the_light_of_a_window_is_not_shut_in(seed: int) -> None:
    """From the middle of each window, inside its reveal, a ray into the room meets no curtain."""
    plan = room_plan(seed)
    boxes = plan.boxes()
    for o in plan.openings:
        if o.kind == "window":
            start = np.array([*plan.on_wall(o.wall, (o.u0 + o.u1) / 2, -0.1), (o.z0 + o.z1) / 2])
            turn = o.wall * np.pi / 2
            hit, reach = boxes.cast(start, np.array([[-np.sin(turn), np.cos(turn), 0.0]]))
            assert hit[0] < 0 or reach[0] > 0.35


@pytest.mark.parametrize("seed", SEEDS)
def test_cameras_stand_free_inside_and_see_several_things(seed: int) -> None:
    plan = room_plan(seed)
    boxes = plan.boxes()
    views = room_views.choose(plan, 4)
    for view, same in zip(views, room_views.choose(plan, 2), strict=False):
        assert np.array_equal(view.camera_to_world, same.camera_to_world)
    for view in views:
        eye = view.camera_to_world[:3, 3]
        assert not boxes.inside(eye, room_views.CLEAR)
        assert abs(eye[0]) < plan.width / 2 - 0.25
        assert abs(eye[1]) < plan.depth / 2 - 0.25
        assert 1.1 < eye[2] < 1.8
        assert 50 < np.degrees(view.field) < 90
        rotation = view.camera_to_world[:3, :3]
        assert np.allclose(rotation @ rotation.T, np.eye(3), atol=1e-9)
        hit, _ = boxes.cast(eye, room_views.rays_of(view))
        assert len(np.unique(hit[hit >= 0])) >= 3


def test_light_comes_in_through_a_window_and_is_enough() -> None:
    kinds: set[str] = set()
    for seed in SEEDS:
        plan, mood = room_plan(seed), mood_for(seed)
        kinds.add(mood.kind)
        power = budget(plan, mood)
        assert power.windows > 0
        assert (power.lamps > 0) == (bool(plan.lamps) and mood.lamps > 0)
        assert 0.1 < power.ambient < 0.6
        _check_sun(plan, mood)
        if plan.lamps:
            assert sum(lamp.share for lamp in plan.lamps) == pytest.approx(1.0)
    assert len(kinds) >= 3


def _check_sun(plan: RoomPlan, mood: Mood) -> None:
    toward = sun_direction(plan, mood)
    turn = plan.openings[0].wall * np.pi / 2
    assert np.linalg.norm(toward) == pytest.approx(1.0)
    assert toward @ [np.sin(turn), -np.cos(turn), 0.0] > 0.3
    assert toward[2] > 0.2


def test_lamps_burn_in_the_evening() -> None:
    lit = [bool(room_plan(s).lamps) for s in range(30) if mood_for(s).kind == "evening"]
    assert lit
    assert np.mean(lit) > 0.8

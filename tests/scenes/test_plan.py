# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of a street and its cameras: plain data, no Blender."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from scenes.layout import street_plan
from scenes.plan import CLASS_IDS, Plan
from scenes.sky import sky_for
from scenes.views import choose, rays_of, score

SEEDS = (0, 1, 2, 3, 4, 5)


def digest(plan: Plan) -> str:
    """Hash of all vertices, faces, matrices and seeds of a plan."""
    total = hashlib.sha256()
    for key, part in sorted(plan.meshes.items()):
        total.update(key.encode() + part.verts.tobytes() + part.faces.tobytes())
    for item in plan.items:
        total.update(item.name.encode() + item.matrix.tobytes() + bytes(str(item.color), "ascii"))
        total.update(str(item.appearance_seed).encode())
    return total.hexdigest()


def fresh(seed: int) -> Plan:
    """A plan made anew, past the cache."""
    return street_plan.__wrapped__(seed)


def test_same_seed_gives_the_same_street() -> None:
    assert digest(fresh(3)) == digest(fresh(3))


def test_different_seeds_give_different_streets() -> None:
    assert len({digest(street_plan(seed)) for seed in SEEDS}) == len(SEEDS)


@pytest.mark.parametrize("seed", SEEDS)
def test_items_are_sound(seed: int) -> None:
    plan = street_plan(seed)
    assert {i.class_name for i in plan.items} <= set(CLASS_IDS) - {"sky"}
    assert len({i.name for i in plan.items}) == len(plan.items)
    for part in plan.meshes.values():
        assert np.isfinite(part.verts).all()
        assert part.faces.max() < len(part.verts)
        assert part.faces[:, :3].min() >= 0
    assert sum(plan.meshes[i.mesh].triangles for i in plan.items) < 120_000
    assert sum(i.class_name in ("car", "truck", "bus") for i in plan.items) >= 4
    for item in plan.items:
        assert min(*item.color, *item.second) >= 0.0
        assert max(*item.color, *item.second) <= 1.0


def test_vehicles_do_not_overlap() -> None:
    for seed in SEEDS:
        plan = street_plan(seed)
        boxes = plan.boxes()
        for item in plan.items:
            if item.class_name in ("car", "truck", "bus"):
                others = [i for i in boxes.items if i.class_name in ("car", "truck", "bus")]
                others = [i for i in others if i is not item]
                around = type(boxes).of(others, plan.meshes)
                center = item.matrix @ [0.0, 0.0, 0.7, 1.0]
                assert not around.inside(center[:3])


@pytest.mark.parametrize("seed", SEEDS)
def test_cameras_stand_free_and_see_something(seed: int) -> None:
    plan = street_plan(seed)
    boxes = plan.boxes()
    views = choose(plan, 6)
    again = choose(plan, 6)
    for view, same in zip(views, again, strict=True):
        assert np.array_equal(view.camera_to_world, same.camera_to_world)
        eye = view.camera_to_world[:3, 3]
        assert not boxes.inside(eye)
        assert 0.5 < eye[2] < 10
        assert 30 < np.degrees(view.field) < 75
        rotation = view.camera_to_world[:3, :3]
        assert np.allclose(rotation @ rotation.T, np.eye(3), atol=1e-9)
        assert np.linalg.det(rotation) == pytest.approx(1.0)
        assert score(view, boxes) > -1.0


def test_first_cameras_do_not_depend_on_how_many_are_asked_for() -> None:
    plan = street_plan(1)
    few, many = choose(plan, 2), choose(plan, 5)
    for a, b in zip(few, many, strict=False):
        assert np.array_equal(a.camera_to_world, b.camera_to_world)


def test_rays_start_in_the_top_left_corner() -> None:
    plan = street_plan(1)
    view = choose(plan, 1)[0]
    local = rays_of(view) @ view.camera_to_world[:3, :3]
    assert local[0][0] < 0 < local[0][1]
    assert (local[:, 2] < 0).all()


def test_the_sun_stands_high_and_lights_the_street() -> None:
    for seed in range(200):
        sky = sky_for(seed, 0.5)
        assert np.radians(25) < sky.elevation < np.radians(70)
        assert sky.sun * np.sin(sky.elevation) / np.pi + min(sky.mean) > 0.6

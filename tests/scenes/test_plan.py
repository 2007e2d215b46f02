# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of a street and its cameras: plain data, no Blender."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from scenes import trees
from scenes.layout import street_plan
from scenes.plan import CLASS_IDS, Plan
from scenes.sky import sky_for
from scenes.views import choose, rays_of, score
from scenes.weather import SEASONS, weather_for

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
    assert sum(plan.meshes[i.mesh].triangles for i in plan.items) < 160_000
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


def test_the_sun_lights_the_street_at_every_time_of_day() -> None:
    for seed in range(200):
        sky, weather = sky_for(seed, 0.5), weather_for(seed)
        assert np.radians(11) < sky.elevation < np.radians(70)
        light = sky.sun * np.sin(sky.elevation) / np.pi + min(sky.mean)
        assert light * 2**sky.exposure > (0.4 if weather.lamps else 0.75)


def test_weather_keeps_its_shares_and_most_streets_have_plain_daylight() -> None:
    drawn = [weather_for(seed) for seed in range(1500)]
    count = len(drawn)
    assert drawn == [weather_for(seed) for seed in range(1500)]
    special = [w for w in drawn if w.wet or w.snow or w.mist or w.lamps]
    assert len(special) < 0.4 * count
    assert 0.05 < sum(w.lamps for w in drawn) / count < 0.11
    assert 0.05 < sum(w.mist > 0 for w in drawn) / count < 0.11
    assert all(w.season == "winter" for w in drawn if w.snow)
    assert {w.season for w in drawn} == set(SEASONS)
    assert not any(w.south and w.season == "winter" for w in drawn)


@pytest.mark.parametrize("dress", trees.DRESSES)
def test_crown_and_trunk_of_a_tree_hold_all_of_it(dress: str) -> None:
    for kind in trees.SPECIES:
        part = trees.tree(kind, dress, 0)
        assert np.isfinite(part.verts).all()
        assert part.triangles < 2_500
        wood = np.char.startswith(part.slots, "bark")
        used = np.unique(part.faces[~wood])
        crown = part.verts[used[used >= 0]]
        foot = part.verts[part.verts[:, 2] < 0.1]
        assert crown[:, 2].min() > 0.1
        assert np.abs(foot[:, :2]).max() < 0.5
        low, high = part.bounds()
        assert np.allclose(low[:2], np.minimum(crown[:, :2].min(0), foot[:, :2].min(0)))
        assert np.allclose(high, crown.max(axis=0))


def test_trees_are_bare_in_winter_and_green_in_summer() -> None:
    for seed in range(12):
        season = weather_for(seed).season
        names = [key.split("_") for key in street_plan(seed).meshes if key.startswith("tree_")]
        worn = {dress for _, kind, dress, _ in names if kind not in trees.EVERGREEN}
        if season in ("winter", "summer"):
            assert worn <= {"bare" if season == "winter" else "leaf"}

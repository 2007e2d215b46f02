# SPDX-License-Identifier: GPL-3.0-or-later
"""Cars on open places, and the same places empty: plans, cameras, and the built scenes."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from test_plan import digest

from scenes.car_bodies import Skin, car_body
from scenes.car_parts import RIMS
from scenes.car_places import KINDS, draw_place
from scenes.car_plans import (
    cars_plan,
    cars_views,
    empty_plan,
    empty_views,
    one_car_plan,
    one_car_views,
)
from scenes.car_shapes import SHAPES, draw_shape
from scenes.open_sky import open_sky
from scenes.place import RADIUS
from scenes.plan import CLASS_IDS, Item, OrientedBoxes, Plan
from scenes.standing_cars import apart
from scenes.views import View

ROOT = Path(__file__).resolve().parents[2]
SEEDS = tuple(range(10))

needs_blender = pytest.mark.skipif(importlib.util.find_spec("bpy") is None, reason="needs bpy")


def cars_of(plan: Plan) -> list[Item]:
    """The cars of a plan."""
    return [i for i in plan.items if i.class_name == "car"]


def points(plan: Plan, item: Item) -> np.ndarray:
    """World positions (N, 3) of an item's vertices."""
    verts = plan.meshes[item.mesh].verts
    return verts @ item.matrix[:3, :3].T + item.matrix[:3, 3]


def bodies(seed: int) -> Plan:
    """The plan of the cars with this seed."""
    return cars_plan(seed)[0]


def test_same_seed_gives_the_same_place() -> None:
    for plan in (cars_plan, one_car_plan, empty_plan):
        first, second = plan.__wrapped__(3), plan.__wrapped__(3)
        assert digest(first[0]) == digest(second[0])
        assert first[1:] == second[1:]


def test_other_seeds_give_other_places_with_and_without_cars() -> None:
    families = (cars_plan, one_car_plan, empty_plan)
    plans = [plan(seed)[0] for plan in families for seed in SEEDS]
    assert len({digest(p) for p in plans}) == len(plans)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_place_is_sound(kind: str) -> None:
    for seed in (1, 2):
        plan = Plan(seed, np.random.default_rng(seed))
        assert draw_place(plan, kind) == kind
        assert not cars_of(plan)
        assert {i.class_name for i in plan.items} <= set(CLASS_IDS) - {"sky"}
        assert len({i.name for i in plan.items}) == len(plan.items)
        for part in plan.meshes.values():
            assert np.isfinite(part.verts).all()
            assert part.faces[:, :3].min() >= 0
            assert part.faces.max() < len(part.verts)
        for item in plan.items:
            assert min(*item.color, *item.second) >= 0.0
            assert max(*item.color, *item.second) <= 1.0
        assert sum(plan.meshes[i.mesh].triangles for i in plan.items) < 110_000


def test_one_to_three_cars_stand_on_the_ground() -> None:
    counts = set()
    for seed in SEEDS:
        plan = bodies(seed)
        found = cars_of(plan)
        counts.add(len(found))
        for car in found:
            assert points(plan, car)[:, 2].min() == pytest.approx(0.0, abs=1e-6)
    assert counts == {1, 2, 3}


def test_cars_one_has_one_car() -> None:
    assert all(len(cars_of(one_car_plan(seed)[0])) == 1 for seed in SEEDS)


def test_cars_do_not_touch_each_other() -> None:
    for seed in SEEDS:
        plan = bodies(seed)
        prints = []
        for car in cars_of(plan):
            low, high = plan.meshes[car.mesh].bounds()
            flat = np.array([(low[0], low[1]), (high[0], low[1]), high[:2], (low[0], high[1])])
            prints.append(flat @ car.matrix[:2, :2].T + car.matrix[:2, 3])
        for i, a in enumerate(prints):
            assert all(apart(a, b, 0.2) for b in prints[:i])


def test_apart_tells_crossing_rectangles() -> None:
    square = np.array([(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)])
    assert apart(square, square + np.array([1.5, 0.0]), 0.4)
    assert not apart(square, square + np.array([1.5, 0.0]), 0.6)
    assert not apart(square, (square - 0.5) * 0.2 + 0.5, 0.0)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_view_shows_all_of_every_car(seed: int) -> None:
    plan = bodies(seed)
    cloud = np.concatenate([points(plan, car) for car in cars_of(plan)])
    for view in cars_views(seed, 8):
        local = (cloud - view.camera_to_world[:3, 3]) @ view.camera_to_world[:3, :3]
        reach = 18.0 / view.lens
        assert (local[:, 2] < -1.0).all()
        assert (np.abs(local[:, :2] / local[:, 2:]) < reach).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_nothing_but_a_car_hides_a_car(seed: int) -> None:
    plan = bodies(seed)
    boxes = plan.boxes()
    names = np.array([i.class_name for i in boxes.items])
    own = OrientedBoxes.of(cars_of(plan), plan.meshes)
    for view in cars_views(seed, 4):
        eye = view.camera_to_world[:3, 3]
        assert not boxes.inside(eye, 0.3)
        targets = own.to_world @ [[0.0], [0.0], [0.2], [1.0]]
        rays = targets[:, :3, 0] - eye
        rays /= np.linalg.norm(rays, axis=1, keepdims=True)
        hit, _ = boxes.cast(eye, rays)
        assert (names[hit] == "car").all()


@pytest.mark.parametrize("views_of", [cars_views, one_car_views, empty_views])
def test_cameras_stand_on_the_hemisphere(views_of: Callable[[int, int], list[View]]) -> None:
    views = [v for seed in range(40) for v in views_of(seed, 3)]
    eyes = np.array([v.camera_to_world[:3, 3] for v in views])
    assert np.allclose(np.linalg.norm(eyes, axis=1), RADIUS)
    polar = np.degrees(np.arccos(eyes[:, 2] / RADIUS))
    assert polar.min() >= 45.5
    assert polar.max() <= 75.1
    assert np.ptp(polar) > 20
    assert np.degrees(views[0].field) == pytest.approx(53.13, abs=0.01)
    for view in views[:5]:
        assert np.allclose(view.camera_to_world[:3, 2] * RADIUS, view.camera_to_world[:3, 3])
    for few, many in zip(views_of(4, 2), views_of(4, 5), strict=False):
        assert np.array_equal(few.camera_to_world, many.camera_to_world)


@pytest.mark.parametrize("kind", SHAPES)
def test_bodies_keep_their_measures(kind: str) -> None:
    rng = np.random.default_rng(5)
    for rim in RIMS:
        shape = draw_shape(kind, rng)
        part = car_body(shape, rim)
        low, high = part.bounds()
        assert np.isfinite(part.verts).all()
        assert low[2] == pytest.approx(0.0, abs=1e-9)
        assert high[0] == pytest.approx(-low[0], abs=1e-9)
        assert 0.9 < high[2] / shape.height < 1.2
        assert shape.length <= high[1] - low[1] < shape.length + 0.5
        assert {"car_paint", "car_glass", "tyre", "head_lamp", "tail_lamp"} <= set(part.slots)


def test_no_two_drawn_bodies_are_alike() -> None:
    rng = np.random.default_rng(8)
    sizes = {tuple(np.round(car_body(draw_shape("suv", rng)).bounds()[1], 3)) for _ in range(5)}
    assert len(sizes) == 5


def test_skin_faces_look_outwards() -> None:
    skin = Skin(SHAPES["hatchback"]).geometry()
    a, b, c = (skin.verts[skin.faces[:, i]] for i in range(3))
    normal = np.cross(b - a, c - a)
    middle = (a + b + c) / 3
    roof = middle[:, 2] > 1.4
    flank = (np.abs(middle[:, 0]) > 0.8) & (middle[:, 2] < 0.9)
    assert (normal[roof][:, 2] > 0).all()
    assert (normal[flank][:, 0] * middle[flank][:, 0] >= -1e-9).mean() > 0.97


def test_light_is_never_too_dark() -> None:
    kinds = set()
    for seed in range(200):
        sky = open_sky(np.random.default_rng(seed), 0.2)
        kinds.add(sky.kind)
        level = sky.sun * np.sin(sky.elevation) / np.pi + min(sky.mean)
        assert np.radians(5) < sky.elevation < np.radians(70)
        assert level * 2**sky.exposure > 0.7
    assert len(kinds) == 7


@pytest.fixture(scope="module")
def probed() -> dict[str, Any]:
    """Facts of four scenes built in one process, the first one twice."""
    scenes = ["cars:5", "cars_empty:5", "cars_one:5", "cars:6", "cars:5"]
    words = [sys.executable, "tests/scenes/probe_cars.py", *scenes]
    done = subprocess.run(
        words, cwd=ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    line = next(x for x in done.stdout.splitlines() if x.startswith("FACTS "))
    facts: dict[str, Any] = json.loads(line[6:])
    return facts


@pytest.fixture
def built(probed: dict[str, Any]) -> list[dict[str, Any]]:
    """Facts of each scene that was built."""
    return probed["built"]


@needs_blender
def test_all_materials_exist(probed: dict[str, Any]) -> None:
    assert probed["lacking_materials"] == []


@needs_blender
def test_both_forms_list_the_same_instances(built: list[dict[str, Any]]) -> None:
    for facts in built:
        assert facts["twins"]
        assert not facts["stray"]
        assert not facts["wrong"]
        assert not facts["lacking"]
        assert facts["slack"] < 2e-3


@needs_blender
def test_ids_are_the_palettes(built: list[dict[str, Any]]) -> None:
    for facts in built:
        assert all(CLASS_IDS[name] == number for name, number in facts["ids"])


@needs_blender
def test_empty_places_have_no_car(built: list[dict[str, Any]]) -> None:
    named = [{name for name, _ in facts["ids"]} for facts in built]
    assert ["car" in names for names in named] == [True, False, True, True, True]


@needs_blender
def test_nothing_is_left_behind(built: list[dict[str, Any]]) -> None:
    assert built[0]["blocks"] == built[-1]["blocks"]


@needs_blender
@pytest.mark.parametrize("module", ["cars", "cars_one", "cars_empty"])
def test_saved_file_opens_with_both_forms(module: str, tmp_path: Path) -> None:
    path = tmp_path / "place.blend"
    code = (
        "import os; from pathlib import Path;"
        f"from scenes import {module} as m; m.save(Path({str(path)!r}), 5);"
        f"import bpy; bpy.ops.wm.open_mainfile(filepath={str(path)!r});"
        "s = bpy.context.scene;"
        "print('SEEN', [(v.name, v.use) for v in s.view_layers], s.camera is not None,"
        "s['place'], flush=True); os._exit(0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert "SEEN [('Detailed', False), ('Blockout', True)] True" in done.stdout, done.stderr[-800:]

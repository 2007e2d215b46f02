# SPDX-License-Identifier: GPL-3.0-or-later
"""The street's vehicles and people: their meshes, and how they stand to each other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from scenes import buses, trucks, vehicles
from scenes.car_bodies import car_body
from scenes.car_parts import COARSE
from scenes.car_shapes import SHAPES
from scenes.layout import street_plan
from scenes.mesh_tools import Geometry
from scenes.people import STANCES, Look, draw_look, person
from scenes.plan import Item, Plan, apart
from scenes.vehicle_materials import TRAFFIC

SEEDS = tuple(range(8))
VEHICLES = ("car", "truck", "bus")


def corners(plan: Plan, item: Item) -> np.ndarray:
    """Corners (4, 2) on the ground of an item's box."""
    low, high = plan.meshes[item.mesh].bounds()
    xy = [(low[0], low[1]), (high[0], low[1]), (high[0], high[1]), (low[0], high[1])]
    return np.array([(item.matrix @ [x, y, 0.0, 1.0])[:2] for x, y in xy])


def adult(pose: str, **changes: object) -> Look:
    """A plain adult in a pose."""
    plain = Look(
        pose, "adult", 0.2, 1.0, 1.0, "short", "none", "sweater", "trousers", False, "none"
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def width_at(part: Geometry, slot: str, height: float) -> float:
    """How far along Y the vertices of a material reach near a height."""
    used = np.unique(part.faces[part.slots == slot])
    points = part.verts[used[used >= 0]]
    near = points[np.abs(points[:, 2] - height) < 0.12]
    return float(np.ptp(near[:, 1]))


@pytest.mark.parametrize(
    ("make", "kinds"), [(trucks.truck, trucks.KINDS), (buses.bus, buses.KINDS)]
)
def test_heavy_vehicles_stand_on_their_wheels(
    make: Callable[[str], Geometry], kinds: tuple[str, ...]
) -> None:
    sizes = set()
    for kind in kinds:
        low, high = make(kind).bounds()
        assert low[2] == pytest.approx(0.0, abs=0.01)
        assert low[1] == pytest.approx(-high[1], abs=0.3)
        assert 2.2 < high[0] - low[0] < 3.2
        sizes.add(tuple(np.round(high, 2)))
    assert len(sizes) == len(kinds)


@pytest.mark.parametrize("kind", SHAPES)
def test_coarse_cars_have_the_measures_of_fine_ones(kind: str) -> None:
    fine, coarse = car_body(SHAPES[kind]), car_body(SHAPES[kind], fineness=COARSE)
    assert coarse.triangles < 0.65 * fine.triangles
    for a, b in zip(fine.bounds(), coarse.bounds(), strict=True):
        assert np.allclose(a, b, atol=0.015)


def test_liveries_differ_in_what_the_second_colour_covers() -> None:
    def covered(livery: str, kind: str = "saloon") -> int:
        part = vehicles.street_car(SHAPES[kind], "five", livery)
        return int(np.count_nonzero(part.slots == "paint_two"))

    assert covered("police") > covered("plain") + 10
    assert covered("delivery", "van") > covered("plain", "van") + 10
    taxi = vehicles.street_car(SHAPES["saloon"], "five", "taxi")
    assert taxi.bounds()[1][2] > SHAPES["saloon"].height + 0.1
    assert "roof_lamp" in taxi.slots


@pytest.mark.parametrize("pose", STANCES)
def test_people_stand_on_the_ground_at_their_height(pose: str) -> None:
    low, high = person(adult(pose)).bounds()
    assert low[2] == pytest.approx(0.0, abs=1e-9)
    assert 1.6 < high[2] < 1.82
    child = person(adult(pose, age="child", size=0.65)).bounds()[1]
    assert child[2] < 0.75 * high[2]


def test_walkers_legs_are_apart_and_arms_swing_against_them() -> None:
    part = person(adult("walk_a"))
    assert width_at(part, "cloth_two", 0.2) > 0.5
    assert width_at(person(adult("stand")), "cloth_two", 0.2) < 0.3
    hands = part.verts[np.unique(part.faces[part.slots == "skin"])]
    hands = hands[(hands[:, 2] > 0.6) & (hands[:, 2] < 1.1)]
    right, left = hands[hands[:, 0] > 0], hands[hands[:, 0] < 0]
    shoes = part.verts[np.unique(part.faces[part.slots == "shoe"])]
    assert right[:, 1].mean() < 0 < left[:, 1].mean()
    assert shoes[shoes[:, 0] > 0, 1].mean() > 0 > shoes[shoes[:, 0] < 0, 1].mean()


def test_clothes_cover_the_legs_below_them() -> None:
    coat = person(adult("walk_a", top="coat"))
    cloth, legs = width_at(coat, "cloth", 0.52), width_at(coat, "cloth_two", 0.55)
    assert cloth > legs


def test_drawn_people_differ_and_use_known_materials() -> None:
    rng = np.random.default_rng(4)
    looks = [draw_look(rng, pose) for pose in (*STANCES, "ride") for _ in range(4)]
    assert len({(k.age, k.hair, k.hat, k.top, k.bottom, k.carry) for k in looks}) > 30
    slots = {str(s) for look in looks for s in person(look).slots}
    assert slots <= {"cloth", "tyre", "rim", *TRAFFIC}


def test_a_rider_sits_on_the_bicycle_and_reaches_its_handlebar() -> None:
    part = person(adult("ride"))
    skin = part.verts[np.unique(part.faces[part.slots == "skin"])]
    x, y, z = vehicles.GRIPS
    assert np.linalg.norm(skin - [x, y, z], axis=1).min() < 0.1
    assert 0.1 < part.bounds()[0][2] < 0.3
    assert part.bounds()[1][2] < 1.9


@pytest.mark.parametrize("seed", SEEDS)
def test_no_vehicle_stands_in_another_or_in_a_walker(seed: int) -> None:
    plan = street_plan(seed)
    prints = [corners(plan, i) for i in plan.items if i.class_name in (*VEHICLES, "bicycle")
              and i.matrix[2, 3] == 0.0]  # fmt: skip
    for i, a in enumerate(prints):
        assert all(apart(a, b, 0.1) for b in prints[:i])
    for item in plan.items:
        if item.class_name == "person" and not item.mesh.startswith("rider"):
            at = item.matrix[:2, 3]
            small = at + np.array([(-0.2, -0.2), (0.2, -0.2), (0.2, 0.2), (-0.2, 0.2)])
            assert all(apart(small, b, 0.0) for b in prints)


def test_streets_share_few_bodies_and_show_liveries() -> None:
    liveries = set()
    for seed in SEEDS:
        cars = [i.mesh for i in street_plan(seed).items if i.class_name == "car"]
        assert len({m.split("_")[1] for m in cars}) <= 7
        assert len({m.split("_")[1] for m in cars}) >= 3
        liveries |= {m.split("_")[2] for m in cars}
    assert liveries <= set(vehicles.LIVERIES)
    assert {"plain", "taxi"} < liveries


def test_every_rider_has_a_bicycle() -> None:
    found = 0
    for seed in SEEDS:
        plan = street_plan(seed)
        bikes = {tuple(i.matrix[:2, 3]) for i in plan.items if i.class_name == "bicycle"}
        riders = [i for i in plan.items if i.mesh.startswith("rider")]
        assert all(tuple(i.matrix[:2, 3]) in bikes for i in riders)
        found += len(riders)
    assert found

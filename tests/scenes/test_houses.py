# SPDX-License-Identifier: GPL-3.0-or-later
"""Families of houses, quarters and landmarks: plain data, no Blender."""

from __future__ import annotations

import ast
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from scenes import landmarks, pavement_things, quarters, street_houses
from scenes.buildings import HouseStyle
from scenes.house_families import FAMILIES
from scenes.layout import Street
from scenes.mesh_tools import Geometry
from scenes.plan import Plan
from scenes.weather import weather_for

MATERIALS = Path(street_houses.__file__).with_name("materials.py")
GROUNDS = ("home", "shop", "arcade")


def known_slots() -> set[str]:
    """Names of the materials, read from their source: importing it would start Blender."""
    for node in ast.walk(ast.parse(MATERIALS.read_text("utf-8"))):
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "RECIPES":
            assert isinstance(node.value, ast.Dict)
            return {ast.literal_eval(k) for k in node.value.keys if k is not None}
    raise AssertionError("materials.RECIPES not found")


def style(width: float, floors: int, ground: str, roof: str) -> HouseStyle:
    return HouseStyle(width, 10.0, floors, 3.0, 2.5, (0.5, 0.55), "brick", roof, ground, True, True,
                      True, False)  # fmt: skip


def check(part: Geometry) -> None:
    """Sound faces of known materials, none without area, nothing below ground."""
    assert np.isfinite(part.verts).all()
    assert part.faces.max() < len(part.verts)
    assert set(part.slots.tolist()) <= known_slots()
    a, b, c = (part.verts[part.faces[:, i]] for i in range(3))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    d = part.verts[np.maximum(part.faces[:, 3], 0)]
    rest = np.linalg.norm(np.cross(c - a, d - a), axis=1) * (part.faces[:, 3] >= 0)
    assert (area + rest).min() > 1e-7
    assert part.verts[:, 2].min() > -0.3


@pytest.mark.parametrize("family", FAMILIES)
def test_families_build_sound_houses_of_the_wanted_width(family: str) -> None:
    for number, (width, floors) in enumerate([(5.2, 2), (7.0, 3), (16.0, 5)]):
        for ground in GROUNDS:
            roof = ("flat", "gable", "low")[number]
            rng = np.random.default_rng(number)
            part = FAMILIES[family](style(width, floors, ground, roof), rng)
            check(part)
            low, high = part.bounds()
            assert low[0] > -0.5
            assert abs(high[0] - width) < 0.5
            assert low[1] > -1.3  # no deeper over the pavement
            assert part.triangles < 7000
            same = FAMILIES[family](
                style(width, floors, ground, roof), np.random.default_rng(number)
            )
            assert np.array_equal(part.verts, same.verts)


def test_landmarks_and_things_are_sound() -> None:
    rng = np.random.default_rng(0)
    for part in (
        landmarks.nave(10.0, 22.0, 8.0, "stone"), landmarks.tower(4.6, 20.0, "brick", 7.0, True),
        landmarks.town_hall(24.0, rng), landmarks.market_hall(24.0, 24.0, "brick"),
        landmarks.station_shop(13.0), landmarks.canopy(15.0, 8.0), landmarks.pump(),
        landmarks.turret(4.4, 15.0, "stone"), pavement_things.shelter(), pavement_things.bench(),
        pavement_things.bin_(), pavement_things.hydrant(), pavement_things.post_box(),
        pavement_things.column(), pavement_things.kiosk(), pavement_things.planter(),
        pavement_things.table(), pavement_things.parasol(), pavement_things.barrier(),
    ):  # fmt: skip
        check(part)


def row(name: str, seed: int) -> Plan:
    """Both rows of houses of a street without crossing, in one quarter, without landmarks."""
    plan = Plan(seed, np.random.default_rng(seed))
    street = Street("shops", 1, "along", 4.0, 0.0, None, 4.0, weather_for(seed))
    quarter = replace(quarters.QUARTERS[name], landmarks=())
    street_houses.rows(plan, street, quarter, 58.0)
    return plan


@pytest.mark.parametrize("name", [q.name for q in quarters.QUARTERS.values() if not q.gap_share])
def test_rows_leave_no_hole_between_houses(name: str) -> None:
    plan = row(name, 4)
    for side in (-1, 1):
        spans = []
        for item in plan.items:
            if item.mesh.startswith("house_") and item.matrix[0, 3] * side > 0:
                low, high = plan.meshes[item.mesh].bounds()
                ends = [(item.matrix @ [*p, 1.0])[1] for p in (low, high)]
                spans.append((min(ends), max(ends)))
        spans.sort()
        assert spans[0][0] < -57.9
        assert spans[-1][1] > 57.9
        for (_, end), (start, _) in pairwise(spans):
            assert start - end < 0.02


def test_rows_of_one_design_share_meshes() -> None:
    houses = [i.mesh for i in row("terraces", 4).items if i.mesh.startswith("house_")]
    assert len(set(houses)) < 0.75 * len(houses)


def test_streets_differ_in_quarter_and_keep_to_what_suits_their_kind() -> None:
    rng = np.random.default_rng(0)
    seen = {quarters.choose(rng, kind, 8.0).name for kind in ("town", "shops", "park", "suburb")
            for _ in range(60)}  # fmt: skip
    assert seen == set(quarters.QUARTERS)
    wide = {quarters.choose(rng, "town", 14.0).name for _ in range(60)}
    assert "old_town" not in wide

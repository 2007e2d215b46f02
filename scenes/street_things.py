# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands on the pavements: lamps, signs, bicycles, shelters, benches, tables, road works."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scenes import furniture, ground, plants, street_greenery, vehicles
from scenes import pavement_things as things
from scenes.mesh_tools import Geometry
from scenes.plan import Color, Plan
from scenes.quarters import Quarter
from scenes.street_traffic import BICYCLES

if TYPE_CHECKING:
    from scenes.layout import Street

_PARASOLS: list[Color] = [(0.6, 0.08, 0.06), (0.72, 0.7, 0.62), (0.1, 0.3, 0.18), (0.75, 0.5, 0.1)]
_POST_BOXES: list[Color] = [(0.75, 0.5, 0.03), (0.6, 0.04, 0.04), (0.04, 0.12, 0.4)]


def furnish(plan: Plan, s: Street, quarter: Quarter) -> None:
    """Everything along the kerbs and fronts that is neither house, plant, vehicle nor person."""
    grey: Color = plan.pick([(0.08, 0.1, 0.1), (0.3, 0.31, 0.32), (0.05, 0.12, 0.09)])
    _shelter(plan, s)
    _lamps_and_signs(plan, s, grey)
    _bollards(plan, s)
    _bicycles(plan, s)
    _small_things(plan, s, grey)
    if plan.rng.random() < quarter.cafes:
        _cafe(plan, s)
    if plan.rng.random() < 0.2:
        _road_works(plan, s)


def _lamps_and_signs(plan: Plan, s: Street, grey: Color) -> None:
    rng = plan.rng
    lantern = bool(rng.random() < 0.45)
    z, x = ground.KERB, s.half + 0.5
    for side in (-1, 1):
        for y0, y1 in s.blocks(60.0, 4.0):
            for y in np.arange(y0 + float(rng.uniform(2, 8)), y1, 17.0):
                if not plan.free(side * x, float(y), 0.3):
                    continue
                plan.take(side * x, float(y), 0.6)
                kind = "lantern" if lantern else "tall"
                plan.add("pole", f"lamp_{kind}", furniture.lamp_post(kind), (side * x, y, z),
                         color=grey)  # fmt: skip
                if not lantern:
                    plan.add("pole", "lamp_arm", furniture.lamp_arm(), (side * x, y, z + 6.4),
                             np.pi if side > 0 else 0.0, color=grey)  # fmt: skip
            for y in np.arange(y0 + float(rng.uniform(3, 9)), min(y1, 45.0), 13.0):
                if y > -45.0 and plan.free(side * x, float(y), 0.5):
                    _sign(plan, side, side * (x + 0.1), float(y))


def _sign(plan: Plan, side: int, x: float, y: float) -> None:
    """A traffic sign on its post, facing the traffic of its side."""
    rng = plan.rng
    plan.take(x, y, 0.4)
    high = float(rng.choice([2.4, 2.7]))
    kind = str(rng.choice(furniture.SIGNS))
    color = {"stop": (0.55, 0.03, 0.03), "parking": (0.03, 0.12, 0.5), "limit": (0.7, 0.35, 0.33),
             "yield": (0.65, 0.3, 0.3), "crossing": (0.1, 0.2, 0.55), "warning": (0.65, 0.35, 0.33),
             "no_entry": (0.55, 0.03, 0.03), "direction": (0.03, 0.12, 0.5)}[kind]  # fmt: skip
    turn = 0.0 if side > 0 else np.pi
    z = ground.KERB
    plan.add("pole", f"post_{high}", furniture.post(high), (x, y, z), color=(0.36, 0.37, 0.38))
    shift = -0.06 if side > 0 else 0.06
    plan.add("traffic sign", f"sign_{kind}", furniture.sign(kind), (x, y + shift, z + high - 0.38),
             turn + float(rng.normal(0, 0.06)), color=color)  # fmt: skip


def _bollards(plan: Plan, s: Street) -> None:
    if plan.rng.random() > 0.3:
        return
    side = int(plan.rng.choice([-1, 1]))
    x = side * (s.half + 0.4)
    for y in np.arange(-20, 24, 2.0):
        if plan.free(x, float(y), 0.3):
            plan.add("pole", "bollard", furniture.bollard(), (x, y, ground.KERB),
                     color=(0.12, 0.12, 0.13), stem="bollard")  # fmt: skip


def _bicycles(plan: Plan, s: Street) -> None:
    rng = plan.rng
    for _ in range(int(rng.integers(1, 6))):
        side = int(rng.choice([-1, 1]))
        spot = (side * (s.half + 0.75), float(rng.uniform(-25, 30)))
        if _clear(plan, s, *spot, 1.0) and s.parking != "across":
            plan.take(*spot, 1.0)
            plan.add("bicycle", "bicycle", vehicles.bicycle(), (*spot, ground.KERB),
                     float(rng.normal(0, 0.25)) + np.pi * int(rng.integers(2)),
                     color=plan.pick(BICYCLES))  # fmt: skip


def _clear(plan: Plan, s: Street, x: float, y: float, radius: float) -> bool:
    """True where a thing stands free on the pavement, away from the cross street."""
    away = s.cross is None or abs(y - s.cross) > s.cross_half + 2.6 + radius
    return away and plan.free(x, y, radius)


def _shelter(plan: Plan, s: Street) -> None:
    """A bus shelter at the kerb, its open side to the road, with the stop's post."""
    rng = plan.rng
    if s.walk < 3.2 or rng.random() > 0.4:
        return
    side, y = int(rng.choice([-1, 1])), float(rng.uniform(-24, 26))
    x = side * (s.half + 1.25)
    if not _clear(plan, s, x, y, 1.9):
        return
    for dy in (-1.2, 0.0, 1.2):
        plan.take(x, y + dy, 0.8)
    turn = np.pi / 2 if side > 0 else -np.pi / 2
    plan.add("building", "shelter", things.shelter(), (x, y, ground.KERB), turn + np.pi,
             color=(0.2, 0.22, 0.24), second=plan.pick(_PARASOLS), stem="shelter")  # fmt: skip
    spot = (side * (s.half + 0.45), y + side * 2.6)
    if plan.free(*spot, 0.2):
        plan.take(*spot, 0.3)
        plan.add("pole", "post_2.7", furniture.post(2.7), (*spot, ground.KERB),
                 color=(0.36, 0.37, 0.38))  # fmt: skip


def _small_things(plan: Plan, s: Street, grey: Color) -> None:
    """Benches, bins, hydrants, post boxes, columns, kiosks and planters, a few of each."""
    rng = plan.rng
    iron, wood = grey, (0.28, 0.16, 0.08)
    kinds: list[tuple[str, str, Geometry, float, Color]] = [
        ("bench", "fence", things.bench(), 0.9, wood),
        ("bin", "pole", things.bin_(), 0.35, iron),
        ("hydrant", "pole", things.hydrant(), 0.3, (0.6, 0.08, 0.05)),
        ("post_box", "pole", things.post_box(), 0.35, plan.pick(_POST_BOXES)),
        ("column", "pole", things.column(), 0.8, iron),
        ("kiosk", "building", things.kiosk(), 1.5, plan.pick(_PARASOLS)),
        ("planter", "fence", things.planter(), 0.7, (0.4, 0.38, 0.35)),
    ]  # fmt: skip
    chances = np.array([0.24, 0.26, 0.1, 0.1, 0.07, 0.05, 0.18])
    for _ in range(int(rng.integers(5, 12))):
        name, class_name, part, radius, color = kinds[int(rng.choice(len(kinds), p=chances))]
        side, y = int(rng.choice([-1, 1])), float(rng.uniform(-32, 36))
        x = side * (s.half + 0.35 + max(radius, 0.3) * (1.0 if name != "bench" else 0.5))
        if (radius > 0.75 and s.walk < 3.4) or not _clear(plan, s, x, y, radius):
            continue
        plan.take(x, y, radius)
        place = (x, y, ground.KERB)
        turn = np.pi / 2 if side > 0 else -np.pi / 2
        plan.add(class_name, name, part, place, turn + np.pi, color=color,
                 second=plan.pick(_PARASOLS), stem=name)  # fmt: skip
        if name == "planter":
            leaves = plan.pick(street_greenery.hedge_colors(s.weather))
            plan.add("vegetation", "bush_0", plants.bush(0), (x, y, ground.KERB + 0.42), 0.0,
                     (0.55, 0.55, 0.6), leaves, stem="bush")  # fmt: skip


def _cafe(plan: Plan, s: Street) -> None:
    """Tables with chairs before a front, some under parasols."""
    rng = plan.rng
    side = 1 if s.kind == "park" else int(rng.choice([-1, 1]))
    start = float(rng.uniform(-18, 20))
    shade, color = bool(rng.random() < 0.7), plan.pick(_PARASOLS)
    if s.garden or s.walk < 3.2:
        return
    for k in range(int(rng.integers(2, 6))):
        x, y = side * (s.half + s.walk - 1.0), start + k * 2.1
        if not _clear(plan, s, x, y, 0.9):
            continue
        plan.take(x, y, 0.9)
        plan.add("fence", "table", things.table(), (x, y, ground.KERB), float(rng.uniform(0, 6)),
                 color=(0.3, 0.18, 0.09), stem="table")  # fmt: skip
        if shade and k % 2 == 0:
            plan.add("building", "parasol", things.parasol(), (x, y, ground.KERB), 0.0, color=color,
                     second=color, stem="parasol")  # fmt: skip


def _road_works(plan: Plan, s: Street) -> None:
    """An open trench at the kerb behind red and white barriers."""
    rng = plan.rng
    side, y = int(rng.choice([-1, 1])), float(rng.uniform(-24, 28))
    x = side * (s.half - 1.1)
    if not _clear(plan, s, x, y, 2.3):
        return
    for dy in (-1.4, 0.0, 1.4):
        plan.take(x, y + dy, 1.2)
    hole = ground.flat(x - 0.8, y - 1.7, x + 0.8, y + 1.7, 0.012, "soil")
    plan.add("terrain", "trench", hole, color=(0.2, 0.13, 0.07), form="flat", stem="trench")
    bar = things.barrier()
    for dx, dy, turn in ((0.0, -2.0, 0.0), (0.0, 2.0, 0.0), (-side * 1.05, -0.95, np.pi / 2),
                         (-side * 1.05, 0.95, np.pi / 2)):  # fmt: skip
        plan.add("fence", "barrier", bar, (x + dx, y + dy, 0.0), turn, color=(0.7, 0.3, 0.28),
                 stem="barrier")  # fmt: skip

# SPDX-License-Identifier: GPL-3.0-or-later
"""The street's layout: from a seed to a `Plan`.

The street runs along Y with x = 0 as its middle; traffic keeps to the right, so that cars at
positive x drive towards +Y. Some streets have a cross street along X.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from scenes import (
    furniture,
    ground,
    people,
    plants,
    quarters,
    street_houses,
    street_things,
    vehicles,
)
from scenes.plan import Color, Plan
from scenes.quarters import Quarter

LANE = 3.3  # width of a lane (metres)
REACH = 118.0  # the street ends this far from the origin
BUILT = 58.0  # and its houses here

PAINTS: list[Color] = [
    (0.62, 0.03, 0.03), (0.03, 0.12, 0.5), (0.75, 0.75, 0.74), (0.05, 0.05, 0.06),
    (0.32, 0.34, 0.36), (0.85, 0.5, 0.03), (0.04, 0.28, 0.1), (0.1, 0.36, 0.62), (0.8, 0.2, 0.03),
    (0.35, 0.04, 0.09), (0.6, 0.55, 0.42), (0.02, 0.3, 0.33), (0.88, 0.88, 0.86), (0.18, 0.2, 0.3),
]  # fmt: skip
CLOTHES: list[Color] = [
    (0.7, 0.06, 0.06), (0.06, 0.18, 0.55), (0.78, 0.78, 0.75), (0.06, 0.06, 0.07),
    (0.8, 0.55, 0.05), (0.1, 0.4, 0.2), (0.5, 0.12, 0.35), (0.35, 0.5, 0.65), (0.75, 0.3, 0.08),
]  # fmt: skip
TROUSERS: list[Color] = [
    (0.05, 0.08, 0.18),
    (0.04, 0.04, 0.05),
    (0.3, 0.26, 0.2),
    (0.12, 0.18, 0.32),
    (0.4, 0.38, 0.34),
]
LEAVES: list[Color] = [
    (0.1, 0.24, 0.04),
    (0.15, 0.3, 0.05),
    (0.07, 0.19, 0.05),
    (0.22, 0.32, 0.06),
    (0.12, 0.26, 0.09),
]
AUTUMN: list[Color] = [(0.5, 0.22, 0.03), (0.55, 0.36, 0.04), (0.4, 0.1, 0.03), (0.3, 0.3, 0.05)]


@dataclass(frozen=True)
class Street:
    """Measures of one street (metres) and what it is like."""

    kind: str  # town, shops, suburb, park
    lanes: int  # in each direction
    parking: str  # none, along, across
    walk: float  # width of the pavements
    garden: float  # from pavement to house
    cross: float | None  # y of the cross street's middle
    cross_half: float
    autumn: bool

    @property
    def bay(self) -> float:
        """Width of the strip for parked cars."""
        return {"none": 0.0, "along": 2.3, "across": 5.0}[self.parking]

    @property
    def half(self) -> float:
        """Half the width of the carriageway, parking included."""
        return LANE * self.lanes + self.bay + (0.4 if self.parking == "none" else 0.0)

    @property
    def front(self) -> float:
        """x of the house fronts."""
        return self.half + self.walk + self.garden

    def blocks(self, reach: float, gap: float = 0.0) -> list[tuple[float, float]]:
        """Stretches (y0, y1) of the street's sides that the cross street leaves."""
        if self.cross is None:
            return [(-reach, reach)]
        edge = self.cross_half + gap
        return [(-reach, self.cross - edge), (self.cross + edge, reach)]


@lru_cache(maxsize=4)
def street_plan(seed: int) -> Plan:
    """Everything of the street with this seed. The same seed gives the same plan."""
    rng = np.random.default_rng([seed, 11])
    plan = Plan(seed, rng)
    street = _street(rng)
    quarter = quarters.choose(rng, street.kind, street.half + street.walk)
    _grounds(plan, street, quarter)
    _marks(plan, street)
    street_houses.rows(plan, street, quarter, BUILT, LEAVES)
    _crossing(plan, street)
    _traffic(plan, street)
    _parked(plan, street)
    street_things.furnish(plan, street, quarter)
    _greenery(plan, street)
    _people(plan, street)
    _far_trees(plan, street, quarter)
    heights = [
        plan.meshes[i.mesh].bounds()[1][2] for i in plan.items if i.mesh.startswith("house_")
    ]
    plan.facts = {
        "half": street.half,
        "walk": street.walk,
        "front": street.front,
        "height": float(np.mean(heights)) if heights else 0.0,
        "cross": float("nan") if street.cross is None else street.cross,
        "cross_half": street.cross_half,
    }
    return plan


def _street(rng: np.random.Generator) -> Street:
    kind = str(rng.choice(["town", "shops", "suburb", "park"], p=[0.38, 0.26, 0.22, 0.14]))
    lanes = 2 if kind != "suburb" and rng.random() < 0.22 else 1
    parking = str(rng.choice(["none", "along", "across"], p=[0.2, 0.58, 0.22]))
    if lanes == 2 and parking == "across":
        parking = "along"
    crossing = bool(rng.random() < 0.6)
    return Street(
        kind=kind,
        lanes=lanes,
        parking=parking,
        walk=float(rng.uniform(2.2, 3.0) if kind == "suburb" else rng.uniform(3.0, 4.8)),
        garden=float(rng.uniform(3.0, 5.5)) if kind == "suburb" else 0.0,
        cross=float(rng.uniform(-14, 22)) if crossing else None,
        cross_half=float(rng.choice([3.6, 4.0, 5.5])),
        autumn=bool(rng.random() < 0.2),
    )


def _grounds(plan: Plan, s: Street, quarter: Quarter) -> None:
    """Carriageways, pavements, gardens and terrain."""
    rng = plan.rng
    asphalt = quarter.road_color(plan)
    paving = plan.pick(quarter.paving_colors, 0.12)
    grass: Color = (0.11, 0.2, 0.045) if not s.autumn else (0.19, 0.19, 0.05)
    road = ground.flat(-s.half, -REACH, s.half, REACH, 0.0, quarter.road)
    plan.add("road", "road", road, color=asphalt, form="flat")
    edge = s.half + s.walk
    for i, (y0, y1) in enumerate(s.blocks(REACH)):
        for side in (-1, 1):
            x0, x1 = sorted((s.half * side, edge * side))
            slab = ground.pavement(x0, y0, x1, y1, s.half * side, quarter.paving, quarter.kerb)
            key = f"sidewalk_{i}_{side}"
            plan.add("sidewalk", key, slab, color=paving, form="flat")
    if s.cross is not None:
        for side in (-1, 1):
            a, b = sorted((s.half * side, REACH * side))
            low, high = s.cross - s.cross_half, s.cross + s.cross_half
            part = ground.flat(a, low, b, high, 0.0, quarter.road)
            plan.add("road", f"cross_{side}", part, color=asphalt, form="flat")
            a, b = sorted((edge * side, 70.0 * side))
            for y0, y1 in ((low - 2.2, low), (high, high + 2.2)):
                part = ground.flat(a, y0, b, y1, ground.KERB, quarter.paving)
                plan.add("sidewalk", f"walk_{side}_{y0:.0f}", part, color=paving, form="flat")
    hills = ground.hills(rng, 300.0, 130.0)
    plan.add("terrain", "hills", hills, color=grass, form="flat", stem="hills")


def _marks(plan: Plan, s: Street) -> None:
    """Lines, bays and arrows; one object per kind of mark and stretch."""
    white: Color = (0.78, 0.78, 0.75)

    def mark(key: str, part: ground.Geometry) -> None:
        plan.add("road marking", key, part, color=white, form="flat")

    solid = plan.rng.random() < 0.25
    for i, (y0, y1) in enumerate(s.blocks(REACH, 6.0)):
        if s.lanes == 2 or solid:
            mark(f"middle_{i}", ground.line(0.0, y0, y1, 0.14))
        else:
            mark(f"middle_{i}", ground.dashes(0.0, y0, y1, 3.0, 3.0, 0.15))
        for side in (-1, 1):
            for lane in range(1, s.lanes):
                x = LANE * lane * side
                mark(f"lane_{i}_{side}", ground.dashes(x, y0, y1, 2.0, 4.0, 0.13))
            x = (s.half - max(s.bay, 0.25)) * side
            mark(f"edge_{i}_{side}", ground.line(x, y0, y1, 0.12))
            if s.parking != "none":
                step = 6.0 if s.parking == "along" else 2.75
                a, b = sorted((x, s.half * side))
                reach0, reach1 = max(y0, -60.0), min(y1, 60.0)
                mark(f"bays_{i}_{side}", ground.bays(a, b, reach0, reach1, step))


def _crossing(plan: Plan, s: Street) -> None:
    """Zebra crossings, stop lines, arrows and traffic lights."""
    white: Color = (0.8, 0.8, 0.77)
    rng = plan.rng
    if s.cross is None:
        if rng.random() < 0.6:
            y = float(rng.uniform(-10, 18))
            plan.add("road marking", "zebra", ground.zebra(s.half, y), color=white, form="flat")
            plan.facts["zebra"] = y
        return
    red = bool(rng.random() < 0.5)
    lit = bool(rng.random() < 0.75)
    for way in (-1, 1):
        y = s.cross + way * (s.cross_half + 3.0)
        plan.add("road marking", f"zebra_{way}", ground.zebra(s.half, y), color=white, form="flat")
        plan.facts["zebra"] = y
        stop = y + way * 2.4
        lane = LANE * s.lanes
        a, b = sorted((-way * 0.1, -way * lane))
        part = ground.flat(a, stop - 0.2, b, stop + 0.2, ground.MARK_Z, "marking")
        plan.add("road marking", f"stop_{way}", part, color=white, form="flat")
        part = ground.arrow(-way * LANE / 2, stop + way * 5, -way)
        plan.add("road marking", f"arrow_{way}", part, color=white, form="flat")
        if not lit:
            continue
        for side in (-1, 1):
            x, z = side * (s.half + 0.45), ground.KERB
            turn = 0.0 if way < 0 else np.pi
            place = (x, s.cross + way * (s.cross_half + 1.0), z)
            plan.take(place[0], place[1], 0.5)
            plan.add("pole", "post_3.2", furniture.post(3.2, 0.06), place, color=(0.12, 0.13, 0.13))
            state = (0 if red else 2) if rng.random() < 0.9 else 1
            head = (place[0], place[1] + way * 0.02, z + 2.9)
            offset = -0.16 if turn == 0 else 0.16
            plan.add("traffic light", f"signal_{state}", furniture.traffic_light(state),
                     (head[0], head[1] + offset, head[2]), turn,
                     color=(0.06, 0.07, 0.06))  # fmt: skip


def _vehicle(plan: Plan, x: float, y: float, turn: float, kind: str = "") -> bool:
    """Put a vehicle there if it is free; False if not."""
    rng = plan.rng
    kind = kind or str(rng.choice(list(vehicles.CARS), p=[0.2, 0.2, 0.13, 0.2, 0.09, 0.11, 0.07]))
    if kind in ("city", "school"):
        part, class_name, paints = vehicles.bus(kind), "bus", [
            (0.7, 0.06, 0.05), (0.75, 0.5, 0.04), (0.06, 0.2, 0.5), (0.1, 0.4, 0.25),
            (0.8, 0.78, 0.72)]  # fmt: skip
    elif kind in ("box", "flatbed", "tipper"):
        part, class_name, paints = vehicles.truck(kind), "truck", [
            (0.8, 0.8, 0.78), (0.75, 0.4, 0.04), (0.08, 0.25, 0.5), (0.55, 0.08, 0.06),
            (0.2, 0.38, 0.2)]  # fmt: skip
    else:
        part, class_name, paints = vehicles.car(kind), "car", PAINTS
    long = part.bounds()[1][1]
    way = np.array([-np.sin(turn), np.cos(turn)])
    spots = [np.array([x, y]) + way * t for t in np.arange(-long + 0.9, long, 1.6)]
    if not all(plan.free(float(p[0]), float(p[1]), 1.05) for p in spots):
        return False
    for p in spots:
        plan.take(float(p[0]), float(p[1]), 1.05)
    color = plan.pick(paints)
    second = plan.pick([(0.8, 0.8, 0.78), (0.1, 0.15, 0.3), (0.6, 0.1, 0.08), (0.8, 0.55, 0.1)])
    plan.add(class_name, f"{class_name}_{kind}", part, (x, y, 0.0), turn, 1.0, color, second)
    return True


def _traffic(plan: Plan, s: Street) -> None:
    """Vehicles on the move, in all lanes, and some on the cross street."""
    rng = plan.rng
    heavy = ["city", "school", "box", "flatbed", "tipper"]
    for side in (-1, 1):
        for lane in range(s.lanes):
            x = side * LANE * (lane + 0.5)
            y = -38.0 + float(rng.uniform(0, 12))
            while y < 40.0:
                turn = (0.0 if side > 0 else np.pi) + float(rng.normal(0, 0.025))
                big = rng.random() < 0.16
                kind = str(rng.choice(heavy)) if big else ""
                _vehicle(plan, x + float(rng.normal(0, 0.15)), y, turn, kind)
                y += float(rng.uniform(9, 24)) + (6.0 if big else 0.0)
    if s.cross is None:
        return
    for side in (-1, 1):
        for x in (-1, 1):
            if rng.random() < 0.55:
                spot = x * float(rng.uniform(s.half + 3, s.half + 14))
                turn = -side * np.pi / 2
                _vehicle(plan, spot, s.cross - side * s.cross_half / 2, turn)
    if rng.random() < 0.6:
        turn = float(rng.uniform(0, 2 * np.pi))
        _vehicle(plan, float(rng.uniform(-2, 2)), s.cross + float(rng.uniform(-2, 2)), turn)


def _parked(plan: Plan, s: Street) -> None:
    """Parked cars in their bays, or a few at the kerb."""
    rng = plan.rng
    full = float(rng.uniform(0.35, 0.85))
    for side in (-1, 1):
        for y0, y1 in s.blocks(33.0, 8.0):
            if s.parking == "none":
                continue
            step = 6.0 if s.parking == "along" else 2.75
            x = side * (s.half - s.bay / 2)
            for y in np.arange(y0 + step / 2, y1, step):
                if rng.random() > full * (1.0 if s.parking == "along" else 0.6):
                    continue
                turn = 0.0 if side > 0 else np.pi
                if s.parking == "across":
                    turn = np.pi / 2 + np.pi * int(rng.integers(2))
                elif rng.random() < 0.12:
                    turn += np.pi
                at = float(y + rng.normal(0, 0.15))
                if abs(at - plan.facts.get("zebra", 1e9)) > 3.5:
                    _vehicle(plan, x, at, turn + float(rng.normal(0, 0.03)))


def _tree(plan: Plan, s: Street, x: float, y: float, z: float, kinds: list[str]) -> None:
    """A tree, in some of the blockouts as ellipsoid and trunk, in the others as one box."""
    rng = plan.rng
    kind = str(rng.choice(kinds))
    variant = int(rng.integers(2))
    size = float(rng.uniform(0.85, 1.2))
    colors = AUTUMN if s.autumn and kind != "conifer" and rng.random() < 0.7 else LEAVES
    plan.take(x, y, 0.5)
    form = "crown" if rng.random() < 0.55 else "box"
    plan.add("vegetation", f"tree_{kind}_{variant}", plants.tree(kind, variant), (x, y, z),
             float(rng.uniform(0, 2 * np.pi)), (size, size, size * float(rng.uniform(0.9, 1.1))),
             plan.pick(colors), form=form, stem="tree")  # fmt: skip


def _greenery(plan: Plan, s: Street) -> None:
    """Trees along the kerbs, in gardens and in the park, with its grass, bushes and fence."""
    rng = plan.rng
    room = s.walk + s.garden
    kinds = ["round", "wide", "oval"] if room > 5.5 else ["round", "oval", "young", "poplar"]
    kinds = kinds if room > 3.6 else ["young", "poplar", "young", "oval"]
    kinds = [str(k) for k in rng.choice(kinds, 2)]
    step = float(rng.uniform(10, 17))
    for side in (-1, 1):
        if rng.random() < 0.2:
            continue
        for y0, y1 in s.blocks(44.0, 5.0):
            for y in np.arange(y0 + float(rng.uniform(0, 6)), y1, step):
                x = side * (s.half + 0.85)
                if s.kind == "suburb":
                    x = side * (s.half + s.walk + 1.8)
                if plan.free(x, float(y), 0.5) and rng.random() < 0.85:
                    _tree(plan, s, x, float(y), ground.KERB, kinds)
    if s.kind == "park":
        _park(plan, s)


def _park(plan: Plan, s: Street) -> None:
    """The park on the left side: lawn, trees, bushes and a fence."""
    rng = plan.rng
    edge = s.half + s.walk
    fence = str(rng.choice(["rail", "hedge", "none"]))
    for y0, y1 in s.blocks(BUILT, 2.4):
        lawn = ground.flat(-edge - 45, y0, -edge, y1, ground.KERB, "grass")
        plan.add("terrain", f"lawn_{y0:.0f}", lawn, color=(0.12, 0.26, 0.05), form="flat")
        for y in np.arange(max(y0, -36) + 2, min(y1, 40), 3.0 if fence == "rail" else 4.0):
            if fence == "rail":
                plan.add("fence", "fence_rail", furniture.fence("rail"),
                         (-edge - 0.3, y, ground.KERB), color=(0.1, 0.12, 0.12))  # fmt: skip
            elif fence == "hedge" and rng.random() < 0.85:
                plan.add("vegetation", "hedge_0", plants.hedge(0), (-edge - 0.6, y, ground.KERB),
                         color=plan.pick(LEAVES), stem="hedge")  # fmt: skip
    for _ in range(12):
        x, y = -edge - float(rng.uniform(2.5, 24)), float(rng.uniform(-42, 50))
        crossing = s.cross is not None and abs(y - s.cross) < s.cross_half + 4
        if plan.free(x, y, 3.0) and not crossing:
            _tree(plan, s, x, y, ground.KERB, ["round", "wide", "oval", "conifer"])


def _people(plan: Plan, s: Street) -> None:
    """Walkers on the pavements, a few crossing the street."""
    rng = plan.rng
    z = ground.KERB

    def put(x: float, y: float, turn: float, height: float) -> None:
        kind = int(rng.integers(people.KINDS))
        child = rng.random() < 0.1
        size = float(rng.uniform(0.6, 0.75) if child else rng.uniform(0.93, 1.07))
        plan.take(x, y, 0.4)
        plan.add("person", f"person_{kind}", people.person(kind), (x, y, height), turn, size,
                 plan.pick(CLOTHES), plan.pick(TROUSERS))  # fmt: skip

    for _ in range(int(rng.integers(8, 15))):
        side = int(rng.choice([-1, 1]))
        x = side * float(rng.uniform(s.half + 0.8, s.half + s.walk - 0.5))
        y = float(rng.uniform(-34, 38))
        turn = np.pi * int(rng.integers(2)) + float(rng.normal(0, 0.35))
        if s.cross is not None and abs(y - s.cross) < s.cross_half + 0.6:
            continue
        if plan.free(x, y, 0.4):
            put(x, y, turn, z)
            if rng.random() < 0.3 and plan.free(x, y + 0.75, 0.05):
                put(x + float(rng.normal(0, 0.1)), y + 0.8, turn, z)
    if "zebra" in plan.facts:
        for _ in range(int(rng.integers(0, 4))):
            x, y = float(rng.uniform(-s.half, s.half)), plan.facts["zebra"]
            y += float(rng.uniform(-1.2, 1.2))
            if plan.free(x, y, 0.8):
                put(x, y, float(rng.choice([-1, 1])) * np.pi / 2, 0.0)


def _far_trees(plan: Plan, s: Street, quarter: Quarter) -> None:
    """A few trees and houses where the street ends, so that it leads somewhere."""
    rng = plan.rng
    for way in (-1, 1):
        for _ in range(3):
            x = float(rng.choice([-1, 1]) * rng.uniform(s.half + 4, s.half + 20))
            kinds = ["round", "wide", "poplar", "conifer"]
            _tree(plan, s, x, way * float(rng.uniform(BUILT + 6, 96)), 0.0, kinds)
        street_houses.far_house(plan, quarter, way)

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
    quarters,
    street_greenery,
    street_houses,
    street_people,
    street_things,
    street_traffic,
)
from scenes.plan import Color, Plan
from scenes.quarters import Quarter
from scenes.street_traffic import LANE
from scenes.weather import Weather, weather_for

REACH = 118.0  # the street ends this far from the origin
BUILT = 58.0  # and its houses here


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
    weather: Weather

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
    street = _street(rng, weather_for(seed))
    quarter = quarters.choose(rng, street.kind, street.half + street.walk)
    _grounds(plan, street, quarter)
    _marks(plan, street)
    street_houses.rows(plan, street, quarter, BUILT)
    _crossing(plan, street)
    street_traffic.put_vehicles(plan, street)
    street_things.furnish(plan, street, quarter)
    street_greenery.greenery(plan, street, BUILT)
    street_people.put_people(plan, street)
    for way in (-1, 1):
        street_greenery.far_trees(plan, street, way, BUILT)
        street_houses.far_house(plan, quarter, way)
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


def _street(rng: np.random.Generator, weather: Weather) -> Street:
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
        weather=weather,
    )


def _grounds(plan: Plan, s: Street, quarter: Quarter) -> None:
    """Carriageways, pavements, gardens and terrain."""
    rng = plan.rng
    asphalt = quarter.road_color(plan)
    paving = plan.pick(quarter.paving_colors, 0.12)
    grass = street_greenery.grass(s.weather)
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

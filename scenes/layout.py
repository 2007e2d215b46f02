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
    buildings,
    furniture,
    ground,
    street_greenery,
    street_people,
    street_traffic,
    vehicles,
)
from scenes.buildings import HouseStyle
from scenes.plan import Color, Plan
from scenes.street_traffic import BICYCLES, LANE
from scenes.weather import Weather, weather_for

REACH = 118.0  # the street ends this far from the origin
BUILT = 58.0  # and its houses here

PLASTERS: list[Color] = [
    (0.78, 0.68, 0.48), (0.75, 0.5, 0.28), (0.72, 0.36, 0.26), (0.8, 0.77, 0.7), (0.5, 0.6, 0.68),
    (0.55, 0.66, 0.5), (0.75, 0.56, 0.5), (0.82, 0.7, 0.36), (0.6, 0.55, 0.5), (0.42, 0.52, 0.66),
]  # fmt: skip
BRICKS: list[Color] = [
    (0.42, 0.15, 0.09), (0.5, 0.24, 0.13), (0.33, 0.12, 0.09), (0.55, 0.4, 0.24),
    (0.38, 0.22, 0.17),
]  # fmt: skip
STONES: list[Color] = [
    (0.55, 0.52, 0.46),
    (0.62, 0.55, 0.42),
    (0.42, 0.43, 0.45),
    (0.3, 0.36, 0.42),
    (0.66, 0.64, 0.6),
]
SIGN_COLORS: list[Color] = [
    (0.6, 0.05, 0.05), (0.05, 0.25, 0.5), (0.06, 0.35, 0.16), (0.75, 0.5, 0.05),
    (0.12, 0.12, 0.14), (0.45, 0.08, 0.3), (0.75, 0.72, 0.66),
]  # fmt: skip
ROOFS: list[Color] = [(0.36, 0.13, 0.07), (0.16, 0.15, 0.16), (0.28, 0.17, 0.11), (0.2, 0.22, 0.25)]


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
    _grounds(plan, street)
    _marks(plan, street)
    _houses(plan, street)
    _crossing(plan, street)
    street_traffic.put_vehicles(plan, street)
    _furniture(plan, street)
    street_greenery.greenery(plan, street, BUILT)
    street_people.put_people(plan, street)
    _far_trees(plan, street)
    heights = [plan.meshes[i.mesh].bounds()[1][2] for i in plan.items if i.class_name == "building"]
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


def _grounds(plan: Plan, s: Street) -> None:
    """Carriageways, pavements, gardens and terrain."""
    rng = plan.rng
    grey = float(rng.uniform(0.075, 0.16))
    asphalt: Color = (grey * 1.02, grey, grey * float(rng.uniform(0.93, 1.06)))
    pale = float(rng.uniform(0.24, 0.42))
    paving: Color = (pale * 1.05, pale, pale * float(rng.uniform(0.82, 0.98)))
    grass = street_greenery.grass(s.weather)
    road = ground.flat(-s.half, -REACH, s.half, REACH, 0.0, "asphalt")
    plan.add("road", "road", road, color=asphalt, form="flat")
    edge = s.half + s.walk
    for i, (y0, y1) in enumerate(s.blocks(REACH)):
        for side in (-1, 1):
            x0, x1 = sorted((s.half * side, edge * side))
            slab = ground.pavement(x0, y0, x1, y1, s.half * side)
            key = f"sidewalk_{i}_{side}"
            plan.add("sidewalk", key, slab, color=paving, form="flat")
    if s.cross is not None:
        for side in (-1, 1):
            a, b = sorted((s.half * side, REACH * side))
            low, high = s.cross - s.cross_half, s.cross + s.cross_half
            part = ground.flat(a, low, b, high, 0.0, "asphalt")
            plan.add("road", f"cross_{side}", part, color=asphalt, form="flat")
            a, b = sorted((edge * side, 70.0 * side))
            for y0, y1 in ((low - 2.2, low), (high, high + 2.2)):
                part = ground.flat(a, y0, b, y1, ground.KERB, "paving")
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


def _style(plan: Plan, s: Street, width: float) -> tuple[HouseStyle, Color]:
    """A house style that suits the street, and the colour of its walls."""
    rng = plan.rng
    if s.kind == "suburb":
        wall = str(rng.choice(["plaster", "brick"], p=[0.65, 0.35]))
        floors, roof = int(rng.integers(1, 3)), str(rng.choice(["gable", "gable_front", "hip"]))
        ground_use, height = "home", float(rng.uniform(2.7, 3.0))
    else:
        wall = str(rng.choice(["plaster", "brick", "stone"], p=[0.52, 0.28, 0.2]))
        tall = 5 if s.kind == "town" or s.half + s.walk > 11 else 4
        floors = int(rng.integers(2, tall + 1))
        roof = str(rng.choice(["flat", "gable", "mansard", "hip"], p=[0.4, 0.25, 0.2, 0.15]))
        shop = {"shops": 0.85, "town": 0.35, "park": 0.25}[s.kind]
        ground_use, height = "shop" if rng.random() < shop else "home", float(rng.uniform(2.9, 3.4))
    colors = {"plaster": PLASTERS, "brick": BRICKS, "stone": STONES}[wall]
    style = HouseStyle(
        width=width,
        depth=float(rng.uniform(8, 12)),
        floors=floors,
        floor_height=height,
        bay=float(rng.uniform(2.1, 3.2)),
        window=(float(rng.uniform(0.42, 0.7)), float(rng.uniform(0.45, 0.62))),
        wall=wall,
        roof=roof,
        ground=ground_use,
        ledges=bool(rng.random() < 0.7),
        balconies=bool(s.kind != "suburb" and rng.random() < 0.3),
    )
    return style, plan.pick(colors)


def _houses(plan: Plan, s: Street) -> None:
    """Rows of houses on both sides; a park takes one side of a park street."""
    rng = plan.rng
    for side in (-1, 1):
        if s.kind == "park" and side == -1:
            continue
        for y0, y1 in s.blocks(BUILT, 2.4):
            y = y0
            while y < y1 - 6.0:
                gap = float(rng.uniform(2.5, 6.0)) if s.kind == "suburb" else 0.0
                if s.kind == "town" and rng.random() < 0.1:
                    gap = float(rng.uniform(2.0, 5.0))
                width = float(rng.uniform(8, 11) if s.kind == "suburb" else rng.uniform(8, 16))
                width = min(width, y1 - y)
                if y1 - (y + width) < 6.0 and s.kind != "suburb":
                    width = y1 - y
                _house(plan, s, side, y, width, gap > 0 or y == y0 or y + width >= y1 - 0.1)
                y += width + gap


def _house(plan: Plan, s: Street, side: int, y: float, width: float, open_: bool) -> None:
    """One house on the given side, from y to y + width."""
    rng = plan.rng
    style, color = _style(plan, s, width)
    style = HouseStyle(**{**style.__dict__, "left_open": open_, "right_open": open_})
    number = plan.counts.get("building", 0)
    setback = float(rng.uniform(0, 0.4)) if s.kind != "suburb" else float(rng.uniform(0, 1.5))
    x = s.front + setback
    place = (x, y + width, ground.KERB) if side > 0 else (-x, y, ground.KERB)
    turn = -np.pi / 2 if side > 0 else np.pi / 2
    second = plan.pick(SIGN_COLORS)
    plan.add("building", f"house_{number}", buildings.house(style, rng), place, turn, color=color,
             second=second)  # fmt: skip
    if setback > 0.02 or s.garden:
        _yard(plan, s, side, y, width, x)
    if style.ground == "shop" and rng.random() < 0.5:
        long = round(min(width - 1.0, float(rng.uniform(3.0, 6.0))), 1)
        start = float(rng.uniform(0.5, width - long - 0.4))
        spot = (x, y + width - start) if side > 0 else (-x, y + start)
        plan.add("building", f"awning_{long}", buildings.awning(long), (*spot, 2.75 + ground.KERB),
                 turn, color=second, second=second, stem="awning")  # fmt: skip


def _yard(plan: Plan, s: Street, side: int, y: float, width: float, x: float) -> None:
    """Ground between pavement and house: garden with a path, hedge or fence, or paving."""
    rng = plan.rng
    number = plan.counts.get("building", 0)
    edge = s.half + s.walk
    a, b = sorted((edge * side, (x + 12.0) * side))
    z = ground.KERB - 0.002
    if not s.garden:
        a, b = sorted((edge * side, (x + 0.5) * side))
        part = ground.flat(a, y, b, y + width, z, "paving")
        plan.add("sidewalk", f"yard_{number}", part, color=(0.32, 0.3, 0.27), form="flat",
                 stem="yard")  # fmt: skip
        return
    part = ground.flat(a, y - 3.0, b, y + width + 3.0, z - 0.001 * (number % 2), "grass")
    plan.add("terrain", f"garden_{number}", part, color=street_greenery.grass(s.weather),
             form="flat")  # fmt: skip
    border = str(rng.choice(["hedge", "picket", "wall", "rail", "none"]))
    long = 4.0 if border == "hedge" else 3.0
    paint = plan.pick([(0.8, 0.8, 0.78), (0.3, 0.18, 0.09), (0.12, 0.22, 0.16)])
    for k in range(int(width // long)):
        if k == 1:
            continue
        place = (side * (edge + 0.45), y + (k + 0.5) * long, z)
        plan.take(place[0], place[1], 1.0)
        if border == "hedge":
            street_greenery.hedge(plan, s, *place)
        elif border != "none":
            plan.add("fence", f"fence_{border}", furniture.fence(border), place, color=paint)
    if rng.random() < 0.6:
        at = y + float(rng.uniform(1, width - 1))
        street_greenery.bush(plan, s, side * (edge + 1.9), at, z)


def _furniture(plan: Plan, s: Street) -> None:
    """Lamps, signs, bollards and bicycles along the kerbs."""
    rng = plan.rng
    lantern = bool(rng.random() < 0.45)
    grey: Color = plan.pick([(0.08, 0.1, 0.1), (0.3, 0.31, 0.32), (0.05, 0.12, 0.09)])
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
    if rng.random() < 0.3:
        side = int(rng.choice([-1, 1]))
        for y in np.arange(-20, 24, 2.0):
            if plan.free(side * (x - 0.1), float(y), 0.3):
                plan.add("pole", "bollard", furniture.bollard(), (side * (x - 0.1), y, z),
                         color=(0.12, 0.12, 0.13), stem="bollard")  # fmt: skip
    for _ in range(int(rng.integers(1, 6))):
        side = int(rng.choice([-1, 1]))
        spot = (side * (s.half + 0.75), float(rng.uniform(-25, 30)))
        if plan.free(*spot, 1.0) and s.parking != "across":
            plan.take(*spot, 1.0)
            plan.add("bicycle", "bicycle", vehicles.bicycle(), (*spot, z),
                     float(rng.normal(0, 0.25)) + np.pi * int(rng.integers(2)),
                     color=plan.pick(BICYCLES))  # fmt: skip


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


def _far_trees(plan: Plan, s: Street) -> None:
    """A few trees and houses where the street ends, so that it leads somewhere."""
    rng = plan.rng
    for way in (-1, 1):
        street_greenery.far_trees(plan, s, way, BUILT)
        style, color = _style(plan, s, 16.0)
        number = plan.counts.get("building", 0)
        x = float(rng.uniform(-14, 4))
        place = (x, 122.0, -0.05) if way > 0 else (x + 16, -122.0, -0.05)
        plan.add("building", f"house_{number}", buildings.house(style, rng), place,
                 0.0 if way > 0 else np.pi, color=color, second=plan.pick(SIGN_COLORS))  # fmt: skip

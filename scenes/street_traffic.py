# SPDX-License-Identifier: GPL-3.0-or-later
"""A street's vehicles: which ones, their paint, and where they drive and stand."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from scenes import buses, people, trucks, vehicles
from scenes.car_parts import RIMS
from scenes.car_shapes import BodyShape, draw_kind, draw_shape
from scenes.mesh_tools import Geometry
from scenes.plan import Color, Plan, apart
from scenes.street_people import dressed

if TYPE_CHECKING:
    from scenes.layout import Street

LANE = 3.3  # width of a lane (metres)
SHAPES = 7  # car bodies drawn for one street; its cars share them
GAP = 0.25  # metres between vehicles, at least

PAINTS: list[Color] = [
    (0.62, 0.02, 0.02), (0.02, 0.08, 0.42), (0.75, 0.75, 0.74), (0.018, 0.018, 0.02),
    (0.24, 0.255, 0.27), (0.78, 0.4, 0.015), (0.02, 0.2, 0.07), (0.05, 0.28, 0.6),
    (0.72, 0.14, 0.015), (0.26, 0.015, 0.04), (0.55, 0.49, 0.36), (0.012, 0.24, 0.26),
    (0.84, 0.84, 0.82), (0.12, 0.14, 0.24), (0.48, 0.5, 0.52), (0.32, 0.42, 0.06),
    (0.18, 0.1, 0.06), (0.42, 0.55, 0.6), (0.028, 0.03, 0.036),
]  # fmt: skip
ROOFS: list[Color] = [(0.78, 0.78, 0.76), (0.02, 0.02, 0.022)]
TAXIS: list[Color] = [(0.85, 0.46, 0.01), (0.72, 0.66, 0.46), (0.02, 0.02, 0.022)]
POLICE: list[tuple[Color, Color]] = [
    ((0.8, 0.8, 0.79), (0.01, 0.07, 0.4)),
    ((0.8, 0.8, 0.79), (0.02, 0.22, 0.1)),
    ((0.015, 0.02, 0.05), (0.8, 0.8, 0.79)),
]
DELIVERY: list[tuple[Color, Color]] = [
    ((0.82, 0.82, 0.8), (0.02, 0.12, 0.45)),
    ((0.82, 0.82, 0.8), (0.7, 0.2, 0.02)),
    ((0.85, 0.55, 0.02), (0.6, 0.02, 0.02)),
    ((0.16, 0.07, 0.03), (0.16, 0.07, 0.03)),
    ((0.02, 0.1, 0.38), (0.8, 0.8, 0.78)),
    ((0.05, 0.3, 0.14), (0.8, 0.8, 0.78)),
]
LORRIES: list[Color] = [
    (0.8, 0.8, 0.78), (0.75, 0.38, 0.03), (0.06, 0.22, 0.48), (0.55, 0.06, 0.05),
    (0.16, 0.34, 0.17), (0.5, 0.52, 0.54), (0.72, 0.6, 0.1), (0.06, 0.07, 0.09),
]  # fmt: skip
CABS: list[Color] = [
    (0.8, 0.8, 0.78), (0.04, 0.12, 0.36), (0.55, 0.05, 0.04), (0.7, 0.42, 0.03),
    (0.1, 0.24, 0.16), (0.09, 0.1, 0.12),
]  # fmt: skip
BUSES: list[Color] = [
    (0.62, 0.03, 0.03), (0.78, 0.5, 0.03), (0.04, 0.17, 0.48), (0.06, 0.34, 0.2),
    (0.8, 0.79, 0.75), (0.42, 0.55, 0.62), (0.68, 0.25, 0.04), (0.3, 0.06, 0.2),
]  # fmt: skip
STRIPES: list[Color] = [(0.82, 0.82, 0.8), (0.03, 0.05, 0.2), (0.55, 0.04, 0.04), (0.1, 0.1, 0.11)]
BICYCLES: list[Color] = [
    (0.03, 0.03, 0.035), (0.6, 0.04, 0.04), (0.04, 0.2, 0.5), (0.75, 0.74, 0.7), (0.05, 0.32, 0.22),
    (0.75, 0.45, 0.04),
]  # fmt: skip


@dataclass(frozen=True)
class Model:
    """A vehicle before it stands anywhere: mesh and colours."""

    class_name: str
    mesh: str
    part: Geometry
    color: Color
    second: Color


@dataclass
class Traffic:
    """The vehicles of one street: the bodies drawn for it and the ground they stand on."""

    plan: Plan
    street: Street
    bodies: list[tuple[str, BodyShape, str]]  # kind, shape, rim
    prints: list[np.ndarray] = field(default_factory=list)

    def put(self, model: Model, x: float, y: float, turn: float) -> bool:
        """The vehicle at (x, y), turned by `turn`, if there is room; False if not."""
        low, high = model.part.bounds()
        half, back, front = float(high[0]), float(low[1]), float(high[1])
        c, s = np.cos(turn), np.sin(turn)
        spin = np.array([[c, s], [-s, c]])
        corners = np.array([(half, front), (-half, front), (-half, back), (half, back)])
        ground = corners @ spin + [x, y]
        if not all(apart(ground, other, GAP) for other in self.prints):
            return False
        count = max(2, int(np.ceil((front - back - half) / 1.2)))
        along = np.linspace(back + half * 0.5, front - half * 0.5, count)
        spots = np.column_stack([np.zeros(count), along]) @ spin + [x, y]
        if not all(self.plan.free(float(a), float(b), half * 0.8) for a, b in spots):
            return False
        for a, b in spots:
            self.plan.take(float(a), float(b), half * 1.1)
        self.prints.append(ground)
        self.plan.add(model.class_name, model.mesh, model.part, (x, y, 0.0), turn, 1.0,
                      model.color, model.second)  # fmt: skip
        return True

    def car(self) -> Model:
        """One of the street's bodies in paint of its own, now and then in a livery."""
        plan, rng = self.plan, self.plan.rng
        number = int(rng.integers(len(self.bodies)))
        kind, shape, rim = self.bodies[number]
        livery = _livery(kind, rng)
        paint = plan.pick(PAINTS)
        second = paint
        if livery == "taxi":
            paint = second = plan.pick(TAXIS)
        elif livery in ("police", "delivery"):
            pairs = POLICE if livery == "police" else DELIVERY
            paint, second = pairs[int(rng.integers(len(pairs)))]
        elif rng.random() < 0.12:
            second = ROOFS[int(rng.integers(len(ROOFS)))]
        key = f"car_{number}_{livery}"
        part = plan.meshes.get(key)
        if part is None:
            part = vehicles.street_car(shape, rim, livery)
        return Model("car", key, part, paint, second)

    def heavy(self) -> Model:
        """A lorry or a bus."""
        plan, rng = self.plan, self.plan.rng
        if rng.random() < 0.48:
            kind = str(rng.choice(buses.KINDS, p=[0.34, 0.18, 0.14, 0.16, 0.18]))
            return Model("bus", f"bus_{kind}", buses.bus(kind), plan.pick(BUSES),
                         plan.pick(STRIPES))  # fmt: skip
        kind = str(rng.choice(trucks.KINDS))
        paints = [(0.75, 0.3, 0.02), (0.8, 0.8, 0.78), (0.1, 0.3, 0.14)]
        color = plan.pick(paints if kind == "refuse" else LORRIES)
        cab = color if rng.random() < 0.3 else plan.pick(CABS)
        return Model("truck", f"truck_{kind}", trucks.truck(kind), color, cab)


def put_vehicles(plan: Plan, street: Street) -> None:
    """All vehicles of a street: driving, waiting at the kerb, and cyclists."""
    traffic = Traffic(plan, street, _bodies(plan.rng))
    _driving(traffic)
    _parked(traffic)
    _cyclists(traffic)


def _bodies(rng: np.random.Generator) -> list[tuple[str, BodyShape, str]]:
    """The bodies of one street, each with its rims."""
    found = []
    for _ in range(SHAPES):
        kind = draw_kind(rng)
        rim = str(rng.choice(RIMS, p=[0.38, 0.34, 0.16, 0.12]))
        found.append((kind, draw_shape(kind, rng), rim))
    return found


def _livery(kind: str, rng: np.random.Generator) -> str:
    """What a car of this kind is used for."""
    luck = float(rng.random())
    if kind == "van":
        return "delivery" if luck < 0.6 else "plain"
    if kind in ("saloon", "estate", "suv", "minivan"):
        return "taxi" if luck < 0.12 else "police" if luck < 0.18 else "plain"
    return "plain"


def _driving(traffic: Traffic) -> None:
    """Vehicles on the move, in all lanes, and some on the cross street."""
    s, rng = traffic.street, traffic.plan.rng
    share = 0.09 if s.kind == "suburb" else 0.24
    for side in (-1, 1):
        for lane in range(s.lanes):
            x = side * LANE * (lane + 0.5)
            y = -38.0 + float(rng.uniform(0, 12))
            while y < 40.0:
                turn = (0.0 if side > 0 else np.pi) + float(rng.normal(0, 0.02))
                model = traffic.heavy() if rng.random() < share else traffic.car()
                long = float(model.part.bounds()[1][1])
                at = _past_zebras(traffic, y + max(0.0, long - 2.4), long)
                traffic.put(model, x + float(rng.normal(0, 0.12)), at, turn)
                y = at + float(rng.uniform(9, 24)) + max(0.0, long - 2.6)
    if s.cross is None:
        return
    for side in (-1, 1):
        for x in (-1, 1):
            if rng.random() < 0.55:
                spot = x * float(rng.uniform(s.half + 3, s.half + 14))
                traffic.put(traffic.car(), spot, s.cross - side * s.cross_half / 2,
                            -side * np.pi / 2)  # fmt: skip
    if rng.random() < 0.6:
        turn = float(rng.uniform(0, 2 * np.pi))
        place = float(rng.uniform(-2, 2)), s.cross + float(rng.uniform(-2, 2))
        traffic.put(traffic.car(), *place, turn)


def _past_zebras(traffic: Traffic, y: float, long: float) -> float:
    """A place at or beyond y where a vehicle that reaches `long` metres fore and aft leaves the
    zebra crossings free."""  # fmt: skip
    s = traffic.street
    zebras = [traffic.plan.facts.get("zebra", np.inf)]
    if s.cross is not None:
        zebras = [s.cross + way * (s.cross_half + 3.0) for way in (-1, 1)]
    for zebra in sorted(zebras):
        if abs(y - zebra) < long + 1.7:
            y = zebra + long + 1.7
    return y


def _parked(traffic: Traffic) -> None:
    """Parked cars in their bays."""
    s, plan, rng = traffic.street, traffic.plan, traffic.plan.rng
    full = float(rng.uniform(0.35, 0.85))
    if s.parking == "none":
        return
    along = s.parking == "along"
    step = 6.0 if along else 2.75
    for side in (-1, 1):
        for y0, y1 in s.blocks(33.0, 8.0):
            x = side * (s.half - s.bay / 2)
            for y in np.arange(y0 + step / 2, y1, step):
                if rng.random() > full * (1.0 if along else 0.6):
                    continue
                turn = 0.0 if side > 0 else np.pi
                if not along:
                    turn = np.pi / 2 + np.pi * int(rng.integers(2))
                elif rng.random() < 0.12:
                    turn += np.pi
                at = float(y + rng.normal(0, 0.15))
                if abs(at - plan.facts.get("zebra", 1e9)) > 3.5:
                    traffic.put(traffic.car(), x, at, turn + float(rng.normal(0, 0.03)))


def _cyclists(traffic: Traffic) -> None:
    """Bicycles with their riders, on the right of the lanes."""
    s, plan, rng = traffic.street, traffic.plan, traffic.plan.rng
    for _ in range(int(rng.integers(0, 4))):
        side = int(rng.choice([-1, 1]))
        x = side * (LANE * s.lanes - float(rng.uniform(0.35, 0.7)))
        y = float(rng.uniform(-28, 30))
        turn = (0.0 if side > 0 else np.pi) + float(rng.normal(0, 0.05))
        kind = str(rng.choice(vehicles.BICYCLES))
        paint = plan.pick(BICYCLES)
        model = Model("bicycle", f"bicycle_{kind}", vehicles.bicycle(kind), paint, paint)
        if not traffic.put(model, x, y, turn):
            continue
        look = people.draw_look(rng, "ride")
        top, bottom = dressed(plan)
        plan.add("person", f"rider_{plan.counts.get('person', 0)}", people.person(look),
                 (x, y, 0.0), turn, 1.0, top, bottom)  # fmt: skip

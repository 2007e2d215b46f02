# SPDX-License-Identifier: GPL-3.0-or-later
"""Cars, vans, trucks, buses and bicycles. Wheels stand on z = 0, the front looks along +Y."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from scenes.mesh_tools import (
    Geometry,
    Vector,
    box,
    cap,
    loft,
    merge,
    mirrored,
    moved,
    patch,
    quad,
    ring,
    tube,
)


@dataclass(frozen=True)
class CarShape:
    """Measures of a car in metres; places along the car are y values, the front is positive."""

    length: float
    width: float
    height: float
    nose: float  # height of the bonnet's front edge
    belt: float  # height of the window sill
    tail: float  # height of the body at the back
    cowl: float  # foot of the windscreen
    roof_front: float
    roof_rear: float
    rear_foot: float  # foot of the rear window
    wheel: float = 0.33  # radius
    lift: float = 0.2  # ground clearance
    roof_width: float = 0.74  # of the body's width
    side_glass: bool = True  # windows behind the front doors


CARS: dict[str, CarShape] = {
    "sedan": CarShape(4.6, 1.82, 1.46, 0.75, 0.93, 0.96, 0.95, 0.25, -0.95, -1.55),
    "hatchback": CarShape(3.95, 1.76, 1.52, 0.78, 0.95, 0.98, 0.95, 0.35, -1.35, -1.8),
    "estate": CarShape(4.7, 1.82, 1.5, 0.75, 0.94, 0.98, 0.95, 0.25, -1.75, -2.15),
    "suv": CarShape(4.55, 1.92, 1.76, 0.92, 1.12, 1.12, 0.95, 0.4, -1.65, -2.08, 0.38, 0.27, 0.8),
    "coupe": CarShape(4.4, 1.86, 1.3, 0.66, 0.84, 0.9, 0.75, 0.0, -0.75, -1.75, 0.34, 0.16, 0.7),
    "van": CarShape(5.1, 1.98, 2.15, 0.95, 1.2, 1.2, 1.75, 1.15, -2.35, -2.5, 0.35, 0.24, 0.88,
                    False),
    "minibus": CarShape(4.8, 1.92, 1.92, 0.88, 1.1, 1.1, 1.6, 0.95, -2.1, -2.33, 0.35, 0.22, 0.86),
}  # fmt: skip


@cache
def car(kind: str) -> Geometry:
    """A car of one of the kinds in `CARS`; its paint takes the object's colour."""
    s = CARS[kind]
    parts = [_body(s), *_cabin(s), *_lights(s)]
    axle = s.length / 2 - 0.82 - (0.12 if s.length > 4.9 else 0.0)
    for y in (axle, -axle + 0.05):
        right = wheel((s.width / 2, y, s.wheel), s.wheel)
        parts += [right, mirrored(right)]
    return merge(parts)


def _section(y: float, half: float, low: float, top: float) -> np.ndarray:
    """Closed outline (12, 3) of the lower body at one place along the car."""
    tall = top - low
    right = np.array(
        [[0.84, 0.0], [0.96, 0.16], [1.0, 0.45], [0.985, 0.72], [0.94, 0.92], [0.8, 1.0]]
    )
    x = np.concatenate([right[:, 0], -right[::-1, 0]]) * half
    z = low + tall * np.concatenate([right[:, 1], right[::-1, 1]])
    return np.column_stack([x, np.full(12, y), z])


def _body(s: CarShape) -> Geometry:
    """The lower body: a skin over cross-sections from the back bumper to the front one."""
    half, end, low = s.width / 2, s.length / 2, s.lift
    rows = [
        (-end, 0.84, low + 0.1, s.tail - 0.2),
        (-end + 0.07, 0.94, low + 0.02, s.tail - 0.06),
        (-end + 0.3, 0.99, low, s.tail),
        (s.rear_foot, 1.0, low, max(s.belt, s.tail)) if s.rear_foot > -end + 0.4 else None,
        (-0.2, 1.0, low, s.belt),
        (s.cowl, 1.0, low, s.belt),
        ((s.cowl + end) / 2, 0.99, low, (s.belt + s.nose) / 2 + 0.06),
        (end - 0.3, 0.97, low, s.nose + 0.04),
        (end - 0.08, 0.91, low + 0.02, s.nose - 0.04),
        (end, 0.8, low + 0.1, s.nose - 0.18),
    ]
    sections = np.stack([_section(r[0], half * r[1], r[2], r[3]) for r in rows if r])
    names = np.array(["paint"] * 12, dtype="<U16")
    names[[0, 10, 11]] = "trim"
    body = loft(sections, names)
    body.slots[-20:] = "paint"
    return body


def _cabin(s: CarShape) -> list[Geometry]:
    """Roof and windows: a tapered block with panes laid on its sides."""
    low, high = s.belt - 0.03, s.height - 0.05
    a, b = s.width / 2 * 0.87, s.width / 2 * s.roof_width
    base = [(a, s.rear_foot, low), (a, s.cowl, low), (-a, s.cowl, low), (-a, s.rear_foot, low)]
    roof = [(b, s.roof_rear, high), (b, s.roof_front, high), (-b, s.roof_front, high),
            (-b, s.roof_rear, high)]  # fmt: skip
    inner = [(x * 0.82, y * 0.9 + (s.roof_front + s.roof_rear) * 0.05, s.height)
             for x, y, _ in roof]  # fmt: skip
    block = loft(np.array([base, roof, inner]), "paint")
    side = [base[0], base[1], roof[1], roof[0]]
    split = (s.cowl - 0.62 * (s.cowl - s.rear_foot) - s.rear_foot) / (s.cowl - s.rear_foot)
    panes = [patch(side, (split + 0.22, 0.12, 0.955, 0.9), "car_glass")]
    if s.side_glass:
        panes.append(patch(side, (0.05, 0.12, split + 0.185, 0.9), "car_glass"))
    panes += [mirrored(p) for p in panes]
    front = [base[1], base[2], roof[2], roof[1]]
    back = [base[3], base[0], roof[0], roof[3]]
    panes.append(patch(front, (0.045, 0.06, 0.955, 0.93), "car_glass"))
    panes.append(patch(back, (0.08, 0.2, 0.92, 0.9), "car_glass"))
    mirror = box((a, s.cowl - 0.42, s.belt + 0.02), (a + 0.16, s.cowl - 0.28, s.belt + 0.15),
                 "paint")  # fmt: skip
    return [block, *panes, mirror, mirrored(mirror)]


def _lights(s: CarShape) -> list[Geometry]:
    """Head and tail lamps, grille, bumpers and number plates."""
    end, half = s.length / 2, s.width / 2
    lamp = box((half * 0.5, end - 0.22, s.nose - 0.2), (half * 0.9, end - 0.015, s.nose - 0.05),
               "head_lamp")  # fmt: skip
    top = s.tail - 0.1
    tail = box((half * 0.62, -end + 0.0, top - 0.2), (half * 0.93, -end + 0.2, top), "tail_lamp")
    low = s.lift + 0.08
    return [
        lamp,
        mirrored(lamp),
        tail,
        mirrored(tail),
        box((-half * 0.46, end - 0.2, s.nose - 0.22), (half * 0.46, end + 0.005, s.nose - 0.08),
            "trim"),
        box((-half * 0.74, end - 0.2, low), (half * 0.74, end + 0.015, low + 0.14), "trim"),
        box((-half * 0.74, -end - 0.015, low), (half * 0.74, -end + 0.2, low + 0.14), "trim"),
        box((-0.26, -end - 0.02, low + 0.22), (0.26, -end + 0.1, low + 0.33), "plate"),
        box((-0.26, end - 0.1, low + 0.16), (0.26, end + 0.02, low + 0.26), "plate"),
    ]  # fmt: skip


def wheel(hub: Vector, radius: float, width: float = 0.2, well: bool = True) -> Geometry:
    """A wheel on the right side (x positive), its outer face 2 cm proud of x = hub[0]."""
    x, y, z = hub
    out = x + 0.02
    tyre = tube((out - width, y, z), (out, y, z), (radius, radius), "tyre", 14)
    rim = cap(ring((out + 0.004, y, z), radius * 0.64, 0, 10), "rim")
    nave = cap(ring((out + 0.008, y, z), radius * 0.2, 0, 6), "trim")
    parts = [tyre, rim, nave]
    if well:
        parts.append(cap(ring((x + 0.006, y, z + 0.02), radius * 1.16, 0, 14), "trim"))
    return merge(parts)


@cache
def truck(kind: str) -> Geometry:
    """A lorry ('box', 'flatbed' or 'tipper'): cab in the second colour, load in the object's."""
    long, half = (7.4, 1.2)
    front = long / 2
    parts = [
        box((-0.95, -front + 0.1, 0.55), (0.95, front - 0.3, 0.85), "trim"),
        _cab(front, half),
    ]
    if kind == "box":
        parts.append(box((-half, -front, 0.9), (half, front - 2.0, 3.3), "paint"))
        parts.append(box((-half - 0.01, -front, 0.85), (half + 0.01, front - 2.0, 0.97), "trim"))
        panel = [(half, -front, 0.9), (half, front - 2, 0.9), (half, front - 2, 3.3),
                 (half, -front, 3.3)]  # fmt: skip
        stripe = patch(panel, (0.0, 0.3, 1.0, 0.55), "second", 0.012)
        parts += [stripe, mirrored(stripe)]
    elif kind == "tipper":
        low = np.array(
            [
                (-half + 0.2, -front + 0.2, 0.95),
                (half - 0.2, -front + 0.2, 0.95),
                (half - 0.2, front - 2.2, 0.95),
                (-half + 0.2, front - 2.2, 0.95),
            ]
        )
        high = np.array([(-half, -front, 2.3), (half, -front, 2.3), (half, front - 2.0, 2.5),
                         (-half, front - 2.0, 2.5)])  # fmt: skip
        parts.append(loft(np.stack([low, high]), "paint"))
        parts.append(moved(cap((low + high) / 2 * [0.9, 0.9, 1.6], "soil"), (0, -0.1, -0.1)))
    else:
        parts.append(box((-half, -front, 0.9), (half, front - 2.0, 1.1), "paint"))
        for y, tall in ((-2.4, 1.0), (-0.9, 1.4), (0.5, 0.8)):
            parts.append(box((-0.95, y - 0.6, 1.1), (0.95, y + 0.6, 1.1 + tall), "crate"))
    for y in (front - 1.25, -front + 1.1, -front + 2.15):
        right = wheel((half - 0.02, y, 0.5), 0.5, 0.32, well=False)
        parts += [right, mirrored(right)]
    tail = box((0.7, -front - 0.02, 0.7), (1.05, -front + 0.1, 0.85), "tail_lamp")
    return merge([*parts, tail, mirrored(tail)])


def _cab(front: float, half: float) -> Geometry:
    """The driver's cab of a lorry, its nose at y = front."""
    back = front - 1.85
    rows = [(0.6, front - 0.02, 1.0), (1.5, front, 1.0), (2.55, front - 0.3, 0.95),
            (2.72, front - 0.55, 0.85)]  # fmt: skip
    sections = np.array(
        [[(half * k, back, z), (half * k, y, z), (-half * k, y, z), (-half * k, back, z)]
         for z, y, k in rows]
    )  # fmt: skip
    lower, upper = sections[1], sections[2]
    screen = [lower[1], lower[2], upper[2], upper[1]]
    side = [lower[0], lower[1], upper[1], upper[0]]
    pane = patch(side, (0.35, 0.08, 0.92, 0.85), "car_glass")
    lamp = box((half * 0.6, front - 0.1, 0.75), (half * 0.92, front + 0.02, 0.98), "head_lamp")
    mirror = box((half, front - 0.3, 1.6), (half + 0.2, front - 0.2, 2.1), "trim")
    return merge(
        [
            loft(sections, "second"),
            patch(screen, (0.05, 0.08, 0.95, 0.88), "car_glass"),
            pane,
            mirrored(pane),
            lamp,
            mirrored(lamp),
            mirror,
            mirrored(mirror),
            box((-half * 0.5, front - 0.1, 0.75), (half * 0.5, front + 0.02, 1.3), "trim"),
            box((-half, front - 0.2, 0.4), (half, front + 0.04, 0.65), "trim"),
        ]
    )


@cache
def bus(kind: str) -> Geometry:
    """A town bus ('city', long) or a coach ('school', shorter), in the object's colour."""
    long = 10.5 if kind == "city" else 8.2
    half, low, high, front = 1.25, 0.32, 3.0, long / 2
    rows = [(-front, 0.95, 0.12), (-front + 0.15, 1.0, 0.0), (front - 0.2, 1.0, 0.0),
            (front, 0.94, 0.14)]  # fmt: skip
    sections = np.array(
        [[(half * k, y, low), (half * k, y, high - 0.25 - d), (half * k * 0.88, y, high - d),
          (-half * k * 0.88, y, high - d), (-half * k, y, high - 0.25 - d), (-half * k, y, low)]
         for y, k, d in rows]
    )  # fmt: skip
    parts = [loft(sections, "paint")]
    side = [(half, -front + 0.15, low), (half, front - 0.2, low), (half, front - 0.2, high - 0.25),
            (half, -front + 0.15, high - 0.25)]  # fmt: skip
    bays = 7 if kind == "city" else 6
    for i in range(bays):
        pane = patch(side, ((i + 0.12) / bays, 0.45, (i + 0.95) / bays, 0.93), "car_glass", 0.01)
        parts += [pane, mirrored(pane)]
    stripe = patch(side, (0.0, 0.14, 1.0, 0.28), "second", 0.006)
    parts += [stripe, mirrored(stripe)]
    for u in (0.88, 0.45):
        parts.append(patch(side, (u, 0.03, u + 0.1, 0.9), "car_glass", 0.02))
    nose = [(half * 0.94, front, low), (-half * 0.94, front, low),
            (-half * 0.94, front, high - 0.25), (half * 0.94, front, high - 0.25)]  # fmt: skip
    parts.append(patch(nose, (0.04, 0.32, 0.96, 0.9), "car_glass", 0.012))
    parts.append(patch(nose, (0.2, 0.9, 0.8, 1.0), "head_lamp", 0.016))
    rump = [(-half * 0.95, -front, low), (half * 0.95, -front, low),
            (half * 0.95, -front, high - 0.3), (-half * 0.95, -front, high - 0.3)]  # fmt: skip
    parts.append(patch(rump, (0.12, 0.5, 0.88, 0.92), "car_glass", 0.012))
    for face, slot in ((nose, "head_lamp"), (rump, "tail_lamp")):
        parts += [patch(face, (u, 0.1, u + 0.14, 0.2), slot, 0.014) for u in (0.04, 0.82)]
    for y in (front - 2.2, -front + 2.0):
        right = wheel((half, y, 0.48), 0.48, 0.3)
        parts += [right, mirrored(right)]
    return merge(parts)


@cache
def bicycle() -> Geometry:
    """A parked bicycle: two thin wheels, frame in the object's colour, saddle and handlebar."""
    parts: list[Geometry] = []
    for y in (0.52, -0.52):
        outer, inner = ring((0.0, y, 0.34), 0.34, 0, 14), ring((0.0, y, 0.34), 0.29, 0, 14)
        for x in (-0.02, 0.02):
            a, b = (rim + np.array([x, 0.0, 0.0]) for rim in (outer, inner))
            for i in range(14):
                j = (i + 1) % 14
                face = quad([a[i], a[j], b[j], b[i]], "tyre")
                parts.append(face if x > 0 else mirrored(moved(face, (0.04, 0, 0))))
    bars = [((0, 0.52, 0.34), (0, 0.36, 0.95)), ((0, -0.52, 0.34), (0, -0.16, 0.3)),
            ((0, -0.16, 0.3), (0, -0.28, 0.9)), ((0, -0.16, 0.3), (0, 0.4, 0.82)),
            ((0, -0.26, 0.82), (0, 0.39, 0.84)), ((0, -0.52, 0.34), (0, -0.26, 0.82))]  # fmt: skip
    parts += [tube(a, b, (0.025, 0.025), "paint", 5) for a, b in bars]
    parts.append(tube((-0.27, 0.33, 1.0), (0.27, 0.33, 1.0), (0.02, 0.02), "trim", 5))
    parts.append(box((-0.07, -0.42, 0.9), (0.07, -0.16, 0.97), "trim"))
    return merge(parts)

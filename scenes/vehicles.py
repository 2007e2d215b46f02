# SPDX-License-Identifier: GPL-3.0-or-later
"""Cars of a street in their liveries, and bicycles. Wheels stand on z = 0, the front is +Y."""

from __future__ import annotations

from functools import cache

import numpy as np

from scenes.car_bodies import car_body
from scenes.car_parts import COARSE
from scenes.car_shapes import BodyShape
from scenes.mesh_tools import Geometry, box, geometry, merge, mirrored, ring, tube

LIVERIES = ("plain", "taxi", "police", "delivery")
BICYCLES = ("city", "sport", "basket")
SADDLE = (-0.29, 0.97)  # y and z of a bicycle's saddle
GRIPS = (0.26, 0.3, 1.02)  # x, y, z of the right end of its handlebar
CRANK = (-0.1, 0.3)  # y and z of the pedals' axle


def street_car(shape: BodyShape, rim: str, livery: str) -> Geometry:
    """A car of this shape in one of the `LIVERIES`: paint in the object's colour, its roof (and
    what the livery colours) in the second one."""  # fmt: skip
    part = car_body(shape, rim, COARSE)
    if livery == "plain":
        return part
    if livery == "delivery":
        return _repainted(part, (-shape.end, shape.cowl - 0.9), (0.0, shape.belt * 0.72))
    middle = (shape.roof_front + shape.roof_rear) / 2 + 0.1
    if livery == "taxi":
        return merge([part, *_roof_sign(shape, middle)])
    doors = _repainted(part, (shape.rear_foot + 0.2, shape.cowl + 0.1), (0.0, shape.belt - 0.04))
    return merge([doors, *_light_bar(shape, middle)])


def _repainted(part: Geometry, along: tuple[float, float], up: tuple[float, float]) -> Geometry:
    """The part with its paint between these places and heights in the second colour."""
    corners = np.where(part.faces[:, 3:] >= 0, part.faces, part.faces[:, [0, 1, 2, 0]])
    middle = part.verts[corners].mean(axis=1)
    inside = (part.slots == "car_paint") & (along[0] < middle[:, 1]) & (middle[:, 1] < along[1])
    inside &= (up[0] < middle[:, 2]) & (middle[:, 2] < up[1])
    return Geometry(part.verts, part.faces, np.where(inside, "paint_two", part.slots))


def _roof_sign(s: BodyShape, y: float) -> list[Geometry]:
    z = s.height - 0.03
    return [
        box((-0.3, y - 0.1, z), (0.3, y + 0.1, z + 0.07), "trim"),
        box((-0.27, y - 0.07, z + 0.07), (0.27, y + 0.07, z + 0.2), "roof_lamp"),
    ]


def _light_bar(s: BodyShape, y: float) -> list[Geometry]:
    z, half = s.height - 0.03, s.width * s.roof_width / 2 * 0.86
    lamp = box((0.14, y - 0.12, z + 0.06), (half, y + 0.12, z + 0.17), "beacon_blue")
    base = box((-half, y - 0.1, z), (half, y + 0.1, z + 0.06), "trim")
    return [base, lamp, mirrored(lamp), box((-0.14, y - 0.1, z), (0.14, y + 0.1, z + 0.15), "rim")]


@cache
def bicycle(kind: str = "city") -> Geometry:
    """A bicycle of one of the `BICYCLES`, its frame in the object's colour."""
    parts = [_bicycle_wheel(y) for y in (0.53, -0.53)]
    bars = [((0, 0.53, 0.34), (0, 0.4, 0.82)), ((0, 0.4, 0.82), (0, 0.37, 0.98)),
            ((0, -0.53, 0.34), (0, -0.12, 0.3)), ((0, -0.12, 0.3), (0, -0.27, 0.9)),
            ((0, -0.12, 0.3), (0, 0.42, 0.74)), ((0, -0.53, 0.34), (0, -0.25, 0.8))]  # fmt: skip
    top = ((0, -0.25, 0.8), (0, 0.4, 0.86)) if kind == "sport" else ((0, -0.19, 0.56),
                                                                    (0, 0.4, 0.84))  # fmt: skip
    parts += [tube(a, b, (0.024, 0.024), "paint", 5) for a, b in (*bars, top)]
    x, y, z = GRIPS
    for side in (1, -1):
        parts.append(tube((0, 0.37, 0.98), (x * side, y, z), (0.017, 0.017), "trim", 5))
    parts.append(box((-0.08, -0.42, 0.9), (0.08, -0.16, SADDLE[1] - 0.01), "trim"))
    for side in (1, -1):
        dy, dz = 0.12 * side, -0.12 * side
        spot = np.array([0.1 * side, CRANK[0] + dy, CRANK[1] + dz])
        reach = np.array([0.05, 0.05, 0.015])
        parts.append(box(spot - reach, spot + reach, "trim"))
        parts.append(tube((0.05 * side, *CRANK), spot - [0.04 * side, 0, 0], (0.015, 0.015),
                          "rim", 4))  # fmt: skip
    if kind != "sport":
        parts.append(box((-0.07, -0.85, 0.72), (0.07, -0.3, 0.75), "trim"))
        parts.append(box((-0.03, -0.9, 0.62), (0.03, -0.86, 0.7), "tail_lamp"))
    if kind == "basket":
        parts.append(box((-0.19, 0.45, 0.74), (0.19, 0.76, 1.0), "crate"))
    return merge(parts)


def _bicycle_wheel(y: float) -> Geometry:
    """A thin tyre with a bright rim and a hub, seen from both sides."""
    rows = [(0.018, 0.325), (0.012, 0.345), (-0.012, 0.345), (-0.018, 0.325), (-0.012, 0.29),
            (0.012, 0.29)]  # fmt: skip
    rings = np.stack([ring((x, y, 0.345), r, 0, 16) for x, r in rows])
    s, p = np.meshgrid(np.arange(6), np.arange(16), indexing="ij")
    here, there = s * 16 + p, s * 16 + (p + 1) % 16
    step = 6 * 16
    faces = np.stack([here, (here + 16) % step, (there + 16) % step, there], axis=-1)
    names = np.repeat(["tyre", "tyre", "tyre", "rim", "rim", "rim"], 16)
    tyre = geometry(rings.reshape(-1, 3), faces.reshape(-1, 4), names)
    hub = tube((-0.06, y, 0.345), (0.06, y, 0.345), (0.03, 0.03), "rim", 6)
    spokes = []
    for angle in np.arange(4) * (np.pi / 4) + 0.2:
        way = np.array([0.0, np.cos(angle), np.sin(angle)]) * 0.3
        middle = np.array([0.0, y, 0.345])
        spokes.append(tube(middle - way, middle + way, (0.006, 0.006), "rim", 3))
    return merge([tyre, hub, *spokes])

# SPDX-License-Identifier: GPL-3.0-or-later
"""What is fixed to a car's body: wheels, lamps, grille, mirrors, handles, seams, racks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from scenes.car_shapes import BodyShape
from scenes.mesh_tools import Geometry, Vector, box, cap, geometry, merge, mirrored, ring, tube

RIMS = ("five", "ten", "steel", "disc")


@dataclass(frozen=True)
class Fineness:
    """How much of a car is modelled: for close looks, or for a street full of cars."""

    wheel_sides: int  # of a tyre
    arch_steps: int  # sections over a wheel
    gap: float  # metres between sections of the skin that only round it off
    small_parts: bool  # door handles, seams, exhaust, badge, mirror glass
    floor: bool  # the underside


FINE = Fineness(20, 11, 0.0035, True, True)
COARSE = Fineness(12, 5, 0.06, False, False)

Side = Callable[[float, float], float]  # x of the right flank at y, z

_CUBE = np.array([[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2],
                  [1, 3, 7, 5]])  # fmt: skip


def road_wheel(
    hub: Vector, radius: float, width: float, rim: str, sides: int = FINE.wheel_sides
) -> Geometry:
    """A wheel on the right side (x positive) whose outer face lies at x = hub[0]."""
    x, y, z = hub
    rows = [(x - width, 0.9), (x - width + 0.02, 1.0), (x - 0.03, 1.0), (x, 0.93), (x - 0.004, 0.7),
            (x - 0.045, 0.64)]  # fmt: skip
    if sides < FINE.wheel_sides:
        rows = [(x - width, 1.0), (x - 0.02, 1.0), (x, 0.72), (x - 0.045, 0.64)]
    rings = np.stack([ring((a, y, z), radius * r, 0, sides) for a, r in rows])
    count, around = rings.shape[:2]
    s, p = np.meshgrid(np.arange(count - 1), np.arange(around), indexing="ij")
    here, there = s * around + p, s * around + (p + 1) % around
    faces = np.stack([here, there, there + around, here + around], axis=-1).reshape(-1, 4)
    names = np.repeat(["tyre"] * (count - 2) + ["rim_alloy"], around)
    tyre = geometry(rings.reshape(-1, 3), faces, names)
    inner = cap(ring((x - 0.045, y, z), radius * 0.65, 0, sides), "trim")
    return merge([tyre, inner, *_spokes((x, y, z), radius * 0.66, rim, sides)])


def _spokes(hub: Vector, radius: float, rim: str, sides: int) -> list[Geometry]:
    """The rim's spokes, or its disc."""
    x, y, z = hub
    nave = cap(ring((x - 0.01, y, z), radius * 0.26, 0, sides // 2), "rim_alloy")
    if rim in ("steel", "disc"):
        share = 0.72 if rim == "steel" else 0.94
        return [cap(ring((x - 0.016, y, z), radius * share, 0, sides * 4 // 5), "rim_alloy"), nave]
    count, wide = (5, 0.19) if rim == "five" else (10, 0.085)
    parts = [nave]
    for angle in np.arange(count) * (2 * np.pi / count) + 0.3:
        u = np.array([0.0, np.cos(angle), np.sin(angle)])
        v = np.array([0.0, -np.sin(angle), np.cos(angle)])
        middle = np.array([x - 0.014, y, z])
        corners = [
            middle + radius * (u * reach + v * wide * side)
            for reach, side in ((0.1, -1), (1.0, -0.75), (1.0, 0.75), (0.1, 1))
        ]
        parts.append(geometry(np.array(corners), np.array([[0, 1, 2, 3]]), "rim_alloy"))
    return parts


def details(s: BodyShape, side: Side, fineness: Fineness = FINE) -> list[Geometry]:
    """Everything on the body but its wheels."""
    parts = [*_front(s), *_rear(s), *_mirrors(s, side), *_skirts(s, side), *_roof(s)]
    return [*parts, *_small_parts(s, side)] if fineness.small_parts else parts


def wedge(
    x: tuple[float, float],
    inner: float,
    outer: float,
    z: tuple[float, float],
    deep: float,
    slot: str,
) -> list[Geometry]:
    """A block round a corner of the car and its mirror image: its outer face runs from y = `inner`
    at x[0] to y = `outer` at x[1]; `deep` (signed) leads into the body."""  # fmt: skip
    low, high = sorted((0.0, deep))
    corners = [(a, y + d, h) for h in z for d in (low, high) for a, y in
               ((x[0], inner), (x[1], outer))]  # fmt: skip
    part = geometry(np.array(corners), _CUBE, slot)
    return [part, mirrored(part)]


def _front(s: BodyShape) -> list[Geometry]:
    """Head lamps, grille, air intake and number plate."""
    end, half, low = s.end, s.width / 2, s.lift
    bright = "chrome" if "chrome" in s.extras else "trim"
    top = s.nose - 0.09
    if s.tail == "round":
        parts = _discs(half * 0.66, end + 0.006, top - 0.1, 0.1, "head_lamp")
        parts += _discs(half * 0.66, end + 0.003, top - 0.1, 0.12, bright)
    else:
        tall = 0.15 if s.height > 1.6 else 0.12
        z = (top - tall, top)
        parts = wedge((half * 0.5, half * 0.8), end + 0.012, end + 0.012, z, -0.2, "head_lamp")
        parts += wedge((half * 0.8, half * 0.94), end + 0.012, end - 0.11, z, -0.2, "head_lamp")
    grille = 0.2 if s.height > 1.6 else 0.12
    parts += [
        box((-half * 0.44, end - 0.2, top - grille), (half * 0.44, end + 0.012, top), "trim"),
        box((-half * 0.7, end - 0.2, low + 0.1), (half * 0.7, end + 0.014, low + 0.22), "trim"),
        box((-0.26, end - 0.1, low + 0.24), (0.26, end + 0.024, low + 0.34), "plate"),
    ]
    if bright == "chrome":
        parts.append(box((-half * 0.86, end - 0.1, low + 0.2), (half * 0.86, end + 0.07, low + 0.3),
                         "chrome"))  # fmt: skip
    return parts


def _rear(s: BodyShape) -> list[Geometry]:
    """Tail lamps, bumper, number plate, exhaust and spare wheel."""
    end, half, low, top = s.end, s.width / 2, s.lift, s.deck - 0.11
    if s.tail == "round":
        parts = _discs(half * 0.62, -end - 0.006, top - 0.1, 0.075, "tail_lamp")
        parts += _discs(half * 0.36, -end - 0.006, top - 0.1, 0.055, "tail_lamp")
    else:
        inner, tall = (0.46, 0.13) if s.tail == "wide" else (0.7, 0.34)
        if s.height > 1.6:
            tall += 0.08
        z = (top - tall, top)
        parts = wedge((half * inner, half * 0.84), -end - 0.012, -end - 0.012, z, 0.2, "tail_lamp")
        parts += wedge((half * 0.84, half * 0.935), -end - 0.012, -end + 0.05, z, 0.2, "tail_lamp")
    bumper = "chrome" if "chrome" in s.extras else "trim"
    parts += [
        box((-half * 0.8, -end - 0.02, low + 0.12), (half * 0.8, -end + 0.2, low + 0.24), bumper),
        box((-0.26, -end - 0.02, top - 0.28), (0.26, -end + 0.1, top - 0.17), "plate"),
    ]
    if "spare" in s.extras:
        parts.append(_spare(s))
    return parts


def _spare(s: BodyShape) -> Geometry:
    """The spare wheel on the rear door."""
    wheel = road_wheel((0.0, 0.0, 0.0), s.wheel * 0.95, 0.2, "disc")
    x, y, z = wheel.verts.T
    wheel.verts = np.column_stack([y + 0.1, -x - s.end - 0.17, z + s.deck - 0.22])
    return wheel


def _discs(x: float, y: float, z: float, radius: float, slot: str) -> list[Geometry]:
    """A round plate facing along Y (to the front where y is positive) and its mirror image."""
    points = ring((x, y, z), radius, 1, 12)
    part = cap(points if y > 0 else points[::-1], slot)
    return [part, mirrored(part)]


def _small_parts(s: BodyShape, side: Side) -> list[Geometry]:
    """Badge, exhaust, mirror glass, door handles and door seams: seen from close by only."""
    end, half, low, top = s.end, s.width / 2, s.lift, s.nose - 0.09
    x = side(s.cowl - 0.3, s.belt - 0.03)
    glass = box((x - 0.03, s.cowl - 0.445, s.belt + 0.035), (x + 0.125, s.cowl - 0.43,
                s.belt + 0.145), "car_glass")  # fmt: skip
    parts = [glass, *_doors(s, side)]
    alone = [
        box((-0.09, end - 0.1, top - 0.09), (0.09, end + 0.02, top - 0.03), "chrome"),
        tube((half * 0.55, -end - 0.03, low + 0.07), (half * 0.55, -end + 0.2, low + 0.07),
             (0.04, 0.04), "chrome", 8),
    ]  # fmt: skip
    return alone + parts + [mirrored(p) for p in parts]


def _mirrors(s: BodyShape, side: Side) -> list[Geometry]:
    """The mirrors' cases."""
    x = side(s.cowl - 0.3, s.belt - 0.03)
    case = box((x - 0.06, s.cowl - 0.44, s.belt + 0.02), (x + 0.14, s.cowl - 0.3, s.belt + 0.16),
               "car_paint")  # fmt: skip
    return [case, mirrored(case)]


def _doors(s: BodyShape, side: Side) -> list[Geometry]:
    """Seams and handles of the doors on the right side."""
    parts = []
    front, rear = s.cowl - 0.28, max(s.rear_foot, s.axles[1] + s.wheel + 0.1)
    middle = s.roof_rear + (front - s.roof_rear) * 0.5
    short = s.length < 3.7 or s.height < 1.36 or "blind" in s.extras
    doors = [front, rear + 0.25] if short else [front, middle, rear]
    for y in doors:
        parts.append(_seam(side, y, s.lift + 0.12, s.belt - 0.02))
    for y in doors[1:]:
        z = s.belt - 0.13
        flank = side(y + 0.16, z)
        parts.append(box((flank - 0.03, y + 0.07, z - 0.016), (flank + 0.018, y + 0.25, z + 0.016),
                         "trim"))  # fmt: skip
    return parts


def _skirts(s: BodyShape, side: Side) -> list[Geometry]:
    """Dark strips under the doors, where the body has no cladding."""
    if "cladding" in s.extras:
        return []
    low, high = s.lift + 0.01, s.lift + 0.08
    a, b = s.axles[1] + s.wheel * 1.2, s.axles[0] - s.wheel * 1.2
    flank = side(0.0, high)
    strip = box((flank - 0.1, a, low), (flank + 0.008, b, high), "trim")
    return [strip, mirrored(strip)]


def _seam(side: Side, y: float, low: float, high: float) -> Geometry:
    """The gap beside a door: a thin dark strip on the flank."""
    heights = np.linspace(low, high, 6)
    wide = 0.007
    left = [(side(y, float(z)) + 0.003, y - wide, z) for z in heights]
    right = [(side(y, float(z)) + 0.003, y + wide, z) for z in heights]
    step = np.arange(5)
    faces = np.column_stack([step, step + 6, step + 7, step + 1])
    return geometry(np.array(left + right), faces, "trim")


def _roof(s: BodyShape) -> list[Geometry]:
    """Rails, rack and spoiler."""
    parts: list[Geometry] = []
    x = s.width / 2 * s.roof_width * 0.9
    back, front = s.roof_rear + 0.1, s.roof_front - 0.12
    if "rails" in s.extras:
        rail = tube((x, back, s.height + 0.02), (x, front, s.height + 0.02), (0.02, 0.02), "chrome",
                    5)  # fmt: skip
        feet = [box((x - 0.02, y - 0.05, s.height - 0.06), (x + 0.02, y + 0.05, s.height + 0.02),
                    "trim") for y in (back, (back + front) / 2, front)]  # fmt: skip
        parts += [rail, *feet] + [mirrored(p) for p in (rail, *feet)]
    if "rack" in s.extras:
        z = s.height + 0.05
        for y in np.linspace(back, front, 6):
            parts.append(box((-x, y - 0.025, z), (x, y + 0.025, z + 0.03), "trim"))
        rail = box((x - 0.02, back - 0.05, z - 0.12), (x + 0.02, front + 0.05, z + 0.09), "trim")
        parts += [rail, mirrored(rail)]
    if "spoiler" in s.extras:
        parts += _spoiler(s)
    return parts


def _spoiler(s: BodyShape) -> list[Geometry]:
    """A wing on the tail of a low car, a lip over the rear window of a tall one."""
    if s.height < 1.36:
        half, y, z = s.width / 2 * 0.8, -s.end + 0.12, s.deck + 0.16
        post = box((half * 0.62, y - 0.02, s.deck - 0.05), (half * 0.7, y + 0.1, z), "trim")
        wing = box((-half, y - 0.12, z), (half, y + 0.16, z + 0.03), "car_paint")
        return [wing, post, mirrored(post)]
    half, y = s.width / 2 * s.roof_width * 0.86, s.roof_rear
    return [box((-half, y - 0.22, s.height - 0.075), (half, y + 0.05, s.height - 0.04),
                "car_paint")]  # fmt: skip

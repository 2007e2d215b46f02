# SPDX-License-Identifier: GPL-3.0-or-later
"""Lorries: a cab, a chassis and what it carries. Wheels stand on z = 0, the nose looks along +Y.

The load takes the object's colour, the cab the second one.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np

from scenes.car_parts import road_wheel
from scenes.mesh_tools import Geometry, box, cap, loft, merge, mirrored, patch, ring, tube

HALF = 1.22  # half the width
DECK = 1.02  # height of the chassis' upper face
CAB = 1.95  # length of a cab
WHEEL = 0.49


@cache
def truck(kind: str) -> Geometry:
    """A lorry of one of the `KINDS`."""
    long, load, axles = _KINDS[kind]
    front = long / 2
    tall = 3.35 if kind in ("box", "curtain", "trailer", "container") else 2.85
    parts = [*_cab(front, tall if kind == "trailer" else min(tall, 2.95)),
             *_chassis(-front, front - CAB, axles), *load(-front, front - CAB - 0.25)]  # fmt: skip
    parts += _wheels([front - 1.28, *(-front + a for a in axles)])
    return merge(parts)


def _corners(half: float, back: float, front: float, cut: float, z: float) -> np.ndarray:
    """A level outline (8, 3) with its front corners cut and its back corners nearly square."""
    points = [(half, back + 0.04), (half, front - cut), (half - cut * 0.35, front - cut * 0.3),
              (half - cut, front), (-half + cut, front), (-half + cut * 0.35, front - cut * 0.3),
              (-half, front - cut), (-half, back + 0.04)]  # fmt: skip
    return np.array([(x, y, z) for x, y in points])


def _cab(front: float, height: float) -> list[Geometry]:
    """The driver's cab with its nose at y = front, and a wind deflector up to `height`."""
    back, half = front - CAB, HALF
    rows = [(0.42, 0.02, 0.98), (0.62, 0.0, 1.0), (1.5, 0.02, 1.0), (2.45, 0.24, 0.965),
            (2.62, 0.36, 0.93), (2.7, 0.55, 0.86)]  # fmt: skip
    rings = [_corners(half * k, back, front - d, 0.24, z) for z, d, k in rows]
    parts = [loft(np.stack(rings), "second")]
    low, high = rings[2], rings[3]
    screen = [low[3], low[4], high[4], high[3]]
    parts.append(patch(screen, (-0.08, 0.04, 1.08, 0.9), "car_glass", 0.012))
    for a, b in ((2, 3), (1, 2)):  # the screen runs round the corners
        parts.append(patch([low[a], low[b], high[b], high[a]], (0.0, 0.04, 1.0, 0.9), "car_glass"))
    pane = patch([low[0], low[1], high[1], high[0]], (0.33, 0.06, 0.97, 0.84), "car_glass")
    seam = patch([rings[1][0], rings[1][1], low[1], low[0]], (0.28, 0.0, 0.31, 1.0), "trim")
    lamp = box((half * 0.52, front - 0.1, 0.66), (half * 0.8, front + 0.02, 0.84), "head_lamp")
    step = box((half - 0.2, front - 0.9, 0.3), (half + 0.01, front - 0.3, 0.42), "trim")
    arm = box((half, front - 0.34, 2.2), (half + 0.2, front - 0.3, 2.25), "trim")
    mirror = box((half + 0.05, front - 0.36, 1.6), (half + 0.23, front - 0.26, 2.25), "trim")
    sided = [parts.pop(), parts.pop(), pane, seam, lamp, step, arm, mirror,
             *_arch(front - 1.28)]  # fmt: skip
    parts += sided + [mirrored(p) for p in sided]
    parts += [
        box((-half * 0.62, front - 0.1, 0.98), (half * 0.62, front + 0.03, 1.36), "trim"),
        box((-half * 0.9, front - 0.3, 0.36), (half * 0.9, front + 0.05, 0.6), "trim"),
        box((-0.26, front, 0.44), (0.26, front + 0.06, 0.55), "plate"),
        box((-half * 0.8, front - 0.42, 2.5), (half * 0.8, front - 0.02, 2.58), "trim"),
    ]
    if height > 2.75:
        fin = np.stack([_corners(half * 0.9, back, front - 0.6, 0.2, 2.66),
                        _corners(half * 0.86, back, front - 1.25, 0.2, height - 0.1)])  # fmt: skip
        parts.append(loft(fin, "second"))
    return parts


def _arch(y: float) -> list[Geometry]:
    """A dark wheel arch on the cab's right side."""
    points = ring((HALF + 0.006, y, WHEEL + 0.03), WHEEL * 1.16, 0, 16)
    points[:, 2] = np.maximum(points[:, 2], 0.42)
    return [cap(points, "trim")]


def _chassis(back: float, front: float, axles: tuple[float, ...]) -> list[Geometry]:
    """Frame, side guards, tank, tail lamps, plate and mudguards from y = back to y = front."""
    first = back + max(axles) + WHEEL + 0.15
    parts = [
        box((-0.45, back + 0.1, 0.6), (0.45, front + 0.4, DECK), "trim"),
        box((-HALF * 0.95, back, 0.55), (HALF * 0.95, back + 0.12, 0.68), "trim"),
        box((-0.26, back - 0.02, 0.72), (0.26, back + 0.1, 0.83), "plate"),
    ]
    sided = [box((HALF * 0.62, back - 0.02, 0.7), (HALF * 0.92, back + 0.1, 0.86), "tail_lamp")]
    if front - first > 1.0:
        sided.append(tube((HALF - 0.32, first + 0.1, 0.72), (HALF - 0.32, first + 0.85, 0.72),
                          (0.28, 0.28), "tank_steel", 10))  # fmt: skip
        for z in (0.5, 0.78):
            sided.append(box((HALF - 0.06, first + 0.95, z), (HALF - 0.02, front, z + 0.12),
                             "metal"))  # fmt: skip
    for a in axles:
        y = back + a
        sided.append(box((HALF - 0.36, y - 0.5, WHEEL * 2 + 0.01), (HALF, y + 0.5, DECK), "trim"))
    return parts + sided + [mirrored(p) for p in sided]


def _wheels(places: list[float]) -> list[Geometry]:
    parts = []
    for y in places:
        out = 0.055 if y == max(places) else -0.01  # the front wheels stand proud of the cab
        right = road_wheel((HALF + out, y, WHEEL), WHEEL, 0.34, "steel", 16)
        parts += [right, mirrored(right)]
    return parts


def _shell(back: float, front: float, high: float, slot: str) -> list[Geometry]:
    """A closed body with dark rails along its lower edge and posts at its corners."""
    half = HALF + 0.03
    parts = [box((-half, back, DECK), (half, front, high), slot)]
    rail = box((half - 0.04, back - 0.01, DECK - 0.04), (half + 0.015, front, DECK + 0.09), "metal")
    posts = [box((half - 0.06, y - 0.05, DECK), (half + 0.015, y + 0.05, high + 0.01), "metal")
             for y in (back + 0.04, front - 0.04)]  # fmt: skip
    top = box((half - 0.06, back - 0.01, high - 0.08), (half + 0.015, front, high + 0.015), "metal")
    door = box((0.0, back - 0.012, DECK + 0.1), (0.02, back, high - 0.1), "trim")
    lamp = box((half - 0.14, back - 0.015, high - 0.2), (half - 0.04, back, high - 0.12),
               "tail_lamp")  # fmt: skip
    sided = [rail, *posts, top, door, lamp]
    return parts + sided + [mirrored(p) for p in sided]


def _side(back: float, front: float, high: float) -> list[tuple[float, float, float]]:
    half = HALF + 0.03
    return [(half, back, DECK), (half, front, DECK), (half, front, high), (half, back, high)]


def _box(back: float, front: float) -> list[Geometry]:
    stripe = patch(_side(back, front, 3.4), (0.02, 0.22, 0.98, 0.42), "second", 0.008)
    return [*_shell(back, front, 3.4, "paint"), stripe, mirrored(stripe)]


def _container(back: float, front: float) -> list[Geometry]:
    parts = _shell(back, front, 3.5, "paint")
    count = int((front - back) / 0.42)
    ribs = [box((HALF + 0.02, y - 0.07, DECK + 0.12), (HALF + 0.055, y + 0.07, 3.4), "paint")
            for y in np.linspace(back + 0.25, front - 0.25, count)]  # fmt: skip
    return [*parts, *ribs, *(mirrored(r) for r in ribs)]


def _curtain(back: float, front: float) -> list[Geometry]:
    """Tarpaulin sides that sag a little between their buckles."""
    parts = _shell(back, front, 3.42, "paint_matt")
    count = int((front - back) / 0.7)
    straps = [box((HALF + 0.02, y - 0.025, DECK - 0.02), (HALF + 0.05, y + 0.025, DECK + 0.4),
                  "trim") for y in np.linspace(back + 0.35, front - 0.35, count)]  # fmt: skip
    band = patch(_side(back, front, 3.42), (0.12, 0.42, 0.62, 0.72), "second", 0.008)
    sided = [*straps, band]
    return parts + sided + [mirrored(p) for p in sided]


def _flatbed(back: float, front: float) -> list[Geometry]:
    parts = [
        box((-HALF, back, DECK), (HALF, front, DECK + 0.14), "paint"),
        box((-HALF, front - 0.1, DECK), (HALF, front, 2.1), "paint"),
    ]
    board = box((HALF - 0.03, back, DECK + 0.14), (HALF, front, DECK + 0.5), "paint")
    posts = [box((HALF - 0.04, y - 0.04, DECK), (HALF + 0.02, y + 0.04, DECK + 0.54), "metal")
             for y in np.linspace(back + 0.05, front - 0.05, 4)]  # fmt: skip
    sided = [board, *posts]
    parts += sided + [mirrored(p) for p in sided]
    length = front - back
    for share, wide, tall in ((0.18, 0.85, 0.8), (0.5, 1.0, 1.15), (0.8, 0.8, 0.65)):
        y = back + length * share
        parts.append(box((-wide, y - 0.55, DECK + 0.14), (wide, y + 0.55, DECK + 0.14 + tall),
                         "crate"))  # fmt: skip
    return parts


def _tipper(back: float, front: float) -> list[Geometry]:
    """A skip with ribs on its sides and a heap in it."""
    low = np.array([(-1.0, back + 0.25, DECK), (1.0, back + 0.25, DECK), (1.0, front, DECK),
                    (-1.0, front, DECK)])  # fmt: skip
    high = np.array([(-HALF, back, 2.15), (HALF, back, 2.15), (HALF, front, 2.15),
                     (-HALF, front, 2.15)])  # fmt: skip
    parts = [loft(np.stack([low, high]), "paint")]
    side = [low[1], low[2], high[2], high[1]]
    ribs = [patch(side, (u, 0.0, u + 0.03, 1.0), "trim", 0.03) for u in (0.04, 0.27, 0.5, 0.73,
                                                                        0.93)]  # fmt: skip
    ribs.append(patch(side, (0.0, 0.9, 1.0, 1.0), "paint", 0.05))
    half = HALF * 0.9
    heap = np.array([(-half, back + 0.15, 2.16), (half, back + 0.15, 2.16),
                     (half, front - 0.2, 2.16), (-half, front - 0.2, 2.16)])  # fmt: skip
    middle = heap.mean(axis=0)
    top = middle + (heap - middle) * 0.35 + [0.0, 0.2, 0.45]
    roof = box((-HALF * 0.9, front, 2.0), (HALF * 0.9, front + 0.25, 2.8), "paint")
    return [*parts, *ribs, *(mirrored(r) for r in ribs), loft(np.stack([heap, top]), "soil"), roof]


def _tanker(back: float, front: float) -> list[Geometry]:
    """An oval tank with bands, a walkway and a hose box."""
    angle = (np.arange(16) + 0.5) * (np.pi / 8)
    oval = np.column_stack([np.cos(angle) * HALF, np.zeros(16), np.sin(angle) * 0.92])
    rows = [(back + 0.02, 0.55), (back + 0.12, 0.86), (back + 0.3, 1.0), (front - 0.3, 1.0),
            (front - 0.12, 0.86), (front - 0.02, 0.55)]  # fmt: skip
    rings = np.stack([oval * k + [0.0, y, DECK + 0.93] for y, k in rows])
    parts = [loft(rings, "paint")]
    for y in np.linspace(back + 0.7, front - 0.7, 4):
        band = np.stack([oval * 1.012 + [0.0, y + d, DECK + 0.93] for d in (-0.05, 0.05)])
        parts.append(loft(band, "tank_steel", caps=False))
    parts += [
        box((-0.3, back + 0.5, DECK + 1.84), (0.3, front - 0.5, DECK + 1.9), "metal"),
        box((-HALF, back + 0.3, DECK - 0.12), (HALF, front - 0.3, DECK + 0.12), "trim"),
    ]
    for y in np.linspace(back + 1.2, front - 1.2, 3):
        parts.append(tube((0, y, DECK + 1.88), (0, y, DECK + 2.02), (0.24, 0.24), "tank_steel", 8))
    return parts


def _refuse(back: float, front: float) -> list[Geometry]:
    """A bin lorry: a ribbed body and a slanting hopper with amber beacons."""
    half, gate = HALF, back + 1.75
    body = box((-half, gate, DECK), (half, front, 3.15), "paint")
    outline = [(gate, 0.62), (back + 0.15, 0.62), (back, 1.3), (back + 0.05, 2.0),
               (back + 0.75, 3.25), (gate, 3.3)]  # fmt: skip
    profile = np.array([[(x, y, z) for y, z in outline] for x in (half, -half)])
    hopper = loft(profile, "second")
    mouth = [(-half * 0.88, back + 0.02, 1.25), (half * 0.88, back + 0.02, 1.25),
             (half * 0.88, back + 0.3, 2.4), (-half * 0.88, back + 0.3, 2.4)]  # fmt: skip
    ribs = [box((half, y - 0.05, DECK), (half + 0.05, y + 0.05, 3.1), "paint")
            for y in np.linspace(gate + 0.3, front - 0.2, 5)]  # fmt: skip
    lamp = box((half * 0.7, back + 0.74, 3.2), (half * 0.9, back + 0.95, 3.38), "beacon_amber")
    band = patch([(half, gate, DECK), (half, front, DECK), (half, front, 3.15),
                  (half, gate, 3.15)], (0.0, 0.1, 1.0, 0.2), "sign_white", 0.054)  # fmt: skip
    sided = [*ribs, lamp, band]
    return [body, hopper, patch(mouth, (0.0, 0.0, 1.0, 1.0), "trim", 0.03), *sided,
            *(mirrored(p) for p in sided)]  # fmt: skip


def _mixer(back: float, front: float) -> list[Geometry]:
    """A concrete mixer: a tilted drum with a chute behind."""
    start, end = np.array([0, front - 0.1, 1.75]), np.array([0, back + 0.35, 2.65])
    along = (end - start) / np.linalg.norm(end - start)
    side, up = np.array([1.0, 0, 0]), np.cross([1.0, 0, 0], along)
    angle = np.arange(14) * (2 * np.pi / 14)
    circle = np.cos(angle)[:, None] * side + np.sin(angle)[:, None] * up
    long = float(np.linalg.norm(end - start))
    rows = [(0.0, 0.5), (0.12, 0.85), (0.38, 1.13), (0.6, 1.05), (0.85, 0.68), (1.0, 0.46)]
    rings = np.stack([start + along * t * long + circle * r for t, r in rows])
    names = np.repeat(["paint", "paint", "second", "paint", "paint"], 14)
    drum = loft(rings, "paint")
    drum.slots[: len(names)] = names
    chute = tube((0, back + 0.5, 1.9), (0, back + 0.05, 1.2), (0.34, 0.2), "metal", 6)
    frame = box((-0.5, back + 0.6, DECK), (0.5, back + 1.1, 2.1), "trim")
    deck = box((-HALF * 0.9, back, DECK), (HALF * 0.9, front, DECK + 0.1), "trim")
    return [drum, chute, frame, deck]


_Load = Callable[[float, float], list[Geometry]]
# Length of the whole lorry, what it carries, and its rear axles in metres from the tail.
_KINDS: dict[str, tuple[float, _Load, tuple[float, ...]]] = {
    "box": (7.6, _box, (1.75,)),
    "curtain": (8.8, _curtain, (1.3, 2.45)),
    "flatbed": (7.8, _flatbed, (1.7,)),
    "tipper": (7.2, _tipper, (1.1, 2.3)),
    "tanker": (8.6, _tanker, (1.3, 2.45)),
    "refuse": (8.2, _refuse, (2.0, 3.15)),
    "mixer": (8.0, _mixer, (1.2, 2.35)),
    "container": (9.2, _container, (1.3, 2.45)),
    "trailer": (13.2, _curtain, (1.4, 2.5, 3.6, 9.3)),
}
KINDS = tuple(_KINDS)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Buildings a quarter has but one of: church, town hall, market hall, petrol station; turrets.

Fronts lie at y = 0 and look along -Y; everything stands on z = 0. Measures in metres.
"""

from __future__ import annotations

import numpy as np

from scenes import facades
from scenes.buildings import HouseStyle
from scenes.facades import Opening
from scenes.house_families import palace
from scenes.mesh_tools import (
    Geometry,
    box,
    geometry,
    loft,
    merge,
    moved,
    quad,
    repeated,
    ring,
    tube,
)
from scenes.roofs import front_gable, panel, parapet_gable, peaked_gable


def nave(width: float, depth: float, top: float, wall: str) -> Geometry:
    """The body of a church: tall arched windows between buttresses, a steep roof."""
    rise = width * 0.62
    bays = max(3, round(depth / 3.6))
    step = depth / bays
    tall = Opening(1.3, top * 0.62, top * 0.24, 0.65, 2, 4, 0.3, "trim_stone")
    flank = facades.grid(facades.wall_cell(step, top, tall, wall), step, bays, top, 1)
    post = box((-0.25, -0.6, 0.0), (0.25, 0.0, top * 0.85), wall)
    flank = merge([flank, repeated(post, np.array([(i * step, 0, 0) for i in range(1, bays)]))])
    gate = Opening(2.2, 4.0, 0.0, 1.1, 2, 1, 0.5, "trim_stone", "door")
    front = facades.wall_cell(width, top, gate, wall)
    rose = ring((width / 2, -0.03, top + rise * 0.3), 1.1, 1, 14)
    rim = ring((width / 2, 0.0, top + rise * 0.3), 1.35, 1, 14)
    steps = box((width / 2 - 2.0, -0.55, 0.0), (width / 2 + 2.0, 0.0, 0.16), "trim_stone")
    return merge([
        front, facades.surround(width / 2, gate, "trim_stone", 0.35), steps,
        moved(flank, (0, depth, 0), 1.0, -np.pi / 2), moved(flank, (width, 0, 0), 1.0, np.pi / 2),
        _back(width, depth, top, wall),
        parapet_gable(peaked_gable(width, rise + 0.5), top, wall),
        *front_gable(width, 0.3, depth, top, rise, wall, 0.0),
        _disc(rim, "trim_stone"), _disc(rose, "glass"),
    ])  # fmt: skip


def _back(width: float, depth: float, top: float, wall: str) -> Geometry:
    return quad([(width, depth, 0), (0, depth, 0), (0, depth, top), (width, depth, top)], wall)


def _disc(points: np.ndarray, slot: str) -> Geometry:
    """A round upright face that looks along -Y, from points (P, 3)."""
    normal = np.cross(points[1] - points[0], points[2] - points[0])
    index = np.arange(1, len(points) - 1)
    fan = np.column_stack([np.zeros_like(index), index, index + 1])
    return geometry(points[::-1] if normal[1] > 0 else points, fan, slot)


def tower(wide: float, tall: float, wall: str, spire: float, clock: bool) -> Geometry:
    """A square tower about the z axis with arched sound holes, cornices, a clock and a spire."""
    a = wide / 2
    hole = Opening(wide * 0.36, 2.6, 0.6, wide * 0.18, 2, 4, 0.3, "frame_dark", "spandrel")
    slit = Opening(0.5, 1.8, 1.2, 0.25, 1, 1, 0.25, "trim_stone")
    side = [panel(0, wide, 0, tall * 0.45, 0, wall),
            moved(facades.wall_cell(wide, tall * 0.55 - 4.0, slit, wall), (0, 0, tall * 0.45)),
            moved(facades.wall_cell(wide, 4.0, hole, wall), (0, 0, tall - 4.0))]  # fmt: skip
    if clock:
        face = ring((a, -0.06, tall - 5.2), wide * 0.26, 1, 14)
        z, long = tall - 5.2, wide * 0.2
        side += [_disc(face, "sign_white"),
                 panel(a - 0.06, a + 0.06, z - 0.1, z + long, -0.08, "sign_black"),
                 panel(a - 0.05, a + long * 0.75, z - 0.05, z + 0.05, -0.08,
                       "sign_black")]  # fmt: skip
    face = moved(merge(side), (-a, -a, 0))
    parts = [moved(face, turn=k * np.pi / 2) for k in range(4)]
    for z in (tall * 0.45, tall - 4.0, tall):
        parts.append(
            box((-a - 0.15, -a - 0.15, z - 0.15), (a + 0.15, a + 0.15, z + 0.1), "trim_stone")
        )
    foot = a + 0.1
    low = np.array([(-foot, -foot, tall + 0.1), (foot, -foot, tall + 0.1), (foot, foot, tall + 0.1),
                    (-foot, foot, tall + 0.1)])  # fmt: skip
    mid = low * [0.62, 0.62, 1.0] + [0, 0, spire * 0.25]
    tip = low * [0.03, 0.03, 1.0] + [0, 0, spire]
    parts.append(loft(np.stack([low, mid, tip]), "copper" if clock else "roof_tile"))
    return merge(parts)


def town_hall(width: float, rng: np.random.Generator) -> Geometry:
    """A palace with an arcade; its tower is an item of its own."""
    style = HouseStyle(width, 13.0, 3, 4.0, 2.6, (0.5, 0.6), "stone", "mansard", "arcade", True,
                       True, True, True)  # fmt: skip
    return palace(style, rng)


def market_hall(width: float, depth: float, wall: str) -> Geometry:
    """A hall of brick and iron: great arched windows, a glazed gable, a lantern on the ridge."""
    top, rise = 5.2, width * 0.3
    bays = max(3, round(width / 4.2))
    step = width / bays
    arch = Opening(step - 0.9, 4.3, 0.02, (step - 0.9) * 0.45, 3, 3, 0.35, "frame_dark")
    front = facades.grid(facades.wall_cell(step, top, arch, wall), step, bays, top, 1)
    rounds = [moved(facades.surround(step / 2, arch, "trim_stone", 0.22), (i * step, 0, 0))
              for i in range(bays)]  # fmt: skip
    flank_bays = max(2, round(depth / 4.2))
    flank = facades.grid(facades.wall_cell(depth / flank_bays, top, arch, wall), depth / flank_bays,
                         flank_bays, top, 1)  # fmt: skip
    m, ridge = width / 2, top + rise
    light = box((m - 1.2, 2.0, top + rise * 0.8), (m + 1.2, depth - 2.0, ridge + 1.0), "frame_dark")
    glass = [panel(2.0, depth - 2.0, top + rise * 0.88, top + rise + 0.85, -0.02, "glass")]
    sides = [moved(glass[0], (width / 2 - 1.2, depth, 0), 1.0, -np.pi / 2),
             moved(glass[0], (width / 2 + 1.2, 0, 0), 1.0, np.pi / 2)]  # fmt: skip
    fan = np.array([(width * 0.22, -0.02, top + 0.5), (width * 0.78, -0.02, top + 0.5),
                    (width / 2, -0.02, top + 0.5 + rise * 0.62)])  # fmt: skip
    sign = box((width * 0.25, -0.12, top - 0.1), (width * 0.75, 0.0, top + 0.42), "sign_band")
    return merge([
        front, *rounds, moved(flank, (0, depth, 0), 1.0, -np.pi / 2),
        moved(flank, (width, 0, 0), 1.0, np.pi / 2), _back(width, depth, top, wall),
        parapet_gable(np.array([(0, 0.25), (width / 2, rise + 0.3), (width, 0.25)]), top, wall),
        *front_gable(width, 0.3, depth, top, rise, wall, 0.0), light, *sides, sign,
        geometry(fan, np.array([[0, 1, 2]]), "glass"),
    ])  # fmt: skip


def station_shop(width: float) -> Geometry:
    """The shop of a petrol station."""
    rng = np.random.default_rng(3)
    return merge([
        facades.shop_front(width, 3.5, rng),
        box((-0.1, -0.25, 3.3), (width + 0.1, 6.0, 3.9), "second"),
        box((0.02, 0.6, 0.0), (width - 0.02, 5.9, 3.3), "panel"),
    ])  # fmt: skip


def canopy(width: float, depth: float) -> Geometry:
    """The roof over the pumps, its under side at z = 0, middle in the origin."""
    a, b = width / 2, depth / 2
    return merge([
        box((-a, -b, 0.0), (a, b, 0.6), "white_cloth"),
        box((-a - 0.03, -b - 0.03, 0.1), (a + 0.03, b + 0.03, 0.42), "second"),
        *(box((x - 0.6, y - 0.3, -0.03), (x + 0.6, y + 0.3, 0.0), "lamp_glow")
          for x in (-a * 0.5, a * 0.5) for y in (-b * 0.4, b * 0.4)),
    ])  # fmt: skip


def pump() -> Geometry:
    """A petrol pump on its island."""
    return merge([
        box((-1.3, -0.5, 0.0), (1.3, 0.5, 0.16), "kerb"),
        box((-0.45, -0.28, 0.16), (0.45, 0.28, 1.7), "second"),
        box((-0.35, -0.3, 1.1), (0.35, 0.3, 1.5), "sign_black"),
        box((-0.45, -0.28, 1.7), (0.45, 0.28, 1.85), "white_cloth"),
    ])  # fmt: skip


def turret(low: float, top: float, wall: str) -> Geometry:
    """A round corner turret about the z axis from z = low to above z = top, with a pointed roof."""
    r, floors = 1.35, max(1, round((top + 1.2 - low) / 3.4))
    height = (top + 1.2 - low) / floors
    side = 2 * r * np.tan(np.pi / 8)
    hole = Opening(side * 0.62, height * 0.6, height * 0.22, 0.0, 1, 2, 0.08)
    stack = facades.grid(facades.wall_cell(side, height, hole, wall), side, 1, height, floors)
    face = moved(stack, (-side / 2, -r, low))
    parts = [moved(face, turn=k * np.pi / 4) for k in range(8)]
    parts.append(tube((0, 0, low - 1.3), (0, 0, low), (0.25, r * 1.06), "trim_stone", 8))
    for k in range(1, floors + 1):
        z = low + k * height
        parts.append(
            tube((0, 0, z - 0.15), (0, 0, z + 0.05), (r * 1.14, r * 1.14), "trim_stone", 8)
        )
    z = low + floors * height
    parts.append(tube((0, 0, z), (0, 0, z + 1.0), (r * 1.16, r * 0.75), "copper", 8))
    parts.append(tube((0, 0, z + 1.0), (0, 0, z + 3.6), (r * 0.75, 0.03), "copper", 8))
    return merge(parts)

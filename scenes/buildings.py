# SPDX-License-Identifier: GPL-3.0-or-later
"""Houses: facades with recessed windows, shops, doors, ledges and several roofs.

A house stands on z = 0 with its front at y = 0, looking along -Y; it reaches back to y = depth.
Walls take the object's colour, trim and shop signs its second colour.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scenes.mesh_tools import Geometry, box, merge, moved, quad, repeated, tube
from scenes.roofs import RoofStyle, panes, roof


@dataclass(frozen=True)
class HouseStyle:
    """Measures in metres and choices of one house."""

    width: float
    depth: float
    floors: int
    floor_height: float
    bay: float  # wanted distance of windows
    window: tuple[float, float]  # width and height as share of a bay and a floor
    wall: str  # material of the walls
    roof: str  # a kind of `roofs.RoofStyle`
    ground: str  # shop, home
    ledges: bool
    balconies: bool
    left_open: bool = False  # windows on the left side (x small) too
    right_open: bool = False


def house(style: HouseStyle, rng: np.random.Generator) -> Geometry:
    """The whole house as one geometry."""
    base = 3.6 if style.ground == "shop" else style.floor_height
    top = base + (style.floors - 1) * style.floor_height
    parts = [_front_ground(style, base, rng)]
    if style.floors > 1:
        parts.append(moved(facade(style, style.width, style.floors - 1), (0, 0, base)))
    parts += _sides(style, base, top)
    parts += _ornaments(style, base, top, rng)
    roof_style = RoofStyle(style.width, style.depth, style.bay, style.wall, style.roof)
    parts += roof(roof_style, top, rng)
    return merge(parts)


def window_cell(
    width: float, height: float, share: tuple[float, float], wall: str, sill: bool = True
) -> Geometry:
    """One bay of one floor (metres) in the plane y = 0: wall, reveal, frame, panes and sill."""
    w, h = width * share[0], height * share[1]
    x0, x1 = (width - w) / 2, (width + w) / 2
    z0 = min(height * 0.28, height - h - 0.15)
    z1, deep = z0 + h, 0.16
    flat = [
        [(0, 0, 0), (x0, 0, 0), (x0, 0, height), (0, 0, height)],
        [(x1, 0, 0), (width, 0, 0), (width, 0, height), (x1, 0, height)],
        [(x0, 0, 0), (x1, 0, 0), (x1, 0, z0), (x0, 0, z0)],
        [(x0, 0, z1), (x1, 0, z1), (x1, 0, height), (x0, 0, height)],
        [(x0, 0, z0), (x0, deep, z0), (x0, deep, z1), (x0, 0, z1)],
        [(x1, deep, z0), (x1, 0, z0), (x1, 0, z1), (x1, deep, z1)],
        [(x0, 0, z0), (x1, 0, z0), (x1, deep, z0), (x0, deep, z0)],
        [(x0, deep, z1), (x1, deep, z1), (x1, 0, z1), (x0, 0, z1)],
    ]
    parts = [quad(c, wall) for c in flat]
    parts.append(panes(x0, x1, z0, z1, deep, 2 if w > 0.9 else 1))
    if sill:
        parts.append(box((x0 - 0.08, -0.1, z0 - 0.1), (x1 + 0.08, 0.02, z0), "trim_stone"))
    return merge(parts)


def facade(style: HouseStyle, width: float, floors: int) -> Geometry:
    """Windows in rows over the whole width, from z = 0 upwards."""
    bays = max(1, round(width / style.bay))
    cell = window_cell(width / bays, style.floor_height, style.window, style.wall, style.ledges)
    offsets = np.array(
        [(b * width / bays, 0, f * style.floor_height) for f in range(floors) for b in range(bays)]
    )
    return repeated(cell, offsets)


def _front_ground(style: HouseStyle, base: float, rng: np.random.Generator) -> Geometry:
    """Ground floor of the front: shop windows under a sign band, or a door between windows."""
    bays = max(1, round(style.width / style.bay))
    if style.ground == "shop":
        bays = max(1, round(style.width / 4.2))
    step = style.width / bays
    door = int(rng.integers(bays))
    parts = []
    for i in range(bays):
        if style.ground == "shop":
            part = _shop_bay(step, base, i == door)
        elif i == door:
            part = _door_bay(step, base, style.wall)
        else:
            part = window_cell(step, base, style.window, style.wall)
        parts.append(moved(part, (i * step, 0, 0)))
    return merge(parts)


def _door_bay(width: float, height: float, wall: str) -> Geometry:
    """A house door with a small roof and steps."""
    x0, x1, top, deep = width / 2 - 0.55, width / 2 + 0.55, 2.25, 0.18
    flat = [
        [(0, 0, 0), (x0, 0, 0), (x0, 0, height), (0, 0, height)],
        [(x1, 0, 0), (width, 0, 0), (width, 0, height), (x1, 0, height)],
        [(x0, 0, top), (x1, 0, top), (x1, 0, height), (x0, 0, height)],
        [(x0, 0, 0), (x0, deep, 0), (x0, deep, top), (x0, 0, top)],
        [(x1, deep, 0), (x1, 0, 0), (x1, 0, top), (x1, deep, top)],
        [(x0, deep, top), (x1, deep, top), (x1, 0, top), (x0, 0, top)],
    ]
    parts = [quad(c, wall) for c in flat]
    parts.append(quad([(x0, deep, 0), (x1, deep, 0), (x1, deep, top), (x0, deep, top)], "door"))
    pane = (x0 + 0.2, x1 - 0.2, 1.3, 2.0)
    parts.append(
        quad(
            [
                (pane[0], deep - 0.01, pane[2]),
                (pane[1], deep - 0.01, pane[2]),
                (pane[1], deep - 0.01, pane[3]),
                (pane[0], deep - 0.01, pane[3]),
            ],
            "glass",
        )
    )
    parts.append(box((x0 - 0.15, -0.3, top + 0.08), (x1 + 0.15, 0.02, top + 0.2), "trim_stone"))
    parts.append(box((x0 - 0.1, -0.28, 0.0), (x1 + 0.1, 0.02, 0.15), "trim_stone"))
    return merge(parts)


def _shop_bay(width: float, height: float, door: bool) -> Geometry:
    """A shop window or shop door with pillars and a coloured sign band above."""
    x0, x1, top, deep = 0.25, width - 0.25, 2.75, 0.25
    low = 0.0 if door else 0.45
    flat = [
        [(0, 0, 0), (x0, 0, 0), (x0, 0, height), (0, 0, height)],
        [(x1, 0, 0), (width, 0, 0), (width, 0, height), (x1, 0, height)],
        [(x0, 0, top), (x1, 0, top), (x1, 0, height), (x0, 0, height)],
        [(x0, 0, 0), (x1, 0, 0), (x1, 0, low), (x0, 0, low)],
        [(x0, 0, low), (x1, 0, low), (x1, deep, low), (x0, deep, low)],
        [(x0, deep, top), (x1, deep, top), (x1, 0, top), (x0, 0, top)],
    ]
    parts = [quad(c, "trim_stone") for c in flat[: 3 if door else 6]]
    parts.append(panes(x0, x1, low, top, deep, 3 if door else 2))
    parts.append(box((0.02, -0.12, top + 0.08), (width - 0.02, 0.0, height - 0.12), "sign_band"))
    return merge(parts)


def _sides(style: HouseStyle, base: float, top: float) -> list[Geometry]:
    """The two side walls and the back; open sides have windows."""
    w, d = style.width, style.depth
    parts = [quad([(w, d, 0), (0, d, 0), (0, d, top), (w, d, top)], style.wall)]
    for open_, x, turn in ((style.left_open, 0.0, -np.pi / 2), (style.right_open, w, np.pi / 2)):
        if not open_:
            corners = [(x, d, 0), (x, 0, 0), (x, 0, top), (x, d, top)]
            parts.append(quad(corners if x == 0 else corners[::-1], style.wall))
            continue
        start = (0.0, d, 0.0) if x == 0 else (w, 0.0, 0.0)
        low = quad([(0, 0, 0), (d, 0, 0), (d, 0, base), (0, 0, base)], style.wall)
        rows = [low]
        if style.floors > 1:
            rows.append(moved(facade(style, d, style.floors - 1), (0, 0, base)))
        parts.append(moved(merge(rows), start, 1.0, turn))
    return parts


def _ornaments(
    style: HouseStyle, base: float, top: float, rng: np.random.Generator
) -> list[Geometry]:
    """Plinth, ledges, cornice, balconies and a rain pipe."""
    w = style.width
    parts = []
    if style.ground == "home":
        parts.append(box((0, -0.06, 0), (w, 0.02, 0.45), "trim_stone"))
    if style.ledges:
        parts.append(box((0, -0.14, base - 0.1), (w, 0.02, base + 0.08), "trim_stone"))
        parts.append(box((-0.0, -0.25, top - 0.22), (w, 0.02, top), "trim_stone"))
    if style.balconies and style.floors > 1:
        bays = max(1, round(w / style.bay))
        step = w / bays
        slab = box((0.15, -0.35, 0), (step - 0.15, 0.0, 0.12), "trim_stone")
        rail = box((0.15, -0.35, 0.12), (step - 0.15, -0.31, 0.95), "railing")
        columns = [b for b in range(bays) if b % 2 == int(rng.integers(2))] or [0]
        offsets = np.array([(b * step, 0, base + f * style.floor_height)
                            for f in range(style.floors - 1) for b in columns])  # fmt: skip
        parts.append(repeated(merge([slab, rail]), offsets))
    pipe = 0.12 if rng.random() < 0.5 else w - 0.12
    parts.append(tube((pipe, -0.07, 0.2), (pipe, -0.07, top - 0.1), (0.05, 0.05), "metal", 5))
    return parts


def awning(width: float) -> Geometry:
    """A shop awning: foot of the slope at y = -1.1, hung at y = 0; striped in the second colour."""
    count = max(3, round(width / 0.55))
    parts = []
    for i in range(count):
        a, b = i * width / count, (i + 1) * width / count
        slot = "paint_matt" if i % 2 else "white_cloth"
        parts.append(quad([(a, -1.1, 0), (b, -1.1, 0), (b, 0, 0.6), (a, 0, 0.6)], slot))
        parts.append(quad([(a, -1.1, -0.22), (b, -1.1, -0.22), (b, -1.1, 0), (a, -1.1, 0)], slot))
    return merge(parts)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Parts of facades: windows of many kinds, doors, shop fronts, arcades, loggias, glass walls.

A facade lies in the plane y = 0 and looks along -Y; a cell is one bay of one floor, its lower left
corner in the origin. All measures in metres.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from scenes.mesh_tools import Geometry, box, cap, merge, moved, quad, relief, repeated
from scenes.roofs import panel

_ARC = 7  # points of an arch


@dataclass(frozen=True)
class Opening:
    """A hole in a wall with glazing in it, `arch` metres of its height being its arch."""

    width: float
    height: float
    sill: float
    arch: float = 0.0
    columns: int = 2
    rows: int = 1
    deep: float = 0.16
    frame: str = "frame"
    pane: str = "glass"

    def head(self, middle: float) -> np.ndarray:
        """Upper edge (K, 2) as x and z, from left to right, about x = middle."""
        half, top = self.width / 2, self.sill + self.height
        if not self.arch:
            return np.array([(middle - half, top), (middle + half, top)])
        t = np.linspace(0, np.pi, _ARC)
        x = middle - half * np.cos(t)
        return np.column_stack([x, top - self.arch * (1 - np.sin(t))])


@dataclass(frozen=True)
class WindowStyle:
    """Windows of one house: shares of bay and floor, and what is put round them."""

    share: tuple[float, float]
    sill: float = 0.28  # of the floor's height
    arch: float = 0.0  # of the window's width
    columns: int = 2
    rows: int = 1
    frame: str = "frame"
    trim: str = "trim_stone"
    round_it: bool = False  # a raised surround
    ledge: bool = True
    hood: bool = False
    shutters: bool = False

    def opening(self, step: float, height: float) -> Opening:
        """The opening in a bay `step` wide and a floor `height` high."""
        w, h = step * self.share[0], height * self.share[1]
        if self.shutters:
            w = min(w, step * 0.46)
        sill = min(height * self.sill, height - h - 0.2)
        return Opening(w, h, sill, w * self.arch, self.columns, self.rows, frame=self.frame)

    def cell(self, step: float, height: float, wall: str) -> Geometry:
        """One bay of one floor."""
        hole = self.opening(step, height)
        a, b = (step - hole.width) / 2, (step + hole.width) / 2
        top = hole.sill + hole.height
        parts = [wall_cell(step, height, hole, wall)]
        if self.round_it:
            parts.append(surround(step / 2, hole, self.trim))
        if self.ledge:
            parts.append(relief((a - 0.1, -0.1, hole.sill - 0.1), (b + 0.1, 0.02, hole.sill),
                             self.trim))  # fmt: skip
        if self.hood:
            parts.append(
                relief((a - 0.18, -0.16, top + 0.16), (b + 0.18, 0.0, top + 0.28), self.trim)
            )
        if self.shutters:
            for x in (a - hole.width / 2 - 0.02, b + 0.02):
                end = (x + hole.width / 2, 0.0, top - hole.arch)
                parts.append(relief((x, -0.05, hole.sill), end, "trim_second"))
        return merge(parts)

    def grid(self, width: float, bay: float, floors: int, height: float, wall: str) -> Geometry:
        """Windows in rows over the whole width, from z = 0 upwards."""
        bays = max(1, round(width / bay))
        return grid(self.cell(width / bays, height, wall), width / bays, bays, height, floors)


def grid(cell: Geometry, step: float, bays: int, height: float, floors: int) -> Geometry:
    """Copies of a cell side by side and one above the other."""
    spots = [(b * step, 0, f * height) for f in range(floors) for b in range(bays)]
    return repeated(cell, np.array(spots))


def wall_cell(width: float, height: float, hole: Opening, wall: str) -> Geometry:
    """Wall with the opening in its middle: wall, reveal, frame and panes."""
    parts = wall_around(width, height, hole, wall)
    parts.append(glazing(width / 2, hole))
    return merge(parts)


def wall_around(width: float, height: float, hole: Opening, wall: str) -> list[Geometry]:
    """Wall and reveal of an opening in the middle of a cell, without glazing."""
    head, deep, z0 = hole.head(width / 2), hole.deep, hole.sill
    (x0, za), (x1, zb) = head[0], head[-1]
    parts = [panel(0, x0, 0, height, 0, wall), panel(x1, width, 0, height, 0, wall)]
    if z0 > 0:
        parts.append(panel(x0, x1, 0, z0, 0, wall))
        parts.append(quad([(x0, 0, z0), (x1, 0, z0), (x1, deep, z0), (x0, deep, z0)], wall))
    parts.append(quad([(x0, 0, z0), (x0, deep, z0), (x0, deep, za), (x0, 0, za)], wall))
    parts.append(quad([(x1, deep, z0), (x1, 0, z0), (x1, 0, zb), (x1, deep, zb)], wall))
    for (a, p), (b, q) in pairwise(head):
        parts.append(quad([(a, 0, p), (b, 0, q), (b, 0, height), (a, 0, height)], wall))
        parts.append(quad([(a, deep, p), (b, deep, q), (b, 0, q), (a, 0, p)], wall))
    return parts


def glazing(middle: float, hole: Opening) -> Geometry:
    """Panes and bars of an opening about x = middle."""
    head, y, f = hole.head(middle), hole.deep, 0.07
    (x0, spring), (x1, _) = head[0], head[-1]
    z0 = hole.sill
    rim = np.vstack([[(x0, z0), (x1, z0)], head[::-1]])
    glass = np.column_stack([rim[:, 0], np.full(len(rim), y), rim[:, 1]])
    parts = [cap(glass, hole.pane)]
    bars = [(x0, x0 + f, z0, spring), (x1 - f, x1, z0, spring), (x0, x1, z0, z0 + f)]
    for i in range(1, hole.columns):
        x = x0 + (x1 - x0) * i / hole.columns
        bars.append((x - f / 2, x + f / 2, z0, float(np.interp(x, head[:, 0], head[:, 1]))))
    for j in range(1, hole.rows + bool(hole.arch)):
        z = z0 + (spring - z0) * j / hole.rows
        bars.append((x0, x1, z - f / 2, z + f / 2))
    parts += [panel(a, b, c, d, y - 0.03, hole.frame) for a, b, c, d in bars]
    low = np.column_stack([middle + (head[:, 0] - middle) * (1 - 2 * f / hole.width),
                           head[:, 1] - f])  # fmt: skip
    parts += _band(head, low, y - 0.03, hole.frame)
    return merge(parts)


def _band(upper: np.ndarray, lower: np.ndarray, y: float, slot: str) -> list[Geometry]:
    """Upright faces between two lines (K, 2) of x and z, at depth y."""
    ends = zip(lower[:-1], lower[1:], upper[1:], upper[:-1], strict=True)
    return [quad([(x, y, z) for x, z in corners], slot) for corners in ends]


def surround(middle: float, hole: Opening, slot: str, wide: float = 0.14) -> Geometry:
    """A raised band round an opening, its arch followed."""
    head, out = hole.head(middle), 0.05
    (x0, spring), (x1, _) = head[0], head[-1]
    left, right, low = x0 - wide, x1 + wide, hole.sill
    high = spring if hole.arch else spring + wide
    parts = [panel(left, x0, low, high, -out, slot), panel(x1, right, low, high, -out, slot),
             quad([(left, 0, low), (left, -out, low), (left, -out, high), (left, 0, high)], slot),
             quad([(right, -out, low), (right, 0, low), (right, 0, high), (right, -out, high)],
                  slot)]  # fmt: skip
    if not hole.arch:
        parts.append(panel(x0, x1, spring, high, -out, slot))
        top = [(left, -out, high), (right, -out, high), (right, 0, high), (left, 0, high)]
        parts.append(quad(top, slot))
        return merge(parts)
    outer = np.column_stack([middle + (head[:, 0] - middle) * (1 + 2 * wide / hole.width),
                             head[:, 1] + wide * (1 - np.linspace(-1, 1, _ARC) ** 2)])  # fmt: skip
    return merge(parts + _band(outer, head, -out, slot))


def door_cell(
    width: float, height: float, wall: str, arch: float = 0.0, trim: str = "trim_stone",
    surrounded: bool = True,
) -> Geometry:  # fmt: skip
    """A house door with a light above it, a step before it, arched where `arch` (metres) is."""
    tall = min(2.75, height - 0.35)
    hole = Opening(min(1.2, width - 0.5), tall, 0.0, arch, 1, 1, 0.22, trim, "door")
    x0, x1 = (width - hole.width) / 2, (width + hole.width) / 2
    parts = [wall_cell(width, height, hole, wall)]
    parts.append(panel(x0 + 0.1, x1 - 0.1, 2.12, max(2.2, tall - arch - 0.1), 0.205, "glass"))
    parts.append(panel(x0 + 0.3, x1 - 0.3, 1.2, 1.85, 0.205, "glass"))
    parts.append(box((x0 - 0.15, -0.3, 0.0), (x1 + 0.15, 0.02, 0.15), "trim_stone"))
    if surrounded:
        parts.append(surround(width / 2, hole, trim, 0.18))
    return merge(parts)


def shop_front(width: float, height: float, rng: np.random.Generator) -> Geometry:
    """One shop or two over the whole width: windows of varied widths, a door, a sign band."""
    kind = str(rng.choice(["stone", "painted", "glazed"]))
    slot = {"stone": "trim_stone", "painted": "trim_second", "glazed": "frame_dark"}[kind]
    frame = {"stone": "frame", "painted": "trim_second", "glazed": "frame_dark"}[kind]
    shops = 1 if width < 9 or rng.random() < 0.3 else 2
    cuts = [0.0, width] if shops == 1 else [0.0, width * float(rng.uniform(0.35, 0.65)), width]
    pier, top = {"stone": 0.3, "painted": 0.2, "glazed": 0.12}[kind], height - 0.75
    parts = []
    for a, b in pairwise(cuts):
        count = max(2, round((b - a) / float(rng.uniform(1.9, 3.2))))
        weight = rng.uniform(0.8, 1.6, count)
        door = int(rng.integers(count))
        weight[door] = 0.7
        edges = a + (b - a) * np.concatenate([[0.0], np.cumsum(weight) / weight.sum()])
        for i in range(count):
            x, step = float(edges[i]), float(edges[i + 1] - edges[i])
            low = 0.02 if i == door else (0.12 if kind == "glazed" else 0.5)
            hole = Opening(
                step - pier, top - low, low, 0.0, 1, 1, 0.55 if i == door else 0.22, frame
            )
            if i != door and step > 2.0:
                hole = replace(hole, columns=2)
            parts.append(moved(wall_cell(step, height, hole, slot), (x, 0, 0)))
        parts.append(box((a + 0.1, -0.12, top + 0.1), (b - 0.1, 0.0, height - 0.14), "sign_band"))
        if kind == "painted":
            parts.append(box((a, -0.2, height - 0.14), (b, 0.0, height - 0.04), slot))
    return merge(parts)


def arcade(
    width: float, height: float, wall: str, arch: bool, rng: np.random.Generator
) -> Geometry:
    """A covered walk 2.4 m deep behind pillars or arches, with shops at its back."""
    bays = max(2, round(width / 3.2))
    step = width / bays
    wide = step - 0.6
    hole = Opening(wide, height - 0.45, 0.0, wide * 0.4 if arch else 0.0, deep=0.5)
    front = merge(wall_around(step, height, hole, wall))
    base = box((-0.33, -0.05, 0), (0.33, 0.53, 0.3), "trim_stone")
    low = height - 0.63 - hole.arch
    capital = box((-0.34, -0.06, low), (0.34, 0.54, low + 0.18), "trim_stone")
    feet = repeated(merge([base, capital]), np.array([(i * step, 0, 0) for i in range(1, bays)]))
    walk = quad([(0, 0, 0.01), (width, 0, 0.01), (width, 2.4, 0.01), (0, 2.4, 0.01)], "concrete")
    lid = [(0, 0.5, height - 0.4), (0, 2.4, height - 0.4), (width, 2.4, height - 0.4),
           (width, 0.5, height - 0.4)]  # fmt: skip
    back = moved(shop_front(width, height, rng), (0, 2.4, 0))
    return merge([grid(front, step, bays, height, 1), feet, walk, quad(lid, "concrete"), back])


def loggia_cell(step: float, height: float, wall: str, rail: str) -> Geometry:
    """A recessed balcony with a parapet, a glass door and a window behind it."""
    hole = Opening(step - 0.3, height - 0.25, 0.0, deep=1.0)
    parts = wall_around(step, height, hole, wall)
    parts.append(quad([(0.15, 0, 0.02), (step - 0.15, 0, 0.02), (step - 0.15, 1, 0.02),
                       (0.15, 1, 0.02)], "concrete"))  # fmt: skip
    parts.append(panel(0.15, step - 0.15, 0, height - 0.25, 1.0, wall))
    back = Opening(step * 0.62, height - 0.75, 0.1, 0.0, 3, 1, 0.0)
    parts.append(moved(glazing(step / 2, back), (0, 0.97, 0)))
    parts.append(box((0.1, -0.12, -0.1), (step - 0.1, -0.03, 0.98), rail))
    return merge(parts)


def balcony(step: float, deep: float, solid: bool) -> Geometry:
    """A balcony over one bay, its floor at z = 0, with a railing or a solid parapet."""
    a, b = 0.15, step - 0.15
    parts = [box((a, -deep, -0.14), (b, 0.0, 0.0), "trim_stone")]
    if solid:
        parts.append(box((a, -deep, 0.0), (b, -deep + 0.08, 0.95), "trim_second"))
        return merge(parts)
    parts.append(box((a, -deep, 0.9), (b, -deep + 0.04, 0.96), "railing"))
    bars = [
        (x, -deep + 0.02, 0.0) for x in np.linspace(a + 0.02, b - 0.04, max(4, round(step * 2.6)))
    ]
    bar = panel(0.0, 0.025, 0.0, 0.9, 0.0, "railing")
    parts.append(repeated(bar, np.array(bars)))
    side = quad([(0, 0, 0.86), (0, -deep, 0.86), (0, -deep, 0.94), (0, 0, 0.94)], "railing")
    return merge([*parts, moved(side, (a, 0, 0)), moved(side, (b, 0, 0))])


def glass_wall(width: float, height: float, floors: int, step: float, band: str) -> Geometry:
    """A curtain wall: panes floor by floor, opaque bands at the floors, mullions before them."""
    bays = max(2, round(width / step))
    step = width / bays
    cell = merge([panel(0.0, step, 0.75, height, 0.0, "glass"),
                  panel(0.0, step, 0.0, 0.75, -0.01, band)])  # fmt: skip
    tall = floors * height
    post = box((-0.04, -0.13, 0.0), (0.04, 0.0, tall), "frame_dark")
    rail = box((0.0, -0.05, 0.72), (width, 0.0, 0.78), "frame_dark")
    return merge([
        grid(cell, step, bays, height, floors),
        repeated(post, np.array([(0.04, 0, 0), *((i * step, 0, 0) for i in range(1, bays)),
                                 (width - 0.04, 0, 0)])),
        repeated(rail, np.array([(0, 0, f * height) for f in range(floors)])),
    ])  # fmt: skip


def ribbon_wall(width: float, height: float, floors: int, step: float, wall: str) -> Geometry:
    """Windows in unbroken bands between bands of wall."""
    low, high, deep = height * 0.36, height * 0.86, 0.14
    bays = max(2, round(width / step))
    step = width / bays
    bar = panel(-0.05, 0.05, low, high, deep - 0.04, "frame_dark")
    floor = merge([
        panel(0, width, 0, low, 0, wall), panel(0, width, high, height, 0, wall),
        quad([(0, 0, low), (width, 0, low), (width, deep, low), (0, deep, low)], "metal"),
        quad([(0, deep, high), (width, deep, high), (width, 0, high), (0, 0, high)], wall),
        grid(panel(0, step, low, high, deep, "glass"), step, bays, height, 1),
        repeated(bar, np.array([(i * step, 0, 0) for i in range(1, bays)])),
        panel(0, width, high - 0.06, high, deep - 0.04, "frame_dark"),
        panel(0, 0.12, low, high, 0.0, wall), panel(width - 0.12, width, low, high, 0.0, wall),
    ])  # fmt: skip
    return repeated(floor, np.array([(0, 0, f * height) for f in range(floors)]))


def bay_window(width: float, deep: float, height: float, floors: int, wall: str, rows: int,
               trim: str) -> Geometry:  # fmt: skip
    """A canted bay: three glazed sides on each floor, a small roof; middle at x = 0, z = 0."""
    a, b = width / 2, width / 2 - deep * 0.75
    sides = [((-a, 0.0), (-b, -deep)), ((-b, -deep), (b, -deep)), ((b, -deep), (a, 0.0))]
    parts = []
    for p, q in sides:
        long = float(np.hypot(q[0] - p[0], q[1] - p[1]))
        hole = Opening(long - 0.24, height * 0.62, height * 0.26, 0.0, 1, rows, 0.08)
        stack = grid(wall_cell(long, height, hole, wall), long, 1, height, floors)
        turn = float(np.arctan2(q[1] - p[1], q[0] - p[0]))
        parts.append(moved(stack, (*p, 0.0), 1.0, turn))
    for z in [f * height for f in range(1, floors + 1)]:
        parts.append(_bay_slab(a + 0.06, b + 0.06, deep + 0.08, z - 0.12, z + 0.04, trim))
    parts.append(_bay_slab(a, b, deep, -0.02, 0.0, trim))
    return merge(parts)


def _bay_slab(a: float, b: float, deep: float, low: float, high: float, slot: str) -> Geometry:
    """A level slab with a bay's outline."""
    rim = np.array([(-a, 0.0), (-b, -deep), (b, -deep), (a, 0.0)])
    face = [np.column_stack([rim, np.full(4, z)]) for z in (low, high)]
    edges = [quad([face[0][i], face[0][i + 1], face[1][i + 1], face[1][i]], slot) for i in range(3)]
    return merge([*edges, quad(face[1], slot), quad(face[0][::-1], slot)])

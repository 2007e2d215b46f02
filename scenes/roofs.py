# SPDX-License-Identifier: GPL-3.0-or-later
"""Roofs of houses: what stands above the eaves, dormers, chimneys and parapet gables included.

A house stands on z = 0 with its front at y = 0, looking along -Y; its eaves lie at z = top.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from scenes.mesh_tools import Geometry, box, geometry, loft, merge, moved, quad, repeated

_OVER = 0.22  # how far tiles reach beyond the walls (metres)


@dataclass(frozen=True)
class RoofStyle:
    """Measures of the house below (metres), the kind of roof, and its walls' material."""

    width: float
    depth: float
    bay: float
    wall: str
    kind: str  # flat, gable, dormers, low, gable_front, hip, mansard


def roof(style: RoofStyle, top: float, rng: np.random.Generator) -> list[Geometry]:
    """Roof of the wanted kind, with what stands on it."""
    w, d = style.width, style.depth
    rise = min(d, w) * 0.38
    if style.kind == "flat":
        return _flat(style, top, rng)
    if style.kind in ("gable", "dormers"):
        parts = [*_saddle(style, top, rise, _OVER), _chimney(w, d, top, rise)]
        if style.kind == "dormers":
            parts.append(_saddle_dormers(style, top, rise))
        return parts
    if style.kind == "low":
        return _saddle(style, top, d * 0.2, 0.55)
    if style.kind == "gable_front":
        return [*front_gable(w, 0.0, d, top, w * 0.42, style.wall), _chimney(w, d, top, rise)]
    return _hipped(style, top, rise)


def _chimney(w: float, d: float, top: float, rise: float) -> Geometry:
    return box((w * 0.25, d * 0.55, top), (w * 0.25 + 0.7, d * 0.55 + 0.5, top + rise + 0.6),
               "brick_red")  # fmt: skip


def _saddle(style: RoofStyle, top: float, rise: float, over: float) -> list[Geometry]:
    """Two slopes with the ridge along the street; walls close its ends."""
    w, d, z = style.width, style.depth, top + rise
    low = top - over * 2 * rise / d
    verts = [(0, -over, low), (w, -over, low), (w, d / 2, z), (0, d / 2, z),
             (w, d + over, low), (0, d + over, low)]  # fmt: skip
    tiles = geometry(np.array(verts), np.array([[0, 1, 2, 3], [3, 2, 4, 5]]), "roof_tile")
    ends = geometry(
        np.array(
            [(0, 0, top), (0, d, top), (0, d / 2, z), (w, 0, top), (w, d, top), (w, d / 2, z)]
        ),
        np.array([[1, 0, 2], [3, 4, 5]]),
        style.wall,
    )
    return [tiles, ends]


def front_gable(
    width: float, y0: float, y1: float, top: float, rise: float, wall: str, over: float = _OVER
) -> list[Geometry]:
    """Two slopes from y0 to y1 with the ridge away from the street; walls close its ends."""
    w, z = width, top + rise
    low = top - 0.1
    verts = [(0.0, y0 - over, low), (w / 2, y0 - over, z), (w / 2, y1, z), (0.0, y1, low),
             (w, y0 - over, low), (w, y1, low)]  # fmt: skip
    tiles = geometry(np.array(verts), np.array([[0, 1, 2, 3], [1, 4, 5, 2]]), "roof_tile")
    ends = geometry(np.array([(0, y0, top), (w, y0, top), (w / 2, y0, z), (0, y1, top),
                              (w, y1, top), (w / 2, y1, z)]),
                    np.array([[0, 1, 2], [4, 3, 5]]), wall)  # fmt: skip
    return [tiles, ends]


def _saddle_dormers(style: RoofStyle, top: float, rise: float) -> Geometry:
    """Small gabled dormers in a row on the front slope."""
    slope = 2 * rise / style.depth
    back = min(1.9 / slope, style.depth * 0.45)
    walls = box((-0.62, 0.0, -0.2), (0.62, back - 0.9, 1.35), "trim_stone")
    cover = geometry(
        np.array([(-0.8, -0.15, 1.25), (0, -0.15, 1.95), (0, back, 1.95), (-0.8, back, 1.25),
                  (0.8, -0.15, 1.25), (0.8, back, 1.25)]),
        np.array([[0, 1, 2, 3], [1, 4, 5, 2]]), "roof_tile")  # fmt: skip
    face = geometry(np.array([(-0.62, 0, 1.35), (0.62, 0, 1.35), (0, 0, 1.93)]),
                    np.array([[0, 1, 2]]), "trim_stone")  # fmt: skip
    part = merge([walls, cover, face, panes(-0.45, 0.45, 0.15, 1.25, -0.01, 2)])
    count = max(1, round(style.width / (2.0 * style.bay)))
    y = 0.16 * style.depth
    spots = [((i + 0.5) * style.width / count, y, top + y * slope - 0.1) for i in range(count)]
    return repeated(part, np.array(spots))


def panes(x0: float, x1: float, z0: float, z1: float, y: float, count: int,
          frame: str = "frame") -> Geometry:  # fmt: skip
    """Glass with a frame around and between its panes, at depth y."""
    f = 0.07
    bars = [(x0, x0 + f, z0, z1), (x1 - f, x1, z0, z1), (x0, x1, z0, z0 + f), (x0, x1, z1 - f, z1)]
    for i in range(1, count):
        middle = x0 + (x1 - x0) * i / count
        bars.append((middle - f / 2, middle + f / 2, z0, z1))
    parts = [panel(a, b, c, d, y - 0.03, frame) for a, b, c, d in bars]
    return merge([*parts, panel(x0, x1, z0, z1, y, "glass")])


def panel(x0: float, x1: float, z0: float, z1: float, y: float, slot: str) -> Geometry:
    """An upright rectangle at depth y that looks along -Y."""
    return quad([(x0, y, z0), (x1, y, z0), (x1, y, z1), (x0, y, z1)], slot)


def _hipped(style: RoofStyle, top: float, rise: float) -> list[Geometry]:
    """Slopes on all four sides; a mansard is steep and has dormers."""
    w, d = style.width, style.depth
    mansard = style.kind == "mansard"
    step, tall = (1.0, 2.4) if mansard else (min(w, d) * 0.42, rise)
    low = np.array([(0, -_OVER, top), (w, -_OVER, top), (w, d, top), (0, d, top)])
    high = np.array(
        [
            (step, step, top + tall),
            (w - step, step, top + tall),
            (w - step, d - step, top + tall),
            (step, d - step, top + tall),
        ]
    )
    parts = [loft(np.stack([low, high]), "roof_tile"), _chimney(w, d, top, rise)]
    if mansard:
        bays = max(1, round(w / style.bay))
        dormer = merge([
            box((-0.6, -0.05, 0.3), (0.6, 1.0, 1.9), "trim_stone"),
            moved(panes(-0.42, 0.42, 0.5, 1.7, 0.0, 2), (0, -0.07, 0)),
        ])  # fmt: skip
        spots = [((b + 0.5) * w / bays, 0.25, top) for b in range(bays)]
        parts.append(repeated(dormer, np.array(spots)))
    return parts


def _flat(style: RoofStyle, top: float, rng: np.random.Generator) -> list[Geometry]:
    """A level roof behind a parapet; on some a small plant room."""
    w, d = style.width, style.depth
    wall = 0.5 if rng.random() < 0.6 else 0.9
    parts = [
        quad([(0, 0, top), (w, 0, top), (w, d, top), (0, d, top)], "concrete"),
        box((0, -0.03, top), (w, 0.25, top + wall), style.wall),
        box((0, d - 0.25, top), (w, d, top + wall), style.wall),
        box((0, 0.25, top), (0.25, d - 0.25, top + wall), style.wall),
        box((w - 0.25, 0.25, top), (w, d - 0.25, top + wall), style.wall),
        box((0, -0.14, top + wall), (w, 0.3, top + wall + 0.1), "trim_stone"),
    ]
    if rng.random() < 0.6:
        x = float(rng.uniform(1.0, max(1.1, w - 3.5)))
        parts.append(box((x, d * 0.5, top), (x + 2.2, d * 0.5 + 2, top + 1.6), "metal"))
    return parts


def stepped_gable(width: float, rise: float, steps: int) -> np.ndarray:
    """Outline (K, 2) of a stepped gable, x and z from its left foot to its right foot."""
    half = [(0.0, 0.0)]
    for i in range(steps):
        x, z = i * width * 0.42 / steps, (i + 1) * rise / steps
        half += [(x, z), ((i + 1) * width * 0.42 / steps, z)]
    return _both_sides(half, width)


def bell_gable(width: float, rise: float) -> np.ndarray:
    """Outline (K, 2) of a gable that swings in to a neck and ends in a round head."""
    curve = [(0.0, 0.0), (0.0, 0.1), (0.09, 0.14), (0.16, 0.25), (0.22, 0.45), (0.28, 0.66),
             (0.3, 0.78), (0.36, 0.9), (0.43, 0.97)]  # fmt: skip
    return _both_sides([(x * width, z * rise) for x, z in [*curve, (0.5, 1.0)]], width)


def peaked_gable(width: float, rise: float) -> np.ndarray:
    """Outline (K, 2) of a plain parapet gable with shoulders."""
    half = [(0.0, 0.0), (0.0, 0.45), (0.35, 0.45), (width / 2, rise)]
    return _both_sides(half, width)


def _both_sides(half: list[tuple[float, float]], width: float) -> np.ndarray:
    """The left half of an outline and its mirror image."""
    other = [(width - x, z) for x, z in reversed(half) if x < width / 2 - 1e-6]
    return np.array([*half, *other])


def parapet_gable(outline: np.ndarray, z: float, slot: str, thick: float = 0.32) -> Geometry:
    """A gable wall over an outline (K, 2) standing on height z, coped with stone."""
    parts = []
    for (a, za), (b, zb) in pairwise(outline):
        if b - a > 1e-6:
            for y, way in ((0.0, 1), (thick, -1)):
                face = [(a, y, z), (b, y, z), (b, y, z + zb), (a, y, z + za)]
                parts.append(quad(face[::way], slot))
        ends = [(a, -0.06, z + za), (b, -0.06, z + zb)]
        back = [(b, thick + 0.03, z + zb), (a, thick + 0.03, z + za)]
        parts.append(quad(ends + back, "trim_stone"))
        drop = np.array([0, 0, 0.14])
        if b - a > 1e-6:
            lip = [np.array(ends[0]) - drop, np.array(ends[1]) - drop, ends[1], ends[0]]
            parts.append(quad(lip, "trim_stone"))
    return merge(parts)

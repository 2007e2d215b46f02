# SPDX-License-Identifier: GPL-3.0-or-later
"""Walls with their openings, floor, ceiling, windows, doors and curtains."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from scenes.mesh_tools import Geometry, box, geometry, merge, tube
from scenes.room_plan import Model, Opening

REVEAL = 0.22  # depth of a window's reveal (metres)


def wall(length: float, height: float, holes: list[Opening], slot: str, skirting: float,
         panel: float = 0.0) -> Geometry:  # fmt: skip
    """A wall along x, seen from +y, with openings; up to `panel` metres it is panelled."""
    us = sorted({-length / 2 - 0.3, length / 2 + 0.3, *(u for h in holes for u in (h.u0, h.u1))})
    cuts = {0.0, height, *(z for h in holes for z in (h.z0, h.z1))}
    zs = sorted(cuts | ({panel} if panel else set()))
    verts, slots = [], []
    for u0, u1 in pairwise(us):
        for z0, z1 in pairwise(zs):
            middle = (u0 + u1) / 2, (z0 + z1) / 2
            if any(h.u0 < middle[0] < h.u1 and h.z0 < middle[1] < h.z1 for h in holes):
                continue
            verts.append([(u1, 0, z0), (u0, 0, z0), (u0, 0, z1), (u1, 0, z1)])
            slots.append("panel" if z1 <= panel + 1e-6 else slot)
    faces = np.arange(len(verts) * 4).reshape(-1, 4)
    parts = [geometry(np.array(verts).reshape(-1, 3), faces, np.array(slots))]
    parts += [_reveal(h) for h in holes]
    parts += _skirting(length, holes, skirting, "trim_white")
    if panel:
        parts += _skirting(length, [h for h in holes if h.z0 < panel], 0.05, "trim_white",
                           panel - 0.025)  # fmt: skip
    return merge(parts)


def _reveal(h: Opening) -> Geometry:
    """The four sides of an opening, from the wall outwards."""
    a, b, c, d, y = h.u0, h.u1, h.z0, h.z1, -REVEAL
    corners = np.array([
        [(a, 0, c), (b, 0, c), (b, y, c), (a, y, c)],
        [(a, y, d), (b, y, d), (b, 0, d), (a, 0, d)],
        [(a, 0, d), (a, 0, c), (a, y, c), (a, y, d)],
        [(b, y, d), (b, y, c), (b, 0, c), (b, 0, d)],
    ])  # fmt: skip
    return geometry(corners.reshape(-1, 3), np.arange(16).reshape(4, 4), "trim_white")


def _skirting(
    length: float, holes: list[Opening], height: float, slot: str, z: float = 0.0
) -> list[Geometry]:
    """A strip along the wall, left out where an opening reaches it."""
    if height <= 0:
        return []
    cuts = sorted((h.u0 - 0.07, h.u1 + 0.07) for h in holes if h.z0 < z + height)
    strips, start = [], -length / 2
    for a, b in [*cuts, (length / 2, length / 2)]:
        if a - start > 0.02:
            strips.append(box((start, -0.01, z), (a, 0.014, z + height), slot))
        start = b
    return strips


def slab(width: float, depth: float, z: float, slot: str, up: bool) -> Geometry:
    """Floor or ceiling, reaching under the walls."""
    x, y = width / 2 + 0.3, depth / 2 + 0.3
    corners = [(-x, -y, z), (x, -y, z), (x, y, z), (-x, y, z)]
    return geometry(np.array(corners if up else corners[::-1]), np.array([[0, 1, 2, 3]]), slot)


def beams(width: float, depth: float, z: float, count: int) -> Geometry:
    """Ceiling beams along x, hanging from z."""
    ys = (np.arange(count) + 0.5) / count * depth - depth / 2
    return merge([box((-width / 2, y - 0.08, z - 0.16), (width / 2, y + 0.08, z), "wood")
                  for y in ys])  # fmt: skip


def window(h: Opening, columns: int, rows: int) -> Geometry:
    """A window's frame and sill without panes, so that light passes in both forms.

    Centred on the opening's middle, its frame at the outer edge of the reveal.
    """
    w, t = (h.u1 - h.u0) / 2, 0.055
    z0, z1 = h.z0, h.z1
    back, front = -REVEAL + 0.01, -REVEAL + 0.07
    parts = [
        box((-w, back, z0), (w, front, z0 + t), "window_frame"),
        box((-w, back, z1 - t), (w, front, z1), "window_frame"),
        box((-w, back, z0 + t), (-w + t, front, z1 - t), "window_frame"),
        box((w - t, back, z0 + t), (w, front, z1 - t), "window_frame"),
    ]
    for i in range(1, columns):
        x = -w + 2 * w * i / columns
        parts.append(box((x - 0.025, back, z0 + t), (x + 0.025, front, z1 - t), "window_frame"))
    for i in range(1, rows):
        z = z0 + (z1 - z0) * i / rows
        parts.append(box((-w + t, back + 0.01, z - 0.016), (w - t, front - 0.01, z + 0.016),
                         "window_frame"))  # fmt: skip
    if z0 > 0.3:
        parts.append(box((-w - 0.04, -0.04, z0 - 0.035), (w + 0.04, 0.05, z0 + 0.002),
                         "trim_white"))  # fmt: skip
    return merge(parts)


def door(width: float, height: float, style: int) -> Model:
    """A closed door on the wall with its frame: its back at y = 0, its handle inside."""
    w, f = width / 2, 0.075
    parts = [
        box((-w - f, 0, 0), (-w, 0.045, height + f), "trim_white"),
        box((w, 0, 0), (w + f, 0.045, height + f), "trim_white"),
        box((-w, 0, height), (w, 0.045, height + f), "trim_white"),
        box((-w, 0, 0.005), (w, 0.022, height), "door_face"),
    ]
    fields = {0: [], 1: [(0.12, 0.9), (1.02, height - 0.12)],
              2: [(0.12, 0.6), (0.7, 1.3), (1.4, height - 0.12)]}[style % 3]  # fmt: skip
    for a, b in fields:
        x = w - 0.13
        for rect in [(-x, a, x, a + 0.03), (-x, b - 0.03, x, b), (-x, a, -x + 0.03, b),
                     (x - 0.03, a, x, b)]:  # fmt: skip
            parts.append(box((rect[0], 0.02, rect[1]), (rect[2], 0.032, rect[3]), "door_face"))
    parts.append(tube((w - 0.07, 0.02, 1.03), (w - 0.07, 0.07, 1.03), (0.012, 0.012), "chrome"))
    parts.append(tube((w - 0.07, 0.065, 1.03), (w - 0.2, 0.065, 1.03), (0.01, 0.01), "chrome"))
    return Model(merge(parts))


def curtain(width: float, height: float, seed: int) -> Model:
    """A hanging curtain, its folds along x; its back at y = 0, its hem on z = 0."""
    rng = np.random.default_rng([91, seed])
    folds = max(3, round(width / 0.11))
    count = folds * 6 + 1
    t = np.linspace(0, 1, count)
    rows = 5
    verts = np.zeros((rows, count, 3))
    for r in range(rows):
        s = r / (rows - 1)  # 0 at the hem
        phase = t * folds * 2 * np.pi + 0.5 * np.sin(t * 9 + s * 2 + rng.uniform(0, 6))
        verts[r, :, 0] = (t - 0.5) * width * (1.0 - 0.05 * np.sin(np.pi * s))
        verts[r, :, 1] = 0.06 + (0.045 - 0.015 * s) * np.sin(phase)
        verts[r, :, 2] = s * height
    index = np.arange(rows * count).reshape(rows, count)
    faces = np.stack([index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]], axis=-1)
    return Model(geometry(verts.reshape(-1, 3), faces.reshape(-1, 4), "drape"))


def curtain_rod(width: float) -> Model:
    """A rod with knobs, along x through the origin."""
    w = width / 2
    return Model(merge([
        tube((-w, 0, 0), (w, 0, 0), (0.014, 0.014), "metal_second", 8),
        tube((-w - 0.04, 0, 0), (-w, 0, 0), (0.028, 0.028), "metal_second", 8),
        tube((w, 0, 0), (w + 0.04, 0, 0), (0.028, 0.028), "metal_second", 8),
    ]))  # fmt: skip


def blind(width: float, height: float) -> Model:
    """A roller blind hanging down from its box; its back at y = 0, its lower edge on z = 0."""
    return Model(merge([
        box((-width / 2, 0, height - 0.09), (width / 2, 0.08, height), "trim_white"),
        box((-width / 2 + 0.02, 0.03, 0), (width / 2 - 0.02, 0.036, height - 0.09), "drape"),
    ]))  # fmt: skip

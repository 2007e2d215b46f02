# SPDX-License-Identifier: GPL-3.0-or-later
"""Flat things: carriageway, marks on it, pavements with kerbs, grass and the hills far off.

The street runs along Y; x = 0 is its middle. The carriageway lies on z = 0.
"""

from __future__ import annotations

import numpy as np

from scenes.mesh_tools import Geometry, box, geometry, merge, quad

MARK_Z = 0.008  # marks lie this far above the carriageway (metres)
KERB = 0.14  # height of the pavement (metres)


def flat(x0: float, y0: float, x1: float, y1: float, z: float, slot: str) -> Geometry:
    """A level rectangle."""
    return quad([(x0, y0, z), (x1, y0, z), (x1, y1, z), (x0, y1, z)], slot)


def pavement(
    x0: float, y0: float, x1: float, y1: float, inner: float,
    paving: str = "paving", kerb: str = "kerb",
) -> Geometry:  # fmt: skip
    """A pavement slab; `inner` is the x of the edge at the carriageway, with a kerb stone there."""
    slab = box((x0, y0, -0.05), (x1, y1, KERB), paving)
    slab.slots[[0, 2, 3, 4, 5]] = kerb
    side = 0.22 if inner == x0 else -0.22
    a, b = sorted((inner, inner + side))
    return merge([slab, flat(a, y0, b, y1, KERB + 0.004, kerb)])


def dashes(x: float, y0: float, y1: float, long: float, gap: float, wide: float) -> Geometry:
    """A dashed line along Y at x."""
    starts = np.arange(y0, y1 - long, long + gap)
    return merge([flat(x - wide / 2, s, x + wide / 2, s + long, MARK_Z, "marking") for s in starts])


def line(x: float, y0: float, y1: float, wide: float, slot: str = "marking") -> Geometry:
    """A solid line along Y at x."""
    return flat(x - wide / 2, y0, x + wide / 2, y1, MARK_Z, slot)


def zebra(half: float, y: float, deep: float = 3.0) -> Geometry:
    """A zebra crossing over the whole carriageway (half width `half`), middle at y."""
    starts = np.arange(-half + 0.35, half - 0.4, 1.0)
    return merge([flat(s, y - deep / 2, s + 0.5, y + deep / 2, MARK_Z, "marking") for s in starts])


def arrow(x: float, y: float, way: int) -> Geometry:
    """A straight-on arrow 3.4 m long at (x, y), pointing along +Y (way 1) or -Y (way -1)."""
    shaft = [(-0.09, -1.7), (0.09, -1.7), (0.09, 0.3), (-0.09, 0.3)]
    head = [(-0.42, 0.3), (0.42, 0.3), (0.0, 1.7)]
    points = np.array([(x + a * way, y + b * way, MARK_Z) for a, b in shaft + head])
    return geometry(points, np.array([[0, 1, 2, 3], [4, 5, 6, -1]]), "marking")


def bays(x0: float, x1: float, y0: float, y1: float, step: float) -> Geometry:
    """Cross lines of parking bays between two x, every `step` metres."""
    return merge([flat(x0, y - 0.06, x1, y + 0.06, MARK_Z, "marking")
                  for y in np.arange(y0, y1, step)])  # fmt: skip


def hills(rng: np.random.Generator, reach: float = 260.0, clear: float = 95.0) -> Geometry:
    """Terrain all around: level (z = -0.03) within `clear` metres, rolling hills beyond."""
    count = 29
    line_up = np.linspace(-1, 1, count)
    ticks = np.sign(line_up) * np.abs(line_up) ** 1.4 * reach
    x, y = np.meshgrid(ticks, ticks, indexing="ij")
    far = np.clip((np.hypot(x, y) - clear) / (reach - clear), 0, 1)
    z = np.zeros_like(x)
    for wave in (160.0, 90.0, 47.0):
        a, b = rng.uniform(0, 6.3, 2)
        turn = rng.uniform(0, 6.3)
        along = (x * np.cos(turn) + y * np.sin(turn)) / wave * 6.3
        across = (y * np.cos(turn) - x * np.sin(turn)) / wave * 5.1
        z += wave / 160 * (np.sin(along + a) + np.cos(across + b))
    height = rng.uniform(6.0, 20.0)
    z = -0.03 + far**1.5 * height * (1.6 + z * 0.45)
    index = np.arange(count * count).reshape(count, count)
    faces = np.stack([index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]], axis=-1)
    return geometry(np.stack([x, y, z], axis=-1).reshape(-1, 3), faces.reshape(-1, 4), "grass")

# SPDX-License-Identifier: GPL-3.0-or-later
"""People: simple figures standing on z = 0, looking along +Y."""

from __future__ import annotations

from functools import cache

import numpy as np

from scenes.mesh_tools import Geometry, ball, box, loft, merge, tube

KINDS = 8  # figures that `person` knows


@cache
def person(kind: int) -> Geometry:
    """A figure 1.75 m tall: top in the object's colour, trousers or skirt in the second."""
    stride = (0.0, 0.22, 0.32, 0.14)[kind % 4]
    skirt = kind in (2, 5)
    parts = [*_legs(stride, "skin" if skirt else "second"), *_arms(stride, kind % 3 == 1)]
    rows = [(0.88, 0.16, 0.11), (1.0, 0.15, 0.1), (1.25, 0.185, 0.115), (1.42, 0.2, 0.11),
            (1.5, 0.09, 0.07)]  # fmt: skip
    if kind in (3, 6):
        rows = [(0.62, 0.21, 0.15), *rows[1:]]
    parts.append(_stack(rows, "cloth"))
    if skirt:
        parts.append(_stack([(0.5, 0.24, 0.2), (0.95, 0.16, 0.11)], "second"))
    parts.append(tube((0, 0, 1.47), (0, 0.01, 1.56), (0.055, 0.05), "skin", 6))
    parts.append(ball((0, 0.015, 1.63), (0.085, 0.1, 0.12), "skin", 1))
    long_hair = kind in (2, 5, 7)
    parts.append(ball((0, -0.015, 1.665), (0.095, 0.105, 0.1), "hair", 1))
    if long_hair:
        parts.append(ball((0, -0.06, 1.57), (0.09, 0.06, 0.14), "hair", 1))
    if kind in (1, 4):
        parts.append(box((-0.14, -0.28, 1.05), (0.14, -0.1, 1.43), "bag"))
    return merge(parts)


def _stack(rows: list[tuple[float, float, float]], slot: str) -> Geometry:
    """Skin over horizontal ellipses, each (height, half width, half depth) in metres."""
    angle = np.arange(8) * (np.pi / 4) + np.pi / 8
    rings = [
        np.column_stack([np.cos(angle) * w, np.sin(angle) * d, np.full(8, z)]) for z, w, d in rows
    ]
    return loft(np.stack(rings), slot)


def _legs(stride: float, slot: str) -> list[Geometry]:
    """Two legs with shoes; `stride` metres forwards for one foot, backwards for the other."""
    parts = []
    for x, step in ((0.09, stride), (-0.09, -stride)):
        foot = 0.06 if step >= 0 else 0.06 + 0.25 * stride
        knee = (x, step * 0.5 + 0.06 * abs(stride), 0.48)
        parts.append(tube((x, 0, 0.92), knee, (0.095, 0.072), slot, 6))
        parts.append(tube(knee, (x, step, foot + 0.04), (0.072, 0.05), slot, 6))
        parts.append(box((x - 0.05, step - 0.08, foot - 0.06), (x + 0.05, step + 0.17, foot + 0.04),
                         "shoe"))  # fmt: skip
    return parts


def _arms(stride: float, raised: bool) -> list[Geometry]:
    """Two arms that swing against the legs; one holds something up if `raised`."""
    parts = []
    for side in (1, -1):
        x, swing = 0.215 * side, -stride * 0.8 * side
        elbow, hand = (x + 0.03 * side, swing * 0.4, 1.15), (x + 0.03 * side, swing + 0.06, 0.88)
        if raised and side > 0:
            hand = (x - 0.08, 0.24, 1.3)
        parts.append(tube((x, 0, 1.42), elbow, (0.06, 0.05), "cloth", 6))
        parts.append(tube(elbow, hand, (0.05, 0.036), "cloth", 6))
        parts.append(ball(hand, 0.045, "skin", 0))
    return parts

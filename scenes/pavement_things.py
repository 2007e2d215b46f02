# SPDX-License-Identifier: GPL-3.0-or-later
"""Things on pavements: bus shelter, bench, bin, kiosk ... Fronts look along -Y; all stand on z = 0.

Iron takes the object's colour, cloth and posters its second colour. Measures in metres.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from scenes.mesh_tools import Geometry, box, geometry, merge, moved, tube


@cache
def shelter() -> Geometry:
    """A bus shelter 3.4 m wide: glass on three sides, a bench, a poster."""
    posts = [box((x - 0.04, y - 0.04, 0.0), (x + 0.04, y + 0.04, 2.3), "pole")
             for x in (-1.65, 0.0, 1.65) for y in (0.6,)]  # fmt: skip
    posts += [box((x - 0.04, -0.49, 0.0), (x + 0.04, -0.41, 2.3), "pole") for x in (-1.65, 1.65)]
    return merge([
        *posts,
        box((-1.75, -0.7, 2.3), (1.75, 0.7, 2.42), "pole"),
        box((-1.6, 0.59, 0.25), (1.6, 0.62, 2.2), "clear_glass"),
        box((-1.66, -0.4, 0.25), (-1.64, 0.55, 2.2), "clear_glass"),
        box((1.6, -0.4, 0.3), (1.7, 0.55, 2.1), "second"),
        box((-1.4, 0.2, 0.42), (0.9, 0.52, 0.47), "timber"),
        box((-1.2, 0.3, 0.0), (-1.12, 0.42, 0.42), "pole"),
        box((0.6, 0.3, 0.0), (0.68, 0.42, 0.42), "pole"),
    ])  # fmt: skip


@cache
def bench() -> Geometry:
    """A bench 1.7 m long with a back."""
    slats = [
        box((-0.85, y, 0.42), (0.85, y + 0.1, 0.46), "paint_matt") for y in (-0.2, -0.08, 0.04)
    ]
    slats += [box((-0.85, 0.17, z), (0.85, 0.2, z + 0.11), "paint_matt") for z in (0.54, 0.7)]
    legs = [box((x - 0.03, -0.2, 0.0), (x + 0.03, 0.2, 0.42), "railing") for x in (-0.65, 0.65)]
    backs = [box((x - 0.03, 0.14, 0.42), (x + 0.03, 0.18, 0.82), "railing") for x in (-0.65, 0.65)]
    return merge(slats + legs + backs)


@cache
def bin_() -> Geometry:
    """A litter bin."""
    return merge([
        tube((0, 0, 0.0), (0, 0, 0.75), (0.2, 0.24), "pole", 9),
        tube((0, 0, 0.75), (0, 0, 0.82), (0.27, 0.27), "metal", 9),
        tube((0, 0, 0.82), (0, 0, 0.95), (0.24, 0.1), "pole", 9),
    ])  # fmt: skip


@cache
def hydrant() -> Geometry:
    """A fire hydrant."""
    return merge([
        tube((0, 0, 0), (0, 0, 0.08), (0.17, 0.17), "pole", 8),
        tube((0, 0, 0.08), (0, 0, 0.6), (0.11, 0.1), "pole", 8),
        tube((0, 0, 0.6), (0, 0, 0.74), (0.13, 0.04), "pole", 8),
        tube((-0.19, 0, 0.46), (0.19, 0, 0.46), (0.06, 0.06), "metal", 7),
    ])  # fmt: skip


@cache
def post_box() -> Geometry:
    """A pillar box with a slot."""
    return merge([
        box((-0.24, -0.2, 0.0), (0.24, 0.2, 0.1), "sign_black"),
        box((-0.25, -0.21, 0.1), (0.25, 0.21, 1.2), "paint_matt"),
        box((-0.28, -0.25, 1.2), (0.28, 0.25, 1.3), "paint_matt"),
        box((-0.16, -0.22, 1.0), (0.16, -0.2, 1.04), "sign_black"),
        box((-0.12, -0.22, 0.6), (0.12, -0.2, 0.8), "sign_white"),
    ])  # fmt: skip


@cache
def column() -> Geometry:
    """An advertising column with posters and a cap."""
    parts = [
        tube((0, 0, 0.0), (0, 0, 0.3), (0.68, 0.66), "concrete", 14),
        tube((0, 0, 0.3), (0, 0, 2.7), (0.6, 0.6), "white_cloth", 14),
        tube((0, 0, 2.7), (0, 0, 2.85), (0.75, 0.75), "pole", 14),
        tube((0, 0, 2.85), (0, 0, 3.35), (0.62, 0.08), "pole", 14),
    ]
    slots = ("second", "sign_blue", "sign_red", "sign_white", "timber")
    for k, slot in enumerate(slots):
        a = np.array([0.1, 0.55]) + k * 2 * np.pi / len(slots)
        r, low, high = 0.615, 0.6 + 0.2 * (k % 2), 2.2 + 0.25 * (k % 2)
        xs, ys = np.cos(a) * r, np.sin(a) * r
        face = [
            (xs[0], ys[0], low),
            (xs[1], ys[1], low),
            (xs[1], ys[1], high),
            (xs[0], ys[0], high),
        ]
        parts.append(geometry(np.array(face) * [1.03, 1.03, 1], np.array([[0, 1, 2, 3]]), slot))
    return merge(parts)


@cache
def kiosk() -> Geometry:
    """A news-stand with a counter under a flap and an eaves board."""
    return merge([
        box((-1.25, -0.9, 0.0), (1.25, 0.9, 2.3), "paint_matt"),
        box((-1.45, -1.1, 2.3), (1.45, 1.1, 2.48), "metal"),
        box((-1.26, -1.0, 2.48), (1.26, 1.0, 2.85), "second"),
        box((-1.0, -0.92, 1.05), (1.0, -0.9, 2.05), "sign_black"),
        box((-1.1, -1.12, 0.98), (1.1, -0.9, 1.04), "timber"),
        box((-1.05, -0.93, 0.25), (-0.1, -0.9, 0.85), "sign_white"),
        box((0.1, -0.93, 0.25), (1.05, -0.9, 0.85), "second"),
    ])  # fmt: skip


@cache
def planter() -> Geometry:
    """A plant trough of stone with earth in it."""
    return merge([
        box((-0.6, -0.3, 0.0), (0.6, 0.3, 0.5), "kerb_granite"),
        box((-0.52, -0.22, 0.5), (0.52, 0.22, 0.505), "soil"),
    ])  # fmt: skip


@cache
def table() -> Geometry:
    """A round table and two chairs."""
    chair = merge([
        box((-0.2, -0.2, 0.42), (0.2, 0.2, 0.46), "paint_matt"),
        box((-0.2, 0.17, 0.46), (0.2, 0.2, 0.88), "paint_matt"),
        *(box((x - 0.02, y - 0.02, 0.0), (x + 0.02, y + 0.02, 0.42), "railing")
          for x in (-0.18, 0.18) for y in (-0.18, 0.18)),
    ])  # fmt: skip
    return merge([
        tube((0, 0, 0.0), (0, 0, 0.72), (0.03, 0.03), "railing", 6),
        tube((0, 0, 0.0), (0, 0, 0.03), (0.22, 0.2), "railing", 8),
        tube((0, 0, 0.72), (0, 0, 0.75), (0.38, 0.38), "metal", 12),
        moved(chair, (0.0, 0.6, 0.0)),
        moved(chair, (0.0, -0.6, 0.0), 1.0, np.pi),
    ])  # fmt: skip


@cache
def parasol() -> Geometry:
    """A parasol 2.6 m wide on a pole, striped in the second colour."""
    parts = [tube((0, 0, 0.78), (0, 0, 2.75), (0.03, 0.03), "railing", 6)]
    angle = np.arange(9) * np.pi / 4
    rim = np.column_stack([np.cos(angle) * 1.3, np.sin(angle) * 1.3, np.full(9, 2.15)])
    for k in range(8):
        slot = "paint_matt" if k % 2 else "white_cloth"
        face = np.array([rim[k], rim[k + 1], (0.0, 0.0, 2.7)])
        parts.append(geometry(face, np.array([[0, 1, 2]]), slot))
    return merge(parts)


@cache
def barrier() -> Geometry:
    """A barrier of road works, 1.8 m long along X, boards in red and white."""
    parts = [box((x - 0.03, -0.25, 0.0), (x + 0.03, 0.25, 0.05), "sign_black") for x in (-0.8, 0.8)]
    parts += [box((x - 0.025, -0.02, 0.05), (x + 0.025, 0.02, 1.1), "metal") for x in (-0.8, 0.8)]
    for z in (0.35, 0.82):
        for k in range(6):
            slot = "sign_red" if k % 2 else "sign_white"
            x = -0.9 + 0.3 * k
            parts.append(box((x, -0.045, z), (x + 0.3, -0.02, z + 0.24), slot))
    return merge(parts)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Street furniture: lamps, signs, traffic lights, bollards, fences. Each stands on z = 0."""

from __future__ import annotations

from functools import cache

import numpy as np

from scenes.mesh_tools import Geometry, box, cap, loft, merge, moved, ring, tube

SIGNS = ("stop", "limit", "parking", "yield", "crossing", "no_entry", "direction", "warning")


@cache
def lamp_post(kind: str) -> Geometry:
    """A lamp post: 'lantern' with its lamp on top, or 'tall', a bare post 6.5 m high."""
    if kind == "lantern":
        return merge([
            tube((0, 0, 0), (0, 0, 0.5), (0.12, 0.08), "pole", 8),
            tube((0, 0, 0.5), (0, 0, 3.7), (0.06, 0.045), "pole", 8),
            tube((0, 0, 3.7), (0, 0, 4.15), (0.1, 0.2), "lamp_glow", 6),
            tube((0, 0, 4.15), (0, 0, 4.4), (0.24, 0.04), "pole", 6),
        ])  # fmt: skip
    return merge([
        tube((0, 0, 0), (0, 0, 0.9), (0.11, 0.1), "pole", 8),
        tube((0, 0, 0.9), (0, 0, 6.5), (0.08, 0.05), "pole", 8),
    ])  # fmt: skip


@cache
def lamp_arm() -> Geometry:
    """The arm of a tall lamp, reaching 1.8 m along +X from the post's top."""
    return merge([
        tube((0, 0, 0), (1.3, 0, 0.22), (0.045, 0.035), "pole", 6),
        box((1.15, -0.13, 0.17), (1.8, 0.13, 0.3), "pole"),
        box((1.2, -0.1, 0.15), (1.75, 0.1, 0.175), "lamp_glow"),
    ])  # fmt: skip


@cache
def post(height: float, radius: float = 0.04) -> Geometry:
    """A plain round post."""
    return tube((0, 0, 0), (0, 0, height), (radius, radius), "pole", 7)


@cache
def bollard() -> Geometry:
    """A bollard 0.9 m tall with a white band."""
    return merge([
        tube((0, 0, 0), (0, 0, 0.62), (0.075, 0.075), "pole", 8),
        tube((0, 0, 0.62), (0, 0, 0.74), (0.078, 0.078), "sign_white", 8),
        tube((0, 0, 0.74), (0, 0, 0.9), (0.075, 0.05), "pole", 8),
    ])  # fmt: skip


def _disc(radius: float, sides: int, y: float, slot: str, spin: float = 0.0) -> Geometry:
    """An upright plate facing -Y, centred on the origin at depth y."""
    angle = spin - np.arange(sides) * (2 * np.pi / sides)
    points = np.column_stack([np.sin(-angle) * radius, np.full(sides, y), np.cos(angle) * radius])
    return cap(points[::-1] if _looks_back(points) else points, slot)


def _looks_back(points: np.ndarray) -> bool:
    """True where a ring of points (P, 3) faces +Y."""
    return bool(np.cross(points[1] - points[0], points[2] - points[0])[1] > 0)


@cache
def sign(kind: str) -> Geometry:
    """A traffic sign's plate facing -Y, centred on the origin, about 0.7 m wide."""
    eighth = np.pi / 8
    plates = {
        "stop": [(0.38, 8, "sign_white", eighth), (0.35, 8, "sign_red", eighth)],
        "limit": [(0.36, 16, "sign_red", 0), (0.26, 16, "sign_white", 0)],
        "yield": [(0.44, 3, "sign_red", np.pi), (0.26, 3, "sign_white", np.pi)],
        "warning": [(0.44, 3, "sign_red", 0), (0.27, 3, "sign_white", 0)],
        "no_entry": [(0.36, 16, "sign_red", 0)],
        "direction": [(0.36, 16, "sign_blue", 0)],
    }
    back = 0.0
    parts: list[Geometry] = []
    if kind in ("parking", "crossing"):
        parts.append(box((-0.33, -0.012, -0.33), (0.33, 0.012, 0.33), "sign_blue"))
    else:
        radius, sides, _, spin = plates[kind][0]
        parts.append(_disc(radius, sides, 0.012, "metal", spin))
        for i, (radius, sides, slot, spin) in enumerate(plates[kind]):
            back = -0.006 * i
            parts.append(_disc(radius, sides, back, slot, spin))
    y = min(back, -0.012) - 0.006
    marks = {
        "stop": [(-0.24, -0.06, 0.24, 0.06, "sign_white")],
        "limit": [(-0.13, -0.1, -0.03, 0.1, "sign_black"), (0.03, -0.1, 0.13, 0.1, "sign_black")],
        "parking": [(-0.12, -0.22, -0.04, 0.22, "sign_white"),
                    (-0.04, 0.14, 0.14, 0.22, "sign_white"), (0.08, 0.02, 0.14, 0.2, "sign_white"),
                    (-0.04, -0.04, 0.14, 0.04, "sign_white")],
        "crossing": [(-0.04, -0.15, 0.04, 0.1, "sign_black")],
        "no_entry": [(-0.25, -0.055, 0.25, 0.055, "sign_white")],
        "direction": [(-0.05, -0.2, 0.05, 0.22, "sign_white")],
        "warning": [(-0.03, -0.06, 0.03, 0.1, "sign_black")],
    }  # fmt: skip
    if kind == "crossing":
        parts.append(moved(_disc(0.3, 3, 0, "sign_white"), (0, -0.016, -0.07)))
        y -= 0.004
    for x0, z0, x1, z1, slot in marks.get(kind, []):
        parts.append(box((x0, y, z0), (x1, y + 0.004, z1), slot))
    return merge(parts)


@cache
def traffic_light(state: int) -> Geometry:
    """A signal head facing -Y, centred on the origin, 0.95 m tall: 0 red, 1 amber, 2 green."""
    parts = [
        box((-0.17, -0.12, -0.48), (0.17, 0.12, 0.48), "signal_case"),
        box((-0.24, 0.1, -0.54), (0.24, 0.125, 0.54), "signal_case"),
    ]
    for i, slot in enumerate(("signal_red", "signal_amber", "signal_green")):
        z = 0.3 - 0.3 * i
        lit = slot if i == state else "signal_off"
        points = ring((0, -0.125, z), 0.115, 1, 12)
        parts.append(cap(points[::-1] if _looks_back(points) else points, lit))
        parts.append(box((-0.13, -0.24, z + 0.11), (0.13, -0.11, z + 0.13), "signal_case"))
    return merge(parts)


@cache
def fence(kind: str) -> Geometry:
    """A fence panel 3 m long along Y: 'picket' (wood), 'rail' (metal) or 'wall' (low wall)."""
    if kind == "wall":
        return merge([
            box((-0.12, -1.5, 0), (0.12, 1.5, 0.75), "brick_red"),
            box((-0.16, -1.5, 0.75), (0.16, 1.5, 0.85), "trim_stone"),
        ])  # fmt: skip
    if kind == "picket":
        parts = [box((-0.02, y - 0.06, 0.05), (0.02, y + 0.06, 1.05), "paint_matt")
                 for y in np.arange(-1.4, 1.5, 0.2)]  # fmt: skip
        parts += [box((0.02, -1.5, z), (0.06, 1.5, z + 0.1), "paint_matt") for z in (0.25, 0.75)]
        return merge(parts)
    parts = [box((-0.015, y - 0.015, 0.1), (0.015, y + 0.015, 1.1), "railing")
             for y in np.arange(-1.4, 1.5, 0.2)]  # fmt: skip
    parts += [box((-0.025, -1.5, z), (0.025, 1.5, z + 0.05), "railing") for z in (0.12, 1.05)]
    return merge(parts)


@cache
def blade_sign(kind: int) -> Geometry:
    """A sign that sticks out from a front at y = 0: 0 a board, 1 a round plate, 2 a tall box."""
    if kind == 1:
        points, shift = ring((0.0, -0.55, 0.3), 0.32, 0, 12), np.array([0.04, 0.0, 0.0])
        return merge([
            box((-0.015, -0.6, 0.62), (0.015, 0.0, 0.66), "railing"),
            loft(np.stack([points - shift, points + shift]), "sign_band"),
        ])  # fmt: skip
    size = (0.75, 0.55) if kind == 0 else (0.5, 1.3)
    return merge([
        box((-0.015, -size[0] - 0.1, size[1]), (0.015, 0.0, size[1] + 0.04), "railing"),
        box((-0.05, -size[0] - 0.08, 0.0), (0.05, -0.1, size[1]), "sign_band"),
        box((-0.055, -size[0], size[1] * 0.3), (0.055, -0.2, size[1] * 0.6), "sign_white"),
    ])  # fmt: skip


def yard_wall(width: float, kind: int) -> Geometry:
    """A wall between two houses, from x = 0 to `width` (metres): 0 brick, 1 with a gate, 2 iron."""
    if kind == 2:
        bars = [box((x, 0.0, 0.1), (x + 0.03, 0.03, 2.0), "railing")
                for x in np.arange(0.08, width - 0.05, 0.22)]  # fmt: skip
        rails = [box((0, -0.01, z), (width, 0.04, z + 0.06), "railing") for z in (0.15, 1.8)]
        return merge(bars + rails)
    parts = [box((0, 0, 0), (width, 0.25, 2.1), "brick"),
             box((-0.0, -0.05, 2.1), (width, 0.3, 2.2), "trim_stone")]  # fmt: skip
    if kind == 1:
        m, half = width / 2, min(1.2, width / 2 - 0.3)
        parts.append(box((m - half, -0.06, 0.05), (m + half, 0.0, 2.0), "door"))
    return merge(parts)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Lamps, plants, rugs, pictures, mirrors, screens.

What hangs on a wall has its back at y = 0 and its lower edge on z = 0; the rest is centred.
"""

from __future__ import annotations

import numpy as np

from scenes.mesh_tools import Geometry, ball, box, cap, geometry, merge, ring, tube
from scenes.room_plan import Model


def picture(width: float, height: float, mat: bool) -> Model:
    """A framed picture."""
    w, f = width / 2, 0.022
    parts = [
        box((-w, 0, 0), (w, 0.024, f), "frame_pic"),
        box((-w, 0, height - f), (w, 0.024, height), "frame_pic"),
        box((-w, 0, f), (-w + f, 0.024, height - f), "frame_pic"),
        box((w - f, 0, f), (w, 0.024, height - f), "frame_pic"),
    ]
    edge = min(width, height) * 0.16 if mat else 0.0
    if mat:
        parts.append(box((-w + f, 0, f), (w - f, 0.012, height - f), "paper"))
    parts.append(box((-w + f + edge, 0, f + edge), (w - f - edge, 0.014, height - f - edge), "art"))
    return Model(merge(parts))


def mirror(width: float, height: float, oval: bool) -> Model:
    """A wall mirror, rectangular or oval."""
    w = width / 2
    if not oval:
        return Model(merge([box((-w, 0, 0), (w, 0.02, height), "frame_pic"),
                            box((-w + 0.025, 0.01, 0.025), (w - 0.025, 0.022, height - 0.025),
                                "mirror")]))  # fmt: skip
    parts = []
    for grow, y, slot in ((1.0, 0.02, "frame_pic"), (0.93, 0.023, "mirror")):
        points = ring((0, 0, 0), 1.0, 1, 28)
        points = points * [w * grow, 1, height / 2 * grow] + [0, y, height / 2]
        back = points * [1, 0, 1]
        face = cap(points, slot)
        first = face.verts[face.faces[0, :3]]
        if np.cross(first[1] - first[0], first[2] - first[0])[1] < 0:
            face = cap(points[::-1], slot)
        parts.append(face)
        if slot == "frame_pic":
            n = len(points)
            i = np.arange(n)
            faces = np.stack([i, (i + 1) % n, (i + 1) % n + n, i + n], axis=1)
            parts.append(geometry(np.concatenate([back, points]), faces, slot))
    return Model(merge(parts))


def television(width: float, stand: bool) -> Model:
    """A flat screen: on a foot (its back at y = 0) or bare, for a wall."""
    w, high, foot = width / 2, width * 0.5625, 0.06 if stand else 0.0
    y = 0.07 if stand else 0.01
    parts = [box((-w, y, foot), (w, y + 0.035, foot + high), "metal_black"),
             box((-w + 0.01, y + 0.03, foot + 0.012), (w - 0.01, y + 0.037, foot + high - 0.01),
                 "screen")]  # fmt: skip
    if stand:
        parts.append(box((-w * 0.35, 0.0, 0), (w * 0.35, 0.18, 0.012), "metal_black"))
        parts.append(box((-0.05, 0.07, 0.012), (0.05, 0.09, foot + 0.05), "metal_black"))
    return Model(merge(parts))


def rug(width: float, deep: float, slot: str) -> Model:
    """A rug 1.4 cm thick with a border."""
    w, d, b = width / 2, deep / 2, 0.09
    return Model(merge([
        box((-w, -d, 0.001), (w, d, 0.012), "rug_border"),
        box((-w + b, -d + b, 0.002), (w - b, d - b, 0.014), slot),
    ]))  # fmt: skip


def round_rug(radius: float, slot: str) -> Model:
    """A round rug."""
    part = merge([tube((0, 0, 0.001), (0, 0, 0.012), (radius, radius), "rug_border", 40),
                  tube((0, 0, 0.002), (0, 0, 0.014), (radius * 0.9,) * 2, slot, 40)])  # fmt: skip
    return Model(part, tube((0, 0, 0.001), (0, 0, 0.014), (radius, radius), "blockout", 40))


def _shade(z0: float, z1: float, r0: float, r1: float, slot: str = "shade") -> Geometry:
    """A lamp shade: a tapered ring, closed so that its inside is never seen."""
    return tube((0, 0, z0), (0, 0, z1), (r0, r1), slot, 20)


def floor_lamp(kind: int) -> tuple[Model, float]:
    """A standing lamp and the height of its light."""
    if kind == 0:
        parts = [tube((0, 0, 0), (0, 0, 0.025), (0.15, 0.15), "lamp_metal", 18),
                 tube((0, 0, 0.02), (0, 0, 1.3), (0.013, 0.011), "lamp_metal", 8),
                 _shade(1.28, 1.58, 0.23, 0.17)]  # fmt: skip
        low, r, top = 1.28, 0.23, 1.58
    elif kind == 1:
        parts = [tube((np.cos(a) * 0.26, np.sin(a) * 0.26, 0), (0, 0, 1.15), (0.014, 0.014),
                      "lamp_wood", 6) for a in (0.3, 2.4, 4.5)]  # fmt: skip
        parts.append(_shade(1.12, 1.46, 0.24, 0.24))
        low, r, top = 1.12, 0.24, 1.46
    else:
        parts = [tube((0, 0, 0), (0, 0, 0.03), (0.14, 0.14), "lamp_metal", 18),
                 tube((0, 0, 0.02), (0, 0, 1.42), (0.012, 0.012), "lamp_metal", 8),
                 ball((0, 0, 1.52), 0.15, "shade", 2)]  # fmt: skip
        low, r, top = 1.37, 0.15, 1.67
    foot = 0.26 if kind == 1 else 0.15
    solid = [tube((0, 0, low), (0, 0, top), (r, r), "blockout", 16),
             tube((0, 0, 0.0), (0, 0, low), (0.03, 0.03), "blockout", 8),
             tube((0, 0, 0.0), (0, 0, 0.03), (foot, foot), "blockout", 16)]  # fmt: skip
    return Model(merge(parts), merge(solid)), (low + top) / 2


def table_lamp(kind: int) -> tuple[Model, float]:
    """A small lamp and the height of its light above its foot."""
    if kind == 0:
        parts = [tube((0, 0, 0), (0, 0, 0.02), (0.08, 0.08), "lamp_metal", 14),
                 tube((0, 0, 0.02), (0, 0, 0.28), (0.01, 0.01), "lamp_metal", 6),
                 _shade(0.26, 0.45, 0.16, 0.11)]  # fmt: skip
        low, r, top = 0.26, 0.16, 0.45
    elif kind == 1:
        parts = [ball((0, 0, 0.12), (0.1, 0.1, 0.12), "ceramic", 2),
                 tube((0, 0, 0.2), (0, 0, 0.3), (0.012, 0.012), "lamp_metal", 6),
                 _shade(0.28, 0.48, 0.15, 0.13)]  # fmt: skip
        low, r, top = 0.28, 0.15, 0.48
    else:
        parts = [tube((0, 0, 0), (0, 0, 0.05), (0.07, 0.07), "lamp_wood", 14),
                 ball((0, 0, 0.16), 0.12, "shade", 2)]  # fmt: skip
        low, r, top = 0.05, 0.12, 0.28
    solid = [tube((0, 0, low), (0, 0, top), (r, r), "blockout", 14),
             tube((0, 0, 0), (0, 0, low), (0.05, 0.05), "blockout", 10)]  # fmt: skip
    return Model(merge(parts), merge(solid)), (low + top) / 2


def ceiling_lamp(kind: int, drop: float) -> tuple[Model, float]:
    """A lamp hanging from z = 0 by `drop` metres, and the depth of its lower edge."""
    if kind == 0:  # bowl at the ceiling
        part = tube((0, 0, -0.1), (0, 0, 0), (0.2, 0.24), "shade", 22)
        return Model(part, tube((0, 0, -0.1), (0, 0, 0), (0.24, 0.24), "blockout", 22)), 0.1
    rod = tube((0, 0, -drop), (0, 0, 0), (0.006, 0.006), "metal_black", 6)
    rose = tube((0, 0, -0.03), (0, 0, 0), (0.06, 0.06), "lamp_metal", 12)
    if kind == 1:
        body, r, high = ball((0, 0, -drop - 0.17), 0.19, "shade", 2), 0.19, 0.38
        top = drop - 0.02
    elif kind == 2:
        body, r, high = _shade(-drop - 0.24, -drop, 0.3, 0.26), 0.3, 0.24
        top = drop
    else:
        body = merge([tube((0, 0, -drop - 0.2), (0, 0, -drop - 0.01), (0.26, 0.07),
                           "lamp_metal", 22),
                      tube((0, 0, -drop - 0.205), (0, 0, -drop - 0.2), (0.24, 0.24), "shade",
                           20)])  # fmt: skip
        r, high, top = 0.26, 0.205, drop
    solid = [tube((0, 0, -top - high), (0, 0, -top), (r, r), "blockout", 20),
             tube((0, 0, -top), (0, 0, 0), (0.015, 0.015), "blockout", 6)]  # fmt: skip
    return Model(merge([rod, rose, body]), merge(solid)), top + high


def plant(kind: int, height: float, seed: int) -> Model:
    """A pot plant: 0 bushy, 1 palm, 2 swords, 3 small-leaved tree."""
    rng = np.random.default_rng([93, kind, seed])
    pot = height * (0.24 if height > 0.6 else 0.4)
    r = pot * 0.5 if height > 0.6 else pot * 0.48
    parts = [
        tube((0, 0, 0), (0, 0, pot), (r * 0.78, r), "pot", 16),
        tube((0, 0, pot - 0.01), (0, 0, pot + 0.003), (r * 0.88, r * 0.88), "soil_pot", 14),
    ]
    tall = height - pot
    if kind == 1:
        leaves = _fronds(rng, pot, tall, 11)
    elif kind == 2:
        leaves = _swords(rng, pot, tall, 12, r)
    else:
        stem = 0.42 if kind == 3 else 0.06
        if kind == 3:
            parts.append(tube((0, 0, pot), (0, 0, pot + tall * 0.6), (0.018, 0.012), "bark", 6))
        leaves = _bush(rng, pot + tall * stem, tall * (1 - stem), 90 if kind == 3 else 60)
    parts.append(leaves)
    part = merge(parts)
    used = leaves.verts
    low, high = used.min(axis=0), used.max(axis=0)
    crown = ball((low + high) / 2, (high - low) / 2, "blockout", 2)
    trunk = tube((0, 0, 0), (0, 0, pot), (r, r), "blockout", 12)
    solids = [crown, trunk]
    if kind == 3:
        solids.append(tube((0, 0, pot), (0, 0, float(low[2]) + 0.1), (0.03, 0.03), "blockout", 6))
    return Model(part, merge(solids))


def _leaf_faces(base: np.ndarray, tip: np.ndarray, side: np.ndarray, names: np.ndarray) -> Geometry:
    """Kite-shaped leaves from bases to tips (N, 3) with half widths as vectors (N, 3)."""
    middle = base * 0.55 + tip * 0.45
    corners = np.stack([base, middle - side, tip, middle + side], axis=1)
    faces = np.arange(len(base) * 4).reshape(-1, 4)
    return geometry(corners.reshape(-1, 3), faces, names)


def _names(rng: np.random.Generator, count: int) -> np.ndarray:
    return np.where(rng.random(count) < 0.4, "leaf_light", "leaf")


def _across(way: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Unit vectors (N, 3) at right angles to these, mostly level."""
    up = np.array([0, 0, 1.0]) + rng.normal(0, 0.35, way.shape)
    side = np.cross(way, up)
    return side / np.maximum(np.linalg.norm(side, axis=1, keepdims=True), 1e-9)


def _bush(rng: np.random.Generator, z: float, tall: float, count: int) -> Geometry:
    """Leaves all round a centre."""
    wide = tall * 0.48
    way = rng.normal(size=(count, 3))
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    center = np.array([0, 0, z + tall * 0.5])
    base = center + way * [wide, wide, tall / 2] * rng.uniform(0.15, 0.5, (count, 1))
    tip = center + way * [wide, wide, tall / 2] * rng.uniform(0.75, 1.0, (count, 1))
    width = np.linalg.norm(tip - base, axis=1, keepdims=True) * rng.uniform(0.25, 0.42, (count, 1))
    return _leaf_faces(base, tip, _across(tip - base, rng) * width, _names(rng, count))


def _fronds(rng: np.random.Generator, z: float, tall: float, count: int) -> Geometry:
    """Palm leaves: arching ribs with leaflets on both sides."""
    parts = []
    for k in range(count):
        turn = k * 2.4 + rng.uniform(-0.2, 0.2)
        lean = rng.uniform(0.35, 0.95)
        t = np.linspace(0.15, 1.0, 9)
        out = lean * tall * 0.75 * t
        up = tall * (t * 1.25 - 0.5 * lean * t**2)
        rib = np.column_stack([np.cos(turn) * out, np.sin(turn) * out, z + np.minimum(up, tall)])
        side = np.array([-np.sin(turn), np.cos(turn), 0.0])
        long = tall * 0.26 * np.sin(np.pi * np.clip(t, 0.2, 0.93))[:, None]
        forth = np.gradient(rib, axis=0)
        forth /= np.linalg.norm(forth, axis=1, keepdims=True)
        for way in (-1, 1):
            tip = rib + (side * way + forth * 0.8) * long * 0.8 - [0, 0, 0.02]
            parts.append(_leaf_faces(rib, tip, forth * 0.014 * (1 + tall), _names(rng, len(t))))
        parts.append(tube((0, 0, z), rib[4], (0.008, 0.005), "leaf", 4, False))
    whole = merge(parts)
    whole.verts[:, 2] = np.minimum(whole.verts[:, 2], z + tall)
    return whole


def _swords(rng: np.random.Generator, z: float, tall: float, count: int, r: float) -> Geometry:
    """Upright stiff leaves."""
    turn = rng.uniform(0, 2 * np.pi, count)
    at = r * 0.7 * np.sqrt(rng.uniform(0, 1, count))
    base = np.column_stack([np.cos(turn) * at, np.sin(turn) * at, np.full(count, z)])
    lean = rng.uniform(0.02, 0.22, count)
    high = tall * rng.uniform(0.6, 1.0, count)
    tip = base + np.column_stack([np.cos(turn) * lean * high, np.sin(turn) * lean * high, high])
    spin = rng.uniform(0, np.pi, count)
    side = np.column_stack([np.cos(spin), np.sin(spin), np.zeros(count)]) * (0.02 + 0.035 * tall)
    return _leaf_faces(base, tip, side, _names(rng, count))

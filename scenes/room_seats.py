# SPDX-License-Identifier: GPL-3.0-or-later
"""Things to sit and lie on: chairs, armchairs, sofas, beds, pillows.

Sofas, armchairs and beds have their back at y = 0 and face +y; chairs are centred and face +y.
"""

from __future__ import annotations

import numpy as np

from scenes.mesh_tools import Geometry, box, geometry, merge, moved, tube
from scenes.room_plan import Model

CHAIRS = ("slat", "padded", "shell", "ladder")


def cushion(low: tuple[float, ...], high: tuple[float, ...], slot: str, radius: float = 0.06,
            puff: float = 0.0) -> Geometry:  # fmt: skip
    """A box with round edges, its top and bottom swollen by `puff` metres towards the middle."""
    lo, hi = np.array(low, dtype=float), np.array(high, dtype=float)
    half = (hi - lo) / 2
    r = min(radius, *(half * 0.98))
    points, faces = [], []
    for axis in range(3):
        a, b = (axis + 1) % 3, (axis + 2) % 3
        ticks = [np.concatenate([np.linspace(-h, -h + r, 3), [0.0], np.linspace(h - r, h, 3)])
                 for h in (half[a], half[b])]  # fmt: skip
        grid = np.stack(np.meshgrid(*ticks, indexing="ij"), axis=-1)
        n = grid.shape[0]
        index = np.arange(n * n).reshape(n, n)
        quads = np.stack([index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]], -1)
        for side in (-1, 1):
            p = np.zeros((n, n, 3))
            p[..., axis], p[..., a], p[..., b] = side * half[axis], grid[..., 0], grid[..., 1]
            start = sum(len(x) for x in points)
            points.append(p.reshape(-1, 3))
            q = quads.reshape(-1, 4) + start
            faces.append(q if side > 0 else q[:, ::-1])
    p = np.concatenate(points)
    core = np.clip(p, -(half - r), half - r)
    off = p - core
    p = core + off * (r / np.maximum(np.linalg.norm(off, axis=1, keepdims=True), 1e-9))
    if puff:
        u, v = p[:, 0] / half[0], p[:, 1] / half[1]
        p[:, 2] += np.sign(p[:, 2]) * puff * (1 - u**2) * (1 - v**2)
    # One vertex per place, so that shading runs over the edges.
    _, first, back = np.unique(np.round(p, 5), axis=0, return_index=True, return_inverse=True)
    return geometry(p[first] + (lo + hi) / 2, back.reshape(-1)[np.concatenate(faces)], slot)


def legs(x: float, y0: float, y1: float, z: float, slot: str, thick: float = 0.02,
         splay: float = 0.0) -> list[Geometry]:  # fmt: skip
    """Four round legs from the floor to height z, at +-x and y0, y1."""
    middle = (y0 + y1) / 2
    return [
        tube((a * (1 + splay), y + (y - middle) * splay, 0), (a, y, z), (thick * 0.75, thick),
             slot, 6)
        for a in (-x, x) for y in (y0, y1)
    ]  # fmt: skip


def chair(kind: str) -> Model:
    """A chair without arms, 0.46 m wide, its seat 0.46 m high."""
    seat_z = 0.46
    solid = merge([box((-0.23, -0.24, 0), (0.23, 0.24, seat_z), "blockout"),
                   box((-0.23, -0.27, seat_z), (0.23, -0.19, 0.88), "blockout")])  # fmt: skip
    if kind == "slat":
        parts = legs(0.2, -0.2, 0.2, seat_z, "wood", 0.02, 0.06)
        parts.append(cushion((-0.23, -0.24, seat_z - 0.04), (0.23, 0.24, seat_z), "wood", 0.02))
        parts += [tube((x, -0.21, seat_z), (x * 1.08, -0.255, 0.86), (0.013, 0.01), "wood", 6)
                  for x in np.linspace(-0.19, 0.19, 5)]  # fmt: skip
        parts.append(box((-0.23, -0.27, 0.82), (0.23, -0.235, 0.88), "wood"))
    elif kind == "padded":
        parts = legs(0.19, -0.2, 0.2, seat_z - 0.06, "wood2", 0.018, 0.05)
        parts.append(cushion((-0.23, -0.24, seat_z - 0.08), (0.23, 0.24, seat_z), "fabric", 0.035))
        parts.append(cushion((-0.23, -0.27, 0.42), (0.23, -0.19, 0.88), "fabric", 0.035))
    elif kind == "shell":
        parts = legs(0.16, -0.16, 0.16, seat_z - 0.02, "wood2", 0.016, 0.3)
        parts.append(cushion((-0.23, -0.22, seat_z - 0.04), (0.23, 0.24, seat_z), "lacquer", 0.03))
        parts.append(cushion((-0.22, -0.27, 0.44), (0.22, -0.21, 0.84), "lacquer", 0.03))
    else:
        parts = [box((x - 0.018, -0.25, 0), (x + 0.018, -0.21, 0.88), "wood")
                 for x in (-0.2, 0.2)]  # fmt: skip
        parts += [box((x - 0.018, 0.19, 0), (x + 0.018, 0.225, 0.43), "wood") for x in (-0.2, 0.2)]
        parts.append(cushion((-0.23, -0.24, 0.42), (0.23, 0.24, 0.46), "fabric", 0.02))
        parts += [box((-0.2, -0.245, z), (0.2, -0.22, z + 0.06), "wood") for z in (0.55, 0.67, 0.8)]
        parts += [box((x - 0.01, -0.21, 0.2), (x + 0.01, 0.2, 0.225), "wood") for x in (-0.2, 0.2)]
    return Model(merge(parts), solid)


def office_chair() -> Model:
    """A swivel chair on five castors."""
    parts = [tube((0, 0, 0.08), (0, 0, 0.42), (0.03, 0.025), "metal_black", 8)]
    for k in range(5):
        a = k * 2 * np.pi / 5 + 0.3
        end = np.array([np.cos(a) * 0.27, np.sin(a) * 0.27, 0.06])
        parts.append(tube((0, 0, 0.1), end, (0.022, 0.016), "metal_black", 6))
        parts.append(
            box(
                end - np.array([0.025, 0.025, 0.06]),
                end + np.array([0.025, 0.025, 0]),
                "metal_black",
            )
        )
    parts.append(cushion((-0.25, -0.24, 0.42), (0.25, 0.25, 0.51), "fabric", 0.04))
    parts.append(cushion((-0.23, -0.3, 0.58), (0.23, -0.22, 1.05), "fabric", 0.04))
    parts.append(box((-0.03, -0.3, 0.44), (0.03, -0.27, 0.7), "metal_black"))
    parts += [box((x - 0.025, -0.12, 0.66), (x + 0.025, 0.14, 0.69), "metal_black")
              for x in (-0.27, 0.27)]  # fmt: skip
    solid = merge([box((-0.28, -0.28, 0), (0.28, 0.28, 0.51), "blockout"),
                   box((-0.24, -0.3, 0.51), (0.24, -0.2, 1.05), "blockout")])  # fmt: skip
    return Model(merge(parts), solid)


def stool(slot: str) -> Model:
    """A pouf, 0.5 m wide."""
    return Model(cushion((-0.25, -0.25, 0.0), (0.25, 0.25, 0.4), slot, 0.09, 0.03))


def sofa(width: float, seats: int, kind: int, slot: str, corner: bool = False) -> Model:
    """A sofa or, with one seat, an armchair: its back at y = 0, arms at both ends."""
    deep, seat, back = 0.9, 0.43, 0.82 if kind != 2 else 0.74
    arm_w, arm_z = ((0.2, 0.6), (0.12, 0.62), (0.24, 0.52))[kind % 3]
    foot = 0.12 if kind == 1 else 0.06
    w = width / 2
    parts = [cushion((-w + 0.02, 0.03, foot), (w - 0.02, deep, seat - 0.14), slot, 0.04)]
    parts += legs(w - 0.1, 0.1, deep - 0.08, foot + 0.02, "wood2", 0.025)
    parts.append(cushion((-w + 0.04, 0.0, foot), (w - 0.04, 0.2, back - 0.04), slot, 0.06))
    for x in (-w, w - arm_w):
        parts.append(cushion((x, 0.02, foot), (x + arm_w, deep - 0.02, arm_z), slot, 0.06))
    inner = (width - 2 * arm_w) / seats
    for i in range(seats):
        x = -w + arm_w + inner * i
        parts.append(cushion((x + 0.005, 0.2, seat - 0.15), (x + inner - 0.005, deep + 0.01, seat),
                             slot, 0.05, 0.02))  # fmt: skip
        parts.append(cushion((x + 0.01, 0.14, seat - 0.02), (x + inner - 0.01, 0.34, back), slot,
                             0.07))  # fmt: skip
    solids = [
        box((-w, 0.0, 0.0), (w, deep + 0.01, seat), "blockout"),
        box((-w + 0.04, 0.0, seat), (w - 0.04, 0.3, back), "blockout"),
        box((-w, 0.02, seat), (-w + arm_w, deep - 0.02, arm_z), "blockout"),
        box((w - arm_w, 0.02, seat), (w, deep - 0.02, arm_z), "blockout"),
    ]
    if corner:  # a long seat at the right end
        reach = 1.55
        parts.append(cushion((w - arm_w - inner, deep, foot), (w - 0.02, reach, seat - 0.14), slot,
                             0.04))  # fmt: skip
        parts.append(cushion((w - arm_w - inner, deep - 0.02, seat - 0.15), (w - 0.02, reach + 0.01,
                             seat), slot, 0.05, 0.02))  # fmt: skip
        solids.append(box((w - arm_w - inner, deep, 0), (w, reach + 0.01, seat), "blockout"))
    return Model(merge(parts), merge(solids))


def bed(width: float, kind: int, slot: str) -> Model:
    """A made bed 2.1 m long, its head at y = 0."""
    w, long = width / 2, 2.1
    head = (1.05, 0.95, 1.2, 0.7)[kind % 4]
    parts = []
    if kind % 4 == 0:  # upholstered
        count = max(2, round(width / 0.4))
        step = width / count
        parts += [cushion((-w + i * step, 0, 0.1), (-w + (i + 1) * step, 0.1, head), "fabric2",
                          0.04) for i in range(count)]  # fmt: skip
        parts.append(cushion((-w, 0.06, 0.06), (w, long, 0.32), "fabric2", 0.03))
    elif kind % 4 == 1:  # boards
        parts.append(box((-w, 0, 0.0), (w, 0.05, head), "wood2"))
        parts.append(box((-w, 0.05, 0.14), (w, long, 0.3), "wood2"))
        parts += legs(w - 0.06, 0.1, long - 0.06, 0.15, "wood2", 0.035)
    elif kind % 4 == 2:  # bars
        parts += [tube((x, 0.03, 0.2), (x, 0.03, head), (0.012, 0.012), "metal_black", 6)
                  for x in np.linspace(-w + 0.03, w - 0.03, 9)]  # fmt: skip
        parts.append(tube((-w, 0.03, head), (w, 0.03, head), (0.022, 0.022), "metal_black", 8))
        parts.append(box((-w, 0.02, 0.24), (w, long, 0.3), "metal_black"))
        parts += legs(w - 0.03, 0.03, long - 0.04, 0.26, "metal_black", 0.022)
    else:  # plank with shelf
        parts.append(box((-w - 0.0, 0, 0), (w, 0.12, head), "wood2"))
        parts.append(box((-w, 0.1, 0.05), (w, long, 0.28), "wood2"))
    parts.append(cushion((-w + 0.02, 0.1, 0.28), (w - 0.02, long - 0.02, 0.5), "linen", 0.06))
    fold = 0.72
    parts.append(_duvet(w + 0.015, fold, long + 0.012, 0.55, slot))
    parts.append(cushion((-w, fold - 0.16, 0.5), (w, fold + 0.14, 0.58), "linen", 0.035))
    low = min(float(p.verts[:, 0].min()) for p in parts)
    solid = merge([
        box((low, 0.1, 0), (-low, long + 0.012, 0.56), "blockout"),
        box((low, 0.0, 0), (-low, 0.1, head), "blockout"),
    ])  # fmt: skip
    return Model(merge(parts), solid)


def _duvet(w: float, y0: float, y1: float, z: float, slot: str) -> Geometry:
    """A duvet that lies on the bed and hangs over its sides, a little crumpled."""
    rng = np.random.default_rng(int(w * 1000) + 5)
    across = np.array([-1, -1, -0.97, -0.9, -0.6, -0.3, 0, 0.3, 0.6, 0.9, 0.97, 1, 1.0]) * w
    drop = np.array([-0.28, -0.12, -0.03, 0.01, 0.03, 0.035, 0.03, 0.035, 0.03, 0.01, -0.03, -0.12,
                     -0.28])  # fmt: skip
    ys = np.concatenate([np.linspace(y0, y1 - 0.06, 8), [y1 - 0.01, y1, y1]])
    fall = np.concatenate([np.zeros(8), [-0.03, -0.12, -0.26]])
    x, y = np.meshgrid(across, ys, indexing="ij")
    height = np.minimum(drop[:, None], 0.04) + fall[None, :]
    height = np.maximum(height, -0.3) + rng.normal(0, 0.006, x.shape)
    points = np.stack([x, y, np.minimum(z + height, 0.575)], axis=-1)
    n, m = x.shape
    index = np.arange(n * m).reshape(n, m)
    faces = np.stack([index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]], axis=-1)
    return geometry(points.reshape(-1, 3), faces.reshape(-1, 4), slot)


def pillow(width: float, slot: str) -> Model:
    """A pillow lying flat, centred, about 0.14 m thick."""
    return Model(cushion((-width / 2, -0.2, 0.0), (width / 2, 0.2, 0.11), slot, 0.05, 0.03))


def scatter_cushion(slot: str, size: float = 0.42) -> Model:
    """A square cushion leaning back: its lower edge at y = 0.14, its back at y = 0."""
    part = cushion((-size / 2, -size / 2, -0.05), (size / 2, size / 2, 0.05), slot, 0.045, 0.03)
    angle = np.radians(72.0)
    c, s = np.cos(angle), np.sin(angle)
    part.verts = part.verts @ np.array([[1, 0, 0], [0, c, -s], [0, s, c]]).T
    part.verts[:, 1] *= -1  # lean backwards
    part.faces = part.faces[:, ::-1]
    return Model(moved(part, (0, -part.verts[:, 1].min(), -part.verts[:, 2].min())))

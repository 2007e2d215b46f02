# SPDX-License-Identifier: GPL-3.0-or-later
"""Things that stand around on open ground: sheds, rocks, walls, rails, bales, cones, plants.

Each stands on z = 0 about its own origin; long ones run along Y.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from scenes.mesh_tools import Geometry, ball, box, cap, geometry, loft, merge, moved, ring, tube


def barn(width: float, depth: float, height: float, wall: str) -> Geometry:
    """A gabled shed with a gate at y = -depth / 2; walls in the object's colour."""
    x, y, rise, over = width / 2, depth / 2, width * 0.3, 0.35
    low = [(-x, -y, 0), (x, -y, 0), (x, y, 0), (-x, y, 0)]
    high = [(-x, -y, height), (x, -y, height), (x, y, height), (-x, y, height)]
    walls = loft(np.array([low, high], dtype=float), wall)
    ends = geometry(
        np.array([(-x, -y, height), (x, -y, height), (0, -y, height + rise), (-x, y, height),
                  (x, y, height), (0, y, height + rise)]),
        np.array([[0, 1, 2], [4, 3, 5]]), wall,
    )  # fmt: skip
    eave = height - over * rise / x
    slopes = np.array([(x + over, -y - over, eave), (x + over, y + over, eave),
                       (0, y + over, height + rise), (0, -y - over, height + rise),
                       (-x - over, -y - over, eave), (-x - over, y + over, eave)])  # fmt: skip
    roof = geometry(slopes, np.array([[0, 1, 2, 3], [5, 4, 3, 2]]), "second")
    gate = box((-width * 0.2, -y - 0.06, 0), (width * 0.2, -y, height * 0.82), "trim")
    window = box((width * 0.3, -y - 0.04, height * 0.4), (width * 0.42, -y, height * 0.7), "glass")
    pane = box((x, -1.0, height * 0.4), (x + 0.04, 0.2, height * 0.7), "glass")
    return merge([walls, ends, roof, gate, window, pane, moved(pane, (0, 2.4, 0))])


def hangar(width: float, depth: float) -> Geometry:
    """A barrel-roofed hangar with a wide gate at y = -depth / 2."""
    angle = np.linspace(0, np.pi, 13)
    arc = np.column_stack([np.cos(angle) * width / 2, np.zeros(13), np.sin(angle) * width * 0.36])
    back = np.array([0.0, depth / 2, 0.0])
    sections = np.stack([arc - back, arc + back])
    gate = [box((-width * 0.34 + i * width * 0.17, -depth / 2 - 0.1, 0),
                (-width * 0.34 + i * width * 0.17 + width * 0.16, -depth / 2, width * 0.22),
                "second") for i in range(4)]  # fmt: skip
    return merge([loft(sections, "corrugated"), *gate])


@cache
def container(long: float) -> Geometry:
    """A shipping container along Y, 2.6 m tall, with ribs and doors."""
    half = 1.22
    ys = np.arange(-long / 2 + 0.35, long / 2 - 0.2, 0.5)
    ribs = [box((half, y - 0.1, 0.15), (half + 0.035, y + 0.1, 2.45), "corrugated") for y in ys]
    ribs += [box((-half - 0.035, y - 0.1, 0.15), (-half, y + 0.1, 2.45), "corrugated") for y in ys]
    bars = [box((x, -long / 2 - 0.05, 0.1), (x + 0.05, -long / 2, 2.5), "metal")
            for x in (-0.8, -0.25, 0.2, 0.75)]  # fmt: skip
    return merge([box((-half, -long / 2, 0.0), (half, long / 2, 2.6), "corrugated"), *ribs, *bars])


def store(width: float, depth: float, height: float) -> Geometry:
    """A flat shop with a glass front at y = 0 looking along -Y and a sign in the second colour."""
    panes = [box((width * 0.06 + i * 2.2, -0.05, 0.3), (width * 0.06 + i * 2.2 + 2.0, 0.0, 2.9),
                 "glass") for i in range(int(width * 0.88 // 2.2))]  # fmt: skip
    return merge([
        box((0, 0, 0), (width, depth, height), "plaster"),
        box((-0.1, -0.3, height - 1.2), (width + 0.1, 0.0, height - 0.2), "sign_band"),
        box((-0.1, -1.6, 3.1), (width + 0.1, 0.0, 3.25), "metal"),
        *panes,
    ])  # fmt: skip


@cache
def rock(variant: int) -> Geometry:
    """A boulder about one metre across, sunk a little into the ground."""
    rng = np.random.default_rng([91, variant])
    part = ball((0, 0, 0.18), (0.55, 0.42, 0.36), "rock", 2)
    way = rng.normal(size=(6, 3))
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    for normal, cut in zip(way, rng.uniform(0.22, 0.4, 6), strict=True):  # broken faces
        far = np.maximum(part.verts @ normal - cut, 0.0)
        part.verts -= far[:, None] * normal * 0.85
    part.verts += rng.uniform(-0.015, 0.015, part.verts.shape)
    part.verts[:, 2] = np.maximum(part.verts[:, 2], 0.0)
    return part


@cache
def stone_wall(variant: int) -> Geometry:
    """A dry-stone wall 3 m long along Y, about 0.75 m tall."""
    rng = np.random.default_rng([92, variant])
    parts = []
    for row in range(4):
        y = -1.5 - float(rng.uniform(0, 0.2))
        while y < 1.45:
            long = float(rng.uniform(0.3, 0.6))
            x = float(rng.uniform(0.2, 0.25)) - row * 0.012
            low = (-x, max(y, -1.5) + 0.01, row * 0.19)
            high = (x, min(y + long, 1.5) - 0.01, row * 0.19 + float(rng.uniform(0.17, 0.2)))
            parts.append(box(low, high, "rock"))
            y += long
    return merge(parts)


@cache
def guard_rail() -> Geometry:
    """A crash barrier 4 m long along Y, 0.75 m tall; its band bulges towards -X."""
    profile = [(0.0, 0.42), (-0.07, 0.48), (-0.07, 0.54), (-0.02, 0.585), (-0.07, 0.63),
               (-0.07, 0.69), (0.0, 0.75), (0.02, 0.585)]  # fmt: skip
    sections = np.array([[(x, y, z) for x, z in profile] for y in (-2.0, 2.0)])
    posts = [box((0.0, y - 0.05, 0), (0.1, y + 0.05, 0.7), "metal") for y in (-1.0, 1.0)]
    return merge([loft(sections, "metal"), *posts])


@cache
def parapet() -> Geometry:
    """A low plastered wall 4 m long along Y with a coping, 0.7 m tall."""
    return merge([
        box((-0.14, -2, 0), (0.14, 2, 0.62), "plaster"),
        box((-0.2, -2, 0.62), (0.2, 2, 0.7), "trim_stone"),
    ])  # fmt: skip


@cache
def bale() -> Geometry:
    """A round bale of straw lying along X, 1.3 m tall."""
    rows = np.stack([ring((x, 0, 0.65), r, 0, 16) for x, r in
                     ((-0.6, 0.6), (-0.56, 0.65), (0.56, 0.65), (0.6, 0.6))])  # fmt: skip
    return loft(rows, "planks")


@cache
def cone() -> Geometry:
    """A traffic cone 0.55 m tall."""
    return merge([
        box((-0.18, -0.18, 0), (0.18, 0.18, 0.04), "trim"),
        tube((0, 0, 0.04), (0, 0, 0.22), (0.13, 0.1), "second", 10),
        tube((0, 0, 0.22), (0, 0, 0.36), (0.1, 0.07), "sign_white", 10),
        tube((0, 0, 0.36), (0, 0, 0.55), (0.07, 0.025), "second", 10),
    ])  # fmt: skip


@cache
def log_pile() -> Geometry:
    """Felled trunks along Y, stacked 0.9 m tall."""
    spots = [(x, 0.17) for x in (-0.7, -0.35, 0.0, 0.35, 0.7)]
    spots += [(x, 0.47) for x in (-0.52, -0.17, 0.18, 0.53)] + [(x, 0.77) for x in (-0.35, 0.0)]
    parts = []
    for i, (x, z) in enumerate(spots):
        shift = 0.15 * ((i * 7) % 5 - 2) / 2
        parts.append(tube((x, -1.6 + shift, z), (x, 1.6 + shift, z), (0.17, 0.16), "bark", 9))
        for end in (-1.605, 1.605):
            parts.append(cap(ring((x, end + shift, z), 0.13, 1, 9), "crate"))
    return merge(parts)


@cache
def planter() -> Geometry:
    """A square concrete tub with earth in it, 0.5 m tall."""
    return merge([
        box((-0.7, -0.7, 0), (0.7, 0.7, 0.45), "concrete"),
        box((-0.58, -0.58, 0.45), (0.58, 0.58, 0.5), "soil"),
    ])  # fmt: skip


@cache
def wheel_stop() -> Geometry:
    """A low concrete block across the head of a parking bay, 1.7 m long along X."""
    rows = np.array([[(x, -0.09, 0), (x, 0.09, 0), (x, 0.05, 0.11), (x, -0.05, 0.11)]
                     for x in (-0.85, 0.85)])  # fmt: skip
    return loft(rows, "concrete")


@cache
def tuft(variant: int) -> Geometry:
    """A clump of long grass about 0.4 m tall, leaves in the object's colour."""
    rng = np.random.default_rng([93, variant])
    count = 42
    foot = rng.normal(0, 0.11, (count, 3)) * [1, 1, 0]
    lean = rng.normal(0, 0.16, (count, 3)) * [1, 1, 0] + foot * 0.8
    tip = foot + lean + np.array([0, 0, 1.0]) * rng.uniform(0.2, 0.45, (count, 1))
    side = rng.normal(size=(count, 3)) * [1, 1, 0]
    side *= 0.022 / np.linalg.norm(side, axis=1, keepdims=True)
    verts = np.stack([foot - side, foot + side, tip], axis=1).reshape(-1, 3)
    names = np.where(rng.random(count) < 0.5, "leaf_light", "leaf")
    return geometry(verts, np.arange(count * 3).reshape(count, 3), names)


@cache
def cactus() -> Geometry:
    """A branching cactus about 2.8 m tall."""
    parts = [tube((0, 0, 0), (0, 0, 2.6), (0.2, 0.18), "paint_matt", 10),
             ball((0, 0, 2.6), (0.18, 0.18, 0.2), "paint_matt", 1)]  # fmt: skip
    for x, low, high in ((0.6, 1.1, 2.0), (-0.55, 0.8, 1.6)):
        parts += [
            tube((0, 0, low), (x, 0, low + 0.1), (0.12, 0.13), "paint_matt", 8),
            tube((x, 0, low + 0.05), (x, 0, high), (0.14, 0.12), "paint_matt", 8),
            ball((x, 0, high), 0.12, "paint_matt", 1),
        ]
    return merge(parts)


@cache
def windsock() -> Geometry:
    """A windsock on its mast, 6 m tall."""
    rows = [(0.0, 0.28, "second"), (0.5, 0.25, "sign_white"), (1.0, 0.22, "second"),
            (1.5, 0.19, "sign_white")]  # fmt: skip
    sock = [tube((0.1 + x, 0, 5.7 - 0.2 * x), (0.6 + x, 0, 5.6 - 0.2 * x), (r, r - 0.03), slot, 8)
            for x, r, slot in rows]  # fmt: skip
    return merge([tube((0, 0, 0), (0, 0, 6), (0.07, 0.04), "pole", 7), *sock])


def disc(radius: float, slot: str, z: float = 0.006, sides: int = 28) -> Geometry:
    """A flat round patch on the ground."""
    return cap(ring((0, 0, z), radius, 2, sides), slot)


def blot(rng: np.random.Generator, radius: float, slot: str, z: float) -> Geometry:
    """A flat patch with an uneven outline: a puddle, a stain, bare earth."""
    points = ring((0, 0, z), radius, 2, 22)
    angle = np.arange(22) * (2 * np.pi / 22)
    wobble = 1 + 0.16 * np.sin(2 * angle + rng.uniform(0, 6)) + 0.1 * np.sin(
        3 * angle + rng.uniform(0, 6))  # fmt: skip
    points[:, :2] *= wobble[:, None] * rng.uniform((0.7, 0.7), (1.1, 1.1))
    return cap(points, slot)

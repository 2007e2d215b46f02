# SPDX-License-Identifier: GPL-3.0-or-later
"""Trees and hedges. They stand on z = 0; leaves take the object's colour."""

from __future__ import annotations

from functools import cache

import numpy as np

from scenes.mesh_tools import Geometry, ball, box, geometry, merge, tube
from scenes.plan import Color

LEAVES: list[Color] = [
    (0.1, 0.24, 0.04),
    (0.15, 0.3, 0.05),
    (0.07, 0.19, 0.05),
    (0.22, 0.32, 0.06),
    (0.12, 0.26, 0.09),
]
AUTUMN: list[Color] = [(0.5, 0.22, 0.03), (0.55, 0.36, 0.04), (0.4, 0.1, 0.03), (0.3, 0.3, 0.05)]

KINDS = ("round", "wide", "oval", "poplar", "conifer", "young")

# Per kind: height of the crown's middle, half width, half height, leaves, trunk radius (metres).
_CROWNS = {
    "round": (4.1, 1.9, 1.8, 270, 0.16),
    "wide": (4.6, 2.7, 1.7, 330, 0.2),
    "oval": (4.6, 1.6, 2.4, 280, 0.16),
    "poplar": (5.2, 1.15, 3.6, 280, 0.15),
    "conifer": (3.9, 1.6, 3.3, 290, 0.14),
    "young": (2.7, 0.95, 1.1, 190, 0.07),
}


@cache
def tree(kind: str, variant: int) -> Geometry:
    """A tree: trunk, a few boughs, a lumpy crown and leaf clusters around it."""
    rng = np.random.default_rng([KINDS.index(kind), variant])
    middle, wide, tall, leaves, trunk = _CROWNS[kind]
    if kind == "conifer":
        lumps, radii = _tiers(middle, wide, tall)
    else:
        lumps, radii = _lumps(rng, middle, wide, tall)
    foot = middle - tall
    parts = [tube((0, 0, 0), (0.05, 0, middle), (trunk * 1.25, trunk * 0.6), "bark", 7)]
    for lump in lumps[:3]:
        parts.append(tube((0.02, 0, foot + 0.1), lump, (trunk * 0.5, 0.03), "bark", 4, False))
    for lump, radius in zip(lumps, radii, strict=True):
        parts.append(_rough(ball(lump, radius * 0.88, "leaf", 1), rng, 0.12 * float(radius.min())))
    parts.append(_leaves(rng, lumps, radii, leaves, 0.23 + 0.085 * wide))
    return merge(parts)


def _lumps(
    rng: np.random.Generator, middle: float, wide: float, tall: float
) -> tuple[np.ndarray, np.ndarray]:
    """Centres (7, 3) and radii (7, 3) of the balls that make a broad-leaved crown."""
    angle = np.arange(6) * (2 * np.pi / 6) + rng.uniform(0, 6)
    out = rng.uniform(0.35, 0.52, 6)
    height = np.array([-0.35, 0.3, -0.2, 0.42, -0.3, 0.1]) + rng.uniform(-0.1, 0.1, 6)
    around = np.column_stack(
        [np.cos(angle) * out * wide, np.sin(angle) * out * wide, height * tall]
    )
    centers = np.concatenate([[[0.0, 0.0, 0.28 * tall]], around])
    centers[:, 2] += middle
    size = np.concatenate([[0.72], rng.uniform(0.5, 0.62, 6)])[:, None] * [wide, wide, tall]
    size[:, 2] = np.minimum(size[:, 2], size[:, 0] * 1.6)
    return centers, size


def _tiers(middle: float, wide: float, tall: float) -> tuple[np.ndarray, np.ndarray]:
    """Centres (6, 3) and radii (6, 3) of the flat balls that make a conifer."""
    step = np.linspace(0, 1, 6)
    z = middle - tall * 0.85 + step * tall * 1.7
    r = wide * (1.0 - 0.88 * step)
    centers = np.column_stack([np.zeros(6), np.zeros(6), z])
    return centers, np.column_stack([r, r, np.full(6, tall * 0.3)])


def _rough(part: Geometry, rng: np.random.Generator, amount: float) -> Geometry:
    """The part with each vertex pushed by up to `amount` metres."""
    part.verts += rng.uniform(-amount, amount, part.verts.shape)
    return part


def _leaves(
    rng: np.random.Generator, lumps: np.ndarray, radii: np.ndarray, count: int, size: float
) -> Geometry:
    """Leaf clusters: `count` randomly turned small faces on the skins of the balls."""
    weight = radii.prod(axis=1) ** (2 / 3)
    which = rng.choice(len(lumps), count, p=weight / weight.sum())
    way = rng.normal(size=(count, 3))
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    place = lumps[which] + way * radii[which] * rng.uniform(0.86, 1.06, (count, 1))
    tilt = way + rng.normal(scale=0.45, size=(count, 3))
    u = np.cross(tilt, rng.normal(size=(count, 3)))
    u /= np.linalg.norm(u, axis=1, keepdims=True)
    v = np.cross(tilt, u)
    v /= np.linalg.norm(v, axis=1, keepdims=True)
    s = size * rng.uniform(0.6, 1.15, (count, 1))
    corners = np.stack([place - u * s, place - v * s * 0.7, place + u * s, place + v * s * 0.7], 1)
    faces = np.arange(count * 4).reshape(count, 4)
    names = np.where(rng.random(count) < 0.45, "leaf_light", "leaf")
    return geometry(corners.reshape(-1, 3), faces, names)


@cache
def hedge(variant: int) -> Geometry:
    """A clipped hedge 4 m long (along Y), 0.8 m deep, about 1.1 m tall."""
    rng = np.random.default_rng([77, variant])
    core = box((-0.36, -1.95, 0.0), (0.36, 1.95, 1.0), "leaf")
    count = 150
    place = rng.uniform((-0.38, -1.98, 0.05), (0.38, 1.98, 1.06), (count, 3))
    face = rng.integers(0, 3, count)
    place[face == 0, 0] = np.sign(place[face == 0, 0]) * 0.37
    place[face == 1, 2] = 1.03
    place[face == 2, 0] = np.sign(place[face == 2, 0]) * 0.37
    lumps = np.zeros((1, 3))
    leaves = _leaves(rng, lumps, np.full((1, 3), 0.02), count, 0.14)
    leaves.verts += np.repeat(place, 4, axis=0)
    return merge([core, leaves])


@cache
def bush(variant: int) -> Geometry:
    """A round bush about 1.2 m tall."""
    rng = np.random.default_rng([78, variant])
    lumps = np.array([[0, 0, 0.6], [0.35, 0.2, 0.45], [-0.3, 0.25, 0.5], [0.05, -0.35, 0.4]])
    radii = np.array([[0.55, 0.55, 0.6], [0.4, 0.4, 0.45], [0.42, 0.4, 0.5], [0.4, 0.42, 0.4]])
    parts = [_rough(ball(c, r * 0.88, "leaf", 1), rng, 0.06) for c, r in zip(lumps, radii,
             strict=True)]  # fmt: skip
    leaves = _leaves(rng, lumps, radii, 110, 0.16)
    whole = merge([*parts, leaves])
    whole.verts[:, 2] = np.maximum(whole.verts[:, 2], 0.0)
    return whole


@cache
def shrub(kind: str, variant: int) -> Geometry:
    """A bush about 1.3 m tall: "leaf", "bloom" (flowers in the second colour) or "bare"."""
    rng = np.random.default_rng([79, variant])
    if kind == "bare":
        return _rods(rng)
    lumps = np.array([[0, 0, 0.62], [0.4, 0.2, 0.45], [-0.35, 0.25, 0.5], [0.05, -0.42, 0.4],
                      [-0.2, -0.1, 0.85]])  # fmt: skip
    lumps = lumps + rng.uniform(-0.06, 0.06, lumps.shape)
    radii = rng.uniform(0.34, 0.5, (5, 1)) * [1.0, 1.0, 0.95]
    parts = [_rough(ball(c, r * 0.8, "leaf", 1), rng, 0.07)
             for c, r in zip(lumps, radii, strict=True)]  # fmt: skip
    parts.append(_leaves(rng, lumps, radii, 120, 0.13))
    if kind == "bloom":
        petals = _leaves(rng, lumps, radii * 1.05, 90, 0.085)
        petals.slots[:] = "petal"
        parts.append(petals)
    whole = merge(parts)
    whole.verts[:, 2] = np.maximum(whole.verts[:, 2], 0.0)
    return whole


def _rods(rng: np.random.Generator) -> Geometry:
    """Bare rods from one root, each with a few side shoots."""
    parts = []
    for _ in range(16):
        way = rng.normal(size=3) * [0.5, 0.5, 0.15] + [0, 0, 1.0]
        tip = way / np.linalg.norm(way) * rng.uniform(0.9, 1.4)
        foot = rng.uniform(-0.08, 0.08, 3) * [1, 1, 0]
        parts.append(tube(foot, tip, (0.016, 0.005), "twig", 3, False))
        for t in (0.45, 0.65, 0.8):
            at = foot + (tip - foot) * t
            shoot = at + rng.normal(size=3) * 0.16 + [0, 0, 0.16]
            parts.append(tube(at, shoot, (0.008, 0.003), "twig", 3, False))
    return merge(parts)


@cache
def flowers(kind: str) -> Geometry:
    """Flowers in the second colour: a "bed" of earth 2.4 m long (along Y), or a wooden "tub"."""
    rng = np.random.default_rng([80, len(kind)])
    half, low = (np.array([0.5, 1.2]), 0.06) if kind == "bed" else (np.array([0.36, 0.8]), 0.5)
    base = box((-half[0], -half[1], 0.0), (half[0], half[1], low), "soil")
    if kind == "tub":
        base = box((-half[0], -half[1], 0.0), (half[0], half[1], low), "planks_dark")
    place = rng.uniform(-0.92, 0.92, (85, 2)) * half
    centers = np.column_stack([place, np.full(85, low + 0.1)])
    green = _leaves(rng, centers, np.full((85, 3), 0.09), 130, 0.12)
    tops = np.column_stack([place, rng.uniform(low + 0.16, low + 0.3, 85)])
    heads = _leaves(rng, tops, np.full((85, 3), 0.03), 110, 0.085)
    heads.slots[:] = "petal"
    whole = merge([base, green, heads])
    whole.verts[:, 2] = np.maximum(whole.verts[:, 2], 0.0)
    return whole

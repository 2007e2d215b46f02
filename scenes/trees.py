# SPDX-License-Identifier: GPL-3.0-or-later
"""Street trees grown from trunk, boughs and twigs. They stand on z = 0.

Leaves take the object's colour. A tree wears one of four dresses: "leaf", "thin" (half its leaves,
as late in autumn), "blossom" or "bare". Wood is named "bark..." on trunk and boughs; what is not
makes the crown.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from scenes.mesh_tools import Geometry, ball, geometry, merge, tube

DRESSES = ("leaf", "thin", "blossom", "bare")


@dataclass(frozen=True)
class Species:
    """Measures of a kind of tree (metres); `shape` names the outline of its crown."""

    shape: str
    height: float
    clear: float  # height of the crown's foot
    spread: float  # half the crown's width
    trunk: float  # radius at the foot
    clumps: int
    clump: float  # radius of a clump of leaves
    flat: float  # its height over its width
    leaves: int
    leaf: float  # half length of a leaf cluster
    solid: float  # size of the dense inside of a clump, as a share
    bark: str = "bark"
    hang: int = 0  # hanging strands


SPECIES: dict[str, Species] = {
    "linden": Species("oval", 7.0, 2.3, 2.0, 0.15, 13, 0.88, 0.85, 620, 0.17, 0.7),
    "maple": Species("round", 6.4, 2.2, 2.2, 0.17, 13, 0.92, 0.8, 620, 0.18, 0.68),
    "plane": Species("wide", 7.2, 2.6, 3.0, 0.23, 14, 1.12, 0.72, 700, 0.21, 0.72, "bark_plane"),
    "chestnut": Species("round", 7.4, 2.3, 2.7, 0.22, 14, 1.1, 0.85, 660, 0.22, 0.76),
    "birch": Species("oval", 7.6, 2.2, 1.5, 0.1, 13, 0.55, 1.0, 430, 0.12, 0.45, "bark_birch", 70),
    "willow": Species("wide", 5.8, 2.3, 2.6, 0.24, 11, 1.0, 0.7, 240, 0.15, 0.72, "bark", 260),
    "cherry": Species("wide", 4.5, 1.7, 1.9, 0.12, 11, 0.72, 0.75, 560, 0.14, 0.68),
    "poplar": Species("column", 9.2, 1.5, 1.15, 0.15, 14, 0.72, 1.5, 620, 0.155, 0.74),
    "young": Species("oval", 4.0, 1.7, 0.95, 0.06, 8, 0.48, 0.95, 360, 0.11, 0.62),
    "pine": Species("umbrella", 7.6, 4.6, 2.7, 0.17, 12, 0.98, 0.5, 620, 0.165, 0.76, "bark_pine"),
    "cypress": Species("flame", 7.8, 0.35, 0.78, 0.12, 13, 0.52, 1.9, 520, 0.13, 0.9),
    "spruce": Species("cone", 7.8, 0.6, 1.9, 0.13, 0, 0.0, 0.0, 0, 0.0, 0.0),
    "palm": Species("palm", 6.6, 5.4, 2.1, 0.17, 0, 0.0, 0.0, 0, 0.0, 0.0, "bark_palm"),
}
EVERGREEN = frozenset({"pine", "cypress", "spruce", "palm"})


@cache
def tree(kind: str, dress: str, variant: int) -> Geometry:
    """A tree of this kind and dress."""
    species = SPECIES[kind]
    rng = np.random.default_rng([list(SPECIES).index(kind), variant])
    if kind == "palm":
        return _palm(species, rng)
    if kind == "spruce":
        return _spruce(species, rng)
    centers, radii = _clumps(species, rng)
    parts = [_wood(species, centers, rng)]
    if dress == "bare":
        parts.append(_twigs(species, centers, radii, rng))
        return _trimmed(merge(parts))
    slots = ("blossom", "blossom") if dress == "blossom" else ("leaf", "leaf_light")
    core = "blossom" if dress == "blossom" else "leaf_dark"
    share = 0.5 if dress == "thin" else 1.0
    if dress != "thin":
        parts += [_rough(ball(c, r * species.solid, core, 0), rng, 0.14 * r.min())
                  for c, r in zip(centers, radii, strict=True)]  # fmt: skip
    parts.append(_sprays(rng, centers, radii, int(species.leaves * share), species.leaf, slots))
    if species.hang:
        parts.append(_strands(species, centers, radii, rng, share))
    return _trimmed(merge(parts))


def _outline(shape: str, t: np.ndarray) -> np.ndarray:
    """Half width of the crown (share of the widest) at the heights t, 0..1 from foot to tip."""
    dome = np.sqrt(np.clip(1 - (2 * t - 1) ** 2, 0, 1))
    return {
        "round": dome,
        "oval": np.sqrt(np.clip(1 - ((t - 0.4) / 0.62) ** 2, 0, 1)),
        "wide": np.sqrt(np.clip(1 - ((t - 0.3) / 0.72) ** 2, 0, 1)),
        "umbrella": np.sqrt(np.clip(1 - ((t - 0.2) / 0.85) ** 2, 0, 1)),
        "column": np.clip(np.minimum(0.55 + 1.6 * t, 2.2 * (1.06 - t)), 0.2, 1),
        "flame": np.clip(np.minimum(0.7 + t, 1.45 * (1.08 - t)), 0.14, 1),
    }[shape]


def _clumps(s: Species, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Centres (K, 3) and radii (K, 3) of the clumps of leaves, spread over the crown's outline."""
    k = np.arange(s.clumps)
    t = (k + 0.5) / s.clumps
    angle = k * 2.4 + rng.uniform(0, 6.3) + rng.normal(0, 0.25, s.clumps)
    size = s.clump * rng.uniform(0.72, 1.12, s.clumps) * (1.0 - 0.3 * t)
    reach = np.clip(s.spread * _outline(s.shape, t) - size * 0.75, 0.0, None)
    out = reach * rng.uniform(0.8, 1.08, s.clumps)
    tall = s.height - s.clear
    z = s.clear + size * s.flat * 0.8 + t * (tall - 1.7 * size * s.flat)
    centers = np.column_stack([np.cos(angle) * out, np.sin(angle) * out, z])
    return centers, np.column_stack([size, size, size * s.flat])


def _wood(s: Species, centers: np.ndarray, rng: np.random.Generator) -> Geometry:
    """Trunk in three slightly bent lengths and a bough to each clump."""
    top = s.height - 0.9 * s.clump * max(s.flat, 0.6)
    line = _trunk_line(s, top)
    heights = line[:, 2]
    thick = s.trunk * np.array([1.3, 0.95, 0.72, 0.22])
    parts = [tube(line[i], line[i + 1], (thick[i], thick[i + 1]), s.bark, 7, False)
             for i in range(3)]  # fmt: skip
    for center in centers:
        low = max(s.clear * 0.8, center[2] - 1.1 * np.hypot(*center[:2]) - 0.5)
        z = min(low, top * 0.92)
        start = np.array([np.interp(z, heights, line[:, 0]), np.interp(z, heights, line[:, 1]), z])
        middle = 0.5 * (start + center) + [0, 0, 0.12 * np.linalg.norm(center - start)]
        middle += rng.normal(0, 0.05, 3)
        r = s.trunk * float(np.interp(z, heights, [0.6, 0.45, 0.36, 0.16]))
        parts.append(tube(start, middle, (r, r * 0.7), s.bark, 4, False))
        parts.append(tube(middle, center, (r * 0.7, r * 0.35), s.bark, 4, False))
    return merge(parts)


def _trunk_line(s: Species, top: float) -> np.ndarray:
    """Points (4, 3) along the trunk."""
    bend = 0.04 * s.spread
    return np.array([(0, 0, 0), (bend, 0, 0.4 * s.clear + 0.3), (-bend, bend, s.clear + 0.35),
                     (bend, -bend, top)])  # fmt: skip


def _twigs(
    s: Species, centers: np.ndarray, radii: np.ndarray, rng: np.random.Generator
) -> Geometry:
    """Bare branches: six in each clump, each with fine twigs; thin ones are flat slivers."""
    parts = []
    up = np.array([0.0, 0.0, 0.35 if not s.hang else -0.1])
    for center, radius in zip(centers, radii, strict=True):
        way = rng.normal(size=(6, 3)) + up + 0.5 * center * [0.5, 0.5, 0.0]
        way /= np.linalg.norm(way, axis=1, keepdims=True)
        ends = center + way * radius * rng.uniform(0.75, 1.05, (6, 1))
        start = center - way * radius * 0.1
        r = 0.03 + 0.05 * s.trunk
        parts += [tube(a, b, (r, r * 0.35), "twig", 3, False)
                  for a, b in zip(start, ends, strict=True)]  # fmt: skip
        parts.append(_slivers(rng, start, ends, way, float(radius[0]), s.hang > 0))
    return merge(parts)


def _slivers(
    rng: np.random.Generator,
    start: np.ndarray,
    ends: np.ndarray,
    way: np.ndarray,
    size: float,
    hanging: bool,
) -> Geometry:
    """Seven fine twigs (triangles) along each branch from `start` to `ends` (B, 3)."""
    count = 7
    along = rng.uniform(0.25, 1.0, (len(start), count, 1))
    foot = (start[:, None] + (ends - start)[:, None] * along).reshape(-1, 3)
    turn = np.repeat(way, count, axis=0) + rng.normal(scale=0.75, size=(len(foot), 3))
    turn[:, 2] += -1.4 if hanging else 0.3
    turn /= np.linalg.norm(turn, axis=1, keepdims=True)
    side = np.cross(turn, rng.normal(size=turn.shape))
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    long = size * rng.uniform(0.45, 0.85, (len(foot), 1))
    wide = 0.017
    points = np.stack([foot - side * wide, foot + side * wide, foot + turn * long], axis=1)
    return geometry(points.reshape(-1, 3), np.arange(len(foot) * 3).reshape(-1, 3), "twig")


def _rough(part: Geometry, rng: np.random.Generator, amount: float) -> Geometry:
    """The part with each vertex pushed by up to `amount` metres."""
    part.verts += rng.uniform(-amount, amount, part.verts.shape)
    return part


def _sprays(
    rng: np.random.Generator,
    centers: np.ndarray,
    radii: np.ndarray,
    count: int,
    size: float,
    slots: tuple[str, str],
) -> Geometry:
    """Leaf clusters: kite-shaped faces on the skins of the clumps, light ones on top."""
    weight = radii.prod(axis=1) ** (2 / 3)
    which = rng.choice(len(centers), count, p=weight / weight.sum())
    way = rng.normal(size=(count, 3))
    way[:, 2] += 0.25
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    place = centers[which] + way * radii[which] * rng.uniform(0.7, 1.1, (count, 1))
    tilt = way + rng.normal(scale=0.5, size=(count, 3)) + [0, 0, 0.2]
    u = np.cross(tilt, rng.normal(size=(count, 3)))
    u /= np.linalg.norm(u, axis=1, keepdims=True)
    v = np.cross(tilt, u)
    v /= np.linalg.norm(v, axis=1, keepdims=True)
    s = size * rng.uniform(0.55, 1.2, (count, 1))
    corners = [place - u * s, place - v * s * 0.62, place + u * s * 1.1, place + v * s * 0.75]
    faces = np.arange(count * 4).reshape(count, 4)
    low, high = centers[:, 2].min(), centers[:, 2].max()
    sun = way[:, 2] * 0.55 + (place[:, 2] - low) / max(high - low, 0.1) * 0.5
    names = np.where(sun + rng.normal(0, 0.22, count) > 0.42, slots[1], slots[0])
    return geometry(np.stack(corners, 1).reshape(-1, 3), faces, names)


def _strands(
    s: Species, centers: np.ndarray, radii: np.ndarray, rng: np.random.Generator, share: float
) -> Geometry:
    """Hanging shoots of willow and birch: narrow strips from the clumps' rims downwards."""
    count = int(s.hang * share)
    which = rng.integers(len(centers), size=count)
    angle = rng.uniform(0, 2 * np.pi, count)
    out = np.column_stack([np.cos(angle), np.sin(angle), np.zeros(count)])
    top = centers[which] + out * radii[which] * rng.uniform(0.5, 1.0, (count, 1))
    floor = 0.55 if s.shape == "wide" else s.clear - 0.3
    long = np.minimum(rng.uniform(0.45, 0.95, count) * (top[:, 2] - floor), 3.0)
    if s.shape != "wide":
        long = np.minimum(long, 1.1)
    side = np.column_stack([-out[:, 1], out[:, 0], np.zeros(count)])
    wide = rng.uniform(0.05, 0.12, (count, 1)) * (1.0 if s.shape == "wide" else 0.8)
    push = out * 0.16 * long[:, None]
    drop = np.column_stack([np.zeros((count, 2)), long])
    middle, end = top + push - drop * 0.5, top + push * 1.1 - drop
    wide = side * wide
    rows = [top - wide, top + wide, middle + wide * 0.85, middle - wide * 0.85,
            end + wide * 0.2, end - wide * 0.2]  # fmt: skip
    points = np.stack(rows, axis=1).reshape(-1, 3)
    strip = np.array([[0, 1, 2, 3], [3, 2, 4, 5]])
    faces = (np.arange(count)[:, None, None] * 6 + strip).reshape(-1, 4)
    names = np.where(rng.random(count * 2) < 0.5, "leaf_light", "leaf")
    return geometry(points, faces, names)


def _spruce(s: Species, rng: np.random.Generator) -> Geometry:
    """A spruce: tiers of drooping boughs, each a folded kite, round a dark core."""
    parts = [tube((0, 0, 0), (0, 0, s.height - 0.4), (s.trunk * 1.2, 0.02), "bark", 6, False)]
    tall = s.height - s.clear
    parts.append(tube((0, 0, s.clear + 0.1), (0, 0, s.height), (s.spread * 0.5, 0.01), "leaf", 8))
    tiers = 13
    corners: list[np.ndarray] = []
    for k in range(tiers):
        t = k / (tiers - 1)
        reach = s.spread * (1.0 - t) ** 0.85 + 0.12
        count = round(9 - 3 * t)
        z = s.clear + 0.25 + t * (tall - 0.55)
        angle = np.arange(count) * (2 * np.pi / count) + k * 1.1 + rng.normal(0, 0.12, count)
        out = np.column_stack([np.cos(angle), np.sin(angle), np.zeros(count)])
        side = np.column_stack([-out[:, 1], out[:, 0], np.zeros(count)])
        far = reach * rng.uniform(0.8, 1.08, (count, 1))
        foot = np.tile([0.0, 0.0, z + 0.3], (count, 1))
        tip = out * far + [0, 0, z - 0.22 * reach]
        ridge = out * far * 0.55 + [0, 0, z + 0.2]
        wing = side * far * 0.34
        low = out * far * 0.6 + [0, 0, z - 0.16]
        corners += [np.stack([foot, low - wing, tip, ridge], 1),
                    np.stack([foot, ridge, tip, low + wing], 1)]  # fmt: skip
    points = np.concatenate(corners)
    names = np.where(rng.random(len(points)) < 0.4, "leaf_light", "leaf")
    faces = np.arange(points.shape[0] * 4).reshape(-1, 4)
    parts.append(geometry(points.reshape(-1, 3), faces, names))
    return _trimmed(merge(parts))


def _palm(s: Species, rng: np.random.Generator) -> Geometry:
    """A palm: a slim bent trunk, arching feathered fronds and a few dry ones below them."""
    bend = rng.uniform(-0.25, 0.25, 2)
    line = np.array([(0, 0, 0), (*(bend * 0.25), s.clear * 0.35), (*(bend * 0.7), s.clear * 0.7),
                     (*bend, s.clear)])  # fmt: skip
    thick = s.trunk * np.array([1.35, 0.95, 0.85, 0.95])
    parts = [tube(line[i], line[i + 1], (thick[i], thick[i + 1]), s.bark, 8, False)
             for i in range(3)]  # fmt: skip
    parts.append(ball((*bend, s.clear), (0.26, 0.26, 0.4), "straw", 1))
    for k in range(22):
        dry = k >= 18
        angle = k * 2.4 + float(rng.normal(0, 0.2))
        rise = -0.5 if dry else float(rng.uniform(0.15, 1.25))
        slot = "straw" if dry else str(rng.choice(["leaf", "leaf_light"]))
        long = s.spread * float(rng.uniform(0.9, 1.1)) * (0.6 if dry else 1.0)
        parts.append(_frond(line[3], angle, rise, long, slot))
    return _trimmed(merge(parts))


def _frond(root: np.ndarray, angle: float, rise: float, long: float, slot: str) -> Geometry:
    """A frond: a rib that falls over, with a leaf blade to both sides, sawn at its edge."""
    steps = 7
    t = np.linspace(0, 1, steps)
    out = np.array([np.cos(angle), np.sin(angle), 0.0])
    side = np.array([-out[1], out[0], 0.0])
    rib = root + np.outer(t * long * (1 - 0.18 * t), out)
    rib[:, 2] += long * (rise * t - (0.35 + 0.75 * max(rise, 0.0)) * t**2)
    wide = 0.3 * np.sin(np.pi * np.clip(t, 0.1, 0.97)) ** 0.6
    parts = []
    for sign in (-1, 1):
        edge = rib + sign * side * wide[:, None] + [0, 0, -0.1] + np.outer(wide * 0.55, out)
        for i in range(steps - 1):
            mid = 0.45 * rib[i] + 0.55 * rib[i + 1]
            points = np.array([rib[i], edge[i], mid, rib[i + 1]])
            parts.append(geometry(points, np.array([[0, 1, 2, -1]]), slot))
            points = np.array([mid, 0.5 * (edge[i] + edge[i + 1]), rib[i + 1]])
            parts.append(geometry(points, np.array([[0, 1, 2]]), slot))
    return merge(parts)


def _trimmed(whole: Geometry) -> Geometry:
    """The tree with nothing of its crown lower than 12 cm, and no bough beyond the crown.

    The blockout's ellipsoid goes round the crown and its cuboid round the trunk's foot: together
    they must hold the whole tree.
    """
    wood = np.char.startswith(whole.slots, "bark")
    used = np.unique(whole.faces[~wood])
    crown = used[used >= 0]
    whole.verts[crown, 2] = np.maximum(whole.verts[crown, 2], 0.12)
    low, high = whole.verts[crown].min(axis=0), whole.verts[crown].max(axis=0)
    above = whole.verts[:, 2] > 0.1
    whole.verts[above, :2] = np.clip(whole.verts[above, :2], low[:2], high[:2])
    whole.verts[:, 2] = np.minimum(whole.verts[:, 2], high[2])
    return whole

# SPDX-License-Identifier: GPL-3.0-or-later
"""Small polygon kit in numpy: every shape of the scenes is put together from these parts.

A `Geometry` holds vertices in metres (Z up), faces of three or four corners (counter-clockwise
seen from outside; a triangle has -1 as fourth corner) and the material name of each face.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

Vector = Sequence[float] | np.ndarray


@dataclass
class Geometry:
    """Vertices (N, 3) in metres, faces (M, 4) int, material name per face (M,)."""

    verts: np.ndarray
    faces: np.ndarray
    slots: np.ndarray

    @property
    def triangles(self) -> int:
        """Number of triangles: a four-cornered face counts two."""
        return int(len(self.faces) + np.count_nonzero(self.faces[:, 3] >= 0))

    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """Smallest and largest corner (3,), (3,) of the local bounding box."""
        return self.verts.min(axis=0), self.verts.max(axis=0)


def geometry(verts: np.ndarray, faces: np.ndarray, slot: str | np.ndarray) -> Geometry:
    """Geometry from vertices (N, 3), faces (M, 3 or 4) and one name or a name per face."""
    faces = np.asarray(faces, dtype=np.int64)
    if faces.shape[1] == 3:
        faces = np.column_stack([faces, np.full(len(faces), -1)])
    slots = np.full(len(faces), slot, dtype="<U16") if isinstance(slot, str) else slot
    return Geometry(np.asarray(verts, dtype=np.float64), faces, slots.astype("<U16"))


def merge(parts: Iterable[Geometry]) -> Geometry:
    """One geometry with all parts in it."""
    items = list(parts)
    starts = np.cumsum([0] + [len(p.verts) for p in items[:-1]])
    faces = np.concatenate([p.faces for p in items])
    shift = np.repeat(starts, [len(p.faces) for p in items])[:, None]
    return Geometry(
        np.concatenate([p.verts for p in items]),
        np.where(faces >= 0, faces + shift, -1),
        np.concatenate([p.slots for p in items]),
    )


def moved(
    part: Geometry, offset: Vector = (0, 0, 0), scale: Vector | float = 1.0, turn: float = 0.0
) -> Geometry:
    """Scaled, then turned about Z by `turn` radians, then shifted by `offset` metres."""
    verts = part.verts * np.asarray(scale, dtype=np.float64)
    if turn:
        verts = verts @ turn_z(turn).T
    return Geometry(verts + np.asarray(offset, dtype=np.float64), part.faces, part.slots)


def turn_z(angle: float) -> np.ndarray:
    """Rotation (3, 3) about Z by `angle` radians, counter-clockwise seen from above."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


def mirrored(part: Geometry) -> Geometry:
    """Mirror image in the plane x = 0, faces still looking outwards."""
    verts = part.verts * np.array([-1.0, 1.0, 1.0])
    flipped = part.faces[:, [2, 1, 0, 3]].copy()
    quad = part.faces[:, 3] >= 0
    flipped[quad] = part.faces[quad][:, ::-1]
    return Geometry(verts, flipped, part.slots)


def repeated(part: Geometry, offsets: np.ndarray) -> Geometry:
    """One copy of the part at each offset (K, 3)."""
    count, size = len(offsets), len(part.verts)
    verts = (part.verts[None] + np.asarray(offsets)[:, None]).reshape(-1, 3)
    shift = (np.arange(count) * size)[:, None, None]
    faces = np.where(part.faces[None] >= 0, part.faces[None] + shift, -1).reshape(-1, 4)
    return Geometry(verts, faces, np.tile(part.slots, count))


def outward(part: Geometry) -> Geometry:
    """Turn faces round that look at the centre of the vertices: for convex parts."""
    faces = part.faces
    third = faces[:, 2]
    a, b, c = part.verts[faces[:, 0]], part.verts[faces[:, 1]], part.verts[third]
    normal = np.cross(b - a, c - a)
    wrong = np.einsum("ij,ij->i", normal, (a + c) / 2 - part.verts.mean(axis=0)) < 0
    fixed = faces.copy()
    tri, quad = wrong & (faces[:, 3] < 0), wrong & (faces[:, 3] >= 0)
    fixed[tri] = faces[tri][:, [2, 1, 0, 3]]
    fixed[quad] = faces[quad][:, ::-1]
    return Geometry(part.verts, fixed, part.slots)


_BOX_VERTS = np.array(
    [[x, y, z] for z in (-0.5, 0.5) for y in (-0.5, 0.5) for x in (-0.5, 0.5)], dtype=np.float64
)
_BOX_FACES = np.array(
    [[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]]
)


def box(low: Vector, high: Vector, slot: str) -> Geometry:
    """Axis-aligned cuboid between two corners (metres)."""
    lo, hi = np.asarray(low, dtype=np.float64), np.asarray(high, dtype=np.float64)
    return geometry(_BOX_VERTS * (hi - lo) + (lo + hi) / 2, _BOX_FACES, slot)


def relief(low: Vector, high: Vector, slot: str) -> Geometry:
    """A cuboid that stands out from a wall behind it (larger y): it has no back."""
    part = box(low, high, slot)
    return Geometry(part.verts, part.faces[[0, 1, 2, 4, 5]], part.slots[:5])


def quad(corners: Sequence[Vector] | np.ndarray, slot: str) -> Geometry:
    """One face through four corners, counter-clockwise seen from outside."""
    verts = np.array(corners, dtype=np.float64)
    return Geometry(verts, np.array([[0, 1, 2, 3]]), np.array([slot], dtype="<U16"))


def patch(
    corners: Sequence[Vector] | np.ndarray,
    rect: tuple[float, float, float, float],
    slot: str,
    lift: float = 0.008,
) -> Geometry:
    """Part (u0, v0, u1, v1) in 0..1 of a four-cornered face, lifted outwards by `lift` metres."""
    p = np.asarray(corners, dtype=np.float64)
    u0, v0, u1, v1 = rect
    normal = np.cross(p[1] - p[0], p[3] - p[0])
    normal /= np.linalg.norm(normal)
    points = [
        (1 - v) * ((1 - u) * p[0] + u * p[1]) + v * ((1 - u) * p[3] + u * p[2]) + lift * normal
        for u, v in ((u0, v0), (u1, v0), (u1, v1), (u0, v1))
    ]
    return quad(points, slot)


def ring(center: Vector, radius: float, axis: int, count: int) -> np.ndarray:
    """Points (count, 3) on a circle about the given coordinate axis (0, 1 or 2)."""
    angle = np.arange(count) * (2 * np.pi / count)
    points = np.zeros((count, 3))
    points[:, (axis + 1) % 3] = np.cos(angle) * radius
    points[:, (axis + 2) % 3] = np.sin(angle) * radius
    return points + np.asarray(center, dtype=np.float64)


def cap(points: np.ndarray, slot: str) -> Geometry:
    """Convex face over a ring of points (P, 3), as a fan of triangles."""
    count = len(points)
    index = np.arange(1, count - 1)
    return geometry(points, np.column_stack([np.zeros_like(index), index, index + 1]), slot)


def loft(sections: np.ndarray, slot: str | np.ndarray, caps: bool = True) -> Geometry:
    """Skin over closed rings (S, P, 3); `slot` may name a material per ring segment (P,)."""
    count, points = sections.shape[:2]
    s, p = np.meshgrid(np.arange(count - 1), np.arange(points), indexing="ij")
    here, there = s * points + p, s * points + (p + 1) % points
    faces = np.stack([here, there, there + points, here + points], axis=-1).reshape(-1, 4)
    names = np.tile(slot, count - 1) if not isinstance(slot, str) else slot
    skin = geometry(sections.reshape(-1, 3), faces, names)
    if not caps:
        return outward(skin)
    end = slot if isinstance(slot, str) else str(slot[0])
    return outward(merge([skin, cap(sections[0], end), cap(sections[-1], end)]))


def tube(
    start: Vector,
    end: Vector,
    radii: tuple[float, float],
    slot: str,
    sides: int = 6,
    caps: bool = True,
) -> Geometry:
    """Round bar from start to end (metres) with a radius at each end."""
    a, b = np.asarray(start, dtype=np.float64), np.asarray(end, dtype=np.float64)
    along = (b - a) / np.linalg.norm(b - a)
    helper = np.array([1.0, 0, 0]) if abs(along[0]) < 0.8 else np.array([0, 1.0, 0])
    u = np.cross(along, helper)
    u /= np.linalg.norm(u)
    v = np.cross(along, u)
    angle = (np.arange(sides) + 0.5) * (2 * np.pi / sides)
    circle = np.cos(angle)[:, None] * u + np.sin(angle)[:, None] * v
    return loft(np.stack([a + circle * radii[0], b + circle * radii[1]]), slot, caps)


def ball(center: Vector, radii: Vector | float, slot: str, level: int = 1) -> Geometry:
    """Ellipsoid from an icosahedron split `level` times (20 * 4^level triangles)."""
    verts, faces = _icosphere(level)
    size = np.asarray(radii, dtype=np.float64)
    return geometry(verts * size + np.asarray(center, dtype=np.float64), faces, slot)


_ICO: dict[int, tuple[np.ndarray, np.ndarray]] = {}


def _icosphere(level: int) -> tuple[np.ndarray, np.ndarray]:
    """Unit sphere: vertices (N, 3), triangles (M, 3)."""
    if level in _ICO:
        return _ICO[level]
    if level == 0:
        g = (1 + 5**0.5) / 2
        verts = np.array(
            [[-1, g, 0], [1, g, 0], [-1, -g, 0], [1, -g, 0], [0, -1, g], [0, 1, g],
             [0, -1, -g], [0, 1, -g], [g, 0, -1], [g, 0, 1], [-g, 0, -1], [-g, 0, 1]]
        )  # fmt: skip
        faces = np.array(
            [[0, 11, 5], [0, 5, 1], [0, 1, 7], [0, 7, 10], [0, 10, 11], [1, 5, 9], [5, 11, 4],
             [11, 10, 2], [10, 7, 6], [7, 1, 8], [3, 9, 4], [3, 4, 2], [3, 2, 6], [3, 6, 8],
             [3, 8, 9], [4, 9, 5], [2, 4, 11], [6, 2, 10], [8, 6, 7], [9, 8, 1]]
        )  # fmt: skip
        _ICO[0] = verts / np.linalg.norm(verts[0]), faces
        return _ICO[0]
    verts, faces = _icosphere(level - 1)
    edges = np.sort(faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    unique, inverse = np.unique(edges, axis=0, return_inverse=True)
    middle = verts[unique].mean(axis=1)
    middle /= np.linalg.norm(middle, axis=1, keepdims=True)
    m = inverse.reshape(-1, 3) + len(verts)
    a, b, c = faces.T
    split = [[a, m[:, 0], m[:, 2]], [b, m[:, 1], m[:, 0]], [c, m[:, 2], m[:, 1]], list(m.T)]
    faces = np.concatenate([np.stack(s, axis=1) for s in split])
    _ICO[level] = np.concatenate([verts, middle]), faces
    return _ICO[level]


def box_uv(part: Geometry) -> np.ndarray:
    """Texture coordinates (L, 2) in metres per face corner, seen along the main axis of each face.

    Corners follow the faces in order, three for a triangle and four for a quadrangle.
    """
    faces = part.faces
    a, b, c = (part.verts[faces[:, i]] for i in range(3))
    axis = np.argmax(np.abs(np.cross(b - a, c - a)), axis=1)
    pick = np.array([[1, 2], [0, 2], [0, 1]])[axis]
    corners = part.verts[np.maximum(faces, 0)]
    uv = np.take_along_axis(corners, pick[:, None, :].repeat(4, axis=1), axis=2)
    return uv[faces >= 0]

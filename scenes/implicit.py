# SPDX-License-Identifier: GPL-3.0-or-later
"""Smooth solids from blended distance fields, and their surfaces: bodies, hair and clothes.

A `Solid` says how far points lie outside of it. A list of solids is one smooth shape: each is
blended into the ones before it. Surfaces come from a grid by dual contouring of the zero level
(naive surface nets): one vertex per cell that the surface crosses, one quad per crossed grid edge.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from scenes.mesh_tools import Geometry, Vector, geometry

FAR = 1.0  # metres; what a grid holds where no solid is near
_SAMPLES = 33  # of a stalk's profile, interpolated smoothly once
_STEPS = np.linspace(0, 1, _SAMPLES)
_REACH = 0.1  # metres beyond its box where a solid still counts


@dataclass(frozen=True)
class Blob:
    """An ellipsoid: `center` (3,) and `radii` (3,) along the axes, metres.

    `blend` is the width over which it melts into others; `carve` makes it a hollow in them.
    """

    center: np.ndarray
    radii: np.ndarray
    blend: float = 0.02
    carve: bool = False

    def distance(self, points: np.ndarray) -> np.ndarray:
        """Signed distance, to first order, of points (N, 3) -> (N,)."""
        local = (points - self.center) / self.radii
        steep = local / self.radii
        return _ellipsoid(
            np.sqrt(np.einsum("ij,ij->i", local, local)),
            np.sqrt(np.einsum("ij,ij->i", steep, steep)),
        )

    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """Corners (3,), (3,) of a box that holds the solid."""
        return self.center - self.radii, self.center + self.radii


@dataclass(frozen=True)
class Stalk:
    """A limb: elliptical sections along a line from `start` to `end` (3,), metres.

    `rows` (K, 4) holds t in 0..1, half width, half depth and a shift along the depth. Depth runs
    along `front`, width across it. The ends are rounded over `caps` metres. `pleats` (n, share)
    waves the section n times around, from nothing at the start to that share of the radius.
    """

    start: np.ndarray
    end: np.ndarray
    front: np.ndarray
    rows: np.ndarray
    caps: tuple[float, float] = (0.03, 0.03)
    blend: float = 0.02
    pleats: tuple[int, float] = (0, 0.0)
    carve: bool = False

    @property
    def length(self) -> float:
        """Distance from start to end, metres."""
        return float(np.linalg.norm(self.end - self.start))

    def axes(self) -> np.ndarray:
        """Rows (3, 3): along, width, depth; orthonormal."""
        along = (self.end - self.start) / self.length
        depth = self.front - along * (self.front @ along)
        depth = depth / np.linalg.norm(depth)
        return np.stack([along, np.cross(depth, along), depth])

    def eased(self, ease: float | Callable[[np.ndarray], np.ndarray]) -> Stalk:
        """The same limb, thicker by `ease` metres, which may depend on t (K,)."""
        rows = np.column_stack([_STEPS, *self._profile])
        extra = ease(rows[:, 0]) if callable(ease) else ease
        rows[:, 1:3] += np.reshape(extra, (-1, 1)) if np.ndim(extra) else extra
        grown = float(np.min(extra))
        return replace(self, rows=rows, caps=(self.caps[0] + grown, self.caps[1] + grown))

    def distance(self, points: np.ndarray) -> np.ndarray:
        """Signed distance, to first order, of points (N, 3) -> (N,)."""
        local = (points - self.start) @ self.axes().T
        t = local[:, 0] / self.length
        width, depth, shift = self._section(t)
        across, deep = local[:, 1], local[:, 2] - shift
        if self.pleats[0]:
            angle = np.arctan2(across / width, deep / depth)
            wave = 1 + self.pleats[1] * np.clip(t, 0, 1) * np.cos(self.pleats[0] * angle)
            width, depth = width * wave, depth * wave
        low, high = (max(c, 1e-3) for c in self.caps)
        beyond = np.where(t < 0, -t / low, np.maximum(t - 1, 0) / high) * self.length
        slope = np.where(t < 0, beyond / low, beyond / high)
        u, v = across / width, deep / depth
        value = np.sqrt(u * u + v * v + beyond * beyond)
        steep = np.sqrt((u / width) ** 2 + (v / depth) ** 2 + slope * slope)
        return _ellipsoid(value, steep)

    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """Corners (3,), (3,) of a box that holds the solid."""
        along, across, depth = self.axes()
        reach = np.max(self.rows[:, 1]), np.max(self.rows[:, 2] + np.abs(self.rows[:, 3]))
        spread = np.abs(across) * reach[0] + np.abs(depth) * reach[1]
        spread = spread * (1 + self.pleats[1])
        ends = np.stack([self.start - along * self.caps[0], self.end + along * self.caps[1]])
        return ends.min(axis=0) - spread, ends.max(axis=0) + spread

    def _section(self, t: np.ndarray) -> np.ndarray:
        """Half width, half depth and shift (3, N) at places along the line."""
        place = np.clip(t, 0.0, 1.0) * (_SAMPLES - 1)
        low = np.minimum(place.astype(np.int64), _SAMPLES - 2)
        share = place - low
        return self._profile[:, low] * (1 - share) + self._profile[:, low + 1] * share

    @cached_property
    def _profile(self) -> np.ndarray:
        """Half width, half depth and shift (3, S) at even steps, without kinks."""
        found = [_smooth(self.rows[:, 0], self.rows[:, i], _STEPS) for i in (1, 2, 3)]
        found[:2] = [np.maximum(row, 1e-3) for row in found[:2]]
        return np.stack(found)


Solid = Blob | Stalk


def distance(solids: Sequence[Solid], points: np.ndarray) -> np.ndarray:
    """Signed distance of points (N, 3) to the blended solids -> (N,); `FAR` where none is near."""
    total = np.full(len(points), FAR)
    for solid in solids:
        low, high = solid.bounds()
        near = ((points > low - _REACH) & (points < high + _REACH)).all(axis=1)
        total[near] = _blended(total[near], solid.distance(points[near]), solid)
    return total


def surface(solids: Sequence[Solid], cell: float, rounds: int = 1) -> Geometry:
    """The blended solids' surface, in quads about `cell` metres wide, smoothed `rounds` times."""
    boxes = [s.bounds() for s in solids if not s.carve]
    low = np.min([b[0] for b in boxes], axis=0) - 3 * cell
    high = np.max([b[1] for b in boxes], axis=0) + 3 * cell
    values = _sampled(solids, low, high, cell)
    verts, faces = _nets(values)
    for _ in range(rounds):
        verts = _relaxed(verts, faces)
    return geometry(verts * cell + low, faces, "surface")


def clipped(part: Geometry, keep: np.ndarray) -> Geometry:
    """The part of a surface where `keep` (N,), a number per vertex, is positive; cut cleanly."""
    if (keep > 0).all():
        return part
    corners = _triangles(part.faces)
    inside = keep[corners] > 0
    count = inside.sum(axis=1)
    whole = corners[count == 3]
    one, two = corners[count == 1], corners[count == 2]
    lone = _turned(one, inside[count == 1])
    pair = _turned(two, ~inside[count == 2])
    edges = np.concatenate([lone[:, [0, 1]], lone[:, [0, 2]], pair[:, [0, 1]], pair[:, [0, 2]]])
    unique, index = np.unique(np.sort(edges, axis=1), axis=0, return_inverse=True)
    a, b = keep[unique[:, 0]], keep[unique[:, 1]]
    share = (a / np.where(a == b, 1.0, a - b))[:, None]
    cut = part.verts[unique[:, 0]] * (1 - share) + part.verts[unique[:, 1]] * share
    index = index.ravel() + len(part.verts)
    n, m = len(lone), len(pair)
    first, second = index[:n], index[n : 2 * n]
    third, fourth = index[2 * n : 2 * n + m], index[2 * n + m :]
    faces = np.concatenate([
        whole,
        np.column_stack([lone[:, 0], first, second]),
        np.column_stack([third, pair[:, 1], pair[:, 2]]),
        np.column_stack([third, pair[:, 2], fourth]),
    ])  # fmt: skip
    return _compact(geometry(np.concatenate([part.verts, cut]), faces, str(part.slots[0])))


def hemmed(part: Geometry, thickness: float) -> Geometry:
    """The surface with its open edges turned inwards by `thickness` metres: cloth, not paper."""
    corners = _triangles(part.faces)
    edges = corners[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
    size = len(part.verts)
    code, back = edges[:, 0] * size + edges[:, 1], edges[:, 1] * size + edges[:, 0]
    rim = edges[~np.isin(code, back)]
    if not len(rim):
        return part
    used = np.unique(rim)
    inner = part.verts[used] - normals(part)[used] * thickness
    place = np.full(size, -1)
    place[used] = np.arange(len(used)) + size
    strip = np.column_stack([rim[:, 1], rim[:, 0], place[rim[:, 0]], place[rim[:, 1]]])
    return Geometry(
        np.concatenate([part.verts, inner]),
        np.concatenate([part.faces, strip]),
        np.concatenate([part.slots, np.full(len(strip), part.slots[0])]),
    )


def without(part: Geometry, hidden: np.ndarray) -> Geometry:
    """The surface without faces whose corners are all `hidden` (N,) bool."""
    gone = (hidden[np.maximum(part.faces, 0)] | (part.faces < 0)).all(axis=1)
    return _compact(Geometry(part.verts, part.faces[~gone], part.slots[~gone]))


def normals(part: Geometry) -> np.ndarray:
    """Unit normals (N, 3) at the vertices, weighted by area."""
    corners = _triangles(part.faces)
    a, b, c = (part.verts[corners[:, i]] for i in range(3))
    across = np.cross(b - a, c - a)
    total = np.stack([
        np.bincount(corners.ravel(), np.repeat(across[:, i], 3), len(part.verts)) for i in range(3)
    ], axis=1)  # fmt: skip
    return total / np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-12)


def smoothstep(low: float, high: float, value: np.ndarray) -> np.ndarray:
    """0 below `low`, 1 above `high`, smooth between."""
    t = np.clip((value - low) / (high - low), 0.0, 1.0)
    return t * t * (3 - 2 * t)


def vector(*values: float) -> np.ndarray:
    """A point or direction (3,)."""
    return np.array(values, dtype=np.float64)


def stalk(
    start: Vector, end: Vector, front: Vector, rows: Sequence[Sequence[float]], **more
) -> Stalk:
    """A `Stalk` from plain numbers; a row may leave out its shift."""
    table = np.array([[*row, 0.0][:4] for row in rows], dtype=np.float64)
    points = (np.asarray(v, dtype=np.float64) for v in (start, end, front))
    return Stalk(*points, table, **more)


def _ellipsoid(value: np.ndarray, steep: np.ndarray) -> np.ndarray:
    # The small numbers keep the very middle, where both vanish, inside.
    return (value - 1) * (value + 1e-6) / (steep + 1e-4)


def _blended(total: np.ndarray, value: np.ndarray, solid: Solid) -> np.ndarray:
    """Smooth union, or smooth difference for a solid that carves."""
    k = solid.blend
    sign = -1.0 if solid.carve else 1.0
    a, b = sign * total, value
    near = np.maximum(k - np.abs(a - b), 0.0) / k
    return sign * (np.minimum(a, b) - near * near * k / 4)


def _smooth(x: np.ndarray, y: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Cubic Hermite interpolation with slopes from the neighbours."""
    if len(x) == 1:
        return np.full(len(at), y[0])
    slope = np.gradient(y, x)
    i = np.clip(np.searchsorted(x, at, side="right") - 1, 0, len(x) - 2)
    h = x[i + 1] - x[i]
    t = np.clip((at - x[i]) / h, 0, 1)
    a, b = y[i] * (1 + 2 * t) * (1 - t) ** 2, slope[i] * h * t * (1 - t) ** 2
    return a + b + y[i + 1] * t * t * (3 - 2 * t) + slope[i + 1] * h * t * t * (t - 1)


def _sampled(solids: Sequence[Solid], low: np.ndarray, high: np.ndarray, cell: float) -> np.ndarray:
    """Distances on a grid, each solid worked out only round its own box."""
    shape = np.ceil((high - low) / cell).astype(int) + 1
    values = np.full(shape, FAR)
    for solid in solids:
        a, b = solid.bounds()
        margin = solid.blend + 2 * cell
        first = np.clip(np.floor((a - margin - low) / cell).astype(int), 0, shape)
        last = np.clip(np.ceil((b + margin - low) / cell).astype(int) + 1, 0, shape)
        if (last <= first).any():
            continue
        ticks = [low[i] + cell * np.arange(first[i], last[i]) for i in range(3)]
        points = np.stack(np.meshgrid(*ticks, indexing="ij"), axis=-1)
        block = tuple(slice(first[i], last[i]) for i in range(3))
        found = solid.distance(points.reshape(-1, 3)).reshape(points.shape[:3])
        values[block] = _blended(values[block], found, solid)
    return values


def _nets(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Vertices (N, 3) in cells and quads (M, 4) of the zero level."""
    inside = values < 0
    shape = values.shape
    points, cells, quads = [], [], []
    for axis in range(3):
        low = tuple(slice(0, -1) if i == axis else slice(1, -1) for i in range(3))
        high = tuple(slice(1, None) if i == axis else slice(1, -1) for i in range(3))
        at = np.argwhere(inside[low] != inside[high]) + (np.arange(3) != axis)
        step = (np.arange(3) == axis).astype(int)
        a, b = values[tuple(at.T)], values[tuple((at + step).T)]
        crossing = at + step * (a / (a - b))[:, None]
        u, v = (np.eye(3, dtype=int)[(axis + k) % 3] for k in (1, 2))
        ring = np.stack([at, at - u, at - u - v, at - v], axis=1)
        codes = np.ravel_multi_index(tuple(np.moveaxis(ring, 2, 0)), shape)
        quads.append(np.where((a < 0)[:, None], codes, codes[:, ::-1]))
        points.append(np.repeat(crossing, 4, axis=0))
        cells.append(codes.ravel())
    codes, index = np.unique(np.concatenate(cells), return_inverse=True)
    where, count = np.concatenate(points), np.bincount(index)
    verts = np.stack([np.bincount(index, where[:, i]) / count for i in range(3)], axis=1)
    return verts, np.searchsorted(codes, np.concatenate(quads))


def _relaxed(verts: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Each vertex moved halfway to the mean of its neighbours."""
    a, b = faces.ravel(), np.roll(faces, -1, axis=1).ravel()
    ends, starts = np.concatenate([a, b]), np.concatenate([b, a])
    count = np.maximum(np.bincount(ends, minlength=len(verts)), 1)
    total = [np.bincount(ends, verts[starts, i], len(verts)) / count for i in range(3)]
    return 0.5 * verts + 0.5 * np.stack(total, axis=1)


def _triangles(faces: np.ndarray) -> np.ndarray:
    """Corners (T, 3) of faces (M, 4)."""
    full = faces[faces[:, 3] >= 0]
    return np.concatenate([faces[:, :3], full[:, [0, 2, 3]]])


def _turned(corners: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Triangles (T, 3) rotated so that the one corner marked in `first` (T, 3) comes first."""
    start = np.argmax(first, axis=1)[:, None]
    return np.take_along_axis(corners, (np.arange(3) + start) % 3, axis=1)


def _compact(part: Geometry) -> Geometry:
    """The geometry without vertices that no face uses."""
    used, index = np.unique(part.faces, return_inverse=True)
    index = index.reshape(part.faces.shape)
    if len(used) and used[0] == -1:
        used, index = used[1:], index - 1
    return Geometry(part.verts[used], index, part.slots)

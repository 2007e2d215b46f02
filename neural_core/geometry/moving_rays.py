# SPDX-License-Identifier: Apache-2.0
"""Embree hierarchies of a scene in which few objects move.

What has moved lately is kept apart from what stands still: then a frame rebuilds the small
hierarchy only, and a ray asks both: what stands still only if it has not been asked before, what
moves only if the ray comes near it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .rasterizer_embree import EmbreeScene, index_rows, require_embree
from .rays import Float, RayScene

_WORTHWHILE = 0.5
"""When more than this share of the faces moves, one hierarchy of all is rebuilt instead."""

_REMEMBERED_RAYS = 1 << 20
"""Rays whose answers are kept: 40 bytes each."""

_MARGIN = 1e-5
_TINY = 1e-20


@dataclass(frozen=True)
class _Part:
    """Some of the faces: their indices, their vertices' indices, the faces within these."""

    faces: NDArray[np.int64]
    vertices: NDArray[np.int64]
    rows: NDArray[Any]

    def build(self, vertices: Float) -> EmbreeScene:
        return EmbreeScene(vertices[self.vertices], self.rows)


class StillScene:
    """What stands still, and what rays met there lately.

    While the camera stands still, too, every frame asks for the same rays: their answers are kept.

    Args:
        scene: the hierarchy; faces: (F,) what its faces are called outside.
    """

    def __init__(self, scene: EmbreeScene, faces: NDArray[np.int64]) -> None:
        self._scene, self._faces = scene, faces
        self._known: list[_Answer] = []

    def nearest(
        self, origins: Float, directions: Float, distance: float
    ) -> tuple[NDArray[np.int64], Float]:
        """Nearest face within ``distance`` or -1, and how far: (N,), (N,). Not to be written to."""
        for answer in self._known:
            if answer.is_about(origins, directions, distance):
                return answer.face, answer.reached
        limits = np.full(len(origins), distance, np.float32)
        row, reached = self._scene.first_hit_within(origins, directions, limits)
        face = np.full(len(origins), -1, np.int64)
        met = row >= 0
        face[met] = self._faces[row[met]]
        self._known.append(_Answer(origins, directions, distance, face, reached))
        while sum(len(answer.face) for answer in self._known) > _REMEMBERED_RAYS:
            del self._known[0]
        return face, reached

    def occluded(self, origins: Float, directions: Float, distance: float) -> NDArray[np.bool_]:
        """See ``RayScene.occluded``."""
        return self._scene.occluded(origins, directions, distance)


@dataclass(frozen=True)
class _Answer:
    """Rays, and what they met."""

    origins: Float
    directions: Float
    distance: float
    face: NDArray[np.int64]
    reached: Float

    def is_about(self, origins: Float, directions: Float, distance: float) -> bool:
        """Whether these very rays were asked about. Others mostly differ in the first one."""
        return distance == self.distance and all(
            np.array_equal(mine[:1], theirs[:1]) and np.array_equal(mine, theirs)
            for mine, theirs in ((self.directions, directions), (self.origins, origins))
        )


class SplitScene:
    """Two hierarchies asked as one. See ``rays.RayScene``.

    Args:
        still: what does not move.
        moving: hierarchy of what does; moving_faces: what its faces are called outside; box: (2, 3)
            around it.
    """

    def __init__(
        self,
        still: StillScene,
        moving: EmbreeScene,
        moving_faces: NDArray[np.int64],
        box: Float,
    ) -> None:
        self._still, self._moving = still, moving
        self._moving_faces, self._box = moving_faces, box

    def first_hit(self, origins: Float, directions: Float, distance: float) -> NDArray[np.int64]:
        """See ``RayScene.first_hit``."""
        found, reached = self._still.nearest(origins, directions, distance)
        rays = rays_near(self._box, origins, directions)
        near, _ = self._moving.first_hit_within(origins[rays], directions[rays], reached[rays])
        met = near >= 0
        found = found.copy()
        found[rays[met]] = self._moving_faces[near[met]]
        return found

    def occluded(self, origins: Float, directions: Float, distance: float) -> NDArray[np.bool_]:
        """See ``RayScene.occluded``."""
        blocked = self._still.occluded(origins, directions, distance)
        rays = rays_near(self._box, origins, directions)
        rays = rays[~blocked[rays]]
        ways = directions if len(directions) == 1 else directions[rays]
        blocked[rays] = self._moving.occluded(origins[rays], ways, distance)
        return blocked


def rays_near(box: Float, origins: Float, directions: Float) -> NDArray[np.int64]:
    """Indices of all rays (N, 3) that meet a box (2, 3), and of some that pass close by.

    ``directions`` may be (1, 3): one for all rays.
    """
    if len(origins) == 0:
        return np.zeros(0, np.int64)
    # Wider than rounding is, so that no ray is lost.
    margin = _MARGIN * max(float(np.abs(box).max()), float(np.abs(origins).max()))
    low, high = box[0] - np.float32(margin), box[1] + np.float32(margin)
    enter = np.zeros(len(origins), np.float32)
    leave = np.full(len(origins), np.inf, np.float32)
    for axis in range(3):
        way, start = directions[:, axis], origins[:, axis]
        # A tiny component instead of 0 keeps the slabs free of 0 * inf.
        inverse = 1.0 / np.where(np.abs(way) < _TINY, np.float32(_TINY), way)
        first, second = (low[axis] - start) * inverse, (high[axis] - start) * inverse
        np.maximum(enter, np.minimum(first, second), out=enter)
        np.minimum(leave, np.maximum(first, second), out=leave)
    return np.flatnonzero(enter <= leave)


class MovingRays:
    """Builds the rays' scene of one layout again and again as its objects move.

    Args:
        faces: (F, 3) int32; face_object: (F,) object of each face.
        vertex_count: of the layout; object_count: of the layout.
    """

    def __init__(
        self,
        faces: NDArray[np.int32],
        face_object: NDArray[np.int32],
        vertex_count: int,
        object_count: int,
    ) -> None:
        require_embree()
        self._faces, self._face_object, self._vertex_count = faces, face_object, vertex_count
        self._moving = np.zeros(object_count, np.bool_)
        self._all_rows = index_rows(faces)
        self._parts: tuple[_Part, _Part] | None = None
        self._still: StillScene | None = None

    def update(self, vertices: Float, changed: NDArray[np.bool_]) -> RayScene:
        """The scene of ``vertices`` (V, 3), of which the ``changed`` (O,) objects have moved."""
        moving = self._choose(changed)
        if not moving.any():
            self._moving, self._still = moving, None
            return EmbreeScene(vertices, self._all_rows)
        if self._still is None or (moving != self._moving).any():
            moves = moving[self._face_object]
            self._moving, self._parts = moving, (self._part(~moves), self._part(moves))
            still = self._parts[0]
            self._still = StillScene(still.build(vertices), still.faces)
        assert self._parts is not None
        apart = self._parts[1]
        corners = vertices[apart.vertices]
        box = np.stack([corners.min(axis=0), corners.max(axis=0)])
        return SplitScene(self._still, EmbreeScene(corners, apart.rows), apart.faces, box)

    def _choose(self, changed: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """The objects to keep apart: those that moved before and now, or now, or none."""
        for moving in (self._moving | changed, changed):
            if moving.any() and moving[self._face_object].mean() <= _WORTHWHILE:
                return moving
        return np.zeros_like(changed)

    def _part(self, chosen: NDArray[np.bool_]) -> _Part:
        corners = self._faces[chosen]
        used = np.zeros(self._vertex_count, np.bool_)
        used[corners] = True
        position = np.cumsum(used) - 1
        return _Part(np.flatnonzero(chosen), np.flatnonzero(used), index_rows(position[corners]))

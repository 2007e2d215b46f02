# SPDX-License-Identifier: Apache-2.0
"""Embree hierarchies of a scene in which few objects move.

What has moved lately is kept apart from what stands still: then a frame rebuilds the small
hierarchy only, and a ray asks both.
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


@dataclass(frozen=True)
class _Part:
    """Some of the faces: their indices, their vertices' indices, the faces within these."""

    faces: NDArray[np.int64]
    vertices: NDArray[np.int64]
    rows: NDArray[Any]

    def build(self, vertices: Float) -> EmbreeScene:
        return EmbreeScene(vertices[self.vertices], self.rows)


class SplitScene:
    """Two hierarchies asked as one. See ``rays.RayScene``."""

    def __init__(
        self,
        still: EmbreeScene,
        still_faces: NDArray[np.int64],
        moving: EmbreeScene,
        moving_faces: NDArray[np.int64],
    ) -> None:
        self._still, self._moving = still, moving
        self._still_faces, self._moving_faces = still_faces, moving_faces

    def first_hit(self, origins: Float, directions: Float, distance: float) -> NDArray[np.int64]:
        """See ``RayScene.first_hit``."""
        limits = np.full(len(origins), distance, np.float32)
        far, limits = self._still.first_hit_within(origins, directions, limits)
        near, _ = self._moving.first_hit_within(origins, directions, limits)
        found = np.where(far >= 0, self._still_faces[far], -1)
        return np.where(near >= 0, self._moving_faces[near], found)

    def occluded(self, origins: Float, directions: Float, distance: float) -> NDArray[np.bool_]:
        """See ``RayScene.occluded``."""
        blocked = self._still.occluded(origins, directions, distance)
        free = np.flatnonzero(~blocked)
        blocked[free] = self._moving.occluded(origins[free], directions[free], distance)
        return blocked


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
        self._still: EmbreeScene | None = None

    def update(self, vertices: Float, changed: NDArray[np.bool_]) -> RayScene:
        """The scene of ``vertices`` (V, 3), of which the ``changed`` (O,) objects have moved."""
        moving = self._choose(changed)
        if not moving.any():
            self._moving, self._still = moving, None
            return EmbreeScene(vertices, self._all_rows)
        if self._still is None or (moving != self._moving).any():
            moves = moving[self._face_object]
            self._moving, self._parts = moving, (self._part(~moves), self._part(moves))
            self._still = self._parts[0].build(vertices)
        assert self._parts is not None
        still, apart = self._parts
        return SplitScene(self._still, still.faces, apart.build(vertices), apart.faces)

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

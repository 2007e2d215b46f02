# SPDX-License-Identifier: Apache-2.0
"""Visibility by Embree on the CPU; barycentrics and depth recomputed in torch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from neural_core.contract import Camera

from .barycentrics import resolve
from .cameras import grid_offsets
from .rasterizer import Fragments, RasterizerUnavailable
from .rays import Float, camera_rays

_MAX_ROWS = 500_000
"""Above this many faces the rows of indices are not turned into tuples: they need memory."""

_CHUNK = 1 << 18
"""Rays a call: bounds the memory of a large frame."""


def require_embree() -> tuple[Any, Any]:
    """Embree's classes of scene and mesh. Raises RasterizerUnavailable with the fix."""
    try:
        from embreex.mesh_construction import TriangleMesh
        from embreex.rtcore_scene import EmbreeScene as Scene
    except ImportError as error:
        raise RasterizerUnavailable(
            f"Embree cannot be loaded ({error}). Install it: pip install 'embreex>=4.4,<5', "
            "or use the rasterizer 'torch'"
        ) from error
    return Scene, TriangleMesh


class EmbreeScene:
    """A bounding volume hierarchy over (V, 3) vertices and (F, 3) faces. See ``rays.RayScene``.

    The faces may come as ``index_rows(faces)``, when that is at hand from an earlier scene.
    """

    def __init__(
        self,
        vertices: Float,
        faces: NDArray[Any],
    ) -> None:
        scene_class, mesh_class = require_embree()
        self.face_count = len(faces)
        if self.face_count == 0:
            return
        # robust: watertight along shared edges.
        self._scene = scene_class(robust=True)
        mesh_class(self._scene, vertices, faces if faces.dtype == object else index_rows(faces))

    def first_hit(self, origins: Float, directions: Float, distance: float) -> NDArray[np.int64]:
        """See ``RayScene.first_hit``."""
        return self._query(origins, directions, distance, "INTERSECT").astype(np.int64)

    def occluded(self, origins: Float, directions: Float, distance: float) -> NDArray[np.bool_]:
        """See ``RayScene.occluded``."""
        return self._query(origins, directions, distance, "OCCLUDED") >= 0

    def first_hit_within(
        self, origins: Float, directions: Float, distances: Float
    ) -> tuple[NDArray[np.int32], Float]:
        """Nearest face within each ray's own distance, or -1, and how far it is: (N,), (N,)."""
        found, reached = np.full(len(origins), -1, np.int32), distances.copy()
        if self.face_count == 0:
            return found, reached
        for part in _chunks(len(origins)):
            # embreex writes the distances of the hits into the array that it is given.
            answer = self._scene.run(
                np.ascontiguousarray(origins[part]),
                np.ascontiguousarray(directions[part]),
                dists=distances[part].copy(),
                output=True,
            )
            found[part], reached[part] = answer["primID"], answer["tfar"]
        return found, reached

    def _query(
        self, origins: Float, directions: Float, distance: float, query: str
    ) -> NDArray[np.int32]:
        found = np.full(len(origins), -1, np.int32)
        if self.face_count == 0:
            return found
        for part in _chunks(len(origins)):
            # embreex takes one direction for all rays, too.
            ways = directions if len(directions) == 1 else directions[part]
            found[part] = self._scene.run(
                np.ascontiguousarray(origins[part]),
                np.ascontiguousarray(ways),
                dists=float(distance),
                query=query,
            )
        return found


def _chunks(count: int) -> Iterator[slice]:
    return (slice(start, start + _CHUNK) for start in range(0, count, _CHUNK))


def index_rows(faces: NDArray[np.integer]) -> NDArray[Any]:
    """The faces in the form that embreex copies fastest.

    embreex reads ``indices[i][0]`` through Python, face by face; rows that are plain tuples make
    that five times faster than rows of a numpy array.
    """
    if len(faces) > _MAX_ROWS:
        return np.ascontiguousarray(faces, np.int32)
    rows = np.empty(len(faces), object)
    rows[:] = list(map(tuple, faces.tolist()))
    return rows


class EmbreeRasterizer:
    """Rays from the near plane through the pixel centres, on the CPU."""

    name = "embree"

    def __init__(self) -> None:
        require_embree()

    def rasterize(
        self, vertices: torch.Tensor, faces: torch.Tensor, camera: Camera, width: int, height: int
    ) -> Fragments:
        """See ``rasterizer.Rasterizer.rasterize``."""
        points = vertices.detach().to("cpu", torch.float32).contiguous().numpy()
        scene = EmbreeScene(points, faces.cpu().numpy())
        offsets = grid_offsets(camera, width, 0, height)
        found = scene.first_hit(*camera_rays(camera, offsets))
        pix_to_face = torch.from_numpy(found).view(height, width).to(vertices.device)
        slopes = torch.from_numpy(offsets).to(vertices.device)
        return resolve(vertices, faces, pix_to_face, slopes, camera)

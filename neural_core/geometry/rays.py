# SPDX-License-Identifier: Apache-2.0
"""Rays against a triangle soup: the interface, and the choice between Embree and torch."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from neural_core.contract import Camera

from .rasterizer import RasterizerUnavailable

Float = NDArray[np.float32]

FAR_AWAY = 1e30
"""Stands for an infinite distance; Embree wants a finite number."""


class RayScene(Protocol):
    """Triangles that rays can be asked about. Distances count in lengths of the direction."""

    def first_hit(self, origins: Float, directions: Float, distance: float) -> NDArray[np.int64]:
        """Index of the nearest face within ``distance`` of each ray (N, 3), or -1: (N,)."""
        ...

    def occluded(self, origins: Float, directions: Float, distance: float) -> NDArray[np.bool_]:
        """Whether anything lies within ``distance`` along each ray (N, 3): (N,).

        ``directions`` may be (1, 3): one for all rays.
        """
        ...


def create_ray_scene(vertices: Float, faces: NDArray[np.integer]) -> RayScene:
    """Embree's scene of (V, 3) vertices and (F, 3) faces, or the torch twin without Embree."""
    try:
        from .rasterizer_embree import EmbreeScene

        return EmbreeScene(vertices, faces)
    except RasterizerUnavailable:
        from .torch_rays import TorchRayScene

        return TorchRayScene(vertices, faces)


def camera_rays(camera: Camera, offsets: Float) -> tuple[Float, Float, float]:
    """Rays in camera space from the near plane on, for offsets (2, N) of image points.

    Returns:
        origins (N, 3), directions (N, 3) whose length along -Z is 1, and the distance to the far
        plane in these units: what lies before the near plane is never met.
    """
    directions = np.empty((offsets.shape[1], 3), np.float32)
    origins = np.empty_like(directions)
    directions[:, 2] = -1.0
    origins[:, 2] = -camera.near
    for axis in range(2):
        if camera.kind == "perspective":
            directions[:, axis] = offsets[axis]
            origins[:, axis] = offsets[axis] * np.float32(camera.near)
        else:
            directions[:, axis] = 0.0
            origins[:, axis] = offsets[axis]
    return origins, directions, float(min(camera.far - camera.near, FAR_AWAY))

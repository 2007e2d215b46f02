# SPDX-License-Identifier: Apache-2.0
"""An object's box in the world and in the picture."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neural_core.contract import Camera, SceneObject
from neural_core.geometry.cameras import project_camera_space, to_camera, transform

CORNERS = np.array([[x, y, z] for x in (0, 1) for y in (0, 1) for z in (0, 1)])
"""Corner i of a box takes minimum (0) or maximum (1) of x, y, z: (8, 3)."""

EDGES = np.array(
    [
        (a, b)
        for a in range(8)
        for b in range(a + 1, 8)
        if np.abs(CORNERS[a] - CORNERS[b]).sum() == 1
    ]
)
"""Pairs of corners: (12, 2)."""

_EYE_PLANE = 1e-4
"""Metres before a perspective eye that a box is cut at when the camera's near is smaller."""


def box_corners(item: SceneObject) -> NDArray[np.float64]:
    """The eight corners in the world, (8, 3), in the order of `CORNERS`."""
    local = np.where(CORNERS == 0, item.box[0], item.box[1])
    return transform(item.matrix_world, local)


def image_rectangle(camera: Camera, corners: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Bounds (left, top, right, bottom) in pixels of a box's image; None: nothing is in front.

    The box (8, 3) in the world is cut at the near plane; the picture's borders do not cut it.
    """
    points = _in_front(camera, to_camera(camera, corners))
    if len(points) == 0:
        return None
    pixels = project_camera_space(camera, points)[:, :2]
    return np.concatenate([pixels.min(axis=0), pixels.max(axis=0)])


def clip_rectangle(
    rectangle: NDArray[np.float64] | None, width: int, height: int
) -> NDArray[np.float64] | None:
    """The part of (left, top, right, bottom) inside the picture; None: there is none."""
    if rectangle is None:
        return None
    inside = np.clip(rectangle, 0, [width, height, width, height])
    return inside if (inside[2:] > inside[:2]).all() else None


def _in_front(camera: Camera, corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Corners (camera space) before the near plane, and where edges cross it."""
    near = max(camera.near, _EYE_PLANE) if camera.kind == "perspective" else camera.near
    depth = -corners[:, 2]
    first, second = EDGES[:, 0], EDGES[:, 1]
    crosses = (depth[first] >= near) != (depth[second] >= near)
    first, second = first[crosses], second[crosses]
    share = ((near - depth[first]) / (depth[second] - depth[first]))[:, None]
    cuts = corners[first] + share * (corners[second] - corners[first])
    return np.concatenate([corners[depth >= near], cuts])

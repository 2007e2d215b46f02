# SPDX-License-Identifier: Apache-2.0
"""Cameras: world, camera and pixel coordinates, and PyTorch3D's conventions.

Axes. World: right-handed, Z up. Camera: +X right, +Y up, looks along -Z. Pixels: origin at the
top-left corner of the image, u to the right, v down, centres at +0.5. Depth is planar: the
distance along the viewing axis, positive in front of the camera.

Every function that takes points works on numpy arrays and on torch tensors alike and returns the
kind it was given; on tensors it is differentiable.
"""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from neural_core.contract import Camera

Points = TypeVar("Points", NDArray[np.floating], torch.Tensor)

_FLIP_XZ = np.diag([-1.0, 1.0, -1.0])
"""Blender's camera axes (+X right, +Y up, -Z ahead) -> PyTorch3D's (+X left, +Y up, +Z ahead)."""


def world_to_camera(camera: Camera) -> NDArray[np.float64]:
    """The view matrix, (4, 4) float64: inverse of the rigid ``camera_to_world``."""
    rotation = camera.camera_to_world[:3, :3]
    view = np.eye(4)
    view[:3, :3] = rotation.T
    view[:3, 3] = -rotation.T @ camera.camera_to_world[:3, 3]
    return view


def to_camera(camera: Camera, points: Points) -> Points:
    """World points (..., 3) -> camera coordinates (..., 3)."""
    return transform(world_to_camera(camera), points)


def to_world(camera: Camera, points: Points) -> Points:
    """Points in camera coordinates (..., 3) -> world (..., 3)."""
    return transform(camera.camera_to_world, points)


def project(camera: Camera, points: Points) -> Points:
    """World points (..., 3) -> (..., 3): u and v in pixels, planar depth in metres.

    A point in the plane of a perspective camera's eye (depth 0) has no image: u, v are infinite or
    NaN there; points behind the camera have negative depth.
    """
    return project_camera_space(camera, to_camera(camera, points))


def project_camera_space(camera: Camera, points: Points) -> Points:
    """Points in camera coordinates (..., 3) -> u and v in pixels, planar depth: (..., 3)."""
    depth = -points[..., 2]
    divisor = depth if camera.kind == "perspective" else 1.0
    u = camera.cx + camera.fx * points[..., 0] / divisor
    v = camera.cy - camera.fy * points[..., 1] / divisor
    return _stack(u, v, depth)


def unproject(camera: Camera, pixels: Points) -> Points:
    """Inverse of :func:`project`: u, v in pixels and planar depth (..., 3) -> world (..., 3)."""
    depth = pixels[..., 2]
    scale = depth if camera.kind == "perspective" else 1.0
    x = (pixels[..., 0] - camera.cx) / camera.fx * scale
    y = (camera.cy - pixels[..., 1]) / camera.fy * scale
    return to_world(camera, _stack(x, y, -depth))


def pixel_offsets(
    camera: Camera, columns: NDArray[np.floating], rows: NDArray[np.floating]
) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Where image points lie on the plane at depth 1: x of each column, y of each row.

    Perspective: the ray of the point is ``t * (x, y, -1)``, t its planar depth.
    Orthographic: the ray of the point is ``(x, y, -t)``.
    """
    return (columns - camera.cx) / camera.fx, (camera.cy - rows) / camera.fy


def grid_offsets(camera: Camera, width: int, top: int, bottom: int) -> NDArray[np.float32]:
    """Offsets (2, N) of the pixel centres of rows top..bottom-1, row by row."""
    x, y = pixel_offsets(camera, np.arange(width) + 0.5, np.arange(top, bottom) + 0.5)
    offsets = np.empty((2, bottom - top, width), np.float32)
    offsets[0], offsets[1] = x, y[:, None]
    return offsets.reshape(2, -1)


def pytorch3d_view(camera: Camera) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """PyTorch3D's ``R`` (3, 3) and ``T`` (3,): ``x_view = x_world @ R + T`` (row vectors)."""
    view = world_to_camera(camera)
    return (_FLIP_XZ @ view[:3, :3]).T, _FLIP_XZ @ view[:3, 3]


def pytorch3d_ndc(camera: Camera, points: torch.Tensor, width: int, height: int) -> torch.Tensor:
    """Points in camera coordinates (..., 3) -> PyTorch3D's NDC x and y, and planar depth.

    +X left, +Y up; the shorter side of the image spans [-1, 1], the longer one [-s, s] with
    s = longer / shorter.
    """
    pixels = project_camera_space(camera, points)
    scale = 2.0 / min(width, height)
    x = (width / 2.0 - pixels[..., 0]) * scale
    y = (height / 2.0 - pixels[..., 1]) * scale
    return torch.stack([x, y, pixels[..., 2]], dim=-1)


def transform(matrix: NDArray[np.float64], points: Points) -> Points:
    """Apply an affine (4, 4) matrix to points (..., 3)."""
    if isinstance(points, torch.Tensor):
        linear = torch.as_tensor(matrix[:3, :3], dtype=points.dtype, device=points.device)
        offset = torch.as_tensor(matrix[:3, 3], dtype=points.dtype, device=points.device)
        return points @ linear.T + offset
    return points @ matrix[:3, :3].T + matrix[:3, 3]


def _stack(*parts: Any) -> Any:
    """Stack along a new last axis."""
    if isinstance(parts[0], torch.Tensor):
        return torch.stack(parts, dim=-1)
    return np.stack(parts, axis=-1)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender's cameras -> the contract's Camera."""

from __future__ import annotations

from dataclasses import replace

import bpy
import numpy as np
from numpy.typing import NDArray

from ..contract import Camera, ContractError, validate_camera, validate_size

Border = tuple[float, float, float, float]


def scene_camera(
    depsgraph: bpy.types.Depsgraph, scene: bpy.types.Scene, width: int, height: int
) -> Camera:
    """The scene's active camera for a picture of width x height pixels.

    Raises:
        ContractError: there is no camera, or it cannot be expressed in the contract.
    """
    if scene.camera is None:
        raise ContractError(
            "scene.camera",
            f"scene '{scene.name}' has no active camera",
            "Add one (Add > Camera) and make it active (View > Cameras > Set Active)",
        )
    return camera_of(depsgraph, scene.camera, scene, width, height)


def camera_of(
    depsgraph: bpy.types.Depsgraph,
    camera: bpy.types.Object,
    scene: bpy.types.Scene,
    width: int,
    height: int,
) -> Camera:
    """One camera object for a picture of width x height pixels: lens, sensor fit, shift, aspect.

    Raises:
        ContractError: the object is not a perspective or orthographic camera, or its matrix is bad.
    """
    if camera.type != "CAMERA":
        raise ContractError(
            "scene.camera",
            f"the active camera '{camera.name}' is of type {camera.type}",
            "Make a camera object the active camera",
        )
    evaluated = camera.evaluated_get(depsgraph)
    if evaluated.data.type not in {"PERSP", "ORTHO"}:
        raise ContractError(
            "scene.camera.type",
            f"camera '{camera.name}' is of type {evaluated.data.type}",
            "Set the camera's lens type to Perspective or Orthographic",
        )
    validate_size(width, height)
    projection = evaluated.calc_matrix_camera(
        depsgraph,
        x=width,
        y=height,
        scale_x=scene.render.pixel_aspect_x,
        scale_y=scene.render.pixel_aspect_y,
    )
    found = _from_projection(
        np.array(evaluated.matrix_world, np.float64), np.array(projection), width, height
    )
    found = replace(
        found, near=float(evaluated.data.clip_start), far=float(evaluated.data.clip_end)
    )
    validate_camera(found)
    return found


def view_camera(view_matrix: object, window_matrix: object, width: int, height: int) -> Camera:
    """The camera of a 3D view.

    Args:
        view_matrix: ``region_data.view_matrix`` (world -> view).
        window_matrix: ``region_data.window_matrix`` (view -> clip).
        width, height: size of the picture in pixels, whatever the region's.
    """
    projection = np.array(window_matrix, np.float64)
    camera = _from_projection(
        np.linalg.inv(np.array(view_matrix, np.float64)), projection, width, height
    )
    near, far = _clip_range(projection)
    return replace(camera, near=near, far=far)


def border_pixels(border: Border, width: int, height: int) -> tuple[int, int, int, int]:
    """The border's pixel window (x0, x1, y0, y1), bottom-up, rounded as Blender does.

    Raises:
        ContractError: the border holds no pixel.
    """
    min_x, max_x, min_y, max_y = (np.float32(min(max(edge, 0.0), 1.0)) for edge in border)
    window = (
        int(min_x * np.float32(width)),
        int(max_x * np.float32(width)),
        int(min_y * np.float32(height)),
        int(max_y * np.float32(height)),
    )
    if window[0] >= window[1] or window[2] >= window[3]:
        raise ContractError(
            "scene.render.border",
            "the render region holds no pixel",
            "Draw a larger region (Ctrl B) or clear it (Ctrl Alt B)",
        )
    return window


def crop_camera(camera: Camera, window: tuple[int, int, int, int], height: int) -> Camera:
    """The camera of a pixel window of the picture; only the principal point moves."""
    x0, _, _, y1 = window
    return replace(camera, cx=camera.cx - x0, cy=camera.cy - (height - y1))


def _from_projection(
    matrix: NDArray[np.float64], projection: NDArray[np.float64], width: int, height: int
) -> Camera:
    """Read the pixel intrinsics out of an OpenGL projection matrix."""
    half_w, half_h = width / 2.0, height / 2.0
    fx, fy = projection[0, 0] * half_w, projection[1, 1] * half_h
    if projection[3, 3] == 0.0:
        kind = "perspective"
        cx, cy = half_w * (1.0 - projection[0, 2]), half_h * (1.0 + projection[1, 2])
    else:
        kind = "orthographic"
        cx, cy = half_w * (1.0 + projection[0, 3]), half_h * (1.0 - projection[1, 3])
    return Camera(_without_scale(matrix), float(fx), float(fy), float(cx), float(cy), kind)


def _without_scale(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Blender ignores a camera's scale: axes become unit vectors."""
    rigid = matrix.copy()
    lengths = np.linalg.norm(rigid[:3, :3], axis=0)
    # A zero axis stays as it is: the contract's check of the camera says so in words.
    rigid[:3, :3] /= np.where(lengths > 0, lengths, 1.0)
    return rigid


def _clip_range(projection: NDArray[np.float64]) -> tuple[float, float]:
    a, b = projection[2, 2], projection[2, 3]
    if projection[3, 3] == 0.0:
        return float(b / (a - 1.0)), float(b / (a + 1.0))
    return float((b + 1.0) / a), float((b - 1.0) / a)

# SPDX-License-Identifier: Apache-2.0
"""From a Frame to the model: the camera as a View, objects as Poses, and what lies out of range."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from neural_core.contract import Camera, ContractError, SceneObject
from neural_core.geometry.primitives import box_matrix

from .config import Controllable3dConfig
from .views import FROM_BLENDER, Poses, View

_AXES = FROM_BLENDER.double().numpy()
_IMAGE = np.diag([1.0, -1.0, -1.0])
"""Blender's camera axes (Y up, looks along -Z) -> the model's (Y down, looks along Z)."""

_QUARTER = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]])
"""New template axes -> old ones: the new Z is the old X."""

MARGIN = 0.15
"""Sizes, distances and fields of view may leave the trained range by this share."""

_TILT = np.cos(np.radians(8.0))
_OFF_MIDDLE = np.radians(10.0)
_LIFT = 0.06


def view_of(camera: Camera, size: tuple[int, int], drawn: tuple[int, int], metres: float) -> View:
    """The camera of a Frame in model units.

    Args:
        size: height and width that the camera's intrinsics are for; drawn: those of the View.
        metres: length of a model unit.

    Raises:
        ContractError: the camera is orthographic, which the model was never shown.
    """
    if camera.kind != "perspective":
        raise ContractError(
            "camera.kind",
            "controllable3d knows perspective cameras only",
            "Set the camera's type to Perspective",
        )
    down, across = drawn[0] / size[0], drawn[1] / size[1]
    rotation = _IMAGE @ camera.camera_to_world[:3, :3].T
    offset = -rotation @ camera.camera_to_world[:3, 3] / metres
    extrinsics = np.concatenate([rotation @ _AXES.T, offset[:, None]], 1)
    return View(
        extrinsics=torch.from_numpy(extrinsics).float()[None],
        focal=(camera.fx * across, camera.fy * down),
        centre=(camera.cx * across, camera.cy * down),
        width=drawn[1],
        height=drawn[0],
    )


def pose_of(item: SceneObject, config: Controllable3dConfig) -> Poses:
    """Where an object's box stands, as one pose; the longer side of the ground is the model's.

    Raises:
        ContractError: the box has no volume.
    """
    axes = _box_axes(item, config)
    if _is_turned(axes, config):
        axes = axes @ _QUARTER
    scale = np.linalg.norm(axes, axis=0)
    if not (scale > 1e-9).all():
        raise ContractError(
            f"object '{item.name}'", "its box has no volume", "Give it a size on every axis"
        )
    middle = _AXES @ box_matrix(item)[:3, 3] / config.metres
    return Poses(*(torch.from_numpy(part).float()[None] for part in (axes / scale, middle, scale)))


def raised(pose: Poses, config: Controllable3dConfig) -> Poses:
    """The pose where the primitive is drawn: `lift` half heights up along its own vertical."""
    down = pose.rotation[:, :, 1] * pose.scale[:, 1:2]
    return pose.moved(-down * config.lift)


def turn_of(item: SceneObject, config: Controllable3dConfig) -> NDArray[np.float64]:
    """Rotation (3, 3) from the axes of the primitive to those of the box, both as in Blender.

    It is none unless `pose_of` made the longer side the model's.
    """
    if not _is_turned(_box_axes(item, config), config):
        return np.eye(3)
    return _AXES.T @ _QUARTER @ _AXES


def out_of_range(item: SceneObject, pose: Poses, config: Controllable3dConfig) -> list[str]:
    """One sentence for every way in which an object is unlike those of the training."""
    rotation, middle, scale = (part[0].double().numpy() for part in vars(pose).values())
    found = []
    if config.poses == "upright":
        ranges, reach = np.array(config.upright_size), config.upright_reach
    else:
        ranges, reach = np.array([config.scale_range] * 3), config.reach
    low, high = ranges[:, 0] * (1 - MARGIN), ranges[:, 1] * (1 + MARGIN)
    if (scale < low).any() or (scale > high).any():
        found.append(
            f"'{item.name}' measures {_lengths(scale[[0, 2, 1]] * 2 * config.metres)} m; "
            f"the model knows {_lengths(ranges[[0, 2, 1], 0] * 2 * config.metres)} "
            f"to {_lengths(ranges[[0, 2, 1], 1] * 2 * config.metres)} m"
        )
    if np.abs(middle[[0, 2]]).max() > reach + MARGIN:
        found.append(
            f"'{item.name}' stands {np.hypot(middle[0], middle[2]) * config.metres:.1f} m from the "
            f"world's middle; the model knows up to {reach * config.metres:.1f} m"
        )
    if config.poses == "upright":
        if abs(rotation[1, 1]) < _TILT:
            found.append(f"'{item.name}' is tilted; the model knows upright objects only")
        elif abs(middle[1] + scale[1]) > _LIFT:
            lift = -(middle[1] + scale[1]) * config.metres
            found.append(f"'{item.name}' stands {lift:+.1f} m from the ground, which is z = 0")
    return found


def camera_out_of_range(view: View, config: Controllable3dConfig) -> list[str]:
    """One sentence for every way in which the camera is unlike those of the training."""
    extrinsics = view.extrinsics[0].double().numpy()
    eye = -extrinsics[:, :3].T @ extrinsics[:, 3]
    distance = float(np.linalg.norm(eye))
    found = []
    if abs(distance / config.radius - 1) > MARGIN:
        found.append(
            f"the camera is {distance * config.metres:.1f} m from the world's middle; "
            f"the model knows {config.radius * config.metres:.0f} m"
        )
    polar = np.degrees(np.arccos(np.clip(-eye[1] / max(distance, 1e-9), -1, 1)))
    low, high = np.degrees(np.arccos(1 - 2 * np.array(config.polar_range)))
    if not low - 4 <= polar <= high + 4:
        found.append(
            f"the camera looks from {90 - polar:.0f} degrees above the ground; "
            f"the model knows {90 - high:.0f} to {90 - low:.0f}"
        )
    ahead = extrinsics[2, :3]
    if np.arccos(np.clip(-(ahead @ eye) / max(distance, 1e-9), -1, 1)) > _OFF_MIDDLE:
        found.append("the camera does not look at the world's middle, as the model's cameras do")
    field = view.focal[1] / view.height
    if abs(field - 1) > MARGIN:
        found.append(
            f"the camera's field of view is {np.degrees(2 * np.arctan(0.5 / field)):.0f} degrees; "
            "the model knows 53"
        )
    return found


def named(objects: Sequence[SceneObject], names: dict[int, str], wanted: tuple[str, ...]) -> list:
    """Objects that are primitives: of a class among ``wanted``, or all where that is empty."""
    return [
        item
        for item in objects
        if not item.holdout and (not wanted or names.get(item.class_id) in wanted)
    ]


def _box_axes(item: SceneObject, config: Controllable3dConfig) -> NDArray[np.float64]:
    """(3, 3): the box's own axes, half its size long, as columns in model space."""
    return _AXES @ box_matrix(item)[:3, :3] @ _AXES.T / config.metres


def _is_turned(axes: NDArray[np.float64], config: Controllable3dConfig) -> bool:
    """Whether the side that is the shorter one in training is the longer one here."""
    if config.poses != "upright":
        return False
    width, _, length = np.array(config.upright_size).mean(1)
    here = np.linalg.norm(axes, axis=0)
    return bool((width < length) == (here[0] > here[2]))


def _lengths(values: NDArray[np.float64]) -> str:
    return " x ".join(f"{value:.1f}" for value in values)

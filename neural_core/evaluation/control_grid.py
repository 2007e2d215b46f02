# SPDX-License-Identifier: Apache-2.0
"""A sheet of pictures of one model under every control: translate, rotate, orbit, hide, swap seed.

The scene is made of the model's own ranges: its usual sizes, its distance, its middle height.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neural_core.contract import Camera, Controls, Frame, Palette, SceneObject, SemanticClass
from neural_core.data.sheets import Row, write_sheet
from neural_core.images import to_uint8
from neural_core.methods.controllable3d.config import Controllable3dConfig
from neural_core.methods.controllable3d.method import Controllable3dMethod

from .layouts import turned

COLUMNS = 8
SIDE = 128
"""Width of a picture in the sheet, at least."""

_CLASS = 1
_AZIMUTH = 0.9
_HEADING = 0.1
_APART = 1.15
"""Between the middles of objects side by side, in widths of theirs."""


def write_control_grid(method: Controllable3dMethod, path: Path, seed: int = 0) -> None:
    """Write the sheet as a PNG.

    Args:
        seed: of the picture and, counted on, of the objects.
    """
    config = method.config
    scale = -(-SIDE // config.size)
    rows: list[Row] = []
    for name, frames in control_frames(config, seed).items():
        rows.append((name, [_picture(method, frame, seed) for frame in frames]))
    write_sheet(path, rows, scale)


def control_frames(config: Controllable3dConfig, seed: int = 0) -> dict[str, list[Frame]]:
    """The scenes of every row, `COLUMNS` each: cars side by side, as if parked."""
    left, middle, right = (_object(config, number, seed) for number in range(3))
    left, right = _shifted(left, -_APART), _shifted(right, _APART)
    far, near = _shifted(left, 0.35), _shifted(right, -0.35)
    still = _camera(config, _AZIMUTH)
    steps = [step / (COLUMNS - 1) - 0.5 for step in range(COLUMNS)]
    around = [2 * np.pi * step / COLUMNS for step in range(COLUMNS)]

    def scene(*objects: SceneObject, camera: Camera = still) -> Frame:
        return _frame(config, camera, objects)

    shown = [(left, middle, right), (left, middle), (left, right), (middle, right)]
    shown += [(left,), (middle,), (right,), (left, middle, right)]
    return {
        "translate": [scene(_shifted(near, 0.0, 0.7 * step), far) for step in steps],
        "rotate": [scene(turned(middle, angle)) for angle in around],
        "orbit": [scene(near, far, camera=_camera(config, _AZIMUTH + angle)) for angle in around],
        "hide": [scene(*objects) for objects in shown],
        "swap seed": [
            scene(replace(near, appearance_seed=seed + 10 + number), far)
            for number in range(COLUMNS)
        ],
    }


def _object(config: Controllable3dConfig, number: int, seed: int) -> SceneObject:
    """An object of the model's usual size in the middle, on the ground where it knows one."""
    width, height, length = np.array(config.usual_size) * config.metres
    ground = 0.0 if config.poses == "upright" else -height
    box = np.array([[-width, -length, ground], [width, length, ground + 2 * height]])
    matrix = np.eye(4)
    item = SceneObject(
        f"object {number}", _CLASS, number + 1, "cuboid", matrix, box, appearance_seed=seed + number
    )
    return turned(item, _HEADING)


def _shifted(item: SceneObject, across: float, along: float = 0.0) -> SceneObject:
    """The object moved by shares of its own width and length."""
    matrix = item.matrix_world.copy()
    width, length, _ = item.box[1] - item.box[0]
    matrix[:3, 3] += matrix[:3, 0] * across * width + matrix[:3, 1] * along * length
    return replace(item, matrix_world=matrix)


def _camera(config: Controllable3dConfig, azimuth: float) -> Camera:
    """A camera of the training, at its middle height above the ground."""
    polar = float(np.mean(np.arccos(1 - 2 * np.array(config.polar_range))))
    out = np.array(
        [np.sin(polar) * np.cos(azimuth), np.sin(polar) * np.sin(azimuth), np.cos(polar)]
    )
    right = np.array([-np.sin(azimuth), np.cos(azimuth), 0.0])
    pose = np.eye(4)
    pose[:3, :3] = np.column_stack([right, np.cross(out, right), out])
    pose[:3, 3] = config.radius * config.metres * out
    size = float(config.size)
    return Camera(pose, size, size, size / 2, size / 2)


def _frame(config: Controllable3dConfig, camera: Camera, objects: Sequence[SceneObject]) -> Frame:
    name = config.classes[0] if config.classes else "object"
    palette = Palette("grid", (SemanticClass(_CLASS, name, (0.5, 0.5, 0.5)),))
    return Frame(config.size, config.size, camera, palette, tuple(objects), scene="grid")


def _picture(method: Controllable3dMethod, frame: Frame, seed: int) -> NDArray[np.uint8]:
    return to_uint8(method.render(method.prepare(frame), Controls(seed=seed)).image[..., :3])

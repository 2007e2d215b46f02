# SPDX-License-Identifier: Apache-2.0
"""KITTI objects: ``label_2/NAME.txt``, ``calib/NAME.txt``, and the full poses in ``pose/``.

KITTI's camera axes are x right, y down, z ahead; pixel centres have whole numbers, so the principal
point is the contract's less 0.5. A label's box stands upright on the plane of x and z and may only
be turned about y. So a label is exact while the object's upright axis is the camera's; otherwise it
is the upright box of the same size and centre with the nearest heading, and ``tilt`` in ``pose/``
says by how many degrees it leans.

Two formats differ in the axes alone. ``kitti`` uses the camera's own: R0_rect is the identity, P2
holds the intrinsics, boxes are exact for level cameras. ``kitti_level`` uses axes at the eye that
are level: y is straight down, z the level direction in which the camera looks; R0_rect turns the
camera's axes into them and P2 contains the way back, so boxes of things that stand upright in the
world are exact however the camera is tilted. Readers must then project with the whole of P2.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neural_core.contract import Camera, ContractError, normalise_name
from neural_core.data.heading import heading_rotation
from neural_core.geometry.cameras import transform, world_to_camera

from .boxes import box_corners, clip_rectangle, image_rectangle
from .classes import Categories
from .labels import FrameLabels, InstanceLabel

Matrix = NDArray[np.float64]

FROM_BLENDER = np.diag([1.0, -1.0, -1.0])
"""Blender's camera axes (looks along -Z, +Y up) -> KITTI's."""

TYPES = {"car": "Car", "person": "Pedestrian", "truck": "Truck", "train": "Tram"}
"""Names of classes that KITTI calls otherwise; other names lose their spaces: TrafficSign."""

SIDE, FRONT, UP = 0, 1, 2
"""What the axes of an object's local space are: things look along their +Y and stand along +Z."""

OCCLUSION_STEPS = (0.1, 0.5)
"""From these occlusions on KITTI's grade is 1 (partly) and 2 (largely occluded)."""

_VELODYNE = np.array([[0.0, -1, 0, 0], [0, 0, -1, 0], [1, 0, 0, 0]])
"""A laser at the eye: its x ahead, y left, z up -> KITTI's camera axes."""


@dataclass(frozen=True)
class KittiCamera:
    """Where labels of a frame count from.

    Attributes:
        from_world: (4, 4) world -> the labels' axes.
        rectify: (3, 3) R0_rect, the camera's axes -> the labels' axes.
        projection: (3, 4) P2, the labels' axes -> pixels whose centres are whole numbers.
    """

    from_world: Matrix
    rectify: Matrix
    projection: Matrix


@dataclass(frozen=True)
class KittiBox:
    """A box as KITTI knows it.

    Attributes:
        size: height, width, length in metres.
        location: (3,) centre of the bottom.
        rotation_y: heading about y in [-pi, pi]; 0 looks along x.
        tilt: degrees between the object's upright axis and y: 0 where the box is exact.
    """

    size: tuple[float, float, float]
    location: Matrix
    rotation_y: float
    tilt: float

    @property
    def alpha(self) -> float:
        """The heading as the camera sees it, in [-pi, pi]."""
        return _wrap(self.rotation_y - float(np.arctan2(self.location[0], self.location[2])))


def camera_axes(camera: Camera) -> KittiCamera:
    """The camera's own axes."""
    return _kitti_camera(camera, np.eye(3))


def level_axes(camera: Camera) -> KittiCamera:
    """Axes at the eye with y straight down and z the level direction of view."""
    right, forward, up = heading_rotation(camera)
    to_level = np.stack([right, -up, forward])
    rotation = camera.camera_to_world[:3, :3] @ FROM_BLENDER
    return _kitti_camera(camera, to_level @ rotation)


def kitti_box(matrix_world: Matrix, box: NDArray[np.float64], from_world: Matrix) -> KittiBox:
    """The box of an object (4, 4), (2, 3) in KITTI's axes, upright with the nearest heading."""
    matrix = from_world @ matrix_world
    lengths = np.linalg.norm(matrix[:3, :3], axis=0)
    axes = matrix[:3, :3] / lengths
    size = (box[1] - box[0]) * lengths
    side, front, up = _roles(axes)
    centre = transform(matrix, (box[0] + box[1]) / 2)
    heading = axes[:, front]
    lean = min(abs(float(axes[1, up])), 1.0)
    return KittiBox(
        size=(float(size[up]), float(size[side]), float(size[front])),
        location=centre + np.array([0.0, size[up] / 2, 0.0]),
        rotation_y=_wrap(float(np.arctan2(-heading[2], heading[0]))),
        tilt=float(np.degrees(np.arccos(lean))),
    )


def _roles(axes: Matrix) -> tuple[int, int, int]:
    """Which local axes are side, front and up of a thing that may have fallen over."""
    upright = int(np.argmax(np.abs(axes[1]) + np.array([0.0, 0.0, 1e-6])))
    roles = [SIDE, FRONT, UP]
    place = roles.index(upright)
    roles[place], roles[2] = roles[2], roles[place]
    return roles[0], roles[1], roles[2]


class _Writer:
    """Labels in one kind of axes; subclasses say which."""

    folder_name = ""

    def __init__(self, folder: Path, categories: Categories) -> None:
        self._folder = folder / self.folder_name
        self._types = {entry.id: kitti_type(entry.name) for entry in categories.all()}
        self._splits: dict[str, list[str]] = {}
        for part in ("label_2", "calib", "pose", "ImageSets"):
            (self._folder / part).mkdir(parents=True, exist_ok=True)

    def axes(self, camera: Camera) -> KittiCamera:
        raise NotImplementedError

    def add(self, labels: FrameLabels) -> None:
        """Write a frame's labels, calibration and poses.

        Raises:
            ContractError: the camera is orthographic.
        """
        name, frame = labels.shot.name, labels.shot.frame
        if frame.camera.kind != "perspective":
            raise ContractError(
                f"{name}: camera.kind",
                "KITTI knows perspective cameras only",
                "Use a perspective camera, or leave kitti out",
            )
        view = self.axes(frame.camera)
        boxes = [
            kitti_box(label.item.matrix_world, label.item.box, view.from_world)
            for label in labels.instances
        ]
        lines = [
            _line(self._types[label.category], label, box)
            for label, box in zip(labels.instances, boxes, strict=True)
        ]
        poses = [
            self._pose(labels, label, box, view)
            for label, box in zip(labels.instances, boxes, strict=True)
        ]
        document = {
            "picture": labels.shot.file_name,
            "camera_to_world": frame.camera.camera_to_world.tolist(),
            "from_world": view.from_world.tolist(),
            "P2": view.projection.tolist(),
            "objects": poses,
        }
        (self._folder / "label_2" / f"{name}.txt").write_text("".join(lines))
        (self._folder / "calib" / f"{name}.txt").write_text(_calibration(view))
        (self._folder / "pose" / f"{name}.json").write_text(json.dumps(document, indent=1))
        self._splits.setdefault(labels.shot.split, []).append(name)

    def finish(self) -> None:
        """Write the lists of names."""
        for split, names in self._splits.items():
            path = self._folder / "ImageSets" / f"{split or 'all'}.txt"
            path.write_text("".join(f"{name}\n" for name in names))

    def close(self) -> None:
        """Nothing is held open."""

    def _pose(
        self, labels: FrameLabels, label: InstanceLabel, box: KittiBox, view: KittiCamera
    ) -> dict[str, Any]:
        item = label.item
        corners = box_corners(item)
        full = clip_rectangle(image_rectangle(labels.shot.frame.camera, corners), *labels.size)
        return {
            "type": self._types[label.category],
            "name": item.name,
            "instance_id": item.instance_id,
            "tilt": round(box.tilt, 4),
            "truncation": label.extent.truncation,
            "occlusion": label.extent.occlusion,
            "measured_on": label.extent.measured_on,
            "box_2d": list(label.box),
            "box_2d_full": None if full is None else _left_top_width_height(full),
            "corners": transform(view.from_world, corners).tolist(),
            "matrix": (view.from_world @ item.matrix_world).tolist(),
            "box": item.box.tolist(),
        }


class KittiWriter(_Writer):
    """The camera's own axes."""

    folder_name = "kitti"

    def axes(self, camera: Camera) -> KittiCamera:
        """See `camera_axes`."""
        return camera_axes(camera)


class LevelKittiWriter(_Writer):
    """Level axes."""

    folder_name = "kitti_level"

    def axes(self, camera: Camera) -> KittiCamera:
        """See `level_axes`."""
        return level_axes(camera)


def kitti_type(name: str) -> str:
    """KITTI's word for a class: Car, Pedestrian, TrafficSign."""
    plain = normalise_name(name)
    return TYPES.get(plain) or plain.title().replace(" ", "") or "Misc"


def occlusion_grade(occlusion: float) -> int:
    """KITTI's 0 (fully visible), 1 (partly) or 2 (largely occluded)."""
    return sum(occlusion >= step for step in OCCLUSION_STEPS)


def _kitti_camera(camera: Camera, rectify: Matrix) -> KittiCamera:
    turn = np.eye(4)
    turn[:3, :3] = rectify @ FROM_BLENDER
    intrinsics = np.array(
        [[camera.fx, 0, camera.cx - 0.5], [0, camera.fy, camera.cy - 0.5], [0, 0, 1]]
    )
    projection = np.concatenate([intrinsics @ rectify.T, np.zeros((3, 1))], axis=1)
    return KittiCamera(turn @ world_to_camera(camera), rectify, projection)


def _line(kind: str, label: InstanceLabel, box: KittiBox) -> str:
    left, top, width, height = label.box
    pixels = (left, top, left + width - 1, top + height - 1)
    numbers = [f"{label.extent.truncation:.4f}", str(occlusion_grade(label.extent.occlusion))]
    numbers += [f"{box.alpha:.6f}", *(f"{p:.2f}" for p in pixels)]
    numbers += [f"{value:.5f}" for value in (*box.size, *box.location.tolist())]
    return " ".join([kind, *numbers, f"{box.rotation_y:.6f}"]) + "\n"


def _calibration(view: KittiCamera) -> str:
    # The four cameras of KITTI's car are one here, and the laser sits at its eye.
    entries = {
        **{f"P{index}": view.projection for index in range(4)},
        "R0_rect": view.rectify,
        "Tr_velo_to_cam": _VELODYNE,
        "Tr_imu_to_velo": np.eye(4)[:3],
    }
    lines = (
        f"{name}: {' '.join(f'{value:.12e}' for value in matrix.reshape(-1))}\n"
        for name, matrix in entries.items()
    )
    return "".join(lines)


def _left_top_width_height(bounds: NDArray[np.float64]) -> list[float]:
    left, top, right, bottom = bounds.tolist()
    return [left, top, right - left, bottom - top]


def _wrap(angle: float) -> float:
    return float((angle + np.pi) % (2 * np.pi) - np.pi)

# SPDX-License-Identifier: Apache-2.0
"""Held-out scenes as layouts: their cameras and boxes, and the same with an object somewhere else.

World: Z up, metres. An object's heading is the direction of its own +Y.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from neural_core.contract import Camera, Frame, Palette, SceneObject, SemanticClass
from neural_core.data.dataset import FrameDataset
from neural_core.geometry.passes import rasterize_passes

_GREY = (0.5, 0.5, 0.5)


@dataclass(frozen=True)
class Layout:
    """A picture of a data set and what is known of it.

    Attributes:
        frame: camera and the objects of the wanted classes, without passes.
        image: (H, W, 3) in [0, 1]; instance: (H, W), the ids of the frame's objects, 0 elsewhere.
        scene: seed of the scene; the pictures of one scene show the same objects.
    """

    frame: Frame
    image: NDArray[np.float32]
    instance: NDArray[np.int64]
    scene: int


def layouts_of(data: FrameDataset, classes: Sequence[str], most: int) -> list[Layout]:
    """Up to ``most`` evenly spread layouts of a set in the detailed form that show such objects."""
    wanted = [number for number, name in data.class_names.items() if name in classes]
    chosen = [
        index
        for index in range(len(data))
        if np.isin(data.table(index, "detailed").class_id, wanted).any()
    ]
    most = min(most, len(chosen))
    spread = [chosen[i * len(chosen) // most] for i in range(most)]
    return [_layout(data, index, wanted) for index in spread]


def _layout(data: FrameDataset, index: int, wanted: list[int]) -> Layout:
    table, sample = data.table(index, "detailed"), data[index]
    height, width = data.size
    rows = np.flatnonzero(np.isin(table.class_id, wanted))
    objects = tuple(
        SceneObject(
            name=f"object {row}",
            class_id=int(table.class_id[row]),
            instance_id=int(row),
            primitive="cuboid",
            matrix_world=table.matrix_world[row].astype(np.float64),
            box=table.box[row].astype(np.float64),
            appearance_seed=int(table.appearance_seed[row]),
        )
        for row in rows
    )
    names = {k: name for k, name in data.class_names.items() if k}
    palette = Palette("data", tuple(SemanticClass(k, name, _GREY) for k, name in names.items()))
    instance = sample["instance"].numpy()
    return Layout(
        frame=Frame(width, height, data.camera(index), palette, objects, scene="held out"),
        image=sample["image"].permute(1, 2, 0).numpy().astype(np.float32) / 255,
        instance=np.where(np.isin(instance, rows), instance, 0),
        scene=data.key(index)[0],
    )


def alone(frame: Frame, item: SceneObject) -> Frame:
    """The frame with this object and no other."""
    return replace(frame, objects=(item,))


def moved_to(item: SceneObject, place: SceneObject) -> SceneObject:
    """The object where another one stands on the ground, its own height and heading kept."""
    matrix = item.matrix_world.copy()
    matrix[:2, 3] += middle_of(place)[:2] - middle_of(item)[:2]
    return replace(item, matrix_world=matrix)


def turned(item: SceneObject, angle: float) -> SceneObject:
    """The object turned about the vertical through its middle by ``angle`` radians."""
    turn = np.eye(4)
    turn[:2, :2] = [[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]]
    middle = np.eye(4)
    middle[:2, 3] = middle_of(item)[:2]
    return replace(item, matrix_world=middle @ turn @ np.linalg.inv(middle) @ item.matrix_world)


def seen_heading(item: SceneObject, camera: Camera) -> float:
    """Radians from the object's heading to the way from it to the camera, on the ground.

    0: it faces the camera. Objects with the same angle show the camera the same side.
    """
    heading = item.matrix_world[:2, 1]
    towards = camera.camera_to_world[:2, 3] - middle_of(item)[:2]
    return wrapped(
        math.atan2(towards[1], towards[0]) - math.atan2(float(heading[1]), float(heading[0]))
    )


def silhouette(item: SceneObject, frame: Frame) -> NDArray[np.bool_]:
    """(H, W): the pixels of the frame that its box covers."""
    box = replace(item, primitive="cuboid", mesh=None, holdout=False)
    return rasterize_passes(alone(frame, box)).instance == item.instance_id


def wrapped(angle: float) -> float:
    """The angle in [-pi, pi)."""
    return (angle + math.pi) % (2 * math.pi) - math.pi


def middle_of(item: SceneObject) -> NDArray[np.float64]:
    """Of its box, (3,) in the world."""
    return item.matrix_world[:3, :3] @ item.box.mean(0) + item.matrix_world[:3, 3]

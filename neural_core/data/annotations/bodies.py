# SPDX-License-Identifier: Apache-2.0
"""Bodies that are keypoints alone, and the things that make up what is seen of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from neural_core.contract import SceneObject
from neural_core.geometry.cameras import transform

from .boxes import box_corners

NO_MESH = "a body's parts"
"""Stands for the key of the mesh that a body does not have."""


def is_bare(item: SceneObject) -> bool:
    """Whether an object is keypoints without surface, such as a figure's armature."""
    return item.primitive == "point" and item.keypoints is not None and len(item.keypoints) > 0


def parts_of_bodies(
    bodies: Sequence[SceneObject], parts: Sequence[SceneObject]
) -> list[list[SceneObject]]:
    """For each body its parts: a thing belongs to the body with the keypoint next to its middle."""
    found: list[list[SceneObject]] = [[] for _ in bodies]
    for part in parts:
        middle = box_corners(part).mean(axis=0)
        away = [_distance(body, middle) for body in bodies]
        found[int(np.argmin(away))].append(part)
    return found


def with_box(body: SceneObject, parts: Sequence[SceneObject]) -> SceneObject:
    """The body with a box, in its own space, that holds its parts and its keypoints."""
    assert body.keypoints is not None
    points = np.concatenate([*(box_corners(part) for part in parts), body.keypoints])
    local = transform(np.linalg.inv(body.matrix_world), points)
    box = np.stack([local.min(axis=0), local.max(axis=0)])
    # Its extent is measured on this box, as that of any mesh that is not at hand.
    return replace(body, primitive="mesh", mesh=NO_MESH, box=box)


def _distance(body: SceneObject, point: np.ndarray) -> float:
    assert body.keypoints is not None
    return float(np.linalg.norm(body.keypoints - point, axis=1).min())

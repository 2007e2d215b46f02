# SPDX-License-Identifier: Apache-2.0
"""Boxes of things with a front, turned to the axes that the model knows."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from neural_core.contract import SceneObject

_QUARTER = np.array([[0.0, 1, 0, 0], [-1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
"""New local coordinates -> old ones: the new +Y is the old +X."""


def along_y(objects: Sequence[SceneObject], class_ids: Collection[int]) -> list[SceneObject]:
    """The objects; boxes of these classes that are longer along X get axes turned by 90 degrees.

    Such a box stays where it is in the world, only its axes are named anew, so that its longer side
    is Y and its front, +Y, lies where +X was.
    """
    return [_turned(o) if o.class_id in class_ids and _is_across(o) else o for o in objects]


def _is_across(item: SceneObject) -> bool:
    lengths = np.linalg.norm(item.matrix_world[:3, :3], axis=0) * (item.box[1] - item.box[0])
    return bool(lengths[0] > lengths[1])


def _turned(item: SceneObject) -> SceneObject:
    (x0, y0, z0), (x1, y1, z1) = item.box
    box = np.array([[-y1, x0, z0], [-y0, x1, z1]])
    return replace(item, matrix_world=item.matrix_world @ _QUARTER, box=box)

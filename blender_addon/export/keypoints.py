# SPDX-License-Identifier: GPL-3.0-or-later
"""Keypoints of armatures: a rig that has a marker bone for each of them tells where they are."""

from __future__ import annotations

import bpy
import numpy as np
from numpy.typing import NDArray

from ..contract import VOID, SceneObject

KEYPOINTS = (
    "nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder",
    "left_elbow", "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee",
    "right_knee", "left_ankle", "right_ankle", "neck",
)  # fmt: skip
"""COCO's 17 keypoints in COCO's order, then the neck. Left is the figure's own left."""

PREFIX = "keypoint_"


def keypoints_of(armature: bpy.types.Object) -> NDArray[np.float64] | None:
    """Places (18, 3) of the heads of the bones ``keypoint_nose`` … in the armature's own space.

    Args:
        armature: evaluated object of type ARMATURE.

    Returns:
        None when one of the bones is missing: the rig is then no figure of this kind.
    """
    bones = [armature.pose.bones.get(PREFIX + name) for name in KEYPOINTS]
    if any(bone is None for bone in bones):
        return None
    return np.array([bone.head for bone in bones], np.float64)


def figure_object(
    armature: bpy.types.Object, points: NDArray[np.float64], instance_id: int, seed: int
) -> SceneObject:
    """The armature as a thing without surface: a point that carries keypoints in world space."""
    matrix = np.array(armature.matrix_world, np.float64)
    return SceneObject(
        name=armature.name,
        class_id=VOID,
        instance_id=instance_id,
        primitive="point",
        matrix_world=matrix,
        box=np.stack([points.min(axis=0), points.max(axis=0)]),
        appearance_seed=seed,
        keypoints=(points @ matrix[:3, :3].T + matrix[:3, 3]).astype(np.float32),
    )

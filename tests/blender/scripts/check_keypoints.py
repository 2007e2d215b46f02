# SPDX-License-Identifier: GPL-3.0-or-later
"""Armatures with marker bones: what the Frame says of them."""

from __future__ import annotations

import bpy
import numpy as np
from bl_ext.user_default.blockout.export.keypoints import KEYPOINTS
from mathutils import Euler, Matrix
from stage import add, add_camera, cube_mesh, render_frame


def main() -> dict:
    """The frame's keypoints of a posed rig, of half a rig, and what else the frame holds."""
    for thing in list(bpy.data.objects):
        bpy.data.objects.remove(thing)
    add_camera()
    add("car", cube_mesh("car"))
    rig = _rig("person", KEYPOINTS)
    _rig("half", KEYPOINTS[:9])
    rig.matrix_world = Matrix.Translation((1, 2, 3)) @ Euler((0.3, 0.2, 0.9)).to_matrix().to_4x4()
    first = _found()
    rig.pose.bones["root"].matrix_basis = Euler((0.5, 0.1, 0.2)).to_matrix().to_4x4()
    second = _found()
    bpy.context.view_layer.update()
    wanted = [list(rig.matrix_world @ rig.pose.bones[f"keypoint_{n}"].head) for n in KEYPOINTS]
    frame = render_frame()
    (figure,) = (o for o in frame.objects if o.keypoints is not None)
    rig.hide_render = True
    return {
        "names": [o.name for o in frame.objects],
        "primitive": figure.primitive,
        "class": figure.class_id,
        "dtype": str(figure.keypoints.dtype),
        "error": float(np.abs(figure.keypoints - np.array(wanted)).max()),
        "moved": float(np.abs(np.array(second) - np.array(first)).max()),
        "ids": [o.instance_id for o in frame.objects],
        "hidden": [o.name for o in render_frame().objects],
    }


def _found() -> list[list[float]]:
    (figure,) = (o for o in render_frame().objects if o.keypoints is not None)
    return figure.keypoints.tolist()


def _rig(name: str, keypoints: tuple[str, ...]) -> bpy.types.Object:
    """An armature with a root bone and a marker bone for each keypoint."""
    data = bpy.data.armatures.new(name)
    rig = bpy.data.objects.new(name, data)
    bpy.context.scene.collection.objects.link(rig)
    bpy.context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    root = data.edit_bones.new("root")
    root.head, root.tail = (0, 0, 0), (0, 0, 1)
    for index, keypoint in enumerate(keypoints):
        bone = data.edit_bones.new(f"keypoint_{keypoint}")
        bone.head, bone.tail = (0.1 * index, 0.2, 1), (0.1 * index, 0.2, 1.1)
        bone.parent = root
    bpy.ops.object.mode_set(mode="OBJECT")
    return rig

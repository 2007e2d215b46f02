# SPDX-License-Identifier: GPL-3.0-or-later
"""From a figure's plan to Blender: armature, skinned meshes, blocks on bones, poses."""

from __future__ import annotations

import zlib

import bpy
import numpy as np
from mathutils import Matrix

from scenes import figure_materials, figure_studio, stage
from scenes.figure_body import BONES, Body
from scenes.figure_parts import CLASS_IDS, Block, FigurePlan, Part
from scenes.figure_pose import Pose, keypoints_at_rest
from scenes.figure_studio import Studio
from scenes.plan import Color

ARMATURE = "figure"
PALETTE = "FIGURE"
_LEVELS = 40  # weights are rounded to this many steps: Blender takes many points at one weight


def build_figure(plan: FigurePlan, studio: Studio) -> bpy.types.Scene:
    """Figure, backdrop and light in the current scene, which must be empty."""
    scene = bpy.context.scene
    scene.view_layers[0].name = stage.DETAILED
    scene["palette"] = PALETTE
    scene["figure_seed"] = plan.body.identity.seed
    armature = _armature(scene, plan.body)
    folders = {form: _folders(scene, form) for form in (stage.DETAILED, stage.BLOCKOUT)}
    for part in plan.parts:
        figure_materials.make(plan.body.identity, part)
        folders[stage.DETAILED][part.class_name].objects.link(_skinned(part, armature))
    for block in plan.blocks:
        folders[stage.BLOCKOUT][block.class_name].objects.link(_on_bone(block, armature))
    figure_studio.surfaces(studio)
    scenery = stage.mesh_from("backdrop", figure_studio.backdrop(studio))
    for form, folder in folders.items():
        thing = _object(f"backdrop_{form.lower()}", scenery, "background", studio.wall_color)
        thing["second_color"] = list(studio.floor_color)
        folder["background"].objects.link(thing)
    other = scene.view_layers.new(stage.BLOCKOUT)
    scene.view_layers[stage.DETAILED].layer_collection.children[stage.BLOCKOUT].exclude = True
    other.layer_collection.children[stage.DETAILED].exclude = True
    figure_studio.light(scene, studio)
    return scene


def take_pose(scene: bpy.types.Scene, pose: Pose) -> None:
    """Pose the scene's figure."""
    armature = scene.objects[ARMATURE]
    parents = dict(BONES)
    for name, matrix in pose.bones.items():
        parent = parents[name]
        local = np.linalg.inv(pose.bones[parent]) @ matrix if parent else matrix
        bone = armature.pose.bones[name]
        rest = np.array(bone.bone.matrix_local)
        bone.matrix_basis = Matrix((np.linalg.inv(rest) @ local @ rest).tolist())
    armature.update_tag(refresh={"OBJECT", "DATA"})


def _armature(scene: bpy.types.Scene, body: Body) -> bpy.types.Object:
    """Named bones, and one small marker bone at each keypoint, named after it."""
    data = bpy.data.armatures.new(ARMATURE)
    thing = bpy.data.objects.new(ARMATURE, data)
    thing["class_name"] = "figure"
    scene.collection.objects.link(thing)
    bpy.context.view_layer.objects.active = thing
    bpy.ops.object.mode_set(mode="EDIT")
    for name, parent in BONES:
        bone = data.edit_bones.new(name)
        bone.head, bone.tail = (_vector(p) for p in body.bones[name])
        bone.parent = data.edit_bones[parent] if parent else None
    for name, (owner, place) in keypoints_at_rest(body).items():
        bone = data.edit_bones.new(_marker(name))
        bone.head, bone.tail = _vector(place), _vector(place + np.array([0, 0, 0.02]))
        bone.parent, bone.use_deform = data.edit_bones[owner], False
    bpy.ops.object.mode_set(mode="OBJECT")
    data.display_type = "STICK"
    return thing


def _marker(keypoint: str) -> str:
    """Name of a keypoint's marker bone; `neck` is taken by the bone that moves flesh."""
    return f"keypoint_{keypoint}"


def _folders(scene: bpy.types.Scene, form: str) -> dict[str, bpy.types.Collection]:
    """The collection of a form with one collection per class in it."""
    root = bpy.data.collections.new(form)
    scene.collection.children.link(root)
    folders = {}
    for class_name in CLASS_IDS:
        folders[class_name] = bpy.data.collections.new(class_name)
        root.children.link(folders[class_name])
    return folders


def _skinned(part: Part, armature: bpy.types.Object) -> bpy.types.Object:
    """A part as an object that the armature bends."""
    mesh = stage.mesh_from(part.name, part.geometry)
    mesh.set_sharp_from_angle(angle=float(np.pi))
    places = mesh.attributes.new("cloth", "FLOAT_VECTOR", "POINT")
    places.data.foreach_set("vector", part.cloth.astype(np.float32).ravel())
    thing = _object(part.name, mesh, part.class_name, part.color)
    for bone, values in part.weights.items():
        level = np.round(values * _LEVELS).astype(int)
        if not level.any():
            continue
        group = thing.vertex_groups.new(name=bone)
        for step in np.unique(level[level > 0]):
            group.add(np.flatnonzero(level == step).tolist(), float(step) / _LEVELS, "REPLACE")
    bend = thing.modifiers.new("figure", "ARMATURE")
    bend.object, bend.use_deform_preserve_volume = armature, True
    return thing


def _on_bone(block: Block, armature: bpy.types.Object) -> bpy.types.Object:
    """A block as an object that hangs on its bone, with a box along the bone."""
    bone = armature.data.bones[block.bone]
    rest = np.array(bone.matrix_local)
    inverse = np.linalg.inv(rest)
    part = block.geometry
    part = type(part)(part.verts @ inverse[:3, :3].T + inverse[:3, 3], part.faces, part.slots)
    thing = _object(
        f"{block.name}.box",
        stage.mesh_from(f"{block.name}.box", part),
        block.class_name,
        block.color,
    )
    thing.parent, thing.parent_type, thing.parent_bone = armature, "BONE", block.bone
    # Blender hangs children on a bone's tail.
    thing.matrix_parent_inverse = Matrix.Translation((0.0, -bone.length, 0.0))
    return thing


def _object(name: str, mesh: bpy.types.Mesh, class_name: str, color: Color) -> bpy.types.Object:
    """An object with the properties that the data set's exporter reads."""
    thing = bpy.data.objects.new(name, mesh)
    thing.color = (*color, 1.0)
    thing["class_name"], thing["class_id"] = class_name, CLASS_IDS[class_name]
    look = ",".join(f"{c:.4f}" for c in color)
    thing["appearance_seed"] = zlib.crc32(f"{class_name} {look}".encode()) & 0x7FFFFFFF
    thing["variation"] = 0.5
    return thing


def _vector(point: np.ndarray) -> tuple[float, float, float]:
    return float(point[0]), float(point[1]), float(point[2])

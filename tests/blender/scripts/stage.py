# SPDX-License-Identifier: GPL-3.0-or-later
"""Small helpers of the scripts: things to put into a scene, and its Frame."""

from __future__ import annotations

import bpy
from bl_ext.user_default.blockout.contract import ContractError, Frame
from bl_ext.user_default.blockout.export import build_frame, with_render_depsgraph
from mathutils import Vector

CUBE_VERTICES = [(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]
CUBE_FACES = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]


def cube_mesh(name: str) -> bpy.types.Mesh:
    """A cube of 2 m with outward faces and a UV map."""
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(CUBE_VERTICES, [], CUBE_FACES)
    uvs = mesh.uv_layers.new(name="UVMap")
    for index, corner in enumerate(uvs.data):
        corner.uv = ((0, 0), (1, 0), (1, 1), (0, 1))[index % 4]
    return mesh


def add(
    name: str,
    data: bpy.types.ID | None = None,
    collection: bpy.types.Collection | None = None,
    location: tuple[float, float, float] = (0, 0, 0),
) -> bpy.types.Object:
    """An object of the scene (or of a collection)."""
    thing = bpy.data.objects.new(name, data)
    thing.location = location
    (collection or bpy.context.scene.collection).objects.link(thing)
    return thing


def add_collection(name: str, parent: bpy.types.Collection | None = None) -> bpy.types.Collection:
    """A collection of the scene (or of another collection)."""
    collection = bpy.data.collections.new(name)
    (parent or bpy.context.scene.collection).children.link(collection)
    return collection


def add_camera(
    location: tuple[float, float, float] = (0, -12, 3),
    target: tuple[float, float, float] = (0, 0, 0),
) -> bpy.types.Object:
    """The active camera, looking at a target."""
    camera = add("Camera", bpy.data.cameras.new("Camera"), location=location)
    direction = Vector(target) - Vector(location)
    camera.rotation_euler = direction.to_track_quat("-Z", "Y").to_euler()
    bpy.context.scene.camera = camera
    return camera


def render_frame() -> Frame:
    """The Frame of the active view layer as a render sees it."""
    scene, layer = bpy.context.scene, bpy.context.view_layer
    return with_render_depsgraph(scene, layer, lambda d, w, h: build_frame(d, scene, layer, w, h))


def viewport_frame() -> Frame:
    """The Frame of the active view layer as the viewport has it."""
    scene, layer = bpy.context.scene, bpy.context.view_layer
    depsgraph = bpy.context.evaluated_depsgraph_get()
    width, height = scene.render.resolution_x, scene.render.resolution_y
    return build_frame(depsgraph, scene, layer, width, height)


def refusal() -> str:
    """Why no Frame can be made of the scene now; "accepted" when one can."""
    bpy.context.view_layer.update()
    try:
        render_frame()
    except ContractError as error:
        return str(error)
    return "accepted"


def classes(frame: Frame) -> dict[str, int]:
    """Object's name -> class id."""
    return {item.name: item.class_id for item in frame.objects}

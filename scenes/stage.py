# SPDX-License-Identifier: GPL-3.0-or-later
"""From plan to Blender: meshes, objects in both forms, collections, view layers, light."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import bpy
import numpy as np
from mathutils import Matrix

from scenes import house_colors, materials
from scenes.mesh_tools import Geometry, ball, box, box_uv
from scenes.plan import Item, Plan, cube_to_bounds
from scenes.sky import Sky
from scenes.views import View

DETAILED, BLOCKOUT = "Detailed", "Blockout"
SMOOTH_ANGLE = np.radians(32.0)
_FACETED = frozenset({"leaf", "leaf_light"})


def empty_file() -> None:
    """Remove every data-block of the open file but its one scene, and what renders left behind."""
    scene = bpy.context.scene
    scene.render.use_persistent_data = False  # frees what the last render kept
    scene.world = None
    scene.camera = None
    for name in ("indoors", "palette", "background"):
        scene.pop(name, None)
    for kind in ("objects", "meshes", "lights", "cameras", "collections", "materials", "worlds",
                 "node_groups"):  # fmt: skip
        bpy.data.batch_remove(list(getattr(bpy.data, kind)))
    while len(scene.view_layers) > 1:
        scene.view_layers.remove(scene.view_layers[-1])


def mesh_from(name: str, part: Geometry) -> bpy.types.Mesh:
    """A Blender mesh with materials, UVs (metres) and smooth shading below 32 degrees."""
    mesh = bpy.data.meshes.new(name)
    sizes = np.where(part.faces[:, 3] >= 0, 4, 3)
    loops = part.faces[part.faces >= 0]
    mesh.vertices.add(len(part.verts))
    mesh.vertices.foreach_set("co", part.verts.astype(np.float32).ravel())
    mesh.loops.add(len(loops))
    mesh.loops.foreach_set("vertex_index", loops.astype(np.int32))
    mesh.polygons.add(len(sizes))
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int32)
    mesh.polygons.foreach_set("loop_start", starts)
    names, index = np.unique(part.slots, return_inverse=True)
    mesh.polygons.foreach_set("material_index", index.astype(np.int32))
    mesh.polygons.foreach_set("use_smooth", np.ones(len(sizes), dtype=bool))
    for slot in names:
        mesh.materials.append(materials.material(str(slot)))
    layer = mesh.uv_layers.new(name="UVMap")
    layer.uv.foreach_set("vector", box_uv(part).astype(np.float32).ravel())
    mesh.update(calc_edges=True)
    mesh.set_sharp_from_angle(angle=float(SMOOTH_ANGLE))
    return mesh


def build_plan(plan: Plan, sky: Sky) -> bpy.types.Scene:
    """The plan in the current scene, which must be empty (`empty_file`), under a sky."""
    scene = build_forms(plan)
    light(scene, sky)
    scene["street_seed"] = plan.seed
    scene["sky"] = sky.kind
    return scene


def build_forms(plan: Plan) -> bpy.types.Scene:
    """The plan's things in both forms in the current scene, which must be empty; no light yet."""
    scene = bpy.context.scene
    scene.view_layers[0].name = DETAILED
    folders = {form: _folders(scene, form, plan.classes) for form in (DETAILED, BLOCKOUT)}
    meshes = {key: mesh_from(key, part) for key, part in plan.meshes.items()}
    solids = {key: mesh_from(f"{key}.solid", part) for key, part in plan.solids.items()}
    cube = mesh_from("unit_cube", box((-0.5,) * 3, (0.5,) * 3, "blockout"))
    sphere = mesh_from("unit_sphere", ball((0, 0, 0), 0.5, "blockout", 3))
    for item in plan.items:
        class_id = plan.classes[item.class_name]
        thing = _object(item, class_id, item.name, meshes[item.mesh], item.matrix)
        folders[DETAILED][item.class_name].objects.link(thing)
        same = solids if item.form == "solid" else meshes
        for name, mesh, matrix in _twins(item, plan.meshes[item.mesh], same, cube, sphere):
            twin = _object(item, class_id, name, mesh, matrix)
            twin["twin"] = item.name
            folders[BLOCKOUT][item.class_name].objects.link(twin)
    other = scene.view_layers.new(BLOCKOUT)
    scene.view_layers[DETAILED].layer_collection.children[BLOCKOUT].exclude = True
    other.layer_collection.children[DETAILED].exclude = True
    return scene


def _folders(
    scene: bpy.types.Scene, form: str, classes: Iterable[str]
) -> dict[str, bpy.types.Collection]:
    """The collection of a form with one collection per class in it."""
    root = bpy.data.collections.new(form)
    scene.collection.children.link(root)
    folders = {}
    for class_name in classes:
        if class_name != "sky":
            folders[class_name] = bpy.data.collections.new(class_name)
            root.children.link(folders[class_name])
    return folders


def _object(
    item: Item, class_id: int, name: str, mesh: bpy.types.Mesh, matrix: np.ndarray
) -> bpy.types.Object:
    """An object with the colours and properties of its item."""
    thing = bpy.data.objects.new(name, mesh)
    thing.matrix_world = Matrix(matrix.tolist())
    thing.color = (*item.color, 1.0)
    thing["class_name"] = item.class_name
    thing["class_id"] = class_id
    thing["appearance_seed"] = item.appearance_seed
    thing["variation"] = item.variation
    thing["second_color"] = list(item.second)
    if item.class_name == "building":
        thing["roof_color"] = list(
            house_colors.ROOFS[item.appearance_seed % len(house_colors.ROOFS)]
        )
    return thing


def _twins(
    item: Item,
    part: Geometry,
    meshes: dict[str, bpy.types.Mesh],
    cube: bpy.types.Mesh,
    sphere: bpy.types.Mesh,
) -> Iterator[tuple[str, bpy.types.Mesh, np.ndarray]]:
    """What stands for an item in the blockout form: name, mesh, matrix (4, 4) each."""
    if item.form in ("flat", "solid"):
        yield f"{item.name}.box", meshes[item.mesh], item.matrix
        return
    low, high = part.bounds()
    if item.form == "box":
        yield f"{item.name}.box", cube, item.matrix @ cube_to_bounds(low, high)
        return
    used = np.unique(part.faces[~np.char.startswith(part.slots, "bark")])
    crown = part.verts[used[used >= 0]]
    crown_low, crown_high = crown.min(axis=0), crown.max(axis=0)
    yield f"{item.name}.box", sphere, item.matrix @ cube_to_bounds(crown_low, crown_high)
    foot = part.verts[part.verts[:, 2] < 0.1]
    radius = float(np.abs(foot[:, :2]).max())
    trunk = cube_to_bounds(
        np.array([-radius, -radius, low[2]]),
        np.array([radius, radius, crown_low[2] + 0.25 * (crown_high[2] - crown_low[2])]),
    )
    yield f"{item.name}.trunk.box", cube, item.matrix @ trunk


def light(scene: bpy.types.Scene, sky: Sky) -> None:
    """Sun lamp, world and exposure."""
    lamp = bpy.data.lights.new("sun", "SUN")
    lamp.energy, lamp.angle, lamp.color = sky.sun, sky.sun_size, sky.sun_color
    sun = bpy.data.objects.new("sun", lamp)
    z = sky.direction
    x = np.cross([0.0, 0.0, 1.0], z)
    x /= np.linalg.norm(x)
    matrix = np.eye(4)
    matrix[:3, :3] = np.column_stack([x, np.cross(z, x), z])
    matrix[:3, 3] = z * 60.0
    sun.matrix_world = Matrix(matrix.tolist())
    scene.collection.objects.link(sun)
    scene.world = materials.sky_world(sky)
    scene.view_settings.exposure = sky.exposure


def add_camera(scene: bpy.types.Scene) -> bpy.types.Object:
    """The scene's camera, made on first use. Its sensor is 36 mm wide."""
    if scene.camera is None:
        data = bpy.data.cameras.new("camera")
        data.sensor_fit, data.sensor_width = "HORIZONTAL", 36.0
        data.clip_start, data.clip_end = 0.05, 1000.0
        camera = bpy.data.objects.new("camera", data)
        scene.collection.objects.link(camera)
        scene.camera = camera
    return scene.camera


def place_camera(scene: bpy.types.Scene, view: View) -> bpy.types.Object:
    """Put the scene's camera where the view says; returns it."""
    camera = add_camera(scene)
    camera.matrix_world = Matrix(view.camera_to_world.tolist())
    camera.data.lens = view.lens
    return camera


def show_blockout(scene: bpy.types.Scene) -> None:
    """Make the Blockout view layer the one that is seen and rendered."""
    for layer in scene.view_layers:
        layer.use = layer.name == BLOCKOUT
    window = bpy.context.window
    if window is not None:
        window.view_layer = scene.view_layers[BLOCKOUT]

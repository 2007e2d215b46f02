# SPDX-License-Identifier: GPL-3.0-or-later
"""Export of meshes, instances, visibility, seeds, lights, and what is refused."""

from __future__ import annotations

import bpy
import numpy as np
from bl_ext.user_default.blockout import commands
from bl_ext.user_default.blockout.contract import Frame, Light, Mesh
from bl_ext.user_default.blockout.export import build_frame
from bl_ext.user_default.blockout.export.world import MAX_IMAGE_PIXELS, SKY, world_radiance
from mathutils import Matrix
from stage import (
    add,
    add_camera,
    add_collection,
    cube_mesh,
    refusal,
    render_frame,
    viewport_frame,
)


def main(out: str) -> dict:
    """Run every check in a scene of its own."""
    result = {}
    for check in (meshes, instances, visibility, looks, refused, lights, worlds, size):
        _empty_scene()
        result[check.__name__] = check()
    _empty_scene()
    result["files"] = files(out)
    return result


def _empty_scene() -> None:
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    bpy.context.scene.render.resolution_x = bpy.context.scene.render.resolution_y = 64
    add_camera()


def _named(frame: Frame, name: str) -> tuple[object, Mesh]:
    item = next(o for o in frame.objects if o.name == name)
    return item, frame.meshes[item.mesh]


def meshes() -> dict:
    """Evaluated meshes at render quality, of every type that has faces."""
    thing = add("car", cube_mesh("car"), location=(1, 2, 3))
    thing.scale = (-2, 1, 1)
    subdivided = add("tree", cube_mesh("tree"))
    modifier = subdivided.modifiers.new("Subdivision", "SUBSURF")
    modifier.levels, modifier.render_levels = 0, 2
    smooth = add("bus", cube_mesh("bus"))
    smooth.data.shade_smooth()
    text = add("sign", bpy.data.curves.new("sign", "FONT"))
    text.data.body = "ab"
    bevelled = bpy.data.curves.new("pole", "CURVE")
    bevelled.dimensions, bevelled.bevel_depth = "3D", 0.1
    bevelled.splines.new("POLY").points.add(3)
    for index, point in enumerate(bevelled.splines[0].points):
        point.co = (0, 0, index, 1)
    add("pole", bevelled)
    ball = bpy.data.metaballs.new("bush")
    ball.elements.new()
    add("bush", ball)
    bare = bpy.data.curves.new("line", "CURVE")
    bare.splines.new("POLY").points.add(1)
    add("line", bare)
    add("edge mesh", _edges())
    add("person", None)
    frame = render_frame()
    item, mesh = _named(frame, "car")
    _, again = _named(render_frame(), "car")
    return {
        "names": sorted(o.name for o in frame.objects),
        "matrix": item.matrix_world.tolist(),
        "matrix_dtype": str(item.matrix_world.dtype),
        "box": item.box.tolist(),
        "outward": _outward(mesh),
        "flat_has_no_normals": mesh.corner_normals is None,
        "uv_corners": sorted({tuple(uv) for uv in mesh.corner_uvs.reshape(-1, 2).tolist()}),
        "render_levels": len(_named(frame, "tree")[1].faces),
        "viewport_levels": len(_named(viewport_frame(), "tree")[1].faces),
        "smooth_normal": _smooth_error(_named(frame, "bus")[1]),
        "text_faces": len(_named(frame, "sign")[1].faces) > 10,
        "same_key_again": mesh.key() == again.key(),
        "no_uv": _named(frame, "bush")[1].corner_uvs is None,
    }


def _edges() -> bpy.types.Mesh:
    mesh = bpy.data.meshes.new("edges")
    mesh.from_pydata([(0, 0, 0), (1, 0, 0)], [(0, 1)], [])
    return mesh


def _outward(mesh: Mesh) -> bool:
    """Counter-clockwise from outside: the normal of every face points away from the middle."""
    a, b, c = (mesh.vertices[mesh.faces[:, i]] for i in range(3))
    return bool((np.einsum("ij,ij->i", np.cross(b - a, c - a), a + b + c) > 0).all())


def _smooth_error(mesh: Mesh) -> float:
    """A smooth cube's corner normals point along its diagonals."""
    corners = mesh.vertices[mesh.faces] / np.sqrt(3)
    return float(np.abs(mesh.corner_normals - corners).max())


def instances() -> dict:
    """Collection instances, nested ones, geometry nodes, particles: all there, meshes shared."""
    asset = bpy.data.collections.new("truck")
    add("part", cube_mesh("shared"), asset)
    nested = bpy.data.collections.new("outer")
    _instancer("inner", asset, nested)
    for index in range(3):
        _instancer(f"inst{index}", asset).location.x = 3 * index
    _instancer("nest", nested).location.z = 5
    vanished = _instancer("vanished", asset)
    vanished.scale = (0, 0, 0)
    _instancer("seeded", asset).blockout.appearance_seed = 77
    bus = _instancer("bus stop", asset)
    bus.blockout.class_name = "bus"
    leaf = add("tree leaf", cube_mesh("leaf"), bpy.data.collections.new("unlinked"))
    _scatter(leaf)
    _particles(leaf)
    first, second = render_frame(), render_frame()
    bpy.data.objects["inst0"].hide_render = True
    third = render_frame()
    return {
        "objects": {o.name: o.class_id for o in first.objects},
        "unique_ids": len({o.instance_id for o in first.objects}) == len(first.objects),
        "unique_seeds": len({o.appearance_seed for o in first.objects}) == len(first.objects),
        "meshes": len(first.meshes),
        "same_again": _layout(first) == _layout(second),
        "seeds_survive_hiding": _seeds(third).items() <= _seeds(first).items(),
        "hidden_gone": len(first.objects) - len(third.objects),
        "seeded": _seeds(first)["seeded > part [0]"],
        "nest_matrix_z": _named(first, "nest > part [0.0]")[0].matrix_world[2][3],
        "viewport_same": _layout(viewport_frame()) == _layout(third),
    }


def _instancer(
    name: str, collection: bpy.types.Collection, into: bpy.types.Collection | None = None
) -> bpy.types.Object:
    empty = add(name, None, into)
    empty.instance_type, empty.instance_collection = "COLLECTION", collection
    return empty


def _scatter(leaf: bpy.types.Object) -> None:
    """Geometry nodes: the leaf on the eight corners of a cube."""
    tree = bpy.data.node_groups.new("scatter", "GeometryNodeTree")
    tree.interface.new_socket("Geometry", in_out="INPUT", socket_type="NodeSocketGeometry")
    tree.interface.new_socket("Geometry", in_out="OUTPUT", socket_type="NodeSocketGeometry")
    start, end = tree.nodes.new("NodeGroupInput"), tree.nodes.new("NodeGroupOutput")
    info = tree.nodes.new("GeometryNodeObjectInfo")
    info.inputs["Object"].default_value = leaf
    scatter = tree.nodes.new("GeometryNodeInstanceOnPoints")
    tree.links.new(start.outputs[0], scatter.inputs["Points"])
    tree.links.new(info.outputs["Geometry"], scatter.inputs["Instance"])
    tree.links.new(scatter.outputs["Instances"], end.inputs[0])
    hedge = add("hedge", cube_mesh("hedge"), location=(0, 20, 0))
    hedge.modifiers.new("Scatter", "NODES").node_group = tree


def _particles(leaf: bpy.types.Object) -> None:
    lawn = add("grass", cube_mesh("lawn"), location=(0, -20, 0))
    lawn.modifiers.new("Particles", "PARTICLE_SYSTEM")
    settings = lawn.particle_systems[0].settings
    settings.type, settings.count, settings.hair_length = "HAIR", 5, 1.0
    settings.render_type, settings.instance_object = "OBJECT", leaf


def _layout(frame: Frame) -> list[tuple]:
    return [(o.name, o.instance_id, o.mesh, o.appearance_seed) for o in frame.objects]


def _seeds(frame: Frame) -> dict[str, int]:
    return {o.name: o.appearance_seed for o in frame.objects}


def visibility() -> dict:
    """What a render leaves out, and holdouts."""
    scene, mesh = bpy.context.scene, cube_mesh("car")
    add("car", mesh)
    add("car hidden", mesh).hide_render = True
    add("car viewport off", mesh).hide_viewport = True
    eye = add("car eye", mesh)
    eye.hide_set(True)
    add("car unseen", mesh).visible_camera = False
    add("car held", mesh).is_holdout = True
    names = ("excluded", "no_render", "indirect", "holdout")
    for name in names:
        add(f"car {name}", mesh, add_collection(name))
    layers = bpy.context.view_layer.layer_collection.children
    layers["excluded"].exclude = True
    bpy.data.collections["no_render"].hide_render = True
    layers["indirect"].indirect_only = True
    layers["holdout"].holdout = True
    asset = bpy.data.collections.new("asset")
    add("part", mesh, asset)
    add("part hidden", mesh, asset).hide_render = True
    _instancer("car instance", asset, bpy.data.collections["holdout"])
    bpy.context.view_layer.update()
    rendered, viewed = render_frame(), viewport_frame()
    second = scene.view_layers.new("second")
    second.layer_collection.children["no_render"].exclude = True
    return {
        "render": {o.name: o.holdout for o in rendered.objects},
        "viewport": sorted(o.name for o in viewed.objects),
        "ids_agree": _ids(viewed).items() <= _ids(rendered).items(),
        "ids_survive_hiding": _ids_after_hiding(),
    }


def _ids(frame: Frame) -> dict[str, int]:
    return {o.name: o.instance_id for o in frame.objects if ">" not in o.name}


def _ids_after_hiding() -> bool:
    before = _ids(render_frame())
    bpy.data.objects["car"].hide_render = True
    after = _ids(render_frame())
    return "car" not in after and after.items() <= before.items()


def looks() -> dict:
    """Seeds and colours."""
    mesh = cube_mesh("car")
    add("car.a", mesh)
    add("car.b", mesh).blockout.appearance_seed = 5
    add("car.c", mesh).color = (0.5, 0.25, 0.125, 1.0)
    add("car.d", mesh).color = (0.5, 0.25, 0.125, 1.0)
    bpy.data.objects["car.d"].blockout.use_tint = False
    scene = bpy.context.scene
    scene.blockout.seed, scene.blockout.temperature, scene.blockout.use_tint = 9, 0.5, False
    bpy.ops.blockout.palette_reset(preset="STREET")
    scene.blockout.classes["car"].use_seed, scene.blockout.classes["car"].seed = True, 4
    frame = render_frame()
    controls = frame.controls
    graph = bpy.context.evaluated_depsgraph_get()
    bpy.data.objects["car.b"].blockout.appearance_seed = 6
    graph.update()
    evaluated = bpy.data.objects["car.b"].evaluated_get(graph)
    return {
        "seeds": _seeds(frame),
        "seed_after_change": evaluated.blockout.appearance_seed,
        "tints": {o.name: o.tint for o in frame.objects},
        "controls": [controls.seed, controls.temperature, controls.use_tint],
        "class_seeds": {str(k): v for k, v in controls.class_seeds.items()},
    }


def refused() -> dict:
    """Every bad scene, one sentence each."""
    seen = {"nothing": refusal()}
    line = add("line car", _edges())
    seen["faceless"] = refusal()
    car = add("car", cube_mesh("car"))
    seen["good"] = refusal()
    car.scale = (1, 0, 1)
    seen["zero_scale"] = refusal()
    car.scale = (1, -1, 1)
    seen["negative_scale"] = refusal()
    car.location.x = float("nan")
    seen["nan_matrix"] = refusal()
    car.location.x = 0.0
    car.data.vertices[0].co.x = float("nan")
    car.data.update()
    seen["nan_vertex"] = refusal()
    car.data.vertices[0].co.x = 1.0
    car.data.update()
    bpy.data.objects.remove(line)
    scene = bpy.context.scene
    camera, scene.camera = scene.camera, None
    seen["no_camera_engine"] = _camera_refusal()
    scene.camera = camera
    scene.blockout.temperature = 0.0
    seen["good_again"] = refusal()
    return seen


def _camera_refusal() -> str:
    """Blender itself refuses to render without a camera, so ask the exporter."""
    try:
        viewport_frame()
    except ValueError as error:
        return str(error)
    return "accepted"


def lights() -> dict:
    """Every kind of light in the contract's units."""
    add("car", cube_mesh("car"))
    for kind in ("SUN", "POINT", "SPOT", "AREA"):
        data = bpy.data.lights.new(kind, kind)
        data.energy, data.color = 10.0, (1.0, 0.5, 0.25)
        add(kind, data, location=(1, 2, 3)).rotation_euler.x = 0.5
    spot = bpy.data.lights["SPOT"]
    spot.spot_size, spot.spot_blend, spot.use_shadow = 1.25, 0.5, False
    area = bpy.data.lights["AREA"]
    area.shape, area.size, area.size_y = "RECTANGLE", 2.0, 3.0
    bpy.data.objects["AREA"].scale = (2, 1, 1)
    add("off", bpy.data.lights.new("off", "SUN")).hide_render = True
    add("dark", bpy.data.lights.new("dark", "SUN")).data.energy = 0.0
    nodes = add("nodes", bpy.data.lights.new("nodes", "POINT")).data
    nodes.energy, nodes.use_nodes = 1.0, True
    emission = next(n for n in nodes.node_tree.nodes if n.type == "EMISSION")
    emission.inputs["Color"].default_value = (0.0, 1.0, 0.0, 1.0)
    emission.inputs["Strength"].default_value = 4.0
    if hasattr(area, "exposure"):
        bpy.data.lights["SUN"].exposure = 1.0
        area.normalize = False
    frame = render_frame()
    found = sorted(frame.lights, key=lambda light: (light.kind, light.energy))
    return {
        "has_exposure": hasattr(area, "exposure"),
        "lights": [_plain(light) for light in found],
        "down": [
            np.allclose(light.matrix_world[:3, :3], Matrix.Rotation(0.5, 3, "X"), atol=1e-6)
            for light in found
            if light.energy != 4.0
        ],
    }


def _plain(light: Light) -> dict:
    return {
        "kind": light.kind,
        "energy": light.energy,
        "color": list(light.color),
        "size": list(light.size),
        "spot": [light.spot_angle, light.spot_blend],
        "shadow": light.casts_shadow,
        "at": light.matrix_world[:3, 3].tolist(),
    }


def worlds() -> dict:
    """The world as one constant."""
    add("car", cube_mesh("car"))
    scene = bpy.context.scene
    seen = {"none": [x.kind for x in render_frame().lights]}
    world = scene.world = bpy.data.worlds.new("World")
    world.use_nodes = True
    tree = world.node_tree
    background = next(n for n in tree.nodes if n.type == "BACKGROUND")
    background.inputs["Color"].default_value = (0.25, 0.5, 1.0, 1.0)
    background.inputs["Strength"].default_value = 2.0
    (light,) = render_frame().lights
    seen["plain"] = [light.kind, light.energy, *light.color]
    sky = tree.nodes.new("ShaderNodeTexSky")
    tree.links.new(sky.outputs[0], background.inputs["Color"])
    seen["sky_is_documented"] = np.allclose(world_radiance(world), 2 * np.array(SKY))
    image = bpy.data.images.new("env", 8, 4, float_buffer=True)
    pixels = np.ones((4, 8, 4), np.float32)
    pixels[:, :, 1] = 0.5
    pixels[0, :, 2] = 0.0  # the ground's pole: little solid angle
    image.pixels.foreach_set(pixels.ravel())
    environment = tree.nodes.new("ShaderNodeTexEnvironment")
    environment.image = image
    tree.links.new(environment.outputs[0], background.inputs["Color"])
    seen["image"] = list(world_radiance(world))
    huge = bpy.data.images.new("huge", 4096, 2049)
    seen["huge_is_huge"] = huge.size[0] * huge.size[1] > MAX_IMAGE_PIXELS
    environment.image = huge
    seen["huge"] = list(world_radiance(world))
    tree.links.remove(environment.outputs[0].links[0])
    mix = tree.nodes.new("ShaderNodeMixShader")
    other = tree.nodes.new("ShaderNodeBackground")
    other.inputs["Color"].default_value = (0, 0, 0, 1)
    mix.inputs[0].default_value = 0.25
    tree.links.new(background.outputs[0], mix.inputs[1])
    tree.links.new(other.outputs[0], mix.inputs[2])
    output = tree.get_output_node("ALL")
    tree.links.new(mix.outputs[0], output.inputs["Surface"])
    seen["mix"] = list(world_radiance(world))
    tree.links.remove(output.inputs["Surface"].links[0])
    seen["unlinked"] = [x.kind for x in render_frame().lights]
    return seen


def size() -> dict:
    """Percentage, border, and the scene's settings left as they were."""
    add("car", cube_mesh("car"))
    scene, layer = bpy.context.scene, bpy.context.view_layer
    scene.render.resolution_x, scene.render.resolution_y = 200, 100
    scene.render.resolution_percentage = 50
    scene.render.use_border, scene.render.border_max_x = True, 0.5
    engine = scene.render.engine
    frame = render_frame()
    depsgraph = bpy.context.evaluated_depsgraph_get()
    cropped = build_frame(depsgraph, scene, layer, 100, 50, border=(0.1, 0.6, 0.2, 1.0))
    whole = build_frame(depsgraph, scene, layer, 100, 50)
    again = build_frame(depsgraph, scene, layer, 100, 50)
    return {
        "size": [frame.width, frame.height],
        "cropped": [cropped.width, cropped.height],
        "moved": [whole.camera.cx - cropped.camera.cx, whole.camera.cy - cropped.camera.cy],
        "focal_kept": whole.camera.fx == cropped.camera.fx,
        "restored": [scene.render.engine == engine, scene.render.use_border],
        "hash_stable": whole.scene_hash() == again.scene_hash(),
    }


def files(out: str) -> dict:
    """The export command: a moving car over three frames."""
    car = add("car", cube_mesh("car"))
    for number in (1, 3):
        car.location.x = float(number)
        car.keyframe_insert("location", frame=number)
    told: list[int] = []
    paths = commands.export_frames(out, 1, 3, lambda done, total, _: told.append(10 * done + total))
    scene = bpy.context.scene
    scene.render.use_border = scene.render.use_crop_to_border = True
    scene.render.border_min_x, scene.render.border_max_x = 0.25, 0.75
    cropped = commands.current_frame(scene)
    return {
        "names": [path.name for path in paths],
        "told": told,
        "back_at": scene.frame_current,
        "cropped": [cropped.width, cropped.height],
    }

# SPDX-License-Identifier: GPL-3.0-or-later
"""Textures put on meshes of all kinds through the operator; the test knows what they must show."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import bpy
import numpy as np
from bl_ext.user_default.blockout.contract import save_frame
from bl_ext.user_default.blockout.engine import final
from bl_ext.user_default.blockout.results import ObjectTexture
from stage import add, add_camera, classes, cube_mesh, render_frame

PUT = bpy.ops.blockout.texture_materials


def main(folder: str) -> dict[str, Any]:
    """Put textures on; ``folder`` has those of the test and gets what it looks at."""
    given = dict(np.load(Path(folder) / "given.npz"))
    found = {"no_render": PUT.poll()}
    scene = bpy.context.scene
    scene.render.engine = "BLOCKOUT"
    add_camera((5, -7, 6))
    for check in (_uvs, _slots, _shared, _refused, _mirrored, _undone, _cycles):
        _clear()
        found[check.__name__] = check(Path(folder), given)
    found["saved"] = _saved(Path(folder))
    return found


def _clear() -> None:
    for item in [item for item in bpy.data.objects if item.type != "CAMERA"]:
        bpy.data.objects.remove(item)
    for blocks in (bpy.data.meshes, bpy.data.materials, bpy.data.images):
        for block in list(blocks):
            blocks.remove(block)


def _painted(**textures: tuple[np.ndarray, Any]) -> None:
    """As if the latest render had given these: name -> pixels and box."""
    made = {
        name: ObjectTexture(pixels, np.array(box, np.float64))
        for name, (pixels, box) in textures.items()
    }
    final._last = replace(final.last_render(), textures=made)


def _mesh(name: str, vertices: np.ndarray, faces: np.ndarray) -> bpy.types.Object:
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(vertices.tolist(), [], faces.tolist())
    return add(name, mesh)


def _uvs(folder: Path, given: dict[str, np.ndarray]) -> dict[str, Any]:
    """The core's own primitives, and a mesh of its own form with a UV map of the user's."""
    box = given["box"]
    middle, half = box.mean(0), np.ptp(box, axis=0) / 2
    for kind in ("cuboid", "sphere"):
        _mesh(kind, given[f"{kind}_vertices"] * half + middle, given[f"{kind}_faces"])
    bpy.ops.mesh.primitive_monkey_add()
    monkey = bpy.context.object
    monkey.name, monkey.data.uv_layers[0].name = "monkey", "mine"
    monkey_box = [list(map(min, *monkey.bound_box)), list(map(max, *monkey.bound_box))]
    before = _uv(monkey, "mine")
    atlas, around = given["atlas"], given["around"]
    _painted(cuboid=(atlas, box), sphere=(around, box), monkey=(atlas, monkey_box))
    result = sorted(PUT())
    arrays = {}
    for item in (bpy.data.objects[name] for name in ("cuboid", "sphere", "monkey")):
        layer = item.data.uv_layers[-1].name
        arrays[f"{item.name}_uv"] = _uv(item, layer)
        arrays[f"{item.name}_places"], arrays[f"{item.name}_faces"] = _corners(item)
        arrays[f"{item.name}_pixels"] = _pixels(_image(item))
    arrays["monkey_normals"] = np.array([p.normal[:] for p in monkey.data.polygons])
    arrays["monkey_box"] = np.array(monkey_box)
    np.savez(folder / "uvs.npz", **arrays)
    return {
        "result": result,
        "maps": [x.name for x in monkey.data.uv_layers],
        "active": monkey.data.uv_layers.active.name,
        "active_render": [x.name for x in monkey.data.uv_layers if x.active_render],
        "mine_is_as_it_was": bool(np.array_equal(before, _uv(monkey, "mine"))),
        "images": sorted((x.name, x.colorspace_settings.name, bool(x.packed_file))
                         for x in bpy.data.images),
    }  # fmt: skip


def _slots(_folder: Path, given: dict[str, np.ndarray]) -> dict[str, Any]:
    """Materials that tell classes of faces stay, the object's own one too, and are heeded."""
    thing = add("thing", cube_mesh("thing"))
    for name in ("car", "plain", "other"):
        thing.data.materials.append(bpy.data.materials.new(name))
    thing.material_slots[2].link = "OBJECT"
    thing.material_slots[2].material = bpy.data.materials.new("own")
    thing.material_slots[2].material.blockout.class_name = "building"
    for index, polygon in enumerate(thing.data.polygons):
        polygon.material_index = index % 3
    guessed = add("truck", cube_mesh("truck"), location=(3, 0, 0))  # no materials: its name tells
    box = [[-1] * 3, [1] * 3]
    _painted(thing=(given["atlas"], box), truck=(given["around"], box))
    before, faces = classes(render_frame()), _face_classes("thing")
    thing.select_set(True)
    guessed.select_set(False)
    found = {"selected": sorted(PUT(use_selection=True)), "one": len(guessed.material_slots)}
    found["all"] = sorted(PUT())
    first, tree = thing.material_slots[0].material, thing.material_slots[2].material
    roughness = first.node_tree.nodes["Principled BSDF"].inputs["Roughness"]
    roughness.default_value = 0.9
    found["again"] = sorted(PUT())
    return {
        **found,
        "classes_stay": before == classes(render_frame()),
        "faces_stay": len(set(faces)) == 3 and faces == _face_classes("thing"),
        "names": [slot.material.name for slot in thing.material_slots],
        "links": [slot.link for slot in thing.material_slots],
        "mesh_keeps": [material.name for material in thing.data.materials],
        "own_is_kept": bpy.data.materials["own"].use_fake_user,
        "same_material": [
            thing.material_slots[i].material == m for i, m in ((0, first), (2, tree))
        ],
        "roughness": round(roughness.default_value, 3),
        "images": sorted(image.name for image in bpy.data.images if image.packed_file),
        "materials": len(bpy.data.materials),
        "truck": [slot.material.name for slot in guessed.material_slots],
        "maps": [x.name for x in guessed.data.uv_layers],
    }


def _shared(_folder: Path, given: dict[str, np.ndarray]) -> dict[str, Any]:
    """Objects with one mesh have looks of their own; a copy does not change its original's."""
    mesh = cube_mesh("shared")
    names = ("car.001", "car.002", "wide.car")
    one, two, wide = (add(name, mesh) for name in names)
    wide.modifiers.new("twice", "ARRAY")
    box, atlas = [[-1] * 3, [1] * 3], given["atlas"]
    _painted(**{"car.001": (atlas, box), "car.002": (1 - atlas, box)})
    result = sorted(PUT())
    images = [_image(item).name for item in (one, two)]
    copy = one.copy()
    copy.name = "car.003"
    bpy.context.collection.objects.link(copy)
    _painted(**{"car.003": (atlas * 0.5, box)})
    PUT()
    _painted(**{"car.001": (atlas, box), "wide.car": (atlas, [[-1] * 3, [3, 1, 1]])})
    wide.select_set(True)
    return {
        "result": result,
        "images": images,
        "differ": bool(np.abs(_pixels(_image(one)) - _pixels(_image(two))).max() > 0.3),
        "maps": [x.name for x in mesh.uv_layers],
        "copy": [_image(item).name for item in (one, copy)],
        "untouched": wide.material_slots[0].material is None,
        "wide": _refusal(use_selection=True),
    }


def _refused(folder: Path, given: dict[str, np.ndarray]) -> dict[str, Any]:
    """One sentence each, no traceback; the others get their textures."""
    library = folder / "library.blend"
    linked = add("linked", cube_mesh("linked"))
    bpy.data.libraries.write(str(library), {linked})
    bpy.data.objects.remove(linked)
    with bpy.data.libraries.load(str(library), link=True) as (_, wanted):
        wanted.objects = ["linked"]
    bpy.context.scene.collection.objects.link(wanted.objects[0])
    curve = bpy.data.curves.new("curve", "CURVE")
    add("curve", curve)
    full = add("full", cube_mesh("full"))
    while len(full.data.uv_layers) < 8:
        full.data.uv_layers.new()
    add("bare", bpy.data.meshes.new("bare"))
    add("odd", cube_mesh("odd"))
    add("good", cube_mesh("good"))
    box, atlas = [[-1] * 3, [1] * 3], given["atlas"]
    names = ("linked", "curve", "full", "bare", "odd")
    told = {}
    for name in names:
        _painted(**{name: (atlas[:-1] if name == "odd" else atlas, box)})
        told[name] = _refusal()
    _painted(**dict.fromkeys((*names[:-1], "good", "gone"), (atlas, box)))
    told["some"] = sorted(PUT())
    told["good"] = _image(bpy.data.objects["good"]).name
    _painted(gone=(atlas, box))
    told["gone"] = _refusal()
    return told


def _mirrored(_folder: Path, given: dict[str, np.ndarray]) -> dict[str, list[float]]:
    """Middle in uv of the sides -X and +X of a half box with a mirror, by their x."""
    half = add("half", cube_mesh("half"))
    for vertex in half.data.vertices:
        vertex.co.x = (vertex.co.x + 1) / 2
    half.modifiers.new("mirror", "MIRROR")
    _painted(half=(given["atlas"], [[-1] * 3, [1] * 3]))
    PUT()
    mesh = half.evaluated_get(bpy.context.evaluated_depsgraph_get()).data
    layer = mesh.uv_layers["Blockout Cuboid"].uv
    sides = [side for side in mesh.polygons if abs(side.center.x) > 0.9]
    return {
        str(side.center.x): [
            round(sum(layer[i].vector[axis] for i in side.loop_indices) / 4, 6) for axis in (0, 1)
        ]
        for side in sides
    }


def _undone(_folder: Path, given: dict[str, np.ndarray]) -> dict[str, Any]:
    """One step back, one step forth; a second texture is taken back to the first."""
    thing = add("thing", cube_mesh("thing"))
    thing.data.materials.append(bpy.data.materials.new("paint"))
    box = [[-1] * 3, [1] * 3]
    bpy.ops.ed.undo_push(message="before")
    states = [_state()]
    for pixels in (given["atlas"], 1 - given["atlas"]):
        _painted(thing=(pixels, box))
        PUT("EXEC_DEFAULT", True)
        states.append(_state())
    for step in (bpy.ops.ed.undo, bpy.ops.ed.undo, bpy.ops.ed.redo, bpy.ops.ed.redo):
        step()
        states.append(_state())
    return {"states": states}


def _state() -> list:
    item = bpy.data.objects["thing"]
    material = item.material_slots[0].material
    corner = 0.0
    if material.name != "paint":
        corner = round(float(_pixels(_image(item))[0, 0, 0]), 2)
    maps = [x.name for x in item.data.uv_layers]
    return [material.name, maps, corner, [x.name for x in item.data.materials]]


def _cycles(folder: Path, given: dict[str, np.ndarray]) -> dict[str, Any]:
    """Cycles renders the base colours of a box and a ball, both turned and scaled."""
    box = add("box", cube_mesh("box"), location=(-1.3, 0.0, 0.2))
    bpy.ops.mesh.primitive_uv_sphere_add(segments=64, ring_count=32, location=(1.6, 0.5, 0.0))
    ball = bpy.context.object
    ball.name = "ball"
    for item, turn in ((box, (0.3, -0.2, 0.6)), (ball, (-0.4, 0.3, -1.1))):
        item.rotation_euler, item.scale = turn, (1.0, 1.4, 0.8)
        item.blockout.class_name = "car"
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y = 96, 72
    frame = render_frame()
    save_frame(frame, folder / "frame.npz")
    boxes = {item.name: item.box for item in frame.objects}
    _painted(box=(given["atlas"], boxes["box"]), ball=(given["around"], boxes["ball"]))
    result = sorted(PUT())
    for item in (box, ball):  # what shines takes from the base colour
        nodes = item.material_slots[0].material.node_tree.nodes
        nodes["Principled BSDF"].inputs["Specular IOR Level"].default_value = 0.0
    scene.render.engine, scene.cycles.samples, scene.cycles.device = "CYCLES", 4, "CPU"
    scene.cycles.use_denoising, scene.cycles.filter_width = False, 0.01
    scene.render.threads_mode, scene.render.threads = "FIXED", 1
    bpy.context.view_layer.use_pass_diffuse_color = True
    from bl_ext.user_default.blockout.compat import set_multilayer_exr

    set_multilayer_exr(scene.render.image_settings)
    scene.render.filepath = str(folder / "cycles.exr")
    bpy.ops.render.render(write_still=True)
    scene.render.engine = "BLOCKOUT"
    return {"result": result}


def _saved(folder: Path) -> dict[str, Any]:
    """Images are in the file; the next file knows nothing of this one's render."""
    path = str(folder / "saved.blend")
    before = _pixels(_image(bpy.data.objects["box"]))
    bpy.ops.wm.save_as_mainfile(filepath=path)
    can = PUT.poll()
    bpy.ops.wm.open_mainfile(filepath=path)
    same = bool(np.array_equal(before, _pixels(_image(bpy.data.objects["box"]))))
    return {"pixels_stay": same, "before": can, "after": PUT.poll()}


def _refusal(**options: object) -> str:
    try:
        return str(sorted(PUT(**options)))
    except RuntimeError as error:
        return str(error).strip()


def _face_classes(name: str) -> list[int]:
    frame = render_frame()
    (item,) = (item for item in frame.objects if item.name == name)
    return frame.meshes[item.mesh].face_class.tolist()


def _image(item: bpy.types.Object) -> bpy.types.Image:
    (node,) = (n for n in item.material_slots[0].material.node_tree.nodes if n.type == "TEX_IMAGE")
    return node.image


def _pixels(image: bpy.types.Image) -> np.ndarray:
    """(H, W, 4), row 0 on top."""
    width, height = image.size
    flat = np.empty(width * height * 4, np.float32)
    image.pixels.foreach_get(flat)
    return flat.reshape(height, width, 4)[::-1]


def _uv(item: bpy.types.Object, name: str) -> np.ndarray:
    return np.array([corner.vector[:] for corner in item.data.uv_layers[name].uv])


def _corners(item: bpy.types.Object) -> tuple[np.ndarray, np.ndarray]:
    """Places (L, 3) and faces (L,) of all corners."""
    mesh = item.data
    places = np.array([mesh.vertices[loop.vertex_index].co[:] for loop in mesh.loops])
    return places, np.repeat(
        np.arange(len(mesh.polygons)), [len(p.vertices) for p in mesh.polygons]
    )

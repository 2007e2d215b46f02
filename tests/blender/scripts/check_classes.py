# SPDX-License-Identifier: GPL-3.0-or-later
"""The class rule, the palette and Guess Classes."""

from __future__ import annotations

import bpy
from bl_ext.user_default.blockout.properties import palette_of
from stage import add, add_camera, add_collection, classes, cube_mesh, refusal, render_frame

CAR, TRUCK, BUS, TREE, POLE, ROAD = 26, 27, 28, 21, 17, 7


def main() -> dict:
    """Build scenes and report classes."""
    add_camera()
    _precedence()
    result = {"rule": classes(render_frame())}
    frame = render_frame()
    mixed = next(o for o in frame.objects if o.name == "mixed")
    result["mixed_faces"] = _face_classes(frame, mixed)
    half = next(o for o in frame.objects if o.name == "House half")
    result["half_faces"] = _face_classes(frame, half)
    one = next(o for o in frame.objects if o.name == "by material")
    result["single_material_has_no_face_class"] = frame.meshes[one.mesh].face_class is None
    result["guess"] = _guess()
    result["palette"] = _palette()
    result["no_class"] = _nothing_has_a_class()
    return result


def _precedence() -> None:
    mesh = cube_mesh("thing")
    cars = add_collection("Car.003")
    inner = add_collection("inner", cars)
    trucks = add_collection("assets", inner)
    trucks.blockout.class_name = "truck"
    add("tree in cars", mesh, cars)
    add("tree in inner", mesh, inner)
    add("tree in trucks", mesh, trucks)
    add("Own", mesh, cars).blockout.class_name = "Bus"
    add("Void by hand tree", mesh, cars).blockout.class_name = "void"
    add("Unknown class tree", mesh).blockout.class_name = "spaceship"
    _with_materials("by material", ["Bus.001"])
    _with_materials("tree by material", ["Bus.001"])
    _with_materials("material setting", ["plain"])
    bpy.data.materials["plain"].blockout.class_name = "pole"
    in_cars = _with_materials("material in cars", ["Bus.001"])
    cars.objects.link(in_cars)
    mixed = _with_materials("mixed", ["road", "pole"])
    for polygon in mixed.data.polygons[:2]:
        polygon.material_index = 1
    half = _with_materials("House half", ["nothing", "pole"])
    half.data.polygons[0].material_index = 1
    slot = _with_materials("object slot", ["road"])
    slot.material_slots[0].link = "OBJECT"
    slot.material_slots[0].material = _material("bus")
    add("ParkedCar.012", mesh)
    add("nameless", mesh)


def _with_materials(name: str, materials: list[str]) -> bpy.types.Object:
    thing = add(name, cube_mesh(name))
    for material in materials:
        thing.data.materials.append(_material(material))
    return thing


def _material(name: str) -> bpy.types.Material:
    return bpy.data.materials.get(name) or bpy.data.materials.new(name)


def _face_classes(frame: object, item: object) -> list[int]:
    face_class = frame.meshes[item.mesh].face_class
    return [] if face_class is None else sorted(int(c) for c in face_class)


def _guess() -> dict:
    """Names around a void object tell; settings stay; the rest is reported."""
    by_mesh = add("Object.004", cube_mesh("sedan"))
    body = add("some tree", cube_mesh("x"))
    part = add("Part", cube_mesh("y"))
    part.parent = body
    add("untold", cube_mesh("z"))
    before = {o.name: o.blockout.class_name for o in bpy.data.objects if o.blockout.class_name}
    outcome = bpy.ops.blockout.guess_classes()
    settings = bpy.context.scene.blockout
    after = {o.name: o.blockout.class_name for o in bpy.data.objects if o.blockout.class_name}
    return {
        "outcome": list(outcome),
        "new": {name: value for name, value in after.items() if name not in before},
        "kept": all(after[name] == value for name, value in before.items()),
        "void": [entry.name for entry in settings.guess_void],
        "summary": settings.guess_summary,
        "classes": {
            n: c for n, c in classes(render_frame()).items() if n in (by_mesh.name, "Part")
        },
        "selected": _select_void(),
    }


def _select_void() -> list[str]:
    bpy.ops.blockout.select_void()
    return sorted(o.name for o in bpy.context.selected_objects)


def _palette() -> dict:
    """Presets, editing, adding, removing, errors."""
    scene = bpy.context.scene
    settings = scene.blockout
    seen = {"untouched": [palette_of(scene).name, len(settings.classes)]}
    settings.palette = "ROOM"
    seen["room"] = [palette_of(scene).name, palette_of(scene).classes[0].name]
    settings.palette = "STREET"
    seen["street_background"] = palette_of(scene).background_id
    settings.classes[0].use_seed = True
    seen["seed_keeps_preset"] = settings.palette
    settings.classes[0].keywords = "nameless"
    seen["edited"] = settings.palette
    seen["keyword_works"] = classes(render_frame())["nameless"]
    bpy.ops.blockout.palette_add()
    added = settings.classes[settings.active_class]
    seen["added"] = [added.class_id, palette_of(scene).by_id(added.class_id) is not None]
    bpy.ops.blockout.palette_add()
    count = len(settings.classes)
    seen["valid_after_two_added"] = refusal()
    bpy.ops.blockout.palette_remove()
    seen["removed"] = count - len(settings.classes)
    settings.classes[1].class_id = settings.classes[0].class_id
    seen["double_id"] = refusal()
    bpy.ops.blockout.palette_reset(preset="STREET")
    seen["reset"] = [settings.palette, len(settings.classes), refusal()]
    settings.background = "nowhere"
    seen["bad_background"] = refusal()
    bpy.ops.blockout.palette_reset(preset="STREET")
    settings.active_class = 0
    while settings.classes:
        bpy.ops.blockout.palette_remove()
    seen["empty"] = [settings.palette, refusal()]
    settings.palette = "STREET"
    seen["filled_again"] = len(settings.classes)
    return seen


def _nothing_has_a_class() -> dict:
    """Every object void: an error for methods that need classes, none for the light preview."""
    for item in bpy.data.objects:
        item.blockout.class_name = "void"
    seen = {"smis": refusal()}
    bpy.context.scene.blockout.pipeline = "shading"
    seen["shading"] = refusal()
    return seen

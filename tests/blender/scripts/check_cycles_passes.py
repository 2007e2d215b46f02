# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames with passes that Cycles rendered, for the core to compare with its own."""

from __future__ import annotations

import math
import random
from pathlib import Path

import bpy
import numpy as np
from bl_ext.user_default.blockout.compat import set_multilayer_exr
from bl_ext.user_default.blockout.contract import save_frame
from bl_ext.user_default.blockout.export import build_frame_with_cycles
from bl_ext.user_default.blockout.export.exr import ExrError, read_exr
from stage import add, add_camera, cube_mesh

SIZE = (160, 120)


def main(out: str) -> dict:
    """Write ``NAME.npz`` for every case; say what is left behind in the file."""
    result: dict = {"names": []}
    for case in (perspective, orthographic, border):
        bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
        window = case()
        scene, layer = bpy.context.scene, bpy.context.view_layer
        kept = _settings()
        counted = _count()
        frame = build_frame_with_cycles(scene, layer, window)
        assert _count() == counted, (counted, _count())
        assert _settings() == kept
        save_frame(frame, Path(out) / f"{case.__name__}.npz")
        result["names"].append(case.__name__)
    result["alpha"] = alpha(out)
    result["exr"] = exr_files(out)
    return result


def perspective() -> None:
    """Everything at once: shift, aspect, holdout, instances, per-face classes, smooth, UV."""
    _things()
    camera = add_camera((3, -11, 5), (0, 0, 0.5))
    camera.data.shift_x, camera.data.lens = 0.05, 35
    camera.data.dof.use_dof = True  # has to be ignored
    bpy.context.scene.render.pixel_aspect_x = 1.25


def orthographic() -> None:
    """A parallel camera."""
    _things()
    camera = add_camera((4, -9, 7))
    camera.data.type, camera.data.ortho_scale = "ORTHO", 10


def border() -> tuple[float, float, float, float]:
    """A window of the picture."""
    perspective()
    return (0.21, 0.83, 0.13, 0.77)


def _things() -> None:
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y = SIZE
    rng = random.Random(3)
    ground = add("Ground", cube_mesh("ground"), location=(0, 0, -1.1))
    ground.scale = (8, 8, 0.1)
    for index in range(8):
        car = add(f"car.{index}", cube_mesh(f"car{index}"))
        car.location = (rng.uniform(-4, 4), rng.uniform(-4, 4), rng.uniform(-0.5, 1.5))
        car.rotation_euler = [rng.uniform(-math.pi, math.pi) for _ in range(3)]
        car.scale = [rng.uniform(0.2, 0.8) for _ in range(3)]
    bpy.data.objects["car.1"].scale.x *= -1
    bpy.data.objects["car.2"].is_holdout = True
    ball = add("tree", cube_mesh("ball"), location=(-2, -4, 0.2))
    ball.data.shade_smooth()
    ball.modifiers.new("Subdivision", "SUBSURF").render_levels = 3
    house = add("house", cube_mesh("house"), location=(1.5, 3, 0.5))
    for name in ("plaster", "pole"):
        house.data.materials.append(bpy.data.materials.new(name))
    for polygon in list(house.data.polygons)[::2]:
        polygon.material_index = 1
    text = bpy.data.curves.new("sign", "FONT")
    text.body, text.extrude, text.size = "STOP", 0.1, 1.5
    add("traffic sign", text, location=(-4, -3, 0.5)).rotation_euler.x = 1.2
    _sheared_instances()
    sun = add("Sun", bpy.data.lights.new("Sun", "SUN"))
    sun.data.energy, sun.rotation_euler = 3.0, (0.6, 0.3, 0)
    scene.world = bpy.data.worlds.new("World")
    scene.world.use_nodes = True
    background = next(n for n in scene.world.node_tree.nodes if n.type == "BACKGROUND")
    background.inputs["Color"].default_value = (0.1, 0.2, 0.3, 1.0)


def _sheared_instances() -> None:
    asset = bpy.data.collections.new("truck")
    part = add("part", cube_mesh("part"), asset)
    part.rotation_euler = (0.4, 0.5, 0.6)
    for index in range(3):
        empty = add(f"inst{index}", None, location=(index * 1.7 - 1, -3, 1.5))
        empty.instance_type, empty.instance_collection = "COLLECTION", asset
        empty.scale = (0.3, 0.6, 0.4)


def alpha(out: str) -> dict:
    """What only Cycles sees: a hole in a card."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    scene = bpy.context.scene
    scene.render.resolution_x = scene.render.resolution_y = 32
    add_camera((0, 0, 8), (0, 0, 0))
    card = add("leaves", cube_mesh("card"))
    card.scale.z = 0.01
    material = bpy.data.materials.new("hole")
    material.use_nodes = True
    tree = material.node_tree
    coordinates = tree.nodes.new("ShaderNodeTexCoord")
    checker = tree.nodes.new("ShaderNodeTexChecker")
    checker.inputs["Color1"].default_value = (0, 0, 0, 1)
    checker.inputs["Color2"].default_value = (1, 1, 1, 1)
    checker.inputs["Scale"].default_value = 2.0
    tree.links.new(coordinates.outputs["UV"], checker.inputs["Vector"])
    shader = next(n for n in tree.nodes if n.type == "BSDF_PRINCIPLED")
    tree.links.new(checker.outputs["Color"], shader.inputs["Alpha"])
    card.data.materials.append(material)
    frame = build_frame_with_cycles(scene, bpy.context.view_layer)
    save_frame(frame, Path(out) / "alpha.npz")
    passes = frame.passes
    return {
        "covered": float(np.isfinite(passes.depth).mean()),
        "coverage": float(passes.coverage.astype(float).mean()),
    }


def exr_files(out: str) -> list[str]:
    """The last scene as EXR files of several kinds, and what our reader finds in them."""
    scene = bpy.context.scene
    scene.render.engine, scene.cycles.samples = "CYCLES", 1
    scene.render.resolution_x, scene.render.resolution_y = 37, 29  # a last block that is not full
    bpy.context.view_layer.use_pass_normal = True
    settings = scene.render.image_settings
    set_multilayer_exr(settings)
    kinds = [{"exr_codec": codec} for codec in ("ZIP", "ZIPS", "NONE")]
    kinds.append({"exr_codec": "ZIP", "color_depth": "16"})
    if hasattr(settings, "use_exr_interleave"):
        kinds += [{**kind, "use_exr_interleave": False} for kind in kinds]
    names = []
    for number, kind in enumerate(kinds):
        set_multilayer_exr(settings)
        for name, value in kind.items():
            setattr(settings, name, value)
        path = Path(out) / f"kind{number}.exr"
        scene.render.filepath = str(path)
        bpy.ops.render.render(write_still=True)
        np.savez(path.with_suffix(".npz"), **read_exr(path))
        names.append(path.stem)
    for bad in (b"", b"not an EXR at all", (Path(out) / "kind0.exr").read_bytes()[:-200]):
        broken = Path(out) / "broken.exr"
        broken.write_bytes(bad)
        try:
            read_exr(broken)
        except ExrError:
            continue
        raise AssertionError(f"{len(bad)} bytes were accepted")
    return names


def _settings() -> list:
    scene = bpy.context.scene
    render = scene.render
    things = [(o.name, o.pass_index, o.is_holdout) for o in bpy.data.objects]
    materials = [(m.name, m.pass_index) for m in bpy.data.materials]
    camera = scene.camera.data.dof.use_dof
    return [render.engine, render.filepath, render.use_border, things, materials, camera]


def _count() -> dict[str, int]:
    names = ("objects", "meshes", "materials", "cameras", "scenes", "lights", "worlds")
    return {name: len(getattr(bpy.data, name)) for name in names}

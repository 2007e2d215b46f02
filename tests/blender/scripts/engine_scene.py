# SPDX-License-Identifier: GPL-3.0-or-later
"""A scene whose picture can be told beforehand: a road seen from above, and a car on it."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import bpy

WIDTH, HEIGHT = 40, 30
PIXELS_PER_METRE = 10.0
MODULE = "bl_ext.user_default.blockout"


def addon(name: str) -> Any:
    """A module of the installed extension."""
    return importlib.import_module(f"{MODULE}.{name}")


def make_scene(pipeline: str = "classes") -> bpy.types.Scene:
    """Orthographic, 10 pixels a metre; the car covers x 20..30 and y 10..20 from the top-left."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    scene = bpy.context.scene
    scene.render.engine = "BLOCKOUT"
    scene.render.resolution_x, scene.render.resolution_y = WIDTH, HEIGHT
    scene.render.resolution_percentage = 100
    scene.render.dither_intensity = 0.0
    scene.view_settings.view_transform = "Standard"
    scene.blockout.pipeline = pipeline
    data = bpy.data.cameras.new("camera")
    data.type, data.ortho_scale = "ORTHO", WIDTH / PIXELS_PER_METRE
    camera = bpy.data.objects.new("camera", data)
    camera.location = (0.0, 0.0, 10.0)
    scene.collection.objects.link(camera)
    scene.camera = camera
    add_box("road", (0.0, 0.0, -0.5), (20.0, 20.0, 1.0))
    add_box("car", (0.5, 0.0, 0.5), (1.0, 1.0, 1.0))
    return scene


def add_box(
    name: str, location: tuple[float, float, float], size: tuple[float, float, float]
) -> bpy.types.Object:
    """A cuboid around ``location``."""
    bpy.ops.mesh.primitive_cube_add(size=1.0, location=location)
    item = bpy.context.object
    item.name = name
    item.scale = size
    return item


def render_png(scene: bpy.types.Scene, path: Path) -> str:
    """Render into a PNG with alpha; returns what the operator raised, or ""."""
    addon("compat").set_png(scene.render.image_settings)
    return render_to(scene, path)


def render_exr(scene: bpy.types.Scene, path: Path) -> str:
    """Render into a multilayer EXR; returns what the operator raised, or ""."""
    addon("compat").set_multilayer_exr(scene.render.image_settings)
    return render_to(scene, path)


def render_to(scene: bpy.types.Scene, path: Path) -> str:
    """Render a still; returns what the operator raised, or ""."""
    scene.render.filepath = str(path)
    try:
        bpy.ops.render.render(write_still=True)
    except RuntimeError as error:
        return str(error)
    return ""


def traffic() -> dict[str, Any]:
    """What the latest render cost."""
    last = addon("engine").last_render()
    return {
        "bytes_sent": last.traffic.bytes_sent,
        "mesh_bytes_sent": last.traffic.mesh_bytes_sent,
        "meshes_sent": last.traffic.meshes_sent,
        "stages": sorted(last.stages_ms),
        "total_ms": last.total_ms,
    }

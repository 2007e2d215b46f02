# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that cannot be rendered: what the operator says, and whether a file was written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
from engine_scene import make_scene, render_png
from mathutils import Matrix


def main(folder: str) -> dict[str, Any]:
    """Case -> {"error", "file"}; the last one is good: nothing may be left over."""
    out = Path(folder)
    found = {}
    for name, spoil in CASES.items():
        scene = make_scene()
        spoil(scene)
        path = out / f"{name}.png"
        found[name] = {"error": render_png(scene, path), "file": path.exists()}
    return found


def no_camera(scene: bpy.types.Scene) -> None:
    scene.camera = None


def nothing_visible(scene: bpy.types.Scene) -> None:
    for item in scene.objects:
        item.hide_render = True


def no_classes(scene: bpy.types.Scene) -> None:
    bpy.data.objects["car"].name = "qqq"
    bpy.data.objects["road"].name = "zzz"


def nan_matrix(scene: bpy.types.Scene) -> None:
    bpy.data.objects["car"].matrix_world = Matrix.Translation((float("nan"), 0.0, 0.0))


def zero_scale(scene: bpy.types.Scene) -> None:
    bpy.data.objects["car"].scale = (1.0, 0.0, 1.0)


def enormous(scene: bpy.types.Scene) -> None:
    scene.render.resolution_x = scene.render.resolution_y = 60_000


def faceless(scene: bpy.types.Scene) -> None:
    for name in ("car", "road"):
        bpy.data.objects[name].data = bpy.data.meshes.new("nothing")


def empty_border(scene: bpy.types.Scene) -> None:
    scene.render.use_border = True
    scene.render.border_min_x, scene.render.border_max_x = 0.5, 0.501


def stereo(scene: bpy.types.Scene) -> None:
    scene.render.use_multiview = True


def unknown_pipeline(scene: bpy.types.Scene) -> None:
    scene.blockout.pipeline = "no-such-pipeline"


def panorama(scene: bpy.types.Scene) -> None:
    scene.camera.data.type = "PANO"


def good(scene: bpy.types.Scene) -> None:
    """Nothing is wrong."""


CASES: dict[str, Callable[[bpy.types.Scene], None]] = {
    "no_camera": no_camera,
    "nothing_visible": nothing_visible,
    "no_classes": no_classes,
    "nan_matrix": nan_matrix,
    "zero_scale": zero_scale,
    "enormous": enormous,
    "faceless": faceless,
    "empty_border": empty_border,
    "stereo": stereo,
    "unknown_pipeline": unknown_pipeline,
    "panorama": panorama,
    "good": good,
}

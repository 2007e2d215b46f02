# SPDX-License-Identifier: GPL-3.0-or-later
"""Our projection of random points against Blender's, for random cameras."""

from __future__ import annotations

import math
import random

import bpy
import numpy as np
from bl_ext.user_default.blockout.contract import Camera, ContractError
from bl_ext.user_default.blockout.export import (
    border_pixels,
    crop_camera,
    scene_camera,
    view_camera,
)
from bpy_extras.object_utils import world_to_camera_view
from mathutils import Euler, Vector

POINTS = 8


def main(count: str) -> dict:
    """Largest error in pixels over random cameras; messages for what must be refused."""
    rng = random.Random(7)
    scene = bpy.context.scene
    data = bpy.data.cameras.new("camera")
    camera = bpy.data.objects.new("camera", data)
    scene.collection.objects.link(camera)
    scene.camera = camera
    worst = {"PERSP": 0.0, "ORTHO": 0.0, "border": 0.0, "view": 0.0, "depth": 0.0}
    for _ in range(int(count)):
        _randomise(rng, scene, camera)
        depsgraph = bpy.context.evaluated_depsgraph_get()
        width, height = scene.render.resolution_x, scene.render.resolution_y
        found = scene_camera(depsgraph, scene, width, height)
        for _ in range(POINTS):
            point, view = _visible_point(rng, scene, camera)
            pixel = np.array([view.x * width, (1.0 - view.y) * height])
            ours, depth = project(found, point)
            worst[data.type] = max(worst[data.type], float(np.abs(ours - pixel).max()))
            worst["depth"] = max(worst["depth"], abs(depth - view.z))
            worst["border"] = max(worst["border"], _border_error(rng, found, point, pixel, height))
        worst["view"] = max(worst["view"], _view_error(depsgraph, scene, camera, found))
    return {"worst": worst, "refused": _refusals(scene, camera), **_clips(scene, camera)}


def project(camera: Camera, point: Vector) -> tuple[np.ndarray, float]:
    """World point -> pixel (x, y) from the top-left corner, and planar depth."""
    local = np.linalg.inv(camera.camera_to_world) @ np.array([*point, 1.0])
    depth = -local[2]
    scale = 1.0 if camera.kind == "orthographic" else 1.0 / depth
    x = camera.cx + camera.fx * local[0] * scale
    y = camera.cy - camera.fy * local[1] * scale
    return np.array([x, y]), float(depth)


def _randomise(rng: random.Random, scene: bpy.types.Scene, camera: bpy.types.Object) -> None:
    data, render = camera.data, scene.render
    data.type = rng.choice(["PERSP", "PERSP", "ORTHO"])
    data.lens = rng.uniform(15, 120)
    data.ortho_scale = rng.uniform(2, 20)
    data.sensor_fit = rng.choice(["AUTO", "HORIZONTAL", "VERTICAL"])
    data.sensor_width, data.sensor_height = rng.uniform(10, 60), rng.uniform(10, 60)
    data.shift_x, data.shift_y = rng.uniform(-0.4, 0.4), rng.uniform(-0.4, 0.4)
    render.resolution_x, render.resolution_y = rng.randint(64, 512), rng.randint(64, 512)
    render.pixel_aspect_x = rng.choice([1.0, 1.0, rng.uniform(1, 2)])
    render.pixel_aspect_y = rng.choice([1.0, 1.0, rng.uniform(1, 2)])
    camera.location = [rng.uniform(-3, 3) for _ in range(3)]
    camera.rotation_euler = [rng.uniform(-math.pi, math.pi) for _ in range(3)]
    camera.scale = [rng.uniform(0.5, 2)] * 3
    bpy.context.view_layer.update()


def _visible_point(
    rng: random.Random, scene: bpy.types.Scene, camera: bpy.types.Object
) -> tuple[Vector, Vector]:
    """A point inside the picture, and where Blender sees it."""
    while True:
        local = Vector((rng.uniform(-6, 6), rng.uniform(-6, 6), -rng.uniform(0.5, 12)))
        point = camera.matrix_world.normalized() @ local
        view = world_to_camera_view(scene, camera, point)
        if 0 <= view.x <= 1 and 0 <= view.y <= 1:
            return point, view


def _border_error(
    rng: random.Random, camera: Camera, point: Vector, pixel: np.ndarray, height: int
) -> float:
    """The window's camera must see the point where the picture has it, minus the corner."""
    width = 2 * round(camera.cx) + 512  # any width: only the window counts
    low, high = sorted((rng.uniform(0, 0.4), rng.uniform(0.5, 1)))
    window = border_pixels((low, high, low, high), width, height)
    x0, _, _, y1 = window
    ours, _ = project(crop_camera(camera, window, height), point)
    return float(np.abs(ours - (pixel - [x0, height - y1])).max())


def _view_error(
    depsgraph: bpy.types.Depsgraph,
    scene: bpy.types.Scene,
    camera: bpy.types.Object,
    expected: Camera,
) -> float:
    """A 3D view with the same matrices must give the same camera, clip range included."""
    render = scene.render
    width, height = render.resolution_x, render.resolution_y
    window = camera.calc_matrix_camera(
        depsgraph,
        x=width,
        y=height,
        scale_x=render.pixel_aspect_x,
        scale_y=render.pixel_aspect_y,
    )
    view = camera.matrix_world.normalized().inverted()
    found = view_camera(view, window, width, height)
    assert found.kind == expected.kind
    assert math.isclose(found.near, expected.near, rel_tol=1e-3, abs_tol=1e-3)
    assert math.isclose(found.far, expected.far, rel_tol=0.05)  # float32 matrix
    names = ("fx", "fy", "cx", "cy")
    return max(abs(getattr(found, n) - getattr(expected, n)) for n in names)


def _clips(scene: bpy.types.Scene, camera: bpy.types.Object) -> dict:
    camera.data.type = "PERSP"
    camera.data.clip_start, camera.data.clip_end = 0.25, 50.0
    found = scene_camera(bpy.context.evaluated_depsgraph_get(), scene, 64, 64)
    return {"near": found.near, "far": found.far}


def _refusals(scene: bpy.types.Scene, camera: bpy.types.Object) -> dict:
    def message(width: int = 64, height: int = 64) -> str:
        bpy.context.view_layer.update()
        try:
            scene_camera(bpy.context.evaluated_depsgraph_get(), scene, width, height)
        except ContractError as error:
            return str(error)
        return "accepted"

    refused = {"huge": message(100_000, 100_000), "empty": message(0, 64)}
    camera.data.type = "PANO"
    refused["pano"] = message()
    camera.data.type = "PERSP"
    camera.rotation_euler = Euler((0, 0, 0))
    camera.location.x = float("nan")
    refused["nan"] = message()
    camera.location.x = 0.0
    camera.scale = (0, 1, 1)
    refused["flat"] = message()
    camera.scale = (2, 1, -1)
    refused["mirrored"] = message()
    camera.scale = (1, 1, 1)
    scene.camera = None
    refused["none"] = message()
    scene.camera = camera
    for name, border in {"thin": (0.5, 0.501, 0, 1), "swapped": (0.9, 0.1, 0, 1)}.items():
        try:
            border_pixels(border, 64, 64)
            refused[name] = "accepted"
        except ContractError as error:
            refused[name] = str(error)
    return refused

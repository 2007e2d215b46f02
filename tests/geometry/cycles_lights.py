# SPDX-License-Identifier: Apache-2.0
"""Run by test_shading_against_cycles in a process of its own: Cycles renders white ground.

Usage: python cycles_lights.py OUT.npz. One light at a time, no bounces, camera as in pass_frames.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import bpy
import numpy as np

SIZE = 32
LIGHTS = {
    "sun": {"type": "SUN", "energy": 3.0, "angle": 0.0, "rotation": (0.7, 0.2, 0.0)},
    "point": {"type": "POINT", "energy": 100.0, "shadow_soft_size": 0.0},
    "spot": {
        "type": "SPOT",
        "energy": 100.0,
        "shadow_soft_size": 0.0,
        "spot_size": 1.2,
        "spot_blend": 0.6,
    },
    "area": {"type": "AREA", "energy": 50.0, "size": 0.02},
}


def _scene() -> bpy.types.Scene:
    bpy.ops.wm.read_factory_settings(use_empty=True)
    scene = bpy.context.scene
    bpy.ops.mesh.primitive_plane_add(size=100)
    material = bpy.data.materials.new("white")
    material.use_nodes = True
    tree = material.node_tree
    tree.nodes.clear()
    diffuse = tree.nodes.new("ShaderNodeBsdfDiffuse")
    diffuse.inputs[0].default_value = (1, 1, 1, 1)
    output = tree.nodes.new("ShaderNodeOutputMaterial")
    tree.links.new(diffuse.outputs[0], output.inputs[0])
    bpy.context.object.data.materials.append(material)
    camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
    camera.location = (0, 0, 10)
    # 2 * SIZE pixels of focal length over SIZE pixels of sensor.
    camera.data.sensor_width, camera.data.lens = 36.0, 72.0
    scene.collection.objects.link(camera)
    scene.camera = camera
    scene.render.engine = "CYCLES"
    scene.cycles.samples = 32
    scene.cycles.max_bounces = 0
    scene.cycles.use_denoising = False
    scene.render.resolution_x = scene.render.resolution_y = SIZE
    scene.render.image_settings.file_format = "OPEN_EXR"
    scene.render.image_settings.color_depth = "32"
    return scene


def _render(scene: bpy.types.Scene, values: dict, folder: str) -> np.ndarray:
    values = dict(values)
    data = bpy.data.lights.new("light", values.pop("type"))
    light = bpy.data.objects.new("light", data)
    light.location = (0.3, -0.2, 2.0)
    light.rotation_euler = values.pop("rotation", (0, 0, 0))
    for name, value in values.items():
        setattr(data, name, value)
    scene.collection.objects.link(light)
    scene.render.filepath = str(Path(folder) / "picture.exr")
    bpy.ops.render.render(write_still=True)
    image = bpy.data.images.load(scene.render.filepath)
    pixels = np.empty(SIZE * SIZE * 4, np.float32)
    image.pixels.foreach_get(pixels)
    bpy.data.images.remove(image)
    bpy.data.objects.remove(light)
    return pixels.reshape(SIZE, SIZE, 4)[::-1, :, 0]


def main() -> None:
    scene = _scene()
    with tempfile.TemporaryDirectory() as folder:
        pictures = {name: _render(scene, values, folder) for name, values in LIGHTS.items()}
    np.savez(sys.argv[1], **pictures)


if __name__ == "__main__":
    main()
    sys.stdout.flush()
    os._exit(0)  # bpy may crash or hang at a normal exit

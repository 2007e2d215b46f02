# SPDX-License-Identifier: GPL-3.0-or-later
"""From a render to materials: what F12 gives, put on the objects, and rendered again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
import numpy as np
from engine_layers import FIRST, SECOND, cars
from engine_scene import addon, render_png

PUT = bpy.ops.blockout.texture_materials


def main(folder: str, pipeline: str) -> dict[str, Any]:
    """Render, put, render."""
    out = Path(folder)
    scene = cars(pipeline)
    bpy.data.objects[SECOND].scale = (4.4, 1.8, 1.5)  # long in X: the model has cars long in Y
    bpy.ops.blockout.export_frame(filepath=str(out / "frame.npz"))
    found: dict[str, Any] = {"before": PUT.poll(), "first": render_png(scene, out / "first.png")}
    found["put"] = sorted(PUT())
    last = addon("engine").last_render().textures
    found["names"] = sorted(last)
    found["boxes"] = {name: texture.box.tolist() for name, texture in last.items()}
    pixels = {name: _pixels(bpy.data.images[f"Blockout {name}"]) for name in (FIRST, SECOND)}
    np.savez(out / "textures.npz", **pixels)
    found["second"] = render_png(scene, out / "second.png")
    scene.blockout.seed = 7
    found["third"] = render_png(scene, out / "third.png")
    found["again"] = sorted(PUT())
    found["images"] = sorted(image.name for image in bpy.data.images if image.packed_file)
    new = _pixels(bpy.data.images[f"Blockout {FIRST}"])
    found["changed"] = bool(np.abs(new - pixels[FIRST]).max() > 0.02)
    scene.blockout.pipeline = "classes"
    render_png(scene, out / "elsewhere.png")
    found["elsewhere"] = PUT.poll()
    return found


def _pixels(image: bpy.types.Image) -> np.ndarray:
    width, height = image.size
    flat = np.empty(width * height * 4, np.float32)
    image.pixels.foreach_get(flat)
    return flat.reshape(height, width, 4)[::-1]

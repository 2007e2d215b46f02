# SPDX-License-Identifier: GPL-3.0-or-later
"""Demo scenes of all families as .blend files that are ready for the extension's engine.

It answers one JSON object per line on standard input:

    {"scene": "room", "seed": 7, "size": [256, 256], "pipeline": "shading", "out": "room.blend"}

"seed" may be null: then it is the family's demo scene. The answer holds "out", "seed", "objects",
"classes" and "palette"; that of a failed job is {"error": "..."}.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import bpy

from scenes import stage
from scenes.export_frames import carry_palette, enable_extension, extension_module
from scenes.worker import private_output

ENGINE = "BLOCKOUT"


def make_ready(scene: bpy.types.Scene, size: tuple[int, int], pipeline: str) -> None:
    """Let the engine render the Blockout view layer with the scene's own palette.

    Things get no looks of their own: such a look goes before the picture's, whose seed would then
    change little.
    """
    stage.show_blockout(scene)
    carry_palette(scene)
    scene.render.engine = ENGINE
    scene.render.resolution_x, scene.render.resolution_y = size
    scene.blockout.pipeline = pipeline
    extension_module("view").set_standard_view(scene.view_settings)
    bpy.context.view_layer.update()


def save(path: Path) -> None:
    """Write the open file, compressed, under a temporary name first."""
    part = path.with_name(f".{path.stem}.part.blend")
    bpy.ops.wm.save_as_mainfile(filepath=str(part), compress=True, copy=True)
    part.replace(path)


def save_demo(job: dict[str, Any]) -> dict[str, Any]:
    """Build the family's demo scene with the seed of the job and save it where the job says."""
    enable_extension()
    family: ModuleType = importlib.import_module(f"scenes.{job['scene']}")
    seed = family.DEMO_SEED if job.get("seed") is None else int(job["seed"])
    scene: bpy.types.Scene = family.demo(seed).scene
    width, height = job["size"]
    make_ready(scene, (int(width), int(height)), job["pipeline"])
    path = Path(job["out"]).resolve()
    path.parent.mkdir(parents=True, exist_ok=True)
    save(path)
    things = [o for o in scene.objects if o.type == "MESH"]
    return {
        "out": str(path),
        "seed": seed,
        "objects": len(things),
        "classes": sorted({str(o["class_name"]) for o in things if "class_name" in o}),
        "palette": scene.blockout.palette.lower(),
    }


def serve() -> int:
    """Do what standard input says until it ends; 1 if anything failed."""
    answers = private_output()
    failed = 0
    for line in sys.stdin:
        try:
            reply = save_demo(json.loads(line))
        except Exception as error:  # told to whoever asked
            failed = 1
            reply = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), file=answers, flush=True)
    return failed


if __name__ == "__main__":
    code = serve()
    sys.stdout.flush()
    os._exit(code)  # a plain exit can hang in Blender's module

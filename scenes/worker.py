# SPDX-License-Identifier: GPL-3.0-or-later
"""Renders target frames as told on standard input, one JSON object per line.

A job: {"scene": "street", "seed": 3, "cameras": 4, "size": [128, 128], "samples": 16,
"out": "DIR"}. "scene" names a module of this package with build, cameras and place_camera.
Optional keys: "first" (skip the views before this number) and "skip" (a list of view numbers not
wanted).
For view k it writes DIR/<seed>_<k>.png and answers {"seed", "camera", "png", "seconds"}; the first
answer of a job includes the time to build the scene. A job that fails answers {"seed", "error"}.

With --export-module NAME the function `export_frame(scene, view_layer, path, width, height)` of
that module is called for both forms of each frame, to write DIR/<seed>_<k>_detailed.npz and
..._blockout.npz. It finds the view layer active and its dependency graph up to date. The PNG is
written last: where it lies, the frame is complete.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

import bpy

from scenes import cycles, stage

ExportFrame = Callable[[bpy.types.Scene, str, str, int, int], object]
FORMS = ((stage.DETAILED, "detailed"), (stage.BLOCKOUT, "blockout"))


def private_output() -> TextIO:
    """Standard output for answers alone; what Blender prints goes to standard error instead."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return answers


def export_forms(
    scene: bpy.types.Scene, stem: Path, size: tuple[int, int], export: ExportFrame
) -> None:
    """Call the exporter once for each form; a file appears under its name only when complete."""
    for layer_name, form in FORMS:
        layer = scene.view_layers[layer_name]
        if bpy.context.window is not None:
            bpy.context.window.view_layer = layer
        target = stem.with_name(f"{stem.name}_{form}.npz")
        part = target.with_name(f".{stem.name}_{form}.part.npz")
        with bpy.context.temp_override(scene=scene, view_layer=layer):
            layer.update()
            export(scene, layer_name, str(part), *size)
        part.replace(target)


def run_job(job: dict[str, Any], export: ExportFrame | None, threads: int, answers: TextIO) -> None:
    """Build the job's scene once, then render (and export) each of its views."""
    seed, count, samples = int(job["seed"]), int(job["cameras"]), int(job.get("samples", 16))
    width, height = (int(n) for n in job["size"])
    out = Path(job["out"])
    out.mkdir(parents=True, exist_ok=True)
    skip = {int(k) for k in job.get("skip", [])} | set(range(int(job.get("first", 0))))
    start = time.perf_counter()
    family = importlib.import_module(f"scenes.{job.get('scene', 'street')}")
    built = family.build(seed)
    cycles.set_up(built.scene, width, height, samples, threads)
    for k, view in enumerate(family.cameras(seed, count)):
        if k in skip:
            continue
        family.place_camera(built.scene, view)
        stem = out / f"{seed}_{k}"
        if export is not None:
            export_forms(built.scene, stem, (width, height), export)
        png = stem.with_suffix(".png")
        cycles.render_target(built.scene, png, width, height, samples, threads)
        now = time.perf_counter()
        answer = {"seed": seed, "camera": k, "png": str(png), "seconds": round(now - start, 4)}
        print(json.dumps(answer), file=answers, flush=True)
        start = now


def main() -> int:
    """Read jobs until standard input ends; 1 if any of them failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--export-module", default="", help="module with export_frame(...)")
    parser.add_argument("--threads", type=int, default=0, help="render threads, 0 for all cores")
    options = parser.parse_args()
    answers = private_output()
    export: ExportFrame | None = None
    if options.export_module:
        export = importlib.import_module(options.export_module).export_frame
    failed = 0
    for text in sys.stdin:
        if not text.strip():
            continue
        seed: object = None
        try:
            job = json.loads(text)
            seed = job.get("seed")
            run_job(job, export, options.threads, answers)
        except Exception as error:  # one bad job must not end the others
            failed = 1
            note = {"seed": seed, "error": f"{type(error).__name__}: {error}"}
            print(json.dumps(note), file=answers, flush=True)
    return failed


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    os._exit(status)  # a plain exit can hang in Blender's module

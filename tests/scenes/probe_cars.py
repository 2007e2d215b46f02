# SPDX-License-Identifier: GPL-3.0-or-later
"""Run in a process of its own (one Blender per process): builds places, prints facts as JSON.

Each word on the command line is MODULE:SEED, e.g. cars:7.
"""

from __future__ import annotations

import importlib
import json
import os
import sys

import bpy
import numpy as np
from probe import hull

from scenes import materials, place_materials, stage
from scenes.car_places import KINDS, draw_place
from scenes.plan import Plan


def facts(module: str, seed: int) -> dict[str, object]:
    """What a test wants to know of a place."""
    scene = importlib.import_module(f"scenes.{module}").build(seed).scene
    scene.view_layers[stage.DETAILED].update()
    roots = scene.collection.children
    detailed = list(roots[stage.DETAILED].all_objects)
    twins: dict[str, list[bpy.types.Object]] = {}
    for thing in roots[stage.BLOCKOUT].all_objects:
        twins.setdefault(thing["twin"], []).append(thing)
    wrong = [
        thing.name
        for form in (stage.DETAILED, stage.BLOCKOUT)
        for folder in roots[form].children
        for thing in folder.objects
        if folder.name.split(".")[0] != thing["class_name"]
    ]
    slack = 0.0
    for thing in detailed:
        matrix = np.array(thing.matrix_world)
        (a0, a1), (b0, b1) = hull([thing], matrix), hull(twins[thing.name], matrix)
        slack = max(slack, float(np.abs(a0 - b0).max()), float(np.abs(a1 - b1).max()))
    meshes = [o for o in bpy.data.objects if o.type == "MESH"]
    return {
        "wrong": wrong,
        "slack": slack,
        "stray": [o.name for o in detailed if not 1 <= len(twins[o.name]) <= 2],
        "twins": sorted(twins) == sorted(o.name for o in detailed),
        "ids": sorted({(o["class_name"], o["class_id"]) for o in meshes}),
        "lacking": [o.name for o in meshes if "appearance_seed" not in o],
        "blocks": len(bpy.data.objects) + len(bpy.data.meshes) + len(bpy.data.materials),
    }


def slots_without_material() -> list[str]:
    """Names of materials that some kind of place or car asks for and nobody makes."""
    place_materials.register()
    wanted: set[str] = set()
    for kind in KINDS:
        for seed in range(4):
            plan = Plan(seed, np.random.default_rng(seed))
            draw_place(plan, kind)
            wanted |= {str(slot) for part in plan.meshes.values() for slot in part.slots}
    return sorted(wanted - set(materials.RECIPES))


if __name__ == "__main__":
    pairs = [word.split(":") for word in sys.argv[1:]]
    built = [facts(m, int(s)) for m, s in pairs]
    answer = {"built": built, "lacking_materials": slots_without_material()}
    print("FACTS " + json.dumps(answer), flush=True)
    os._exit(0)  # a plain exit can hang in Blender's module

# SPDX-License-Identifier: GPL-3.0-or-later
"""Run in a process of its own (one Blender per process): builds streets, prints facts as JSON."""

from __future__ import annotations

import json
import os
import sys
import time

import bpy
import numpy as np

from scenes import stage, street


def corners(thing: bpy.types.Object) -> np.ndarray:
    """World positions (8, 3) of an object's bounding box."""
    box = np.array([list(c) for c in thing.bound_box])
    matrix = np.array(thing.matrix_world)
    return box @ matrix[:3, :3].T + matrix[:3, 3]


def hull(things: list[bpy.types.Object], matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Bounds (3,), (3,) of some objects, seen in the local space of `matrix`."""
    points = np.concatenate([corners(t) for t in things])
    inverse = np.linalg.inv(matrix)
    local = points @ inverse[:3, :3].T + inverse[:3, 3]
    return local.min(axis=0), local.max(axis=0)


def facts(seed: int) -> dict[str, object]:
    """What a test wants to know of a street."""
    start = time.perf_counter()
    built = street.build(seed)
    seconds = time.perf_counter() - start
    scene = built.scene
    scene.view_layers[stage.DETAILED].update()
    roots = scene.collection.children
    twins: dict[str, list[bpy.types.Object]] = {}
    for thing in roots[stage.BLOCKOUT].all_objects:
        twins.setdefault(thing["twin"], []).append(thing)
    wrong, slack, stray = [], 0.0, []
    for form in (stage.DETAILED, stage.BLOCKOUT):
        for folder in roots[form].children:
            for thing in folder.objects:
                if folder.name.split(".")[0] != thing["class_name"]:
                    wrong.append(thing.name)
    for thing in roots[stage.DETAILED].all_objects:
        mine = twins.get(thing.name, [])
        if not 1 <= len(mine) <= 2:
            stray.append(thing.name)
            continue
        matrix = np.array(thing.matrix_world)
        (a0, a1), (b0, b1) = hull([thing], matrix), hull(mine, matrix)
        slack = max(slack, float(np.abs(a0 - b0).max()), float(np.abs(a1 - b1).max()))
    names = {
        layer.name: sorted(c.name for c in layer.layer_collection.children if not c.exclude)
        for layer in scene.view_layers
    }
    lacking = [o.name for o in bpy.data.objects if o.type == "MESH"
               and not {"class_name", "appearance_seed"} <= set(o.keys())]  # fmt: skip
    return {
        "seconds": seconds, "wrong": wrong, "stray": stray, "slack": slack, "layers": names,
        "lacking": lacking, "detailed": len(roots[stage.DETAILED].all_objects),
        "twins": sorted(set(twins)) == sorted(o.name for o in roots[stage.DETAILED].all_objects),
        "lights": sorted(o.data.type for o in scene.objects if o.type == "LIGHT"),
        "nodes": {m.name: len(m.node_tree.nodes) for m in bpy.data.materials if m.use_nodes},
        "blocks": len(bpy.data.objects) + len(bpy.data.meshes) + len(bpy.data.materials),
    }  # fmt: skip


if __name__ == "__main__":
    answers = [facts(int(seed)) for seed in sys.argv[1:]]
    print("FACTS " + json.dumps(answers), flush=True)
    os._exit(0)  # a plain exit can hang in Blender's module

# SPDX-License-Identifier: GPL-3.0-or-later
"""Run in a process of its own (one Blender per process): builds rooms, prints facts as JSON."""

from __future__ import annotations

import json
import os
import sys

import bpy
import numpy as np

from scenes import room, stage


def facts(seed: int) -> dict[str, object]:
    """What a test wants to know of a room."""
    built = room.build(seed)
    scene = built.scene
    forms = {form: scene.collection.children[form] for form in (stage.DETAILED, stage.BLOCKOUT)}
    things = {t.name: t for t in forms[stage.DETAILED].all_objects}
    wrong, slack = [], 0.0
    for root in forms.values():
        for folder in root.children:
            wrong += [t.name for t in folder.objects
                      if folder.name.split(".")[0] != t["class_name"]]  # fmt: skip
    twins = list(forms[stage.BLOCKOUT].all_objects)
    for twin in twins:
        thing = things[twin["twin"]]
        if (thing["class_id"], thing["appearance_seed"]) != (twin["class_id"],
                                                             twin["appearance_seed"]):  # fmt: skip
            wrong.append(twin.name)
        seen = [corners(t, np.array(thing.matrix_world)) for t in (thing, twin)]
        slack = max(slack, float(np.abs(seen[0] - seen[1]).max()))
    lights = [o for o in scene.objects if o.type == "LIGHT"]
    return {
        "wrong": wrong,
        "slack": slack,
        "one_to_one": sorted(t["twin"] for t in twins) == sorted(things),
        "lights": sorted({o.data.type for o in lights}),
        "in_both": all(o.name in scene.collection.objects for o in lights),
        "power": sum(o.data.energy for o in lights if o.data.type != "SUN"),
        "setting": [scene.get("palette"), scene.get("background")],
        "blocks": len(bpy.data.objects) + len(bpy.data.meshes) + len(bpy.data.materials),
        "world": list(scene.world.color),
    }


def corners(thing: bpy.types.Object, matrix: np.ndarray) -> np.ndarray:
    """Bounds (2, 3) of an object, seen in the local space of `matrix`."""
    points = np.column_stack([np.array([list(c) for c in thing.bound_box]), np.ones(8)])
    local = (points @ (np.linalg.inv(matrix) @ np.array(thing.matrix_world)).T)[:, :3]
    return np.stack([local.min(axis=0), local.max(axis=0)])


if __name__ == "__main__":
    answers = [facts(int(seed)) for seed in sys.argv[1:]]
    print("FACTS " + json.dumps(answers), flush=True)
    os._exit(0)  # a plain exit can hang in Blender's module

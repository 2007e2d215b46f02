# SPDX-License-Identifier: GPL-3.0-or-later
"""Run in a process of its own (one Blender per process): builds figures, prints facts as JSON."""

from __future__ import annotations

import json
import os
import sys

import bpy
import numpy as np
from mathutils import Vector

from scenes import figure, figure_pose, figure_stage, stage
from scenes.figure_parts import CLASS_IDS
from scenes.figure_views import FigureView


def classes(form: str) -> list[str]:
    """Classes with things in a form, by the collections' names."""
    found = bpy.context.scene.collection.children[form].children
    return sorted(c.name.split(".")[0] for c in found if len(c.objects))


def lowest(depsgraph: bpy.types.Depsgraph, name: str) -> float:
    """Height of an object's lowest point as the armature bends it."""
    thing = bpy.data.objects[name].evaluated_get(depsgraph)
    return min((thing.matrix_world @ v.co).z for v in thing.data.vertices)


def facts_of_view(built: figure.FigureScene, view: FigureView) -> dict[str, object]:
    """How Blender's figure agrees with the view's pose and picture."""
    scene = built.scene
    figure.place_camera(scene, view)
    layer = scene.view_layers[stage.DETAILED]
    layer.update()
    depsgraph = layer.depsgraph
    rig = scene.objects[figure_stage.ARMATURE].evaluated_get(depsgraph)
    slack = 0.0
    for name, matrix in view.pose.bones.items():
        rest = np.array(rig.data.bones[name].matrix_local)
        slack = max(
            slack, float(np.abs(np.array(rig.pose.bones[name].matrix) - matrix @ rest).max())
        )
    wanted = figure_pose.keypoints(built.plan.body, view.pose)
    marks = [rig.pose.bones[f"keypoint_{n}"].head for n, _, _ in figure_pose.KEYPOINTS]
    eye = Vector(view.camera_to_world[:3, 3])
    hits = 0
    for mark in marks:
        hit, _, _, _, thing, _ = scene.ray_cast(depsgraph, eye, (mark - eye).normalized())
        hits += bool(hit and thing["class_name"] != "background")
    shoes = next(p.name for p in built.plan.parts if p.class_name == "shoes")
    return {
        "slack": slack, "hits": hits, "floor": lowest(depsgraph, shoes),
        "marks": float(np.abs(np.array([list(m) for m in marks]) - wanted).max()),
    }  # fmt: skip


def facts(seed: int) -> dict[str, object]:
    """What a test wants to know of a figure."""
    built = figure.build(seed)
    views = [facts_of_view(built, view) for view in figure.cameras(seed, 3)]
    meshes = [o for o in bpy.data.objects if o.type == "MESH"]
    return {
        "views": views,
        "detailed": classes(stage.DETAILED), "blockout": classes(stage.BLOCKOUT),
        "wrong": [o.name for o in meshes if o["class_id"] != CLASS_IDS[o["class_name"]]],
        "layers": {
            layer.name: sorted(c.name for c in layer.layer_collection.children if not c.exclude)
            for layer in built.scene.view_layers
        },
        "blocks": sum(len(getattr(bpy.data, kind)) for kind in
                      ("objects", "meshes", "materials", "armatures", "lights", "collections")),
    }  # fmt: skip


if __name__ == "__main__":
    answers = [facts(int(seed)) for seed in sys.argv[1:]]
    print("FACTS " + json.dumps(answers), flush=True)
    os._exit(0)  # a plain exit can hang in Blender's module

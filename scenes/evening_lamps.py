# SPDX-License-Identifier: GPL-3.0-or-later
"""Light of the street lamps after sunset: a few real lamps where the street's lamps shine."""

from __future__ import annotations

import bpy
import numpy as np
from mathutils import Matrix

from scenes.plan import Plan

COUNT = 6  # more real lamps cost noise and shadow rays
GLOW = "lamp_glow"


def light(scene: bpy.types.Scene, plan: Plan) -> None:
    """Add a lamp below each of the street lamps nearest to the street's middle."""
    places = lamp_places(plan)
    near = places[np.argsort(np.hypot(places[:, 0], places[:, 1]), kind="stable")][:COUNT]
    for number, place in enumerate(near):
        data = bpy.data.lights.new(f"lamp_{number}", "POINT")
        data.energy, data.color, data.shadow_soft_size = 260.0, (1.0, 0.72, 0.42), 0.2
        lamp = bpy.data.objects.new(f"lamp_{number}", data)
        lamp.matrix_world = Matrix.Translation(place.tolist())
        scene.collection.objects.link(lamp)


def lamp_places(plan: Plan) -> np.ndarray:
    """Places (K, 3) just below the glowing parts of the plan's street lamps, in metres."""
    found = []
    for item in plan.items:
        part = plan.meshes[item.mesh]
        faces = part.faces[part.slots == GLOW]
        if item.class_name == "pole" and len(faces):
            points = part.verts[np.unique(faces[faces >= 0])]
            low = points.mean(axis=0) * [1, 1, 0] + [0, 0, points[:, 2].min() - 0.3]
            found.append((item.matrix @ np.append(low, 1.0))[:3])
    return np.array(found).reshape(-1, 3)

# SPDX-License-Identifier: GPL-3.0-or-later
"""A room's light in Blender: sun, windows, burning lamps, and what is seen outside."""

from __future__ import annotations

import bpy
import numpy as np
from mathutils import Matrix

from scenes import cycles
from scenes.materials import Nodes
from scenes.plan import Color
from scenes.room_mood import LAMP_COLOR, Mood, area, budget, outward, sun_direction
from scenes.room_plan import OUTSIDE, Lamp, RoomPlan
from scenes.room_shell import REVEAL


def light(scene: bpy.types.Scene, plan: RoomPlan, mood: Mood) -> None:
    """Sun, one area light in each window, the burning lamps, world and exposure."""
    power = budget(plan, mood)
    if mood.sun > 0:
        lamp = _light(scene, "sun", "SUN", mood.sun, mood.sun_color)
        lamp.data.angle = float(np.radians(1.5))
        lamp.matrix_world = _facing(sun_direction(plan, mood) * 40.0, sun_direction(plan, mood))
    panes = [o for o in plan.openings if o.kind == "window"]
    total = sum(area(o) for o in panes)
    for o in panes:
        portal = _light(scene, "daylight", "AREA", power.windows * area(o) / total,
                        mood.window_color)  # fmt: skip
        portal.data.shape = "RECTANGLE"
        portal.data.size, portal.data.size_y = o.u1 - o.u0 - 0.08, o.z1 - o.z0 - 0.08
        x, y = plan.on_wall(o.wall, (o.u0 + o.u1) / 2, -REVEAL / 2)
        spot = np.array([x, y, (o.z0 + o.z1) / 2])
        portal.matrix_world = _facing(spot, outward(o.wall))
        portal.visible_camera = portal.visible_glossy = False
    for lamp in plan.lamps:
        _burn(scene, lamp, power.lamps)
    scene.world = _world(mood, power.ambient)
    scene.view_settings.exposure = mood.exposure
    scene[cycles.INDOORS] = True
    scene["palette"], scene["background"] = "ROOM", OUTSIDE


def _burn(scene: bpy.types.Scene, lamp: Lamp, power: float) -> None:
    """The light of one lamp: from the ceiling downwards, or out of its shade on all sides.

    The light in a shade casts no shadow: in the blockout form it sits inside a closed solid.
    """
    if lamp.kind == "ceiling":
        made = _light(scene, "ceiling_light", "AREA", power * lamp.share, LAMP_COLOR)
        made.data.shape = "DISK"
        made.data.size = 0.4
        made.matrix_world = _facing(np.array(lamp.place), np.array([0.0, 0.0, 1.0]))
        made.visible_camera = made.visible_glossy = False
        return
    made = _light(scene, "shade_light", "POINT", power * lamp.share, LAMP_COLOR)
    made.data.shadow_soft_size = 0.12
    made.data.use_shadow = False
    made.location = lamp.place
    made.visible_camera = made.visible_glossy = False


def _light(
    scene: bpy.types.Scene, name: str, kind: str, energy: float, color: Color
) -> bpy.types.Object:
    data = bpy.data.lights.new(name, kind)
    data.energy, data.color = energy, color
    made = bpy.data.objects.new(name, data)
    scene.collection.objects.link(made)
    return made


def _facing(place: np.ndarray, back: np.ndarray) -> Matrix:
    """Pose of a light at `place` (3,) that shines away from the unit vector `back` (3,)."""
    helper = np.array([0.0, 0.0, 1.0]) if abs(back[2]) < 0.99 else np.array([1.0, 0.0, 0.0])
    x = np.cross(helper, back)
    x /= np.linalg.norm(x)
    matrix = np.eye(4)
    matrix[:3, :3] = np.column_stack([x, np.cross(back, x), back])
    matrix[:3, 3] = place
    return Matrix(matrix.tolist())


def _world(mood: Mood, ambient: float) -> bpy.types.World:
    """Sky and ground as seen through the windows; they light nothing, the windows' lights do.

    `World.color` holds the light that the room's surfaces throw at each other.
    """
    world = bpy.data.worlds.new("outside")
    world.use_nodes = True
    tone = np.array(mood.window_color) * (1 - mood.lamps) + np.array(LAMP_COLOR) * mood.lamps
    world.color = tuple(float(c) for c in np.clip(tone * ambient, 0, 1))
    n = Nodes(world.node_tree)
    split = n.add("SeparateXYZ")
    way = n.add("TexCoord").outputs["Generated"]
    n.link(way, split.inputs[0])
    height = n.math("POWER", n.math("MAXIMUM", split.outputs[2], 0.0), 0.6)
    sky = n.mix(height, n.color(mood.horizon), n.color(mood.zenith))
    noise = n.add("TexNoise")
    n.link(way, noise.inputs["Vector"])
    noise.inputs["Scale"].default_value = 7.0
    noise.inputs["Detail"].default_value = 4.0
    line = n.math("SUBTRACT", split.outputs[2], n.ramp(noise.outputs[0], 0.35, 0.7, (-0.03, 0.2)))
    trees = n.shade(n.color(mood.ground), n.ramp(noise.outputs[0], 0.3, 0.7, (1.3, 0.6)))
    seen = n.mix(n.ramp(line, -0.012, 0.012, (0.0, 1.0)), trees, sky)
    path = n.add("LightPath")
    looks = n.math("MAXIMUM", path.outputs["Is Camera Ray"], path.outputs["Is Glossy Ray"])
    background = n.add("Background")
    n.link(n.mix(looks, n.color((0.0, 0.0, 0.0)), seen), background.inputs["Color"])
    n.link(background.outputs[0], n.add("OutputWorld").inputs["Surface"])
    world.cycles.sampling_method = "NONE"
    return world

# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a figure is photographed: backdrop, floor and soft light, drawn from its seed."""

from __future__ import annotations

from dataclasses import dataclass

import bpy
import numpy as np
from mathutils import Matrix

from scenes.materials import Nodes
from scenes.mesh_tools import Geometry, box, merge, quad
from scenes.plan import Color
from scenes.views import look_at

KINDS = ("paper", "wall", "daylight")
_PAPERS: tuple[Color, ...] = (
    (0.72, 0.72, 0.71), (0.62, 0.62, 0.62), (0.5, 0.5, 0.51), (0.3, 0.3, 0.31), (0.12, 0.12, 0.13),
    (0.72, 0.64, 0.53), (0.62, 0.44, 0.36), (0.4, 0.52, 0.6), (0.45, 0.55, 0.44),
    (0.68, 0.5, 0.2), (0.66, 0.5, 0.52), (0.2, 0.26, 0.36),
)  # fmt: skip
_WALLS: tuple[Color, ...] = ((0.52, 0.5, 0.47), (0.42, 0.42, 0.42), (0.5, 0.42, 0.35),
                             (0.34, 0.4, 0.41), (0.5, 0.46, 0.4), (0.27, 0.3, 0.28))  # fmt: skip


@dataclass(frozen=True)
class Studio:
    """Backdrop and light. Angles in radians; the key light stands `key_side` from the front."""

    kind: str
    wall: str
    floor: str
    wall_color: Color
    floor_color: Color
    distance: float
    key_side: float
    key_height: float
    key_size: float
    key: float
    fill: float
    rim: float
    ambient: float
    warmth: float


def studio_of(seed: int) -> Studio:
    """The studio of the figure with this seed."""
    rng = np.random.default_rng([seed, 211])
    kind = str(rng.choice(KINDS, p=[0.58, 0.24, 0.18]))
    tones = _PAPERS if kind == "paper" else _WALLS
    shares = np.array([2.2, 1.8, 1.2] + [1.0] * (len(tones) - 3))
    wall_color = _shade(tones[int(rng.choice(len(tones), p=shares / shares.sum()))], rng)
    wall, floor = "fig_paper", "fig_paper"
    floor_color = wall_color
    if kind != "paper":
        wall = str(rng.choice(["plaster", "brick", "concrete", "fig_panel"]))
        floor = str(rng.choice(["paving", "concrete", "fig_boards"]))
        floor_color = _shade(
            ((0.32, 0.31, 0.3), (0.4, 0.28, 0.17))[int(floor == "fig_boards")], rng
        )
    return Studio(
        kind, wall, floor, wall_color, floor_color,
        distance=float(rng.uniform(1.3, 2.6)),
        key_side=float(rng.choice([-1, 1])) * float(rng.uniform(0.35, 1.0)),
        key_height=float(rng.uniform(0.45, 0.9)),
        key_size=float(rng.uniform(1.0, 2.4)),
        key=float(rng.uniform(0.85, 1.15)),
        fill=float(rng.uniform(0.1, 0.38)),
        rim=float(rng.choice([0.0, 0.5, 1.0], p=[0.4, 0.35, 0.25])),
        ambient=float(rng.uniform(0.18, 0.34)),
        warmth=float(rng.normal(0.0, 0.5)),
    )  # fmt: skip


def backdrop(studio: Studio) -> Geometry:
    """Floor and wall (metres), wide enough for every camera."""
    if studio.kind == "paper":
        bend = np.linspace(0, np.pi / 2, 9)
        y = np.concatenate([[-9.0], studio.distance + 0.9 * (np.sin(bend) - 1) + 0.9])
        z = np.concatenate([[0.0], 0.9 * (1 - np.cos(bend))])
        y, z = np.append(y, y[-1]), np.append(z, 6.0)
        sheets = [
            quad(
                [
                    (-9, y[i], z[i]),
                    (9, y[i], z[i]),
                    (9, y[i + 1], z[i + 1]),
                    (-9, y[i + 1], z[i + 1]),
                ],
                studio.wall,
            )
            for i in range(len(y) - 1)
        ]
        return _welded(merge(sheets))
    y = studio.distance
    parts = [
        quad([(-9, -9, 0), (9, -9, 0), (9, y, 0), (-9, y, 0)], studio.floor),
        quad([(-9, y, 0), (9, y, 0), (9, y, 6), (-9, y, 6)], studio.wall),
    ]
    if studio.wall in ("plaster", "fig_panel"):
        parts.append(box((-9, y - 0.02, 0), (9, y, 0.12), "fig_skirting"))
    return merge(parts)


def _welded(part: Geometry) -> Geometry:
    """The same surface with shared vertices, so that it shades smoothly."""
    verts, index = np.unique(np.round(part.verts, 6), axis=0, return_inverse=True)
    return Geometry(verts, index.ravel()[part.faces], part.slots)


def surfaces(studio: Studio) -> None:
    """Make the materials that only studios have."""
    _material("fig_paper", _paper)
    _material("fig_skirting", lambda n: n.finish(n.color((0.6, 0.59, 0.56)), 0.5))
    _material("fig_boards", _boards)
    _material("fig_panel", _panel)


def light(scene: bpy.types.Scene, studio: Studio) -> None:
    """Key, fill and rim lamps, world and exposure."""
    warm = np.array([0.06, 0.0, -0.09]) * studio.warmth
    key_color = tuple(float(c) for c in np.clip(np.array([1.0, 0.96, 0.91]) + warm, 0.6, 1.0))
    if studio.kind == "daylight":
        _lamp(
            scene,
            "sun",
            "SUN",
            studio.key_side,
            studio.key_height,
            30.0,
            3.4 * studio.key,
            0.0,
            key_color,
        )
    else:
        _lamp(scene, "key", "AREA", studio.key_side, studio.key_height, 3.4, 430 * studio.key,
              studio.key_size, key_color)  # fmt: skip
        _lamp(
            scene,
            "fill",
            "AREA",
            -studio.key_side * 1.1,
            0.3,
            3.8,
            430 * studio.fill,
            2.4,
            (0.92, 0.96, 1.0),
        )
        if studio.rim:
            side = -np.sign(studio.key_side) * 2.35
            _lamp(scene, "rim", "AREA", side, 0.75, 2.0, 90 * studio.rim, 0.8, (1.0, 1.0, 1.0))
    world = bpy.data.worlds.new("studio")
    world.use_nodes = True
    strength = studio.ambient * (2.0 if studio.kind == "daylight" else 1.0)
    tint = (0.93, 0.97, 1.0) if studio.kind == "daylight" else (1.0, 0.99, 0.97)
    world.color = tuple(c * strength for c in tint)
    nodes = Nodes(world.node_tree)
    shade = nodes.add("Background")
    shade.inputs["Color"].default_value = (*tint, 1.0)
    shade.inputs["Strength"].default_value = strength
    nodes.link(shade.outputs[0], nodes.add("OutputWorld").inputs["Surface"])
    scene.world = world
    scene.view_settings.exposure = -0.85


def _lamp(
    scene: bpy.types.Scene, name: str, kind: str, side: float, high: float, distance: float,
    energy: float, size: float, color: tuple[float, ...],
) -> None:  # fmt: skip
    """A lamp that shines at the figure's chest from an angle off the front and a height angle."""
    lamp = bpy.data.lights.new(name, kind)
    lamp.energy, lamp.color = energy, color
    if kind == "AREA":
        lamp.shape, lamp.size = "SQUARE", size
    else:
        lamp.angle = float(np.radians(6.0))
    way = np.array([np.sin(side) * np.cos(high), -np.cos(side) * np.cos(high), np.sin(high)])
    target = np.array([0.0, 0.0, 1.15])
    thing = bpy.data.objects.new(name, lamp)
    thing.matrix_world = Matrix(look_at(target + way * distance, target).tolist())
    scene.collection.objects.link(thing)


def _material(name: str, recipe) -> None:
    if bpy.data.materials.get(name) is None:
        made = bpy.data.materials.new(name)
        made.use_nodes = True
        recipe(Nodes(made.node_tree))


def _paper(n: Nodes) -> None:
    broad = n.ramp(n.noise(0.5, 2.0, "Object"), 0.3, 0.7, (0.95, 1.04))
    n.finish(n.shade(n.color("object"), broad), 0.85, specular=0.2)


def _boards(n: Nodes) -> None:
    node = n.add("TexBrick")
    n.link(n.add("TexCoord").outputs["Object"], node.inputs["Vector"])
    for name, value in (("Color1", 0.75), ("Color2", 1.2), ("Mortar", 0.3)):
        node.inputs[name].default_value = (value, value, value, 1.0)
    node.inputs["Scale"].default_value = 1.0
    node.inputs["Mortar Size"].default_value = 0.004
    node.inputs["Brick Width"].default_value = 1.6
    node.inputs["Row Height"].default_value = 0.14
    tint = n.mix(1.0, n.color("second"), node.outputs[0], "MULTIPLY")
    n.finish(n.shade(tint, n.ramp(n.noise(7.0, 3.0, "Object"), 0.3, 0.7, (0.85, 1.12))), 0.45)


def _panel(n: Nodes) -> None:
    split = n.add("SeparateXYZ")
    n.link(n.add("TexCoord").outputs["Object"], split.inputs[0])
    cell = n.math("PINGPONG", split.outputs[0], 0.32)
    groove = n.ramp(cell, 0.0, 0.012, (0.55, 1.0))
    n.finish(n.shade(n.color("object"), groove), 0.55)


def _shade(color: Color, rng: np.random.Generator) -> Color:
    r, g, b = np.clip(np.array(color) * rng.uniform(0.88, 1.1), 0.02, 0.85)
    return float(r), float(g), float(b)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Procedural materials, made of nodes that every Blender from 4.2 on has.

Colours marked "object" come from the object's viewport colour, "second" and "roof" from its
properties `second_color` and `roof_color`; so equal things can share one mesh. Texture coordinates
are the UVs of `mesh_tools.box_uv`, in metres.
"""

from __future__ import annotations

from collections.abc import Callable

import bpy

from scenes.plan import Color
from scenes.sky import VIEW_TINT, Sky

Source = Color | str
Socket = bpy.types.NodeSocket


class Nodes:
    """Short names for adding nodes to one node tree."""

    def __init__(self, tree: bpy.types.NodeTree) -> None:
        self.tree = tree
        tree.nodes.clear()

    @classmethod
    def over(cls, tree: bpy.types.NodeTree) -> Nodes:
        """For adding to what a node tree has already."""
        made = cls.__new__(cls)
        made.tree = tree
        return made

    def add(self, kind: str, **values: object) -> bpy.types.Node:
        """A node of type ShaderNode<kind>, with attributes set."""
        node = self.tree.nodes.new(f"ShaderNode{kind}")
        for name, value in values.items():
            setattr(node, name, value)
        return node

    def link(self, source: Socket, target: Socket) -> None:
        """Connect two sockets."""
        self.tree.links.new(source, target)

    def color(self, source: Source) -> Socket:
        """A colour: a constant, the object's ("object") or another of it ("second", "roof")."""
        if source == "object":
            return self.add("ObjectInfo").outputs["Color"]
        if isinstance(source, str):
            name = f"{source}_color"
            node = self.add("Attribute", attribute_type="OBJECT", attribute_name=name)
            return node.outputs["Color"]
        node = self.add("RGB")
        node.outputs[0].default_value = (*source, 1.0)
        return node.outputs[0]

    def number(self, value: float) -> Socket:
        """A constant number."""
        node = self.add("Value")
        node.outputs[0].default_value = value
        return node.outputs[0]

    def variation(self) -> Socket:
        """A number 0..1 of each object."""
        node = self.add("Attribute", attribute_type="OBJECT", attribute_name="variation")
        return node.outputs["Fac"]

    def noise(self, scale: float, detail: float = 2.0, space: str = "UV") -> Socket:
        """Noise 0..1 in metres (UV) or object space."""
        node = self.add("TexNoise")
        self.link(self.add("TexCoord").outputs[space], node.inputs["Vector"])
        node.inputs["Scale"].default_value = scale
        node.inputs["Detail"].default_value = detail
        return node.outputs[0]

    def ramp(self, value: Socket, low: float, high: float, to: tuple[float, float]) -> Socket:
        """Value mapped from low..high to `to`, clamped."""
        node = self.add("MapRange", clamp=True)
        self.link(value, node.inputs[0])
        for i, number in enumerate((low, high, *to), start=1):
            node.inputs[i].default_value = number
        return node.outputs[0]

    def math(
        self, operation: str, a: Socket | float, b: Socket | float = 0.0, c: Socket | float = 0.0
    ) -> Socket:
        """Arithmetic on two numbers, or three (MULTIPLY_ADD: a * b + c)."""
        node = self.add("Math", operation=operation)
        for i, value in enumerate((a, b, c)):
            if isinstance(value, (int, float)):
                node.inputs[i].default_value = value
            else:
                self.link(value, node.inputs[i])
        return node.outputs[0]

    def mix(self, factor: Socket | float, a: Socket, b: Socket, blend: str = "MIX") -> Socket:
        """Colours mixed by a factor."""
        node = self.add("Mix", data_type="RGBA", blend_type=blend)
        if isinstance(factor, float):
            node.inputs[0].default_value = factor
        else:
            self.link(factor, node.inputs[0])
        self.link(a, node.inputs[6])
        self.link(b, node.inputs[7])
        return node.outputs[2]

    def shade(self, color: Socket, factor: Socket) -> Socket:
        """Colour times a number."""
        node = self.add("VectorMath", operation="SCALE")
        self.link(color, node.inputs[0])
        self.link(factor, node.inputs["Scale"])
        return node.outputs[0]

    def finish(
        self,
        color: Socket,
        rough: float = 0.7,
        metal: float = 0.0,
        coat: float = 0.0,
        specular: float = 0.5,
        bump: Socket | None = None,
        depth: float = 0.02,
    ) -> None:
        """Principled surface with this colour as the material's output."""
        node = self.add("BsdfPrincipled")
        self.link(color, node.inputs["Base Color"])
        node.inputs["Roughness"].default_value = rough
        node.inputs["Metallic"].default_value = metal
        node.inputs["Coat Weight"].default_value = coat
        node.inputs["Specular IOR Level"].default_value = specular
        if bump is not None:
            relief = self.add("Bump")
            relief.inputs["Strength"].default_value = 0.6
            relief.inputs["Distance"].default_value = depth
            self.link(bump, relief.inputs["Height"])
            self.link(relief.outputs[0], node.inputs["Normal"])
        self.link(node.outputs[0], self.add("OutputMaterial").inputs["Surface"])


Recipe = Callable[[Nodes], None]


def plain(color: Source, rough: float = 0.6, metal: float = 0.0, coat: float = 0.0) -> Recipe:
    """One colour."""

    def make(n: Nodes) -> None:
        n.finish(n.color(color), rough, metal, coat)

    return make


def mottled(
    color: Source, scale: float, spread: float, rough: float = 0.8, large: float = 0.25
) -> Recipe:
    """One colour with fine noise and broad stains."""

    def make(n: Nodes) -> None:
        fine = n.ramp(n.noise(scale, 3.0), 0.3, 0.7, (1 - spread, 1 + spread))
        broad = n.ramp(n.noise(large, 2.0), 0.3, 0.7, (1 - spread * 0.8, 1 + spread * 0.8))
        n.finish(n.shade(n.color(color), n.math("MULTIPLY", fine, broad)), rough)

    return make


def bricks(
    color: Source, size: tuple[float, float], mortar: float, light: float, spread: float = 0.3
) -> Recipe:
    """Courses of bricks or slabs (size in metres) with joints `light` times as bright."""

    def make(n: Nodes) -> None:
        node = n.add("TexBrick")
        n.link(n.add("TexCoord").outputs["UV"], node.inputs["Vector"])
        for name, value in (("Color1", 1 - spread), ("Color2", 1 + spread), ("Mortar", light)):
            node.inputs[name].default_value = (value, value, value, 1.0)
        node.inputs["Scale"].default_value = 1.0
        node.inputs["Mortar Size"].default_value = mortar
        node.inputs["Brick Width"].default_value = size[0]
        node.inputs["Row Height"].default_value = size[1]
        stain = n.ramp(n.noise(0.4, 3.0), 0.3, 0.7, (0.8, 1.15))
        tint = n.mix(1.0, n.color(color), node.outputs[0], "MULTIPLY")
        n.finish(n.shade(tint, stain), 0.85)

    return make


def wall(color: Source) -> Recipe:
    """Plaster: soft stains, darker near the ground."""

    def make(n: Nodes) -> None:
        fine = n.ramp(n.noise(3.0, 4.0), 0.3, 0.7, (0.92, 1.06))
        broad = n.ramp(n.noise(0.35, 3.0), 0.35, 0.7, (0.84, 1.06))
        split = n.add("SeparateXYZ")
        n.link(n.add("TexCoord").outputs["Object"], split.inputs[0])
        grime = n.ramp(split.outputs[2], 0.0, 2.5, (0.78, 1.0))
        stains = n.math("MULTIPLY", n.math("MULTIPLY", fine, broad), grime)
        n.finish(n.shade(n.color(color), stains), 0.9)

    return make


def leaf(gain: float) -> Recipe:
    """Leaves in the object's colour, from shade to sunny yellow-green by noise."""

    def make(n: Nodes) -> None:
        value = n.noise(1.3, 2.0, "Object")
        bright = n.ramp(value, 0.3, 0.7, (0.55 * gain, 1.35 * gain))
        base = n.shade(n.color("object"), bright)
        warm = n.mix(n.ramp(n.noise(4.0, 1.0, "Object"), 0.45, 0.7, (0.0, 0.35)), base,
                     n.color((0.3, 0.32, 0.05)))  # fmt: skip
        n.finish(warm, 0.6, specular=0.3)

    return make


def asphalt() -> Recipe:
    """Carriageway: grain, worn tracks, patches."""

    def make(n: Nodes) -> None:
        grain = n.ramp(n.noise(14.0, 3.0), 0.3, 0.7, (0.78, 1.22))
        broad = n.ramp(n.noise(0.22, 4.0), 0.35, 0.65, (0.72, 1.22))
        n.finish(n.shade(n.color("object"), n.math("MULTIPLY", grain, broad)), 0.75, specular=0.35)

    return make


def patched_asphalt() -> Recipe:
    """Old carriageway: grain, mended fields that are darker or paler, seams between them."""

    def make(n: Nodes) -> None:
        node = n.add("TexBrick")
        n.link(n.add("TexCoord").outputs["UV"], node.inputs["Vector"])
        for name, value in (("Color1", 0.72), ("Color2", 1.2), ("Mortar", 0.45)):
            node.inputs[name].default_value = (value, value, value, 1.0)
        node.inputs["Scale"].default_value = 1.0
        node.inputs["Mortar Size"].default_value = 0.025
        node.inputs["Brick Width"].default_value = 5.3
        node.inputs["Row Height"].default_value = 2.4
        mended = n.ramp(n.noise(0.13, 1.0), 0.48, 0.5, (0.0, 1.0))
        grain = n.ramp(n.noise(14.0, 3.0), 0.3, 0.7, (0.8, 1.2))
        broad = n.ramp(n.noise(0.3, 4.0), 0.35, 0.65, (0.8, 1.18))
        tone = n.shade(n.color("object"), n.math("MULTIPLY", grain, broad))
        fields = n.mix(1.0, tone, node.outputs[0], "MULTIPLY")
        n.finish(n.mix(mended, tone, fields), 0.75, specular=0.35)

    return make


def window_glass() -> Recipe:
    """House windows: dark rooms, some curtains, a strong reflection of the sky."""

    def make(n: Nodes) -> None:
        cells = n.add("VectorMath", operation="SNAP")
        n.link(n.add("TexCoord").outputs["UV"], cells.inputs[0])
        cells.inputs[1].default_value = (2.1, 2.9, 1.0)
        white = n.add("TexWhiteNoise", noise_dimensions="3D")
        n.link(cells.outputs[0], white.inputs["Vector"])
        curtain = n.ramp(white.outputs[0], 0.62, 0.64, (0.0, 1.0))
        room = n.mix(n.ramp(white.outputs[0], 0.0, 0.6, (0.0, 1.0)), n.color((0.02, 0.03, 0.045)),
                     n.color((0.09, 0.13, 0.18)))  # fmt: skip
        n.finish(n.mix(curtain, room, n.color((0.32, 0.3, 0.27))), 0.06, specular=0.9)

    return make


def car_glass() -> Recipe:
    """Car windows: dark blue-grey with a strong reflection."""

    def make(n: Nodes) -> None:
        n.finish(n.color((0.03, 0.042, 0.055)), 0.04, coat=1.0, specular=1.0)

    return make


def person_tone(dark: Color, light: Color) -> Recipe:
    """Skin or hair: between two tones, by the object's variation."""

    def make(n: Nodes) -> None:
        n.finish(n.mix(n.variation(), n.color(dark), n.color(light)), 0.55)

    return make


def glow(color: Color, strength: float) -> Recipe:
    """A lamp that shines a little; it lights nothing by itself (too costly, too small)."""

    def make(n: Nodes) -> None:
        n.finish(n.color(color), 0.15)
        node = next(x for x in n.tree.nodes if x.bl_idname == "ShaderNodeBsdfPrincipled")
        node.inputs["Emission Color"].default_value = (*color, 1.0)
        node.inputs["Emission Strength"].default_value = strength

    return make


RECIPES: dict[str, Recipe] = {
    "blockout": plain("object", 0.8),
    "paint": plain("object", 0.32, 0.1, 0.7),
    "paint_matt": plain("object", 0.6),
    "second": plain("second", 0.4, 0.0, 0.3),
    "trim": plain((0.018, 0.018, 0.02), 0.6),
    "car_glass": car_glass(),
    "tyre": plain((0.022, 0.022, 0.022), 0.85),
    "rim": plain((0.55, 0.56, 0.58), 0.3, 0.7),
    "head_lamp": glow((0.9, 0.9, 0.85), 0.35),
    "tail_lamp": glow((0.6, 0.015, 0.01), 0.4),
    "plate": plain((0.75, 0.74, 0.66)),
    "soil": mottled((0.2, 0.13, 0.07), 4.0, 0.4),
    "crate": mottled((0.38, 0.25, 0.12), 3.0, 0.3),
    "skin": person_tone((0.16, 0.07, 0.04), (0.68, 0.42, 0.3)),
    "hair": person_tone((0.015, 0.01, 0.008), (0.3, 0.18, 0.07)),
    "cloth": mottled("object", 6.0, 0.12, 0.85),
    "shoe": plain((0.04, 0.035, 0.03), 0.6),
    "bag": plain((0.2, 0.1, 0.05), 0.7),
    "leaf": leaf(0.95),
    "leaf_light": leaf(1.5),
    "bark": mottled((0.13, 0.085, 0.05), 6.0, 0.35),
    "plaster": wall("object"),
    "brick": bricks("object", (0.44, 0.15), 0.014, 1.5),
    "stone": bricks("object", (1.1, 0.5), 0.02, 0.65, 0.12),
    "brick_red": bricks((0.36, 0.13, 0.08), (0.44, 0.15), 0.014, 1.6),
    "concrete": mottled((0.36, 0.35, 0.33), 2.0, 0.15),
    "frame": plain((0.72, 0.7, 0.66), 0.5),
    "glass": window_glass(),
    "trim_stone": mottled((0.52, 0.49, 0.43), 2.0, 0.12),
    "door": plain("second", 0.45, 0.0, 0.2),
    "sign_band": plain("second", 0.45),
    "metal": plain((0.36, 0.37, 0.38), 0.45, 0.4),
    "railing": plain((0.05, 0.055, 0.06), 0.5, 0.3),
    "roof_tile": bricks("roof", (0.4, 0.28), 0.03, 0.55, 0.22),
    "white_cloth": plain((0.76, 0.75, 0.7), 0.8),
    "pole": plain("object", 0.45, 0.3),
    "lamp_glow": glow((0.9, 0.87, 0.78), 0.25),
    "sign_white": plain((0.82, 0.82, 0.8), 0.4),
    "sign_red": plain((0.62, 0.015, 0.02), 0.4),
    "sign_blue": plain((0.01, 0.08, 0.45), 0.4),
    "sign_black": plain((0.02, 0.02, 0.02), 0.5),
    "signal_case": plain((0.03, 0.035, 0.03), 0.5),
    "signal_red": glow((1.0, 0.03, 0.02), 2.0),
    "signal_amber": glow((1.0, 0.4, 0.02), 2.0),
    "signal_green": glow((0.03, 0.9, 0.35), 1.6),
    "signal_off": plain((0.03, 0.03, 0.03), 0.3),
    "asphalt": asphalt(),
    "marking": mottled("object", 5.0, 0.14, 0.7),
    "paving": bricks("object", (0.9, 0.6), 0.025, 0.62, 0.1),
    "kerb": mottled((0.46, 0.45, 0.43), 3.0, 0.15),
    "grass": mottled("object", 3.0, 0.3, 0.9, 0.15),
    "trim_second": mottled("second", 2.0, 0.08, 0.6),
    "frame_dark": plain((0.045, 0.05, 0.055), 0.4, 0.3),
    "timber": mottled((0.07, 0.045, 0.03), 4.0, 0.3, 0.75),
    "spandrel": plain("second", 0.12),
    "panel": bricks("object", (2.9, 1.45), 0.02, 0.72, 0.04),
    "stone_pale": bricks((0.56, 0.52, 0.45), (1.2, 0.42), 0.03, 0.6, 0.08),
    "copper": mottled((0.13, 0.3, 0.25), 1.5, 0.2, 0.6),
    "clear_glass": plain((0.3, 0.36, 0.38), 0.06),
    "cobble": bricks("object", (0.17, 0.13), 0.018, 0.5, 0.3),
    "cobble_flat": bricks("object", (0.12, 0.1), 0.012, 0.6, 0.25),
    "slabs": bricks("object", (0.5, 0.5), 0.012, 0.65, 0.08),
    "brick_paving": bricks("object", (0.21, 0.105), 0.01, 0.65, 0.25),
    "asphalt_patched": patched_asphalt(),
    "kerb_granite": mottled((0.3, 0.3, 0.31), 20.0, 0.25),
}


def material(slot: str) -> bpy.types.Material:
    """The material of this name, made on first use."""
    found = bpy.data.materials.get(slot)
    if found is not None:
        return found
    made = bpy.data.materials.new(slot)
    made.use_nodes = True
    RECIPES[slot](Nodes(made.node_tree))
    made.cycles.emission_sampling = "NONE"
    return made


def sky_world(sky: Sky) -> bpy.types.World:
    """A world with sky gradient, clouds and a glow round the sun.

    The camera and reflections see the clouds; the scene is lit by the plain gradient, which gives
    less noise. `World.color` holds the mean radiance of the upper half of the sky.
    """
    world = bpy.data.worlds.new("sky")
    world.use_nodes = True
    world.color = tuple(min(c, 1.0) for c in sky.mean)
    n = Nodes(world.node_tree)
    way = n.add("TexCoord").outputs["Generated"]
    split = n.add("SeparateXYZ")
    n.link(way, split.inputs[0])
    height = n.math("POWER", n.math("MAXIMUM", split.outputs[2], 0.0), 0.55)
    plain_sky = n.mix(height, n.color(sky.horizon), n.color(sky.zenith))
    deep = n.mix(1.0, plain_sky, n.color(VIEW_TINT[sky.kind]), "MULTIPLY")
    view = n.mix(_clouds(n, way, split.outputs[2], sky), deep, n.color(_cloud_color(sky)))
    glow_color = n.color(sky.sun_color)
    view = n.mix(_sun_glow(n, way, sky), view, glow_color, "ADD")
    ground_color = n.color((0.22, 0.21, 0.19))
    below = n.ramp(split.outputs[2], -0.04, 0.0, (1.0, 0.0))
    path = n.add("LightPath")
    seen = n.math("MAXIMUM", path.outputs["Is Camera Ray"], path.outputs["Is Glossy Ray"])
    choice = n.add("MixShader")  # not a mixed colour: the clouds are only worked out where seen
    n.link(seen, choice.inputs[0])
    lit = n.shade(plain_sky, n.number(sky.ambient))
    for socket, color in ((choice.inputs[1], lit), (choice.inputs[2], view)):
        background = n.add("Background")
        n.link(n.mix(below, color, ground_color), background.inputs["Color"])
        n.link(background.outputs[0], socket)
    n.link(choice.outputs[0], n.add("OutputWorld").inputs["Surface"])
    world.cycles.sampling_method = "MANUAL"
    world.cycles.sample_map_resolution = 64
    return world


def _cloud_color(sky: Sky) -> Color:
    return {
        "golden": (1.0, 0.86, 0.74),
        "overcast": (0.93, 0.94, 0.95),
        "dusk": (0.95, 0.62, 0.56),
        "storm": (0.4, 0.43, 0.48),
        "blue": (0.42, 0.36, 0.46),
    }.get(sky.kind, (0.97, 0.97, 0.98))


def _clouds(n: Nodes, way: Socket, height: Socket, sky: Sky) -> Socket:
    """How much cloud there is in a direction, 0..1: noise on a flat layer high above."""
    lift = n.math("ADD", n.math("MAXIMUM", height, 0.0), 0.12)
    flat = n.add("VectorMath", operation="SCALE")
    n.link(way, flat.inputs[0])
    n.link(n.math("DIVIDE", 1.0, lift), flat.inputs["Scale"])
    shift = n.add("VectorMath", operation="ADD")
    n.link(flat.outputs[0], shift.inputs[0])
    shift.inputs[1].default_value = (sky.cloud_seed, sky.cloud_seed * 0.7, 0.0)
    noise = n.add("TexNoise")
    n.link(shift.outputs[0], noise.inputs["Vector"])
    noise.inputs["Scale"].default_value = 0.75
    noise.inputs["Detail"].default_value = 5.0
    edge = 0.72 - 0.35 * sky.cloud
    return n.ramp(noise.outputs[0], edge, edge + 0.16, (0.0, 0.92))


def _sun_glow(n: Nodes, way: Socket, sky: Sky) -> Socket:
    """Brightness round the sun's place."""
    dot = n.add("VectorMath", operation="DOT_PRODUCT")
    n.link(way, dot.inputs[0])
    dot.inputs[1].default_value = tuple(sky.direction)
    near = n.math("MAXIMUM", dot.outputs["Value"], 0.0)
    return n.math("MULTIPLY", n.math("POWER", near, 24.0), 0.1 if sky.kind == "overcast" else 0.4)

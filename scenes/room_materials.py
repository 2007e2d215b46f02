# SPDX-License-Identifier: GPL-3.0-or-later
"""Materials of rooms: wood, cloth, floors, wall coverings. Importing this adds them to the table
that `materials.material` reads."""

from __future__ import annotations

from scenes import materials
from scenes.materials import Nodes, Recipe, Socket, Source, mottled, plain
from scenes.plan import Color


def _stretched(n: Nodes, scale: tuple[float, float, float], detail: float, space: str) -> Socket:
    """Noise 0..1 with a scale for each axis."""
    mapping = n.add("Mapping")
    n.link(n.add("TexCoord").outputs[space], mapping.inputs["Vector"])
    mapping.inputs["Scale"].default_value = scale
    node = n.add("TexNoise")
    n.link(mapping.outputs[0], node.inputs["Vector"])
    node.inputs["Scale"].default_value = 1.0
    node.inputs["Detail"].default_value = detail
    return node.outputs[0]


def wood(color: Source, rough: float = 0.42) -> Recipe:
    """Wood with its grain along the thing's x axis."""

    def make(n: Nodes) -> None:
        grain = n.ramp(_stretched(n, (1.2, 26.0, 26.0), 3.0, "Object"), 0.3, 0.72, (0.7, 1.18))
        broad = n.ramp(_stretched(n, (0.6, 5.0, 5.0), 2.0, "Object"), 0.3, 0.7, (0.86, 1.12))
        n.finish(n.shade(n.color(color), n.math("MULTIPLY", grain, broad)), rough, specular=0.35)

    return make


def boards(size: tuple[float, float], gap: float, spread: float, rough: float,
           grain: bool = True) -> Recipe:  # fmt: skip
    """Floor boards or parquet blocks in the object's colour, each a little different."""

    def make(n: Nodes) -> None:
        node = _courses(n, size, gap, 0.45, spread)
        tint = n.mix(1.0, n.color("object"), node, "MULTIPLY")
        if grain:
            lines = n.ramp(_stretched(n, (2.5, 45.0, 1.0), 2.0, "UV"), 0.3, 0.7, (0.85, 1.1))
            tint = n.shade(tint, lines)
        n.finish(tint, rough, specular=0.4)

    return make


def _courses(n: Nodes, size: tuple[float, float], gap: float, joint: float, spread: float,
             offset: float = 0.5) -> Socket:  # fmt: skip
    """Brightness of courses of blocks and their joints."""
    node = n.add("TexBrick", offset=offset)
    n.link(n.add("TexCoord").outputs["UV"], node.inputs["Vector"])
    for name, value in (("Color1", 1 - spread), ("Color2", 1 + spread), ("Mortar", joint)):
        node.inputs[name].default_value = (value, value, value, 1.0)
    node.inputs["Scale"].default_value = 1.0
    node.inputs["Mortar Size"].default_value = gap
    node.inputs["Brick Width"].default_value = size[0]
    node.inputs["Row Height"].default_value = size[1]
    return node.outputs[0]


def tiles(size: float) -> Recipe:
    """Square floor tiles with pale joints."""

    def make(n: Nodes) -> None:
        node = _courses(n, (size, size), 0.006, 0.62, 0.06, 0.0)
        stain = n.ramp(n.noise(2.0, 4.0), 0.3, 0.7, (0.93, 1.06))
        n.finish(n.shade(n.mix(1.0, n.color("object"), node, "MULTIPLY"), stain), 0.22)

    return make


def checked(size: float, rough: float = 0.3) -> Recipe:
    """Squares in the object's two colours."""

    def make(n: Nodes) -> None:
        node = n.add("TexChecker")
        n.link(n.add("TexCoord").outputs["UV"], node.inputs["Vector"])
        node.inputs["Scale"].default_value = 1.0 / size
        n.finish(n.mix(node.outputs["Fac"], n.color("object"), n.color("second")), rough)

    return make


def cloth(color: Source, scale: float = 60.0, spread: float = 0.16, rough: float = 0.95) -> Recipe:
    """Woven or piled cloth: fine noise and soft folds of tone."""

    def make(n: Nodes) -> None:
        fine = n.ramp(n.noise(scale, 2.0), 0.3, 0.7, (1 - spread, 1 + spread))
        broad = n.ramp(n.noise(2.5, 2.0, "Object"), 0.3, 0.7, (0.93, 1.06))
        n.finish(n.shade(n.color(color), n.math("MULTIPLY", fine, broad)), rough, specular=0.15)

    return make


def striped(step: float, share: float, rough: float, axis: int = 0, soft: bool = False) -> Recipe:
    """Stripes of the object's two colours, `step` metres apart."""

    def make(n: Nodes) -> None:
        split = n.add("SeparateXYZ")
        n.link(n.add("TexCoord").outputs["UV"], split.inputs[0])
        wave = n.math("FRACT", n.math("DIVIDE", split.outputs[axis], step))
        edge = n.ramp(wave, share - 0.02, share + 0.02, (0.0, 1.0))
        first, second = n.color("object"), n.color("second")
        if soft:
            second = n.mix(0.22, first, second)
        n.finish(n.mix(edge, first, second), rough, specular=0.2)

    return make


def diamonds(step: float) -> Recipe:
    """A rug's pattern of rhombs in the object's two colours."""

    def make(n: Nodes) -> None:
        split = n.add("SeparateXYZ")
        n.link(n.add("TexCoord").outputs["UV"], split.inputs[0])
        folded = [n.math("PINGPONG", n.math("DIVIDE", split.outputs[i], step), 0.5) for i in (0, 1)]
        total = n.math("ADD", folded[0], folded[1])
        band = n.math("PINGPONG", n.math("MULTIPLY", total, 2.0), 0.5)
        edge = n.ramp(band, 0.2, 0.26, (0.0, 1.0))
        fine = n.ramp(n.noise(70.0, 2.0), 0.3, 0.7, (0.85, 1.12))
        n.finish(n.shade(n.mix(edge, n.color("object"), n.color("second")), fine), 0.95,
                 specular=0.1)  # fmt: skip

    return make


def art() -> Recipe:
    """A painting: broad shapes in the object's colours, different for each object."""

    def make(n: Nodes) -> None:
        shift = n.add("VectorMath", operation="ADD")
        n.link(n.add("TexCoord").outputs["Object"], shift.inputs[0])
        spot = n.add("CombineXYZ")
        for i in range(3):
            n.link(n.math("MULTIPLY", n.variation(), 17.0 + 5.0 * i), spot.inputs[i])
        n.link(spot.outputs[0], shift.inputs[1])
        cells = n.add("TexVoronoi")
        n.link(shift.outputs[0], cells.inputs["Vector"])
        cells.inputs["Scale"].default_value = 4.0
        noise = n.add("TexNoise")
        n.link(shift.outputs[0], noise.inputs["Vector"])
        noise.inputs["Scale"].default_value = 3.0
        noise.inputs["Detail"].default_value = 1.0
        first = n.mix(n.ramp(noise.outputs[0], 0.42, 0.5, (0.0, 1.0)), n.color("object"),
                      n.color("second"))  # fmt: skip
        pale = n.ramp(cells.outputs["Distance"], 0.3, 0.36, (0.0, 0.75))
        n.finish(n.mix(pale, first, n.color((0.75, 0.7, 0.6))), 0.5)

    return make


def burning() -> Recipe:
    """A lamp shade: pale cloth that shines in the object's second colour (black when it is off)."""

    def make(n: Nodes) -> None:
        n.finish(n.color("object"), 0.8, specular=0.2)
        node = next(x for x in n.tree.nodes if x.bl_idname == "ShaderNodeBsdfPrincipled")
        n.link(n.color("second"), node.inputs["Emission Color"])
        node.inputs["Emission Strength"].default_value = 2.2

    return make


def thrifty(recipe: Recipe, color: Source) -> Recipe:
    """The recipe as it is seen, and a plain diffuse surface for light that bounces on.

    Most of a room's light has met several surfaces; working out their textures each time would
    take half of the render time and show nothing.
    """

    def make(n: Nodes) -> None:
        recipe(n)
        out = next(x for x in n.tree.nodes if x.bl_idname == "ShaderNodeOutputMaterial")
        seen = out.inputs["Surface"].links[0].from_socket
        plain_surface = n.add("BsdfDiffuse")
        n.link(n.color(color), plain_surface.inputs["Color"])
        choice = n.add("MixShader")
        n.link(n.add("LightPath").outputs["Is Diffuse Ray"], choice.inputs[0])
        n.link(seen, choice.inputs[1])
        n.link(plain_surface.outputs[0], choice.inputs[2])
        n.link(choice.outputs[0], out.inputs["Surface"])

    return make


_SEEN: dict[str, Recipe] = {
    "wall_paint": mottled("object", 1.2, 0.015, 0.9),
    "wall_stripe": striped(0.18, 0.5, 0.85, 0, True),
    "wall_brick": materials.bricks("object", (0.25, 0.075), 0.008, 1.35, 0.2),
    "wall_plaster": mottled("object", 3.0, 0.06, 0.95, 0.8),
    "panel": plain("second", 0.5),
    "ceiling": plain("object", 0.95),
    "trim_white": plain((0.78, 0.77, 0.74), 0.45),
    "window_frame": plain((0.8, 0.8, 0.78), 0.4),
    "door_face": plain("object", 0.42),
    "floor_boards": boards((1.8, 0.16), 0.002, 0.2, 0.36),
    "floor_parquet": boards((0.42, 0.085), 0.0015, 0.24, 0.3),
    "floor_carpet": cloth("object", 130.0, 0.2),
    "floor_tile": tiles(0.45),
    "floor_check": checked(0.4),
    "wood": wood("object"),
    "wood2": wood("second", 0.45),
    "front": wood("second", 0.4),
    "lacquer": plain("object", 0.28, 0.0, 0.3),
    "marble": mottled((0.68, 0.67, 0.65), 3.0, 0.12, 0.12),
    "fabric": cloth("object"),
    "fabric2": cloth("second"),
    "fabric_strip": striped(0.12, 0.5, 0.95),
    "fabric_check": checked(0.14, 0.95),
    "leather": mottled("object", 20.0, 0.12, 0.4),
    "linen": cloth((0.74, 0.73, 0.7), 40.0, 0.05),
    "drape": cloth("object", 50.0, 0.06),
    "rug_pile": cloth("object", 90.0, 0.25),
    "rug_stripe": striped(0.24, 0.6, 0.95, 1),
    "rug_diamond": diamonds(0.55),
    "rug_border": cloth("second", 90.0, 0.2),
    "metal_second": plain("second", 0.32, 0.85),
    "metal_black": plain((0.02, 0.02, 0.022), 0.4),
    "chrome": plain((0.62, 0.62, 0.6), 0.22, 0.9),
    "handle": plain((0.16, 0.14, 0.12), 0.35, 0.6),
    "lamp_metal": plain((0.3, 0.24, 0.16), 0.35, 0.8),
    "lamp_wood": wood((0.3, 0.17, 0.08)),
    "mirror": plain((0.85, 0.86, 0.87), 0.02, 1.0),
    "screen": plain((0.012, 0.013, 0.016), 0.12),
    "frame_pic": plain("second", 0.4),
    "paper": plain((0.8, 0.79, 0.75), 0.8),
    "art": art(),
    "shade": burning(),
    "ceramic": plain((0.66, 0.62, 0.55), 0.25),
    "basket": mottled((0.42, 0.29, 0.15), 30.0, 0.35),
    "pot": plain("second", 0.55),
    "soil_pot": mottled((0.07, 0.045, 0.03), 30.0, 0.4),
    "book0": plain((0.42, 0.06, 0.05), 0.6),
    "book1": plain((0.05, 0.14, 0.3), 0.6),
    "book2": plain((0.7, 0.64, 0.5), 0.7),
    "book3": plain((0.08, 0.24, 0.14), 0.6),
    "book4": plain((0.6, 0.36, 0.06), 0.6),
    "book5": plain((0.1, 0.09, 0.1), 0.6),
}
_SECOND = frozenset({"panel", "wood2", "front", "fabric2", "rug_border", "frame_pic", "pot"})
_FIXED: dict[str, Color] = {
    "trim_white": (0.78, 0.77, 0.74), "window_frame": (0.8, 0.8, 0.78),
    "marble": (0.68, 0.67, 0.65),
    "linen": (0.74, 0.73, 0.7), "paper": (0.8, 0.79, 0.75), "ceramic": (0.66, 0.62, 0.55),
    "basket": (0.42, 0.29, 0.15), "book0": (0.42, 0.06, 0.05), "book1": (0.05, 0.14, 0.3),
    "book2": (0.7, 0.64, 0.5), "book3": (0.08, 0.24, 0.14), "book4": (0.6, 0.36, 0.06),
    "book5": (0.1, 0.09, 0.1), "lamp_wood": (0.3, 0.17, 0.08), "soil_pot": (0.07, 0.045, 0.03),
}  # fmt: skip
_AS_SEEN = frozenset({"mirror", "shade", "screen", "chrome", "handle", "lamp_metal", "metal_second",
                      "metal_black", "floor_check", "fabric_check"})  # fmt: skip


def _all() -> dict[str, Recipe]:
    """Every material of rooms, cheap where light only passes by."""
    found = {}
    for slot, recipe in _SEEN.items():
        color: Source = "second" if slot in _SECOND else _FIXED.get(slot, "object")
        found[slot] = recipe if slot in _AS_SEEN else thrifty(recipe, color)
    return found


ROOM_RECIPES: dict[str, Recipe] = _all()
materials.RECIPES.update(ROOM_RECIPES)

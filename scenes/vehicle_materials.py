# SPDX-License-Identifier: GPL-3.0-or-later
"""Materials of vehicles and of the people between them."""

from __future__ import annotations

from scenes.materials import RECIPES, Nodes, Recipe, Socket, glow, mottled, plain
from scenes.plan import Color

SKINS: tuple[Color, ...] = ((0.085, 0.042, 0.028), (0.15, 0.072, 0.044), (0.27, 0.135, 0.08),
                            (0.42, 0.23, 0.14), (0.56, 0.33, 0.22), (0.66, 0.41, 0.29),
                            (0.71, 0.47, 0.36))  # fmt: skip
HAIRS: tuple[Color, ...] = (
    (0.012, 0.01, 0.009), (0.04, 0.022, 0.013), (0.09, 0.045, 0.02), (0.17, 0.085, 0.03),
    (0.36, 0.23, 0.1), (0.24, 0.07, 0.025),
)  # fmt: skip
ACCENTS: tuple[Color, ...] = ((0.03, 0.03, 0.032), (0.2, 0.1, 0.05), (0.42, 0.03, 0.03),
                              (0.03, 0.06, 0.18), (0.6, 0.52, 0.4), (0.45, 0.27, 0.06),
                              (0.06, 0.16, 0.11), (0.4, 0.4, 0.42), (0.1, 0.1, 0.11))  # fmt: skip
SHOES: tuple[Color, ...] = ((0.025, 0.025, 0.028), (0.7, 0.69, 0.66), (0.12, 0.055, 0.03),
                            (0.06, 0.06, 0.065), (0.3, 0.17, 0.08), (0.35, 0.35, 0.36))  # fmt: skip


def car_paint(source: str) -> Recipe:
    """Clear-coated paint: solid or metallic, by the object's variation."""

    def make(n: Nodes) -> None:
        n.finish(n.color(source), 0.38, coat=1.0)
        surface = next(x for x in n.tree.nodes if x.bl_idname == "ShaderNodeBsdfPrincipled")
        surface.inputs["Coat Roughness"].default_value = 0.04
        metal = n.ramp(n.variation(), 0.45, 0.55, (0.0, 0.55))
        n.link(metal, surface.inputs["Metallic"])

    return make


def rim_alloy() -> Recipe:
    """Rims: silver, on some cars dark."""

    def make(n: Nodes) -> None:
        pick = n.ramp(_digit(n, 7.0), 0.7, 0.72, (0.0, 1.0))
        n.finish(n.mix(pick, n.color((0.6, 0.61, 0.63)), n.color((0.06, 0.06, 0.065))), 0.28, 0.6)

    return make


def _digit(n: Nodes, times: float) -> Socket:
    """Another number 0..1 of each object, from its variation."""
    return n.math("FRACT", n.math("MULTIPLY", n.variation(), times))


def _scale(n: Nodes, value: Socket, tones: tuple[Color, ...], blend: str) -> Socket:
    """A colour of a row of colours (at most 32) spread evenly over 0..1, for a number."""
    node = n.add("ValToRGB")
    band = node.color_ramp
    band.interpolation = blend
    while len(band.elements) < len(tones):
        band.elements.new(0.5)
    last = len(tones) - 1 if blend == "LINEAR" else len(tones)
    for i, tone in enumerate(tones):
        band.elements[i].position = i / last
        band.elements[i].color = (*tone, 1.0)
    n.link(value, node.inputs[0])
    return node.outputs[0]


def skin() -> Recipe:
    """Skin, from dark to light by the object's variation."""

    def make(n: Nodes) -> None:
        n.finish(_scale(n, n.variation(), SKINS, "LINEAR"), 0.55, specular=0.35)

    return make


def hair() -> Recipe:
    """Hair: any colour over light skin, black or brown over dark skin."""

    def make(n: Nodes) -> None:
        reach = n.ramp(n.variation(), 0.4, 0.6, (0.25, 1.0))
        pick = n.math("MULTIPLY", _digit(n, 17.0), reach)
        n.finish(_scale(n, pick, HAIRS, "LINEAR"), 0.6, specular=0.3)

    return make


def accent(times: float, rough: float, tones: tuple[Color, ...] = ACCENTS) -> Recipe:
    """Bags, hats, scarves and shoes: one of a few colours, another on each object."""

    def make(n: Nodes) -> None:
        n.finish(_scale(n, _digit(n, times), tones, "CONSTANT"), rough)

    return make


VEHICLES: dict[str, Recipe] = {
    "car_paint": car_paint("object"),
    "paint_two": car_paint("second"),
    "rim_alloy": rim_alloy(),
    "chrome": plain((0.7, 0.7, 0.7), 0.16, 0.9),
}
TRAFFIC: dict[str, Recipe] = {
    **VEHICLES,
    "beacon_blue": glow((0.02, 0.12, 0.75), 0.6),
    "beacon_amber": glow((0.9, 0.35, 0.02), 0.5),
    "roof_lamp": glow((0.85, 0.75, 0.35), 0.5),
    "tank_steel": plain((0.6, 0.61, 0.62), 0.22, 0.85),
    "awning_grey": mottled((0.33, 0.34, 0.35), 2.0, 0.2),
    "bellows": plain((0.035, 0.036, 0.04), 0.9),
    "skin": skin(),
    "hair": hair(),
    "hair_grey": plain((0.42, 0.41, 0.4), 0.65),
    "shoe": accent(23.0, 0.55, SHOES),
    "bag": accent(31.0, 0.65),
    "hat": accent(41.0, 0.85),
    "cloth_two": mottled("second", 6.0, 0.12, 0.85),
}


def register() -> None:
    """Make the street's traffic and people known to `materials.material`."""
    RECIPES.update(TRAFFIC)

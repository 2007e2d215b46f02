# SPDX-License-Identifier: GPL-3.0-or-later
"""Materials of trees, shrubs and flowers."""

from __future__ import annotations

from scenes.materials import RECIPES, Nodes, Recipe, leaf, mottled, plain
from scenes.plan import Color


def blossom() -> Recipe:
    """Blossom in the object's colour, some of it in shade."""

    def make(n: Nodes) -> None:
        bright = n.ramp(n.noise(1.6, 2.0, "Object"), 0.3, 0.7, (0.72, 1.12))
        n.finish(n.shade(n.color("object"), bright), 0.7, specular=0.2)

    return make


def banded_bark(light: Color, dark: Color, share: float, stretch: float) -> Recipe:
    """Bark in two tones: dark patches over `share` of it, `stretch` times as high as wide."""

    def make(n: Nodes) -> None:
        node = n.add("TexNoise")
        size = n.add("VectorMath", operation="MULTIPLY")
        n.link(n.add("TexCoord").outputs["UV"], size.inputs[0])
        size.inputs[1].default_value = (4.0, 4.0 / stretch, 1.0)
        n.link(size.outputs[0], node.inputs["Vector"])
        node.inputs["Scale"].default_value = 1.0
        edge = 0.68 - 0.36 * share
        factor = n.ramp(node.outputs[0], edge, edge + 0.06, (0.0, 1.0))
        n.finish(n.mix(factor, n.color(light), n.color(dark)), 0.85, specular=0.2)

    return make


PLANTS: dict[str, Recipe] = {
    "leaf_dark": leaf(0.62),
    "twig": mottled((0.115, 0.08, 0.06), 4.0, 0.3),
    "bark_birch": banded_bark((0.7, 0.68, 0.63), (0.05, 0.045, 0.04), 0.35, 0.3),
    "bark_plane": banded_bark((0.36, 0.33, 0.23), (0.17, 0.15, 0.1), 0.5, 1.3),
    "bark_pine": banded_bark((0.3, 0.15, 0.08), (0.13, 0.075, 0.05), 0.5, 2.0),
    "bark_palm": banded_bark((0.3, 0.23, 0.16), (0.17, 0.125, 0.085), 0.5, 0.25),
    "straw": plain((0.36, 0.26, 0.12), 0.85),
    "blossom": blossom(),
    "petal": plain("second", 0.7),
    "planks_dark": mottled((0.13, 0.085, 0.055), 3.0, 0.25),
}


def register() -> None:
    """Make these materials known to `materials.material`."""
    RECIPES.update(PLANTS)

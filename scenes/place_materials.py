# SPDX-License-Identifier: GPL-3.0-or-later
"""Materials of the open ground that the cars stand on."""

from __future__ import annotations

from scenes.materials import RECIPES, Nodes, Recipe, Socket, mottled, plain
from scenes.plan import Color
from scenes.vehicle_materials import VEHICLES


def _spread(n: Nodes, scale: float, low: float, high: float, detail: float = 3.0) -> Socket:
    """Noise mapped from its usual range to low..high."""
    return n.ramp(n.noise(scale, detail), 0.3, 0.7, (low, high))


def turf(dry: Color, bare: float) -> Recipe:
    """Grass in the object's colour with dry patches and relief; `bare` 0..1 is how dry it is."""

    def make(n: Nodes) -> None:
        blades = n.math("MULTIPLY", _spread(n, 9.0, 0.55, 1.45), _spread(n, 1.7, 0.78, 1.22))
        patch = n.ramp(n.noise(0.33, 4.0), 0.62 - 0.3 * bare, 0.78 - 0.2 * bare, (0.0, 0.85))
        base = n.mix(patch, n.color("object"), n.color(dry))
        n.finish(n.shade(base, blades), 0.95, specular=0.15, bump=n.noise(11.0, 3.0), depth=0.07)

    return make


def blooming() -> Recipe:
    """A meadow: turf with small flowers in the second colour."""

    def make(n: Nodes) -> None:
        blades = n.math("MULTIPLY", _spread(n, 9.0, 0.55, 1.45), _spread(n, 0.5, 0.7, 1.3))
        cell = n.add("TexVoronoi", feature="F1")
        n.link(n.add("TexCoord").outputs["UV"], cell.inputs["Vector"])
        cell.inputs["Scale"].default_value = 3.2
        dots = n.ramp(cell.outputs["Distance"], 0.14, 0.2, (1.0, 0.0))
        where = n.ramp(n.noise(0.25, 2.0), 0.46, 0.6, (0.0, 1.0))
        green = n.shade(n.color("object"), blades)
        base = n.mix(n.math("MULTIPLY", dots, where), green, n.color("second"))
        n.finish(base, 0.95, specular=0.15, bump=n.noise(10.0, 3.0), depth=0.08)

    return make


def grit(stone: float, spread: float, relief: float) -> Recipe:
    """Gravel or earth in the object's colour: stones `stone` metres wide, tracks, stains."""

    def make(n: Nodes) -> None:
        cell = n.add("TexVoronoi", feature="F1")
        n.link(n.add("TexCoord").outputs["UV"], cell.inputs["Vector"])
        cell.inputs["Scale"].default_value = 1.0 / stone
        grain = n.add("SeparateColor")
        n.link(cell.outputs["Color"], grain.inputs[0])
        light = n.ramp(grain.outputs[0], 0.0, 1.0, (1 - spread, 1 + spread))
        broad = n.math("MULTIPLY", _spread(n, 0.18, 0.8, 1.18, 4.0), _spread(n, 1.3, 0.88, 1.12))
        tone = n.shade(n.color("object"), n.math("MULTIPLY", light, broad))
        dusty = n.mix(n.ramp(n.noise(0.3, 3.0), 0.5, 0.7, (0.0, 0.5)), tone, n.color("second"))
        n.finish(dusty, 0.92, specular=0.25, bump=cell.outputs["Distance"], depth=relief)

    return make


def dunes() -> Recipe:
    """Sand with wind ripples."""

    def make(n: Nodes) -> None:
        wave = n.add("TexWave", wave_type="BANDS", bands_direction="DIAGONAL")
        n.link(n.add("TexCoord").outputs["UV"], wave.inputs["Vector"])
        for name, value in (("Scale", 0.9), ("Distortion", 6.0), ("Detail", 2.0),
                            ("Detail Scale", 0.6)):  # fmt: skip
            wave.inputs[name].default_value = value
        tone = n.math("MULTIPLY", _spread(n, 0.2, 0.84, 1.12, 3.0), _spread(n, 20.0, 0.93, 1.07))
        n.finish(n.shade(n.color("object"), tone), 0.95, specular=0.2,
                 bump=wave.outputs["Color"], depth=0.05)  # fmt: skip

    return make


def tarmac(worn: float) -> Recipe:
    """Old asphalt: grain, patches, dark stains and fine cracks."""

    def make(n: Nodes) -> None:
        grain = n.math("MULTIPLY", _spread(n, 16.0, 0.8, 1.2), _spread(n, 0.25, 0.78, 1.2, 4.0))
        cell = n.add("TexVoronoi", feature="DISTANCE_TO_EDGE")
        bent = n.add("VectorMath", operation="MULTIPLY_ADD")  # cracks do not run straight
        wobble = n.add("TexNoise")
        n.link(n.add("TexCoord").outputs["UV"], wobble.inputs["Vector"])
        wobble.inputs["Scale"].default_value = 0.9
        n.link(wobble.outputs["Color"], bent.inputs[0])
        bent.inputs[1].default_value = (1.6, 1.6, 0.0)
        n.link(n.add("TexCoord").outputs["UV"], bent.inputs[2])
        n.link(bent.outputs[0], cell.inputs["Vector"])
        cell.inputs["Scale"].default_value = 0.42
        here = n.ramp(n.noise(0.12, 1.0), 0.42, 0.6, (0.0, 1.0))
        line = n.ramp(cell.outputs["Distance"], 0.0, 0.016, (0.55 * worn, 0.0))
        crack = n.math("SUBTRACT", 1.0, n.math("MULTIPLY", here, line))
        stain = n.ramp(n.noise(0.55, 1.0), 0.66, 0.74, (1.0, 0.62))
        tone = n.math("MULTIPLY", n.math("MULTIPLY", grain, crack), stain)
        n.finish(n.shade(n.color("object"), tone), 0.8, specular=0.35)

    return make


def slabs(size: float, joint: float, spread: float) -> Recipe:
    """Square slabs `size` metres wide with dark joints, stained by use."""

    def make(n: Nodes) -> None:
        node = n.add("TexBrick")
        n.link(n.add("TexCoord").outputs["UV"], node.inputs["Vector"])
        for name, value in (("Color1", 1 - spread), ("Color2", 1 + spread), ("Mortar", 0.42)):
            node.inputs[name].default_value = (value, value, value, 1.0)
        node.inputs["Scale"].default_value = 1.0
        node.inputs["Mortar Size"].default_value = joint
        node.inputs["Brick Width"].default_value = size
        node.inputs["Row Height"].default_value = size
        node.offset = 0.0 if size > 2 else 0.5
        stain = n.math("MULTIPLY", _spread(n, 0.3, 0.76, 1.14, 4.0), _spread(n, 7.0, 0.9, 1.08))
        tint = n.mix(1.0, n.color("object"), node.outputs[0], "MULTIPLY")
        n.finish(n.shade(tint, stain), 0.82, specular=0.3)

    return make


def puddle() -> Recipe:
    """Wet ground: a dark mirror in the object's colour."""

    def make(n: Nodes) -> None:
        n.finish(n.color("object"), 0.06, specular=0.7)

    return make


def snow() -> Recipe:
    """Snow with soft drifts."""

    def make(n: Nodes) -> None:
        tone = n.math("MULTIPLY", _spread(n, 0.4, 0.9, 1.03, 4.0), _spread(n, 6.0, 0.96, 1.03))
        n.finish(n.shade(n.color("object"), tone), 0.75, specular=0.3, bump=n.noise(1.6, 4.0),
                 depth=0.14)  # fmt: skip

    return make


def sea() -> Recipe:
    """Open water: deep colour, small waves, the sky in it."""

    def make(n: Nodes) -> None:
        n.finish(n.shade(n.color("object"), _spread(n, 0.03, 0.8, 1.2)), 0.12, specular=0.6,
                 bump=n.noise(0.5, 3.0), depth=0.35)  # fmt: skip

    return make


OPEN_GROUND: dict[str, Recipe] = {
    **VEHICLES,
    "turf": turf((0.3, 0.24, 0.09), 0.35),
    "turf_dry": turf((0.42, 0.32, 0.14), 0.9),
    "blooming": blooming(),
    "gravel": grit(0.045, 0.4, 0.03),
    "earth": grit(0.12, 0.16, 0.05),
    "litter": grit(0.08, 0.6, 0.04),
    "dunes": dunes(),
    "tarmac": tarmac(0.3),
    "tarmac_old": tarmac(1.0),
    "slab_large": slabs(5.0, 0.03, 0.07),
    "slab_small": slabs(0.5, 0.012, 0.14),
    "cobbles": slabs(0.16, 0.016, 0.25),
    "snow": snow(),
    "sea": sea(),
    "puddle": puddle(),
    "rock": mottled("object", 2.5, 0.35, 0.9, 0.5),
    "planks": mottled("object", 5.0, 0.2, 0.8, 0.5),
    "corrugated": plain("object", 0.5, 0.2),
}


def register() -> None:
    """Make these materials known to `materials.material`."""
    RECIPES.update(OPEN_GROUND)

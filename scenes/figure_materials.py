# SPDX-License-Identifier: GPL-3.0-or-later
"""Skin, hair and fabrics of one figure. Patterns lie on the mesh attribute `cloth`, in metres."""

from __future__ import annotations

import bpy

from scenes.figure_identity import Cloth, Identity
from scenes.figure_parts import Part
from scenes.materials import Nodes, Socket


def make(who: Identity, part: Part) -> None:
    """The materials of a part, under the names of its slots."""
    if part.class_name == "face":
        _plain("eye_white", (0.72, 0.7, 0.68), 0.25)
        _plain("iris", who.eyes, 0.15)
        _plain("lips", who.lips, 0.4)
        brow = who.hair_color if who.hair != "beanie" else (0.04, 0.025, 0.018)
        _plain("brow", (brow[0] * 0.6, brow[1] * 0.6, brow[2] * 0.6), 0.7)
    nodes = _new(f"fig_{part.name}")
    if part.fabric is not None:
        _fabric(nodes, part.fabric)
    elif part.class_name == "hair" and who.hair != "beanie":
        _hair(nodes, who)
    elif part.class_name == "hair":
        _fabric(nodes, Cloth(who.hair_color, who.hair_color, "knit", 0.01))
    else:
        tone = nodes.shade(
            nodes.color(part.color), nodes.ramp(_noise(nodes, 9.0), 0.3, 0.7, (0.95, 1.05))
        )
        nodes.finish(tone, 0.48, specular=0.35)


def _hair(n: Nodes, who: Identity) -> None:
    stretch = (40.0, 40.0, 5.0) if who.hair != "curly" else (30.0, 30.0, 30.0)
    lock = _noise(n, 1.0, stretch)
    tone = n.shade(n.color(who.hair_color), n.ramp(lock, 0.3, 0.7, (0.6, 1.5)))
    n.finish(tone, 0.42, specular=0.45, bump=lock, depth=0.006)


def _fabric(n: Nodes, cloth: Cloth) -> None:
    """A fabric with its pattern, some wear and soft relief."""
    ground, second = n.color(cloth.color), n.color(cloth.second)
    share = _pattern(n, cloth)
    tone = ground if share is None else n.mix(share, ground, second)
    wear = n.ramp(_noise(n, 5.0), 0.3, 0.7, (0.93, 1.06))
    if cloth.pattern == "sole":
        n.finish(n.shade(tone, wear), 0.45, specular=0.4)
        return
    relief = _noise(n, 9.0, (1.0, 1.0, 1.6))
    n.finish(n.shade(tone, wear), 0.85, specular=0.2, bump=relief, depth=0.012)


def _pattern(n: Nodes, cloth: Cloth) -> Socket | None:
    """How much of the second colour there is, 0..1; None for a plain fabric."""
    split = n.add("SeparateXYZ")
    n.link(_place(n), split.inputs[0])
    x, y, z = split.outputs
    size = cloth.size
    around = n.math("MULTIPLY", n.math("ARCTAN2", x, n.math("MULTIPLY", y, -1.0)), 0.17)
    if cloth.pattern == "stripes":
        return _bands(n, z, size, 0.5)
    if cloth.pattern == "pinstripes":
        return n.math("MULTIPLY", _bands(n, around, size, 0.12), 0.7)
    if cloth.pattern == "checks":
        cross = n.math("ADD", _bands(n, z, size, 0.45), _bands(n, around, size, 0.45))
        return n.math("MULTIPLY", cross, 0.5)
    if cloth.pattern == "dots":
        u, v = (_offset(n, c, size) for c in (around, z))
        far = n.math("SQRT", n.math("ADD", n.math("MULTIPLY", u, u), n.math("MULTIPLY", v, v)))
        return n.ramp(far, size * 0.24, size * 0.3, (1.0, 0.0))
    if cloth.pattern == "blotches":
        return n.ramp(_noise(n, 0.6 / size), 0.52, 0.58, (0.0, 1.0))
    if cloth.pattern == "denim":
        return n.ramp(_noise(n, 4.0), 0.35, 0.75, (0.0, 0.45))
    if cloth.pattern == "knit":
        return n.math("MULTIPLY", _bands(n, around, size, 0.4), 0.12)
    if cloth.pattern == "sole":
        return n.ramp(z, size - 0.002, size + 0.002, (1.0, 0.0))
    return None


def _bands(n: Nodes, value: Socket, size: float, share: float) -> Socket:
    """Bands of width `share` of each `size` metres, with edges a little soft."""
    middle = n.math("ABSOLUTE", _offset(n, value, size))
    return n.ramp(middle, share * size / 2 - 0.001, share * size / 2 + 0.001, (1.0, 0.0))


def _offset(n: Nodes, value: Socket, size: float) -> Socket:
    """Distance to the nearest multiple of `size`, signed."""
    near = n.math("MULTIPLY", n.math("ROUND", n.math("DIVIDE", value, size)), size)
    return n.math("SUBTRACT", value, near)


def _noise(n: Nodes, scale: float, stretch: tuple[float, float, float] = (1.0, 1.0, 1.0)) -> Socket:
    """Noise 0..1 on the cloth's places."""
    sized = n.add("VectorMath", operation="MULTIPLY")
    n.link(_place(n), sized.inputs[0])
    sized.inputs[1].default_value = stretch
    node = n.add("TexNoise")
    n.link(sized.outputs[0], node.inputs["Vector"])
    node.inputs["Scale"].default_value = scale
    return node.outputs[0]


def _place(n: Nodes) -> Socket:
    return n.add("Attribute", attribute_type="GEOMETRY", attribute_name="cloth").outputs["Vector"]


def _plain(name: str, color: tuple[float, float, float], rough: float) -> None:
    nodes = _new(name)
    nodes.finish(nodes.color(color), rough)


def _new(name: str) -> Nodes:
    made = bpy.data.materials.new(name[:16])
    made.use_nodes = True
    return Nodes(made.node_tree)

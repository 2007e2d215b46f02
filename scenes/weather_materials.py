# SPDX-License-Identifier: GPL-3.0-or-later
"""What weather and the time of day do to the materials of a street, after they were made.

Each change is put between what a material has already and its output, so that any material can be
snowed in, rained on, strewn with leaves, lit from within or seen through mist.
"""

from __future__ import annotations

from collections.abc import Callable

import bpy
import numpy as np

from scenes.materials import Nodes, Socket
from scenes.plan import Color, Plan
from scenes.sky import Sky, air_color
from scenes.weather import Weather

_GROUND = frozenset({"road", "sidewalk", "terrain", "road marking"})
_STILL = _GROUND | {"building", "fence", "vegetation", "pole", "traffic light", "traffic sign"}
_LOOSE = frozenset({"leaf", "leaf_dark", "leaf_light", "twig"})
_AIR = "air"
Change = Callable[[Nodes, bpy.types.Node], None]


def apply(plan: Plan, weather: Weather, sky: Sky) -> None:
    """Change the materials of a plan's things to suit the weather."""
    classes = slot_classes(plan)
    group = _air(sky, weather.mist) if weather.mist else None
    for slot, used in classes.items():
        made = bpy.data.materials.get(slot)
        if made is None:
            continue
        n = Nodes.over(made.node_tree)
        surface = next((x for x in n.tree.nodes if x.bl_idname == "ShaderNodeBsdfPrincipled"), None)
        if surface is not None:
            for change in _changes(slot, used, weather, plan):
                change(n, surface)
        if group is not None:
            _through_air(n, group)


def slot_classes(plan: Plan) -> dict[str, set[str]]:
    """The names of the classes whose things wear each material of the plan's meshes."""
    slots = {key: np.unique(part.slots).tolist() for key, part in plan.meshes.items()}
    found: dict[str, set[str]] = {}
    for item in plan.items:
        for slot in slots[item.mesh]:
            found.setdefault(slot, set()).add(item.class_name)
    return found


def _changes(slot: str, used: set[str], weather: Weather, plan: Plan) -> list[Change]:
    """What this weather changes in the material of this name."""
    changes: list[Change] = []
    ground, road = used <= _GROUND, slot in ("asphalt", "marking")
    if weather.litter and ground and slot not in ("marking", "kerb"):
        changes.append(_litter(weather, 0.25 if road else 1.0, plan.facts["half"], road))
    if weather.snow and road:
        changes.append(_slush(weather.snow, plan.facts["half"]))
    elif weather.snow and used <= _STILL and "glass" not in slot:
        changes.append(_snow(weather.snow, ground, slot in _LOOSE))
    if weather.wet and (ground or used <= {"building"}) and "glass" not in slot:
        paved = ground and "terrain" not in used  # grass drinks the rain
        changes.append(_wet(weather.wet, road, paved))
    if weather.lamps:
        changes += _lit(slot, used)
    return changes


def _between(surface: bpy.types.Node, name: str, n: Nodes) -> Socket:
    """What feeds an input of the surface now: its link, or its value as a socket."""
    target = surface.inputs[name]
    if target.is_linked:
        return target.links[0].from_socket
    value = target.default_value
    return n.color(tuple(value)[:3]) if target.type == "RGBA" else n.number(float(value))


def _replace(n: Nodes, surface: bpy.types.Node, name: str, source: Socket) -> None:
    n.link(source, surface.inputs[name])


def _upward(n: Nodes, low: float, high: float) -> Socket:
    """0 where the surface is steep, 1 where it faces the sky."""
    split = n.add("SeparateXYZ")
    n.link(n.add("NewGeometry").outputs["Normal"], split.inputs[0])
    return n.ramp(split.outputs[2], low, high, (0.0, 1.0))


def _world_noise(n: Nodes, scale: float, detail: float = 2.0) -> Socket:
    """Noise 0..1 at places in the world (metres), the same across things that touch."""
    node = n.add("TexNoise")
    n.link(n.add("NewGeometry").outputs["Position"], node.inputs["Vector"])
    node.inputs["Scale"].default_value = scale
    node.inputs["Detail"].default_value = detail
    return node.outputs[0]


def _snow(depth: float, ground: bool, loose: bool) -> Change:
    """Snow on what faces the sky; trodden and patchy on the ground when there is little of it."""

    def change(n: Nodes, surface: bpy.types.Node) -> None:
        up = _upward(n, *((0.05, 0.5) if loose else (0.35, 0.62)))
        edge = 0.62 - 0.4 * depth
        patch = n.ramp(_world_noise(n, 0.9 if ground else 3.0, 3.0), edge - 0.1, edge + 0.06,
                       (0.12 if ground else 0.0, 1.0))  # fmt: skip
        cover = n.math("MULTIPLY", up, patch)
        tone = n.ramp(_world_noise(n, 0.35, 3.0), 0.3, 0.7, (0.68, 0.84))
        white = n.shade(n.color((0.96, 0.98, 1.04)), tone)
        base = _between(surface, "Base Color", n)
        _replace(n, surface, "Base Color", n.mix(cover, base, white))

    return change


def _slush(depth: float, half: float) -> Change:
    """Grey snow on the carriageway, dark and wet where wheels run."""

    def change(n: Nodes, surface: bpy.types.Node) -> None:
        place = n.add("SeparateXYZ")
        n.link(n.add("NewGeometry").outputs["Position"], place.inputs[0])
        side = n.math("ABSOLUTE", place.outputs[0])
        lane = n.math("ABSOLUTE", n.math("SUBTRACT", n.math("MODULO", side, 3.3), 1.65))
        off = n.math("ABSOLUTE", n.math("SUBTRACT", lane, 0.75))  # from the middle of a wheel track
        rut = n.ramp(off, 0.2, 0.5, (0.0, 1.0))
        rim = n.ramp(side, half - 1.2, half - 0.2, (0.0, 0.3))
        rough = n.math("MULTIPLY_ADD", _world_noise(n, 1.1, 4.0), 1.1, 0.45 * depth - 0.75)
        amount = n.math("MULTIPLY_ADD", rut, 0.3, rim)
        cover = n.ramp(n.math("ADD", rough, amount), 0.25, 0.6, (0.0, 0.85))
        grain = n.ramp(_world_noise(n, 7.0, 2.0), 0.3, 0.7, (0.42, 0.62))
        base = n.shade(_between(surface, "Base Color", n), n.number(0.7))
        tint = n.shade(n.color((1.0, 1.0, 1.03)), grain)
        _replace(n, surface, "Base Color", n.mix(cover, base, tint))
        _replace(n, surface, "Roughness", n.ramp(cover, 0.0, 0.7, (0.35, 0.8)))

    return change


def _litter(weather: Weather, share: float, half: float, road: bool) -> Change:
    """Fallen leaves (autumn) or petals (spring): specks, denser in drifts and at the kerb."""
    spring = weather.season == "spring"
    tones: list[Color] = [(0.8, 0.55, 0.62), (0.85, 0.75, 0.76)] if spring else [
        (0.42, 0.13, 0.02), (0.6, 0.38, 0.04)]  # fmt: skip

    def change(n: Nodes, surface: bpy.types.Node) -> None:
        cell = n.add("TexVoronoi", feature="F1")
        position = n.add("NewGeometry").outputs["Position"]
        n.link(position, cell.inputs["Vector"])
        cell.inputs["Scale"].default_value = 11.0 if spring else 8.5
        pick = n.add("SeparateColor")
        n.link(cell.outputs["Color"], pick.inputs[0])
        drift = n.ramp(_world_noise(n, 0.25, 3.0), 0.36, 0.66, (0.02, 0.95 * weather.litter))
        many = n.math("MULTIPLY", drift, share)
        if road:
            place = n.add("SeparateXYZ")
            n.link(position, place.inputs[0])
            side = n.ramp(n.math("ABSOLUTE", place.outputs[0]), half - 1.4, half, (0.0, 0.75))
            many = n.math("ADD", many, n.math("MULTIPLY", side, weather.litter))
        here = n.math("LESS_THAN", pick.outputs[0], many)
        speck = n.math("LESS_THAN", cell.outputs["Distance"], 0.46)
        tone = n.mix(pick.outputs[1], n.color(tones[0]), n.color(tones[1]))
        tone = n.shade(tone, n.ramp(pick.outputs[2], 0.0, 1.0, (0.6, 1.15)))
        base = _between(surface, "Base Color", n)
        _replace(n, surface, "Base Color", n.mix(n.math("MULTIPLY", here, speck), base, tone))

    return change


def _wet(amount: float, road: bool, paved: bool) -> Change:
    """Rain: darker and smoother ground, with puddles in its hollows; walls and grass darker."""

    def change(n: Nodes, surface: bpy.types.Node) -> None:
        base = _between(surface, "Base Color", n)
        if not paved:
            _replace(n, surface, "Base Color", n.shade(base, n.number(1.0 - 0.18 * amount)))
            return
        damp = n.ramp(_world_noise(n, 0.3, 3.0), 0.35, 0.65, (0.5, 1.0))
        edge = 0.72 - 0.16 * amount + (0.0 if road else 0.05)
        hollow = n.ramp(_world_noise(n, 0.42, 2.0), edge, edge + 0.025, (0.0, 1.0))
        pool = n.math("MULTIPLY", hollow, _upward(n, 0.95, 0.99))
        dark = n.ramp(damp, 0.0, 1.0, (1.0, 1.0 - 0.5 * amount))
        still = n.math("MULTIPLY", dark, n.ramp(pool, 0.0, 1.0, (1.0, 0.55)))
        _replace(n, surface, "Base Color", n.shade(base, still))
        film = n.ramp(damp, 0.4, 1.0, (0.6, 0.6 - 0.34 * amount))
        _replace(n, surface, "Roughness",
                 n.math("MULTIPLY", film, n.ramp(pool, 0.0, 1.0, (1.0, 0.08))))  # fmt: skip
        shine = n.ramp(pool, 0.0, 1.0, (0.4, 0.75))
        _replace(n, surface, "Specular IOR Level", shine)

    return change


def _lit(slot: str, used: set[str]) -> list[Change]:
    """Lamps and windows after sunset."""
    if used <= {"building"} and slot.endswith("glass"):
        return [_lit_rooms]
    strength = {"lamp_glow": 9.0, "head_lamp": 7.0, "tail_lamp": 2.5}.get(slot)
    return [] if strength is None else [_lit_lamp(strength, slot != "lamp_glow")]


def _lit_lamp(strength: float, some: bool) -> Change:
    """A lamp that is on; of vehicles, `some` are parked and dark."""

    def change(n: Nodes, surface: bpy.types.Node) -> None:
        on = n.ramp(n.variation(), 0.3, 0.31, (0.1, strength)) if some else n.number(strength)
        _replace(n, surface, "Emission Strength", on)

    return change


def _lit_rooms(n: Nodes, surface: bpy.types.Node) -> None:
    """Light behind some windows, more of them on the ground floor: each pane of its own colour."""
    island = n.add("NewGeometry").outputs["Random Per Island"]
    draw = n.math("FRACT", n.math("MULTIPLY_ADD", n.variation(), 7.31, island))
    split = n.add("SeparateXYZ")
    n.link(n.add("TexCoord").outputs["Object"], split.inputs[0])
    wanted = n.ramp(split.outputs[2], 2.9, 3.3, (0.72, 0.42))
    on = n.math("LESS_THAN", draw, wanted)
    tone = n.mix(n.math("FRACT", n.math("MULTIPLY", draw, 37.7)), n.color((1.0, 0.52, 0.2)),
                 n.color((1.0, 0.78, 0.48)))  # fmt: skip
    room = n.ramp(n.noise(1.4, 2.0), 0.35, 0.65, (0.35, 1.2))
    _replace(n, surface, "Emission Color", n.shade(tone, room))
    _replace(n, surface, "Emission Strength", n.math("MULTIPLY", on, 1.5))


def _air(sky: Sky, thickness: float) -> bpy.types.ShaderNodeTree:
    """The air between eye and things: one node group, from surface to surface seen through it."""
    tree = bpy.data.node_groups.new(_AIR, "ShaderNodeTree")
    tree.interface.new_socket("Surface", in_out="INPUT", socket_type="NodeSocketShader")
    tree.interface.new_socket("Surface", in_out="OUTPUT", socket_type="NodeSocketShader")
    n = Nodes(tree)
    entry, leave = tree.nodes.new("NodeGroupInput"), tree.nodes.new("NodeGroupOutput")
    path = n.add("LightPath")
    clear = n.math("EXPONENT", n.math("MULTIPLY", path.outputs["Ray Length"], -thickness))
    veil = n.math("MULTIPLY", n.math("SUBTRACT", 1.0, clear), path.outputs["Is Camera Ray"])
    glow = n.add("Emission")
    glow.inputs["Color"].default_value = (*air_color(sky), 1.0)
    mixed = n.add("MixShader")
    n.link(veil, mixed.inputs[0])
    n.link(entry.outputs[0], mixed.inputs[1])
    n.link(glow.outputs[0], mixed.inputs[2])
    n.link(mixed.outputs[0], leave.inputs[0])
    return tree


def _through_air(n: Nodes, group: bpy.types.ShaderNodeTree) -> None:
    """Show a material through the air."""
    output = next(x for x in n.tree.nodes if x.bl_idname == "ShaderNodeOutputMaterial")
    if not output.inputs["Surface"].is_linked:
        return
    source = output.inputs["Surface"].links[0].from_socket
    node = n.add("Group", node_tree=group)
    n.link(source, node.inputs[0])
    n.link(node.outputs[0], output.inputs["Surface"])

# SPDX-License-Identifier: GPL-3.0-or-later
"""The mean radiance of a world: the contract knows the world as one constant.

Plain values are taken as they are. Linked ones get a mean:

- an environment image: the mean of its pixels, weighted by solid angle (images above
  ``MAX_IMAGE_PIXELS`` count as ``GREY``, since reading them would stall the viewport);
- a sky texture: ``SKY``, without its sun disc (add a sun light, which casts the shadow too);
- a colour ramp: the mean of its stops; an RGB node: its colour;
- anything else: the world's viewport colour.
"""

from __future__ import annotations

import bpy
import numpy as np

from .. import compat

RGB = tuple[float, float, float]
BLACK: RGB = (0.0, 0.0, 0.0)
GREY: RGB = (0.5, 0.5, 0.5)
SKY: RGB = (0.35, 0.55, 1.0)
MAX_IMAGE_PIXELS = 4096 * 2048
MAX_DEPTH = 16


def world_radiance(world: bpy.types.World) -> RGB:
    """Mean linear radiance of the world."""
    tree = compat.shader_nodes(world)
    if tree is None:
        return _rgb(world.color)
    output = tree.get_output_node("ALL")
    if output is None or not output.inputs["Surface"].is_linked:
        return BLACK
    return _surface(_source(output.inputs["Surface"]), world, MAX_DEPTH)


def _surface(node: bpy.types.Node | None, world: bpy.types.World, depth: int) -> RGB:
    if node is None or depth == 0:
        return BLACK
    if node.type == "BACKGROUND":
        strength = _value(node.inputs["Strength"], 1.0)
        return _scaled(_color(node.inputs["Color"], world), strength)
    if node.type == "EMISSION":
        strength = _value(node.inputs["Strength"], 1.0)
        return _scaled(_color(node.inputs["Color"], world), strength)
    if node.type in {"MIX_SHADER", "ADD_SHADER"}:
        shaders = [s for s in node.inputs if s.type == "SHADER"]
        first, second = (_surface(_source(s), world, depth - 1) for s in shaders)
        if node.type == "ADD_SHADER":
            return _sum(first, second)
        factor = _value(node.inputs[0], 0.5)
        return _sum(_scaled(first, 1.0 - factor), _scaled(second, factor))
    return _rgb(world.color)


def _color(socket: bpy.types.NodeSocket, world: bpy.types.World) -> RGB:
    if not socket.is_linked:
        return _rgb(socket.default_value)
    node = _source(socket)
    if node is not None and node.type == "TEX_ENVIRONMENT":
        return _image_mean(node.image)
    if node is not None and node.type == "TEX_SKY":
        return SKY
    if node is not None and node.type == "RGB":
        return _rgb(node.outputs[0].default_value)
    if node is not None and node.type == "VALTORGB":
        stops = np.array([_rgb(stop.color) for stop in node.color_ramp.elements])
        return _rgb(stops.mean(axis=0))
    return _rgb(world.color)


def _image_mean(image: bpy.types.Image | None) -> RGB:
    """Mean over the sphere of an equirectangular image."""
    if image is None:
        return BLACK
    width, height = image.size
    if width * height == 0:
        return (1.0, 0.0, 1.0)  # Blender shows a missing image in this colour
    if width * height > MAX_IMAGE_PIXELS:
        return GREY
    pixels = np.empty(width * height * 4, np.float32)
    image.pixels.foreach_get(pixels)
    rows = pixels.reshape(height, width, 4)[..., :3].mean(axis=1, dtype=np.float64)
    weights = np.sin((np.arange(height) + 0.5) / height * np.pi)
    return _rgb(np.average(rows, axis=0, weights=weights))


def _source(socket: bpy.types.NodeSocket) -> bpy.types.Node | None:
    """The node behind a linked socket; reroutes are passed through."""
    for _ in range(MAX_DEPTH):
        if not socket.is_linked:
            return None
        node = socket.links[0].from_node
        if node.type != "REROUTE":
            return node
        socket = node.inputs[0]
    return None


def _value(socket: bpy.types.NodeSocket, when_linked: float) -> float:
    return when_linked if socket.is_linked else float(socket.default_value)


def _rgb(values: object) -> RGB:
    red, green, blue = (float(v) for v in tuple(values)[:3])
    return red, green, blue


def _scaled(color: RGB, factor: float) -> RGB:
    return _rgb([channel * factor for channel in color])


def _sum(a: RGB, b: RGB) -> RGB:
    return _rgb([x + y for x, y in zip(a, b, strict=True)])

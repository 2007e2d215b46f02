# SPDX-License-Identifier: GPL-3.0-or-later
"""Passes of a render result: which there are, and how they are filled."""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator
from typing import Any, NamedTuple

import bpy
import numpy as np
from numpy.typing import NDArray

from ..contract import Layer, Passes, Rendering
from .image import combined, premultiplied

EMPTY_DEPTH = 1e10
"""Depth of pixels without geometry, as Cycles has it: compositor nodes cannot take infinity."""
RECIPE_FIELD = "blockout_recipe"
LONGEST_NAME = 63
"""Bytes of a pass's name that Blender keeps."""


class PassSpec(NamedTuple):
    """A pass as Blender wants it declared."""

    name: str
    channels: int
    channel_ids: str
    kind: str


PASSES = (
    PassSpec("Combined", 4, "RGBA", "COLOR"),
    PassSpec("Semantic", 1, "X", "VALUE"),
    PassSpec("Instance", 1, "X", "VALUE"),
    PassSpec("Depth", 1, "Z", "VALUE"),
    PassSpec("Normal", 3, "XYZ", "VECTOR"),
    PassSpec("UV", 3, "UVA", "VECTOR"),
    PassSpec("Shading", 3, "RGB", "COLOR"),
)


def register_passes(
    engine: bpy.types.RenderEngine, scene: bpy.types.Scene, layer: bpy.types.ViewLayer
) -> None:
    """Declare the passes: sockets of Render Layers, layers of an EXR."""
    for spec in PASSES:
        engine.register_pass(scene, layer, *spec)
    for spec in own_passes(layer):
        engine.register_pass(scene, layer, *spec)


def own_passes(layer: bpy.types.ViewLayer) -> list[PassSpec]:
    """Passes of the objects that ask for passes of their own, in the order of their names."""
    names = sorted(item.name for item in layer.objects if item.blockout.own_passes)
    specs = [spec for name in names for spec in object_passes(name)]
    return list(dict.fromkeys(specs))


def object_passes(name: str) -> tuple[PassSpec, PassSpec]:
    """Colour with alpha, and depth, of an object; dots would split the names of EXR channels."""
    plain = re.sub(r"[^\w -]", "_", name)
    room = LONGEST_NAME - len(" Layer Depth")
    if len(plain.encode()) > room:
        mark = f"~{zlib.crc32(name.encode()):08x}"
        plain = plain.encode()[: room - len(mark)].decode(errors="ignore") + mark
    return (
        PassSpec(f"{plain} Layer", 4, "RGBA", "COLOR"),
        PassSpec(f"{plain} Layer Depth", 1, "Z", "VALUE"),
    )


def write_result(
    engine: bpy.types.RenderEngine,
    view_layer: bpy.types.ViewLayer,
    rendering: Rendering,
    window: tuple[int, int, int, int],
    film_transparent: bool,
) -> None:
    """Fill the render result of one view layer.

    Layers of objects that have no passes of their own come as passes all the same, though without
    sockets.

    Args:
        window: (x0, x1, y0, y1) of the full picture in pixels, bottom-up, that is wanted.
    """
    x0, x1, y0, y1 = window
    arrays = {"Combined": combined(rendering, film_transparent)}
    if rendering.passes is not None:
        arrays.update(pass_arrays(rendering.passes))
    declared = {spec.name for spec in own_passes(view_layer)}
    for spec in own_passes(view_layer):
        arrays[spec.name] = _nothing(spec, rendering.image.shape[:2])
    for spec, array in layer_arrays(rendering.layers):
        arrays[spec.name] = array
        if spec.name not in declared:
            engine.add_pass(spec.name, spec.channels, spec.channel_ids, layer=view_layer.name)
            declared.add(spec.name)
    result = engine.begin_result(0, 0, x1 - x0, y1 - y0, layer=view_layer.name)
    try:
        if (result.resolution_x, result.resolution_y) != (x1 - x0, y1 - y0):
            raise RuntimeError(
                f"Blender wants {result.resolution_x} x {result.resolution_y} pixels, "
                f"there are {x1 - x0} x {y1 - y0}"
            )
        for target in result.layers[0].passes:
            array = arrays.get(target.name)
            if array is not None:
                part = array[::-1][y0:y1, x0:x1]
                target.rect.foreach_set(np.ascontiguousarray(part, np.float32).ravel())
    finally:
        engine.end_result(result)
    # Only the whole result keeps metadata: that of the part is lost when it is merged.
    recipe = json.dumps(rendering.recipe, sort_keys=True)
    engine.get_result().stamp_data_add_field(RECIPE_FIELD, recipe)


def layer_arrays(layers: tuple[Layer, ...]) -> Iterator[tuple[PassSpec, NDArray[np.float32]]]:
    """The passes of every layer: scene-linear with premultiplied alpha, and metres."""
    for layer in layers:
        color, depth = object_passes(layer.name)
        yield color, premultiplied(layer.rgba)
        yield depth, _finite(layer.depth)


def _nothing(spec: PassSpec, size: tuple[int, int]) -> NDArray[np.float32]:
    """What the pass of an object shows that the picture has no layer of."""
    if spec.channels == 1:
        return np.full(size, EMPTY_DEPTH, np.float32)
    return np.zeros((*size, spec.channels), np.float32)


def _finite(depth: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.where(np.isfinite(depth), depth, np.float32(EMPTY_DEPTH))


def pass_arrays(passes: Passes) -> dict[str, NDArray[Any]]:
    """Name -> (H, W) or (H, W, channels), row 0 on top, of any type that float32 can hold.

    Ids below 2^24 stay exact.
    """
    height, width = passes.semantic.shape
    uv = np.empty((height, width, 3), np.float32)
    uv[..., :2] = passes.uv
    uv[..., 2] = passes.instance > 0
    return {
        "Semantic": passes.semantic,
        "Instance": passes.instance,
        "Depth": _finite(passes.depth),
        "Normal": passes.normal,
        "UV": uv,
        "Shading": passes.shading,
    }

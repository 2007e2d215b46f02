# SPDX-License-Identifier: GPL-3.0-or-later
"""Passes of a render result: which there are, and how they are filled."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

import bpy
import numpy as np
from numpy.typing import NDArray

from ..contract import Passes, Rendering
from .image import combined

EMPTY_DEPTH = 1e10
"""Depth of pixels without geometry, as Cycles has it: compositor nodes cannot take infinity."""
RECIPE_FIELD = "blockout_recipe"


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


def write_result(
    engine: bpy.types.RenderEngine,
    layer_name: str,
    rendering: Rendering,
    window: tuple[int, int, int, int],
    film_transparent: bool,
) -> None:
    """Fill the render result of one view layer.

    Args:
        window: (x0, x1, y0, y1) of the full picture in pixels, bottom-up, that is wanted.
    """
    x0, x1, y0, y1 = window
    arrays = {"Combined": combined(rendering, film_transparent)}
    if rendering.passes is not None:
        arrays.update(pass_arrays(rendering.passes))
    result = engine.begin_result(0, 0, x1 - x0, y1 - y0, layer=layer_name)
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
        "Depth": np.where(np.isfinite(passes.depth), passes.depth, np.float32(EMPTY_DEPTH)),
        "Normal": passes.normal,
        "UV": uv,
        "Shading": passes.shading,
    }

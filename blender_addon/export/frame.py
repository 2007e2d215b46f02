# SPDX-License-Identifier: GPL-3.0-or-later
"""Put a Frame together."""

from __future__ import annotations

import bpy

from ..contract import (
    Camera,
    ContractError,
    Controls,
    Frame,
    require_visible_classes,
    validate_frame,
    validate_size,
)
from ..properties import palette_of
from .camera import Border, border_pixels, crop_camera, scene_camera
from .controls import scene_controls
from .layout import Layout, collect

# This preview shows light alone: it is the one pipeline that needs no classes.
CLASSLESS_PIPELINES = frozenset({"shading"})


def build_frame(
    depsgraph: bpy.types.Depsgraph,
    scene: bpy.types.Scene,
    view_layer: bpy.types.ViewLayer,
    width: int,
    height: int,
    controls: Controls | None = None,
    border: Border | None = None,
    camera: Camera | None = None,
) -> Frame:
    """The Frame of a view layer as the depsgraph has it evaluated.

    Args:
        depsgraph: the one handed to the render engine, or a viewport's.
        scene, view_layer: the scene and the view layer it belongs to.
        width, height: the full picture in pixels, resolution percentage applied.
        controls: default: those of the scene's panel.
        border: (min_x, max_x, min_y, max_y) as shares of the picture, bottom-up; the Frame is then
            that window alone.
        camera: for the full picture; default: the scene's active camera.

    Raises:
        ContractError: the scene cannot be rendered; the text says why and what to do.
    """
    scene, view_layer = scene.original, _original_layer(scene, view_layer)
    validate_size(width, height)
    if camera is None:
        camera = scene_camera(depsgraph, scene, width, height)
    if border is not None:
        window = border_pixels(border, width, height)
        camera = crop_camera(camera, window, height)
        width, height = window[1] - window[0], window[3] - window[2]
    palette = palette_of(scene)
    layout = collect(depsgraph, scene, view_layer, palette)
    frame = Frame(
        width=width,
        height=height,
        camera=camera,
        palette=palette,
        objects=tuple(layout.objects),
        lights=tuple(layout.lights),
        meshes=layout.meshes,
        controls=controls or scene_controls(scene, depsgraph, layout),
        scene=scene.name,
        number=scene.frame_current,
    )
    validate_frame(frame)
    _require_something(layout)
    if scene.blockout.pipeline not in CLASSLESS_PIPELINES:
        require_visible_classes(frame)
    return frame


def _original_layer(scene: bpy.types.Scene, view_layer: bpy.types.ViewLayer) -> bpy.types.ViewLayer:
    """The layer in the original scene: an evaluated one cannot be asked for holdouts."""
    return scene.original.view_layers[view_layer.name]


def _require_something(layout: Layout) -> None:
    if not layout.objects and layout.faceless:
        names = ", ".join(f"'{name}'" for name in layout.faceless[:3])
        raise ContractError(
            "objects",
            f"none of the {len(layout.faceless)} visible objects ({names} …) has faces",
            "Add faces to their meshes, or a bevel or Geometry to the curves",
        )

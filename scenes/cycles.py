# SPDX-License-Identifier: GPL-3.0-or-later
"""Cycles settings for target pictures: small, clean, the same look for every frame."""

from __future__ import annotations

import os
from pathlib import Path

import bpy

from scenes.stage import DETAILED

VIEW_TRANSFORM = "Filmic"  # fixed for all targets
LOOK = "Medium High Contrast"
INDOORS = "indoors"  # a scene with this property is lit through windows and by lamps


def set_up(scene: bpy.types.Scene, width: int, height: int, samples: int, threads: int = 0) -> None:
    """Engine, light paths, denoiser, colour and file form. `threads` 0 takes all cores."""
    render = scene.render
    render.engine = "CYCLES"
    render.resolution_x, render.resolution_y, render.resolution_percentage = width, height, 100
    render.pixel_aspect_x = render.pixel_aspect_y = 1.0
    render.use_persistent_data = True
    render.use_compositing = render.use_sequencer = False
    render.threads_mode = "FIXED" if threads else "AUTO"
    if threads:
        render.threads = threads
    _light_paths(scene.cycles, samples)
    if scene.get(INDOORS):
        _indoor_paths(scene.cycles)
    _color(scene)
    settings = render.image_settings
    if hasattr(settings, "media_type"):
        settings.media_type = "IMAGE"
    settings.file_format, settings.color_mode, settings.color_depth = "PNG", "RGB", "8"
    settings.compression = 15


def _light_paths(cycles: bpy.types.bpy_struct, samples: int) -> None:
    """Few bounces, many tricks: a street in daylight needs no more."""
    cycles.device = "CPU"
    cycles.samples = samples
    cycles.use_adaptive_sampling = False
    cycles.max_bounces, cycles.diffuse_bounces, cycles.glossy_bounces = 3, 2, 2
    cycles.transmission_bounces = cycles.volume_bounces = cycles.transparent_max_bounces = 1
    cycles.caustics_reflective = cycles.caustics_refractive = False
    cycles.sample_clamp_indirect = 4.0
    cycles.use_light_tree = False
    cycles.use_auto_tile = False
    cycles.use_denoising = True
    cycles.denoiser = "OPENIMAGEDENOISE"
    cycles.denoising_input_passes = "RGB_ALBEDO_NORMAL"
    cycles.denoising_prefilter = "FAST"
    cycles.pixel_filter_type, cycles.filter_width = "BLACKMAN_HARRIS", 1.5


def _indoor_paths(cycles: bpy.types.bpy_struct) -> None:
    """Light indoors has been thrown back a few times before it is seen; lamps are many."""
    cycles.max_bounces, cycles.diffuse_bounces, cycles.glossy_bounces = 4, 3, 2
    cycles.sample_clamp_indirect = 2.5
    cycles.use_light_tree = True


def _color(scene: bpy.types.Scene) -> None:
    """Display transform of all targets; the exposure is the scene's own."""
    scene.display_settings.display_device = "sRGB"
    view = scene.view_settings
    view.view_transform = VIEW_TRANSFORM
    view.look = LOOK
    view.gamma = 1.0


def render_target(
    scene: bpy.types.Scene,
    path: str | os.PathLike[str],
    width: int,
    height: int,
    samples: int = 16,
    threads: int = 0,
) -> None:
    """Render the Detailed form to an 8-bit display-referred PNG at `path` (ends in .png).

    The picture is written beside its place and renamed, so that a reader never finds half of it.
    """
    set_up(scene, width, height, samples, threads)
    target = Path(path)
    part = target.with_name(f".{target.stem}.part.png")
    used = {layer.name: layer.use for layer in scene.view_layers}
    for layer in scene.view_layers:
        layer.use = layer.name == DETAILED
    scene.render.filepath = str(part)
    try:
        bpy.ops.render.render(write_still=True, scene=scene.name)
    finally:
        for layer in scene.view_layers:
            layer.use = used[layer.name]
    part.replace(target)

# SPDX-License-Identifier: GPL-3.0-or-later
"""What `blockout export` and `blockout render` call inside Blender, for the file that is open.

    blender -b FILE --python-exit-code 1 --python-expr \\
        "from bl_ext.user_default.blockout import commands; commands.render_frames('out', 1, 3)"
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import bpy

from . import compat
from .contract import ContractError, Frame, save_frame
from .export import build_frame, with_render_depsgraph
from .view import set_standard_view

ENGINE = "BLOCKOUT"
Progress = Callable[[int, int, Path], None]


def export_frames(
    out_dir: str | Path,
    start: int | None = None,
    end: int | None = None,
    progress: Progress | None = None,
) -> list[Path]:
    """Write ``frame_NNNN.npz`` for every frame of the active scene, first to last inclusive.

    Args:
        out_dir: made when it does not exist.
        start, end: default: the current frame alone; ``end`` alone defaults to ``start``.
        progress: called with (done, total, path) after every frame.

    Raises:
        ContractError: a frame cannot be exported. OSError: it cannot be written.
    """
    scene = bpy.context.scene
    out, paths = Path(out_dir), []
    numbers = _numbers(scene, start, end)
    with _current_frame_kept(scene):
        for number in numbers:
            scene.frame_set(number)
            path = out / f"frame_{number:04d}.npz"
            save_frame(current_frame(scene), path)
            paths.append(path)
            if progress is not None:
                progress(len(paths), len(numbers), path)
    return paths


def render_frames(
    out_dir: str | Path,
    start: int | None = None,
    end: int | None = None,
    pipeline: str | None = None,
    progress: Progress | None = None,
) -> list[Path]:
    """Render frames of the active scene with Blockout into ``NNNN.png``.

    Args:
        out_dir, start, end, progress: as in export_frames.
        pipeline: default: the scene's.

    Raises:
        RuntimeError: a frame failed; the text is the engine's error.
    """
    scene = bpy.context.scene
    out, paths = Path(out_dir), []
    out.mkdir(parents=True, exist_ok=True)
    numbers = _numbers(scene, start, end)
    with _current_frame_kept(scene), _render_settings(scene, pipeline):
        for number in numbers:
            scene.frame_set(number)
            path = out / f"{number:04d}.png"
            scene.render.filepath = str(path)
            bpy.ops.render.render(write_still=True, scene=scene.name)
            if not path.is_file():
                raise RuntimeError(f"Blender wrote no {path}; see the messages above")
            paths.append(path)
            if progress is not None:
                progress(len(paths), len(numbers), path)
    return paths


def current_frame(scene: bpy.types.Scene) -> Frame:
    """The Frame of the scene's active view layer at its current frame, as a render sees it.

    The render region counts when it is on and crops, as it does for a picture.
    """
    layer = bpy.context.view_layer if bpy.context.scene == scene else scene.view_layers[0]
    render = scene.render
    border = None
    if render.use_border and render.use_crop_to_border:
        border = (
            render.border_min_x,
            render.border_max_x,
            render.border_min_y,
            render.border_max_y,
        )
    return with_render_depsgraph(
        scene, layer, lambda d, w, h: build_frame(d, scene, layer, w, h, border=border)
    )


def _numbers(scene: bpy.types.Scene, start: int | None, end: int | None) -> range:
    first = scene.frame_current if start is None else start
    last = first if end is None else end
    if last < first:
        raise ContractError("frames", f"{first} to {last} is empty", "Put the first frame first")
    return range(first, last + 1)


@contextmanager
def _current_frame_kept(scene: bpy.types.Scene) -> Iterator[None]:
    before = scene.frame_current
    try:
        yield
    finally:
        scene.frame_set(before)


@contextmanager
def _render_settings(scene: bpy.types.Scene, pipeline: str | None) -> Iterator[None]:
    """Blockout as engine, PNG, the Standard view; PNG stays, the rest comes back afterwards."""
    render, settings, view = scene.render, scene.blockout, scene.view_settings
    names = ("view_transform", "look", "exposure", "gamma", "use_curve_mapping")
    colors = {name: getattr(view, name) for name in names}
    before = (render.engine, settings.pipeline, render.filepath)
    try:
        render.engine = ENGINE
        settings.pipeline = pipeline or settings.pipeline
        compat.set_png(render.image_settings)
        set_standard_view(view)
        yield
    finally:
        render.engine, settings.pipeline, render.filepath = before
        for name, value in colors.items():
            setattr(view, name, value)

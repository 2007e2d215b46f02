# SPDX-License-Identifier: GPL-3.0-or-later
"""Live views. Everything here runs in Blender's main thread and returns quickly.

A session belongs to a region, not to the engine's instance: Blender throws the instance away at
each change of the frame or of the shading. The thread of a session never touches Blender; a timer
looks whether pictures came and has their regions drawn again.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import bpy
import gpu
import numpy as np
from gpu_extras.presets import draw_texture_2d
from numpy.typing import NDArray

from ..backend.errors import BackendError
from ..backend.launch import current_launch
from ..contract import Camera, ContractError, Frame
from ..export import build_frame, view_camera
from .live import LiveThread, Request

TICK_SECONDS = 1 / 30
DEBOUNCE_SECONDS = 0.3
CHEAP_EXPORT_SECONDS = 0.03
"""An export that is no slower is done at every change; a slower one waits for a pause."""


class Session:
    """One region's live view."""

    def __init__(self) -> None:
        self.thread = LiveThread()
        self.frame: Frame | None = None
        self.dirty = True
        self.changed = 0.0
        self.export_seconds = 0.0
        self.asked: tuple[Any, ...] = ()
        self.texture: gpu.types.GPUTexture | None = None
        self.text = "starting"

    def is_due(self) -> bool:
        """Whether to export now."""
        if not self.dirty:
            return False
        if self.frame is None or self.export_seconds <= CHEAP_EXPORT_SECONDS:
            return True
        return time.monotonic() - self.changed > DEBOUNCE_SECONDS

    def wants_redraw(self) -> bool:
        """Whether something came, or a postponed export is due."""
        return self.thread.has_answer or self.is_due()


_sessions: dict[int, Session] = {}


def update(
    engine: bpy.types.RenderEngine, context: bpy.types.Context, depsgraph: bpy.types.Depsgraph
) -> None:
    """The scene has changed: export it now, or soon when that is slow."""
    session = _session_of(context.region)
    session.dirty = True
    session.changed = time.monotonic()
    _export_if_due(session, context, depsgraph)


def draw(
    engine: bpy.types.RenderEngine, context: bpy.types.Context, depsgraph: bpy.types.Depsgraph
) -> None:
    """Ask for the picture of this view when it is another than before; draw the last one."""
    session = _session_of(context.region)
    _export_if_due(session, context, depsgraph)
    if session.frame is not None:
        _ask(session, session.frame, context)
    answer = session.thread.take()
    if answer is not None:
        session.text = answer.text
        if answer.picture is not None:
            session.texture = _texture(answer.picture)
    engine.update_stats("", f"Blockout | {session.text}")
    if session.texture is not None:
        _draw_texture(engine, session.texture, context.region, depsgraph.scene)


def close_all() -> None:
    """End all sessions."""
    while _sessions:
        _sessions.popitem()[1].thread.close()
    if bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)


def _session_of(region: bpy.types.Region) -> Session:
    session = _sessions.get(region.as_pointer())
    if session is None:
        session = _sessions[region.as_pointer()] = Session()
    if not bpy.app.timers.is_registered(_tick):
        bpy.app.timers.register(_tick, first_interval=TICK_SECONDS, persistent=True)
    return session


def _export_if_due(
    session: Session, context: bpy.types.Context, depsgraph: bpy.types.Depsgraph
) -> None:
    if not session.is_due():
        return
    began = time.perf_counter()
    region = context.region
    session.dirty = False
    try:
        session.frame = build_frame(
            depsgraph,
            context.scene,
            context.view_layer,
            region.width,
            region.height,
            camera=_camera(context),
        )
    except ContractError as error:
        session.text = str(error)
    session.export_seconds = time.perf_counter() - began
    session.asked = ()


def _camera(context: bpy.types.Context) -> Camera:
    view = context.region_data
    region = context.region
    return view_camera(view.view_matrix, view.window_matrix, region.width, region.height)


def _ask(session: Session, frame: Frame, context: bpy.types.Context) -> None:
    view, region = context.region_data, context.region
    wanted = (
        tuple(map(tuple, view.view_matrix)),
        tuple(map(tuple, view.window_matrix)),
        region.width,
        region.height,
        context.scene.blockout.pipeline,
    )
    if wanted == session.asked:
        return
    session.asked = wanted
    frame = replace(frame, width=region.width, height=region.height, camera=_camera(context))
    try:
        request = Request(frame, context.scene.blockout.pipeline, current_launch())
    except BackendError as error:
        session.text = str(error)
        return
    session.thread.ask(request)


def _texture(picture: NDArray[np.float32]) -> gpu.types.GPUTexture:
    height, width = picture.shape[:2]
    pixels = gpu.types.Buffer("FLOAT", width * height * 4, picture.ravel())
    return gpu.types.GPUTexture((width, height), format="RGBA16F", data=pixels)


def _draw_texture(
    engine: bpy.types.RenderEngine,
    texture: gpu.types.GPUTexture,
    region: bpy.types.Region,
    scene: bpy.types.Scene,
) -> None:
    gpu.state.blend_set("ALPHA_PREMULT")
    engine.bind_display_space_shader(scene)
    draw_texture_2d(texture, (0, 0), region.width, region.height)
    engine.unbind_display_space_shader()
    gpu.state.blend_set("NONE")


def _tick() -> float | None:
    """Have the regions drawn for which something came; end the sessions of those that are gone."""
    shown = _shown_regions()
    for key in [key for key in _sessions if key not in shown]:
        _sessions.pop(key).thread.close()
    for key, session in _sessions.items():
        if session.wants_redraw():
            shown[key].tag_redraw()
    return TICK_SECONDS if _sessions else None


def _shown_regions() -> dict[int, bpy.types.Region]:
    """Regions of 3D views that show this engine's picture."""
    found = {}
    for window in bpy.context.window_manager.windows:
        if window.scene.render.engine != "BLOCKOUT":
            continue
        for area in window.screen.areas:
            if area.type == "VIEW_3D" and area.spaces.active.shading.type == "RENDERED":
                found.update({r.as_pointer(): r for r in area.regions if r.type == "WINDOW"})
    return found

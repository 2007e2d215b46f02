# SPDX-License-Identifier: GPL-3.0-or-later
"""One view layer of one frame, from scene to result. Blocks; may run in a job thread.

Blender's data is read here and in the export; the network is the business of a thread that sees
nothing of it. This thread looks after ESC and the progress.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

import bpy
import numpy as np

from ..backend.client import Traffic
from ..backend.launch import current_launch
from ..backend.session import Cancelled, Task, supervisor
from ..contract import ContractError, Rendering
from ..export import build_frame
from ..properties import set_known_pipelines
from ..results import ObjectTexture, textures_of, write_result

POLL_SECONDS = 0.02
# Where each stage begins on the way from 0 to 1, and the share it takes.
STAGES = {
    "export": (0.0, 0.08),
    "start": (0.08, 0.02),
    "transfer": (0.10, 0.05),
    "queued": (0.15, 0.0),
    "raster": (0.15, 0.15),
    "network": (0.30, 0.65),
    "return": (0.95, 0.05),
}


@dataclass
class LastRender:
    """What the latest finished render cost.

    Attributes:
        stages_ms: wall time of export, transfer, raster, network, return.
        total_ms: wall time of render().
        warnings: sentences of the backend: why the picture may be bad.
        layers: names of the objects that have layers of their own.
        textures: name of an object -> its texture.
    """

    width: int = 0
    height: int = 0
    stages_ms: dict[str, float] = field(default_factory=dict)
    total_ms: float = 0.0
    traffic: Traffic = field(default_factory=Traffic)
    warnings: tuple[str, ...] = ()
    layers: tuple[str, ...] = ()
    textures: dict[str, ObjectTexture] = field(default_factory=dict)


_last = LastRender()


def last_render() -> LastRender:
    """What the latest finished render cost."""
    return _last


def forget_last_render() -> None:
    """What was rendered belongs to a file that is not open any more."""
    global _last
    _last = LastRender()


class Meter:
    """Shows progress that only goes forward."""

    def __init__(self, engine: bpy.types.RenderEngine) -> None:
        self._engine = engine
        self._reached = 0.0
        self._text = ""

    def show(self, stage: str, fraction: float) -> None:
        """Show how far a stage is."""
        begin, share = STAGES.get(stage, (self._reached, 0.0))
        self._reached = max(self._reached, begin + share * min(max(fraction, 0.0), 1.0))
        self._engine.update_progress(self._reached)
        text = f"{stage.capitalize()} {fraction:.0%}" if fraction > 0 else stage.capitalize()
        if text != self._text:
            self._text = text
            self._engine.update_stats("", f"Blockout | {text}")


def render(engine: bpy.types.RenderEngine, depsgraph: bpy.types.Depsgraph) -> None:
    """Render into the engine's result; nothing is written when the user stops it.

    Raises:
        ContractError: the scene cannot be rendered.
        BackendError: the backend cannot render it.
    """
    began = time.perf_counter()
    scene = depsgraph.scene
    width, height = engine.resolution_x, engine.resolution_y
    _refuse_unsupported(scene)
    launch = current_launch()
    meter = Meter(engine)
    meter.show("export", 0.0)
    window = _window(scene, width, height)
    frame = build_frame(depsgraph, scene, depsgraph.view_layer, width, height)
    frame = replace(frame, controls=replace(frame.controls, textures=True))
    export_ms = _ms_since(began)
    task = Task(frame, scene.blockout.pipeline, launch)
    rendering = _follow(engine, task, meter)
    if rendering is None:
        return
    back = time.perf_counter()
    film = scene.render.film_transparent
    write_result(engine, depsgraph.view_layer, rendering, window, film)
    for warning in rendering.warnings:
        engine.report({"WARNING"}, warning)
    stages = {"export": export_ms, **task.traffic.stages_ms}
    stages["return"] = stages.get("return", 0.0) + _ms_since(back)
    meter.show("return", 1.0)
    global _last
    total = _ms_since(began)
    _last = LastRender(
        width=width,
        height=height,
        stages_ms=stages,
        total_ms=total,
        traffic=task.traffic,
        warnings=rendering.warnings,
        layers=tuple(layer.name for layer in rendering.layers),
        textures=textures_of(rendering, frame),
    )
    engine.update_stats("", "Blockout | " + _summary(_last))
    set_known_pipelines(supervisor.hello["pipelines"])


def _follow(engine: bpy.types.RenderEngine, task: Task, meter: Meter) -> Rendering | None:
    """Wait for the task; None when the user stopped it."""
    try:
        while not task.wait(POLL_SECONDS):
            if engine.test_break():
                return None
            meter.show(task.stage, task.fraction)
    finally:
        task.cancel()  # does nothing to a task that is done
    if isinstance(task.error, Cancelled):
        return None
    if task.error is not None:
        raise task.error
    return task.rendering


def _window(scene: bpy.types.Scene, width: int, height: int) -> tuple[int, int, int, int]:
    """The pixels that are wanted, (x0, x1, y0, y1) bottom-up.

    A network looks at the whole picture, so a border render makes all of it and keeps a part:
    that way the part looks as it does in the whole.
    """
    settings = scene.render
    if not settings.use_border:
        return 0, width, 0, height
    # Single precision and truncation, as Blender does it: its result has exactly this size.
    return (
        int(np.float32(settings.border_min_x) * np.float32(width)),
        int(np.float32(settings.border_max_x) * np.float32(width)),
        int(np.float32(settings.border_min_y) * np.float32(height)),
        int(np.float32(settings.border_max_y) * np.float32(height)),
    )


def _refuse_unsupported(scene: bpy.types.Scene) -> None:
    if scene.render.use_multiview:
        raise ContractError(
            "scene.render.use_multiview",
            "Blockout does not render stereo pictures",
            "Switch off Stereoscopy in the output properties",
        )


def _summary(last: LastRender) -> str:
    parts = ", ".join(f"{name} {ms:.0f}" for name, ms in last.stages_ms.items())
    return f"{last.total_ms:.0f} ms ({parts})"


def _ms_since(began: float) -> float:
    return (time.perf_counter() - began) * 1000.0

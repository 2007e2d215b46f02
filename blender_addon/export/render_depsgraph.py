# SPDX-License-Identifier: GPL-3.0-or-later
"""Get at the depsgraph of a render without making a picture.

``context.evaluated_depsgraph_get()`` is a viewport's: viewport subdivision levels, viewport
visibility. Blender hands out a render's only to render engines, so a small one is registered for
as long as it takes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ClassVar, TypeVar

import bpy

Result = TypeVar("Result")
Visit = Callable[[bpy.types.Depsgraph, int, int], Result]


class BlockoutExportEngine(bpy.types.RenderEngine):
    """Calls a function with the render's depsgraph and gives an empty picture."""

    bl_idname = "BLOCKOUT_EXPORT"
    bl_label = "Blockout Export"
    bl_use_preview = False

    visit: ClassVar[Visit | None] = None
    results: ClassVar[list] = []
    errors: ClassVar[list[Exception]] = []

    def render(self, depsgraph: bpy.types.Depsgraph) -> None:
        """Call the visitor; its exception is kept, since Blender would swallow it."""
        cls = BlockoutExportEngine
        try:
            cls.results.append(cls.visit(depsgraph, self.resolution_x, self.resolution_y))
        except Exception as error:
            cls.errors.append(error)
            self.error_set(str(error))


def with_render_depsgraph(
    scene: bpy.types.Scene, view_layer: bpy.types.ViewLayer, visit: Visit[Result]
) -> Result:
    """What ``visit(depsgraph, width, height)`` returns, called inside a render of the view layer.

    Not to be called while another render runs. The whole picture's size is passed in.

    Raises:
        Exception: whatever ``visit`` raised.
    """
    cls = BlockoutExportEngine
    cls.visit, cls.results, cls.errors = staticmethod(visit), [], []
    with _registered(cls), _settings(scene):
        try:
            bpy.ops.render.render(scene=scene.name, layer=view_layer.name)
        except RuntimeError:
            if not cls.errors:
                raise
    if cls.errors:
        raise cls.errors[0]
    if not cls.results:
        raise RuntimeError(f"Blender did not render scene '{scene.name}'")
    return cls.results[0]


@contextmanager
def _registered(cls: type) -> Iterator[None]:
    bpy.utils.register_class(cls)
    try:
        yield
    finally:
        bpy.utils.unregister_class(cls)


@contextmanager
def _settings(scene: bpy.types.Scene) -> Iterator[None]:
    """Our engine, the whole picture, no compositor; the scene's own values afterwards."""
    wanted = {
        "engine": BlockoutExportEngine.bl_idname,
        "use_border": False,
        "use_compositing": False,
        "use_sequencer": False,
        "use_single_layer": False,
        "use_freestyle": False,
    }
    render = scene.render
    before = {name: getattr(render, name) for name in wanted}
    try:
        for name, value in wanted.items():
            setattr(render, name, value)
        yield
    finally:
        for name, value in before.items():
            setattr(render, name, value)

# SPDX-License-Identifier: GPL-3.0-or-later
"""The render engine."""

from __future__ import annotations

import bpy
from bpy.app.handlers import persistent

from . import viewport
from .final import forget_last_render, last_render
from .render_engine import BlockoutRenderEngine


@persistent
def _on_load(_path: str) -> None:
    forget_last_render()


def register() -> None:
    """Register the engine."""
    bpy.utils.register_class(BlockoutRenderEngine)
    bpy.app.handlers.load_post.append(_on_load)


def unregister() -> None:
    """End all live views and take the engine back."""
    bpy.app.handlers.load_post.remove(_on_load)
    viewport.close_all()
    bpy.utils.unregister_class(BlockoutRenderEngine)


__all__ = ["BlockoutRenderEngine", "last_render", "register", "unregister"]

# SPDX-License-Identifier: GPL-3.0-or-later
"""The render engine."""

from __future__ import annotations

import bpy

from . import viewport
from .final import last_render
from .render_engine import BlockoutRenderEngine


def register() -> None:
    """Register the engine."""
    bpy.utils.register_class(BlockoutRenderEngine)


def unregister() -> None:
    """End all live views and take the engine back."""
    viewport.close_all()
    bpy.utils.unregister_class(BlockoutRenderEngine)


__all__ = ["BlockoutRenderEngine", "last_render", "register", "unregister"]

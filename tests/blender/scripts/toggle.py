# SPDX-License-Identifier: GPL-3.0-or-later
"""Disable, enable, disable: what is there after each step."""

from __future__ import annotations

import addon_utils
import bpy

MODULE = "bl_ext.user_default.blockout"


def main() -> dict:
    """Toggle the extension."""
    enabled, opted_in = [_has_settings()], []
    addon_utils.disable(MODULE)
    enabled.append(_has_settings())
    opted_in.append(_opted_in())
    addon_utils.enable(MODULE)
    enabled.append(_has_settings())
    opted_in.append(_opted_in())
    addon_utils.disable(MODULE)
    opted_in.append(_opted_in())
    left_over = [name for name in dir(bpy.types) if name.lower().startswith("blockout")]
    left_over += [
        owner.__name__
        for owner in (bpy.types.Object, bpy.types.Material, bpy.types.Collection)
        if hasattr(owner, "blockout")
    ]
    return {"enabled": enabled, "panels_opted_in": opted_in, "left_over": left_over}


def _has_settings() -> bool:
    return hasattr(bpy.context.scene, "blockout")


def _opted_in() -> int:
    """How many of Blender's own panels draw for our engine."""
    panels = [p for p in bpy.types.Panel.__subclasses__() if not p.__module__.startswith("bl_ext")]
    return sum("BLOCKOUT" in getattr(panel, "COMPAT_ENGINES", ()) for panel in panels)

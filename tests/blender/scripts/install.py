# SPDX-License-Identifier: GPL-3.0-or-later
"""Install the zip as a user does."""

from __future__ import annotations

import bpy


def main(zip_path: str) -> dict:
    """Install, enable, and say what is there."""
    bpy.ops.extensions.package_install_files(
        filepath=zip_path, repo="user_default", enable_on_install=True
    )
    enabled = "bl_ext.user_default.blockout" in bpy.context.preferences.addons
    return {"enabled": enabled, "has_settings": hasattr(bpy.context.scene, "blockout")}

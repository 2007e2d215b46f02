# SPDX-License-Identifier: GPL-3.0-or-later
"""Preferences: where the backend is. Settings that belong to the machine, not to the file."""

from __future__ import annotations

import bpy
from bpy.props import EnumProperty, IntProperty, StringProperty

DEVICES = (
    ("AUTO", "Automatic", "The graphics card when there is one, else the processor", 0),
    ("CPU", "Processor", "Always the processor", 1),
    ("CUDA", "NVIDIA GPU", "Always the first CUDA device", 2),
)


class BlockoutPreferences(bpy.types.AddonPreferences):
    """Machine-wide settings. Environment variables go before them (see the manual)."""

    bl_idname = __package__

    python_path: StringProperty(
        name="Python",
        description="Python that has the neural core; empty: the one that Set Up Backend made",
        subtype="FILE_PATH",
    )
    backend_url: StringProperty(
        name="Backend URL",
        description="Address of a running backend, e.g. http://127.0.0.1:8765; empty: start one",
    )
    backend_token: StringProperty(
        name="Token",
        description="The token that the running backend printed at its start",
        subtype="PASSWORD",
        options={"SKIP_SAVE"},
    )
    device: EnumProperty(name="Device", items=DEVICES, default=0)
    start_timeout: IntProperty(
        name="Start Timeout",
        description="Seconds to wait for the backend to answer after its start",
        default=120,
        min=5,
        max=1800,
    )

    def draw(self, _context: bpy.types.Context) -> None:
        """Draw the settings and the set-up button."""
        layout = self.layout
        layout.use_property_split = True
        layout.prop(self, "python_path")
        layout.prop(self, "device")
        layout.prop(self, "start_timeout")
        column = layout.column(heading="Use a running backend")
        column.prop(self, "backend_url")
        column.prop(self, "backend_token")
        layout.operator("blockout.backend_setup", icon="IMPORT")


def register() -> None:
    """Register the preferences."""
    bpy.utils.register_class(BlockoutPreferences)


def unregister() -> None:
    """Unregister the preferences."""
    bpy.utils.unregister_class(BlockoutPreferences)

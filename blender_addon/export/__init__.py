# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender -> Frame. Nothing here touches the network."""

from .camera import Border, border_pixels, camera_of, crop_camera, scene_camera, view_camera
from .cycles_passes import build_frame_with_cycles
from .frame import build_frame
from .render_depsgraph import with_render_depsgraph

__all__ = [
    "Border",
    "border_pixels",
    "build_frame",
    "build_frame_with_cycles",
    "camera_of",
    "crop_camera",
    "scene_camera",
    "view_camera",
    "with_render_depsgraph",
]

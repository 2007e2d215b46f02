# SPDX-License-Identifier: GPL-3.0-or-later
"""Rendering -> Blender."""

from .image import combined, new_image
from .layers import PASSES, register_passes, write_result

__all__ = ["PASSES", "combined", "new_image", "register_passes", "write_result"]

# SPDX-License-Identifier: GPL-3.0-or-later
"""Rendering -> Blender."""

from .image import combined, new_image
from .layers import PASSES, register_passes, write_result
from .textures import ObjectTexture, put_textures, textures_of

__all__ = [
    "PASSES",
    "ObjectTexture",
    "combined",
    "new_image",
    "put_textures",
    "register_passes",
    "textures_of",
    "write_result",
]

# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures as Blender keeps them: scene-linear, bottom row first."""

from __future__ import annotations

import bpy
import numpy as np
from numpy.typing import NDArray

from ..contract import Rendering, srgb_to_linear


def combined(rendering: Rendering, film_transparent: bool) -> NDArray[np.float32]:
    """The Combined pass, (H, W, 4) scene-linear with premultiplied alpha, row 0 on top.

    The core has cut out holdouts; a transparent film also cuts out what no geometry covers.
    """
    if not film_transparent or rendering.passes is None:
        return premultiplied(rendering.image)
    return premultiplied(rendering.image, rendering.passes.coverage)


def premultiplied(
    image: NDArray[np.float32], coverage: NDArray[np.floating] | None = None
) -> NDArray[np.float32]:
    """(H, W, 4) display-referred, straight alpha -> scene-linear, premultiplied.

    Args:
        coverage: (H, W) that the alpha is multiplied with.
    """
    picture = srgb_to_linear(image)  # alpha too: one piece is faster than a part of each pixel
    picture[..., 3] = image[..., 3]
    if coverage is not None:
        picture[..., 3] *= coverage
    if not (picture[..., 3] == 1.0).all():
        picture[..., :3] *= picture[..., 3:]
    return picture


def new_image(name: str, pixels: NDArray[np.float32]) -> bpy.types.Image:
    """A new packed image data-block from (H, W, 3 or 4) display-referred sRGB, row 0 on top.

    Call from Blender's main thread. Pixels of an older image are left alone: undo would not bring
    them back.
    """
    height, width = pixels.shape[:2]
    rgba = np.ones((height, width, 4), np.float32)
    rgba[..., : pixels.shape[2]] = pixels
    image = bpy.data.images.new(name, width, height, alpha=True)
    image.colorspace_settings.name = "sRGB"
    image.pixels.foreach_set(np.ascontiguousarray(rgba[::-1]).ravel())
    image.update()
    image.pack()
    return image

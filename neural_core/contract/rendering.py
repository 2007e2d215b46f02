# SPDX-License-Identifier: Apache-2.0
"""The Rendering: what comes back from the core."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import ContractError
from .frame import Passes

TEXTURE_SHAPES = {"cuboid": (3, 2), "sphere": (2, 1)}
"""Primitive -> width to height of its texture: three squares by two, and all around by up."""


@dataclass(frozen=True)
class Layer:
    """One object's picture: ``rgba`` (H, W, 4) straight alpha in 0..1, ``depth`` (H, W) metres."""

    name: str
    instance_id: int
    rgba: NDArray[np.float32]
    depth: NDArray[np.float32]


@dataclass(frozen=True)
class Rendering:
    """A picture and all that belongs to it.

    Attributes:
        image: (H, W, 4) float32, display-referred sRGB in [0, 1] with straight alpha, row 0 on top.
        passes: the passes the picture was made from, or None.
        layers: per-object pictures, when the method has them.
        textures: object's name -> (H, W, 3 or 4) float32 display-referred sRGB, row 0 on top, in
            the axes of the object's box. Its shape tells which primitive it goes around. Cuboid:
            two rows of three squares, -X, +X, -Y over +Y, -Z, +Z; u runs along the next axis
            (against it on the negative sides), v along the one after that. Sphere: u runs around Z
            from +X towards +Y, v from the lower pole to the upper one.
        timings: stage -> milliseconds.
        recipe: what is needed to make the picture again (JSON-serialisable).
        warnings: sentences for the user: why the picture may be bad.
    """

    image: NDArray[np.float32]
    passes: Passes | None = None
    layers: tuple[Layer, ...] = ()
    textures: dict[str, NDArray[np.float32]] = field(default_factory=dict)
    timings: dict[str, float] = field(default_factory=dict)
    recipe: dict[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def texture_primitive(texture: NDArray[np.float32]) -> str:
    """Which primitive a texture (H, W, 3 or 4) goes around: cuboid | sphere.

    Raises:
        ContractError: it has the shape of neither.
    """
    if texture.ndim == 3 and texture.shape[2] in (3, 4) and texture.size:
        height, width = texture.shape[:2]
        for primitive, (across, up) in TEXTURE_SHAPES.items():
            if width * up == height * across:
                return primitive
    raise ContractError(
        "textures",
        f"one has the shape {texture.shape}",
        "Send (2 S, 3 S, 3) for a cuboid, (S, 2 S, 3) for a sphere; with alpha, 4 channels",
    )

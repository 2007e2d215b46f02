# SPDX-License-Identifier: Apache-2.0
"""The Rendering: what comes back from the core."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .frame import Passes


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
        textures: name -> (H, W, 3 or 4) float32 display-referred sRGB.
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

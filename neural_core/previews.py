# SPDX-License-Identifier: Apache-2.0
"""Pictures that need no weights: flat class colours, and the shading of white surfaces."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .contract import (
    ContractError,
    Controls,
    Frame,
    Palette,
    Passes,
    Rendering,
    linear_to_srgb,
)

EXPOSURE = 0.5
"""A white surface in the sun (radiance about 2) becomes light grey, one in the shade dark grey."""


class ClassesPreview:
    """Every pixel in the display colour of its class; void is black."""

    requires = frozenset({"semantic"})
    model_name = ""
    model_hash = ""

    def prepare(self, frame: Frame) -> Frame:
        """Nothing to prepare."""
        return frame

    def render(self, prepared: Frame, controls: Controls) -> Rendering:
        """The picture; controls change nothing."""
        passes = _passes_of(prepared)
        return Rendering(opaque(class_colors(passes.semantic, prepared.palette)), passes)


class ShadingPreview:
    """The shading pass, tone-mapped."""

    requires = frozenset({"shading"})
    model_name = ""
    model_hash = ""

    def prepare(self, frame: Frame) -> Frame:
        """Nothing to prepare."""
        return frame

    def render(self, prepared: Frame, controls: Controls) -> Rendering:
        """The picture; controls change nothing."""
        passes = _passes_of(prepared)
        return Rendering(opaque(tone_map(passes.shading.astype(np.float32))), passes)


def class_colors(semantic: NDArray[np.uint16], palette: Palette) -> NDArray[np.float32]:
    """Class ids (H, W) -> display sRGB (H, W, 3)."""
    table = np.zeros((int(semantic.max(initial=0)) + 1, 3), np.float32)
    for entry in palette.classes:
        if entry.id < len(table):
            table[entry.id] = entry.color
    return table[semantic]


def tone_map(radiance: NDArray[np.float32]) -> NDArray[np.float32]:
    """Linear radiance, any shape -> display sRGB; exponential, so that nothing clips."""
    light = 1.0 - np.exp(-EXPOSURE * np.maximum(radiance, 0.0))
    return linear_to_srgb(light.astype(np.float32))


def opaque(color: NDArray[np.float32]) -> NDArray[np.float32]:
    """(H, W, 3) -> (H, W, 4) with alpha 1."""
    return np.concatenate([color, np.ones_like(color[..., :1])], axis=-1).astype(np.float32)


def _passes_of(frame: Frame) -> Passes:
    if frame.passes is None:
        raise ContractError("passes", "the frame has none", "Rasterise it first")
    return frame.passes

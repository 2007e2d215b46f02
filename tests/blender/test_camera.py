# SPDX-License-Identifier: GPL-3.0-or-later
"""The contract's camera against Blender's own projection, in every Blender version."""

from __future__ import annotations

import math

PIXEL_TOLERANCE = 1e-3
CAMERAS = 60


def test_projection_is_blenders(blender) -> None:
    """Lens, sensor fit, shift, pixel aspect, ortho, scale, border, 3D view; then bad cameras."""
    seen = blender.run("check_camera", CAMERAS)
    for what in ("PERSP", "ORTHO", "border"):
        # Blender's float32 never agrees to the last bit: 0 would mean that nothing was compared.
        assert 0 < seen["worst"][what] < PIXEL_TOLERANCE, seen["worst"]
    assert seen["worst"]["view"] < PIXEL_TOLERANCE
    assert seen["worst"]["depth"] < 1e-4
    assert math.isclose(seen["near"], 0.25) and math.isclose(seen["far"], 50.0)
    wanted = {
        "none": "no active camera",
        "pano": "type PANO",
        "nan": "NaN",
        "flat": "scaled",
        "huge": "too large",
        "empty": "no pixels",
        "thin": "no pixel",
        "swapped": "no pixel",
    }
    for name, words in wanted.items():
        assert words in seen["refused"][name], (name, seen["refused"][name])
    assert seen["refused"]["mirrored"] == "accepted"

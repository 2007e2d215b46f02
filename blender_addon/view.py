# SPDX-License-Identifier: GPL-3.0-or-later
"""Neural pictures are display-referred: the view that shows them as they are."""

from __future__ import annotations

import bpy


def set_standard_view(view: bpy.types.ColorManagedViewSettings) -> None:
    """View transform Standard, no look, exposure 0, gamma 1, no curves."""
    view.view_transform = "Standard"
    view.look = "None"
    view.exposure = 0.0
    view.gamma = 1.0
    view.use_curve_mapping = False


def is_standard_view(view: bpy.types.ColorManagedViewSettings) -> bool:
    """Whether neural colours are shown as they are."""
    plain = (view.view_transform, view.look, view.exposure, view.gamma)
    return plain == ("Standard", "None", 0.0, 1.0) and not view.use_curve_mapping

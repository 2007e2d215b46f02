# SPDX-License-Identifier: GPL-3.0-or-later
"""Blockout: a neural render engine for Blender. This file registers the parts, nothing else."""

from __future__ import annotations

import importlib
import importlib.util
from types import ModuleType

# Later parts may use earlier ones; a part without register() has nothing to register.
PARTS = ("properties", "preferences", "operators", "looks", "backend", "results", "engine", "ui")

_registered: list[ModuleType] = []


def register() -> None:
    """Register every part in order; when one fails, take the earlier ones back and raise."""
    try:
        for name in PARTS:
            if importlib.util.find_spec(f"{__package__}.{name}") is None:
                continue
            part = importlib.import_module(f".{name}", __package__)
            if hasattr(part, "register"):
                part.register()
                _registered.append(part)
    except Exception:
        unregister()
        raise


def unregister() -> None:
    """Unregister what was registered, last first."""
    while _registered:
        _registered.pop().unregister()

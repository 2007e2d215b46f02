# SPDX-License-Identifier: GPL-3.0-or-later
"""Talk to, start, and install the core."""

from __future__ import annotations

from . import session, setup


def register() -> None:
    """Register the operators, and stop the backend with Blender."""
    setup.register()
    session.register()


def unregister() -> None:
    """Stop the backend and take the operators back."""
    session.unregister()
    setup.unregister()

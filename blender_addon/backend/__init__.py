# SPDX-License-Identifier: GPL-3.0-or-later
"""Talk to, start, and install the core."""

from __future__ import annotations

from . import session, setup
from .process import State

ICONS = {
    State.STOPPED: "RADIOBUT_OFF",
    State.STARTING: "TEMP",
    State.RUNNING: "CHECKMARK",
    State.FAILED: "ERROR",
}


def status_line() -> tuple[str, str]:
    """Text and icon that say how the backend is."""
    supervisor = session.supervisor
    return f"Backend: {supervisor.message}", ICONS[supervisor.state]


def register() -> None:
    """Register the operators, and stop the backend with Blender."""
    setup.register()
    session.register()


def unregister() -> None:
    """Stop the backend and take the operators back."""
    session.unregister()
    setup.unregister()

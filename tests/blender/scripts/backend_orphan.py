# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts the backend, tells its process id, and waits to be killed in the middle of a render."""

from __future__ import annotations

import threading
from pathlib import Path

import bpy
from engine_scene import addon, make_scene, render_png


def main(pid_file: str) -> None:
    """Never ends by itself within the test."""
    scene = make_scene("slow:30")
    bpy.ops.blockout.backend_start()
    path = Path(pid_file)

    def tell() -> None:
        part = path.with_suffix(".part")
        part.write_text(str(addon("backend.session").supervisor.pid))
        part.replace(path)

    threading.Timer(1.0, tell).start()
    render_png(scene, path.with_name("never.png"))

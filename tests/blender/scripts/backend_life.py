# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of a backend that Blender starts: missing, started, killed, found again, stopped."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpy
from engine_scene import addon, make_scene, render_png


def main(folder: str, doubles: str, other_version: str, coreless: str) -> dict[str, Any]:
    """Render through every turn of it. The arguments are programs that serve as BLOCKOUT_PYTHON."""
    out = Path(folder)
    found: dict[str, Any] = {}

    def render(name: str, pipeline: str = "classes") -> None:
        path = out / f"{name}.png"
        error = render_png(make_scene(pipeline), path)
        found[name] = {"error": error, "file": path.exists(), "pid": supervisor().pid}

    render("not_installed")
    os.environ["BLOCKOUT_PYTHON"] = str(out / "no-such-python")
    render("no_such_python")
    os.environ["BLOCKOUT_PYTHON"] = coreless
    render("no_core")
    os.environ["BLOCKOUT_PYTHON"] = other_version
    render("other_version")
    os.environ["BLOCKOUT_PYTHON"] = doubles
    render("first")
    render("second")
    os.kill(supervisor().pid, signal.SIGKILL)
    render("after_kill")
    render("dies_once", f"die-once:{out / 'died'}")
    render("dies_always", "die")
    render("after_dying")
    found["esc"] = quickest_stop(out)
    render("after_esc")
    found["cancelled"] = interrupted_render(out)
    found["states"] = states()
    os.environ["BLOCKOUT_BACKEND_URL"] = "http://127.0.0.1:9"
    render("foreign_gone")
    return found


def supervisor() -> Any:
    return addon("backend.session").supervisor


def quickest_stop(out: Path) -> dict[str, Any]:
    """The first of six stops that is quick, else the last: other tests use the processors too."""
    for _ in range(6):
        stopped = stopped_render(out)
        if stopped["seconds"] < 0.2:
            break
    return stopped


def stopped_render(out: Path) -> dict[str, Any]:
    """The user presses ESC during a slow network: time from there to the end of render()."""
    pressed: list[float] = []

    def press() -> bool:
        if not pressed:
            pressed.append(time.perf_counter())
        return True

    during_network(press, out / "esc.png")
    return {"seconds": time.perf_counter() - pressed[0], "pid": supervisor().pid}


def interrupted_render(out: Path) -> dict[str, Any]:
    """Ctrl-C during a slow network."""

    def press() -> bool:
        os.kill(os.getpid(), signal.SIGINT)
        return False

    # A shell starts background programs without it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    path = out / "interrupted.png"
    error = during_network(press, path)
    return {"error": error, "file": path.exists()}


def during_network(press: Callable[[], bool], path: Path) -> str:
    """Render with a slow network; `press` answers for ESC as long as the network is at work."""
    final = addon("engine.final")
    follow = final._follow

    def with_press(engine: Any, task: Any, meter: Any) -> Any:
        class Pressed:
            def test_break(self) -> bool:
                return task.stage == "network" and press()

        return follow(Pressed(), task, meter)

    final._follow = with_press
    try:
        return render_png(make_scene("slow:2"), path)
    finally:
        final._follow = follow


def states() -> dict[str, Any]:
    """Stop and start by the operators."""
    seen = [addon("backend").status_line()[0]]
    pid = supervisor().pid
    bpy.ops.blockout.backend_stop()
    seen.append(addon("backend").status_line()[0])
    gone = not Path(f"/proc/{pid}").exists()
    bpy.ops.blockout.backend_start()
    seen.append(addon("backend").status_line()[0])
    return {"seen": seen, "gone": gone, "pid": supervisor().pid}

# SPDX-License-Identifier: GPL-3.0-or-later
"""The set-up operator: refusals, installation, upgrade, an existing Python, stop, removal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
from engine_scene import MODULE, addon


def main(wheels: str, empty: str, python: str) -> dict[str, Any]:
    """Arguments: a folder with wheels, one without, a Python to start from."""
    install = addon("backend.install")
    install.DISK_BYTES = 0
    folder = addon("backend.launch").user_folder()
    preferences = bpy.context.preferences
    found: dict[str, Any] = {}
    preferences.system.use_online_access = False
    found["refused"] = run(source="INDEX", python=python)
    found["no_wheels"] = run(source="WHEELS", wheels=empty, python=python)
    found["bad_python"] = run(source="WHEELS", wheels=wheels, python="/bin/sh")
    found["left_after_failure"] = folders(folder)
    found["installed"] = run(source="WHEELS", wheels=wheels, python=python)
    made = install.installed_python(folder)
    found["python"], found["folders"] = str(made), folders(folder)
    run(source="WHEELS", wheels=wheels, python=python)
    found["again"] = folders(folder)
    made = str(install.installed_python(folder))
    found["existing"] = run(source="EXISTING", python=made)
    found["existing_wanted"] = made
    found["python_path"] = preferences.addons[MODULE].preferences.python_path
    found["existing_bad"] = run(source="EXISTING", python=bpy.app.binary_path or _own_python())
    found["stopped"] = stopped(install, folder, Path(wheels), Path(python))
    found["after_stop"] = folders(folder)
    bpy.ops.blockout.backend_remove()
    found["removed"] = folders(folder)
    found["nothing_to_remove"] = str(install.remove(folder) or "no backend was installed")
    return found


def _own_python() -> str:
    import sys

    return sys.executable


def run(**settings: str) -> str:
    """What the operator raised, or ""."""
    try:
        bpy.ops.blockout.backend_setup(**settings)
    except RuntimeError as error:
        return str(error)
    return ""


def stopped(install: Any, folder: Path, wheels: Path, python: Path) -> str:
    """ESC during the second step."""
    plan = install.Plan(folder, addon("version").VERSION, wheels, python)
    steps = 0

    def stop() -> bool:
        return steps >= 2

    try:
        for _ in install.install(plan, stop):
            steps += 1
    except Exception as error:
        return type(error).__name__
    return ""


def folders(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.glob("python-*"))

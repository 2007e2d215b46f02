# SPDX-License-Identifier: GPL-3.0-or-later
"""Which backend to use: environment variables, then the preferences, then what Set Up made."""

from __future__ import annotations

import os
from pathlib import Path

import bpy

from .. import __package__ as base_package
from .errors import BackendMissing
from .install import installed_python
from .process import Launch

PROBLEM = "the Blockout backend is not installed"
FIX = (
    "Open Edit > Preferences > Add-ons > Blockout and press Set Up Backend, "
    "or name a Python that has it in BLOCKOUT_PYTHON"
)


def user_folder() -> Path:
    """The extension's own folder for logs and the private Python; kept over upgrades."""
    return Path(bpy.utils.extension_path_user(base_package, path="backend", create=True))


def current_launch() -> Launch:
    """How to get a backend now. Call from Blender's thread.

    Raises:
        BackendMissing: there is none.
    """
    folder = user_folder()
    url = os.environ.get("BLOCKOUT_BACKEND_URL")
    if url:
        token = os.environ.get("BLOCKOUT_BACKEND_TOKEN", "")
        return Launch(folder, url, token, source="BLOCKOUT_BACKEND_URL")
    settings = bpy.context.preferences.addons[base_package].preferences
    device = "" if settings.device == "AUTO" else settings.device.lower()
    seconds = float(settings.start_timeout)
    python = os.environ.get("BLOCKOUT_PYTHON")
    if python:
        return _start(folder, python, device, seconds, "BLOCKOUT_PYTHON")
    if settings.backend_url:
        source = "Backend URL in the preferences"
        return Launch(folder, settings.backend_url, settings.backend_token, source=source)
    if settings.python_path:
        python = bpy.path.abspath(settings.python_path)
        return _start(folder, python, device, seconds, "Python in the preferences")
    made = installed_python(folder)
    if made is None:
        raise BackendMissing(PROBLEM, FIX)
    return _start(folder, str(made), device, seconds, "the backend's installation")


def _start(folder: Path, python: str, device: str, seconds: float, source: str) -> Launch:
    return Launch(folder, python=python, device=device, start_seconds=seconds, source=source)

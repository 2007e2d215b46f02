# SPDX-License-Identifier: GPL-3.0-or-later
"""One small environment for each Blender version under test: bpy from PyPI and nothing else.

Run as a script it makes those that are missing, in `.venvs/bpy-X.Y`. A version whose Python is
not on this machine is named and left out.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BPY_VERSIONS = {
    "4.2": ("4.2.23", "3.11"),
    "4.5": ("4.5.15", "3.11"),
    "5.0": ("5.0.1", "3.11"),
    "5.1": ("5.1.2", "3.13"),
    "5.2": ("5.2.3", "3.13"),
}


def environment(version: str) -> Path:
    """Folder of the environment for a Blender version such as ``4.2``."""
    return ROOT / ".venvs" / f"bpy-{version}"


def is_ready(version: str) -> bool:
    """Whether the environment was made completely."""
    return (environment(version) / ".ready").exists()


def find_python(version: str) -> str | None:
    """A working interpreter of this version: this one, one on PATH, or one under pyenv."""
    if f"{sys.version_info[0]}.{sys.version_info[1]}" == version:
        return sys.executable
    on_path = shutil.which(f"python{version}")
    pyenv = sorted((Path.home() / ".pyenv" / "versions").glob(f"{version}.*/bin/python3"))
    for candidate in [on_path, *map(str, pyenv)]:
        if candidate is None:
            continue
        done = subprocess.run([candidate, "--version"], capture_output=True, check=False)
        if done.returncode == 0:
            return candidate
    return None


def make(version: str) -> bool:
    """Make the environment; False when its Python is not on this machine."""
    if is_ready(version):
        return True
    release, python_version = BPY_VERSIONS[version]
    python = find_python(python_version)
    if python is None:
        print(f"Blender {version}: not tested, Python {python_version} is not on this machine")
        return False
    folder = environment(version)
    print(f"Blender {version}: installing bpy {release} for Python {python_version}", flush=True)
    subprocess.run([python, "-m", "venv", str(folder)], check=True)
    pip = [str(folder / "bin" / "pip"), "install", "-q", f"bpy=={release}"]
    subprocess.run(pip, check=True, stderr=subprocess.DEVNULL)
    (folder / ".ready").touch()
    return True


if __name__ == "__main__":
    for name in BPY_VERSIONS:
        make(name)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Run scripts in real Blender, of every version at hand, with the built zip installed.

Each version is a Python environment with ``bpy`` under ``.venvs/bpy-X``; what is not there is
skipped. A script runs in a process of its own, in a clean user folder: ``bpy`` can be imported once
per process, and an installed extension must not leak into the next test.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = Path(__file__).parent / "scripts"
VERSIONS = ("4.2", "4.5", "5.0", "5.1", "5.2")
MARK = "RESULT:"


@dataclass(frozen=True)
class Blender:
    """One version of Blender as a Python module, with the extension's zip installed."""

    version: str
    python: Path
    resources: Path
    zip_path: Path

    def run(
        self, script: str, *args: object, timeout: float = 180, env: dict[str, str] | None = None
    ) -> Any:
        """Run ``scripts/SCRIPT.py``'s ``main(*args)``; its return value comes back through JSON.

        The extension is installed and enabled before; a traceback in the script fails the test.
        """
        process = subprocess.run(
            [self.python, SCRIPTS / "runner.py", SCRIPTS / f"{script}.py", *map(str, args)],
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            cwd=self.resources,
            env={**clean_environment(self.resources), **(env or {})},
        )
        lines = [x for x in process.stdout.splitlines() if x.startswith(MARK)]
        if process.returncode != 0 or not lines:
            tail = f"{process.stdout[-6000:]}\n{process.stderr[-6000:]}"
            pytest.fail(f"{script} in Blender {self.version}: exit {process.returncode}\n{tail}")
        return json.loads(lines[-1].removeprefix(MARK))

    def scripts_folder(self) -> Path:
        """Blender's own scripts inside the wheel."""
        (found,) = self.python.parents[1].glob(f"lib/python*/site-packages/bpy/{self.version}")
        return found / "scripts"


def clean_environment(resources: Path) -> dict[str, str]:
    """The environment without anything that belongs to another Python, Blender or Blockout."""
    dropped = ("PYTHON", "BLENDER", "BLOCKOUT")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(dropped)}
    return {**kept, "BLENDER_USER_RESOURCES": str(resources), "OMP_NUM_THREADS": "1"}


def blender_python(version: str) -> Path:
    """Where the Python of a Blender version is, whether it is there or not."""
    folder = ROOT / ".venvs" / f"bpy-{version}"
    return folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


@pytest.fixture(scope="session")
def addon_zip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The extension's zip, built once per test run, by whichever worker comes first."""
    shared = tmp_path_factory.getbasetemp()
    if os.environ.get("PYTEST_XDIST_WORKER"):
        shared = shared.parent
    path = shared / "addon" / "blockout.zip"
    with FileLock(shared / "addon.lock"):
        if not path.exists():
            subprocess.run(
                [sys.executable, ROOT / "build_addon.py", "--output", path],
                check=True,
                capture_output=True,
            )
    return path


@pytest.fixture(scope="session")
def installed(
    addon_zip: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Blender]:
    """Version -> a Blender with the extension installed through Blender's own installer, once."""
    made: dict[str, Blender] = {}

    def get(version: str) -> Blender:
        if version not in made:
            resources = tmp_path_factory.mktemp(f"installed-{version}")
            made[version] = Blender(version, blender_python(version), resources, addon_zip)
            assert made[version].run("install", addon_zip)["enabled"]
        return made[version]

    return get


@pytest.fixture(params=VERSIONS)
def blender(
    request: pytest.FixtureRequest, installed: Callable[[str], Blender], tmp_path: Path
) -> Blender:
    """Every Blender at hand, with a user folder of its own that has the extension installed."""
    version = request.param
    if not blender_python(version).exists():
        pytest.skip(f"no Blender {version}: .venvs/bpy-{version} is not there (make setup)")
    template = installed(version)
    resources = tmp_path / "blender"
    shutil.copytree(template.resources, resources)
    return Blender(version, template.python, resources, template.zip_path)

# SPDX-License-Identifier: GPL-3.0-or-later
"""The backend as Blender starts it, loses it, finds it again and installs it."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from neural_core import __version__

HERE = Path(__file__).parent
DOUBLES = HERE / "backend_doubles.py"
# Starting and killing backends costs seconds: the oldest and the newest Blender will do.
VERSIONS = ("4.2", "5.2")

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="programs are shell scripts here")


@pytest.fixture(params=VERSIONS)
def some_blender(
    request: pytest.FixtureRequest, installed: Callable[[str], Any], tmp_path: Path
) -> Any:
    """The oldest and the newest Blender."""
    return blender_of(request.param, installed, tmp_path)


@pytest.fixture
def newest_blender(installed: Callable[[str], Any], tmp_path: Path) -> Any:
    """The newest Blender."""
    return blender_of(VERSIONS[-1], installed, tmp_path)


def blender_of(version: str, installed: Callable[[str], Any], folder: Path) -> Any:
    """A Blender with a user folder of its own."""
    if not (HERE.parents[1] / ".venvs" / f"bpy-{version}").exists():
        pytest.skip(f"no Blender {version} here (make setup)")
    template = installed(version)
    resources = folder / "blender"
    shutil.copytree(template.resources, resources)
    return type(template)(version, template.python, resources, template.zip_path)


def program(path: Path, *command: object) -> Path:
    """A shell script that stands in for a Python."""
    words = " ".join(f'"{word}"' for word in command)
    path.write_text(f'#!/bin/sh\nexec {words} "$@"\n')
    path.chmod(0o755)
    return path


def is_gone(pid: int) -> bool:
    """Ended, or ended and waiting for the init process to notice."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except OSError:
        return True


def test_life(some_blender: Any, tmp_path: Path) -> None:
    doubles = program(tmp_path / "doubles", sys.executable, DOUBLES)
    other = program(tmp_path / "other", sys.executable, DOUBLES, "--contract", 99)
    coreless = some_blender.python  # Blender's own Python has no core
    found = some_blender.run("backend_life", tmp_path, doubles, other, coreless)

    failures = {
        "not_installed": ["backend is not installed", "Set Up Backend"],
        "no_such_python": ["no-such-python' cannot be started", "BLOCKOUT_PYTHON"],
        "no_core": ["has no Blockout core", "BLOCKOUT_PYTHON"],
        "other_version": ["of another version", "contract version 99", "same Blockout version"],
        "dies_always": ["does not answer", "Render again"],
        "foreign_gone": ["no backend answers at http://127.0.0.1:9", "BLOCKOUT_BACKEND_URL"],
    }
    for name, parts in failures.items():
        for part in parts:
            assert part in found[name]["error"], (name, found[name])
        assert not found[name]["file"], name
    for name in ("first", "second", "after_kill", "dies_once", "after_dying", "after_esc"):
        assert found[name]["error"] == "" and found[name]["file"], (name, found[name])

    pids = [found[n]["pid"] for n in ("first", "second", "after_kill", "dies_once", "after_dying")]
    assert pids[0] == pids[1] and len(set(pids)) == 4
    assert (tmp_path / "died").exists()
    assert found["esc"]["seconds"] < 0.2 and found["esc"]["pid"] == found["after_esc"]["pid"]
    assert "interrupted" in found["cancelled"]["error"] and not found["cancelled"]["file"]
    seen = found["states"]["seen"]
    assert "running on cpu" in seen[0] and "stopped" in seen[1] and "running" in seen[2]
    assert found["states"]["gone"]
    # Blender ended without a word (os._exit): its backends are gone as well.
    end = time.monotonic() + 20
    for pid in {*pids, found["states"]["pid"]}:
        while not is_gone(pid):
            assert time.monotonic() < end, f"{pid} outlived Blender"
            time.sleep(0.1)


def test_set_up_from_wheels(newest_blender: Any, tmp_path: Path) -> None:
    """All steps with small wheels of the same names; then use, failure, removal."""
    wheels = tmp_path / "wheels"
    wheels.mkdir()
    make_wheel(wheels, "blockout_render", __version__, CORE, "torch")
    make_wheel(wheels, "torch", "2.11.0", {"torch/__init__.py": ""})
    empty = tmp_path / "empty"
    empty.mkdir()
    found = newest_blender.run("backend_setup", wheels, empty, sys.executable)
    assert found["refused"] == (
        "Error: Blockout: Blender may not use the network. "
        "Allow Online Access in Preferences > System, or choose a folder of wheels\n"
    )
    assert "was not found where it was looked for" in found["no_wheels"]
    assert "is not a Python 3.11, 3.12 or 3.13" in found["bad_python"]
    assert found["left_after_failure"] == []
    assert found["installed"] == "" and found["python"].endswith("/bin/python")
    assert found["folders"] == ["python-1"] and found["again"] == ["python-2"]
    assert found["existing"] == "" and found["python_path"] == found["existing_wanted"]
    assert (
        "has no Blockout core" in found["existing_bad"] or "lacks a part" in found["existing_bad"]
    )
    assert found["stopped"] == "Cancelled" and found["after_stop"] == ["python-2"]
    assert found["removed"] == [] and "no backend was installed" in found["nothing_to_remove"]


CORE = {
    "neural_core/__init__.py": f'__version__ = "{__version__}"\n',
    "neural_core/contract/__init__.py": "CONTRACT_VERSION = 1\n",
}


def make_wheel(
    folder: Path, name: str, version: str, files: dict[str, str], needs: str = ""
) -> None:
    """A pure wheel with these files."""
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    entries = {
        **files,
        f"{info}/METADATA": metadata + (f"Requires-Dist: {needs}\n" if needs else ""),
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as archive:
        for path, text in entries.items():
            archive.writestr(path, text)
        archive.writestr(f"{info}/RECORD", "".join(f"{path},,\n" for path in entries))


def test_nothing_of_a_killed_blender_stays(some_blender: Any, tmp_path: Path) -> None:
    doubles = program(tmp_path / "doubles", sys.executable, DOUBLES)
    script = HERE / "scripts" / "backend_orphan.py"
    process = subprocess.Popen(
        [some_blender.python, HERE / "scripts" / "runner.py", script, tmp_path / "pid"],
        cwd=some_blender.resources,
        env={
            "PATH": "/usr/bin:/bin",
            "HOME": str(tmp_path),
            "BLENDER_USER_RESOURCES": str(some_blender.resources),
            "BLOCKOUT_PYTHON": str(doubles),
        },
        stdout=subprocess.DEVNULL,
    )
    try:
        end = time.monotonic() + 60
        while not (tmp_path / "pid").exists():
            assert process.poll() is None and time.monotonic() < end
            time.sleep(0.05)
        pid = int((tmp_path / "pid").read_text())
        assert not is_gone(pid)
    finally:
        process.kill()
        process.wait()
    end = time.monotonic() + 5
    while not is_gone(pid):
        assert time.monotonic() < end, "the backend outlived Blender"
        time.sleep(0.05)

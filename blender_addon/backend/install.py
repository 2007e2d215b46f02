# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes a private Python with the core in it, in steps that can be stopped. No bpy.

Each installation gets a folder of its own; ``current.json`` names the one in force and is written
last, so that a stopped or failed one changes nothing.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ..contract import CONTRACT_VERSION
from .errors import BackendError, Cancelled
from .log import RingLog
from .process import clean_environment, kill_group, own_group

DISTRIBUTION = "blockout-render"
POINTER = "current.json"
PYTHONS = ("python3.12", "python3.13", "python3.11", "python3")
OLDEST, NEWEST = (3, 11), (3, 13)
DISK_BYTES = 6 * 1024**3
POLL_SECONDS = 0.1
_PROBE = (
    "import json, torch, neural_core, neural_core.contract as c;"
    "print(json.dumps([neural_core.__version__, c.CONTRACT_VERSION]))"
)

Stop = Callable[[], bool]


@dataclass(frozen=True)
class Plan:
    """What to install.

    Attributes:
        folder: the extension's own folder.
        version: version of the core, the same as the extension's.
        wheels: folder with all wheels, or None to take them from the index.
        python: Python to make the private one from; None: one that is found.
    """

    folder: Path
    version: str
    wheels: Path | None = None
    python: Path | None = None


@dataclass(frozen=True)
class Step:
    """Progress: share of all work that is done, and what comes now."""

    fraction: float
    message: str


def installed_python(folder: Path) -> Path | None:
    """The private Python in force, or None."""
    try:
        entry = json.loads((folder / POINTER).read_text(encoding="utf-8"))
        python = Path(entry["python"])
    except (OSError, ValueError, KeyError):
        return None
    return python if python.exists() else None


def install(plan: Plan, stop: Stop) -> Iterator[Step]:
    """Carry out the plan; yields before each step.

    Raises:
        BackendError: a step failed; nothing is changed.
        Cancelled: ``stop`` said so; nothing is changed.
    """
    yield Step(0.0, "Looking for Python 3.11 to 3.13")
    base = plan.python or find_python()
    check_python(base)
    check_disk(plan.folder)
    target = _new_folder(plan.folder)
    try:
        yield Step(0.05, f"Making a private Python from {base}")
        _run([str(base), "-m", "venv", str(target)], plan.folder, stop)
        python = venv_python(target)
        yield Step(0.15, "Installing the core with torch (about 5 GB, takes minutes)")
        _run(_pip_command(python, plan), plan.folder, stop)
        yield Step(0.9, "Trying it")
        probe(python, stop, plan.folder)
        _point_to(plan.folder, target, plan.version)
    except BaseException:
        shutil.rmtree(target, ignore_errors=True)
        raise
    _remove_others(plan.folder, target)
    yield Step(1.0, f"Installed {DISTRIBUTION} {plan.version}")


def remove(folder: Path) -> bool:
    """Remove the private Python; False when there was none."""
    had = (folder / POINTER).exists()
    (folder / POINTER).unlink(missing_ok=True)
    _remove_others(folder, None)
    return had


def probe(python: Path, stop: Stop, folder: Path) -> str:
    """Version of the core that this Python has.

    Raises:
        BackendError: it has none, or one of another contract version.
    """
    lines = _run([str(python), "-s", "-c", _PROBE], folder, stop)
    try:
        version, contract = json.loads(lines[-1])
    except (IndexError, ValueError) as error:
        raise BackendError(f"'{python}' has no Blockout core", "Choose another Python") from error
    if contract != CONTRACT_VERSION:
        raise BackendError(
            f"'{python}' has Blockout {version} with contract version {contract}, "
            f"this extension needs {CONTRACT_VERSION}",
            "Install the extension and the backend of the same Blockout version",
        )
    return version


def find_python() -> Path:
    """A Python on this machine that the core runs on. Raises BackendError."""
    for name in PYTHONS:
        found = shutil.which(name)
        if found is not None and _version_of(Path(found)) is not None:
            return Path(found)
    own = Path(sys.executable)
    if "python" in own.name.lower() and _version_of(own) is not None:
        return own
    raise BackendError(
        "no Python 3.11, 3.12 or 3.13 was found on this machine",
        "Install one from python.org, or choose it in the dialog",
    )


def check_python(python: Path) -> None:
    """Raise BackendError unless the core runs on this Python."""
    if _version_of(python) is None:
        raise BackendError(
            f"'{python}' is not a Python 3.11, 3.12 or 3.13", "Choose another one in the dialog"
        )


def check_disk(folder: Path) -> None:
    """Raise BackendError when there is too little room."""
    free = shutil.disk_usage(folder).free
    if free < DISK_BYTES:
        raise BackendError(
            f"{free / 1024**3:.1f} GB are free in {folder}, {DISK_BYTES / 1024**3:.0f} are needed",
            "Free some space, or choose an existing Python that has the core",
        )


def venv_python(folder: Path) -> Path:
    """The Python of a venv."""
    return folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def _version_of(python: Path) -> tuple[int, int] | None:
    code = "import sys, venv, ensurepip; print(*sys.version_info[:2])"
    try:
        done = subprocess.run(
            [str(python), "-c", code],
            capture_output=True,
            text=True,
            timeout=20,
            env=clean_environment(""),
            check=True,
        )
        major, minor = (int(part) for part in done.stdout.split())
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return (major, minor) if OLDEST <= (major, minor) <= NEWEST else None


def _pip_command(python: Path, plan: Plan) -> list[str]:
    command = [str(python), "-s", "-m", "pip", "install", "--no-input", "--progress-bar", "off"]
    command += ["--disable-pip-version-check"]
    if plan.wheels is not None:
        command += ["--no-index", "--find-links", str(plan.wheels)]
    return [*command, f"{DISTRIBUTION}=={plan.version}"]


def _run(command: list[str], folder: Path, stop: Stop) -> list[str]:
    """Run to the end and return the last lines of its output."""
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=clean_environment(""),
            **own_group(),
        )
    except OSError as error:
        raise BackendError(
            f"'{command[0]}' cannot be started ({error.strerror})", "Choose another Python"
        ) from error
    assert process.stdout is not None
    log = RingLog(folder / "setup.log", process.stdout)
    pause = threading.Event()
    try:
        while process.poll() is None:
            if stop():
                raise Cancelled
            pause.wait(POLL_SECONDS)
    finally:
        kill_group(process)
        log.wait(2.0)
    if process.returncode != 0:
        raise explain_failure(log.tail(), folder)
    return log.tail()


def explain_failure(lines: list[str], folder: Path) -> BackendError:
    """Turns the last lines of venv, pip or the probe into advice."""
    text = "\n".join(lines)
    log = folder / "setup.log"
    if "No space left on device" in text:
        return BackendError("the disk is full", "Free some space and press Set Up Backend again")
    if "No matching distribution found" in text:
        return BackendError(
            f"{DISTRIBUTION} or one of its parts was not found where it was looked for",
            f"Check the folder of wheels or the connection to the index; see {log}",
        )
    if "Temporary failure in name resolution" in text or "NewConnectionError" in text:
        return BackendError(
            "the package index cannot be reached", "Check the network, or choose a folder of wheels"
        )
    if "No module named" in text:
        missing = next(line for line in lines if "No module named" in line)
        return BackendError(
            f"the Python lacks a part ({missing})", f"Choose another one; see {log}"
        )
    last = next((line for line in reversed(lines) if line.strip()), "no output")
    return BackendError(f"a step of the set-up failed ({last})", f"See {log}")


def _new_folder(folder: Path) -> Path:
    number = 1
    while (folder / f"python-{number}").exists():
        number += 1
    return folder / f"python-{number}"


def _point_to(folder: Path, target: Path, version: str) -> None:
    entry = {"python": str(venv_python(target)), "version": version}
    temporary = folder / f".{POINTER}.{os.getpid()}.part"
    temporary.write_text(json.dumps(entry), encoding="utf-8")
    temporary.replace(folder / POINTER)


def _remove_others(folder: Path, keep: Path | None) -> None:
    for entry in folder.glob("python-*"):
        if entry != keep:
            shutil.rmtree(entry, ignore_errors=True)

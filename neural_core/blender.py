# SPDX-License-Identifier: Apache-2.0
"""Blender as a process beside this one: which Python has it, the extension's zip, JSON lines.

Nothing here imports bpy. A Blender process gets a user folder of its own, so that what the user has
installed and set stays out of it.
"""

from __future__ import annotations

import importlib.util
import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from neural_core.contract import ContractError

BLENDER_PYTHON = "BLOCKOUT_BLENDER_PYTHON"
SCENES_FOLDER = "BLOCKOUT_SCENES"
EXTENSION_ZIP = "BLOCKOUT_ZIP"
SOURCE_ROOT = Path(__file__).resolve().parents[1]
_LOG_LINES = 40

# Runs inside Blender, so it is kept as text here. It installs the zip, opens a file and exports
# frames; Python's own exit may hang in Blender's module, hence os._exit.
_EXPORT = """
import json, os, sys, traceback
answers = os.fdopen(os.dup(1), "w"); os.dup2(2, 1)
def say(**note):
    print(json.dumps(note), file=answers, flush=True)
job = json.loads(sys.stdin.readline())
code = 1
try:
    import bpy
    bpy.ops.extensions.package_install_files(
        filepath=job["zip"], repo="user_default", enable_on_install=True)
    from bl_ext.user_default.blockout import commands
    from bl_ext.user_default.blockout.contract import ContractError
    try:
        try:
            bpy.ops.wm.open_mainfile(filepath=job["blend"])
        except RuntimeError as error:
            raise ContractError(job["blend"], f"Blender {bpy.app.version_string} cannot open it",
                "Check that it is a .blend of this Blender version or an older one") from error
        if bpy.context.scene.camera is None:
            raise ContractError("scene.camera", "the scene has no camera",
                "Add one, or make one active with Ctrl+Numpad 0")
        commands.export_frames(job["out"], job["start"], job["end"],
            progress=lambda done, total, path: say(done=done, total=total, path=str(path)))
        say(finished=True)
        code = 0
    except ContractError as error:
        say(error=str(error), contract=[error.field, error.problem, error.fix])
except BaseException as error:
    traceback.print_exc()
    say(error=f"{type(error).__name__}: {error}".strip())
sys.stderr.flush()
os._exit(code)
"""


class BlenderError(RuntimeError):
    """Blender died, hung or refused; ``log`` has the last lines it wrote."""

    def __init__(self, what: str, log: Sequence[str] = ()) -> None:
        super().__init__("\n".join([what, *log]))
        self.what = what


def blender_python() -> str:
    """The Python that can import bpy: BLOCKOUT_BLENDER_PYTHON, else this one.

    Raises:
        ContractError: neither can be used.
    """
    chosen = os.environ.get(BLENDER_PYTHON)
    if chosen:
        if not Path(chosen).is_file():
            raise ContractError(
                BLENDER_PYTHON, f"'{chosen}' is not a file", "Name a Python program"
            )
        return chosen
    if importlib.util.find_spec("bpy") is None:
        raise ContractError(
            "bpy",
            "this Python has no Blender",
            f"pip install 'blockout-render[blender]', or set {BLENDER_PYTHON} to a Python with bpy",
        )
    return sys.executable


def scenes_folder() -> Path:
    """The folder ``scenes`` of the source tree, or BLOCKOUT_SCENES.

    Raises:
        ContractError: it is not there.
    """
    folder = Path(os.environ.get(SCENES_FOLDER) or SOURCE_ROOT / "scenes")
    if not folder.is_dir():
        raise ContractError(
            "scenes", f"{folder} does not exist", f"Run from a source tree, or set {SCENES_FOLDER}"
        )
    return folder


def extension_zip(folder: Path) -> Path:
    """The extension's zip: BLOCKOUT_ZIP, else built from the source tree into ``folder``.

    Raises:
        ContractError: there is none and no source tree to build it from.
    """
    given = os.environ.get(EXTENSION_ZIP)
    if given:
        if not Path(given).is_file():
            raise ContractError(EXTENSION_ZIP, f"'{given}' is not a file", "Name blockout-X.zip")
        return Path(given).resolve()
    builder = SOURCE_ROOT / "build_addon.py"
    if not builder.is_file():
        raise ContractError(
            "extension", "its zip is not here", f"Download it and name it in {EXTENSION_ZIP}"
        )
    target = folder.resolve() / "blockout.zip"
    subprocess.run(
        [sys.executable, str(builder), "--output", str(target)], check=True, capture_output=True
    )
    return target


def export_blend(
    blend: Path, out: Path, start: int | None = None, end: int | None = None
) -> Iterator[tuple[Path, int]]:
    """Export frames of a .blend through the extension; yields each file and how many there will be.

    Args:
        start, end: frame numbers; None is the file's current frame.

    Raises:
        ContractError: the scene cannot be exported; the text says why and what to do.
        BlenderError: Blender failed.
    """
    if not blend.is_file():
        raise ContractError(str(blend), "there is no such file", "Check the path")
    with tempfile.TemporaryDirectory(prefix="blockout-") as folder:
        job = {
            "zip": str(extension_zip(Path(folder))),
            "blend": str(blend.resolve()),
            "out": str(out.resolve()),
            "start": start,
            "end": end,
        }
        process = BlenderProcess(
            [blender_python(), "-c", _EXPORT],
            {"BLENDER_USER_RESOURCES": str(Path(folder) / "user"), "PYTHONUNBUFFERED": "1"},
        )
        try:
            for reply in process.stream(job):
                yield Path(reply["path"]), int(reply["total"])
        finally:
            process.kill()


class BlenderProcess:
    """One process that answers JSON lines with JSON lines.

    Args:
        command: program and arguments. It answers each request line on stdin with JSON lines on
            stdout; other lines and stderr are kept as its log.
        environment: variables set on top of this process's.
        timeout: seconds without a reply after which it counts as hung.
    """

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        cwd: Path | None = None,
        timeout: float = 600.0,
    ) -> None:
        self.timeout = timeout
        self._log: list[str] = []
        self._replies: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._process = subprocess.Popen(
            list(command),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            cwd=cwd,
            env={**os.environ, **environment},
        )
        self._readers = [
            threading.Thread(target=self._read_replies, daemon=True),
            threading.Thread(target=self._read_log, daemon=True),
        ]
        for reader in self._readers:
            reader.start()

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def request(self, message: Mapping[str, Any], replies: int) -> Iterator[dict[str, Any]]:
        """Send one request and yield its replies as they come.

        Raises:
            BlenderError: the process ended, wrote ``{"error": ...}`` or nothing for too long.
        """
        self._send(message)
        for _ in range(replies):
            yield self._next_reply()

    def stream(self, message: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        """Send one request and yield its replies until one says ``{"finished": true}``.

        Raises:
            BlenderError: as for `request`. ContractError: the reply is one.
        """
        self._send(message)
        while not (reply := self._next_reply()).get("finished"):
            yield reply

    def close(self) -> None:
        """Let the process end, or end it after ten seconds."""
        assert self._process.stdin is not None
        try:
            self._process.stdin.close()
        except OSError:
            self._log.append("its input was closed already")
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End the process at once."""
        self._process.kill()
        self._process.wait()

    def _send(self, message: Mapping[str, Any]) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(message) + "\n")
            self._process.stdin.flush()
        except OSError as error:
            raise self._ending() from error

    def _next_reply(self) -> dict[str, Any]:
        try:
            reply = self._replies.get(timeout=self.timeout)
        except queue.Empty as error:
            raise self._failure(f"Blender gave no answer for {self.timeout:g} s") from error
        if reply is None:
            raise self._ending()
        if "contract" in reply:
            raise ContractError(*reply["contract"])
        if "error" in reply:
            raise self._failure(str(reply["error"]))
        return reply

    def _read_replies(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            reply = _json_object(line)
            if reply is None:
                self._keep(line)
            else:
                self._replies.put(reply)
        self._replies.put(None)

    def _read_log(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._keep(line)

    def _keep(self, line: str) -> None:
        self._log.append(line.rstrip())
        del self._log[:-_LOG_LINES]

    def _failure(self, what: str) -> BlenderError:
        return BlenderError(what, self._log)

    def _ending(self) -> BlenderError:
        """It closed its output: soon it is gone, and its last words say why."""
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            return self._failure("Blender closed its output")
        for reader in self._readers:
            reader.join(10)
        return self._failure("Blender ended")


def _json_object(line: str) -> dict[str, Any] | None:
    """The object in a line, or None: Blender prints lines of its own."""
    if not line.startswith("{"):
        return None
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None

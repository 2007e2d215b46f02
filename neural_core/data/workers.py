# SPDX-License-Identifier: Apache-2.0
"""A persistent Blender process that renders scenes on request: JSON lines in, JSON lines out."""

from __future__ import annotations

import importlib.util
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from neural_core.contract import ContractError

BLENDER_PYTHON = "BLOCKOUT_BLENDER_PYTHON"
SCENES_FOLDER = "BLOCKOUT_SCENES"
_LOG_LINES = 40


class WorkerError(RuntimeError):
    """A worker died, hung or refused; the message ends with the last lines it wrote."""


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
    default = Path(__file__).resolve().parents[2] / "scenes"
    folder = Path(os.environ.get(SCENES_FOLDER) or default)
    if not folder.is_dir():
        raise ContractError(
            "scenes", f"{folder} does not exist", f"Run from a source tree, or set {SCENES_FOLDER}"
        )
    return folder


class SceneWorker:
    """One worker process.

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
            WorkerError: the process ended, wrote ``{"error": ...}`` or nothing for too long.
        """
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(message) + "\n")
            self._process.stdin.flush()
        except OSError as error:
            raise WorkerError(self._story("the worker ended")) from error
        for _ in range(replies):
            yield self._next_reply()

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

    def _next_reply(self) -> dict[str, Any]:
        try:
            reply = self._replies.get(timeout=self.timeout)
        except queue.Empty as error:
            raise WorkerError(self._story(f"no answer for {self.timeout:g} s")) from error
        if reply is None:
            raise WorkerError(self._story("the worker ended"))
        if "error" in reply:
            raise WorkerError(self._story(str(reply["error"])))
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

    def _story(self, what: str) -> str:
        if self._process.poll() is not None:
            self._readers[1].join(2)
        return "\n".join([what, *self._log])


def _json_object(line: str) -> dict[str, Any] | None:
    """The object in a line, or None: Blender prints lines of its own."""
    if not line.startswith("{"):
        return None
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None

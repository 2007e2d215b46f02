# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts the backend when it is first needed, watches it, stops it. No bpy: any thread may call."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from .client import Client
from .errors import BackendError, BackendGone, Cancelled
from .log import RingLog

POLL_SECONDS = 0.02
STOP_SECONDS = 3.0
# What Blender or a shell may have set for their own Python must not reach the backend's.
DROPPED = ("PYTHON", "LD_LIBRARY_PATH", "LD_PRELOAD", "DYLD_", "VIRTUAL_ENV", "BLOCKOUT_BACKEND_")


class State(Enum):
    """Where the backend is in its life."""

    STOPPED = "stopped"
    STARTING = "starting"
    RUNNING = "running"
    FAILED = "failed"


@dataclass(frozen=True)
class Launch:
    """How to get a backend: connect to ``url`` when there is one, else start ``python``.

    Attributes:
        folder: where the log and the ready file go.
        device: cpu, cuda, or "" for the backend's own choice.
        source: what the user set to get here, for messages.
    """

    folder: Path
    url: str = ""
    token: str = ""
    python: str = ""
    device: str = ""
    start_seconds: float = 120.0
    source: str = ""


class Supervisor:
    """At most one backend; finds out that it died, and starts it again when asked."""

    def __init__(self) -> None:
        self.state = State.STOPPED
        self.message = "not started yet"
        self.hello: dict[str, Any] = {}
        self._launch: Launch | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._client: Client | None = None
        self._log: RingLog | None = None
        self._lock = threading.Lock()
        self._generation = 0

    def ensure(self, launch: Launch, stop: Callable[[], bool]) -> Client:
        """The client of a backend that runs; starts one when there is none.

        Raises:
            BackendError: it cannot be started or reached; the message has the fix.
            Cancelled: ``stop`` said so, or stop() was called meanwhile.
        """
        generation = self._generation
        with self._lock:
            if self._client is not None and launch == self._launch and self._alive():
                return self._client
            self._end()
            self._launch = launch
            self.state, self.message = State.STARTING, "starting"
            try:
                client = self._open(launch, lambda: stop() or generation != self._generation)
            except BaseException as error:
                self._end()
                cancelled = isinstance(error, Cancelled)
                self.state = State.STOPPED if cancelled else State.FAILED
                self.message = str(error) or "cancelled"
                raise
            self._client = client
            self.state = State.RUNNING
            self.message = f"running on {self.hello.get('device', '?')}"
            return client

    def forget(self, client: Client) -> None:
        """Drop a backend that stopped answering, so that ensure() makes a new one."""
        with self._lock:
            if self._client is client:
                self._end()
                self.state, self.message = State.FAILED, "it stopped answering"

    def stop(self) -> None:
        """Stop the backend that this side started; a foreign one is only let go."""
        self._generation += 1
        with self._lock:
            self._end()
            self.state, self.message = State.STOPPED, "stopped"

    @property
    def pid(self) -> int | None:
        """Process id of the backend that this side started."""
        return None if self._process is None else self._process.pid

    def log_tail(self, lines: int = 20) -> list[str]:
        """The backend's last lines."""
        return [] if self._log is None else self._log.tail(lines)

    def _alive(self) -> bool:
        return self._process is None or self._process.poll() is None

    def _open(self, launch: Launch, stop: Callable[[], bool]) -> Client:
        if launch.url:
            return self._attach(launch)
        ready = launch.folder / f"backend-{os.getpid()}.json"
        ready.unlink(missing_ok=True)
        self._spawn(launch, ready)
        note = self._await_ready(launch, ready, stop)
        client = Client(note["url"], note["token"])
        self.hello = client.hello()
        return client

    def _attach(self, launch: Launch) -> Client:
        client = Client(launch.url, launch.token)
        try:
            self.hello = client.hello()
        except BackendGone as error:
            raise BackendError(
                f"no backend answers at {launch.url}",
                f"Start it with 'blockout serve', or clear {launch.source}",
            ) from error
        return client

    def _spawn(self, launch: Launch, ready: Path) -> None:
        command = [launch.python, "-s", "-u", "-m", "neural_core.cli", "serve", "--port", "0"]
        command += ["--parent-pid", str(os.getpid()), "--ready-file", str(ready)]
        launch.folder.mkdir(parents=True, exist_ok=True)
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                cwd=launch.folder,
                env=clean_environment(launch.device),
                **own_group(),
            )
        except OSError as error:
            raise BackendError(
                f"the backend's Python '{launch.python}' cannot be started ({error.strerror})",
                f"Correct {launch.source}, or press Set Up Backend in the preferences",
            ) from error
        assert process.stdout is not None
        self._process = process
        self._log = RingLog(launch.folder / "backend.log", process.stdout)

    def _await_ready(self, launch: Launch, ready: Path, stop: Callable[[], bool]) -> dict[str, Any]:
        assert self._process is not None
        end = time.monotonic() + launch.start_seconds
        while time.monotonic() < end:
            if stop():
                raise Cancelled
            if ready.exists():
                return json.loads(ready.read_text(encoding="utf-8"))
            if self._process.poll() is not None:
                raise self._why_it_ended(launch)
            time.sleep(POLL_SECONDS)
        raise BackendError(
            f"the backend did not answer within {launch.start_seconds:.0f} s of its start",
            "Raise Start Timeout in the preferences, or see the backend's log",
        )

    def _why_it_ended(self, launch: Launch) -> BackendError:
        assert self._process is not None and self._log is not None
        self._log.wait(1.0)
        tail = [line for line in self._log.tail() if line.strip()]
        return explain_exit(self._process.returncode, tail, launch)

    def _end(self) -> None:
        """End the process and its group; ask first, then insist."""
        client, process = self._client, self._process
        self._client = self._process = None
        if process is None:
            return
        if process.poll() is None and client is not None:
            try:
                client.shutdown()
                process.wait(STOP_SECONDS)
            except (BackendError, subprocess.TimeoutExpired) as error:
                self.message = f"it had to be killed ({error})"
        kill_group(process)
        if self._log is not None:
            self._log.wait(1.0)


def clean_environment(device: str) -> dict[str, str]:
    """This process' environment without what belongs to its own Python."""
    env = {key: value for key, value in os.environ.items() if not key.startswith(DROPPED)}
    env["PYTHONNOUSERSITE"] = "1"
    env["PYTHONIOENCODING"] = "utf-8"
    if device:
        env["BLOCKOUT_DEVICE"] = device
    return env


def explain_exit(code: int, tail: list[str], launch: Launch) -> BackendError:
    """Why the backend ended before it answered, from its last lines."""
    text = "\n".join(tail)
    last = tail[-1] if tail else f"exit code {code}"
    if "No module named 'neural_core" in text or "No module named neural_core" in text:
        return BackendError(
            f"'{launch.python}' has no Blockout core",
            f"Press Set Up Backend in the preferences, or correct {launch.source}",
        )
    if "No space left on device" in text:
        return BackendError("the disk is full, the backend cannot start", "Free some space")
    if "No module named" in text or "ImportError" in text or "OSError: lib" in text:
        return BackendError(
            f"the backend is not installed completely ({last})",
            "Press Set Up Backend in the preferences to install it again",
        )
    return BackendError(
        f"the backend ended while it started ({last})",
        f"See its log, {launch.folder / 'backend.log'}",
    )


def own_group() -> dict[str, Any]:
    """Ctrl-C in Blender's terminal must not reach the backend; it is told to stop instead."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW}
    return {"start_new_session": True}


def kill_group(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        if sys.platform == "win32":
            process.kill()
        else:
            os.killpg(process.pid, signal.SIGKILL)
    process.wait()

# SPDX-License-Identifier: GPL-3.0-or-later
"""The one connection of this Blender to its backend, and renders that run in a thread. No bpy."""

from __future__ import annotations

import atexit
import threading

from ..contract import Frame, Rendering
from .client import Progress, Stop, Traffic
from .errors import BackendError, BackendGone, Cancelled
from .process import Launch, Supervisor

supervisor = Supervisor()


def render(
    frame: Frame, pipeline: str, launch: Launch, progress: Progress, stop: Stop
) -> tuple[Rendering, Traffic]:
    """Render; a backend that dies meanwhile is started again, once.

    Raises:
        BackendError, Cancelled: see backend.errors.
    """
    progress("start", 0.0)
    client = supervisor.ensure(launch, stop)
    try:
        return client.render(frame, pipeline, progress, stop)
    except BackendGone:
        client.close()
        supervisor.forget(client)
        if stop():
            raise Cancelled from None
    progress("start", 0.0)
    client = supervisor.ensure(launch, stop)
    try:
        return client.render(frame, pipeline, progress, stop)
    except BackendGone:
        client.close()
        supervisor.forget(client)
        raise


class Task:
    """A render in a thread of its own; the caller polls and never waits for the network.

    Attributes:
        stage, fraction: how far it is.
        rendering, traffic: the result, once done.
        error: what went wrong, once done.
    """

    def __init__(self, frame: Frame, pipeline: str, launch: Launch) -> None:
        self.stage, self.fraction = "start", 0.0
        self.rendering: Rendering | None = None
        self.traffic = Traffic()
        self.error: BaseException | None = None
        self._stop = threading.Event()
        self._done = threading.Event()
        self._thread = threading.Thread(
            target=self._run, args=(frame, pipeline, launch), name="blockout-render", daemon=True
        )
        self._thread.start()

    def wait(self, seconds: float) -> bool:
        """Wait at most so long; True when it is done."""
        return self._done.wait(seconds)

    def cancel(self) -> None:
        """Ask it to stop; returns at once, the thread cancels the job at the backend."""
        self._stop.set()

    def _run(self, frame: Frame, pipeline: str, launch: Launch) -> None:
        try:
            self.rendering, self.traffic = render(
                frame, pipeline, launch, self._progress, self._stop.is_set
            )
        except BaseException as error:  # handed to the thread that polls
            self.error = error
        finally:
            self._done.set()

    def _progress(self, stage: str, fraction: float) -> None:
        self.stage, self.fraction = stage, fraction


def stop() -> None:
    """Stop the backend."""
    supervisor.stop()


def register() -> None:
    """Stop the backend with Blender, whichever way Blender ends in good order."""
    atexit.register(stop)


def unregister() -> None:
    """Stop the backend."""
    atexit.unregister(stop)
    stop()


__all__ = ["BackendError", "Cancelled", "Task", "register", "render", "stop", "supervisor"]

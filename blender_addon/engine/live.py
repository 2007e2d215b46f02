# SPDX-License-Identifier: GPL-3.0-or-later
"""The thread behind one live view: renders the newest request, coarse first. No bpy."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ..backend.errors import BackendError, Cancelled
from ..backend.process import Launch
from ..backend.session import render
from ..contract import Camera, ContractError, Frame
from ..results.image import combined

MAX_SIDE = 512
"""Longest side of a live picture in pixels; the view shows it enlarged."""
QUICK_SECONDS = 0.12
"""When a full picture takes no longer than this there is no coarse one before it."""


@dataclass(frozen=True)
class Request:
    """What a view wants to see. The frame has the size of the region."""

    frame: Frame
    pipeline: str
    launch: Launch


@dataclass(frozen=True)
class Answer:
    """Text, and a picture (H, W, 4), linear, premultiplied, bottom row first; or none."""

    picture: NDArray[np.float32] | None
    text: str


class LiveThread:
    """Holds at most one request; a newer one replaces it and stops the one that runs."""

    def __init__(self) -> None:
        self._request: Request | None = None
        self._answer: Answer | None = None
        self._serial = 0
        self._closed = False
        self._full_seconds = float("inf")
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._work, name="blockout-live", daemon=True)
        self._thread.start()

    def ask(self, request: Request) -> None:
        """Render this now."""
        with self._changed:
            self._request = request
            self._serial += 1
            self._changed.notify()

    def close(self) -> None:
        """Stop; returns at once."""
        with self._changed:
            self._closed = True
            self._serial += 1
            self._changed.notify()

    @property
    def has_answer(self) -> bool:
        """Whether something came that was not taken."""
        return self._answer is not None

    def take(self) -> Answer | None:
        """What came since the last call."""
        with self._changed:
            answer, self._answer = self._answer, None
            return answer

    def _work(self) -> None:
        while True:
            with self._changed:
                while self._request is None and not self._closed:
                    self._changed.wait()
                if self._closed:
                    return
                request, self._request = self._request, None
                serial = self._serial
            assert request is not None
            try:
                self._render(request, serial)
            except Cancelled:
                continue
            except (BackendError, ContractError) as error:
                self._post(Answer(None, str(error)))
            except Exception as error:  # the view must outlive it; the text tells
                self._post(Answer(None, f"unexpected {type(error).__name__}: {error}"))

    def _render(self, request: Request, serial: int) -> None:
        full = fitted(request.frame, MAX_SIDE)
        if self._full_seconds > QUICK_SECONDS:
            coarse = fitted(full, max(full.width, full.height) // 2)
            # Not stopped by newer requests: while the view orbits, something has to be seen.
            self._render_one(coarse, request, lambda: self._closed)
        began = time.perf_counter()
        self._render_one(full, request, lambda: serial != self._serial)
        self._full_seconds = time.perf_counter() - began

    def _render_one(self, frame: Frame, request: Request, stop: Callable[[], bool]) -> None:
        began = time.perf_counter()
        rendering, _ = render(
            frame, request.pipeline, request.launch, lambda stage, fraction: None, stop
        )
        picture = np.ascontiguousarray(combined(rendering, False)[::-1])
        seconds = time.perf_counter() - began
        self._post(Answer(picture, f"{frame.width} x {frame.height} in {seconds * 1000:.0f} ms"))

    def _post(self, answer: Answer) -> None:
        with self._changed:
            self._answer = answer


def fitted(frame: Frame, side: int) -> Frame:
    """The same view with its longest side at most ``side`` pixels."""
    factor = min(1.0, max(side, 1) / max(frame.width, frame.height))
    width, height = max(1, round(frame.width * factor)), max(1, round(frame.height * factor))
    camera = scaled_camera(frame.camera, width / frame.width, height / frame.height)
    return replace(frame, width=width, height=height, camera=camera)


def scaled_camera(camera: Camera, x: float, y: float) -> Camera:
    """The camera of a picture whose width and height are multiplied by x and y."""
    return replace(camera, fx=camera.fx * x, cx=camera.cx * x, fy=camera.fy * y, cy=camera.cy * y)

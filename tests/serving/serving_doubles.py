# SPDX-License-Identifier: Apache-2.0
"""Frames made by hand, and pipelines that need no network: hold, sleep, fail, paint."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import numpy as np

from neural_core.contract import STREET, Camera, Frame, Mesh, Rendering, SceneObject
from neural_core.serving.server import Backend

SIZE = 16
GATE = threading.Event()  # what ``hold`` waits for: no test depends on how long a job takes


def triangle(offset: float = 0.0) -> Mesh:
    """One triangle; another offset makes another key."""
    vertices = np.array([[0, 0, 0], [1, 0, 0], [0, 1, offset]], np.float32)
    return Mesh(vertices, np.array([[0, 1, 2]], np.int32))


def frame_of(*meshes: Mesh, size: int = SIZE) -> Frame:
    """One object of the first class per mesh, seen from above."""
    keyed = {mesh.key(): mesh for mesh in meshes}
    camera_to_world = np.eye(4)
    camera_to_world[2, 3] = 5.0
    box = np.array([[0.0, 0.0, 0.0], [1.0, 1.0, 1.0]])
    objects = tuple(
        SceneObject(f"thing {i}", STREET.classes[0].id, i + 1, "mesh", np.eye(4), box, mesh=key)
        for i, key in enumerate(keyed)
    )
    camera = Camera(camera_to_world, size, size, size / 2, size / 2)
    return Frame(size, size, camera, STREET, objects, meshes=keyed)


class Painter:
    """Gives a flat grey picture at once."""

    def render(
        self,
        frame: Frame,
        progress: Callable[[str, float], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Rendering:
        if progress is not None:
            progress("raster", 0.5)
        image = np.full((frame.height, frame.width, 4), 0.5, np.float32)
        return Rendering(image, timings={"raster": 1.0, "network": 2.0}, recipe={"pipeline": "p"})


class Sleeper(Painter):
    """Stays ``seconds`` in one call that looks at nothing, as a network forward does."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def render(
        self,
        frame: Frame,
        progress: Callable[[str, float], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Rendering:
        if progress is not None:
            progress("network", 0.1)
        time.sleep(self.seconds)
        return super().render(frame, progress, cancelled)


class Holder(Painter):
    """Stays in one call that looks at nothing until the test sets ``GATE``."""

    def render(
        self,
        frame: Frame,
        progress: Callable[[str, float], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Rendering:
        if progress is not None:
            progress("network", 0.1)
        assert GATE.wait(120), "the test did not open the gate"
        return super().render(frame, progress, cancelled)


class Failing(Painter):
    """Raises what it was made with."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def render(
        self,
        frame: Frame,
        progress: Callable[[str, float], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Rendering:
        raise self.error


class Convolver(Painter):
    """A real network forward of several seconds that looks at nothing in between."""

    def render(
        self,
        frame: Frame,
        progress: Callable[[str, float], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Rendering:
        import torch

        network = torch.nn.Sequential(
            *(torch.nn.Conv2d(64, 64, 3, padding=1) for _ in range(12)), torch.nn.Flatten()
        )
        if progress is not None:
            progress("network", 0.1)
        with torch.no_grad():
            network(torch.zeros(4, 64, 256, 256))
        return super().render(frame, progress, cancelled)


def make_pipeline(name: str) -> Painter:
    """``paint``, ``hold``, ``sleep:SECONDS``, ``conv``, ``fail`` or ``memory``."""
    kind, _, value = name.partition(":")
    if kind == "conv":
        return Convolver()
    if kind == "hold":
        return Holder()
    if kind == "sleep":
        return Sleeper(float(value))
    if kind == "fail":
        return Failing(RuntimeError("the weights are upside down"))
    if kind == "memory":
        return Failing(MemoryError())
    return Painter()


def backend() -> Backend:
    """What ``serve`` runs in these tests."""
    return Backend(make_pipeline, "cpu", ["paint", "hold", "sleep", "fail"], ["none"])

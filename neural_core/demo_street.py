# SPDX-License-Identifier: Apache-2.0
"""The demo street in a Blender beside this process: open it, change it, render it by the engine."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .blender import (
    EXTENSION_ZIP,
    BlenderProcess,
    blender_python,
    extension_zip,
    scenes_folder,
)

CORE_PYTHON = "BLOCKOUT_PYTHON"


class DemoStreet:
    """The street that `open_street` opened. Each method returns what Blender answered."""

    def __init__(self, process: BlenderProcess) -> None:
        self._process = process

    def open(self, size: int, pipeline: str, save: Path | None = None) -> dict[str, Any]:
        """Build it, set up for pictures of ``size`` squared; save the .blend."""
        path = None if save is None else str(save.resolve())
        return self._do("open", size=[size, size], pipeline=pipeline, save=path)

    def move(self, turn: float, by: Sequence[float]) -> dict[str, Any]:
        """Turn the car in front (degrees) and shift it right and away (metres)."""
        return self._do("move", turn=turn, by=list(by))

    def orbit(self, turn: float, rise: float) -> dict[str, Any]:
        """Carry the camera round that car (degrees) and up (metres)."""
        return self._do("orbit", turn=turn, rise=rise)

    def back(self) -> dict[str, Any]:
        """Car and camera as they were at first."""
        return self._do("back")

    def render(
        self, png: Path, exr: Path | None = None, seed: int = 0, size: int | None = None
    ) -> dict[str, Any]:
        """A picture: seconds, total_ms, stages_ms, bytes_sent, mesh_bytes_sent, bytes_received."""
        job: dict[str, Any] = {"png": str(png.resolve()), "seed": seed}
        if exr is not None:
            job["exr"] = str(exr.resolve())
        if size is not None:
            job["size"] = [size, size]
        return self._do("render", **job)

    def render_in_own_colours(self, png: Path, seed: int) -> dict[str, Any]:
        """A picture whose look draws the colours, too: what objects are painted asks nothing."""
        return self._do("render", png=str(png.resolve()), seed=seed, object_colours=False)

    def _do(self, what: str, **job: Any) -> dict[str, Any]:
        return next(self._process.request({"do": what, **job}, 1))


@contextmanager
def open_street() -> Iterator[DemoStreet]:
    """A Blender with the extension in a user folder of its own; it and its backend end with this.

    The backend is this Python's core, unless BLOCKOUT_PYTHON names another.

    Raises:
        ContractError: there is no Blender, no source tree, or no extension.
        BlenderError: from the methods, when Blender fails.
    """
    scenes = scenes_folder()
    with tempfile.TemporaryDirectory(prefix="blockout-demo-") as folder:
        environment = {
            "BLENDER_USER_RESOURCES": str(Path(folder) / "user"),
            EXTENSION_ZIP: str(extension_zip(Path(folder))),
            CORE_PYTHON: os.environ.get(CORE_PYTHON, sys.executable),
            "PYTHONUNBUFFERED": "1",
        }
        command = [blender_python(), "-m", "scenes.engine_session"]
        process = BlenderProcess(command, environment, cwd=scenes.parent)
        try:
            yield DemoStreet(process)
        finally:
            process.close()


def default_pipeline() -> str:
    """``smis`` where a model of it is installed, else the preview ``shading``."""
    from .weights import list_models

    return "smis" if any(card.method == "smis" for card in list_models()) else "shading"

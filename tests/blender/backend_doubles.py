# SPDX-License-Identifier: GPL-3.0-or-later
"""A real backend process with pipelines that are slow or die, for what goes wrong.

``backend_doubles.py [--contract N] ARGUMENTS OF THE REAL COMMAND``. Pipelines: ``slow:SECONDS``,
``die`` (ends the process, kill -9 style, while it renders), ``die-once:FILE`` (only when FILE is
not there, and makes it), ``classes``.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from neural_core.contract import Frame, Rendering
from neural_core.pipeline import Pipeline
from neural_core.serving import app, serve
from neural_core.serving.server import Backend


class Double:
    """Flat class colours, after the misfortune that the name asks for."""

    def __init__(self, name: str) -> None:
        self.pipeline = Pipeline.create("classes", "cpu")
        self.kind, _, self.value = name.partition(":")

    def render(
        self,
        frame: Frame,
        progress: Callable[[str, float], None] | None = None,
        cancelled: Callable[[], bool] | None = None,
    ) -> Rendering:
        if progress is not None:
            progress("network", 0.1)
        if self.kind == "slow":
            time.sleep(float(self.value))
        if self.kind == "die" or (self.kind == "die-once" and not Path(self.value).exists()):
            if self.value:
                Path(self.value).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return self.pipeline.render(frame)


def main() -> int:
    """Serve."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--contract", type=int)
    parser.add_argument("--parent-pid", type=int)
    parser.add_argument("--ready-file")
    options, _ = parser.parse_known_args()
    if options.contract is not None:
        app.CONTRACT_VERSION = options.contract
    return serve(
        "127.0.0.1",
        0,
        options.parent_pid,
        options.ready_file,
        backend=lambda: Backend(Double, "cpu", ["classes"], []),
    )


if __name__ == "__main__":
    sys.exit(main())

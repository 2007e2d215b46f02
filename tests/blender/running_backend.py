# SPDX-License-Identifier: GPL-3.0-or-later
"""A backend that renders for the Blenders of a test."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

START_SECONDS = 120.0


@contextmanager
def running_backend(folder: Path, **variables: str) -> Iterator[dict[str, str]]:
    """Environment that connects Blender to a backend that was started with these variables."""
    ready = folder / "ready.json"
    command = [sys.executable, "-s", "-m", "neural_core.cli", "serve", "--port", "0"]
    command += ["--parent-pid", str(os.getpid()), "--ready-file", str(ready)]
    process = subprocess.Popen(command, env={**os.environ, "OMP_NUM_THREADS": "1", **variables})
    try:
        end = time.monotonic() + START_SECONDS
        while not ready.exists():
            assert process.poll() is None and time.monotonic() < end, "the backend did not start"
            time.sleep(0.05)
        note = json.loads(ready.read_text())
        yield {"BLOCKOUT_BACKEND_URL": note["url"], "BLOCKOUT_BACKEND_TOKEN": note["token"]}
    finally:
        process.terminate()
        process.wait(60)

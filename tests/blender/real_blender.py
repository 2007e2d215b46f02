# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Blender binary renders a frame with the built zip and a backend on the host.

    python tests/blender/real_blender.py REAL_BLENDER SUITE

REAL_BLENDER is a program that runs Blender: `REAL_BLENDER run SUITE -- ARGS`; inside, the host's
files lie under /host. Exits with 0 only if the frame is there and shows the classes' colours.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = Path(__file__).with_name("real_blender_scene.py")
LIMIT = 600


def main(real: str, suite: str) -> int:
    """Start the backend, install the zip, render, look at the picture."""
    archive = newest_zip()
    with tempfile.TemporaryDirectory(prefix="blockout-real-") as name:
        folder = Path(name)
        backend, hello = start_backend(folder)
        try:
            run_blender(real, suite, folder, archive, hello)
        finally:
            backend.terminate()
            backend.wait(30)
        return check(folder / "frame0001.png", suite)


def newest_zip() -> Path:
    """The zip that `make addon` wrote."""
    zips = sorted((ROOT / "dist").glob("blockout-*.zip"), key=lambda p: p.stat().st_mtime)
    if not zips:
        raise SystemExit("dist/blockout-*.zip is missing: run  make addon")
    return zips[-1]


def start_backend(folder: Path) -> tuple[subprocess.Popen[bytes], dict[str, str]]:
    """A backend on a free loopback port, and what it says of itself."""
    ready = folder / "ready.json"
    command = [sys.executable, "-s", "-u", "-m", "neural_core.cli", "serve", "--port", "0"]
    command += ["--parent-pid", str(os.getpid()), "--ready-file", str(ready)]
    process = subprocess.Popen(command, cwd=ROOT)
    deadline = time.monotonic() + 120
    while not ready.exists():
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            raise SystemExit("the backend did not start")
        time.sleep(0.1)
    return process, json.loads(ready.read_text())


def run_blender(real: str, suite: str, folder: Path, archive: Path, hello: dict[str, str]) -> None:
    """Install the zip and render, in one Blender that is started twice: as a user would."""
    variables = [
        f"BLOCKOUT_BACKEND_URL={hello['url']}",
        f"BLOCKOUT_BACKEND_TOKEN={hello['token']}",
        f"BLENDER_USER_RESOURCES=/host{folder}/user",
    ]
    blender = [real, "shell", suite, "--", "env", *variables, "blender", "--background"]
    zip_inside = f"/host{archive}"
    blend = f"/host{folder}/scene.blend"
    setup = [*blender, "--python-exit-code", "1", "--python", f"/host{SCRIPT}"]
    subprocess.run([*setup, "--", zip_inside, blend], check=True, timeout=LIMIT)
    render = [*blender, blend, "-E", "BLOCKOUT", "-o", f"/host{folder}/frame####", "-f", "1"]
    subprocess.run(render, check=True, timeout=LIMIT)


def check(picture: Path, suite: str) -> int:
    """The cube is drawn in the colour of a car, the ground in that of a road."""
    if not picture.exists():
        print(f"{suite}: no picture was written", file=sys.stderr)
        return 1
    pixels = np.asarray(Image.open(picture).convert("RGB")).astype(int)
    car = (np.abs(pixels - (0, 0, 142)).max(-1) <= 1).mean()
    road = (np.abs(pixels - (128, 64, 128)).max(-1) <= 1).mean()
    print(f"{suite}: car {car:.1%}, road {road:.1%} of the picture")
    return 0 if car > 0.02 and road > 0.05 else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:3]))

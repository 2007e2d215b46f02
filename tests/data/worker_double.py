# SPDX-License-Identifier: Apache-2.0
"""Stands for the Blender worker: frames made of numbers; told by its arguments to misbehave.

python worker_double.py [--slow SECONDS] [--die-at SEED MARK] [--error-at SEED]
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from pathlib import Path

import numpy as np
from data_doubles import make_frame
from PIL import Image

from neural_core.contract import save_frame


def work(job: dict, options: argparse.Namespace) -> None:
    seed, out = job["seed"], Path(job["out"])
    if options.die_at and seed == int(options.die_at[0]) and not Path(options.die_at[1]).exists():
        Path(options.die_at[1]).touch()
        print("the last words", file=sys.stderr, flush=True)
        os._exit(3)
    if seed == options.error_at:
        print(json.dumps({"seed": seed, "error": "no such seed"}), flush=True)
        return
    for camera in range(job["cameras"]):
        time.sleep(options.slow)
        rng = np.random.default_rng([seed, camera])
        for form in ("detailed", "blockout"):
            frame = make_frame(rng, job["size"][0])
            save_frame(frame, out / f"{seed}_{camera}_{form}.npz")
        image = rng.integers(0, 256, (*job["size"], 3)).astype(np.uint8)
        Image.fromarray(image).save(out / f"{seed}_{camera}.png")
        print("Fra:1 Mem:20M (Blender prints things)", flush=True)
        reply = {"seed": seed, "camera": camera, "png": f"{seed}_{camera}.png", "seconds": 0.1}
        print(json.dumps(reply), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--slow", type=float, default=0.0)
    parser.add_argument("--die-at", nargs=2)
    parser.add_argument("--error-at", type=int)
    options = parser.parse_args()
    for line in sys.stdin:
        work(json.loads(line), options)


if __name__ == "__main__":
    main()

# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m scenes.FAMILY --seed N --out FILE.blend``, the same for all families."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import bpy

from scenes import stage


def write(path: Path, scene: bpy.types.Scene) -> None:
    """Write the open file to a .blend whose Blockout view layer is the one that renders."""
    stage.show_blockout(scene)
    bpy.ops.wm.save_as_mainfile(filepath=str(path.resolve()), compress=True)


def run(description: str | None, save: Callable[[Path, int], None], seed: int) -> NoReturn:
    """Do what the command line says: ``save(path, seed)``; then end the process.

    Args:
        description: docstring of the family; its first line is the help.
        save: writes the family's demo scene; seed: of the demo, where none is given.
    """
    parser = argparse.ArgumentParser(description=(description or "").split("\n", 1)[0])
    parser.add_argument("--seed", type=int, default=seed)
    parser.add_argument("--out", type=Path, required=True, help="the .blend to write")
    options = parser.parse_args()
    save(options.out, options.seed)
    print(f"wrote {options.out}")
    sys.stdout.flush()
    os._exit(0)  # a plain exit can hang in Blender's module

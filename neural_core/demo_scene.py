# SPDX-License-Identifier: Apache-2.0
"""Procedural scenes of all families as .blend files, made by a Blender beside this process."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from .blender import (
    EXTENSION_ZIP,
    BlenderProcess,
    blender_python,
    extension_zip,
    scenes_folder,
)
from .contract import ContractError, validate_size
from .data.families import family_of
from .weights import list_models


def save_scene(
    family: str, out: Path, seed: int | None = None, size: int = 256, pipeline: str | None = None
) -> dict[str, Any]:
    """Save a family's scene, ready for the extension's engine.

    Args:
        out: the .blend.
        seed: None = the family's demo scene.
        size: width and height of the pictures it renders.
        pipeline: None = `pipeline_for`.

    Returns:
        out, seed, objects (a count), classes, palette, pipeline, bytes.

    Raises:
        ContractError: bad values; no Blender, source tree or extension. BlenderError: it failed.
    """
    family_of(family)
    validate_size(size, size)
    if out.suffix.lower() != ".blend":
        raise ContractError("out", f"'{out}' is not a .blend", f"Use e.g. {family}.blend")
    if seed is not None and not 0 <= seed <= 2**31:
        raise ContractError("seed", f"{seed} is out of range", f"Use 0 to {2**31}")
    chosen = pipeline or pipeline_for(family)
    job = {
        "scene": family,
        "seed": seed,
        "size": [size, size],
        "pipeline": chosen,
        "out": str(out.resolve()),
    }
    with tempfile.TemporaryDirectory(prefix="blockout-scene-") as folder:
        environment = {
            "BLENDER_USER_RESOURCES": str(Path(folder) / "user"),
            EXTENSION_ZIP: str(extension_zip(Path(folder))),
            "PYTHONUNBUFFERED": "1",
        }
        command = [blender_python(), "-m", "scenes.demo_file"]
        process = BlenderProcess(command, environment, cwd=scenes_folder().parent)
        try:
            (reply,) = process.request(job, 1)
        finally:
            process.close()
    return {**reply, "pipeline": chosen, "bytes": out.stat().st_size}


def pipeline_for(family: str) -> str:
    """``smis`` where a model of the family's domain is installed, else the preview ``shading``."""
    domain = family_of(family).palette
    known = any(card.method == "smis" and card.domain == domain for card in list_models())
    return "smis" if known else "shading"

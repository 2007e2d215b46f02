# SPDX-License-Identifier: Apache-2.0
"""``blockout export``: the Frames of a .blend, and their passes for compositors."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from neural_core.contract import Frame

from .output import JsonFlag, print_json
from .sources import frame_range, read_frames


def export(
    source: Annotated[Path, typer.Argument(help="SCENE.blend, or FRAME.npz for its passes.")],
    out: Annotated[Path, typer.Option(help="Folder for the files.")] = Path("out"),
    frames: Annotated[
        str | None, typer.Option(help="Frames A-B or A. Default: the file's current frame.")
    ] = None,
    exr: Annotated[
        bool, typer.Option("--exr", help="Also a multilayer EXR of the passes for each frame.")
    ] = False,
    as_json: JsonFlag = False,
) -> None:
    """Write what the core is told of a scene: one .npz per frame.

    Example: blockout export street.blend --frames 1-24 --exr --out frames
    """
    from tqdm import tqdm

    from neural_core.contract import save_frame

    files = []
    with tqdm(unit="frame", disable=not sys.stderr.isatty()) as bar:
        for name, frame, total in read_frames(source, frame_range(frames)):
            bar.total = total
            path = out / f"{name}.npz"
            if path.resolve() != source.resolve():
                save_frame(frame, path)
            entry = {"npz": str(path), "frame": frame.number, "objects": len(frame.objects)}
            if exr:
                entry["exr"] = str(_write_passes(frame, out / f"{name}.exr"))
            bar.update()
            files.append(entry)
    if as_json:
        print_json({"files": files})
        return
    for entry in files:
        print(entry["npz"])


def _write_passes(frame: Frame, path: Path) -> Path:
    """The passes, with the class colours as the picture."""
    from neural_core.images import write_exr
    from neural_core.pipeline import Pipeline

    write_exr(path, Pipeline.create("classes").render(frame))
    return path

# SPDX-License-Identifier: Apache-2.0
"""``blockout export``: the Frames of a .blend, and their passes for compositors."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neural_core.contract import Frame

from .output import JsonFlag, print_json
from .sources import frame_range, read_frames

if TYPE_CHECKING:
    from neural_core.data.annotations import AnnotationFolder, Shot


def export(
    source: Annotated[Path, typer.Argument(help="SCENE.blend, or FRAME.npz for its passes.")],
    out: Annotated[Path, typer.Option(help="Folder for the files.")] = Path("out"),
    frames: Annotated[
        str | None, typer.Option(help="Frames A-B or A. Default: the file's current frame.")
    ] = None,
    exr: Annotated[
        bool, typer.Option("--exr", help="Also a multilayer EXR of the passes for each frame.")
    ] = False,
    labels: Annotated[
        str | None,
        typer.Option(help="Label files too, e.g. coco,panoptic,kitti,kitti_level,yolo,hdf5."),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Write what the core is told of a scene: one .npz per frame, and labels of what is seen.

    Example: blockout export street.blend --frames 1-24 --exr --out frames

    Example: blockout export street.blend --frames 1-24 --labels coco,kitti --out labelled
    """
    from tqdm import tqdm

    from neural_core.contract import save_frame

    files = []
    with ExitStack() as stack:
        annotations = None if labels is None else stack.enter_context(_annotations(out, labels))
        bar = stack.enter_context(tqdm(unit="frame", disable=not sys.stderr.isatty()))
        for name, frame, total in read_frames(source, frame_range(frames)):
            bar.total = total
            path = out / f"{name}.npz"
            if path.resolve() != source.resolve():
                save_frame(frame, path)
            entry = {"npz": str(path), "frame": frame.number, "objects": len(frame.objects)}
            if exr:
                entry["exr"] = str(_write_passes(frame, out / f"{name}.exr"))
            if annotations is not None:
                annotations.add(_shot(name, frame))
            bar.update()
            files.append(entry)
    written = annotations.summary if annotations is not None else None
    entries = [str(path) for path in written.entries] if written is not None else []
    if as_json:
        print_json({"files": files, **({"labels": entries} if labels is not None else {})})
        return
    for path in (*(entry["npz"] for entry in files), *entries):
        print(path)


def _annotations(out: Path, labels: str) -> AnnotationFolder:
    from neural_core.data.annotations import AnnotationFolder, parse_formats

    return AnnotationFolder(out, parse_formats(labels))


def _shot(name: str, frame: Frame) -> Shot:
    from neural_core.data.annotations import Shot

    return Shot(name, frame)


def _write_passes(frame: Frame, path: Path) -> Path:
    """The passes, with the class colours as the picture."""
    from neural_core.images import write_exr
    from neural_core.pipeline import Pipeline

    write_exr(path, Pipeline.create("classes").render(frame))
    return path

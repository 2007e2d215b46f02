# SPDX-License-Identifier: Apache-2.0
"""``blockout annotate``: label files of a data set."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .output import JsonFlag, print_json

if TYPE_CHECKING:
    from neural_core.data.annotations import Summary


def annotate(
    folder: Annotated[Path, typer.Argument(help="The data-set folder.")],
    formats: Annotated[
        str, typer.Option(help="Some of coco,panoptic,kitti,kitti_level,yolo,hdf5.")
    ] = "coco",
    form: Annotated[
        str, typer.Option(help="Whose passes: detailed (what the pictures show) or blockout.")
    ] = "detailed",
    split: Annotated[str, typer.Option(help="train, val or all.")] = "all",
    things: Annotated[
        str | None,
        typer.Option(help="Classes to label one by one, e.g. car,person. Default: all things."),
    ] = None,
    min_pixels: Annotated[int, typer.Option(help="Label things from so many pixels on.")] = 1,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the labels. Default: FOLDER/annotations.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Write labels of a finished data set, and its pictures as PNG beside them.

    Example: blockout annotate data/street --formats coco,yolo --out labelled
    """
    names = None if things is None else [name.strip() for name in things.split(",")]
    summary = write_labels(
        folder, formats, form=form, split=split, things=names, min_pixels=min_pixels, out=out
    )
    entries = [str(path) for path in summary.entries]
    if as_json:
        print_json({"frames": summary.frames, "instances": summary.instances, "entries": entries})
        return
    print(f"{summary.frames} frames, {summary.instances} labelled things: {', '.join(entries)}")


def write_labels(
    folder: Path,
    formats: str,
    *,
    form: str = "detailed",
    split: str = "all",
    things: list[str] | None = None,
    min_pixels: int = 1,
    out: Path | None = None,
) -> Summary:
    """Write labels of a data set into ``out``, by default beside its shards, with progress."""
    from tqdm import tqdm

    from neural_core.data.annotations import dataset_shots, parse_formats, write_annotations
    from neural_core.data.annotations.shard_shots import count_frames

    chosen = parse_formats(formats)
    with tqdm(unit="frame", disable=not sys.stderr.isatty()) as bar:
        shots = dataset_shots(folder, form, split)
        bar.total = count_frames(folder, split)
        return write_annotations(
            shots,
            out or folder / "annotations",
            chosen,
            things=things,
            min_pixels=min_pixels,
            on_frame=lambda: _advance(bar),
        )


def _advance(bar: Any) -> None:
    bar.update()

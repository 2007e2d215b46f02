# SPDX-License-Identifier: Apache-2.0
"""``blockout dataset``: render scenes and their passes into a data set."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from .output import JsonFlag, note, print_json


def dataset(
    scene: Annotated[
        str, typer.Argument(help="The family: street, cars, cars_one, cars_empty, room or figure.")
    ],
    count: Annotated[int, typer.Option(help="Frames wanted; rounded up to whole scenes.")] = 64,
    size: Annotated[int, typer.Option(help="Width and height in pixels.")] = 128,
    seed: Annotated[int, typer.Option(help="Seed of the first scene.")] = 0,
    workers: Annotated[int, typer.Option(help="Blender processes at once.")] = 1,
    samples: Annotated[int, typer.Option(help="Cycles samples a pixel, before denoising.")] = 32,
    cameras: Annotated[
        int | None, typer.Option(help="Frames of a scene; default: 4, of a figure 8.")
    ] = None,
    split: Annotated[
        str, typer.Option(help="all, or only scenes of the split train or val (every 20th seed).")
    ] = "all",
    labels: Annotated[
        str | None,
        typer.Option(help="Label files, too: coco,panoptic,kitti,kitti_level,yolo,hdf5."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="The folder; default: one in BLOCKOUT_CACHE.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Render a data set: pictures, and the passes of the detailed and the blockout form.

    Stop it whenever you like: the same command goes on where it was.

    Example: blockout dataset street --count 3200 --size 128 --workers 2 --out data/street
    """
    import torch
    from tqdm import tqdm

    from neural_core.data.annotations import parse_formats
    from neural_core.data.build import BuildPlan, build_dataset, cache_folder, remaining_frames

    from .annotate import write_labels

    # The pictures take the cores; threads of torch's own would only stand in their way.
    torch.set_num_threads(1)
    plan = BuildPlan(
        out=out or Path(),
        scene=scene,
        count=count,
        size=size,
        seed=seed,
        workers=workers,
        samples=samples,
        cameras=cameras,
        split=split,
    )
    plan.validate()
    if labels is not None:
        parse_formats(labels)  # told before the frames are rendered
    if out is None:
        plan = BuildPlan(**{**vars(plan), "out": cache_folder(plan)})
        note(f"data set: {plan.out}")
    total = plan.views * len(plan.seeds())
    with tqdm(total=total, initial=total - remaining_frames(plan), unit="frame") as bar:
        card = build_dataset(plan, lambda frames: _advance(bar, frames))
    if labels is not None:
        write_labels(plan.out, labels)
    _report(card, plan.out, as_json)


def _advance(bar: Any, frames: int) -> None:
    bar.update(frames)


def _report(card: dict[str, Any], out: Path, as_json: bool) -> None:
    if as_json:
        print_json({"out": str(out), **card})
        return
    run = card["last_run"]
    print(
        f"{card['frames']} frames of {card['scenes']} scenes in {out}, "
        f"{card['bytes_per_frame'] / 1000:.1f} kB a frame; "
        f"last run: {run['frames']} frames, {run['frames_per_second']} a second"
    )

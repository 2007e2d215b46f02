# SPDX-License-Identifier: Apache-2.0
"""``blockout train METHOD``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

train = typer.Typer(help="Train a method on a data set.", no_args_is_help=True)


@train.command("smis")
def train_smis(
    data: Annotated[Path, typer.Option(help="A data-set folder; it may still be growing.")],
    out: Annotated[Path, typer.Option(help="Folder of the run: checkpoint, log, samples.")],
    minutes: Annotated[float, typer.Option(help="How long, in all runs together.")] = 120.0,
    preset: Annotated[str, typer.Option(help="Size of the network.")] = "street-128",
    batch: Annotated[int, typer.Option(help="Frames a step.")] = 4,
    blockout_share: Annotated[
        float, typer.Option(help="Share of the frames shown in the blockout form.")
    ] = 0.7,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
) -> None:
    """Train SMIS. Stop it whenever you like: the same command goes on where it was.

    Example: blockout train smis --data data/street --minutes 150 --out runs/street
    """
    from neural_core.training.smis import train_smis as run

    run(
        data, out, minutes, preset=preset, batch=batch, blockout_share=blockout_share, device=device
    )


@train.command("controllable3d")
def train_controllable3d(
    data: Annotated[Path, typer.Option(help="Pictures of scenes: a data-set folder.")],
    backgrounds: Annotated[Path, typer.Option(help="Pictures of empty places: another one.")],
    out: Annotated[Path, typer.Option(help="Folder of the run: checkpoint, log, samples.")],
    minutes: Annotated[float, typer.Option(help="How long, in all runs together.")] = 120.0,
    preset: Annotated[str, typer.Option(help="Size and kind of the network.")] = "cars-64",
    batch: Annotated[int, typer.Option(help="Scenes a step, and as many empty places.")] = 8,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
) -> None:
    """Train controllable3d. Stop it whenever you like: the same command goes on where it was.

    Example: blockout train controllable3d --data data/cars --backgrounds data/empty --out runs/cars
    """
    from neural_core.training.controllable3d import train_controllable3d as run

    run(data, backgrounds, out, minutes, preset=preset, batch=batch, device=device)

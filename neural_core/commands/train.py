# SPDX-License-Identifier: Apache-2.0
"""``blockout train METHOD``."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Annotated

import typer

from neural_core.contract import ContractError

train = typer.Typer(help="Train a method on a data set.", no_args_is_help=True)

EXTRA = ("lightning_fabric", "tensorboardX")

Data = Annotated[Path, typer.Option(help="A data-set folder; it may still be growing.")]
Out = Annotated[Path, typer.Option(help="Folder of the run: checkpoint, log, samples.")]
Minutes = Annotated[float | None, typer.Option(help="How long, in all runs together.")]
Images = Annotated[
    int | None, typer.Option(help="End after so many images: repeatable to the bit.")
]
Seed = Annotated[int, typer.Option(help="Of weights, order and all chance.")]
Workers = Annotated[int, typer.Option(help="Processes that prepare frames ahead of the step.")]
Device = Annotated[str, typer.Option(help="cpu or cuda.")]
FramesAStep = Annotated[int, typer.Option(help="Frames a step, over all processes.")]
BlockoutShare = Annotated[
    float, typer.Option(help="Share of the frames shown in the blockout form.")
]
Precision = Annotated[str, typer.Option(help="auto, fp32 or bf16.")]


@train.command("smis")
def train_smis(
    data: Data,
    out: Out,
    minutes: Minutes = None,
    images: Images = None,
    preset: Annotated[
        str, typer.Option(help="street, room or figure: classes and size of the network.")
    ] = "street-128",
    relative: Annotated[
        str | None,
        typer.Option(
            "--as", help="Its relative with as many parameters: vspade, spade, groupenc, ..."
        ),
    ] = None,
    option: Annotated[
        list[str] | None,
        typer.Option(help="NAME=VALUE of the training or the network; repeatable."),
    ] = None,
    batch: FramesAStep = 4,
    blockout_share: BlockoutShare = 0.7,
    seed: Seed = 0,
    workers: Workers = 1,
    device: Device = "cpu",
    precision: Precision = "auto",
    start: Annotated[
        Path | None, typer.Option(help="Folder of an earlier run to begin with: fine-tuning.")
    ] = None,
) -> None:
    """Train SMIS. Stop it whenever you like: the same command goes on where it was.

    Example: blockout train smis --data data/street --minutes 150 --out runs/street

    A baseline: blockout train smis --as vspade --data data/street --images 40000 --out runs/vspade

    Other settings: --option spectral_norm=true --option augment=translation,cutout

    On several GPUs or processes: torchrun --nproc-per-node 2 -m neural_core.cli train smis …
    """
    need_extra()
    from neural_core.training.loop import LoopOptions
    from neural_core.training.smis import train_smis as run

    run(
        data,
        out,
        LoopOptions(_minutes(minutes, images), batch, seed=seed, images=images, workers=workers),
        preset=preset,
        relative=relative,
        changes=_pairs(option or []),
        blockout_share=blockout_share,
        device=device,
        precision=precision,
        start=start,
    )


@train.command("smis-apart")
def train_smis_apart(
    data: Data,
    out: Out,
    minutes: Minutes = None,
    images: Images = None,
    model: Annotated[
        str, typer.Option(help="The model that teaches its copy; it is not changed.")
    ] = "smis-street-128",
    option: Annotated[
        list[str] | None, typer.Option(help="NAME=VALUE of the training; repeatable.")
    ] = None,
    batch: FramesAStep = 4,
    blockout_share: BlockoutShare = 0.7,
    seed: Seed = 0,
    workers: Workers = 1,
    device: Device = "cpu",
    precision: Precision = "auto",
) -> None:
    """Teach a finished model of SMIS that a class drawn again leaves the others alone.

    The model draws, and a copy of it learns from what it drew: no discriminator, no truth. Seeds
    and styles keep their meaning.

    Example: blockout train smis-apart --data data/street --minutes 30 --out runs/apart

    Then: blockout models export runs/apart my-street --domain street
    """
    need_extra()
    from neural_core.training.loop import LoopOptions
    from neural_core.training.smis_apart import train_apart as run

    run(
        data,
        out,
        LoopOptions(_minutes(minutes, images), batch, seed=seed, images=images, workers=workers),
        model=model,
        changes=_pairs(option or []),
        blockout_share=blockout_share,
        device=device,
        precision=precision,
    )


@train.command("segmenter")
def train_segmenter(
    data: Data,
    out: Out,
    minutes: Minutes = None,
    images: Images = None,
    batch: FramesAStep = 8,
    seed: Seed = 0,
    workers: Workers = 1,
    device: Device = "cpu",
    precision: Precision = "auto",
) -> None:
    """Train the judge that `evaluate` reads labels with: it sees Cycles renders only.

    Example: blockout train segmenter --data data/street --minutes 20 --out runs/segmenter
    """
    need_extra()
    from neural_core.training.loop import LoopOptions
    from neural_core.training.segmenter import train_segmenter as run

    run(
        data,
        out,
        LoopOptions(_minutes(minutes, images), batch, seed=seed, images=images, workers=workers),
        device=device,
        precision=precision,
    )


def need_extra() -> None:
    """Raises ContractError: what training needs beside the core is not installed."""
    missing = [name for name in EXTRA if importlib.util.find_spec(name) is None]
    if missing:
        raise ContractError(
            "training",
            f"{' and '.join(missing)} not installed",
            "Run: pip install 'blockout-render[train]'",
        )


def _pairs(options: list[str]) -> dict[str, str]:
    """NAME=VALUE texts by name."""
    for text in options:
        if "=" not in text:
            raise ContractError("option", f"'{text}' has no value", "Write it as NAME=VALUE")
    return {name.strip(): value for name, _, value in (text.partition("=") for text in options)}


def _minutes(minutes: float | None, images: int | None) -> float | None:
    """Two hours where no limit was set."""
    return 120.0 if minutes is None and images is None else minutes


@train.command("controllable3d")
def train_controllable3d(
    data: Annotated[Path, typer.Option(help="Pictures of scenes: a data-set folder.")],
    backgrounds: Annotated[Path, typer.Option(help="Pictures of empty places: another one.")],
    out: Out,
    minutes: Minutes = None,
    images: Images = None,
    preset: Annotated[str, typer.Option(help="Size and kind of the network.")] = "cars-64",
    baseline: Annotated[
        str, typer.Option(help="Train what it is compared with: plain-2d or no-consistency.")
    ] = "",
    batch: Annotated[int, typer.Option(help="Scenes a step, and as many empty places.")] = 8,
    seed: Seed = 0,
    workers: Workers = 0,
    device: Device = "cpu",
    precision: Precision = "auto",
) -> None:
    """Train controllable3d. Stop it whenever you like: the same command goes on where it was.

    Example: blockout train controllable3d --data data/cars --backgrounds data/empty --out runs/cars

    Example: the same with --baseline plain-2d --out runs/plain
    """
    need_extra()
    from neural_core.training.controllable3d import train_controllable3d as run
    from neural_core.training.loop import LoopOptions

    run(
        data,
        backgrounds,
        out,
        LoopOptions(_minutes(minutes, images), batch, seed=seed, images=images, workers=workers),
        preset=preset,
        against=baseline,
        device=device,
        precision=precision,
    )

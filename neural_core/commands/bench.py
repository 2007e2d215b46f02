# SPDX-License-Identifier: Apache-2.0
"""``blockout bench NAME``: measurements, as tables for people and JSON for programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neural_core.contract import ContractError

from .output import JsonFlag, print_json

bench = typer.Typer(help="Measure speed.", no_args_is_help=True)


@bench.command("raster")
def bench_raster(as_json: JsonFlag = False) -> None:
    """Our rasteriser and PyTorch3D's on the CPU, side by side.

    Example: blockout bench raster --json
    """
    from neural_core.benchmarks import raster

    result = raster.run()
    if as_json:
        print_json(result)
        return
    print(raster.table(result))


@bench.command("frame")
def bench_frame(
    pipeline: Annotated[str | None, typer.Option(help="Default: smis if it is installed.")] = None,
    repeats: Annotated[int, typer.Option(help="Frames measured at each size.")] = 5,
    as_json: JsonFlag = False,
) -> None:
    """A frame of the demo street through Blender, the engine and the backend.

    Example: blockout bench frame --json
    """
    from neural_core.benchmarks import frame

    result = frame.run(pipeline=pipeline, repeats=repeats)
    if as_json:
        print_json(result)
        return
    print(frame.table(result))


@bench.command("smis")
def bench_smis(
    preset: Annotated[
        str, typer.Option(help="street-128, or of the authors: deepfashion, cityscapes, ade20k.")
    ] = "street-128",
    sizes: Annotated[str, typer.Option(help="Heights of the pictures.")] = "128,256,512",
    batches: Annotated[str, typer.Option(help="Pictures drawn at once.")] = "1,8",
    repeats: Annotated[int, typer.Option(help="Calls measured of each path.")] = 3,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    as_json: JsonFlag = False,
) -> None:
    """Drawing with SMIS: the plain module and the fast paths.

    Example: blockout bench smis --preset deepfashion --sizes 256 --batches 1
    """
    from neural_core.benchmarks import smis

    rows = smis.run(preset, _numbers("sizes", sizes), _numbers("batches", batches), repeats, device)
    if as_json:
        print_json(rows)
        return
    print(smis.table(rows))


@bench.command("groups")
def bench_groups(
    preset: Annotated[
        str, typer.Option(help="street-128, deepfashion, cityscapes or ade20k.")
    ] = "ade20k",
    repeats: Annotated[int, typer.Option(min=1, help="Calls measured of each way.")] = 3,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    as_json: JsonFlag = False,
) -> None:
    """Grouped convolutions of a decoder: the library's, merged groups, matrix products.

    Example: blockout bench groups --preset ade20k
    """
    from neural_core.benchmarks import groups

    rows = groups.run(preset, repeats, device)
    if as_json:
        print_json(rows)
        return
    print(groups.table(rows))


def _numbers(field: str, text: str) -> list[int]:
    parts = text.split(",")
    if not all(part.strip().isdigit() and int(part) > 0 for part in parts):
        raise ContractError(field, f"'{text}' is no list of sizes", "Write e.g. 128,256")
    return [int(part) for part in parts]


@bench.command("controllable3d")
def bench_controllable3d(
    repeats: Annotated[int, typer.Option(help="Runs of each; the median counts.")] = 3,
    authors_code: Annotated[
        Path | None,
        typer.Option(
            help="A clone of the authors' repository (autonomousvision/"
            "controllable_image_synthesis): its code is executed, and timed beside ours."
        ),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """A batch at the authors' size, and a training step of the small preset.

    Example: blockout bench controllable3d --json
    """
    from neural_core.benchmarks import controllable3d

    result = controllable3d.run(repeats=repeats, authors_code=authors_code)
    if as_json:
        print_json(result)
        return
    print(controllable3d.table(result))

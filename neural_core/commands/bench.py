# SPDX-License-Identifier: Apache-2.0
"""``blockout bench NAME``: measurements, as tables for people and JSON for programs."""

from __future__ import annotations

from typing import Annotated

import typer

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


@bench.command("controllable3d")
def bench_controllable3d(
    repeats: Annotated[int, typer.Option(help="Runs of each; the median counts.")] = 3,
    as_json: JsonFlag = False,
) -> None:
    """A batch at the authors' size, and a training step of the small preset.

    Example: blockout bench controllable3d --json
    """
    from neural_core.benchmarks import controllable3d

    result = controllable3d.run(repeats=repeats)
    if as_json:
        print_json(result)
        return
    print(controllable3d.table(result))

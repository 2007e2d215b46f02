# SPDX-License-Identifier: Apache-2.0
"""``blockout evaluate METHOD``."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neural_core.contract import ContractError

from .output import JsonFlag, print_json

if TYPE_CHECKING:
    from neural_core.evaluation.report import Report

evaluate = typer.Typer(help="Measure models on held-out frames.", no_args_is_help=True)


@evaluate.callback()
def _methods() -> None:
    """Measure models on held-out frames."""


@evaluate.command("smis")
def evaluate_smis(
    data: Annotated[Path, typer.Option(help="A data-set folder.")],
    model: Annotated[
        list[str] | None,
        typer.Option(help="Name or .safetensors of a model; repeatable. Default: all."),
    ] = None,
    form: Annotated[str, typer.Option(help="Form shown to the models.")] = "blockout",
    images: Annotated[int | None, typer.Option(min=2, help="At most so many frames.")] = None,
    diversity_images: Annotated[
        int, typer.Option(min=0, help="Frames for mCSD and mOCD; 0: leave them out.")
    ] = 100,
    pairs: Annotated[int, typer.Option(min=1, help="Pairs per class and frame for them.")] = 19,
    out: Annotated[Path | None, typer.Option(help="Keep the table here too, as JSON.")] = None,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    markdown: Annotated[bool, typer.Option("--markdown", help="The table in Markdown.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """One table: models, the blockout shading itself, and real renders as the floor.

    Example: blockout evaluate smis --data data/street --model smis-street-128
    """
    _need_metrics()
    from neural_core.evaluation.smis import evaluate_smis as run

    report = run(
        data,
        model or [],
        form=form,
        images=images,
        diversity_images=diversity_images,
        pairs=pairs,
        device=device,
    )
    _show(report, out, as_json, markdown)


@evaluate.command("controllable3d")
def evaluate_controllable3d(
    data: Annotated[Path, typer.Option(help="A data-set folder.")],
    model: Annotated[
        list[str] | None,
        typer.Option(help="Name or .safetensors, baselines too; repeatable. Default: all."),
    ] = None,
    pictures: Annotated[int, typer.Option(min=2, help="Pictures drawn for FID and KID.")] = 1000,
    scenes: Annotated[int, typer.Option(min=2, help="Held-out layouts for the controls.")] = 24,
    objects: Annotated[
        int | None, typer.Option(min=1, help="Objects in a scene, at most; default: as trained.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Keep the table here too, as JSON.")] = None,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    markdown: Annotated[bool, typer.Option("--markdown", help="The table in Markdown.")] = False,
    as_json: JsonFlag = False,
) -> None:
    """One table: models and their baselines, and real renders as the floor.

    Example: blockout evaluate controllable3d --data data/cars --model controllable3d-cars-64
    """
    _need_metrics()
    from neural_core.evaluation.controllable3d import evaluate_controllable3d as run

    report = run(
        data, model or [], pictures=pictures, scenes=scenes, objects=objects, device=device
    )
    _show(report, out, as_json, markdown)


def _need_metrics() -> None:
    if importlib.util.find_spec("torchmetrics") is None:
        raise ContractError(
            "evaluate", "torchmetrics is not installed", "Run: pip install 'blockout-render[train]'"
        )


def _show(report: Report, out: Path | None, as_json: bool, markdown: bool) -> None:
    from neural_core.evaluation.report import table

    if out:
        report.save(out)
    if as_json:
        print_json(report.to_dict())
    else:
        print(table(report, markdown=markdown))

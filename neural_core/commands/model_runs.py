# SPDX-License-Identifier: Apache-2.0
"""``blockout models export``, ``settle`` and ``card``: from a run to a model and its page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from neural_core.contract import ContractError, write_atomically

from .output import JsonFlag, print_json


def export_model(
    run: Annotated[Path, typer.Argument(help="Folder of a run: blockout train --out.")],
    name: Annotated[str, typer.Argument(help="Name of the model, e.g. smis-street-128.")],
    domain: Annotated[str, typer.Option(help="What it shows, e.g. street.")],
    out: Annotated[Path, typer.Option(help="Folder of the model.")] = Path("models"),
    data: Annotated[
        Path | None,
        typer.Option(help="SMIS: its training set, to measure its looks and colours on."),
    ] = None,
    blend: Annotated[
        Path | None, typer.Option(help="SMIS: the run it began with, to mix its weights in.")
    ] = None,
    share: Annotated[float, typer.Option(help="Share of the run's own weights then.")] = 0.5,
    as_json: JsonFlag = False,
) -> None:
    """Make a model of a run: averaged weights in fp16, and a card of what the run measured.

    Example: blockout models export runs/street my-street --domain street --data data/street
    """
    from .train import need_extra

    need_extra()
    from neural_core.training.export import export_apart, export_run, export_smis, method_of
    from neural_core.training.smis_apart import METHOD as APART

    method = method_of(run)
    if blend is not None and (method != "smis" or data is None):
        raise ContractError("blend", "only SMIS with --data blends", "Add --data, or leave it out")
    out.mkdir(parents=True, exist_ok=True)
    if method == "smis" and data is not None:
        card = export_smis(run, name, out, domain=domain, data=data, blend=blend, share=share)
    elif method == APART:
        card = export_apart(run, name, out, domain=domain, data=data)
    else:
        card = export_run(run, name, out, method=method, domain=domain)
    if as_json:
        print_json({"name": card.name, "path": str(card.path), "sha256": card.sha256})
    else:
        print(card.path)


def settle_model(
    name: Annotated[str, typer.Argument(help="Name of an installed model of controllable3d.")],
    data: Annotated[Path, typer.Option(help="The data set that it was trained on.")],
    as_json: JsonFlag = False,
) -> None:
    """Measure how low a model's objects sit in their boxes, and raise them from now on.

    The difference from real ones is written into the model's card; the weights stay as they are.

    Example: blockout models settle my-cars --data data/cars
    """
    from neural_core.data.dataset import FrameDataset
    from neural_core.evaluation.settling import settle
    from neural_core.weights import find_model

    card = settle(find_model("controllable3d", name), FrameDataset(data, "train", "detailed"))
    if as_json:
        print_json({"name": card.name, "lift": card.config["lift"]})
    else:
        print(f"{card.name}: objects are raised by {card.config['lift']:.3f} of their half heights")


def write_model_card(
    name: Annotated[str, typer.Argument(help="Name of an installed model.")],
    table: Annotated[
        list[Path] | None, typer.Option(help="Kept by blockout evaluate --out; repeatable.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="File of the page; default: the screen.")] = None,
) -> None:
    """The card of a model as a page in Markdown, with its tables of measurements.

    Example: blockout models card smis-street-128 --table street.json --out docs/street.md
    """
    from neural_core.evaluation.model_card import model_card, read_report
    from neural_core.weights import list_models

    cards = {card.name: card for card in list_models()}
    if name not in cards:
        raise ContractError(
            "model", f"'{name}' is not installed", f"Installed: {', '.join(cards) or 'none'}"
        )
    text = model_card(cards[name], [read_report(path) for path in table or []])
    if out is None:
        print(text)
    else:
        out.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(out, text.encode())

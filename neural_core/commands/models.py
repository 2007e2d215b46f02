# SPDX-License-Identifier: Apache-2.0
"""``blockout models``: which trained models there are, and those of others made ours."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from .output import JsonFlag, note, print_json

models = typer.Typer(help="The installed models.", no_args_is_help=True)


@models.command("list")
def list_models(as_json: JsonFlag = False) -> None:
    """All models.

    Example: blockout models list
    """
    from neural_core import weights

    cards = weights.list_models()
    if as_json:
        print_json([_facts(card) for card in cards])
        return
    for card in cards:
        print(f"{card.name:24} {card.method:10} {card.domain:10} {card.size} px")
    if not cards:
        print("No models are installed: copy some into a folder and name it in BLOCKOUT_MODELS.")


@models.command("show")
def show_model(
    name: Annotated[str, typer.Argument(help="Name of the model.")], as_json: JsonFlag = False
) -> None:
    """The card of one model; its weights are checked against their hash.

    Example: blockout models show smis-street-128
    """
    from neural_core import weights
    from neural_core.contract import ContractError

    cards = {card.name: card for card in weights.list_models()}
    if name not in cards:
        raise ContractError(
            "model", f"'{name}' is not installed", f"Installed: {', '.join(cards) or 'none'}"
        )
    weights.load_weights(cards[name])
    facts = _facts(cards[name])
    if as_json:
        print_json(facts)
        return
    for key, value in facts.items():
        print(f"{key:10} {value}")


@models.command("import")
def import_model(
    kind: Annotated[
        str, typer.Argument(help="Whose it is: smis-official, controllable3d-official.")
    ],
    file: Annotated[Path, typer.Argument(help="The checkpoint, e.g. latest_net_G.pth.")],
    preset: Annotated[
        str, typer.Option(help="deepfashion, cityscapes, ade20k; car, point, cuboid or sphere.")
    ],
    encoder: Annotated[
        Path | None, typer.Option(help="Its encoder; default: *_net_E.pth beside the checkpoint.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="Of the model; default: METHOD-PRESET.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the model; default: the user's models.")
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Make a model of the checkpoint that a method's authors published.

    Example: blockout models import smis-official latest_net_G.pth --preset deepfashion

    Example: blockout models import controllable3d-official model_best.pt --preset car
    """
    from neural_core import weights
    from neural_core.contract import ContractError
    from neural_core.methods.controllable3d.authors import save_imported
    from neural_core.methods.smis.official import import_official

    folder = out or weights.import_folder()
    if kind == "smis-official":
        card = import_official(file, preset, folder, encoder=encoder, name=name)
    elif kind == "controllable3d-official":
        card = save_imported(file, f"authors-{preset}", name or f"controllable3d-{preset}", folder)
    else:
        raise ContractError(
            "kind", f"'{kind}' is unknown", "Use smis-official or controllable3d-official"
        )
    if as_json:
        print_json(_facts(card))
        return
    print(card.path)
    if kind == "smis-official" and not card.training["encoder"]:
        note("Without the encoder this model draws styles from seeds alone: see --encoder.")


def _facts(card: Any) -> dict[str, Any]:
    return {
        "name": card.name,
        "method": card.method,
        "domain": card.domain,
        "size": card.size,
        "sha256": card.sha256,
        "path": str(card.path),
        "training": card.training,
    }

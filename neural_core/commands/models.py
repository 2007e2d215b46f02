# SPDX-License-Identifier: Apache-2.0
"""``blockout models``: which trained models there are."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from .output import JsonFlag, print_json

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

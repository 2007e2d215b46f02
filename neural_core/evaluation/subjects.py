# SPDX-License-Identifier: Apache-2.0
"""Which models an evaluation is of: those named, or all installed ones of the data's domain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from neural_core.contract import ContractError
from neural_core.weights import ModelCard, list_models, read_card

S = TypeVar("S")


def load_subjects(
    names: Sequence[str], methods: Sequence[str], domain: str, load: Callable[[ModelCard], S]
) -> tuple[list[S], list[str]]:
    """Those that are there, and a sentence for each that is not.

    Args:
        names: of models, or paths of their files; none: all of the domain, in order of ``methods``.
        methods: those that may be compared.
        load: makes a subject of a card.

    Raises:
        ContractError: none is there.
    """
    found = [card for card in list_models() if card.method in methods]
    installed = sorted(found, key=lambda card: methods.index(card.method))
    wanted = list(names) or [card.name for card in installed if card.domain == domain]
    subjects: list[S] = []
    missing = []
    for name in wanted:
        try:
            subjects.append(load(_card(name, methods, installed)))
        except ContractError as error:
            missing.append(f"{name} ({error.problem})")
    if not subjects:
        raise ContractError(
            "model",
            f"none to evaluate for '{domain}'" + "".join(f"; {text}" for text in missing),
            "Name one with --model: blockout models list",
        )
    return subjects, missing


def _card(name: str, methods: Sequence[str], installed: Sequence[ModelCard]) -> ModelCard:
    """The card of an installed model, or of one that was given as a file."""
    path = Path(name)
    if path.suffix in (".safetensors", ".json"):
        card = read_card(path)
        if card.method not in methods:
            known = " or ".join(methods)
            raise ContractError("model", f"it is one of '{card.method}'", f"Name one of {known}")
        return card
    for card in installed:
        if card.name == name:
            return card
    raise ContractError("model", f"no model '{name}' is installed", "See: blockout models list")

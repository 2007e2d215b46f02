# SPDX-License-Identifier: Apache-2.0
"""Models: safetensors with a card beside each. No pickle is ever read here.

Models are looked up in the folders of ``BLOCKOUT_MODELS`` (separated as PATH is; without it, in
``blockout/models`` of the user's data folder) and then among those that ship with the package.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from neural_core.contract import PALETTES, ContractError, Palette, write_atomically

SHIPPED = Path(__file__).parent


@dataclass(frozen=True)
class ModelCard:
    """What is known of a model.

    Attributes:
        name: e.g. ``smis-street-128``; method: e.g. ``smis``; domain: e.g. ``street``.
        sha256: hash of the weights' file; config: the method's configuration.
        training: how it was trained, measured by the run; path: its weights' file.
    """

    name: str
    method: str
    domain: str
    size: int
    sha256: str
    config: dict[str, Any]
    training: dict[str, Any]
    path: Path


def model_folders() -> list[Path]:
    """Folders that are searched, in order."""
    return [*_own_folders(), SHIPPED]


def import_folder() -> Path:
    """Where imported models go: the first of the user's own folders."""
    return _own_folders()[0]


def _own_folders() -> list[Path]:
    named = [Path(p) for p in os.environ.get("BLOCKOUT_MODELS", "").split(os.pathsep) if p]
    if named:
        return named
    data = os.environ.get("LOCALAPPDATA") or os.environ.get("XDG_DATA_HOME")
    return [(Path(data) if data else Path.home() / ".local" / "share") / "blockout" / "models"]


def list_models() -> list[ModelCard]:
    """Cards of all models found; the first folder wins where a name appears twice."""
    found: dict[str, ModelCard] = {}
    for folder in model_folders():
        for path in sorted(folder.glob("*.json")):
            card = _read_card(path)
            found.setdefault(card.name, card)
    return list(found.values())


def read_card(path: Path) -> ModelCard:
    """The card of a model from its file, or from the weights' file beside it.

    Raises:
        ContractError: there is no card, or it is damaged.
    """
    return _read_card(path.with_suffix(".json"))


def find_model(method: str, name: str | None = None) -> ModelCard:
    """The card of a model, or of the method's first one when no name is given.

    One that was imported from elsewhere is the first one only where there is no other.

    Raises:
        ContractError: there is none; the message lists those there are.
    """
    cards = [c for c in list_models() if c.method == method and name in (None, c.name)]
    if not cards:
        names = ", ".join(c.name for c in list_models()) or "none"
        wanted = f"'{name}'" if name else f"for the method '{method}'"
        raise ContractError(
            "model",
            f"no model {wanted} is installed",
            f"Installed models: {names}. "
            "Reinstall blockout-render, or set BLOCKOUT_MODELS to the folder of your models",
        )
    return min(cards, key=lambda card: "imported" in card.training)


def suited_model(method: str, palette: Palette) -> ModelCard | None:
    """The card of the method's model whose domain shares most classes with a scene's palette.

    A class is shared where id and name agree. None where no model shares any; of equals, as in
    `find_model`, the first one that was not imported.
    """
    cards = [card for card in list_models() if card.method == method]
    shared = {card.name: _shared_classes(card.domain, palette) for card in cards}
    cards = [card for card in cards if shared[card.name]]
    if not cards:
        return None
    return min(cards, key=lambda card: (-shared[card.name], "imported" in card.training))


def _shared_classes(domain: str, palette: Palette) -> int:
    known = PALETTES.get(domain)
    if known is None:
        return 0
    names = {(entry.id, entry.name) for entry in known.classes}
    return sum((entry.id, entry.name) in names for entry in palette.classes)


def load_weights(card: ModelCard) -> dict[str, Tensor]:
    """The tensors of a model, after its hash was checked.

    Raises:
        ContractError: the file is missing, cut short, or not the one the card names.
    """
    from safetensors.torch import load

    fix = "Reinstall blockout-render, or copy the model's .safetensors and .json again"
    try:
        data = card.path.read_bytes()
    except OSError as error:
        raise ContractError(
            f"model '{card.name}'",
            f"its weights {card.path.name} cannot be read ({error.strerror})",
            fix,
        ) from error
    if hashlib.sha256(data).hexdigest() != card.sha256:
        raise ContractError(
            f"model '{card.name}'",
            f"its weights {card.path.name} are truncated or changed ({len(data):,} bytes)",
            fix,
        )
    return load(data)


def save_model(
    folder: Path,
    name: str,
    tensors: dict[str, Tensor],
    *,
    method: str,
    domain: str,
    size: int,
    config: dict[str, Any],
    training: dict[str, Any],
) -> ModelCard:
    """Write weights and card; each under a temporary name first, the card last."""
    from safetensors.torch import save

    data = save({key: value.contiguous() for key, value in tensors.items()})
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.safetensors"
    write_atomically(path, data)
    card = {
        "name": name,
        "method": method,
        "domain": domain,
        "size": size,
        "sha256": hashlib.sha256(data).hexdigest(),
        "bytes": len(data),
        "parameters": sum(value.numel() for value in tensors.values()),
        "config": config,
        "training": training,
    }
    write_atomically(folder / f"{name}.json", (json.dumps(card, indent=1) + "\n").encode())
    return _read_card(folder / f"{name}.json")


def change_config(card: ModelCard, changes: dict[str, Any]) -> ModelCard:
    """The card with other values in its configuration, also on the disk; the weights stay."""
    path = card.path.with_suffix(".json")
    told = json.loads(path.read_text())
    told["config"] |= changes
    write_atomically(path, (json.dumps(told, indent=1) + "\n").encode())
    return _read_card(path)


def _read_card(path: Path) -> ModelCard:
    try:
        data = json.loads(path.read_text())
        return ModelCard(
            name=data["name"],
            method=data["method"],
            domain=data["domain"],
            size=int(data["size"]),
            sha256=data["sha256"],
            config=data["config"],
            training=data["training"],
            path=path.with_suffix(".safetensors"),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ContractError(
            f"model card {path.name}", f"it cannot be read ({error})", "Copy the model again"
        ) from error

# SPDX-License-Identifier: Apache-2.0
"""Bare networks of models, whatever their method."""

from __future__ import annotations

import importlib
from os import PathLike
from pathlib import Path
from typing import Any

from .contract import ContractError
from .weights import read_card

_LOADERS = {
    "smis": "neural_core.methods.smis.loading:load_smis",
    "controllable3d": "neural_core.methods.controllable3d.loading:load_controllable3d",
}


def load_model(path: str | PathLike[str], device: str = "cpu") -> Any:
    """See `neural_core.load_model`."""
    card = read_card(Path(path))
    if card.method not in _LOADERS:
        raise ContractError(
            f"model '{card.name}'",
            f"the method '{card.method}' has no bare network",
            f"Use a model of {', '.join(_LOADERS)}",
        )
    module, _, function = _LOADERS[card.method].partition(":")
    return getattr(importlib.import_module(module), function)(card, device)

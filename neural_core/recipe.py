# SPDX-License-Identifier: Apache-2.0
"""The recipe of a picture: what is needed to make it again."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from typing import Any

import numpy as np

from . import __version__
from .contract import (
    CONTRACT_VERSION,
    ContractError,
    Controls,
    Frame,
    controls_from_plain,
    controls_to_plain,
)
from .methods.base import Method


def make_recipe(
    frame: Frame,
    scene_hash: str,
    pipeline: str,
    methods: Sequence[tuple[str, Method]],
    device: str,
) -> dict[str, Any]:
    """JSON-serialisable facts: scene and its hash, pipeline, controls, seeds, models, versions."""
    import torch

    return {
        "blockout": __version__,
        "contract": CONTRACT_VERSION,
        "pipeline": pipeline,
        "methods": [
            {"method": name, "model": method.model_name, "sha256": method.model_hash}
            for name, method in methods
        ],
        "scene": frame.scene,
        "scene_hash": scene_hash,
        "frame": frame.number,
        "size": [frame.width, frame.height],
        "controls": controls_to_plain(frame.controls),
        "device": device,
        "versions": {
            "python": platform.python_version(),
            "torch": torch.__version__,
            "numpy": np.__version__,
        },
    }


def controls_of(recipe: dict[str, Any]) -> Controls:
    """The controls that a recipe names.

    Raises:
        ContractError: they are missing or damaged.
    """
    try:
        return controls_from_plain(recipe["controls"])
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ContractError(
            "recipe.controls", f"they cannot be read ({error})", "Use a picture Blockout wrote"
        ) from error


def different_models(recipe: dict[str, Any], made: dict[str, Any]) -> list[str]:
    """Names of models whose weights are not those that the first recipe names."""
    wanted = {m["model"]: m["sha256"] for m in recipe.get("methods", [])}
    return [m["model"] for m in made["methods"] if wanted.get(m["model"]) != m["sha256"]]

# SPDX-License-Identifier: Apache-2.0
"""Blockout's neural core: Frames in, Renderings out."""

from __future__ import annotations

from importlib import import_module
from os import PathLike
from typing import Any

__version__ = "0.1.0"


def load_model(path: str | PathLike[str], device: str = "cpu") -> Any:
    """The bare network of a model, for those who work with tensors instead of Frames.

    ``load_model("smis-deepfashion.safetensors").generate(one_hot, codes)`` gives a (B, 3, H, W)
    picture in [-1, 1].

    Args:
        path: its ``.safetensors``, or the ``.json`` beside it.
        device: torch device.

    Raises:
        ContractError: there is no such model, it is damaged, or its method has no bare network.
    """
    # Named by a string: nothing that imports this package must load torch with it.
    return import_module("neural_core.loading").load_model(path, device)

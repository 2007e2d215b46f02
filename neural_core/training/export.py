# SPDX-License-Identifier: Apache-2.0
"""From a run to a model: averaged weights as fp16 safetensors, and a card of what was measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch

from neural_core.contract import ContractError
from neural_core.weights import ModelCard, save_model


def export_run(run: Path, name: str, folder: Path, *, method: str, domain: str) -> ModelCard:
    """Write ``name.safetensors`` and ``name.json`` into ``folder`` from a run's checkpoint.

    Raises:
        ContractError: the run has no checkpoint.
    """
    path = run / "checkpoint.pt"
    if not path.exists():
        raise ContractError(str(run), "there is no checkpoint", "Train first: blockout train")
    state = torch.load(path, map_location="cpu", weights_only=True)
    task = state["task"]
    tensors = {
        key: value.half() for key, value in task["average"].items() if value.dtype.is_floating_point
    }
    config = json.loads(json.dumps(task["config"]))
    return save_model(
        folder,
        name,
        tensors,
        method=method,
        domain=domain,
        size=int(config["size"]),
        config=config,
        training=_measured(run, state),
    )


def _measured(run: Path, state: dict[str, Any]) -> dict[str, Any]:
    """What the run wrote down of itself."""
    facts: dict[str, Any] = {
        "images": state["images"],
        "minutes": round(state["seconds"] / 60, 1),
        "steps": state["task"]["steps"],
        "options": state["task"]["options"],
    }
    log = run / "log.jsonl"
    if log.exists():
        facts["last_losses"] = json.loads(log.read_text().splitlines()[-1])
    data = run / "data.json"
    if data.exists():
        facts["data"] = json.loads(data.read_text())
    return facts

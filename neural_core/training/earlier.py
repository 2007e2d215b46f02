# SPDX-License-Identifier: Apache-2.0
"""A run that begins with the networks of an earlier one."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Protocol

import torch

from neural_core.contract import ContractError

from .loop import CHECKPOINT
from .run_config import read_run


class Startable(Protocol):
    """A task that can take another run's networks."""

    def load_weights(self, state: dict[str, Any]) -> None: ...


def begin_with(task: Startable, run: Path) -> dict[str, Any]:
    """Give ``task`` the networks of the run in this folder; returns what that run had seen,
    and under ``began_with`` what the one had that it began with itself.

    Raises:
        ContractError: the folder holds no checkpoint, or one of other networks.
    """
    path = run / CHECKPOINT
    if not path.exists():
        raise ContractError("start", f"{run} holds no run", f"Name a folder with a {CHECKPOINT}")
    state = torch.load(path, map_location="cpu", weights_only=True)
    try:
        task.load_weights(state["task"])
    except (KeyError, RuntimeError) as error:
        raise ContractError(
            "start", f"the run in {run} has other networks", "Use its method and --preset"
        ) from error
    before = read_run(run).get("data", {}).get("began_with")
    return {**seen_by(state), **({"began_with": before} if before else {})}


def seen_by(state: dict[str, Any]) -> dict[str, Any]:
    """How long the run of a checkpoint has been, as cards say it."""
    return {"images": state["images"], "minutes": round(state["seconds"] / 60, 1)}

# SPDX-License-Identifier: Apache-2.0
"""What a run of a generator against a discriminator keeps to go on from."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import torch

from .ema import ExponentialAverage


class AdversarialState:
    """State of a model, its discriminator, its average and both optimisers, for checkpoints."""

    model: Any  # the networks and their settings are the method's own
    discriminator: Any
    average: ExponentialAverage
    optimizer_g: torch.optim.Optimizer
    optimizer_d: torch.optim.Optimizer
    steps: int
    config: Any
    options: Any

    def state_dict(self) -> dict[str, Any]:
        """Everything a resumed run needs, tensors and plain values only."""
        return {
            "model": self.model.state_dict(),
            "discriminator": self.discriminator.state_dict(),
            "average": self.average.module.state_dict(),
            "average_updates": self.average.updates,
            "optimizer_g": self.optimizer_g.state_dict(),
            "optimizer_d": self.optimizer_d.state_dict(),
            "steps": self.steps,
            "config": self.config.to_dict(),
            "options": asdict(self.options),
        }

    def load_weights(self, state: dict[str, Any]) -> None:
        """Begin with the networks of another run's ``state_dict``; its optimisers stay behind.

        Raises:
            RuntimeError: the networks are not alike.
        """
        self.model.load_state_dict(state["model"])
        self.discriminator.load_state_dict(state["discriminator"])
        self.average.module.load_state_dict(state["average"])
        self.average.updates = state["average_updates"]

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from ``state_dict``."""
        self.load_weights(state)
        self.optimizer_g.load_state_dict(state["optimizer_g"])
        self.optimizer_d.load_state_dict(state["optimizer_d"])
        self.steps = state["steps"]

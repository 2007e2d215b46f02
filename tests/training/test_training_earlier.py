# SPDX-License-Identifier: Apache-2.0
"""A run begins with the networks of an earlier one, and with nothing else of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from torch import nn

from neural_core.contract import ContractError
from neural_core.layers.adversarial_state import AdversarialState
from neural_core.layers.ema import ExponentialAverage
from neural_core.training.earlier import begin_with


class Pair(AdversarialState):
    """A generator and a discriminator of one layer each."""

    def __init__(self, width: int = 3, steps: int = 0) -> None:
        self.model, self.discriminator = nn.Linear(2, width), nn.Linear(width, 1)
        self.average = ExponentialAverage(self.model)
        self.optimizer_g = torch.optim.Adam(self.model.parameters(), 1e-3)
        self.optimizer_d = torch.optim.Adam(self.discriminator.parameters(), 1e-3)
        self.steps = 0
        for _ in range(steps):
            self.optimizer_g.zero_grad()
            self.discriminator(self.model(torch.ones(1, 2))).sum().backward()
            self.optimizer_g.step()
            self.average.update(self.model)
            self.steps += 1


def save(task: Pair, folder: Path) -> None:
    networks = {
        "model": task.model.state_dict(),
        "discriminator": task.discriminator.state_dict(),
        "average": task.average.module.state_dict(),
        "average_updates": task.average.updates,
    }
    torch.save({"task": networks, "images": 40, "seconds": 90.0}, folder / "checkpoint.pt")


def test_the_networks_come_along_and_the_optimisers_stay(tmp_path: Path) -> None:
    old, new = Pair(steps=5), Pair()
    save(old, tmp_path)
    assert begin_with(new, tmp_path) == {"images": 40, "minutes": 1.5}
    first = {"images": 9, "minutes": 0.5}
    (tmp_path / "run.json").write_text(json.dumps({"data": {"began_with": first}}))
    assert begin_with(new, tmp_path) == {"images": 40, "minutes": 1.5, "began_with": first}
    for mine, theirs in (
        (new.model, old.model),
        (new.discriminator, old.discriminator),
        (new.average.module, old.average.module),
    ):
        for key, value in theirs.state_dict().items():
            assert torch.equal(mine.state_dict()[key], value)
    assert new.average.updates == 5 and new.steps == 0
    assert not new.optimizer_g.state_dict()["state"]


def test_no_run_and_other_networks_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="holds no run"):
        begin_with(Pair(), tmp_path)
    save(Pair(), tmp_path)
    with pytest.raises(ContractError, match="other networks"):
        begin_with(Pair(width=4), tmp_path)

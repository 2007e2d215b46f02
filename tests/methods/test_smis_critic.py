# SPDX-License-Identifier: Apache-2.0
"""Training with a critic on the features of the perceptual net, whose weights are random here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hed_weights import write_random_weights
from test_smis_training import CONFIG, batch, torch_copy

from neural_core.layers import perceptual
from neural_core.methods.smis.training import SmisTraining, SmisTrainingOptions

OPTIONS = SmisTrainingOptions(discriminator_width=8, warm_up=0.0, perceptual_crop=8, critic=1.0)


@pytest.fixture(autouse=True)
def random_net(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("h5py")
    monkeypatch.setattr(perceptual, "hed_weights_path", lambda: tmp_path / "w.h5")
    write_random_weights(tmp_path / "w.h5")


def new_task(options: SmisTrainingOptions = OPTIONS) -> SmisTraining:
    torch.manual_seed(0)
    return SmisTraining(CONFIG, options)


def test_the_critic_learns_and_teaches() -> None:
    task = new_task()
    assert task.critic is not None
    first = task.step(batch(), 0.5)
    assert {"critic", "critic_discriminates", "perceptual"} <= first.keys()
    for _ in range(15):
        losses = task.step(batch(), 0.5)
    assert losses["critic_discriminates"] < first["critic_discriminates"] - 0.2
    assert "perceptual" in losses  # at every step

    # The critic alone moves the picture, and the generator's step leaves the critic as it is.
    only = replace(OPTIONS, l1=0.0, perceptual=0.0, matching=0.0, adversarial=0.0, kl=0.0)
    alone = new_task(replace(only, learning_rate_d=0.0))
    assert alone.critic is not None
    heads = [p.detach().clone() for p in alone.critic.parameters()]
    before = [p.detach().clone() for p in alone.model.decoder.parameters()]
    alone.step(batch(), 0.1)
    after = alone.model.decoder.parameters()
    moved = [not torch.equal(a, b) for a, b in zip(before, after, strict=True)]
    assert any(moved)
    assert all(torch.equal(a, b) for a, b in zip(heads, alone.critic.parameters(), strict=True))


def test_a_state_with_a_critic_continues_exactly() -> None:
    task = new_task()
    task.step(batch(), 0.6)
    twin = new_task()
    twin.load_state_dict(torch_copy(dict(task.state_dict())))
    torch.manual_seed(5)
    expected = task.step(batch(), 0.6)
    torch.manual_seed(5)
    assert twin.step(batch(), 0.6) == pytest.approx(expected, rel=1e-4)


def test_a_run_without_a_critic_may_get_one() -> None:
    plain = new_task(replace(OPTIONS, critic=0.0))
    assert plain.critic is None
    plain.step(batch(), 0.6)
    task = new_task()
    task.load_weights(torch_copy(dict(plain.state_dict())))
    for name, value in plain.model.state_dict().items():
        assert torch.equal(value, task.model.state_dict()[name])
    assert "critic" in task.step(batch(), 0.6)

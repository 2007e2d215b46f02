# SPDX-License-Identifier: Apache-2.0
"""The two baselines: of the same size, trained by the same steps, kept as models of their own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from test_controllable3d_training import RESIDUAL, UPRIGHT, Squares, batch, changed

from neural_core.contract import ContractError
from neural_core.methods.controllable3d.baselines import (
    FREE,
    PLAIN,
    PLAIN_METHOD,
    Plain2d,
    PlainTraining,
    baseline,
    load_plain2d,
)
from neural_core.methods.controllable3d.config import PRESETS
from neural_core.methods.controllable3d.model import Controllable3d
from neural_core.methods.controllable3d.training import OPTIONS, Controllable3dTraining
from neural_core.training import controllable3d as command
from neural_core.training.export import export_run, method_of
from neural_core.training.loop import LoopOptions


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_the_plain_one_is_as_large(preset: str) -> None:
    config = PRESETS[preset]
    plain, _ = baseline(PLAIN, config, RESIDUAL)
    with torch.device("meta"):
        ours = sum(p.numel() for p in Controllable3d(config).parameters())
        theirs = sum(p.numel() for p in Plain2d(plain).parameters())
    assert 0.97 * ours < theirs <= ours


def test_the_free_one_differs_in_the_consistency_alone() -> None:
    config, options = baseline(FREE, PRESETS["cars-64"], OPTIONS["cars-64"])
    assert config == PRESETS["cars-64"]
    assert options == replace(OPTIONS["cars-64"], consistency=0.0)
    task = Controllable3dTraining(UPRIGHT, replace(RESIDUAL, consistency=0.0))
    assert "consistency" not in task.step(batch(UPRIGHT), 0.0)


def test_a_step_of_the_plain_one_updates_all_of_it() -> None:
    torch.manual_seed(0)
    config, options = baseline(PLAIN, UPRIGHT, RESIDUAL)
    task = PlainTraining(config, options)
    before = {n: v.clone() for n, v in task.model.state_dict().items()}
    critic = {n: v.clone() for n, v in task.discriminator.state_dict().items()}
    logs = task.step({"scene": batch(UPRIGHT)["scene"]}, 0.0)
    assert "consistency" not in logs and all(value == value for value in logs.values())
    for part in ("maps", "painter"):
        assert changed(before, task.model.state_dict(), part)
    assert changed(critic, task.discriminator.state_dict(), "blocks")
    assert task.model(torch.randn(3, UPRIGHT.latent)).shape == (3, 3, 16, 16)


def test_an_unknown_baseline_is_refused() -> None:
    with pytest.raises(ContractError, match="plain-2d, no-consistency"):
        baseline("flat", UPRIGHT, RESIDUAL)


def test_a_plain_run_becomes_a_model_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Pictures(Squares):
        def __init__(self, *_: object) -> None:
            self.scenes = self.backgrounds = torch.zeros(4, 16, 16, 3, dtype=torch.uint8).numpy()

    class Manifest:
        def __init__(self, _: Path) -> None: ...

        def manifest(self) -> dict:
            return {"recipe": {"scene": "cars"}}

        def done_seeds(self) -> set[int]:
            return set()

    monkeypatch.setattr(command, "UnpairedPictures", Pictures)
    monkeypatch.setattr(command, "DatasetStore", Manifest)
    monkeypatch.setitem(PRESETS, "tiny", UPRIGHT)
    monkeypatch.setitem(OPTIONS, "tiny", replace(RESIDUAL, penalty=0.0))
    run, loop = tmp_path / "run", LoopOptions(None, 2, images=4)
    command.train_controllable3d(
        tmp_path, tmp_path, run, loop, preset="tiny", against=PLAIN, precision="fp32"
    )
    assert method_of(run) == PLAIN_METHOD
    card = export_run(run, "plain", tmp_path, method=method_of(run), domain="cars")
    assert card.training["preset"] == "tiny/plain-2d" and card.training["images"] == 4
    pictures = load_plain2d(card)(torch.randn(2, UPRIGHT.latent))
    assert pictures.shape == (2, 3, 16, 16) and float(pictures.abs().max()) <= 1
    with pytest.raises(ContractError, match="differs in"):
        command.train_controllable3d(
            tmp_path, tmp_path, run, loop, preset="tiny", against=FREE, precision="fp32"
        )

# SPDX-License-Identifier: Apache-2.0
"""`blockout train smis-apart`: from a model to a better one, cut in two, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from made_up_sets import made_up_set
from smis_tiny import CONFIG, install

from neural_core.cli import run
from neural_core.contract import ContractError, Controls
from neural_core.evaluation.model_card import model_card
from neural_core.methods.smis.ablations import ablation
from neural_core.methods.smis.method import SmisMethod
from neural_core.training.run_config import read_run
from neural_core.weights import find_model

TAUGHT = replace(CONFIG, prior_rank=2)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return made_up_set(tmp_path_factory.mktemp("street"), "street")


@pytest.fixture(autouse=True)
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "models"
    install(folder, "tiny", config=TAUGHT)
    install(folder, "tiny-vspade", config=ablation(CONFIG, "vspade"))
    monkeypatch.setenv("BLOCKOUT_MODELS", str(folder))
    return folder


def train(data: Path, out: Path, images: int, *more: str) -> int:
    command = ["train", "smis-apart", "--data", str(data), "--out", str(out), "--batch", "2"]
    command += ["--model", "tiny", "--precision", "fp32", "--workers", "0"]
    return run([*command, "--images", str(images), *more])


def test_a_model_becomes_another_one(data: Path, models: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    assert train(data, out, 6, "--option", "apart=4", "--option", "learning_rate=0.001") == 0
    told = read_run(out)
    assert told["method"] == "smis-apart" and told["options"]["apart"] == 4.0
    assert told["data"]["taught_by"]["name"] == "tiny"
    assert len(list(out.glob("samples_*.png"))) == 2
    names = ["models", "export", str(out), "apart", "--domain", "street", "--out", str(models)]
    assert run(names) == 0
    before, after = SmisMethod("tiny"), SmisMethod("apart")
    page = model_card(find_model("smis", "apart"), [])
    assert "- learning_rate: 0.001" in page and "taught_by" not in page
    assert "## Training of its teacher, tiny" in page
    teacher, card = find_model("smis", "tiny"), find_model("smis", "apart")
    assert card.training["images"] == 6
    assert card.training["data"]["taught_by"]["sha256"] == teacher.sha256
    style = before.keep_style(Controls(seed=4))
    named = Controls(styles={"old": style}, style="old")
    assert torch.equal(after.codes(named), before.codes(named)), "a style of the teacher is good"
    with pytest.raises(ContractError, match="another model"):
        strange = Controls(styles={"old": replace(style, model="other")}, style="old")
        after.codes(strange)
    own, taught = after.network.state_dict(), before.network.state_dict()
    stored = {name: value.half().float() for name, value in taught.items()}
    different = {name for name, value in own.items() if not torch.equal(value, stored[name])}
    assert different and all(name.startswith("decoder.") for name in different)


def test_the_same_command_goes_on_where_it_was(data: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    assert train(data, out, 4) == 0
    told = json.loads((out / "run.json").read_text())
    told["loop"]["images"] = 6  # as if it had been told so from the start, and was killed
    (out / "run.json").write_text(json.dumps(told))
    assert train(data, out, 6) == 0
    state = torch.load(out / "checkpoint.pt", weights_only=True)
    assert state["images"] == 6 and state["task"]["steps"] == 3


def test_what_cannot_be_taught_is_refused_in_a_sentence(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train(data, tmp_path / "a", 2, "--model", "nothing") == 2
    assert "no model 'nothing'" in capsys.readouterr().err
    assert train(data, tmp_path / "a", 2, "--model", "tiny-vspade") == 2
    assert "code per class" in capsys.readouterr().err
    assert train(data, tmp_path / "a", 2, "--option", "heat=1") == 2
    assert "Use learning_rate" in capsys.readouterr().err
    assert train(data, tmp_path / "run", 2) == 0
    assert train(data, tmp_path / "run", 2, "--option", "apart=1") == 2
    assert "apart: 8.0 -> 1.0" in capsys.readouterr().err

# SPDX-License-Identifier: Apache-2.0
"""A run becomes a model whose card says what the run measured."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from neural_core.cli import run as command
from neural_core.contract import ContractError
from neural_core.evaluation.report import Report, Row
from neural_core.training import export
from neural_core.training.run_config import RunConfig, machine_facts, start_or_continue
from neural_core.weights import find_model, load_weights


def checkpoint(**more: Any) -> dict[str, Any]:
    """What the loop saves, around two weights and a counter that does not ship."""
    average = {"weight": torch.tensor([1.0, 2.5]), "count": torch.tensor(3)}
    return {
        "task": {"average": average, "config": {"size": 64}, "steps": 5, "options": {"l1": 6.0}},
        "images": 300,
        "seconds": 60.0,
        **more,
    }


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = tmp_path / "run"
    data = {"recipe": {"scene": "street", "size": 64, "classes": {"7": "road"}}}
    loop = {"batch": 4, "seed": 3, "images": None}
    machine = machine_facts("cpu", "fp32")
    start_or_continue(folder, RunConfig("smis", "tiny", {}, {}, loop, data, machine))
    torch.save(checkpoint(waited=1.5), folder / "checkpoint.pt")
    rows = [{"images": 200, "l1": 0.5}, {"images": 300, "l1": 0.25}, {"images": 300, "alarm": "x"}]
    rows.append({"images": 400, "l1": 0.2})  # after the checkpoint
    (folder / "log.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


def test_a_run_becomes_a_model_and_a_page(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = tmp_path / "models"
    monkeypatch.setenv("BLOCKOUT_MODELS", str(models))
    assert command(
        ["models", "export", str(run), "tiny", "--domain", "street", "--out", str(models)]
    ) == 0  # fmt: skip
    card = find_model("smis", "tiny")
    weights = load_weights(card)
    assert weights.keys() == {"weight"}
    assert weights["weight"].dtype == torch.float16
    assert weights["weight"].tolist() == [1.0, 2.5]
    assert card.size == 64
    assert card.training["images_per_s"] == 5.0
    assert card.training["waiting"] == 0.025
    assert card.training["seed"] == 3
    assert card.training["last_losses"] == {"images": 300, "l1": 0.25}
    report = Report("smis on frames", {"split": "val"}, [Row("tiny", 8, kid=0.5)], [])
    report.save(tmp_path / "t.json")
    page = tmp_path / "docs" / "tiny.md"
    arguments = ["models", "card", "tiny", "--table", str(tmp_path / "t.json")]
    assert command([*arguments, "--out", str(page)]) == 0
    text = page.read_text()
    for words in (
        "# tiny",
        card.sha256,
        "- time spent waiting for data: 2.5 %",
        "- images_per_s: 5.0",
        "- data: scene: street",
        "- l1: 0.25",
        "### smis on frames",
        "| tiny | 8 | 0.5000 |",
    ):
        assert words in text


def test_a_run_of_an_earlier_version_becomes_one_too(run: Path, tmp_path: Path) -> None:
    (run / "run.json").unlink()
    torch.save(checkpoint(random=torch.get_rng_state()), run / "checkpoint.pt")
    (run / "data.json").write_text('{"train_frames": 12}')
    out = str(tmp_path)
    assert command(["models", "export", str(run), "old", "--domain", "street", "--out", out]) == 0
    card = json.loads((tmp_path / "old.json").read_text())
    assert card["training"]["data"] == {"train_frames": 12}
    assert card["training"]["waiting"] == 0
    assert card["method"] == "smis"


def test_what_is_no_table_is_told(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BLOCKOUT_MODELS", str(tmp_path))
    command(["models", "export", str(run), "tiny", "--domain", "street", "--out", str(tmp_path)])
    (tmp_path / "no").write_text("{}")
    assert command(["models", "card", "tiny", "--table", str(tmp_path / "no")]) == 2
    assert "no table of measurements" in capsys.readouterr().err


def test_a_fine_tuned_run_is_blended_with_the_one_it_began_with(tmp_path: Path) -> None:
    earlier = tmp_path / "earlier"
    earlier.mkdir()
    torch.save(checkpoint(), earlier / "checkpoint.pt")
    mine = checkpoint()
    mine["task"]["average"] = {"weight": torch.tensor([3.0, 0.5]), "count": torch.tensor(7)}
    export._blend(mine, earlier, 0.25)
    assert torch.equal(mine["task"]["average"]["weight"], torch.tensor([1.5, 2.0]))
    assert mine["task"]["average"]["count"] == 7
    assert mine["blended"] == {"with": {"images": 300, "minutes": 1.0}, "share": 0.25}
    for share, average, text in (
        (1.5, mine["task"]["average"], "out of range"),
        (0.5, {"weight": torch.zeros(3)}, "other networks"),
    ):
        with pytest.raises(ContractError, match=text):
            export._blend({"task": {"average": average}}, earlier, share)


def test_a_blend_without_data_is_refused(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(
        ["models", "export", str(run), "tiny", "--domain", "street", "--blend", str(run)]
    ) != 0  # fmt: skip
    assert "only SMIS with --data blends" in capsys.readouterr().err

# SPDX-License-Identifier: Apache-2.0
"""The measurement of SMIS: what its rows say, not how fast anything is."""

from __future__ import annotations

import json

import pytest

from neural_core.benchmarks import groups, smis
from neural_core.cli import run
from neural_core.contract import ContractError
from neural_core.methods.smis.config import SmisConfig, Stage

TINY = SmisConfig(
    class_ids=((1,), (2,)),
    class_names=("a", "b"),
    guides=("edge",),
    size=16,
    stem=16,
    stages=(Stage(16, 2, 16), Stage(16, 2, 16), Stage(16, 1, 16)),
)


def test_a_row_for_every_size_batch_and_path(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(smis, "PRESETS", {"tiny": TINY})
    arguments = ["bench", "smis", "--preset", "tiny", "--sizes", "16,32", "--batches", "1,2"]
    assert run([*arguments, "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["size"], row["batch"], row["path"]) for row in rows] == [
        (size, batch, path) for size in (16, 32) for batch in (1, 2) for path in smis.PATHS
    ]
    for row in rows:
        assert row.keys() >= {"size", "batch", "path", "ms", "speedup", "peak_mb", "dtype"}
        assert row["ms"] > 0
        assert (row["speedup"] == 1) if row["path"] == "plain" else row["speedup"] > 0
    assert rows[0]["dtype"] == "float32"
    assert run(arguments) == 0
    text = capsys.readouterr().out
    assert text.count("\n") == len(rows) + 1
    assert "peak MB" in text


def test_pictures_of_a_batch_differ_and_every_pixel_has_one_class() -> None:
    case = smis.example(TINY, 32, 2)
    assert (case.masks.sum(1) == 1).all()
    assert not (case.masks[0] == case.masks[1]).all()


def test_what_cannot_be_measured_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ContractError, match=r"Use one of street-128, .*deepfashion"):
        smis.config_of("coco")
    assert run(["bench", "smis", "--sizes", "128,x"]) == 2
    assert "'128,x' is no list of sizes" in capsys.readouterr().err
    assert run(["bench", "smis", "--repeats", "0"]) == 2


def test_every_grouped_stage_is_measured_three_ways(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(smis, "PRESETS", {"tiny": TINY})
    assert run(["bench", "groups", "--preset", "tiny", "--repeats", "1", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["stage"], row["size"], row["way"]) for row in rows] == [
        (stage, size, way) for stage, size in ((0, 4), (1, 8)) for way in groups.WAYS
    ]
    assert all(row["groups"] == 2 and row["ms"] > 0 for row in rows)

# SPDX-License-Identifier: Apache-2.0
"""How much another look of one class changes around it, where the answer is known."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from smis_tiny import CONFIG, install
from torch import Tensor

from neural_core.evaluation.spill import Spill, spills, table
from neural_core.methods.smis.ablations import ablation
from neural_core.methods.smis.method import SmisMethod


def frames() -> dict[str, Tensor]:
    """Road below, a building above it, a car of a few pixels."""
    semantic = torch.full((2, 32, 32), 7)
    semantic[:, :16] = 12
    semantic[:, 20:22, 3:6] = 26
    flat = torch.ones(2, 3, 32, 32)
    return {
        "semantic": semantic,
        "instance": torch.zeros(2, 32, 32, dtype=torch.int64),
        "inverse_depth": flat[:, :1] * 0.1,
        "normal": flat,
        "shading": flat,
        "tint": flat,
        "tint_valid": flat[:, :1] * 0,
    }


def test_networks_that_are_apart_spill_nothing_and_others_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BLOCKOUT_MODELS", str(tmp_path))
    install(tmp_path, "apart", config=ablation(CONFIG, "mulnet"))
    install(tmp_path, "mixed", config=CONFIG)
    rows = {name: spills(SmisMethod(name), frames(), looks=2) for name in ("apart", "mixed")}
    for found in rows.values():
        assert [one.name for one in found] == ["road", "building"], "the car is too small"
        assert [one.share for one in found] == pytest.approx([0.494, 0.5], abs=1e-3)
        assert all(one.inside > 0.005 for one in found)
    assert all(one.outside == 0.0 and one.ratio == 0.0 for one in rows["apart"])
    assert all(one.ratio > 0.05 for one in rows["mixed"])
    assert len(spills(SmisMethod("mixed"), frames(), looks=1, least=0.0)) == 3


def test_the_table_has_a_row_for_each_model() -> None:
    rows = {"a": [Spill("road", 0.5, 0.2, 0.05)], "b": [Spill("road", 0.5, 0.0, 0.0)]}
    lines = table(rows).splitlines()
    assert lines[0] == "| | road |"
    assert lines[2:] == ["| a | 0.250 |", "| b | 0.000 |"]

# SPDX-License-Identifier: Apache-2.0
"""The benchmark's keys and arithmetic, on networks too small to wait for."""

from __future__ import annotations

from pathlib import Path

import pytest

from neural_core.benchmarks import authors_size
from neural_core.benchmarks import controllable3d as bench
from neural_core.contract import ContractError
from neural_core.methods.controllable3d.config import PRESETS, Controllable3dConfig

TINY = Controllable3dConfig(
    size=16,
    primitives=2,
    points=4,
    latent=16,
    texture_width=4,
    texture_code=8,
    texture_size=(8, 16),
    background_texture_size=(8, 16),
    width=4,
    background_width=4,
)
UPRIGHT = Controllable3dConfig.from_dict(
    {**TINY.to_dict(), "primitive": "cuboid", "primitives": 1, "poses": "upright"}
)


def test_it_reports_what_it_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> None:
        raise ContractError("weights", "are missing", "Install them")

    monkeypatch.setitem(PRESETS, authors_size.PRESET, TINY)
    monkeypatch.setitem(PRESETS, bench.TRAINED_PRESET, UPRIGHT)
    monkeypatch.setattr(bench, "efficientnet_lite0_path", missing)
    result = bench.run(repeats=1)
    parts = result["authors_size_parts_ms"]
    assert result["authors_size_ms"] == pytest.approx(sum(parts.values()), abs=0.2)
    assert parts["projection"] > 0 and parts["networks"] > 0
    assert "speedup" not in result
    speed = bench.TRAINED_BATCH / result["train_step_ms"] * 1000
    assert result["train_images_per_s"] == pytest.approx(speed, rel=0.02)
    share = result["renderer_ms"] / result["train_step_ms"]
    assert result["renderer_share"] == pytest.approx(share, abs=0.01) and 0 < share < 1
    assert result["discriminator"] == "residual"
    assert "images/s" in bench.table(result)


def test_the_authors_code_is_timed_beside_ours_with_the_same_weights(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(PRESETS, authors_size.PRESET, TINY)
    monkeypatch.setattr(bench, "_training", lambda repeats: (100.0, 5.0, "residual"))
    folder = Path(__file__).parent / "authors_repository"
    result = bench.run(repeats=3, authors_code=folder)
    assert result["painted_difference"] < 1e-5
    parts = result["authors_code_parts_ms"]
    assert result["authors_code_ms"] == pytest.approx(sum(parts.values()), abs=0.2)
    least, most = result["speedup_between"]
    assert 0 < least <= result["speedup"] <= most
    # Points one by one, in a loop: however busy the machine, that is slower.
    assert parts["projection"] > result["authors_size_parts_ms"]["projection"]
    assert "times as long" in bench.table(result)

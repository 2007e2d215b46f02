# SPDX-License-Identifier: Apache-2.0
"""The sheet of controls: what each row asks for, and that it is written."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from neural_core.cli import run
from neural_core.evaluation.control_grid import COLUMNS, control_frames
from neural_core.geometry.passes import rasterize_passes
from neural_core.methods.controllable3d.config import PRESETS, Controllable3dConfig
from neural_core.methods.controllable3d.model import Controllable3d
from neural_core.methods.controllable3d.placement import (
    camera_out_of_range,
    out_of_range,
    pose_of,
    view_of,
)
from neural_core.weights import save_model

TINY = replace(PRESETS["cars-64"], size=16, width=4, background_width=4, texture_width=4, latent=16)


@pytest.mark.parametrize("config", [TINY, PRESETS["authors-car"]], ids=["cars", "authors"])
def test_rows_ask_for_one_thing_each_within_the_trained_range(
    config: Controllable3dConfig,
) -> None:
    rows = control_frames(config, seed=3)
    assert list(rows) == ["translate", "rotate", "orbit", "hide", "swap seed"]
    size = (config.size, config.size)
    for frames in rows.values():
        assert len(frames) == COLUMNS
        for frame in frames:
            view = view_of(frame.camera, size, size, config.metres)
            assert camera_out_of_range(view, config) == []
            for item in frame.objects:
                assert out_of_range(item, pose_of(item, config), config) == []
            seen = set(np.unique(rasterize_passes(frame).instance)) - {0}
            assert seen == {item.instance_id for item in frame.objects}
    still = rows["orbit"][0].objects
    for name in ("translate", "swap seed"):
        for frame in rows[name]:
            assert np.array_equal(frame.objects[1].matrix_world, still[1].matrix_world)
    places = np.array([frame.objects[0].matrix_world[:2, 3] for frame in rows["translate"]])
    assert len(np.unique(places.round(3), axis=0)) == COLUMNS
    headings = np.array([frame.objects[0].matrix_world[:2, 1] for frame in rows["rotate"]])
    assert len(np.unique(headings.round(3), axis=0)) == COLUMNS
    assert len({frame.objects[0].appearance_seed for frame in rows["swap seed"]}) == COLUMNS
    assert len({len(frame.objects) for frame in rows["hide"]}) == 3


def test_the_command_writes_a_sheet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BLOCKOUT_MODELS", str(tmp_path / "models"))
    torch.manual_seed(0)
    tensors = Controllable3d(TINY).state_dict()
    kept = {name: value for name, value in tensors.items() if value.dtype.is_floating_point}
    save_model(
        tmp_path / "models", "tiny", kept, method="controllable3d", domain="cars", size=16,
        config=TINY.to_dict(), training={},
    )  # fmt: skip
    out = tmp_path / "new" / "grid.png"
    assert run(["models", "grid", "tiny", "--out", str(out), "--json"]) == 0
    assert '"model": "tiny"' in capsys.readouterr().out
    with Image.open(out) as sheet:
        assert sheet.size == (96 + COLUMNS * 131, 5 * 131)
        assert np.asarray(sheet).std() > 5
    assert run(["models", "grid", "none", "--out", str(out)]) == 2

# SPDX-License-Identifier: Apache-2.0
"""One real scene through Blender, the built extension and the rasteriser."""

import importlib.util

import pytest
import torch

from neural_core.data.build import BuildPlan, build_dataset
from neural_core.data.dataset import FrameDataset

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("bpy") is None, reason="this Python has no bpy"
)

CAR, SKY, ROAD = 26, 23, 7


def test_a_street_becomes_frames_of_both_forms(tmp_path):
    build_dataset(BuildPlan(tmp_path / "set", count=2, size=32, seed=19, cameras=2, samples=2))
    data = FrameDataset(tmp_path / "set", "all", "both")
    assert [data.key(i) for i in range(len(data))] == [(19, 0), (19, 1)]
    sample = data[0]
    assert sample["image"].float().std() > 10
    for form in ("detailed", "blockout"):
        semantic = sample[f"{form}_semantic"]
        assert CAR in semantic and ROAD in semantic
        empty = sample[f"{form}_inverse_depth"][0] == 0
        assert torch.equal(empty, semantic == SKY)
        lengths = sample[f"{form}_normal"].norm(dim=0)[~empty]
        assert torch.allclose(lengths, torch.ones_like(lengths), atol=1e-3)
        assert sample[f"{form}_shading"].max() > 0.2
    agree = sample["detailed_semantic"] == sample["blockout_semantic"]
    assert 0.5 < agree.float().mean() < 1.0
    detailed, blockout = data.table(0, "detailed"), data.table(0, "blockout")
    assert set(detailed.appearance_seed[1:]) <= set(blockout.appearance_seed[1:])

# SPDX-License-Identifier: Apache-2.0
"""Real scenes of all families through Blender, the built extension and the rasteriser."""

import importlib.util

import numpy as np
import pytest
import torch

from neural_core.contract import VOID
from neural_core.data.annotations import Categories, Labeller, dataset_shots
from neural_core.data.build import BuildPlan, build_dataset
from neural_core.data.dataset import FrameDataset
from neural_core.data.families import palette_of

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
    # Some are seen in one form alone: a neighbour's box hides more than the neighbour.
    seen, boxes = (set(t.appearance_seed[1:].tolist()) for t in (detailed, blockout))
    assert len(seen & boxes) > 0.7 * len(seen)


@pytest.mark.parametrize("family", ["cars", "room", "figure"])
def test_every_family_becomes_frames_of_its_own_classes(family, tmp_path):
    build_dataset(BuildPlan(tmp_path, family, count=2, size=48, seed=19, cameras=2, samples=2))
    palette = palette_of(family)
    known = {entry.id for entry in palette.classes}
    data = FrameDataset(tmp_path, "all", "both")
    for index in range(len(data)):
        sample = data[index]
        assert sample["image"].float().std() > 8
        detailed, blockout = sample["detailed_semantic"], sample["blockout_semantic"]
        assert VOID not in detailed and VOID not in blockout
        assert set(detailed.unique().tolist()) <= known
        assert (detailed == blockout).float().mean() > 0.5
        assert sample["blockout_shading"].max() > 0.2
        assert ("keypoints" in sample) == (family == "figure")
    for index, shot in enumerate(dataset_shots(tmp_path)):
        labels = Labeller(Categories.create(palette)).label(shot)
        _check_bodies(shot, labels, family == "figure")
        for points, body in zip(
            data.keypoints(index), (x for x in labels.instances if x.keypoints is not None),
            strict=True,
        ):  # fmt: skip
            assert points[:, :2] == pytest.approx(body.keypoints[:, :2], abs=0.01)
            assert np.array_equal(points[:, 2] > 0, body.keypoints[:, 2] > 0)


def _check_bodies(shot, labels, has_body):
    """One person with keypoints, most of which are seen, on or beside its own pixels."""
    bodies = [label for label in labels.instances if label.keypoints is not None]
    assert len(bodies) == has_body
    for body in bodies:
        assert body.category == labels.categories.person and body.keypoints.shape == (18, 3)
        points = body.keypoints[body.keypoints[:, 2] > 0]
        assert len(points) >= 5
        columns, rows = np.divmod(body.pixels, shot.frame.height)
        away = np.hypot(points[:, 0, None] - columns - 0.5, points[:, 1, None] - rows - 0.5)
        assert np.median(away.min(axis=1)) < 1.5 and away.min(axis=1).max() < 8

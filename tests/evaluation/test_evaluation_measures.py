# SPDX-License-Identifier: Apache-2.0
"""Every measure: nothing for equal sets, more for worse ones."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from neural_core.contract import ContractError
from neural_core.data.class_slots import IGNORED
from neural_core.evaluation.likeness import BEST_PSNR, likeness, mean_likeness
from neural_core.evaluation.perceptual import PerceptualDistance
from neural_core.evaluation.segmentation import Confusion
from neural_core.evaluation.sets import pooled_features, set_distances
from neural_core.layers.efficientnet_lite import (
    FEATURES,
    TAP_CHANNELS,
    EfficientNetLite0,
)

SOME = 64
"""Features taken for the ladders: the matrix root of all 1280 takes seconds."""


def test_the_backbone_halves_at_every_tap() -> None:
    backbone = EfficientNetLite0(pretrained=False).train()
    assert not backbone.training
    picture = torch.zeros(1, 3, 64, 48)
    shapes = [tuple(tap.shape[1:]) for tap in backbone.taps(picture)]
    sizes = [(64 >> k, 48 >> k) for k in range(1, 5)] + [(2, 2)]
    assert shapes == [(c, h, w) for c, (h, w) in zip(TAP_CHANNELS, sizes, strict=True)]
    assert backbone(picture).shape == (1, FEATURES)


def test_the_backbone_recognises_what_it_was_trained_on(backbone: EfficientNetLite0) -> None:
    """A drawn orange disc on white is taken for a round thing, ImageNet's ball or fruit."""
    rows, columns = torch.meshgrid(torch.arange(224.0), torch.arange(224.0), indexing="ij")
    disc = (rows - 112) ** 2 + (columns - 112) ** 2 < 70**2
    shade = 1 - 0.4 * ((rows - 80) ** 2 + (columns - 80) ** 2).sqrt() / 112
    color = torch.tensor([1.0, 0.55, 0.05]).view(3, 1, 1)
    picture = torch.where(disc, color * shade, torch.ones(3, 224, 224)) * 2 - 1
    best = backbone.logits(picture[None]).softmax(1).topk(3).indices[0].tolist()
    assert set(best) & {852, 722, 890, 950, 951, 429, 805, 971, 417}


def test_equal_sets_are_no_distance_apart(backbone: EfficientNetLite0, renders: Tensor) -> None:
    features = pooled_features(backbone, [renders[:3], renders[3:]])
    assert features.shape == (len(renders), FEATURES)
    found = set_distances(features[:, :SOME], features[:, :SOME])
    assert abs(found.fid) < 1e-4
    # KID is unbiased: over equal sets it falls below zero, never above.
    assert found.kid <= 0


def test_sets_drift_apart_with_noise_and_blur(
    backbone: EfficientNetLite0, ladder: list[Tensor]
) -> None:
    features = [pooled_features(backbone, [p])[:, :SOME] for p in ladder]
    found = [set_distances(f, features[0]) for f in features]
    for name in ("kid", "fid"):
        values = [getattr(distances, name) for distances in found]
        assert values == sorted(values)
        assert values[-1] > values[0] + 1e-3


def test_the_same_seed_draws_the_same_subsets_and_leaves_the_others_alone() -> None:
    generator = torch.Generator().manual_seed(0)
    first, second = (torch.randn(n, 8, generator=generator) for n in (30, 20))
    state = torch.get_rng_state()
    assert set_distances(first, second, seed=3) == set_distances(first, second, seed=3)
    assert torch.equal(torch.get_rng_state(), state)


def test_a_set_of_one_is_refused() -> None:
    with pytest.raises(ContractError, match="two or more"):
        set_distances(torch.zeros(1, 4), torch.zeros(5, 4))


def test_the_perceptual_distance_grows_with_noise_and_blur(
    backbone: EfficientNetLite0, ladder: list[Tensor]
) -> None:
    distance = PerceptualDistance(backbone)
    values = [float(distance(p[:4], ladder[0][:4]).mean()) for p in ladder]
    assert values[0] == 0
    assert values == sorted(values)
    assert values[1] > 0.01


def test_likeness_falls_with_noise_and_blur(ladder: list[Tensor]) -> None:
    rows = [mean_likeness([likeness(p, ladder[0])]) for p in ladder]
    assert rows[0] == pytest.approx({"psnr": BEST_PSNR, "ssim": 1.0, "flip": 0.0}, abs=1e-4)
    for name in ("psnr", "ssim"):
        values = [row[name] for row in rows]
        assert values == sorted(values, reverse=True)
        assert len(set(values)) == len(values)


def test_psnr_is_that_of_a_constant_difference() -> None:
    dark, light = torch.full((2, 3, 16, 16), -0.2), torch.zeros(2, 3, 16, 16)
    assert likeness(dark, light)["psnr"].tolist() == pytest.approx([20.0, 20.0], abs=1e-3)


def test_the_confusion_by_hand() -> None:
    asked = torch.tensor([[[0, 0, 1], [1, IGNORED, 1]]])
    recognised = torch.tensor([[[0, 1, 1], [1, 2, 2]]])
    confusion = Confusion(3)
    confusion.update(recognised, asked)
    assert confusion.accuracy() == pytest.approx(3 / 5)
    iou = confusion.intersection_over_union()
    assert iou[:2].tolist() == pytest.approx([1 / 2, 2 / 4])
    assert math.isnan(iou[2])
    assert confusion.mean_iou() == pytest.approx(0.5)


def test_shuffled_labels_score_worse() -> None:
    generator = torch.Generator().manual_seed(0)
    labels = torch.randint(0, 4, (6, 8, 8), generator=generator)
    right, shuffled = Confusion(4), Confusion(4)
    right.update(labels, labels)
    shuffled.update(labels, labels.roll(1, 0))
    assert right.mean_iou() == right.accuracy() == 1
    assert shuffled.mean_iou() < 0.5 > shuffled.accuracy()

# SPDX-License-Identifier: Apache-2.0
"""GroupDNet: the isolation that grouping promises, and its fast paths against plain twins."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from neural_core.methods.smis.config import SmisConfig, Stage
from neural_core.methods.smis.crops import class_crops, plain_class_crops
from neural_core.methods.smis.labels import (
    class_masks,
    grouped_labels,
    instance_edges,
    instance_places,
)
from neural_core.methods.smis.model import GroupDNet
from neural_core.methods.smis.presets import PRESETS

CLASSES = 4


def tiny(**changes: object) -> SmisConfig:
    config = SmisConfig(
        class_ids=((1,), (2,), (3, 5), (4,)),
        class_names=("a", "b", "c", "d"),
        size=16,
        encoder_crop=16,
        encoder_widths=(4, 4),
        stem=16,
        stages=(Stage(16, 4, 16), Stage(16, 2, 16), Stage(8, 1, 16)),
    )
    return replace(config, **changes)  # type: ignore[arg-type]


def random_masks(batch: int = 2, size: int = 16) -> torch.Tensor:
    semantic = torch.randint(0, CLASSES, (batch, size, size))
    return torch.nn.functional.one_hot(semantic, CLASSES).permute(0, 3, 1, 2).float()


def test_encoder_sees_of_each_class_its_own_pixels_only() -> None:
    torch.manual_seed(0)
    model = GroupDNet(tiny()).eval()
    masks = random_masks()
    image = torch.randn(2, 3, 16, 16, requires_grad=True)
    mean, _ = model.encoder(image, masks)
    for c in range(CLASSES):
        own = mean[:, c * 8 : (c + 1) * 8].sum()
        (gradient,) = torch.autograd.grad(own, image, retain_graph=True)
        outside = gradient * (1 - masks[:, c : c + 1])
        assert outside.abs().max() == 0
        assert gradient.abs().max() > 0


@pytest.mark.parametrize("training", [False, True])
def test_decoder_groups_stay_apart_when_groups_equal_classes(training: bool) -> None:
    torch.manual_seed(0)
    stages = (Stage(16, 4, 16), Stage(16, 4, 16), Stage(8, 4, 16))
    model = GroupDNet(tiny(stages=stages, guides=("edge",))).train(training)
    codes = torch.randn(2, 32, 4, 4, requires_grad=True)
    features: list[torch.Tensor] = []
    model.decoder.blocks[-1].register_forward_hook(lambda *args: features.append(args[2]))
    model.decoder(codes, random_masks(), torch.rand(2, 1, 16, 16))
    for k in range(CLASSES):
        own = features[0][:, k * 2 : (k + 1) * 2].square().sum()
        (gradient,) = torch.autograd.grad(own, codes, retain_graph=True)
        per_class = gradient.reshape(2, CLASSES, 8, 4, 4).abs().amax((0, 2, 3, 4))
        assert per_class[k] > 0
        assert all(per_class[j] == 0 for j in range(CLASSES) if j != k)


def test_decreasing_groups_let_classes_meet() -> None:
    torch.manual_seed(0)
    model = GroupDNet(tiny()).eval()
    codes = torch.randn(1, 32, 4, 4, requires_grad=True)
    picture = model.decoder(codes, random_masks(1))
    (gradient,) = torch.autograd.grad(picture.square().sum(), codes)
    assert (gradient.reshape(CLASSES, -1).abs().amax(1) > 0).all()


def test_crops_equal_the_plain_twin_in_values_and_gradients() -> None:
    torch.manual_seed(1)
    masks = torch.zeros(2, 3, 24, 32)
    masks[0, 0, 3:9, 5:20] = 1
    masks[0, 1, 12:24, :7] = 1
    masks[1, 2] = 1
    image = torch.randn(2, 3, 24, 32, requires_grad=True)
    weights = torch.randn(2, 9, 16, 16)
    fast = class_crops(image, masks, (16, 16))
    plain = plain_class_crops(image, masks, (16, 16))
    torch.testing.assert_close(fast, plain, rtol=0, atol=0)
    (g_fast,) = torch.autograd.grad((fast * weights).sum(), image)
    (g_plain,) = torch.autograd.grad((plain * weights).sum(), image)
    torch.testing.assert_close(g_fast, g_plain)


def test_an_absent_class_gives_zeros() -> None:
    masks = torch.zeros(1, 2, 8, 8)
    masks[0, 0] = 1
    crops = class_crops(torch.randn(1, 3, 8, 8), masks, (4, 4))
    assert crops[:, 3:].abs().max() == 0


@pytest.mark.parametrize("groups", [1, 2, 4])
def test_guides_reach_only_the_groups_whose_classes_are_there(groups: int) -> None:
    masks = random_masks(1)
    guides = torch.rand(1, 3, 16, 16) + 0.1
    labels = grouped_labels(masks, guides, groups).reshape(1, groups, -1, 16, 16)
    per_group = CLASSES // groups
    for g in range(groups):
        own = masks[:, g * per_group : (g + 1) * per_group]
        torch.testing.assert_close(labels[:, g, :per_group], own)
        torch.testing.assert_close(labels[:, g, per_group:], guides * own.sum(1, keepdim=True))


def test_class_masks_follow_the_slots_and_ignore_unknown_ids() -> None:
    semantic = torch.tensor([[[1, 5], [3, 999]]])
    masks = class_masks(semantic, tiny())
    assert masks[0, :, 0, 0].tolist() == [1, 0, 0, 0]
    assert masks[0, :, 0, 1].tolist() == [0, 0, 1, 0]
    assert masks[0, :, 1, 0].tolist() == [0, 0, 1, 0]
    assert masks[0, :, 1, 1].tolist() == [0, 0, 0, 0]


def test_instance_edges_mark_both_sides() -> None:
    instance = torch.tensor([[[1, 1, 2, 2]]])
    assert instance_edges(instance)[0, 0].tolist() == [[0, 1, 1, 0]]


def test_places_span_each_instance_and_leave_nobody_at_zero() -> None:
    instance = torch.zeros(2, 6, 8, dtype=torch.int64)
    instance[0, 1:5, 2:6] = 3
    instance[1, 0, 0] = 1
    places = instance_places(instance)
    assert places.shape == (2, 2, 6, 8)
    assert places[0, 0, 2, 2:6].tolist() == [-0.75, -0.25, 0.25, 0.75]
    assert places[0, 1, 1:5, 3].tolist() == [-0.75, -0.25, 0.25, 0.75]
    assert places[:, :, instance[0] == 0][0].abs().max() == 0
    assert places[1, :, 0, 0].tolist() == [0.0, 0.0], "a single pixel is its own middle"


def test_places_do_not_depend_on_the_scale_of_the_picture() -> None:
    instance = torch.zeros(1, 8, 8, dtype=torch.int64)
    instance[0, 2:6, 1:7] = 2
    double = instance.repeat_interleave(2, 1).repeat_interleave(2, 2)
    pooled = torch.nn.functional.avg_pool2d(instance_places(double), 2)
    torch.testing.assert_close(pooled, instance_places(instance))


def test_a_config_survives_json() -> None:
    config = PRESETS["street-128"]
    assert SmisConfig.from_dict(config.to_dict()) == config


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"stages": (Stage(16, 3, 16), Stage(16, 2, 16), Stage(8, 1, 16))},
            "3 groups do not divide",
        ),
        ({"stages": (Stage(16, 4, 16), Stage(8, 1, 16))}, "do not lead from 4 to 16"),
    ],
)
def test_impossible_sizes_are_refused(changes: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        tiny(**changes)


def test_other_picture_sizes_than_the_trained_one() -> None:
    model = GroupDNet(tiny()).eval()
    masks = random_masks(1, 32)[..., :24]
    assert model.generate(masks, torch.randn(1, 32, 4, 4)).shape == (1, 3, 32, 24)

# SPDX-License-Identifier: Apache-2.0
"""What grouping promises, exactly, in the authors' own architecture."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from neural_core.methods.smis.ablations import ablation
from neural_core.methods.smis.authors import authors_config
from neural_core.methods.smis.crops import class_crops
from neural_core.methods.smis.model import GroupDNet, initialise

CLASSES = 8
SMALL = replace(authors_config("deepfashion", 8, 2), encoder_crop=64, encoder_widths=(2, 4, 4, 4))


def masks_of(size: int = 64) -> Tensor:
    """Eight bands."""
    rows = torch.arange(size) * CLASSES // size
    ids = rows[:, None].expand(size, size)
    return torch.nn.functional.one_hot(ids, CLASSES).permute(2, 0, 1)[None].float()


def model_of(name: str | None = None) -> GroupDNet:
    torch.manual_seed(0)
    model = GroupDNet(SMALL if name is None else ablation(SMALL, name))
    initialise(model, gain=1.0)
    return model


def test_a_class_is_encoded_from_its_own_pixels_alone() -> None:
    """d mean_c / d pixel is exactly 0 outside the mask of c; the boxes of crops stay fixed."""
    model = model_of().eval()
    masks = masks_of()
    image = torch.randn(1, 3, 64, 64, requires_grad=True)
    mean, log_variance = model.encoder(image, masks)
    for c in range(CLASSES):
        own = slice(8 * c, 8 * c + 8)
        total = mean[:, own].sum() + log_variance[:, own].square().sum()
        (gradient,) = torch.autograd.grad(total, image, retain_graph=True)
        assert (gradient * (1 - masks[:, c : c + 1])).abs().max() == 0
        assert gradient.abs().max() > 0


def test_a_class_is_cropped_to_its_box_as_the_authors_do() -> None:
    """Rows and columns count whose colours do not add up to 0; sampling is from the left edge."""
    image = torch.ones(1, 3, 8, 8)
    image[:, :, :, 3] = 0  # a column of mid grey, which is 0
    masks = torch.zeros(1, 2, 8, 8)
    masks[0, 0, 2:6, 3:7] = 1
    crops = class_crops(image, masks, (4, 6), "colour")
    assert (crops[:, :3] == 1).all(), "the grey column is outside"
    assert crops[:, 3:].abs().max() == 0
    ramp = torch.arange(1.0, 9.0).expand(1, 3, 8, 8).contiguous()
    masks[0, 0] = 1
    by_color = class_crops(ramp, masks, (8, 16), "colour")[0, 0, 0]
    assert by_color.tolist() == [v for k in range(1, 9) for v in (k, k)]
    assert class_crops(ramp, masks, (8, 3), "colour")[0, 0, 0].tolist() == [1, 3, 6]
    assert class_crops(ramp, masks, (8, 3), "mask")[0, 0, 0].tolist() == [2, 5, 7]


@pytest.mark.parametrize("training", [False, True])
def test_with_a_group_per_class_features_stay_apart_exactly(training: bool) -> None:
    """GroupNet before its last convolution: d features_k / d z_j is exactly 0 for j != k."""
    model = model_of("groupnet").train(training)
    features: list[Tensor] = []
    model.decoder.blocks[-1].register_forward_hook(lambda *args: features.append(args[2]))
    codes = torch.randn(2, 64, 1, 1, requires_grad=True)
    model.decoder(codes, masks_of().expand(2, -1, -1, -1))
    width = features[0].shape[1] // CLASSES
    for k in range(CLASSES):
        own = features[0][:, width * k : width * (k + 1)].square().sum()
        (gradient,) = torch.autograd.grad(own, codes, retain_graph=True)
        per_class = gradient.reshape(2, CLASSES, 8).abs().amax((0, 2))
        assert per_class[k] > 0
        assert (per_class[torch.arange(CLASSES) != k] == 0).all()


def test_the_full_model_is_not_apart_but_its_codes_are() -> None:
    """Groups decrease and the last convolution is dense: any code may move any pixel."""
    model = model_of().eval()
    codes = torch.randn(1, 64, 1, 1, requires_grad=True)
    picture = model.decoder(codes, masks_of())
    (gradient,) = torch.autograd.grad(picture[..., :8, :].square().sum(), codes)
    assert (gradient.reshape(CLASSES, 8).abs().amax(1) > 0).all()


def test_swapping_a_class_between_pictures_swaps_its_code_alone() -> None:
    model = model_of().eval()
    masks = masks_of()
    first, second = torch.randn(2, 1, 3, 64, 64)
    swapped = torch.where(masks[:, 3:4] > 0, second, first)
    one, other, mixed = (model.encode(image, masks) for image in (first, second, swapped))
    for c in range(CLASSES):
        own = slice(8 * c, 8 * c + 8)
        wanted = other if c == 3 else one
        assert torch.equal(mixed[:, own], wanted[:, own])

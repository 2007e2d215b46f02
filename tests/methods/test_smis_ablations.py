# SPDX-License-Identifier: Apache-2.0
"""The relatives of GroupDNet: what each can and cannot keep apart."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from neural_core.methods.smis.ablations import ABLATIONS, ablation, at_budget, parameter_count
from neural_core.methods.smis.authors import authors_config
from neural_core.methods.smis.config import SmisConfig, Stage
from neural_core.methods.smis.model import GroupDNet
from neural_core.methods.smis.presets import PRESETS

CLASSES = 4
BASE = SmisConfig(
    class_ids=((1,), (2,), (3,), (4,)),
    class_names=("a", "b", "c", "d"),
    size=16,
    encoder_crop=16,
    encoder_widths=(4, 4),
    stem=24,
    stages=(Stage(24, 4, 16), Stage(20, 2, 16), Stage(10, 1, 16)),
)


def masks_of() -> Tensor:
    """Four quarters."""
    masks = torch.zeros(1, CLASSES, 16, 16)
    for c in range(CLASSES):
        row, column = divmod(c, 2)
        masks[:, c, row * 8 : row * 8 + 8, column * 8 : column * 8 + 8] = 1
    return masks


def influence(name: str, norms: str = "block") -> Tensor:
    """(C, C): how much the code of class k moves the pixels of class j, [k, j]."""
    torch.manual_seed(2)
    model = GroupDNet(ablation(replace(BASE, norms=norms), name)).eval()
    masks, codes = masks_of(), torch.randn(1, 32, 4, 4)
    first = model.generate(masks, codes)
    rows = []
    for k in range(CLASSES):
        other = codes.clone()
        other[:, k * 8 : k * 8 + 8] += 1
        change = (model.generate(masks, other) - first).abs().sum(1)[0]
        rows.append(torch.stack([(change * masks[0, j]).sum() for j in range(CLASSES)]))
    return torch.stack(rows)


@pytest.mark.parametrize("norms", ["block", "own"])
def test_only_mulnet_keeps_pictures_exactly_apart(norms: str) -> None:
    own = torch.eye(CLASSES, dtype=torch.bool)
    mulnet = influence("mulnet", norms)
    assert (mulnet[own] > 0).all()
    assert (mulnet[~own] == 0).all()
    for name in ("groupnet", "groupenc"):
        assert (influence(name, norms)[~own] > 0).all()


def test_groupnet_is_apart_until_its_last_convolution() -> None:
    model = GroupDNet(ablation(BASE, "groupnet")).eval()
    features: list[Tensor] = []
    model.decoder.blocks[-1].register_forward_hook(lambda *args: features.append(args[2]))
    codes = torch.randn(1, 32, 4, 4, requires_grad=True)
    model.decoder(codes, masks_of())
    (gradient,) = torch.autograd.grad(features[0][:, :3].square().sum(), codes)
    per_class = gradient.reshape(CLASSES, -1).abs().amax(1)
    assert per_class[0] > 0
    assert (per_class[1:] == 0).all()


def test_vspade_has_one_code_and_spade_none() -> None:
    masks, image = masks_of(), torch.randn(1, 3, 16, 16)
    vspade = GroupDNet(ablation(BASE, "vspade")).eval()
    assert vspade.encode(image, masks).shape == (1, 256, 1, 1)
    picture, mean, log_variance = vspade(image, masks)
    assert picture.shape == image.shape
    assert mean.shape == log_variance.shape == (1, 256, 1, 1)
    spade = GroupDNet(ablation(BASE, "spade")).eval()
    assert torch.equal(spade(image, masks)[0], spade(-image, masks)[0])
    assert spade.encode(image, masks).numel() == 0
    wide = spade.generate(masks.repeat(1, 1, 2, 4), torch.zeros(1, 0, 1, 1))
    assert wide.shape == (1, 3, 32, 64)


@pytest.mark.parametrize("name", ABLATIONS)
@pytest.mark.parametrize("config", [PRESETS["street-128"], authors_config("deepfashion")])
def test_relatives_at_an_equal_budget(config: SmisConfig, name: str) -> None:
    wanted = parameter_count(config)
    relative = at_budget(ablation(config, name), wanted)
    assert 0.85 * wanted < parameter_count(relative) <= wanted
    assert SmisConfig.from_dict(relative.to_dict()) == relative

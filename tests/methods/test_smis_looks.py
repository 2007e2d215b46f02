# SPDX-License-Identifier: Apache-2.0
"""Looks of objects: what is computed around them alone equals what is computed everywhere."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from neural_core.methods.smis.ablations import ablation
from neural_core.methods.smis.authors import authors_config
from neural_core.methods.smis.config import SmisConfig, Stage
from neural_core.methods.smis.fast import FastDecoder, FastLabels
from neural_core.methods.smis.looks import (
    FINE_BLOCKS,
    Look,
    changed_channels,
    draw_with_looks,
    object_codes,
)
from neural_core.methods.smis.model import Decoder, initialise
from neural_core.methods.smis.windows import Window, covering

OURS = SmisConfig(
    class_ids=((1,), (2,), (3,), (4,)),
    class_names=("a", "b", "c", "d"),
    guides=("normal",),
    size=64,
    stem=24,
    stages=(
        Stage(24, 4, 16),
        Stage(24, 4, 16),
        Stage(20, 2, 16),
        Stage(16, 2, 16),
        Stage(10, 1, 16),
    ),
    modulation_kernel=1,
    label_resize="area",
    upsample="bilinear",
)
PLAIN = replace(OURS, guides=(), modulation_kernel=3, label_resize="nearest", upsample="nearest")
CONFIGS = {
    "ours": OURS,
    "authors": authors_config("deepfashion", 8, 2),
    "own norms": replace(PLAIN, norms="own"),
    "vspade": ablation(PLAIN, "vspade"),
    "spade": ablation(PLAIN, "spade"),
}


def plainly(decoder: FastDecoder, labels: FastLabels, codes: Tensor, looks: list[Look]) -> Tensor:
    """The obvious twin: the whole coarse half for every look, put together under its mask."""
    level = len(labels.modulations) - FINE_BLOCKS
    features = decoder.run(decoder.start(codes, labels), labels, 0, level)
    mixed = features.clone()
    for look in looks:
        made = decoder.run(decoder.start(look.codes, labels), labels, 0, level)
        share = F.adaptive_avg_pool2d(
            look.where[None].to(made.dtype), (made.shape[-2], made.shape[-1])
        )
        mixed += (made - features) * share
    return decoder.finish(decoder.run(mixed, labels, level), labels)


def decoder_of(config: SmisConfig) -> Decoder:
    torch.manual_seed(5)
    decoder = Decoder(config).eval().requires_grad_(False)
    initialise(decoder, gain=1.0)
    for module in decoder.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.3)  # type: ignore[union-attr]
            module.running_var.uniform_(0.5, 2)  # type: ignore[union-attr]
    return decoder


def looks_of(config: SmisConfig, codes: Tensor, size: int) -> list[Look]:
    """One in the middle, at a corner, of one pixel, over everything, and one out of sight."""
    boxes = [(20, 34, 25, 41), (0, 9, 0, 5), (50, 51, 63, 64), (0, 64, 0, 64), (0, 0, 0, 0)]
    looks = []
    for number, (top, bottom, left, right) in enumerate(boxes):
        where = torch.zeros(1, size, size, dtype=torch.bool)
        where[:, top:bottom, left:right] = True
        if number == 3:
            where[:, 1::2] = False
        other = codes.clone()
        channels = config.latent_channels if config.codes == "class" else codes.shape[1]
        start = channels * (number % 4) if config.codes == "class" else 0
        other[:, start : start + channels] += torch.randn_like(other[:, start : start + channels])
        looks.append(Look(other, where))
    return looks


@pytest.mark.parametrize("name", CONFIGS)
@torch.inference_mode()
def test_what_cannot_differ_is_not_computed(name: str) -> None:
    config, size = CONFIGS[name], 64
    decoder = decoder_of(config)
    fast = FastDecoder(decoder)
    ids = torch.randint(0, config.classes, (1, 8, 8)).repeat_interleave(8, 1)
    masks = F.one_hot(ids.repeat_interleave(8, 2), config.classes).permute(0, 3, 1, 2).float()
    guides = torch.rand(1, config.guide_channels, size, size) if config.guides else None
    labels = fast.prepare(masks, guides)
    codes = torch.randn(1, *config.code_shape)
    looks = looks_of(config, codes, size)
    picture = draw_with_looks(fast, labels, codes, looks)
    torch.testing.assert_close(picture, plainly(fast, labels, codes, looks), rtol=0, atol=2e-5)
    same = fast.draw(codes, labels)
    changed = (picture - same).abs().max()
    assert changed > 0.02 if config.codes != "none" else changed == 0
    hidden = draw_with_looks(fast, labels, codes, looks[-1:])
    torch.testing.assert_close(hidden, same, rtol=0, atol=2e-5)


@torch.inference_mode()
def test_a_look_of_several_classes_is_drawn_as_well() -> None:
    fast = FastDecoder(decoder_of(OURS))
    masks = torch.zeros(1, 4, 64, 64)
    masks[:, 1] = 1
    labels = fast.prepare(masks, torch.rand(1, 3, 64, 64))
    codes = torch.randn(1, *OURS.code_shape)
    look = looks_of(OURS, codes, 64)[0]
    other = Look(torch.randn_like(codes), look.where)
    assert changed_channels(OURS, other.codes - codes) == range(24)
    assert changed_channels(OURS, look.codes - codes) == range(6)
    picture = draw_with_looks(fast, labels, codes, [other])
    torch.testing.assert_close(picture, plainly(fast, labels, codes, [other]), rtol=0, atol=2e-5)


@pytest.mark.parametrize("mode", ["bilinear", "nearest"])
def test_a_window_knows_what_it_needs_of_the_coarser_map(mode: str) -> None:
    coarse = torch.randn(1, 2, 7, 9)
    settings = {"align_corners": False} if mode == "bilinear" else {}
    fine = F.interpolate(coarse, scale_factor=2.0, mode=mode, **settings)
    for top in range(13):
        for bottom in (top + 1, min(top + 4, 14), 14):
            window = Window(top, bottom, top // 2, top // 2 + 5)
            needed = window.halved((7, 9))
            part = F.interpolate(
                coarse[..., *needed.slices], scale_factor=2.0, mode=mode, **settings
            )
            made = part[..., *window.within(needed, 2).slices]
            torch.testing.assert_close(made, fine[..., *window.slices], rtol=1e-5, atol=1e-6)


def test_the_window_of_a_mask() -> None:
    shown = torch.zeros(6, 7, dtype=torch.bool)
    assert covering(shown) is None
    shown[2, 3] = shown[4, 1] = True
    window = covering(shown)
    assert window is not None
    assert window == Window(2, 5, 1, 4)
    assert window.grown(2, (6, 7)) == Window(0, 6, 0, 6)


def test_looks_become_codes_of_objects() -> None:
    codes = torch.randn(1, *OURS.code_shape)
    looks = looks_of(OURS, codes, 64)[:2]
    objects = object_codes(looks)
    assert objects is not None
    assert objects.codes.shape == (1, 2, *OURS.code_shape)
    assert torch.equal(objects.owner == 2, looks[1].where)
    assert object_codes([]) is None

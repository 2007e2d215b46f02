# SPDX-License-Identifier: Apache-2.0
"""The fast decoder against the plain one, for every kind of configuration."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from neural_core.methods.smis.ablations import ABLATIONS, ablation
from neural_core.methods.smis.authors import authors_config
from neural_core.methods.smis.config import SmisConfig, Stage
from neural_core.methods.smis.fast import FastDecoder, _label_states
from neural_core.methods.smis.model import Decoder, initialise

OURS = SmisConfig(
    class_ids=((1,), (2,), (3,), (4,)),
    class_names=("a", "b", "c", "d"),
    guides=("edge", "normal"),
    size=16,
    encoder_crop=16,
    encoder_widths=(4, 4),
    stem=24,
    stages=(Stage(24, 4, 16), Stage(20, 2, 16), Stage(10, 1, 16)),
    modulation_kernel=1,
    label_resize="area",
    upsample="bilinear",
)
PLAIN = replace(OURS, guides=(), modulation_kernel=3, label_resize="nearest", upsample="nearest")
CONFIGS = {
    "ours": OURS,
    "ours without guides": PLAIN,
    "small kernel": replace(PLAIN, modulation_kernel=1),
    "own norms": replace(PLAIN, norms="own"),
    "deepfashion": authors_config("deepfashion", 8, 2),
    "cityscapes": authors_config("cityscapes", 70, 1),
    "ade20k": authors_config("ade20k", 8, 1),
    **{name: ablation(PLAIN, name) for name in ABLATIONS},
}


def case(name: str, batch: int = 2) -> tuple[Decoder, Tensor, Tensor | None, Tensor]:
    """Decoder, masks, guides and codes with values that matter."""
    config = CONFIGS[name]
    torch.manual_seed(5)
    decoder = Decoder(config).eval().requires_grad_(False)
    initialise(decoder, gain=1.0)
    for module in decoder.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.3)  # type: ignore[union-attr]
            module.running_var.uniform_(0.5, 2)  # type: ignore[union-attr]
        elif isinstance(module, torch.nn.Conv2d) and module.bias is not None:
            module.bias.normal_(0, 0.2)
    steps = 2 ** (len(config.stages) - 1)
    height, width = (steps, 2 * steps) if config.aspect == 2 else (2 * steps, 2 * steps)
    coarse = torch.randint(0, config.classes, (batch, height // 4, width // 4))
    ids = coarse.repeat_interleave(4, 1).repeat_interleave(4, 2)
    masks = torch.nn.functional.one_hot(ids, config.classes).permute(0, 3, 1, 2).float()
    masks[0, :, 2:5, 3:9] = 0  # pixels of no class
    guides = None
    if config.guides == ("edge",):
        guides = (torch.rand(batch, 1, height, width) < 0.1).float()
    elif config.guides:
        guides = torch.rand(batch, 4, height, width)
    channels, code_height, code_width = config.code_shape
    if config.codes == "class":
        code_height, code_width = height // steps, width // steps
    return decoder, masks, guides, torch.randn(batch, channels, code_height, code_width)


@pytest.mark.parametrize("name", CONFIGS)
@torch.inference_mode()
def test_the_fast_decoder_equals_the_plain_one(name: str) -> None:
    decoder, masks, guides, codes = case(name)
    plain = decoder(codes, masks, guides)
    assert plain.std() > 0.02
    fast = FastDecoder(decoder)
    picture = fast.draw(codes, fast.prepare(masks, guides))
    torch.testing.assert_close(picture, plain, rtol=0, atol=2e-5)


@torch.inference_mode()
def test_guides_without_channels_are_no_guides() -> None:
    decoder, masks, _, codes = case("ours without guides")
    none = masks[:, :0]
    plain, fast = decoder(codes, masks), FastDecoder(decoder)
    assert torch.equal(decoder(codes, masks, none), plain)
    kept, bare = fast.prepare(masks, none), fast.prepare(masks, None)
    assert torch.equal(fast.draw(codes, kept), fast.draw(codes, bare))


@pytest.mark.parametrize("name", ["ours", "deepfashion"])
@torch.inference_mode()
def test_in_half_precision_it_stays_near(name: str) -> None:
    decoder, masks, guides, codes = case(name)
    plain = decoder(codes, masks, guides)
    fast = FastDecoder(decoder, torch.bfloat16)
    difference = (fast.draw(codes, fast.prepare(masks, guides)) - plain).abs()
    assert difference.mean() < 0.02 * plain.std()


@pytest.mark.parametrize("name", ["ours", "deepfashion"])
@torch.inference_mode()
def test_kept_labels_serve_other_codes_and_several_at_once(name: str) -> None:
    decoder, masks, guides, codes = case(name)
    masks, guides = masks[:1], None if guides is None else guides[:1]
    fast = FastDecoder(decoder)
    labels = fast.prepare(masks, guides)
    together = fast.draw(codes, labels)
    for index in (0, 1):
        alone = decoder(codes[index : index + 1], masks, guides)
        torch.testing.assert_close(together[index : index + 1], alone, rtol=0, atol=2e-5)


def test_large_areas_are_computed_once() -> None:
    decoder, masks, _, _ = case("deepfashion")
    fast = FastDecoder(decoder)
    busy = fast.prepare(masks)
    quiet = torch.zeros_like(masks)
    quiet[:, 0] = 1
    calm = fast.prepare(quiet)
    rows = [block[0].scale.shape[0] for block in calm.modulations]
    assert rows[-1] == 25, "one area: its middle, and the edges of the picture"
    assert calm.bytes < busy.bytes


def test_states_name_what_a_pixel_is_shown() -> None:
    """Soft masks and other guides are no states: they are computed pixel by pixel."""
    masks = torch.zeros(1, 3, 2, 2)
    masks[0, 1, 0, 0] = masks[0, 2, 1, 1] = 1
    edge = torch.tensor([[[[0.0, 1], [0, 1]]]])
    found = _label_states(masks, edge, "nearest", "everywhere")
    assert found is not None
    assert found.tolist() == [[[1, 7], [3, 6]]]
    assert _label_states(masks * 0.5, None, "nearest", "class") is None
    assert _label_states(masks, edge * 0.5, "nearest", "everywhere") is None
    assert _label_states(masks, None, "area", "class") is None

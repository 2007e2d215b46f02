# SPDX-License-Identifier: Apache-2.0
"""Classes kept apart in training: what is drawn again, what may change, and that it helps."""

from __future__ import annotations

import pytest
import torch
from smis_tiny import CONFIG
from torch import Tensor

from neural_core.methods.smis import training as smis_training
from neural_core.methods.smis.apart import redraw_one_class, share_outside
from neural_core.methods.smis.config import SmisConfig
from neural_core.methods.smis.training import SmisTraining, SmisTrainingOptions


def stripes(count: int = 6) -> Tensor:
    """(B, 4, 32, 32) masks: three classes in columns; the fourth is nowhere."""
    semantic = torch.zeros(count, 32, 32, dtype=torch.int64)
    semantic[:, :, 10:20], semantic[:, :, 20:] = 1, 2
    return torch.nn.functional.one_hot(semantic, 4).permute(0, 3, 1, 2).float()


def test_one_class_that_is_seen_gets_another_code() -> None:
    torch.manual_seed(0)
    codes = torch.randn(40, *CONFIG.code_shape)
    masks = stripes(40)
    redrawn = redraw_one_class(codes, masks, CONFIG)
    changed = (redrawn.codes != codes).unflatten(1, (4, -1)).flatten(2).any(2)
    assert changed.sum(1).tolist() == [1] * 40
    slots = changed.float().argmax(1)
    assert set(slots.tolist()) == {0, 1, 2}
    for picture, slot in enumerate(slots):
        columns = redrawn.outside[picture, 0].all(0)
        inside = masks[picture, slot].any(0)
        assert not (columns & inside).any()
        assert int((~columns).sum()) == int(inside.sum()) + (2 if slot == 1 else 1)


def test_the_code_is_noise_or_another_picture_s() -> None:
    torch.manual_seed(0)
    codes = torch.arange(40.0).view(40, 1, 1, 1).expand(40, *CONFIG.code_shape)
    redrawn = redraw_one_class(codes, stripes(40), CONFIG).codes
    others = (redrawn == codes.roll(1, 0)).flatten(1).any(1)
    assert 8 <= int(others.sum()) <= 32


def test_the_share_says_where_the_change_is() -> None:
    picture, outside = torch.zeros(2, 3, 4, 4), torch.zeros(2, 1, 4, 4, dtype=torch.bool)
    outside[:, :, :2] = True
    again = picture.clone()
    assert share_outside(picture, again, outside) == 0
    again[:, :, 2:] = 0.5
    assert share_outside(picture, again, outside) == 0
    again[:, :, :2] = 0.5
    assert share_outside(picture, again, outside) == pytest.approx(0.5, abs=0.02)
    again[:, :, 2:] = 0
    assert share_outside(picture, again, outside) > 0.95


def stay_apart(config: SmisConfig, apart: float) -> tuple[float, dict[str, float]]:
    """The share of change outside after some steps, and the last losses."""
    torch.manual_seed(0)
    options = SmisTrainingOptions(discriminator_width=8, warm_up=0.0, apart=apart, apart_every=1)
    task = SmisTraining(config, options)
    semantic = torch.tensor([7, 26, 11])[stripes(4)[:, :3].argmax(1)]
    for _ in range(60):
        colors = torch.randint(0, 255, (4, 3, 1, 3), dtype=torch.uint8)
        columns = colors.repeat_interleave(11, 3)[..., :32].expand(-1, -1, 32, -1)
        batch = {"image": columns.clone(), "semantic": semantic, "instance": semantic * 0}
        losses = task.step(batch, 0.1)
    masks, guides = task._inputs(batch)
    codes = torch.randn(4, *config.code_shape)
    redrawn = redraw_one_class(codes, masks, config)
    model = task.model.eval()
    one, other = (model.generate(masks, c, guides) for c in (codes, redrawn.codes))
    return float(share_outside(one, other, redrawn.outside)), losses


def test_classes_stay_apart_where_they_are_told_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smis_training, "HedDistance", lambda: torch.nn.Identity())
    monkeypatch.setattr(SmisTraining, "_reconstruction", reconstruction)
    config = SmisConfig.from_dict({**CONFIG.to_dict(), "guides": ("edge",)})
    left_alone, losses = stay_apart(config, 0.0)
    assert "apart" not in losses
    told, losses = stay_apart(config, 4.0)
    assert losses["apart"] > 0
    assert told < 0.75 * left_alone


def reconstruction(_: SmisTraining, fake: Tensor, image: Tensor, _seen: None) -> dict[str, Tensor]:
    """Without the perceptual net, whose weights are no part of the package."""
    return {"l1": (fake - image).abs().mean() * 6}

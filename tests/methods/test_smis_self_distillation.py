# SPDX-License-Identifier: Apache-2.0
"""A model that teaches itself to keep classes apart: what it learns, and what stays."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from smis_tiny import CONFIG
from torch import Tensor

from neural_core.methods.smis.apart import redraw_one_class, seen_class_by_size, share_outside
from neural_core.methods.smis.config import SmisConfig
from neural_core.methods.smis.labels import class_masks
from neural_core.methods.smis.model import GroupDNet, initialise
from neural_core.methods.smis.self_distillation import SelfDistillation, SelfDistillationOptions

TINY = replace(CONFIG, guides=("edge",), prior_rank=3)
OPTIONS = SelfDistillationOptions(learning_rate=3e-3, apart=10.0)


def model(config: SmisConfig = TINY) -> GroupDNet:
    torch.manual_seed(0)
    network = GroupDNet(config)
    initialise(network, gain=1.0)
    assert network.prior is not None
    network.prior.factor.normal_()
    return network.eval()


def batch(count: int = 4) -> dict[str, Tensor]:
    """Three classes in columns of unequal width, somewhere else in each picture."""
    semantic = torch.full((count, 32, 32), 11)
    instance = torch.zeros(count, 32, 32, dtype=torch.int64)
    for number, start in enumerate(torch.randint(0, 12, (count,)).tolist()):
        semantic[number, :, start : start + 12] = 7
        semantic[number, 8:24, start + 12 : start + 20] = 26
        instance[number, 8:24, start + 12 : start + 20] = 1
    image = torch.randint(0, 256, (count, 3, 32, 32), dtype=torch.uint8)
    return {"image": image, "semantic": semantic, "instance": instance}


def spill(task: SelfDistillation, network: GroupDNet) -> tuple[float, float]:
    """Share of the change outside of a class drawn again, and the mean change inside."""
    torch.manual_seed(1)
    shown = batch(24)
    masks = class_masks(shown["semantic"], TINY)
    guides = torch.zeros(24, 1, 32, 32)
    codes = task._drawn(24)
    redrawn = redraw_one_class(codes, masks, TINY)
    first, second = (network.generate(masks, c, guides) for c in (codes, redrawn.codes))
    change = (second - first).abs().mean(1, keepdim=True)
    return float(share_outside(first, second, redrawn.outside)), float(
        change[~redrawn.outside].mean()
    )


def test_classes_come_apart_and_looks_stay() -> None:
    task = SelfDistillation(model(), OPTIONS)
    share, inside = spill(task, task.teacher)
    taught = {name: value.clone() for name, value in task.teacher.state_dict().items()}
    torch.manual_seed(2)
    first = task.step(batch(), 0.0)
    assert first["likeness"] == 0, "the copy starts as the model"
    for _ in range(80):
        task.step(batch(), 0.0)
    learned, inside_now = spill(task, task.average.module)
    assert learned < 0.7 * share
    assert inside_now > 0.7 * inside
    after = task.teacher.state_dict()
    assert all(torch.equal(after[name], value) for name, value in taught.items())
    own = task.average.module.state_dict()
    kept = [name for name in own if name.startswith(("encoder.", "prior."))]
    assert kept and all(torch.equal(own[name], taught[name]) for name in kept)


def test_objects_with_looks_of_their_own_are_drawn_too() -> None:
    config = replace(TINY, object_channels=4)
    task = SelfDistillation(model(config), replace(OPTIONS, object_share=1.0, object_pixels=4))
    drawn = task._objects(batch()["instance"], class_masks(batch()["semantic"], config))
    assert drawn is not None and int(drawn.owner.max()) == 1
    assert drawn.codes.shape == (4, 1, *config.code_shape)
    before = task.model.decoder.painted.weight.clone()  # type: ignore[union-attr]
    assert all(value == value for value in task.step(batch(), 0.0).values())
    assert not torch.equal(task.model.decoder.painted.weight, before)  # type: ignore[union-attr]


def test_a_resumed_run_goes_on_as_if_never_stopped() -> None:
    torch.manual_seed(3)
    data = [batch() for _ in range(3)]

    def run(stop: bool) -> dict[str, Tensor]:
        task = SelfDistillation(model(), OPTIONS)
        torch.manual_seed(4)
        task.step(data[0], 0.0)
        if stop:
            state, random = task.state_dict(), torch.get_rng_state()
            task = SelfDistillation(model(), OPTIONS)
            task.load_state_dict(state)
            torch.set_rng_state(random)
        for shown in data[1:]:
            task.step(shown, 0.9)
        return task.average.module.state_dict()

    through, cut = run(False), run(True)
    assert all(torch.equal(through[name], cut[name]) for name in through)


@pytest.mark.parametrize("progress, factor", [(0.0, 1.0), (0.5, 1.0), (1.0, 0.1)])
def test_the_learning_rate_falls_in_the_second_half(progress: float, factor: float) -> None:
    task = SelfDistillation(model(), OPTIONS)
    task._set_learning_rate(progress)
    assert task.optimizer.param_groups[0]["lr"] == pytest.approx(3e-3 * factor)


def test_large_classes_are_drawn_again_more_often() -> None:
    torch.manual_seed(0)
    semantic = torch.full((400, 8, 8), 11)
    semantic[:, :2] = 7
    slots = seen_class_by_size(class_masks(semantic, TINY))
    assert set(slots.tolist()) == {0, 2}
    assert 60 < int((slots == 0).sum()) < 140

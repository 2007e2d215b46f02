# SPDX-License-Identifier: Apache-2.0
"""Codes of objects: encoded one by one, painted under masks, learnt in training."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from smis_tiny import CONFIG as TINY
from smis_tiny import install
from torch import Tensor

from neural_core.contract import STREET, Camera, Controls, Frame, Passes, SceneObject
from neural_core.methods.smis import training as smis_training
from neural_core.methods.smis.config import SmisConfig, Stage
from neural_core.methods.smis.fast import FastDecoder
from neural_core.methods.smis.loading import SmisModel
from neural_core.methods.smis.method import SmisMethod
from neural_core.methods.smis.model import GroupDNet, initialise
from neural_core.methods.smis.objects import ObjectCodes, choose_objects, object_masks
from neural_core.methods.smis.training import SmisTraining, SmisTrainingOptions

CONFIG = SmisConfig(
    class_ids=((7,), (26,)),
    class_names=("road", "car"),
    guides=("edge",),
    size=16,
    encoder_crop=16,
    encoder_widths=(4, 4),
    stem=16,
    stages=(Stage(16, 2, 16), Stage(16, 2, 16), Stage(16, 1, 16)),
    label_resize="area",
    upsample="bilinear",
    object_channels=3,
)
SIZE = 16


def two_cars() -> tuple[Tensor, Tensor, Tensor]:
    """Masks (1, 2, H, W), owners (1, H, W) of two cars side by side, guides."""
    owner = torch.zeros(1, SIZE, SIZE, dtype=torch.int64)
    owner[:, 4:12, 1:7] = 1
    owner[:, 4:12, 9:15] = 2
    masks = torch.stack([owner == 0, owner > 0], 1).float()
    masks[:, :, 0, 0] = 0  # a pixel of no class
    return masks, owner, torch.rand(1, 1, SIZE, SIZE, generator=torch.Generator().manual_seed(1))


def model_of(config: SmisConfig = CONFIG) -> GroupDNet:
    torch.manual_seed(3)
    model = GroupDNet(config).eval()
    initialise(model, gain=1.0)
    return model


def test_every_pixel_is_shown_the_code_of_its_object() -> None:
    model, (masks, owner, _) = model_of(), two_cars()
    codes, own = torch.randn(1, *CONFIG.code_shape), torch.randn(1, 2, *CONFIG.code_shape)
    assert model.decoder.painted is not None
    maps = model.decoder.painted(codes, masks, ObjectCodes(own, owner))
    for row in range(SIZE):
        for column in range(SIZE):
            number = int(owner[0, row, column])
            values = (codes[0] if number == 0 else own[0, number - 1]).reshape(2, -1)
            slot = int(masks[0, :, row, column].argmax())
            wanted = values[slot] @ model.decoder.painted.weight[slot]
            wanted = wanted * masks[0, :, row, column].sum()
            torch.testing.assert_close(maps[0, :, row, column], wanted, rtol=1e-5, atol=1e-5)


def test_an_object_is_encoded_as_a_class_that_is_it_alone() -> None:
    model, (masks, owner, _) = model_of(), two_cars()
    image = torch.randn(1, 3, SIZE, SIZE)
    found = model.encoder.of_objects(image, masks, owner)
    assert found.slot.tolist() == [[1, 1]]
    for number in (1, 2):
        alone = torch.zeros_like(masks)
        alone[:, 1] = (owner == number).float()
        mean, log_variance = model.encoder(image, alone)
        for twin, ours in ((mean, found.mean), (log_variance, found.log_variance)):
            torch.testing.assert_close(ours[:, number - 1], twin[:, 8:], rtol=1e-5, atol=1e-5)


def test_an_object_is_encoded_from_its_own_pixels_alone() -> None:
    model, (masks, owner, _) = model_of(), two_cars()
    image = torch.randn(1, 3, SIZE, SIZE, requires_grad=True)
    mean = model.encoder.of_objects(image, masks, owner).mean
    (gradient,) = torch.autograd.grad(mean[:, 0].square().sum(), image)
    assert (gradient * (owner != 1)).abs().max() == 0
    assert gradient.abs().max() > 0


def test_objects_are_chosen_by_chance_and_large_enough() -> None:
    instance = torch.zeros(2, 8, 8, dtype=torch.int64)
    instance[0, :4], instance[0, 4:, :4], instance[0, 7, 7] = 5, 9, 3
    masks = torch.ones(2, 1, 8, 8)
    torch.manual_seed(0)
    owner = choose_objects(instance, masks, 8, 2)
    assert set(owner[0][instance[0] == 5].tolist()) | set(owner[0][instance[0] == 9].tolist()) == {
        1,
        2,
    }
    assert owner[0, 7, 7] == 0, "too small"
    assert (owner[0][instance[0] == 0] == 0).all()
    assert (owner[1] == 0).all(), "nothing is there"
    seen = {int(choose_objects(instance, masks, 1, 2)[0, 0, 0]) for _ in range(20)}
    assert seen == {0, 1}, "one of two, now this, now that"
    assert object_masks(owner).shape == (2, 2, 8, 8)
    masks[:, :, :4] = 0
    assert (choose_objects(instance, masks, 8, 2)[0, :4] == 0).all(), "of no class"


@torch.inference_mode()
def test_the_fast_decoder_draws_objects_as_the_plain_one() -> None:
    model, (masks, owner, guides) = model_of(), two_cars()
    codes, own = torch.randn(1, *CONFIG.code_shape), torch.randn(1, 2, *CONFIG.code_shape)
    objects = ObjectCodes(own, owner)
    plain = model.generate(masks, codes, guides, objects)
    fast = FastDecoder(model.decoder)
    picture = fast.draw(codes, fast.prepare(masks, guides, codes, objects))
    torch.testing.assert_close(picture, plain, rtol=0, atol=2e-5)
    without = model.generate(masks, codes, guides)
    torch.testing.assert_close(
        fast.draw(codes, fast.prepare(masks, guides, codes)), without, rtol=0, atol=2e-5
    )
    assert (plain - without).abs().mean() > 1e-3
    with pytest.raises(ValueError, match="given codes"):
        fast.prepare(masks, guides)
    loaded = SmisModel(model)
    torch.testing.assert_close(loaded.generate(masks, codes, guides), without, rtol=0, atol=2e-5)
    other = loaded.generate(masks, -codes, guides)
    torch.testing.assert_close(other, model.generate(masks, -codes, guides), rtol=0, atol=2e-5)


def test_codes_of_objects_need_codes_per_class() -> None:
    with pytest.raises(ValueError, match="only codes per class"):
        replace(CONFIG, codes="picture")


class Flat(torch.nn.Module):
    """Stands in for the perceptual net, whose weights are no part of the package."""

    def forward(self, picture: Tensor, target: Tensor) -> Tensor:
        return (picture - target).abs().mean()


def batch_of_cars() -> dict[str, Tensor]:
    """Six pictures of two cars, each red, green or blue with a white stripe."""
    masks, owner, _ = two_cars()
    paints = torch.eye(3)
    left, right = [0, 1, 2, 0, 1, 2], [1, 2, 0, 2, 0, 1]
    colors = torch.stack([torch.full((6, 3), 0.5), paints[left], paints[right]], 1)
    image = torch.stack([own[owner[0]] for own in colors]).permute(0, 3, 1, 2)
    image[:, :, 7:9] = torch.where(owner[:, None, 7:9] > 0, 1.0, image[:, :, 7:9])
    semantic = torch.where(masks[0, 1] > 0, 26, 7)
    return {
        "image": (image * 255).to(torch.uint8),
        "semantic": semantic.expand(6, -1, -1),
        "instance": owner.expand(6, -1, -1),
    }


def test_training_teaches_that_objects_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two cars of a picture in two colours: drawn right from codes of their own alone."""
    monkeypatch.setattr(smis_training, "HedDistance", Flat)
    torch.manual_seed(0)
    options = SmisTrainingOptions(
        discriminator_width=8, object_share=0.8, kl=1e-6, learning_rate_g=4e-3
    )
    task = SmisTraining(CONFIG, options)
    batch = batch_of_cars()
    for _ in range(32):
        losses = task.step(batch, 0.1)
    assert losses["kl"] > 0
    model = task.model.eval()
    masks, owner, _ = two_cars()
    masks, owner = masks.expand(6, -1, -1, -1), owner.expand(6, -1, -1)
    image, guides = batch["image"] / 127.5 - 1, task._inputs(batch)[1]
    with torch.no_grad():
        mean = model.encode(image, masks)
        found = model.encoder.of_objects(image, masks, owner)
        sets = mean[:, None].repeat(1, 2, 1, 1, 1)
        sets[:, :, 8:] = found.mean
        own = model.generate(masks, mean, guides, ObjectCodes(sets, owner))
        shared = model.generate(masks, mean, guides)
    cars = masks[:, 1:]
    wrong = [float(((made - image).abs() * cars).mean()) for made in (own, shared)]
    assert wrong[0] < 0.5 * wrong[1]


def test_a_render_gives_each_object_its_look_in_one_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, config=replace(TINY, object_channels=4))
    monkeypatch.setenv("BLOCKOUT_MODELS", str(tmp_path))
    method = SmisMethod("tiny")
    scene = scene_of_cars()
    prepared = method.prepare(scene)
    controls = Controls(seed=1, object_seeds={"left": 5})
    calls = []
    draw = method._fast.draw
    monkeypatch.setattr(method._fast, "draw", lambda *a: calls.append(1) or draw(*a))
    alone = method.render(prepared, Controls(seed=1)).image
    image = method.render(prepared, controls).image
    assert calls == [1, 1]
    codes = method.codes(controls)
    ((own, _),) = method.book.of_objects(controls, scene.objects)
    owner = (prepared.instance == 1).long()
    plain = method.network.generate(
        prepared.masks, codes, prepared.guides, ObjectCodes(own[:, None], owner)
    )
    wanted = (plain[0].permute(1, 2, 0).numpy() + 1) / 2
    assert np.abs(image[..., :3] - wanted).max() < 0.1, "bfloat16 where it is native"
    change = np.abs(image - alone)[..., :3].mean(-1)
    inside = scene.passes.instance == 1  # type: ignore[union-attr]
    assert change[inside].mean() > 3 * change[~inside].mean()
    assert np.array_equal(alone, method.render(prepared, Controls(seed=1)).image)


def scene_of_cars() -> Frame:
    """Two cars on a road under a sky, 32 x 32."""
    size = TINY.size
    semantic = np.full((size, size), 7, np.uint16)
    semantic[:12] = 23
    instance = np.zeros((size, size), np.uint32)
    for number, left in ((1, 3), (2, 19)):
        semantic[10:22, left : left + 10], instance[10:22, left : left + 10] = 26, number
    passes = Passes(
        semantic=semantic,
        instance=instance,
        depth=np.full((size, size), 9.0, np.float32),
        normal=np.zeros((size, size, 3), np.float16),
        uv=np.zeros((size, size, 2), np.float32),
        coverage=np.ones((size, size), np.float16),
        shading=np.ones((size, size, 3), np.float16),
    )
    box = np.array([[0.0] * 3, [1.0] * 3])
    cars = tuple(
        SceneObject(name, 26, number, "cuboid", np.eye(4), box, appearance_seed=number)
        for number, name in ((1, "left"), (2, "right"))
    )
    camera = Camera(np.eye(4), 32.0, 32.0, 16.0, 16.0)
    return Frame(size, size, camera, STREET, cars, passes=passes)

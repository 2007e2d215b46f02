# SPDX-License-Identifier: Apache-2.0
"""SMIS as a method: seeds, sizes, tints and what it refuses, on a tiny model made here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from neural_core.contract import STREET, Camera, ContractError, Controls, Frame, Passes, SceneObject
from neural_core.methods.smis.config import SmisConfig, Stage
from neural_core.methods.smis.method import SmisMethod, drawn_size
from neural_core.methods.smis.model import GroupDNet, initialise
from neural_core.weights import save_model

CONFIG = SmisConfig(
    class_ids=((7,), (26,), (11,), (23,)),
    class_names=("road", "car", "building", "sky"),
    guides=("edge", "inverse_depth", "normal", "shading", "tint"),
    size=16,
    encoder_crop=16,
    encoder_widths=(4, 4),
    stem=16,
    stages=(Stage(16, 4, 16), Stage(16, 2, 16), Stage(16, 1, 16)),
)


@pytest.fixture
def method(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmisMethod:
    torch.manual_seed(3)
    model = GroupDNet(CONFIG)
    initialise(model, gain=1.0)
    tensors = {k: v for k, v in model.state_dict().items() if v.dtype.is_floating_point}
    save_model(
        tmp_path,
        "tiny",
        tensors,
        method="smis",
        domain="street",
        size=16,
        config=CONFIG.to_dict(),
        training={},
    )
    monkeypatch.setenv("BLOCKOUT_MODELS", str(tmp_path))
    return SmisMethod("tiny")


def frame(height: int = 16, width: int = 16, class_id: int = 26) -> Frame:
    semantic = np.full((height, width), 7, np.uint16)
    semantic[: height // 2] = 23
    car = np.zeros((height, width), bool)
    car[height // 2 - 3 : height // 2 + 3, 3:9] = True
    semantic[car] = class_id
    shape = (height, width)
    passes = Passes(
        semantic=semantic,
        instance=car.astype(np.uint32),
        depth=np.where(semantic == 23, np.inf, 10.0).astype(np.float32),
        normal=np.zeros((*shape, 3), np.float16),
        uv=np.zeros((*shape, 2), np.float32),
        coverage=np.ones(shape, np.float16),
        shading=np.ones((*shape, 3), np.float16),
    )
    item = SceneObject(
        "car", class_id, 1, "cuboid", np.eye(4), np.array([[0.0] * 3, [1.0] * 3]), tint=(0.8, 0, 0)
    )
    camera = Camera(np.eye(4), 16.0, 16.0, width / 2, height / 2)
    return Frame(width, height, camera, STREET, (item,), passes=passes)


def picture(method: SmisMethod, controls: Controls, scene: Frame | None = None) -> np.ndarray:
    return method.render(method.prepare(scene or frame()), controls).image


def test_the_same_seed_gives_the_same_picture_and_another_seed_another(method: SmisMethod) -> None:
    first = picture(method, Controls(seed=1))
    assert first.shape == (16, 16, 4)
    assert first.dtype == np.float32
    assert np.array_equal(first, picture(method, Controls(seed=1)))
    assert not np.array_equal(first, picture(method, Controls(seed=2)))


def test_a_class_seed_changes_the_code_of_its_class_alone(method: SmisMethod) -> None:
    plain = method.codes(Controls(seed=1)).reshape(4, -1)
    changed = method.codes(Controls(seed=1, class_seeds={26: 9})).reshape(4, -1)
    assert [bool(torch.equal(a, b)) for a, b in zip(plain, changed, strict=True)] == [
        True,
        False,
        True,
        True,
    ]


def test_temperature_zero_is_the_mean_look_whatever_the_seed(method: SmisMethod) -> None:
    assert method.codes(Controls(seed=4, temperature=0.0)).abs().max() == 0


def test_the_tint_asks_only_where_it_may(method: SmisMethod) -> None:
    with_tint = picture(method, Controls(use_tint=True))
    without = picture(method, Controls(use_tint=False))
    assert not np.array_equal(with_tint, without)


@pytest.mark.parametrize(("height", "width"), [(16, 16), (17, 23), (9, 40), (70, 90)])
def test_any_size(method: SmisMethod, height: int, width: int) -> None:
    image = picture(method, Controls(), frame(height, width))
    assert image.shape == (height, width, 4)
    assert np.isfinite(image).all()
    assert image.min() >= 0
    assert image.max() <= 1


def test_a_frame_without_passes_is_refused(method: SmisMethod) -> None:
    with pytest.raises(ContractError, match="passes: the frame has none"):
        method.prepare(replace(frame(), passes=None))


def test_classes_that_the_model_never_saw_are_named(method: SmisMethod) -> None:
    scene = frame(class_id=33)
    assert scene.passes is not None
    semantic = np.full_like(scene.passes.semantic, 33)
    scene = replace(scene, passes=replace(scene.passes, semantic=semantic))
    with pytest.raises(ContractError, match="Use classes among: road, car, building, sky"):
        method.prepare(scene)


@pytest.mark.parametrize(
    ("height", "width", "drawn"),
    [
        (128, 128, (128, 128)),
        (256, 300, (256, 300)),
        (1080, 1920, (256, 455)),
        (600, 300, (512, 256)),
    ],
)
def test_large_pictures_are_drawn_smaller_and_enlarged(
    height: int, width: int, drawn: tuple[int, int]
) -> None:
    assert drawn_size(height, width, 256) == drawn


def test_a_car_modelled_along_x_gives_the_same_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same box in the world, its local axes named differently."""
    config = replace(CONFIG, guides=("local", "view", "extent"), lengthwise=("car",))
    torch.manual_seed(4)
    model = GroupDNet(config)
    initialise(model, gain=1.0)
    tensors = {k: v for k, v in model.state_dict().items() if v.dtype.is_floating_point}
    save_model(
        tmp_path,
        "axes",
        tensors,
        method="smis",
        domain="street",
        size=16,
        config=config.to_dict(),
        training={},
    )
    monkeypatch.setenv("BLOCKOUT_MODELS", str(tmp_path))
    method = SmisMethod("axes")
    turn = np.eye(4)
    turn[:2, :2] = [[0, 1], [-1, 0]]
    original = frame()
    (car,) = original.objects
    along_x = replace(car, matrix_world=np.eye(4), box=np.array([[-2.0, -1, -1], [2, 1, 1]]))
    along_y = replace(car, matrix_world=turn, box=np.array([[-1.0, -2, -1], [1, 2, 1]]))
    assert not np.allclose(along_x.matrix_world, along_y.matrix_world)
    pictures = [
        method.render(method.prepare(replace(original, objects=(item,))), Controls(seed=1)).image
        for item in (along_x, along_y)
    ]
    assert np.allclose(*pictures, atol=1e-5)

# SPDX-License-Identifier: Apache-2.0
"""What a user turns: resampling per class and object, styles from pictures, mixture, morph."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from smis_tiny import CONFIG, install

from neural_core.contract import (
    STREET,
    Camera,
    ContractError,
    Controls,
    Frame,
    Passes,
    Reference,
    SceneObject,
    Style,
)
from neural_core.methods.smis.codes import CodeBook
from neural_core.methods.smis.method import SmisMethod
from neural_core.pipeline import Pipeline
from neural_core.recipe import controls_of

ROAD, CAR, SKY, BUILDING = 7, 26, 23, 11
SIZE = 32


@pytest.fixture
def method(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmisMethod:
    install(tmp_path)
    monkeypatch.setenv("BLOCKOUT_MODELS", str(tmp_path))
    return SmisMethod("tiny")


@pytest.fixture
def book() -> CodeBook:
    return CodeBook(CONFIG, "hash")


def car(number: int, name: str = "", seed: int = 5) -> SceneObject:
    box = np.array([[0.0] * 3, [1.0] * 3])
    return SceneObject(
        name or f"car {number}", CAR, number, "cuboid", np.eye(4), box, appearance_seed=seed
    )


def frame(*cars: SceneObject, shift: int = 0, controls: Controls | None = None) -> Frame:
    """Sky over road; two cars, left and right, ``shift`` pixels further to the right."""
    semantic = np.full((SIZE, SIZE), ROAD, np.uint16)
    semantic[: SIZE // 2] = SKY
    instance = np.zeros((SIZE, SIZE), np.uint32)
    for item in cars:
        left = (4 if item.instance_id == 1 else 20) + shift
        semantic[12:20, left : left + 8] = CAR
        instance[12:20, left : left + 8] = item.instance_id
    shape = (SIZE, SIZE)
    passes = Passes(
        semantic=semantic,
        instance=instance,
        depth=np.where(semantic == SKY, np.inf, 10.0).astype(np.float32),
        normal=np.zeros((*shape, 3), np.float16),
        uv=np.zeros((*shape, 2), np.float32),
        coverage=np.ones(shape, np.float16),
        shading=np.ones((*shape, 3), np.float16),
    )
    camera = Camera(np.eye(4), 32.0, 32.0, 16.0, 16.0)
    return Frame(SIZE, SIZE, camera, STREET, cars, passes=passes, controls=controls or Controls())


def parts(codes: torch.Tensor) -> list[torch.Tensor]:
    return list(codes[0].split(CONFIG.latent_channels))


def same(first: torch.Tensor, second: torch.Tensor) -> list[bool]:
    """Per class slot."""
    return [torch.equal(a, b) for a, b in zip(parts(first), parts(second), strict=True)]


def by_numbers(
    looks: list[tuple[torch.Tensor, list[int]]],
) -> dict[tuple[int, ...], torch.Tensor]:
    return {tuple(numbers): codes for codes, numbers in looks}


def style_of(value: float, *names: str, model: str = "hash") -> Style:
    shape = (CONFIG.latent_channels, CONFIG.latent_size, CONFIG.latent_size)
    return Style(model, {name: np.full(shape, value, np.float32) for name in names})


def picture(method: SmisMethod, scene: Frame, controls: Controls) -> NDArray[np.float32]:
    return method.render(method.prepare(scene), controls).image


def test_the_picture_or_one_class_is_drawn_again(book: CodeBook) -> None:
    first = book.of_picture(Controls(seed=1))
    assert same(first, book.of_picture(Controls(seed=2))) == [False] * 4
    one = book.of_picture(Controls(seed=1, class_seeds={12: 2}))
    assert same(first, one) == [True, True, False, True]


def test_mixture_takes_each_class_from_its_own_picture(book: CodeBook) -> None:
    styles = {"a": style_of(1, "road", "car"), "b": style_of(2, "car", "sky")}
    controls = Controls(style="a", class_styles={CAR: "b"}, class_seeds={SKY: 3}, styles=styles)
    road, car_code, building, sky = parts(book.of_picture(controls))
    assert (road == 1).all()
    assert (car_code == 2).all()
    drawn = book.of_picture(Controls(class_seeds={SKY: 3}))
    assert torch.equal(building, parts(drawn)[2]), "no style has it"
    assert torch.equal(sky, parts(drawn)[3])


def test_a_morph_is_a_straight_line_between_looks(book: CodeBook) -> None:
    start = book.of_picture(Controls(seed=1))
    target = book.kept(Controls(seed=2))
    for share in (0.0, 0.25, 1.0):
        found = book.of_picture(
            Controls(seed=1, morph_to="two", morph=share, styles={"two": target})
        )
        wanted = start + share * (book.of_picture(Controls(seed=2)) - start)
        torch.testing.assert_close(found, wanted)


def test_objects_keep_looks_whatever_their_order_and_number(book: CodeBook) -> None:
    controls = Controls(object_seeds={"car 1": 4}, object_styles={"car 2": "s"},
                        styles={"s": style_of(1, "car", "road")})  # fmt: skip
    first = by_numbers(book.of_objects(controls, [car(1), car(2), car(3)]))
    assert set(first) == {(1,), (2,)}
    base = book.of_picture(controls)
    assert same(first[1,], base) == [True, False, True, True]
    assert (parts(first[2,])[1] == 1).all()
    renumbered = [replace(car(2), instance_id=9), replace(car(1), instance_id=8)]
    later = by_numbers(book.of_objects(controls, renumbered))
    assert torch.equal(later[8,], first[1,])
    assert torch.equal(later[9,], first[2,])


def test_varied_objects_share_a_look_by_their_appearance_seed_alone(book: CodeBook) -> None:
    cars = [car(1, seed=5), car(2, seed=6), car(3, seed=5)]
    controls = Controls(vary_objects=True)
    groups = by_numbers(book.of_objects(controls, cars))
    assert set(groups) == {(1, 3), (2,)}
    assert not torch.equal(groups[1, 3], groups[2,])
    assert book.of_objects(controls, cars[:1]) == [], "alone it is what its class is"
    again = book.of_objects(replace(controls, class_seeds={CAR: 1}), cars)
    assert not torch.equal(again[0][0], groups[1, 3]), "the class can be drawn again as a whole"


def test_an_objects_look_changes_it_and_hardly_its_neighbour(method: SmisMethod) -> None:
    scene = frame(car(1), car(2))
    plain = picture(method, scene, Controls(seed=1))
    changed = picture(method, scene, Controls(seed=1, object_seeds={"car 1": 77}))
    change = np.abs(changed - plain).mean(-1)
    assert scene.passes is not None
    own = change[scene.passes.instance == 1].mean()
    assert own > 0.01
    assert change[scene.passes.instance == 2].max() < 1e-3
    assert change[:8].mean() < 0.02 * own, "the sky above"


def test_two_looks_at_once_are_each_what_it_is_alone(method: SmisMethod) -> None:
    """Nine looks in batches of eight, and each where it belongs."""
    scene = frame(car(1), car(2))
    assert scene.passes is not None
    seeds = {"car 1": 5, "car 2": 6}
    both = picture(method, scene, Controls(object_seeds=seeds))
    for number, (name, seed) in enumerate(seeds.items(), 1):
        alone = picture(method, scene, Controls(object_seeds={name: seed}))
        inside = scene.passes.instance == number
        inside[:, :-1] &= inside[:, 1:]  # not the seam
        np.testing.assert_allclose(both[inside], alone[inside], atol=2e-2)


def test_the_same_seeds_after_the_camera_moved(method: SmisMethod) -> None:
    """The codes do not know the view: what moved along keeps its look."""
    controls = Controls(seed=4, object_seeds={"car 1": 9}, vary_objects=True)
    here = frame(car(1), car(2, seed=8))
    there = frame(car(1), car(2, seed=8), shift=2)
    assert torch.equal(method.codes(controls), method.codes(controls))
    looks = [method._looks(method.prepare(scene), controls) for scene in (here, there)]
    assert len(looks[0]) == 2
    for before, after in zip(*looks, strict=True):
        assert torch.equal(before.codes, after.codes)
        assert torch.equal(before.where.roll(2, 2), after.where)


def test_a_style_from_a_picture_per_class(method: SmisMethod) -> None:
    rng = np.random.default_rng(0)
    image = rng.random((SIZE, SIZE, 3), np.float32)
    labels = np.full((SIZE, SIZE), ROAD, np.uint16)
    labels[:16] = CAR
    labels[0, 0] = SKY  # too little to have a style
    style = method.style_of(image, labels)
    assert set(style.codes) == {"road", "car"}
    other = image.copy()
    other[16:] = 0.25
    changed = method.style_of(other, labels)
    assert np.array_equal(style.codes["car"], changed.codes["car"]), "its own pixels alone count"
    assert not np.array_equal(style.codes["road"], changed.codes["road"])
    codes = method.codes(Controls(class_styles={CAR: "s"}, styles={"s": style}))
    assert np.array_equal(parts(codes)[1].numpy(), style.codes["car"])
    with pytest.raises(ContractError, match="no pixel has a class"):
        method.style_of(image, np.zeros_like(labels))


def test_references_become_styles_of_the_recipe(method: SmisMethod) -> None:
    """With labels of their own, or with those of the frame at the picture's size."""
    rng = np.random.default_rng(1)
    image = rng.random((2 * SIZE, 2 * SIZE, 3), np.float32)
    scene = frame(car(1), controls=Controls(class_styles={CAR: "paint"}, keep_as="mine"))
    assert scene.passes is not None
    scene = replace(scene, references={"paint": Reference(image)})
    pipeline = Pipeline.create("smis@tiny", "cpu")
    first = pipeline.render(scene)
    semantic = scene.passes.semantic.repeat(2, 0).repeat(2, 1)
    with_labels = replace(scene, references={"paint": Reference(image, semantic)})
    assert np.array_equal(pipeline.render(with_labels).image, first.image)
    controls = controls_of(json.loads(json.dumps(first.recipe)))
    assert set(controls.styles) == {"paint", "mine"}
    again = pipeline.render(replace(scene, references={}, controls=controls))
    assert np.array_equal(again.image, first.image), "the recipe needs the picture no more"
    whole = Controls(style="mine", styles={"mine": controls.styles["mine"]})
    kept = pipeline.render(replace(scene, references={}, controls=whole))
    np.testing.assert_array_equal(kept.image, first.image)
    with pytest.raises(ContractError, match="'classes' has no styles"):
        Pipeline.create("classes").render(scene)


def test_a_style_of_another_model_is_refused(method: SmisMethod, book: CodeBook) -> None:
    foreign = Controls(style="s", styles={"s": style_of(1, "road", model="other")})
    with pytest.raises(ContractError, match="style 's': it was taken with another model"):
        method.codes(foreign)
    with pytest.raises(ContractError, match="there is no style 'x'"):
        book.of_objects(Controls(object_styles={"car 1": "x"}), [car(1)])

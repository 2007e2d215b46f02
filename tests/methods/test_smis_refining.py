# SPDX-License-Identifier: Apache-2.0
"""controllable3d+smis: layers become labels, the picture becomes the reference."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import smis_tiny
import torch
from test_controllable3d_method import CAR, CONFIG, camera, car, method_of

from neural_core.contract import STREET, Controls, Frame, Layer, Light, Passes, SceneObject, Style
from neural_core.methods.smis.method import SmisMethod
from neural_core.methods.smis.refining import PICTURE, following, passes_of_layers
from neural_core.pipeline import Pipeline
from neural_core.weights import SHIPPED

ROAD, SKY = 7, 23
SIZE = 32
ROAD_ID = 9


def road() -> SceneObject:
    box = np.array([[-40.0, -40.0, -0.1], [40.0, 40.0, 0.0]])
    return SceneObject("road", ROAD, ROAD_ID, "cuboid", np.eye(4), box)


def scene(*cars: SceneObject, size: int = SIZE) -> Frame:
    sun = np.eye(4)
    sun[:3, :3] = [[0.8, 0, 0.6], [0, 1, 0], [-0.6, 0, 0.8]]
    lights = (Light("sun", sun, energy=3.0), Light("world", np.eye(4), energy=0.5))
    return Frame(size, size, camera((size, size)), STREET, (*cars, road()), lights)


def flat_passes() -> Passes:
    """A road, with a car's box (id 1) in rows 2 to 5 and columns 2 to 7; uv tells pixels apart."""
    instance = np.full((8, 10), ROAD_ID, np.uint32)
    instance[2:6, 2:8] = 1
    uv = np.moveaxis(np.indices((8, 10)), 0, -1).astype(np.float32)
    box = instance == 1
    return Passes(
        semantic=np.where(box, CAR, ROAD).astype(np.uint16),
        instance=instance,
        depth=np.where(box, 8.0, 10.0).astype(np.float32),
        normal=np.zeros((8, 10, 3), np.float16),
        uv=uv,
        coverage=np.ones((8, 10), np.float16),
        shading=np.where(box, 0.25, 0.75)[..., None].repeat(3, -1).astype(np.float16),
    )


def layer(rows: slice, columns: slice, number: int = 1, depth: float = 8.0) -> Layer:
    rgba, far = np.zeros((8, 10, 4), np.float32), np.full((8, 10), np.inf, np.float32)
    rgba[rows, columns], far[rows, columns] = 1.0, depth
    return Layer(f"car_{number}", number, rgba, far)


def test_labels_take_the_silhouettes_of_the_layers() -> None:
    before = flat_passes()
    found = passes_of_layers(before, [layer(slice(3, 7), slice(3, 7))])
    wanted = np.full((8, 10), ROAD_ID)
    wanted[3:7, 3:7] = 1  # a row below the box, less on the other sides
    assert np.array_equal(found.instance, wanted)
    assert np.array_equal(found.semantic == CAR, wanted == 1)
    assert np.allclose(found.depth, np.where(wanted == 1, 8, 10))
    assert np.array_equal(found.shading[..., 0] == 0.25, wanted == 1)
    changed = wanted != before.instance
    assert np.array_equal(found.uv[~changed], before.uv[~changed])
    assert tuple(found.uv[2, 4]) == (1, 4) and tuple(found.uv[4, 2]) == (4, 1)
    assert tuple(found.uv[6, 5]) == (5, 5)
    assert found.semantic.dtype == before.semantic.dtype and found.normal.dtype == np.float16


def test_the_nearest_layer_is_seen_and_others_hide_it() -> None:
    two = [layer(slice(2, 6), slice(2, 6)), layer(slice(2, 6), slice(4, 8), 2, 7.0)]
    passes = flat_passes()
    split = np.where(np.arange(10) >= 6, np.uint32(2), passes.instance)
    passes = replace(passes, instance=np.where(passes.instance == 1, split, passes.instance))
    found = passes_of_layers(passes, two).instance
    assert (found[2:6, 2:4] == 1).all() and (found[2:6, 4:8] == 2).all()
    box = flat_passes()
    near = np.where(box.instance == ROAD_ID, np.float32(2), box.depth)
    grown = passes_of_layers(replace(box, depth=near), [layer(slice(0, 8), slice(0, 10))]).instance
    assert (grown[:2] == ROAD_ID).all() and (grown[2:6, 2:8] == 1).all()


def test_passes_stay_as_they_are_where_layers_fill_their_boxes() -> None:
    passes = flat_passes()
    assert passes_of_layers(passes, [layer(slice(2, 6), slice(2, 8))]) is passes
    empty = passes_of_layers(passes, [layer(slice(0, 0), slice(0, 0))])
    assert (empty.instance == ROAD_ID).all() and (empty.semantic == ROAD).all()
    alone = replace(passes, instance=np.ones_like(passes.instance))
    none = passes_of_layers(alone, [layer(slice(0, 0), slice(0, 0))])
    assert np.array_equal(none.uv, passes.uv)  # nothing is known of what is behind


def test_who_asks_for_a_style_gets_it() -> None:
    whole, own = Style("m", {}), {"car_1": Style("m", {}), "car_2": Style("m", {})}
    objects = [car(1), car(2)]
    plain = following(Controls(class_seeds={CAR: 4}), objects, whole, own, frozenset({CAR}))
    assert plain.style == PICTURE and plain.class_styles == {CAR: PICTURE}
    assert set(plain.object_styles) == {"car_1", "car_2"} <= {"car_1", "car_2"}
    assert set(plain.object_styles.values()) <= set(plain.styles)
    asked = Controls(object_styles={"car_1": "mine"}, styles={"mine": whole})
    assert following(asked, objects, whole, own, frozenset({CAR})).object_styles["car_1"] == "mine"
    of_class = Controls(class_styles={CAR: "mine"}, styles={"mine": whole})
    found = following(of_class, objects, whole, own, frozenset({CAR}))
    assert found.class_styles == {CAR: "mine"} and not found.object_styles
    everywhere = Controls(style="mine", styles={"mine": whole})
    assert following(everywhere, objects, whole, own, frozenset({CAR})) is everywhere
    assert following(Controls(), objects, None, {}, frozenset()) == Controls()


@pytest.fixture
def pair(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BLOCKOUT_MODELS", str(tmp_path))
    method_of(CONFIG, tmp_path)
    smis_tiny.install(tmp_path)
    return tmp_path


NAME = "controllable3d@tiny-cuboid+smis@tiny"


def test_the_picture_decides_the_look(pair: Path) -> None:
    first, second = car(1, -1.2, 0.3, 0.2, seed=5), car(2, 1.4, -0.2, 2.0, seed=6)
    pipeline = Pipeline.create(NAME, "cpu")
    alone = Pipeline.create("controllable3d@tiny-cuboid", "cpu")
    asking = replace(scene(first, second), controls=Controls(textures=True))
    one = pipeline.render(asking)
    assert one.image.shape == (SIZE, SIZE, 4) and one.image.min() >= 0 and one.image.max() <= 1
    made = alone.render(scene(first, second))
    assert not np.array_equal(one.image, made.image)
    for ours, theirs in zip(one.layers, made.layers, strict=True):
        assert np.array_equal(ours.rgba, theirs.rgba) and np.array_equal(ours.depth, theirs.depth)
    assert set(one.textures) == {"car_1", "car_2"} and one.warnings == made.warnings
    assert [m["model"] for m in one.recipe["methods"]] == ["tiny-cuboid", "tiny"]
    assert np.array_equal(pipeline.render(scene(first, second)).image, one.image)
    other = pipeline.render(scene(replace(first, appearance_seed=9), second))
    moved = np.abs(other.image - one.image).max(2)
    assert moved.max() > 0.02  # the generator's seed reaches the refiner through the picture


def test_only_the_style_of_what_was_changed_changes(pair: Path) -> None:
    """One object painted red: its own code is another one, those of the others are not."""
    frame = scene(car(1, -1.2, 0.3, 0.2), car(2, 1.4, -0.2, 2.0))
    made = Pipeline.create("controllable3d@tiny-cuboid", "cpu").render(frame)
    method = SmisMethod("tiny")
    prepared = method.prepare(replace(frame, passes=made.passes))
    solid = made.passes is not None and made.passes.instance == 2
    image = made.image.copy()
    image[solid] = (1.0, 0.0, 0.0, 1.0)
    before = method._following(prepared, Controls(), made)
    after = method._following(prepared, Controls(), replace(made, image=image))
    names = [f"{PICTURE} car_1", f"{PICTURE} car_2"]
    assert set(before.object_styles.values()) == set(names)
    assert before.styles[names[0]] == after.styles[names[0]]
    assert before.styles[names[1]] != after.styles[names[1]]
    assert set(before.styles[names[0]].codes) == {"car"}
    assert {"car", "road"} <= set(before.styles[PICTURE].codes)
    same = [before.styles[PICTURE].codes["road"], after.styles[PICTURE].codes["road"]]
    assert np.array_equal(*same)


def test_the_shipped_model_refines_an_untrained_generators_picture(pair: Path) -> None:
    assert (SHIPPED / "smis-street-128.safetensors").exists()
    frame = scene(car(1, -1.2, 0.3, 0.2, seed=5), car(2, 1.4, -0.2, 2.0, seed=6), size=64)
    name = "controllable3d@tiny-cuboid+smis@smis-street-128"
    found = Pipeline.create(name, "cpu").render(frame)
    image = torch.from_numpy(found.image)
    assert image.shape == (64, 64, 4) and bool(torch.isfinite(image).all())
    assert float(image[..., :3].std()) > 0.02 and len(found.layers) == 2
    assert found.timings["network"] > 0
    asked = replace(frame, controls=Controls(class_seeds={ROAD: 3}))
    reseeded = Pipeline.create(name, "cpu").render(asked)
    passes = found.passes
    assert passes is not None
    on_road = np.abs(reseeded.image - found.image).mean(2)[passes.instance == ROAD_ID].mean()
    assert on_road > 0.005  # a class that has no layer keeps its seed

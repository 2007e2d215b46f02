# SPDX-License-Identifier: Apache-2.0
import json
from dataclasses import replace
from importlib.metadata import EntryPoint

import numpy as np
import pytest

from neural_core import pipeline as pipeline_module
from neural_core.contract import (
    ROOM,
    STREET,
    ContractError,
    Controls,
    Frame,
    Palette,
    Rendering,
    SceneObject,
)
from neural_core.pipeline import Cancelled, Pipeline, model_names, pipeline_names

CAR, ROAD, SKY = 26, 7, 23


class FlatMethod:
    """A method from elsewhere: one grey per seed. Counts what it is asked."""

    requires = frozenset({"semantic"})
    model_name = "flat-1"
    model_hash = "abc"
    prepared = 0

    def __init__(self, model, device="cpu"):
        self.model_name = model or self.model_name

    def prepare(self, frame):
        type(self).prepared += 1
        return frame

    def render(self, prepared, controls):
        shape = (prepared.height, prepared.width, 4)
        return Rendering(np.full(shape, controls.seed / 10, np.float32), timings={"own": 1.0})


class BrighterMethod(FlatMethod):
    """Goes on with a picture."""

    def refine(self, prepared, controls, rendering):
        return replace(rendering, image=rendering.image + 0.05)


@pytest.fixture
def third_party(monkeypatch):
    points = [
        EntryPoint("flat", f"{__name__}:FlatMethod", pipeline_module.GROUP),
        EntryPoint("brighter", f"{__name__}:BrighterMethod", pipeline_module.GROUP),
        EntryPoint("broken", "no_such_package:Thing", pipeline_module.GROUP),
    ]
    monkeypatch.setattr(pipeline_module, "entry_points", lambda group: points)
    monkeypatch.setattr(FlatMethod, "prepared", 0)


def with_holdout(frame: Frame) -> Frame:
    return replace(
        frame, objects=tuple(replace(o, holdout=o.class_id == CAR) for o in frame.objects)
    )


def test_classes_shows_the_palette(frame):
    rendering = Pipeline.create("classes").render(frame)
    assert rendering.image.shape == (32, 32, 4) and rendering.image.dtype == np.float32
    assert (rendering.image[..., 3] == 1).all()
    passes = rendering.passes
    assert {CAR, ROAD, SKY} == set(np.unique(passes.semantic))
    for entry in STREET.classes:
        shown = rendering.image[passes.semantic == entry.id][:, :3]
        assert np.allclose(shown, entry.color, atol=1e-6)


def test_shading_follows_the_light(frame):
    bright = Pipeline.create("shading").render(frame).image
    dark_lights = tuple(replace(light, energy=light.energy / 8) for light in frame.lights)
    dark = Pipeline.create("shading").render(replace(frame, lights=dark_lights)).image
    assert dark.min() >= 0.0 and bright.max() <= 1.0
    assert bright[..., :3].mean() > dark[..., :3].mean() + 0.2


def test_shading_needs_no_classes_and_classes_does(frame):
    void = replace(frame, objects=tuple(replace(o, class_id=0) for o in frame.objects))
    Pipeline.create("shading").render(void)
    with pytest.raises(ContractError, match="Guess Classes"):
        Pipeline.create("classes").render(void)


def test_nothing_visible_is_told(frame):
    with pytest.raises(ContractError, match="nothing in the scene is visible"):
        Pipeline.create("classes").render(replace(frame, objects=()))


def test_bad_frames_are_refused(frame):
    matrix = np.eye(4)
    matrix[0, 0] = np.nan
    bad = replace(frame, objects=(replace(frame.objects[0], matrix_world=matrix),))
    with pytest.raises(ContractError, match="NaN"):
        Pipeline.create("classes").render(bad)


def test_passes_that_come_along_are_used(frame):
    pipeline = Pipeline.create("classes")
    passes = pipeline.render(frame).passes
    other = replace(passes, semantic=np.full_like(passes.semantic, ROAD))
    rendering = pipeline.render(replace(frame, passes=other, meshes={}))
    assert (rendering.passes.semantic == ROAD).all()
    assert rendering.timings["raster"] >= 0


@pytest.mark.parametrize("background", [SKY, 0])
def test_holdouts_are_cut_out_of_alpha(frame, background):
    frame = replace(frame, palette=replace(STREET, background_id=background))
    whole = Pipeline.create("classes").render(frame).passes
    rendering = Pipeline.create("classes").render(with_holdout(frame))
    hidden = whole.semantic == CAR
    assert hidden.any()
    assert np.array_equal(rendering.image[..., 3] == 0, hidden)
    assert set(np.unique(rendering.passes.semantic)) == {0, ROAD, background}
    assert (rendering.passes.semantic[whole.semantic == background] == background).all()


def test_progress_only_names_known_stages_and_goes_forward(frame):
    seen = []
    Pipeline.create("classes").render(frame, progress=lambda *step: seen.append(step))
    assert seen[0] == ("raster", 0.0) and seen[-1] == ("network", 1.0)
    assert seen == sorted(seen, key=lambda s: (("raster", "network").index(s[0]), s[1]))


@pytest.mark.parametrize("calls", range(4))
def test_it_stops_when_told_to(frame, calls):
    asked = []

    def cancelled() -> bool:
        asked.append(1)
        return len(asked) > calls

    with pytest.raises(Cancelled):
        Pipeline.create("classes").render(frame, cancelled=cancelled)
    assert len(asked) == calls + 1


def test_after_a_stop_it_renders_again(frame):
    pipeline = Pipeline.create("classes")
    with pytest.raises(Cancelled):
        pipeline.render(frame, cancelled=lambda: True)
    assert pipeline.render(frame).image.shape == (32, 32, 4)


def test_timings_and_recipe(frame):
    frame = replace(frame, controls=Controls(seed=7, class_seeds={26: 3}), number=12)
    rendering = Pipeline.create("classes").render(frame)
    assert set(rendering.timings) >= {"raster", "network"}
    recipe = json.loads(json.dumps(rendering.recipe))
    assert recipe["pipeline"] == "classes" and recipe["frame"] == 12
    assert recipe["scene_hash"] == frame.scene_hash()
    assert recipe["controls"]["seed"] == 7 and recipe["controls"]["class_seeds"] == {"26": 3}


def test_only_controls_changed_prepares_nothing_again(frame, third_party):
    pipeline = Pipeline.create("flat")
    first = pipeline.render(frame)
    second = pipeline.render(replace(frame, controls=Controls(seed=5)))
    assert FlatMethod.prepared == 1
    assert second.image.mean() == pytest.approx(0.5) and first.image.mean() == 0
    moved = np.eye(4)
    moved[0, 3] = 1.0
    car = replace(frame.objects[1], matrix_world=moved)
    pipeline.render(replace(frame, objects=(frame.objects[0], car)))
    assert FlatMethod.prepared == 2


def test_a_moved_object_is_seen_moved(frame):
    pipeline = Pipeline.create("classes")
    before = pipeline.render(frame).passes.semantic
    moved = np.eye(4)
    moved[0, 3] = 1.5
    car = replace(frame.objects[1], matrix_world=moved)
    after = pipeline.render(replace(frame, objects=(frame.objects[0], car))).passes.semantic
    assert np.nonzero(after == CAR)[1].mean() > np.nonzero(before == CAR)[1].mean() + 2


def test_methods_of_third_parties(frame, third_party):
    own = {"smis", "controllable3d", "controllable3d+smis", "classes", "shading"}
    assert set(pipeline_names()) == own | {"flat", "brighter", "broken"}
    pipeline = Pipeline.create("flat@my-model")
    rendering = pipeline.render(replace(frame, controls=Controls(seed=3)))
    assert rendering.recipe["methods"] == [
        {"method": "flat@my-model", "model": "my-model", "sha256": "abc"}
    ]
    assert rendering.timings["own"] == 1.0


def test_methods_in_a_row(frame, third_party):
    rendering = Pipeline.create("flat+brighter").render(replace(frame, controls=Controls(seed=3)))
    assert rendering.image.mean() == pytest.approx(0.35)
    assert [m["method"] for m in rendering.recipe["methods"]] == ["flat", "brighter"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("nix", "there is no method 'nix'"),
        ("", "is not a name"),
        ("classes+", "is not a name"),
        ("classes@big", "has no models"),
        ("classes+flat", "does not go on with another method's picture"),
        ("broken", "cannot be loaded"),
    ],
)
def test_names_that_cannot_be_used(third_party, name, text):
    with pytest.raises(ContractError, match=text):
        Pipeline.create(name)


@pytest.mark.parametrize("device", ["tpu9", "cuda:99"])
def test_devices_that_are_not_there(device):
    with pytest.raises(ContractError, match="device"):
        Pipeline.create("classes", device)


def test_model_names_are_those_of_the_folder(monkeypatch, tmp_path):
    card = {"name": "mine", "method": "smis", "domain": "street", "size": 8}
    card.update(sha256="0", config={}, training={})
    (tmp_path / "mine.json").write_text(json.dumps(card))
    monkeypatch.setenv("BLOCKOUT_MODELS", str(tmp_path))
    assert "mine" in model_names()


def test_an_object_of_a_palette_with_big_ids(frame):
    palette = Palette("big", (replace(STREET.classes[0], id=60000),))
    thing = replace(frame.objects[1], class_id=60000)
    rendering = Pipeline.create("classes").render(replace(frame, palette=palette, objects=(thing,)))
    assert isinstance(thing, SceneObject)
    assert set(np.unique(rendering.passes.semantic)) == {0, 60000}


def model_of(rendering: Rendering) -> str:
    return rendering.recipe["methods"][0]["model"]


def test_each_scene_gets_the_model_that_knows_its_classes(
    frame, third_party, monkeypatch, tmp_path
):
    for name, domain in (("a-room", "room"), ("b-street", "street"), ("c-street", "street")):
        card = {"name": name, "method": "flat", "domain": domain, "size": 8}
        card.update(sha256="0", config={}, training={})
        (tmp_path / f"{name}.json").write_text(json.dumps(card))
    monkeypatch.setenv("BLOCKOUT_MODELS", str(tmp_path))

    def with_classes(palette: Palette) -> Frame:
        known = palette.classes[0].id
        objects = tuple(replace(item, class_id=known) for item in frame.objects)
        return replace(frame, palette=palette, objects=objects)

    in_a_room = with_classes(ROOM)
    pipeline = Pipeline.create("flat")
    assert model_of(pipeline.render(frame)) == "b-street"
    assert model_of(pipeline.render(in_a_room)) == "a-room"
    assert model_of(pipeline.render(frame)) == "b-street"
    edited = Palette("custom", ROOM.classes[2:])
    assert model_of(pipeline.render(with_classes(edited))) == "a-room"
    unknown = Palette("custom", (replace(STREET.classes[0], name="lava"),))
    assert model_of(pipeline.render(with_classes(unknown))) == "flat-1"
    assert model_of(Pipeline.create("flat@c-street").render(in_a_room)) == "c-street"
    assert pipeline.render(in_a_room).recipe["pipeline"] == "flat"

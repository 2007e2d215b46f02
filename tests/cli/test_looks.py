# SPDX-License-Identifier: Apache-2.0
"""Looks on the command line: options of render, and styles as files."""

from __future__ import annotations

import json

import numpy as np
import pytest
from PIL import Image
from smis_tiny import install

from neural_core.contract import load_frame


@pytest.fixture(autouse=True)
def tiny(tmp_path, monkeypatch) -> None:
    models = tmp_path / "models"
    models.mkdir()
    install(models)
    monkeypatch.setenv("BLOCKOUT_MODELS", str(models))


def render(blockout, frame_file, out, *options):
    result = blockout(
        "render", frame_file, "--pipeline", "smis@tiny", "--out", out, "--json", *options
    )
    assert result.code == 0, result.err
    (picture,) = result.json["pictures"]
    return np.asarray(Image.open(picture["png"])), picture["recipe"]["controls"]


def test_seeds_per_class_and_object_reach_the_picture(blockout, frame_file, tmp_path):
    plain, _ = render(blockout, frame_file, tmp_path / "a")
    name = load_frame(frame_file).objects[0].name
    for options, key, wanted in (
        (("--class-seed", "Road=4"), "class_seeds", {"7": 4}),
        (("--object-seed", f"{name}=4"), "object_seeds", {name: 4}),
        (("--temperature", "0.5"), "temperature", 0.5),
    ):
        picture, controls = render(blockout, frame_file, tmp_path / "b", *options)
        assert controls[key] == wanted
        assert not np.array_equal(picture, plain), options
    _, controls = render(blockout, frame_file, tmp_path / "b", "--vary-objects")
    assert controls["vary_objects"] is True


def test_a_style_is_taken_kept_mixed_and_morphed(blockout, frame_file, tmp_path):
    plain, _ = render(blockout, frame_file, tmp_path / "a", "--seed", 1)
    noise = np.random.default_rng(0).integers(0, 256, (24, 24, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "noise.png")
    labels = np.full((24, 24), 7, np.uint8)
    labels[:12] = 23
    Image.fromarray(labels).save(tmp_path / "ids.png")
    take = ("style", "take", tmp_path / "noise.png", "--pipeline", "smis@tiny", "--json")
    own = blockout(*take, "--labels", tmp_path / "ids.png", "--out", tmp_path / "own.json").json
    assert own["classes"] == ["road", "sky"]
    ours = blockout(*take, "--labels", frame_file, "--out", tmp_path / "ours.json").json
    assert "car" in ours["classes"]
    keep = ("style", "keep", frame_file, "--pipeline", "smis@tiny", "--out", tmp_path / "two.json")
    assert blockout(*keep, "--seed", 2).code == 0
    styled, _ = render(blockout, frame_file, tmp_path / "b", "--style", tmp_path / "own.json")
    mixed, controls = render(
        blockout, frame_file, tmp_path / "b", "--style", tmp_path / "own.json",
        "--class-style", f"car={tmp_path / 'ours.json'}",
    )  # fmt: skip
    assert controls["style"] == "own" and controls["class_styles"] == {"26": "ours"}
    assert not np.array_equal(styled, plain) and not np.array_equal(styled, mixed)
    two, _ = render(blockout, frame_file, tmp_path / "b", "--seed", 2)
    morphed, controls = render(
        blockout, frame_file, tmp_path / "m", "--seed", 1, "--morph", f"{tmp_path / 'two.json'}=1"
    )
    assert np.array_equal(morphed, two)
    again = blockout(
        "render", "--recipe", tmp_path / "m" / "car.png", "--out", tmp_path / "r", "--json"
    ).json
    assert np.array_equal(np.asarray(Image.open(again["pictures"][0]["png"])), morphed)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--class-seed", "dragon=1"), "'dragon' is none of the palette"),
        (("--class-seed", "road"), "'road' has no two sides"),
        (("--object-seed", "Nobody=1"), "there is no 'Nobody'"),
        (("--class-seed", "road=x"), "'x' is no seed"),
        (("--style", "/none.json"), "the style cannot be read"),
        (("--morph", "/none.json=much"), "cannot be read"),
    ],
)
def test_wrong_wishes_are_told(blockout, frame_file, tmp_path, options, words):
    result = blockout(
        "render", frame_file, "--pipeline", "smis@tiny", "--out", tmp_path / "o", *options
    )
    assert words in result.sentence()


def test_pictures_and_labels_that_do_not_fit_are_told(blockout, frame_file, tmp_path):
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(tmp_path / "ids.png")
    Image.fromarray(np.zeros((9, 8, 3), np.uint8)).save(tmp_path / "p.png")
    take = ("style", "take", tmp_path / "p.png", "--pipeline", "smis@tiny")
    out = ("--out", tmp_path / "s.json")
    assert "do not fit" in blockout(*take, "--labels", tmp_path / "ids.png", *out).sentence()
    (tmp_path / "ids.png").write_text(json.dumps("no picture"))
    assert "no picture" in blockout(*take, "--labels", tmp_path / "ids.png", *out).sentence()

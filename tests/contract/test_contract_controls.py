# SPDX-License-Identifier: Apache-2.0
"""Controls, styles and reference pictures: their file form and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from contract_samples import frame as sample_frame

from neural_core.contract import (
    ContractError,
    Controls,
    Reference,
    Style,
    controls_from_plain,
    controls_to_plain,
    frame_from_bytes,
    frame_to_bytes,
    load_style,
    save_style,
)

STYLE = Style("abc", {"car": np.linspace(-1, 1, 24, dtype=np.float32).reshape(6, 2, 2)})
CONTROLS = Controls(
    seed=3,
    class_seeds={26: 4},
    object_seeds={"Car": 5},
    vary_objects=True,
    style="a",
    class_styles={7: "b"},
    object_styles={"Car": "a"},
    morph_to="b",
    morph=0.25,
    styles={"a": STYLE, "b": Style("abc", {})},
    keep_as="mine",
    textures=True,
)


def test_controls_survive_json() -> None:
    assert controls_from_plain(json.loads(json.dumps(controls_to_plain(CONTROLS)))) == CONTROLS
    old = {"seed": 1, "class_seeds": {"26": 2}, "use_tint": False, "temperature": 0.5}
    assert controls_from_plain(old) == Controls(1, {26: 2}, False, 0.5)


def test_a_frame_carries_styles_and_references() -> None:
    image = np.random.default_rng(0).random((4, 6, 3), np.float32)
    labels = np.full((4, 6), 7, np.uint16)
    frame = replace(
        sample_frame(),
        controls=replace(CONTROLS, style="from here"),
        references={"from here": Reference(image, labels), "another": Reference(image * 0.5)},
    )
    back = frame_from_bytes(frame_to_bytes(frame))
    assert back.controls == frame.controls
    assert np.array_equal(back.references["from here"].image, image)
    assert np.array_equal(back.references["from here"].semantic, labels)
    assert back.references["another"].semantic is None
    assert back.scene_hash() == sample_frame().scene_hash(), "looks do not change the scene"


def test_a_style_file_comes_back_and_damage_is_told(tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    save_style(STYLE, path)
    assert load_style(path) == STYLE
    plain = json.loads(path.read_text())
    plain["codes"]["car"]["shape"] = [9]
    path.write_text(json.dumps(plain))
    with pytest.raises(ContractError, match="style: it cannot be read"):
        load_style(path)
    path.write_text("{")
    with pytest.raises(ContractError, match=r"s\.json: it is no style"):
        load_style(path)


@pytest.mark.parametrize(
    ("controls", "message"),
    [
        (Controls(style="x"), "controls.style: there is no style 'x'. Use one of: none"),
        (Controls(class_styles={26: "x"}), r"controls.class_styles\[26\]: there is no style"),
        (Controls(morph=1.5), "controls.morph: 1.5 is out of range"),
        (Controls(temperature=float("nan")), "controls.temperature"),
    ],
)
def test_impossible_controls_are_refused(controls: Controls, message: str) -> None:
    with pytest.raises(ContractError, match=message):
        frame_from_bytes(frame_to_bytes(replace(sample_frame(), controls=controls)))


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        (Reference(np.zeros((4, 4), np.float32)), "its image is float32 of"),
        (Reference(np.full((4, 4, 3), np.nan, np.float32)), "NaN"),
        (Reference(np.zeros((4, 4, 3), np.float32), np.zeros((2, 4), np.uint16)), "its labels"),
    ],
)
def test_impossible_references_are_refused(reference: Reference, message: str) -> None:
    with pytest.raises(ContractError, match=message):
        frame_from_bytes(frame_to_bytes(replace(sample_frame(), references={"r": reference})))

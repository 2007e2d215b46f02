# SPDX-License-Identifier: Apache-2.0
"""Colours that a model knows are asked for; others are left out, and the user is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from smis_tiny import CONFIG, install
from test_smis_controls import car, frame
from torch import Tensor

from neural_core.contract import Controls
from neural_core.methods.smis.config import SmisConfig
from neural_core.methods.smis.labels import guide_maps
from neural_core.methods.smis.method import SmisMethod
from neural_core.methods.smis.tints import MARGIN, NONE_SEEN, left_out, valid_tints

ANY = ((0.0, 1.0),) * 3
GREEN = ((0.3, 0.4), (0.5, 0.6), (0.2, 0.3))
KNOWING = replace(CONFIG, tint_ranges=(GREEN, ANY, ANY, NONE_SEEN))
"""Roads were always green, the sky never had a colour."""


def asked(*roots: float, class_id: int = 7) -> dict[str, Tensor]:
    """Two rows of one class; a colour, given by the square roots of its channels, in the first."""
    tint = torch.tensor(roots).square().view(1, 3, 1, 1).expand(1, 3, 2, 4)
    valid = torch.tensor([1.0, 0.0]).view(1, 1, 2, 1).expand(1, 1, 2, 4)
    return {"semantic": torch.full((1, 2, 4), class_id), "tint": tint, "tint_valid": valid}


def kept(config: SmisConfig, *roots: float, class_id: int = 7) -> bool:
    batch = asked(*roots, class_id=class_id)
    valid = valid_tints(batch, config)
    assert valid.shape == (1, 1, 2, 4) and valid[:, :, 1].sum() == 0
    here = valid[:, :, 0]
    assert here.min() == here.max()
    told = left_out(batch, config)
    assert (told == []) == bool(here.max()) and len(told) < 2
    return bool(here.max())


def test_colours_like_those_of_the_training_are_asked_for() -> None:
    assert kept(KNOWING, 0.35, 0.55, 0.25)
    assert kept(KNOWING, 0.44, 0.64, 0.25), "within half of what they span"
    assert not kept(KNOWING, 0.47, 0.55, 0.25)
    assert not kept(KNOWING, 0.35, 0.55, 0.1)
    assert not kept(KNOWING, 0.8, 0.3, 0.2)
    wide = replace(KNOWING, tint_ranges=(((0.2, 0.8),) * 3, ANY, ANY, ANY))
    assert kept(wide, 0.2 - MARGIN + 0.01, 0.5, 0.5)
    assert not kept(wide, 0.2 - MARGIN - 0.01, 0.5, 0.5)


def test_every_class_has_its_own_range() -> None:
    assert kept(KNOWING, 0.9, 0.1, 0.1, class_id=26)
    assert not kept(KNOWING, 0.5, 0.0, 0.0, class_id=23)


def test_a_model_that_does_not_say_takes_all() -> None:
    assert kept(CONFIG, 0.9, 0.1, 0.9)


def test_guides_show_what_is_asked_for() -> None:
    only = replace(KNOWING, guides=("tint",))
    known, strange = asked(0.35, 0.55, 0.25), asked(0.9, 0.1, 0.1)
    shown = guide_maps(known, only)[0, :, 0, 0]
    assert torch.allclose(shown, torch.tensor([0.35, 0.55, 0.25, 1.0]), atol=1e-6)
    assert guide_maps(strange, only).abs().sum() == 0


def test_a_strange_colour_is_as_none_and_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BLOCKOUT_MODELS", str(tmp_path))
    install(tmp_path, config=replace(KNOWING, tint_ranges=(ANY, GREEN, ANY, ANY)))
    method = SmisMethod("tiny")
    colors = {"none": None, "green": (0.12, 0.3, 0.06), "pink": (0.9, 0.2, 0.5)}
    found = {
        name: method.render(method.prepare(frame(replace(car(1), tint=color))), Controls())
        for name, color in colors.items()
    }
    assert np.array_equal(found["pink"].image, found["none"].image)
    assert not np.array_equal(found["green"].image, found["none"].image)
    assert found["green"].warnings == () and found["none"].warnings == ()
    assert found["pink"].warnings == ("the model knows no such colour of car, and leaves it out",)
    pink = method.prepare(frame(replace(car(1), tint=colors["pink"])))
    assert method.render(pink, Controls(use_tint=False)).warnings == ()


def test_ranges_survive_the_card_and_must_be_one_for_each_class() -> None:
    assert SmisConfig.from_dict(KNOWING.to_dict()) == KNOWING
    with pytest.raises(ValueError, match="tint_ranges"):
        replace(CONFIG, tint_ranges=(ANY,))

# SPDX-License-Identifier: Apache-2.0
"""What controllable3d is shown in training: pictures of scenes, and of empty places."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from data_doubles import RECIPE, make_sample
from PIL import Image
from torch.utils.data import default_collate

from neural_core.contract import ContractError
from neural_core.data.pictures import read_pictures
from neural_core.data.store import DatasetStore
from neural_core.methods.controllable3d.config import PRESETS
from neural_core.methods.controllable3d.model import Controllable3d
from neural_core.training.controllable3d import (
    GrowingPictures,
    UnpairedPictures,
    sample_sheet,
    train_controllable3d,
)
from neural_core.training.loop import LoopOptions


def folder(path: Path, seeds: tuple[int, ...], size: int = 16) -> Path:
    store = DatasetStore(path)
    store.create({**RECIPE, "size": size})
    for seed in seeds:
        store.add_scene(seed, [make_sample(seed, camera, size) for camera in range(2)])
    return path


@pytest.fixture
def cars(tmp_path: Path) -> Path:
    return folder(tmp_path / "cars", (18, 19, 20, 21))


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    return folder(tmp_path / "empty", (31, 32))


def test_pictures_are_unpaired_and_nothing_else_is_shown(cars: Path, empty: Path) -> None:
    pictures = UnpairedPictures(cars, empty)
    assert len(pictures) == 6  # the scene with the seed 20 is held out
    batch = default_collate([pictures[i] for i in range(6)])
    assert set(batch) == {"scene", "background"}
    assert batch["scene"].shape == (6, 3, 16, 16) and batch["scene"].dtype == torch.uint8
    held = read_pictures(cars, "val")
    assert held.shape == (2, 16, 16, 3)
    first = torch.from_numpy(pictures.scenes[0]).permute(2, 0, 1)
    seen = {torch.equal(pictures[0]["scene"], first) for _ in range(30)}
    assert seen == {True, False}  # mirrored now and then
    assert any(torch.equal(pictures[0]["scene"], first.flip(2)) for _ in range(30))


def test_pictures_are_read_again_only_after_scenes_were_added(cars: Path, empty: Path) -> None:
    opened = GrowingPictures(cars, empty, "train", None, ())
    first = opened()
    assert opened() is first
    DatasetStore(empty).add_scene(33, [make_sample(33, camera, 16) for camera in range(2)])
    grown = opened()
    assert len(grown.backgrounds) == len(first.backgrounds) + 2
    assert opened() is grown


def test_scenes_are_chosen_by_how_many_cars_they_show(cars: Path) -> None:
    assert len(read_pictures(cars, "train", (1,), ("car",))) == 6
    with pytest.raises(ContractError, match=r"with 2 object\(s\)"):
        read_pictures(cars, "train", (2,), ("car",))


def test_sizes_must_agree(cars: Path, tmp_path: Path) -> None:
    other = folder(tmp_path / "wide", (31,), 32)
    with pytest.raises(ContractError, match="32 px wide"):
        UnpairedPictures(cars, other)


def test_the_preset_must_exist_and_fit(cars: Path, empty: Path, tmp_path: Path) -> None:
    with pytest.raises(ContractError, match="'boats' is unknown"):
        train_controllable3d(cars, empty, tmp_path / "run", LoopOptions(1), preset="boats")
    with pytest.raises(ContractError, match="16 px wide"):
        train_controllable3d(cars, empty, tmp_path / "run", LoopOptions(1), preset="authors-car")


def test_a_sheet_shows_every_control(cars: Path, empty: Path, tmp_path: Path) -> None:
    torch.manual_seed(0)
    small = replace(
        PRESETS["cars-64"], size=16, width=4, background_width=4, texture_width=4, latent=16
    )
    model, pictures = Controllable3d(small).eval(), UnpairedPictures(cars, empty)
    before = torch.get_rng_state()
    sample_sheet(model, tmp_path / "s.png", pictures)
    assert torch.equal(torch.get_rng_state(), before)
    with Image.open(tmp_path / "s.png") as sheet:
        assert sheet.size == (96 + 10 * 35, 9 * 35)

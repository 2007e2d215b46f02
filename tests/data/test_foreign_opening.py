# SPDX-License-Identifier: Apache-2.0
"""A folder says by its layout what it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from data_doubles import RECIPE
from foreign_doubles import blocks, picture, write

from neural_core.contract import ContractError
from neural_core.data.foreign import FORMATS, open_dataset
from neural_core.data.store import DatasetStore

ONES = blocks([[1, 1], [1, 1]])

FILES: dict[str, dict[str, np.ndarray]] = {
    "cityscapes": {
        "leftImg8bit/train/ulm/ulm_1_leftImg8bit.png": picture(0),
        "gtFine/train/ulm/ulm_1_gtFine_labelIds.png": ONES,
    },
    "ade20k_scene_parsing": {
        "images/training/ADE_train_1.jpg": picture(0),
        "annotations/training/ADE_train_1.png": ONES,
    },
    "ade20k": {
        "images/ADE/training/home/ADE_train_1.jpg": picture(0),
        "images/ADE/training/home/ADE_train_1_seg.png": np.zeros((12, 16, 3), np.uint8),
    },
    "coco_stuff": {
        "images/train2017/1.jpg": picture(0),
        "annotations/train2017/1.png": ONES,
    },
    "deepfashion": {
        "train/1.jpg": picture(0),
        "cihp_train_mask/1.png": ONES,
    },
    "folder": {
        "images/1.jpg": picture(0),
        "labels/1.png": ONES,
    },
}


def _write(folder: Path, name: str) -> Path:
    for path, array in FILES[name].items():
        write(folder / path, array)
    (folder / "classes.txt").write_text("1 thing\n")
    return folder


def test_every_format_is_tried_here() -> None:
    assert set(FILES) == set(FORMATS)


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("format", ["auto", "named"])
def test_the_layout_is_recognised(tmp_path: Path, name: str, format: str) -> None:
    _write(tmp_path, name)
    opened = open_dataset(str(tmp_path), "auto" if format == "auto" else name, size=(6, 4))
    assert type(opened) is FORMATS[name]
    assert opened.size == (6, 4)
    sample = opened[0]
    assert sample["image"].shape == (3, 6, 4)
    assert {"semantic", "instance", "valid"} < set(sample)


@pytest.mark.parametrize("name", FILES)
def test_no_format_takes_the_folder_of_another(tmp_path: Path, name: str) -> None:
    _write(tmp_path, name)
    assert [n for n, kind in FORMATS.items() if kind.recognises(tmp_path)] == [name]


def test_an_unknown_layout_names_what_was_looked_for(tmp_path: Path) -> None:
    write(tmp_path / "pictures/1.jpg", picture(0))
    with pytest.raises(ContractError) as caught:
        open_dataset(tmp_path)
    assert caught.value.field == str(tmp_path)
    for name, kind in FORMATS.items():
        assert f"{name}: {kind.LAYOUT}" in caught.value.fix


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    for format in ("auto", *FORMATS):
        with pytest.raises(ContractError, match="there is no such folder"):
            open_dataset(tmp_path / "nowhere", format)


def test_an_unknown_format(tmp_path: Path) -> None:
    with pytest.raises(ContractError) as caught:
        open_dataset(tmp_path, "kitti")
    assert caught.value.field == "format"


def test_our_own_sets_are_opened_elsewhere(tmp_path: Path) -> None:
    DatasetStore(tmp_path / "set").create(RECIPE)
    with pytest.raises(ContractError, match="Open it with FrameDataset"):
        open_dataset(tmp_path / "set")

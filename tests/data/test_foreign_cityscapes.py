# SPDX-License-Identifier: Apache-2.0
"""Cityscapes: its tree of cities, labelIds, instanceIds with groups."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from foreign_doubles import blocks, picture, write

from neural_core.contract import CITYSCAPES, ContractError
from neural_core.data.foreign import Cityscapes

LABEL_IDS = blocks([[23, 23, 11, 0], [26, 26, 26, 1], [7, 7, 24, 33]])
# Two cars with numbers, a third block of cars as a group; a person; a bicycle whose count is 3.
INSTANCE_IDS = blocks([[23, 23, 11, 0], [26000, 26001, 26, 1], [7, 7, 24000, 33003]], np.uint16)


def _frame(folder: Path, split: str, city: str, number: int, truth: str = "gtFine") -> str:
    name = f"{city}_{number:06}_000019"
    write(folder / "leftImg8bit" / split / city / f"{name}_leftImg8bit.png", picture(number))
    place = folder / truth / split / city
    write(place / f"{name}_{truth}_labelIds.png", LABEL_IDS)
    write(place / f"{name}_{truth}_instanceIds.png", INSTANCE_IDS)
    write(place / f"{name}_{truth}_color.png", picture(number))
    (place / f"{name}_{truth}_polygons.json").write_text("{}")
    return f"{city}/{name}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for city, number in (("ulm", 3), ("aachen", 1), ("aachen", 2)):
        _frame(tmp_path, "train", city, number)
    _frame(tmp_path, "val", "lindau", 4)
    return tmp_path


def test_what_was_written_is_read(folder: Path) -> None:
    frames = Cityscapes(folder)
    assert [frames.name(i) for i in range(len(frames))] == [
        "aachen/aachen_000001_000019",
        "aachen/aachen_000002_000019",
        "ulm/ulm_000003_000019",
    ]
    sample = frames[1]
    assert np.array_equal(sample["image"], picture(2).transpose(2, 0, 1))
    assert np.array_equal(sample["semantic"], LABEL_IDS)
    assert np.array_equal(sample["valid"][0], LABEL_IDS > 0)
    assert frames.palette is CITYSCAPES
    assert frames.class_names[26] == "car"


def test_groups_and_stuff_are_no_instances(folder: Path) -> None:
    frames = Cityscapes(folder)
    known = frames.instances(0)
    assert known.source_id.tolist() == [0, 24000, 26000, 26001, 33003]
    assert known.class_id.tolist() == [0, 24, 26, 26, 33]
    found = known.source_id[frames[0]["instance"].numpy()]
    assert np.array_equal(found, np.where(INSTANCE_IDS >= 1000, INSTANCE_IDS, 0))


def test_splits(folder: Path) -> None:
    assert [len(Cityscapes(folder, split)) for split in ("train", "val", "all")] == [3, 1, 4]
    with pytest.raises(ContractError, match="leftImg8bit/test: there is no such folder"):
        Cityscapes(folder, "test")


def test_all_leaves_out_the_test_pictures_without_public_labels(folder: Path) -> None:
    _frame(folder, "test", "berlin", 5)
    assert len(Cityscapes(folder, "all")) == 4
    assert len(Cityscapes(folder, "test")) == 1


def test_coarse_annotations(folder: Path) -> None:
    _frame(folder, "train_extra", "bonn", 6, "gtCoarse")
    frames = Cityscapes(folder, "train_extra", annotations="gtCoarse")
    assert np.array_equal(frames[0]["semantic"], LABEL_IDS)
    with pytest.raises(ContractError) as caught:
        Cityscapes(folder, annotations="gtPolygon")
    assert caught.value.field == "annotations"


def test_without_instance_maps_there_are_no_instances(folder: Path) -> None:
    for path in folder.rglob("*_instanceIds.png"):
        path.unlink()
    assert Cityscapes(folder)[0]["instance"].max() == 0


def test_a_label_that_is_missing(folder: Path) -> None:
    (folder / "gtFine/train/ulm/ulm_000003_000019_gtFine_labelIds.png").unlink()
    with pytest.raises(ContractError) as caught:
        Cityscapes(folder)
    assert caught.value.field.endswith("leftImg8bit/train/ulm/ulm_000003_000019_leftImg8bit.png")
    assert "gtFine/train/ulm/ulm_000003_000019_gtFine_labelIds.png" in caught.value.fix


def test_train_ids_are_told_apart_from_label_ids(folder: Path) -> None:
    """255 is the void of trainIds: whoever mixes up the files learns it."""
    path = folder / "gtFine/val/lindau/lindau_000004_000019_gtFine_labelIds.png"
    write(path, np.where(LABEL_IDS == 0, 255, LABEL_IDS).astype(np.uint8))
    with pytest.raises(ContractError) as caught:
        Cityscapes(folder, "val")[0]
    assert caught.value.field == str(path)
    assert caught.value.problem == "label id 255 is unknown (16 pixels)"
    assert caught.value.fix == "Allowed are 0-33"


def test_an_instance_of_an_unknown_class(folder: Path) -> None:
    path = folder / "gtFine/val/lindau/lindau_000004_000019_gtFine_instanceIds.png"
    write(path, np.where(INSTANCE_IDS == 26001, 40001, INSTANCE_IDS).astype(np.uint16))
    with pytest.raises(ContractError) as caught:
        Cityscapes(folder, "val")[0]
    assert caught.value.field == str(path)
    assert "label id 40 is unknown" in caught.value.problem

# SPDX-License-Identifier: Apache-2.0
"""The plain folder: its layouts, class files, colours."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from foreign_doubles import blocks, picture, write, write_indexed

from neural_core.contract import ROOM, ContractError
from neural_core.data.foreign import PlainFolder

LABELS = blocks([[1, 2, 2, 3], [1, 1, 0, 3], [1, 1, 3, 3]])
COLORS = {0: (0, 0, 0), 1: (128, 64, 128), 2: (0, 0, 142), 3: (70, 130, 180)}
COLORED = np.array(list(COLORS.values()), np.uint8)[LABELS]


def _pair(images: Path, labels: Path, name: str, seed: int = 0) -> None:
    write(images / f"{name}.png", picture(seed))
    write(labels / f"{name}.png", LABELS)


@pytest.mark.parametrize("form", ["images/{}", "{}/images"])
def test_splits_as_folders_inside_or_outside(tmp_path: Path, form: str) -> None:
    for split, names in (("train", ["a/1", "a/2", "b/1"]), ("val", ["1"])):
        for seed, name in enumerate(names):
            images = tmp_path / form.format(split)
            labels = tmp_path / form.format(split).replace("images", "labels")
            _pair(images, labels, name, seed)
    train = PlainFolder(tmp_path, "train", classes="room")
    assert [train.name(i) for i in range(3)] == ["a/1", "a/2", "b/1"]
    assert np.array_equal(train[2]["image"], picture(2).transpose(2, 0, 1))
    assert len(PlainFolder(tmp_path, "val", classes="room")) == 1
    assert len(PlainFolder(tmp_path, classes=ROOM)) == 4
    with pytest.raises(ContractError, match="there is no such folder"):
        PlainFolder(tmp_path, "test", classes="room")


def test_without_splits_there_is_only_all(tmp_path: Path) -> None:
    _pair(tmp_path / "images", tmp_path / "labels", "1")
    assert len(PlainFolder(tmp_path, classes="room")) == 1
    with pytest.raises(ContractError) as caught:
        PlainFolder(tmp_path, "train", classes="room")
    assert caught.value.field == str(tmp_path / "images" / "train")


CLASS_FILES = {
    "map.json": json.dumps({"1": "road", "2": "car", "3": "sky"}),
    "list.json": json.dumps(
        [
            {"id": 1, "name": "road", "color": [128, 64, 128]},
            {"id": 2, "name": "car", "color": "#00008e"},
            {"id": 3, "name": "sky", "color": "4682b4"},
        ]
    ),
    "classes.json": json.dumps({"classes": {"1": "road", "2": "car", "3": "sky"}}),
    "classes.txt": "# of the street\n1 #804080 road\n\n2 #00008e car\n3 #4682b4 sky\n",
    "names.txt": "1 road\n2 car\n3 sky\n",
}


@pytest.mark.parametrize("name", CLASS_FILES)
def test_class_files(tmp_path: Path, name: str) -> None:
    _pair(tmp_path / "images", tmp_path / "labels", "1")
    (tmp_path / name).write_text(CLASS_FILES[name])
    frames = PlainFolder(tmp_path, classes=tmp_path / name)
    assert frames.class_names == {1: "road", 2: "car", 3: "sky"}
    assert np.array_equal(frames[0]["semantic"], LABELS)
    if "#" in CLASS_FILES[name]:
        color = frames.palette.classes[0].color
        assert [round(channel * 255) for channel in color] == [128, 64, 128]
    assert len({entry.color for entry in frames.palette.classes}) == 3


def test_values_that_differ_from_ids(tmp_path: Path) -> None:
    """A set whose first class is written as 0: then 0 is no void."""
    _pair(tmp_path / "images", tmp_path / "labels", "1")
    entries = [{"id": i + 1, "name": n, "value": i} for i, n in enumerate("abcd")]
    (tmp_path / "classes.json").write_text(json.dumps(entries))
    sample = PlainFolder(tmp_path)[0]
    assert np.array_equal(sample["semantic"], LABELS + 1)
    assert sample["valid"].min() == 1


def test_other_values_may_be_void(tmp_path: Path) -> None:
    _pair(tmp_path / "images", tmp_path / "labels", "1")
    (tmp_path / "classes.txt").write_text("1 road\n2 car\n")
    frames = PlainFolder(tmp_path, ignore=(0, 3))
    assert np.array_equal(frames[0]["valid"][0], (LABELS == 1) | (LABELS == 2))
    with pytest.raises(ContractError, match="label id 3 is unknown"):
        PlainFolder(tmp_path)[0]


@pytest.mark.parametrize("wide", [False, True])
def test_sixteen_bits_and_indexed_maps(tmp_path: Path, wide: bool) -> None:
    write(tmp_path / "images/1.jpg", picture(0))
    if wide:
        write(tmp_path / "labels/1.png", (LABELS.astype(np.uint16) * 1000))
        (tmp_path / "classes.txt").write_text("1000 road\n2000 car\n3000 sky\n")
    else:
        write_indexed(tmp_path / "labels/1.png", LABELS)
        (tmp_path / "classes.txt").write_text("1 road\n2 car\n3 sky\n")
    expected = LABELS.astype(int) * (1000 if wide else 1)
    assert np.array_equal(PlainFolder(tmp_path)[0]["semantic"], expected)


def test_colored_maps(tmp_path: Path) -> None:
    write(tmp_path / "images/1.png", picture(0))
    path = write(tmp_path / "labels/1.png", COLORED)
    (tmp_path / "classes.txt").write_text(CLASS_FILES["classes.txt"])
    assert np.array_equal(PlainFolder(tmp_path)[0]["semantic"], LABELS)
    odd = COLORED.copy()
    odd[0, 0] = (1, 2, 3)
    write(path, odd)
    with pytest.raises(ContractError) as caught:
        PlainFolder(tmp_path)[0]
    assert caught.value.problem == "the colour #010203 is unknown (1 pixels)"
    assert caught.value.fix == "Allowed are #000000, #00008e, #4682b4, #804080"
    (tmp_path / "classes.txt").write_text(CLASS_FILES["names.txt"])
    with pytest.raises(ContractError, match="the classes have no colours"):
        PlainFolder(tmp_path)[0]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("classes.txt", "road\n"),
        ("classes.txt", ""),
        ("classes.txt", "1 #80 road\n"),
        ("classes.txt", "1 road\n1 car\n"),
        ("classes.txt", "0 road\n"),
        ("classes.json", "{"),
        ("classes.json", "7"),
        ("classes.json", '[{"id": 1}]'),
        ("classes.json", '[{"id": 1, "name": "a", "value": 3}, {"id": 3, "name": "b"}]'),
        ("classes.json", '[{"id": 1, "name": "a", "color": [1, 2, 300]}]'),
    ],
)
def test_class_files_that_are_wrong(tmp_path: Path, name: str, text: str) -> None:
    _pair(tmp_path / "images", tmp_path / "labels", "1")
    (tmp_path / name).write_text(text)
    with pytest.raises(ContractError):
        PlainFolder(tmp_path)


def test_classes_that_nobody_gave(tmp_path: Path) -> None:
    _pair(tmp_path / "images", tmp_path / "labels", "1")
    with pytest.raises(ContractError, match=r"neither a classes\.json nor a classes\.txt"):
        PlainFolder(tmp_path)
    with pytest.raises(ContractError, match="Palettes that ship: street, room"):
        PlainFolder(tmp_path, classes="kitchen")

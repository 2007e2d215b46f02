# SPDX-License-Identifier: Apache-2.0
"""ADE20K: the benchmark's ids, and the full set's codes in red and green, objects in blue."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from foreign_doubles import blocks, picture, pixels, write

from neural_core.contract import ADE20K, ContractError
from neural_core.data.foreign import Ade20kFull, Ade20kSceneParsing

PARSED = blocks([[3, 3, 2, 0], [21, 21, 2, 150], [7, 7, 1, 137]])

# name in the full set: (code there, class of SceneParsing), as one of its pictures lists them
STREET = {
    "car": (401, 21),
    "building": (312, 2),
    "traffic light": (2836, 137),
    "ashcan": (64, 139),
    "person": (1831, 13),
    "sidewalk": (2377, 12),
    "tree": (2855, 5),
    "signboard": (2380, 44),
    "central reservation": (461, 0),
}
CODES = blocks([[2855, 2855, 2836, 0], [401, 401, 312, 461], [2377, 64, 1831, 401]], np.int64)
BLUE = blocks([[10, 10, 20, 0], [30, 40, 50, 60], [70, 80, 90, 30]])


def _seg(codes: np.ndarray, blue: np.ndarray) -> np.ndarray:
    return np.stack([codes // 256 * 10, codes % 256, blue], -1).astype(np.uint8)


@pytest.fixture
def parsing(tmp_path: Path) -> Path:
    for split, short, count in (("training", "train", 2), ("validation", "val", 1)):
        for number in range(1, count + 1):
            name = f"ADE_{short}_{number:08}"
            write(tmp_path / "images" / split / f"{name}.jpg", picture(number))
            write(tmp_path / "annotations" / split / f"{name}.png", PARSED)
    (tmp_path / "objectInfo150.txt").write_text("Idx\tRatio\tTrain\tVal\tName\n")
    return tmp_path


@pytest.fixture(params=["images/ADE/training/urban/street", "images/training/s/street"])
def full(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """The layouts of 2021 and of 2016, with the files of parts and of objects beside."""
    place = tmp_path / request.param
    write(place / "ADE_train_00016869.jpg", picture(9))
    write(place / "ADE_train_00016869_seg.png", _seg(CODES, BLUE))
    write(place / "ADE_train_00016869_parts_1.png", _seg(CODES, BLUE))
    write(place / "ADE_train_00016869" / "instance_000_ADE_train_00016869.png", PARSED)
    return tmp_path


def test_the_benchmark(parsing: Path) -> None:
    frames = Ade20kSceneParsing(parsing)
    assert [frames.name(i) for i in range(2)] == ["ADE_train_00000001", "ADE_train_00000002"]
    sample = frames[1]
    assert np.array_equal(
        sample["image"], pixels(parsing / "images/training/ADE_train_00000002.jpg")
    )
    assert np.array_equal(sample["semantic"], PARSED)
    assert np.array_equal(sample["valid"][0], PARSED > 0)
    assert sample["instance"].max() == 0
    assert [len(Ade20kSceneParsing(parsing, s)) for s in ("val", "all")] == [1, 3]


def test_the_benchmark_has_150_classes(parsing: Path) -> None:
    path = parsing / "annotations/validation/ADE_val_00000001.png"
    write(path, np.where(PARSED == 150, 151, PARSED).astype(np.uint8))
    with pytest.raises(ContractError) as caught:
        Ade20kSceneParsing(parsing, "val")[0]
    assert caught.value.field == str(path)
    assert caught.value.problem == "label id 151 is unknown (16 pixels)"
    assert caught.value.fix == "Allowed are 0-150"


def test_the_benchmark_without_a_label(parsing: Path) -> None:
    (parsing / "annotations/training/ADE_train_00000002.png").unlink()
    with pytest.raises(ContractError, match=r"ADE_train_00000002\.jpg: its label is missing"):
        Ade20kSceneParsing(parsing)


def test_the_palette_is_the_benchmarks_list() -> None:
    assert [c.id for c in ADE20K.classes] == list(range(1, 151))
    names = {
        1: "wall",
        3: "sky",
        21: "car",
        51: "refrigerator",
        100: "buffet",
        137: "traffic light",
    }
    assert {i: ADE20K.classes[i - 1].name for i in names} == names
    assert ADE20K.classes[149].name == "flag"


def test_the_full_set_becomes_the_150_classes(full: Path) -> None:
    frames = Ade20kFull(full)
    assert len(frames) == 1
    assert frames.name(0).endswith("street/ADE_train_00016869")
    sample = frames[0]
    expected = np.zeros_like(CODES)
    for code, class_id in STREET.values():
        expected[code == CODES] = class_id
    assert np.array_equal(sample["semantic"], expected)
    assert np.array_equal(sample["valid"][0], expected > 0)
    for name, (_, class_id) in STREET.items():
        assert class_id == 0 or ADE20K.classes[class_id - 1].name == name


def test_blue_tells_objects_apart(full: Path) -> None:
    frames = Ade20kFull(full)
    rows = frames[0]["instance"].numpy()
    known = frames.instances(0)
    assert rows.max() == len(known.source_id) - 1 == 9
    assert np.array_equal(rows == 0, BLUE == 0)
    # Blue 30 stands on two cars' blocks: one object in two parts. 461 is void, and an object.
    assert len(np.unique(rows[(BLUE == 30)])) == 1
    assert len(np.unique(rows[(CODES == 401)])) == 2
    for row in range(1, 10):
        assert len(np.unique(BLUE[rows == row])) == 1


def test_codes_that_the_full_set_does_not_have(full: Path) -> None:
    path = next(full.rglob("*_seg.png"))
    write(path, _seg(np.where(CODES == 401, 3689, CODES), BLUE))
    with pytest.raises(ContractError) as caught:
        Ade20kFull(full)[0]
    assert caught.value.field == str(path)
    assert "label id 3689 is unknown" in caught.value.problem
    seg = _seg(CODES, BLUE)
    seg[0, 0, 0] = 37
    write(path, seg)
    with pytest.raises(ContractError, match="red is 37"):
        Ade20kFull(full)[0]
    write(path, PARSED)
    with pytest.raises(ContractError, match="it has the channels L"):
        Ade20kFull(full)[0]


def test_the_full_set_without_a_label_or_a_split(full: Path) -> None:
    with pytest.raises(ContractError, match="there is no such folder"):
        Ade20kFull(full, "val")
    next(full.rglob("*_seg.png")).unlink()
    with pytest.raises(ContractError, match=r"ADE_train_00016869\.jpg: its label is missing"):
        Ade20kFull(full)

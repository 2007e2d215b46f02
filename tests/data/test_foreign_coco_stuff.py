# SPDX-License-Identifier: Apache-2.0
"""COCO-Stuff: maps that store id - 1, and COCO's instances as polygons and run lengths."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from foreign_doubles import HEIGHT, WIDTH, blocks, picture, pixels, write, write_indexed

from neural_core.contract import COCO_STUFF, ContractError
from neural_core.data.foreign import CocoStuff
from neural_core.data.foreign.coco_masks import decode_segmentation

IDS = blocks([[157, 157, 157, 0], [3, 3, 149, 182], [3, 1, 1, 92]])
STORED = np.where(IDS == 0, 255, IDS - 1).astype(np.uint8)


@pytest.fixture(params=["annotations", "stuffthingmaps"])
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    for split, number in (("train2017", 9), ("train2017", 25), ("val2017", 139)):
        write(tmp_path / "images" / split / f"{number:012}.jpg", picture(number))
        write_indexed(tmp_path / request.param / split / f"{number:012}.png", STORED)
    return tmp_path


def _instances(folder: Path, annotations: list[dict[str, Any]]) -> Path:
    path = folder / "annotations" / "instances_val2017.json"
    path.parent.mkdir(exist_ok=True)
    images = [{"id": 139, "file_name": "000000000139.jpg", "height": HEIGHT, "width": WIDTH}]
    path.write_text(json.dumps({"images": images, "annotations": annotations, "categories": []}))
    return path


def _box(left: int, top: int, right: int, bottom: int) -> list[list[float]]:
    return [[left, top, right, top, right, bottom, left, bottom]]


def _annotation(id: int, category: int, segmentation: Any, area: float, crowd: int = 0) -> dict:
    return {
        "id": id, "image_id": 139, "category_id": category, "segmentation": segmentation,
        "area": area, "iscrowd": crowd, "bbox": [0, 0, 1, 1],
    }  # fmt: skip


def test_what_was_written_is_read(folder: Path) -> None:
    frames = CocoStuff(folder)
    assert [frames.name(i) for i in range(2)] == ["000000000009", "000000000025"]
    sample = frames[0]
    assert np.array_equal(sample["image"], pixels(folder / "images/train2017/000000000009.jpg"))
    assert np.array_equal(sample["semantic"], IDS)
    assert np.array_equal(sample["valid"][0], IDS > 0)
    assert sample["instance"].max() == 0
    assert [len(CocoStuff(folder, s)) for s in ("val", "all")] == [1, 3]


def test_the_palette_is_labels_txt() -> None:
    assert [c.id for c in COCO_STUFF.classes] == list(range(1, 183))
    names = {1: "person", 3: "car", 91: "hair brush", 92: "banner", 149: "road", 157: "sky-other"}
    assert {i: COCO_STUFF.classes[i - 1].name for i in names} == names
    assert COCO_STUFF.classes[181].name == "wood"


def test_ids_that_are_not_stored(folder: Path) -> None:
    path = next((folder).glob("*/val2017/*.png"))
    write(path, np.where(STORED == 255, 182, STORED).astype(np.uint8))
    with pytest.raises(ContractError) as caught:
        CocoStuff(folder, "val")[0]
    assert caught.value.field == str(path)
    assert caught.value.problem == "label id 182 is unknown (16 pixels)"
    assert caught.value.fix == "Allowed are 0-181, 255"


def test_instances(folder: Path) -> None:
    """The car's block lies left; the people's is cut in two; polygons reach into other classes."""
    crowd = {"size": [HEIGHT, WIDTH], "counts": [0, HEIGHT * WIDTH]}
    path = _instances(
        folder,
        [
            _annotation(501, 1, _box(4, 8, 8, 12), 16),
            _annotation(7, 3, _box(0, 2, 8, 12), 80),
            _annotation(502, 1, _box(6, 6, 16, 12), 60),
            _annotation(900, 92, crowd, 192, crowd=1),
        ],
    )
    frames = CocoStuff(folder, "val", instances=path)
    known = frames.instances(0)
    assert known.source_id.tolist() == [0, 7, 501, 502]
    assert known.class_id.tolist() == [0, 3, 1, 1]
    expected = np.zeros((HEIGHT, WIDTH), int)
    expected[IDS == 3] = 7
    expected[8:12, 4:8] = 501  # the smaller one, on top
    expected[8:12, 8:12] = 502
    assert np.array_equal(known.source_id[frames[0]["instance"].numpy()], expected)


def test_run_lengths_in_both_forms() -> None:
    mask = np.zeros((9, 70), bool)
    mask[1:6, 2:9] = mask[3:9, 20:66] = mask[0, 0] = True
    mask[5, 30] = False
    edges = np.flatnonzero(np.diff(mask.T.ravel(), prepend=False, append=~mask[-1, -1]))
    runs = np.diff(edges, prepend=0).tolist()
    assert np.array_equal(decode_segmentation({"size": [9, 70], "counts": runs}, 9, 70), mask)
    # As the reference encoder, pycocotools 2.0.11, writes this mask.
    text = "01b04B00000000000U31jL000000000000000000LN123" + "0" * 68 + "Q1"
    decoded = decode_segmentation({"size": [9, 70], "counts": text}, 9, 70)
    assert np.array_equal(decoded, mask)


def test_polygons_cover_the_pixels_whose_centres_they_hold() -> None:
    expected = np.zeros((8, 10), bool)
    expected[3:5, 2:7] = True
    for box in (_box(2, 3, 7, 5), _box(1.6, 2.6, 7.4, 5.4), _box(2.5, 3.5, 7.5, 5.5)):
        assert np.array_equal(decode_segmentation(box, 8, 10), expected)
    beyond = decode_segmentation(_box(-9, -9, 4, 30), 8, 10)
    assert np.array_equal(beyond, np.arange(10)[None] < np.full((8, 1), 4))
    triangle = decode_segmentation([[0, 0, 8, 8, 0, 8]], 8, 10)
    rows, columns = np.mgrid[:8, :10]
    assert np.array_equal(triangle[rows != columns], (columns < rows)[rows != columns])
    two = decode_segmentation([*_box(0, 0, 2, 2), *_box(6, 6, 8, 8)], 8, 10)
    assert two[0, 0]
    assert two[7, 7]
    assert not two[4, 4]


@pytest.mark.parametrize(
    "segmentation",
    [
        [[1, 2, 3]],
        {"size": [4, 4], "counts": [16]},
        {"size": [12, 16], "counts": [5, 5]},
        {"size": [12, 16], "counts": "~~"},
        {"counts": [192]},
        "polygon",
    ],
)
def test_segmentations_that_are_wrong(folder: Path, segmentation: Any) -> None:
    path = _instances(folder, [_annotation(7, 3, segmentation, 1)])
    frames = CocoStuff(folder, "val", instances=path)
    with pytest.raises(ContractError) as caught:
        frames[0]
    assert caught.value.field == "000000000139.jpg, annotation 7"


def test_instance_files_that_are_wrong(folder: Path) -> None:
    path = _instances(folder, [_annotation(7, 300, _box(0, 0, 4, 4), 16)])
    with pytest.raises(ContractError, match="category id 300 is unknown"):
        CocoStuff(folder, "val", instances=path)
    _instances(folder, [])
    with pytest.raises(ContractError, match=r"it does not list 000000000009\.jpg"):
        CocoStuff(folder, "train", instances=path)
    path.write_text('{"images": 3}')
    with pytest.raises(ContractError, match="it is no instance file of COCO"):
        CocoStuff(folder, "val", instances=path)
    with pytest.raises(ContractError, match="the file is missing"):
        CocoStuff(folder, "val", instances=path.with_name("none.json"))


def test_missing_parts(folder: Path) -> None:
    next(folder.glob("*/train2017/000000000025.png")).unlink()
    with pytest.raises(ContractError, match=r"000000000025\.jpg: its label is missing"):
        CocoStuff(folder)
    next(folder.glob("*/val2017/*.png")).parent.rename(folder / "elsewhere")
    with pytest.raises(ContractError, match="there is no such folder"):
        CocoStuff(folder, "val")

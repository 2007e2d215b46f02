# SPDX-License-Identifier: Apache-2.0
"""DeepFashion: parsing labels, keypoints that follow the view, pairs of poses."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from foreign_doubles import HEIGHT, WIDTH, blocks, picture, pixels, write
from torch.utils.data import DataLoader

from neural_core.contract import FIGURE, ContractError
from neural_core.data.foreign import DeepFashion, PoseTransferPairs
from neural_core.data.foreign.deepfashion import KEYPOINTS

PARSING = blocks([[8, 1, 2, 8], [8, 4, 3, 0], [5, 6, 7, 8]])
NAMES = ("fashionWOMENDressesid0001_1front", "fashionWOMENDressesid0001_2side", "fashionMENid7_1")
DOWN = [3, 5, 5, 6, 7, 5, 6, 7, 8, 9, 11, 8, 9, -1, 2, 2, -1, 3]
ACROSS = [8, 8, 6, 5, 4, 10, 11, 12, 7, 7, 6, 9, 9, -1, 7, 9, -1, 10]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for seed, name in enumerate(NAMES):
        write(tmp_path / "train" / f"{name}.jpg", picture(seed))
        write(tmp_path / "cihp_train_mask" / f"{name}.png", PARSING)
    write(tmp_path / "test" / "other.jpg", picture(7))
    write(tmp_path / "cihp_test_mask" / "other.png", PARSING)
    return tmp_path


def _keypoint_file(folder: Path, rows: list[str] | None = None) -> Path:
    path = folder / "fasion-resize-annotation-train.csv"
    rows = rows or [f"{NAMES[0]}.jpg: {DOWN}: {ACROSS}", f"{NAMES[1]}.jpg:{DOWN}:{DOWN}"]
    path.write_text("\n".join(["name:keypoints_y:keypoints_x", *rows, ""]))
    return path


def _pair_file(folder: Path, *rows: str) -> None:
    path = folder / "fasion-resize-pairs-train.csv"
    path.write_text("\n".join(["from,to", *rows, ""]))


def _of(frames: DeepFashion, name: str) -> dict[str, torch.Tensor]:
    return frames[[item.name for item in frames.items].index(name)]


def test_what_was_written_is_read(folder: Path) -> None:
    frames = DeepFashion(folder)
    sample = _of(frames, NAMES[1])
    assert np.array_equal(sample["image"], pixels(folder / "train" / f"{NAMES[1]}.jpg"))
    assert np.array_equal(sample["semantic"], PARSING)
    assert np.array_equal(sample["valid"][0], PARSING > 0)
    assert set(sample) == {"image", "semantic", "instance", "valid"}
    assert frames.palette is FIGURE
    assert [len(DeepFashion(folder, s)) for s in ("train", "test", "all")] == [3, 1, 4]


@pytest.mark.parametrize("place", ["train_parsing", "parsing/train"])
def test_other_folders_of_labels(folder: Path, place: str) -> None:
    (folder / place).parent.mkdir(exist_ok=True)
    (folder / "cihp_train_mask").rename(folder / place)
    assert np.array_equal(DeepFashion(folder)[0]["semantic"], PARSING)


def test_the_20_labels_of_parsers_are_merged(folder: Path) -> None:
    twenty = np.arange(HEIGHT * WIDTH).reshape(HEIGHT, WIDTH).astype(np.uint8) % 20
    for name in NAMES:
        write(folder / "cihp_train_mask" / f"{name}.png", twenty)
    semantic = DeepFashion(folder, labels="cihp")[0]["semantic"].numpy()
    merged = dict(zip(twenty.ravel().tolist(), semantic.ravel().tolist(), strict=True))
    names = {value: FIGURE.classes[class_id - 1].name for value, class_id in merged.items()}
    assert [names[value] for value in range(20)] == [
        "background", "hair", "hair", "top", "face", "top", "top", "top", "socks", "bottom",
        "skin", "top", "bottom", "face", "skin", "skin", "skin", "skin", "shoes", "shoes",
    ]  # fmt: skip
    with pytest.raises(ContractError, match="label id 9 is unknown"):
        DeepFashion(folder)[0]


def test_labels_by_a_mapping(folder: Path) -> None:
    for name in NAMES:
        write(folder / "cihp_train_mask" / f"{name}.png", PARSING - (PARSING > 0))
    frames = DeepFashion(folder, labels={value: value + 1 for value in range(8)})
    assert np.array_equal(frames[0]["semantic"], np.maximum(PARSING, 1))
    with pytest.raises(ContractError) as caught:
        DeepFashion(folder, labels="atr")
    assert caught.value.field == "labels"


def test_keypoints_lie_on_the_centres_of_their_pixels(folder: Path) -> None:
    _keypoint_file(folder)
    found = _of(DeepFashion(folder), NAMES[0])["keypoints"].numpy()
    assert found.shape == (18, 3)
    seen = np.array(DOWN) >= 0
    assert np.array_equal(found[:, 2], seen)
    assert np.array_equal(found[seen, 0], np.array(ACROSS)[seen] + 0.5)
    assert np.array_equal(found[seen, 1], np.array(DOWN)[seen] + 0.5)
    assert not found[~seen].any()
    assert not _of(DeepFashion(folder), NAMES[2])["keypoints"].any()


def test_keypoints_follow_resize_and_crop(folder: Path) -> None:
    _keypoint_file(folder)
    found = _of(DeepFashion(folder, size=(24, 8)), NAMES[0])["keypoints"][0]
    assert torch.allclose(found, torch.tensor([4.25, 7.0, 1.0]))
    cropped = _of(DeepFashion(folder, size=12, fit="crop"), NAMES[0])["keypoints"]
    assert torch.allclose(cropped[0], torch.tensor([6.5, 3.5, 1.0]))
    narrow = _of(DeepFashion(folder, size=(12, 6), fit="crop"), NAMES[0])["keypoints"]
    outside = (np.array(ACROSS) + 0.5 < 5) | (np.array(ACROSS) + 0.5 > 11)
    assert outside.sum() > (np.array(ACROSS) < 0).sum()
    assert np.array_equal(narrow[:, 2] == 0, outside)


def test_a_mirrored_person_changes_sides(folder: Path) -> None:
    _keypoint_file(folder)
    plain = _of(DeepFashion(folder), NAMES[0])
    frames = DeepFashion(folder, flip=True)
    torch.manual_seed(1)
    samples = [_of(frames, NAMES[0]) for _ in range(10)]
    mirrored = [s for s in samples if not torch.equal(s["image"], plain["image"])]
    assert 0 < len(mirrored) < 10
    right, left = KEYPOINTS.index("right wrist"), KEYPOINTS.index("left wrist")
    across, down, seen = mirrored[0]["keypoints"][left].tolist()
    assert (WIDTH - across, down, seen) == tuple(plain["keypoints"][right].tolist())
    nose = mirrored[0]["keypoints"][0].tolist()
    assert nose[0] == WIDTH - plain["keypoints"][0, 0]
    # The right ear was not found: in the mirror it is the left one.
    assert mirrored[0]["keypoints"][KEYPOINTS.index("left ear"), 2] == 0
    assert mirrored[0]["keypoints"][KEYPOINTS.index("right ear"), 2] == 1


def test_pairs(folder: Path) -> None:
    _keypoint_file(folder)
    _pair_file(folder, f"{NAMES[0]}.jpg,{NAMES[1]}.jpg", f"{NAMES[1]}.jpg,{NAMES[0]}.jpg")
    people = DeepFashion(folder, size=8)
    names = [item.name for item in people.items]
    assert [(names[a], names[b]) for a, b in people.pairs] == [NAMES[:2], NAMES[1::-1]]
    pairs = PoseTransferPairs(people)
    sample = pairs[0]
    assert torch.equal(sample["source_image"], _of(people, NAMES[0])["image"])
    assert torch.equal(sample["target_keypoints"], _of(people, NAMES[1])["keypoints"])
    (batch,) = DataLoader(pairs, batch_size=2)
    assert batch["target_semantic"].shape == (2, 8, 8)
    assert batch["source_keypoints"].shape == (2, 18, 3)


def test_pairs_that_are_wrong(folder: Path) -> None:
    with pytest.raises(ContractError, match="there are no pairs"):
        PoseTransferPairs(DeepFashion(folder))
    _pair_file(folder, f"{NAMES[0]}.jpg,nobody.jpg")
    with pytest.raises(ContractError, match="'nobody' is no picture of the split"):
        DeepFashion(folder)
    (folder / "fasion-resize-pairs-train.csv").write_text("a;b\n1;2\n")
    with pytest.raises(ContractError, match="its columns are"):
        DeepFashion(folder)


@pytest.mark.parametrize(
    "row", ["a.jpg", "a.jpg:[1, 2]:[3, 4]", f"a.jpg:{DOWN}:[1, 2]", f"a.jpg:{DOWN}:x"]
)
def test_keypoint_rows_that_are_wrong(folder: Path, row: str) -> None:
    path = _keypoint_file(folder, [f"{NAMES[0]}.jpg: {DOWN}: {ACROSS}", row])
    with pytest.raises(ContractError) as caught:
        DeepFashion(folder)
    assert caught.value.field == f"{path}, line 3"


def test_keypoints_of_pictures_of_another_size(folder: Path) -> None:
    _keypoint_file(folder, [f"{NAMES[0]}.jpg: {DOWN}: {[v * 20 for v in ACROSS]}"])
    with pytest.raises(ContractError, match="a keypoint lies outside its 16 x 12 pixels"):
        _of(DeepFashion(folder), NAMES[0])


def test_two_keypoint_files(folder: Path) -> None:
    path = _keypoint_file(folder)
    path.with_name("fashion-annotation-train.csv").write_text(path.read_text())
    with pytest.raises(ContractError, match="Keep one of the two"):
        DeepFashion(folder)


def test_a_missing_label(folder: Path) -> None:
    (folder / "cihp_test_mask" / "other.png").unlink()
    with pytest.raises(ContractError, match=r"other\.jpg: its label is missing"):
        DeepFashion(folder, "test")

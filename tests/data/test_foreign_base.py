# SPDX-License-Identifier: Apache-2.0
"""What all foreign sets share: sizes, crops, flips, batches, files that are wrong."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from foreign_doubles import HEIGHT, WIDTH, blocks, picture, pixels, write
from PIL import Image
from torch.utils.data import DataLoader

from neural_core.contract import ContractError
from neural_core.data.foreign import PlainFolder, View
from neural_core.methods.smis import training as smis_training
from neural_core.methods.smis.config import SmisConfig, Stage
from neural_core.methods.smis.training import SmisTraining, SmisTrainingOptions

LABELS = blocks([[1, 2, 2, 3], [1, 255, 0, 3], [1, 1, 3, 3]])
IDS = blocks([[0, 900, 900, 7], [0, 0, 0, 7], [0, 0, 41, 41]], np.uint16)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for index in range(4):
        write(tmp_path / "images" / f"p{index}.png", picture(index))
        write(tmp_path / "labels" / f"p{index}.png", LABELS)
        write(tmp_path / "instances" / f"p{index}.png", IDS)
    (tmp_path / "classes.txt").write_text("1 road\n2 car\n3 sky\n")
    return tmp_path


def test_a_sample_is_what_was_written(folder: Path) -> None:
    frames = PlainFolder(folder)
    sample = frames[2]
    assert len(frames) == 4
    assert {name: value.dtype for name, value in sample.items()} == {
        "image": torch.uint8,
        "semantic": torch.int64,
        "instance": torch.int64,
        "valid": torch.float32,
    }
    assert np.array_equal(sample["image"], picture(2).transpose(2, 0, 1))
    assert np.array_equal(sample["semantic"], np.where(LABELS == 255, 0, LABELS))
    assert np.array_equal(sample["valid"][0], (LABELS != 255) & (LABELS != 0))
    rows = sample["instance"].numpy()
    known = frames.instances(2)
    assert known.source_id.tolist() == [0, 7, 41, 900]
    assert known.class_id.tolist() == [0, 3, 3, 2]
    assert np.array_equal(known.source_id[rows], IDS)


def test_a_picture_full_of_instances_has_no_row_0(folder: Path) -> None:
    write(folder / "instances" / "p0.png", np.full_like(IDS, 5))
    frames = PlainFolder(folder)
    assert frames[0]["instance"].unique().tolist() == [1]
    assert frames.instances(0).source_id.tolist() == [0, 5]


def _far_from_borders(labels: np.ndarray, distance: int) -> np.ndarray:
    """Where all labels within this distance are the same; antialiasing mixes elsewhere.

    What lies beyond the picture's own edge is not known: a crop was mixed with it, too.
    """
    far = np.ones(labels.shape, bool)
    padded = np.pad(labels, distance, constant_values=-1)
    for down in range(2 * distance + 1):
        for across in range(2 * distance + 1):
            shifted = padded[down:, across:][: labels.shape[0], : labels.shape[1]]
            far &= shifted == labels
    return far


@pytest.mark.parametrize("fit", ["resize", "crop", "random_crop"])
def test_labels_stay_on_their_pixels(folder: Path, fit: str) -> None:
    """A picture painted in its own labels still agrees with them after every fit."""
    colors = np.random.default_rng(0).integers(0, 256, (256, 3), np.uint8)
    grown = LABELS.repeat(20, 0).repeat(20, 1)
    ids = IDS.repeat(20, 0).repeat(20, 1)
    for index in range(4):
        write(folder / "images" / f"p{index}.png", colors[np.where(grown == 255, 0, grown)])
        write(folder / "labels" / f"p{index}.png", grown)
        write(folder / "instances" / f"p{index}.png", ids)
    for sample in PlainFolder(folder, size=(30, 70), fit=fit, flip=True):
        semantic = sample["semantic"].numpy()
        assert semantic.shape == (30, 70)
        assert sample["instance"].shape == (30, 70)
        painted = colors[semantic].transpose(2, 0, 1).astype(int)
        inner = _far_from_borders(semantic, 3)
        assert inner.sum() > 100
        assert np.abs(painted - sample["image"].numpy())[:, inner].max() <= 1
        known = PlainFolder(folder).instances(0)
        assert np.array_equal(
            np.isin(known.source_id[sample["instance"].numpy()], [900]),
            (semantic == 2),
        )


def test_resizing_is_antialiased(folder: Path) -> None:
    """Fine black and white stripes become grey, they do not alias into one of the two."""
    stripes = np.zeros((96, 128, 3), np.uint8)
    stripes[:, ::2] = 255
    write(folder / "images" / "p0.png", stripes)
    write(folder / "labels" / "p0.png", LABELS.repeat(8, 0).repeat(8, 1))
    write(folder / "instances" / "p0.png", IDS.repeat(8, 0).repeat(8, 1))
    sample = PlainFolder(folder, size=(24, 32))[0]
    inner = sample["image"][:, 2:-2, 2:-2].float()
    assert abs(inner.mean() - 127.5) < 4
    assert inner.std() < 8
    assert np.array_equal(
        sample["semantic"], np.where(LABELS == 255, 0, LABELS).repeat(2, 0).repeat(2, 1)
    )


def test_the_crop_is_the_middle_of_the_picture(folder: Path) -> None:
    sample = PlainFolder(folder, size=HEIGHT, fit="crop")[1]
    start = (WIDTH - HEIGHT) // 2
    assert np.array_equal(sample["image"], pixels(folder / "images/p1.png")[:, :, start:-start])
    assert np.array_equal(sample["semantic"], np.where(LABELS == 255, 0, LABELS)[:, start:-start])


def test_random_crops_move_and_follow_the_seed(folder: Path) -> None:
    frames = PlainFolder(folder, size=HEIGHT, fit="random_crop")
    torch.manual_seed(3)
    first = [frames[0]["image"] for _ in range(6)]
    torch.manual_seed(3)
    again = [frames[0]["image"] for _ in range(6)]
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert any(not torch.equal(first[0], other) for other in first[1:])


def test_a_flip_mirrors_everything_and_is_off_by_default(folder: Path) -> None:
    plain = PlainFolder(folder)[0]
    assert all(torch.equal(PlainFolder(folder)[0]["image"], plain["image"]) for _ in range(8))
    frames = PlainFolder(folder, flip=True)
    torch.manual_seed(0)
    seen = set()
    for _ in range(12):
        sample = frames[0]
        mirrored = not torch.equal(sample["image"], plain["image"])
        seen.add(mirrored)
        for name, value in plain.items():
            assert torch.equal(sample[name], value.flip(-1) if mirrored else value), name
    assert seen == {False, True}


@pytest.mark.parametrize("shape", [(3, 500), (500, 3), (1, 1), (7, 13)])
@pytest.mark.parametrize("fit", ["resize", "crop", "random_crop"])
def test_windows_lie_inside_pictures_of_any_size(shape: tuple[int, int], fit: str) -> None:
    image = Image.fromarray(picture(0, *shape))
    for size in ((1, 1), (33, 17), (5, 64)):
        window = View(size, fit).window(*shape)
        assert window.pixels(image).shape == (*size, 3)
        assert window.labels(np.zeros(shape, int)).shape == size


def test_a_loader_makes_batches(folder: Path) -> None:
    frames = PlainFolder(folder, size=8)
    for workers in (0, 1):
        batches = list(DataLoader(frames, batch_size=2, num_workers=workers))
        assert [b["image"].shape for b in batches] == [(2, 3, 8, 8)] * 2
        joined = torch.cat([b["semantic"] for b in batches])
        expected = torch.stack([frames[i]["semantic"] for i in range(4)])
        assert torch.equal(joined, expected)


def test_a_method_without_geometry_guides_trains_on_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The training step of GroupDNet takes a batch as it is."""

    class Flat(torch.nn.Module):
        def forward(self, picture: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
            return (picture - target).abs().mean()

    monkeypatch.setattr(smis_training, "HedDistance", Flat)
    config = SmisConfig(
        class_ids=((1,), (2, 3)),
        class_names=("road", "rest"),
        guides=("edge", "place"),
        size=16,
        encoder_crop=16,
        encoder_widths=(4, 4),
        stem=16,
        stages=(Stage(16, 2, 16), Stage(16, 2, 16), Stage(16, 1, 16)),
    )
    torch.manual_seed(0)
    task = SmisTraining(config, SmisTrainingOptions(discriminator_width=8))
    (batch,) = DataLoader(PlainFolder(folder, size=16), batch_size=4)
    logs = task.step(batch, 0.0)
    assert logs
    assert all(np.isfinite(value) for value in logs.values())


def _missing_label(folder: Path) -> None:
    (folder / "labels/p1.png").unlink()


def _missing_instances(folder: Path) -> None:
    (folder / "instances/p3.png").unlink()


def _no_pictures(folder: Path) -> None:
    for path in (folder / "images").iterdir():
        path.unlink()


def _no_folder(folder: Path) -> None:
    (folder / "labels").rename(folder / "masks")


def _twin(folder: Path) -> None:
    write(folder / "images/p1.jpg", picture(0))


@pytest.mark.parametrize(
    ("damage", "field", "problem"),
    [
        (_missing_label, "images/p1.png", "its label is missing"),
        (_missing_instances, "images/p3.png", "its instance map is missing"),
        (_no_pictures, "", "has no picture"),
        (_no_folder, "labels", "there is no such folder"),
        (_twin, "images/p1.png", "p1.jpg has the same name"),
    ],
)
def test_wrong_folders_are_told_at_once(folder: Path, damage, field: str, problem: str) -> None:
    damage(folder)
    with pytest.raises(ContractError) as caught:
        PlainFolder(folder)
    assert caught.value.field == str(folder / field)
    assert problem in caught.value.problem
    assert caught.value.fix


def test_a_label_of_another_size(folder: Path) -> None:
    write(folder / "labels/p2.png", LABELS[:, :10])
    with pytest.raises(ContractError) as caught:
        PlainFolder(folder)[2]
    assert caught.value.field == str(folder / "labels/p2.png")
    assert caught.value.problem == "it is 10 x 12 pixels, its picture p2.png is 16 x 12"
    write(folder / "labels/p2.png", LABELS)
    write(folder / "instances/p2.png", IDS[:7])
    with pytest.raises(ContractError) as caught:
        PlainFolder(folder, size=4)[2]
    assert caught.value.field == str(folder / "instances/p2.png")


def test_an_unknown_label_id(folder: Path) -> None:
    labels = LABELS.copy()
    labels[5, 2:5] = 77
    write(folder / "labels/p0.png", labels)
    with pytest.raises(ContractError) as caught:
        PlainFolder(folder, size=4)[0]
    assert caught.value.field == str(folder / "labels/p0.png")
    assert caught.value.problem == "label id 77 is unknown (3 pixels)"
    assert caught.value.fix == "Allowed are 0-3, 255"


@pytest.mark.parametrize("name", ["images/p0.png", "labels/p0.png", "instances/p0.png"])
@pytest.mark.parametrize("damage", ["cut", "text", "gone"])
def test_a_file_that_cannot_be_read(folder: Path, name: str, damage: str) -> None:
    frames = PlainFolder(folder)
    path = folder / name
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:60] if damage == "cut" else b"no picture at all")
    with pytest.raises(ContractError) as caught:
        frames[0]
    assert caught.value.field == str(path)


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"fit": "squash"}, "fit"),
        ({"size": 0}, "size"),
        ({"size": (4, -1)}, "size"),
        ({"split": "valid"}, "split"),
    ],
)
def test_wrong_options(folder: Path, options: dict, field: str) -> None:
    with pytest.raises(ContractError) as caught:
        PlainFolder(folder, **options)
    assert caught.value.field == field


def test_a_label_map_with_alpha_is_refused(folder: Path) -> None:
    path = folder / "labels/p0.png"
    Image.fromarray(LABELS).convert("LA").save(path)
    with pytest.raises(ContractError, match="it has the channels LA"):
        PlainFolder(folder)[0]

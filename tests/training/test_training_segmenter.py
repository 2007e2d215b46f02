# SPDX-License-Identifier: Apache-2.0
"""The judge learns to tell colours apart, and comes out of its run as a model that judges alike."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.utils.data import Dataset

from neural_core.data.class_slots import IGNORED, class_slots
from neural_core.evaluation.segmenter import find_segmenter
from neural_core.layers.unet import UNet, UNetConfig
from neural_core.training.export import export_run
from neural_core.training.loop import LoopOptions, train
from neural_core.training.parallel import make_fabric
from neural_core.training.segmenter import SegmenterOptions, SegmenterTask

ROAD, CAR, VOID = 7, 26, 0


class Blocks(Dataset):
    """A red car on a grey road under a strip of void, at another place in each picture."""

    def __len__(self) -> int:
        return 8

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        semantic = torch.full((16, 16), ROAD)
        semantic[:2] = VOID
        semantic[4 : 4 + index, 3:12] = CAR
        color = torch.tensor([[120, 120, 120], [220, 20, 20]], dtype=torch.uint8)
        image = color[(semantic == CAR).long()].permute(2, 0, 1)
        return {"image": image.contiguous(), "semantic": semantic}


def batch() -> dict[str, Tensor]:
    return torch.utils.data.default_collate([Blocks()[i] for i in range(8)])


@pytest.fixture
def trained(tmp_path: Path) -> tuple[SegmenterTask, Path]:
    torch.manual_seed(0)
    fabric = make_fabric("cpu", "fp32")
    task = SegmenterTask([ROAD, CAR], SegmenterOptions(), fabric, widths=(8, 16))
    options = LoopOptions(None, batch=8, images=8 * 60)
    train(task, Blocks, tmp_path / "run", options, lambda path: None, fabric)
    return task, tmp_path / "run"


def test_the_judge_recognises_what_it_was_shown_and_ships(
    trained: tuple[SegmenterTask, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    task, run = trained
    sample = batch()
    known = sample["semantic"] != VOID
    right = (task.recognise(sample["image"]) == sample["semantic"])[known].float().mean()
    assert right > 0.97
    folder = tmp_path / "models"
    folder.mkdir()
    export_run(run, "segmenter-blocks", folder, method="segmenter", domain="blocks")
    monkeypatch.setenv("BLOCKOUT_MODELS", str(folder))
    judge = find_segmenter("blocks")
    assert judge is not None
    assert find_segmenter("nowhere") is None
    pictures = sample["image"].float() / 127.5 - 1
    ids = torch.tensor(judge.class_ids)[judge.recognise(pictures)]
    assert (ids == task.recognise(sample["image"])).float().mean() > 0.995


def test_unknown_classes_are_ignored() -> None:
    semantic = torch.tensor([[[ROAD, CAR], [VOID, 11]]])
    assert class_slots(semantic, [ROAD, CAR]).tolist() == [[[0, 1], [IGNORED, IGNORED]]]


@pytest.mark.parametrize("size", [(16, 16), (13, 22)])
def test_a_unet_keeps_any_size(size: tuple[int, int]) -> None:
    net = UNet(UNetConfig(3, 5, (8, 16, 24)))
    assert net(torch.zeros(2, 3, *size)).shape == (2, 5, *size)

# SPDX-License-Identifier: Apache-2.0
"""`blockout evaluate smis` on a made-up set and an untrained model."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from neural_core.contract import STREET, Camera, ContractError, Frame, Passes, SceneObject
from neural_core.data.sample import FORMS, Sample, pack_form
from neural_core.data.store import DatasetStore
from neural_core.evaluation import examiner, smis
from neural_core.evaluation.report import Report, Row, table
from neural_core.layers.unet import UNet, UNetConfig
from neural_core.methods.smis.ablations import ablation
from neural_core.methods.smis.config import SmisConfig, Stage
from neural_core.methods.smis.model import GroupDNet
from neural_core.weights import find_model, save_model

SIZE = 16
ROAD, CAR, SKY = 7, 26, 23
CLASS_IDS = np.array([0, *sorted(c.id for c in STREET.classes)], np.uint16)
RECIPE = {
    "scene": "street",
    "size": SIZE,
    "cameras": 2,
    "samples": 1,
    "classes": {"0": "void", **{str(c.id): c.name for c in STREET.classes}},
}
CONFIG = SmisConfig(
    class_ids=((ROAD,), (CAR,)),
    class_names=("road", "car"),
    guides=("edge",),
    size=SIZE,
    encoder_crop=SIZE,
    encoder_widths=(4, 4),
    stem=16,
    stages=(Stage(16, 2, 16), Stage(16, 2, 16), Stage(16, 1, 16)),
)


class Means(nn.Module):
    """Stands in for the feature network: four means of the picture are its features."""

    def taps(self, image: Tensor) -> list[Tensor]:
        return [torch.nn.functional.avg_pool2d(image, 8)]

    def forward(self, image: Tensor) -> Tensor:
        return torch.nn.functional.adaptive_avg_pool2d(image.mean(1, keepdim=True), 2).flatten(1)


def sample(seed: int, camera: int) -> Sample:
    """A road with a car on it, and noise for a picture."""
    rng = np.random.default_rng([seed, camera])
    view = Camera(np.eye(4), SIZE, SIZE, SIZE / 2, SIZE / 2)
    objects = tuple(
        SceneObject(f"thing {i}", c, i, "cuboid", np.eye(4), np.array([[-1.0] * 3, [1.0] * 3]), i)
        for i, c in ((1, ROAD), (2, CAR))
    )
    instance = np.ones((SIZE, SIZE), np.uint32)
    instance[4:12, 3 + camera : 11] = 2
    passes = Passes(
        semantic=np.where(instance == 2, CAR, ROAD).astype(np.uint16),
        instance=instance,
        depth=np.full((SIZE, SIZE), 5.0, np.float32),
        normal=np.tile(np.float16([0, 0, 1]), (SIZE, SIZE, 1)),
        uv=np.zeros((SIZE, SIZE, 2), np.float32),
        coverage=np.ones((SIZE, SIZE), np.float16),
        shading=rng.uniform(0, 1, (SIZE, SIZE, 3)).astype(np.float16),
    )
    frame = Frame(SIZE, SIZE, view, STREET, objects, passes=passes, scene="made up")
    forms = {form: pack_form(frame, passes, CLASS_IDS) for form in FORMS}
    return Sample(seed, camera, view, rng.integers(0, 256, (SIZE, SIZE, 3)).astype(np.uint8), forms)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("street")
    store = DatasetStore(folder)
    store.create(RECIPE)
    for seed in (19, 20, 21, 40):  # 20 and 40 are held out
        store.add_scene(seed, [sample(seed, camera) for camera in range(2)])
    store.pack(rest=True)
    return folder


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a model and a segmenter, both untrained."""
    torch.manual_seed(0)
    folder = tmp_path / "models"
    folder.mkdir()
    save_model(
        folder, "tiny", GroupDNet(CONFIG).state_dict(), method="smis", domain="street", size=SIZE,
        config=CONFIG.to_dict(), training={},
    )  # fmt: skip
    save_model(
        folder, "judge", UNet(UNetConfig(3, 2, (8, 16))).state_dict(), method="segmenter",
        domain="street", size=SIZE, config={"class_ids": [ROAD, CAR], "widths": [8, 16]},
        training={},
    )  # fmt: skip
    monkeypatch.setenv("BLOCKOUT_MODELS", str(folder))
    monkeypatch.setattr(examiner, "EfficientNetLite0", Means)
    return folder


def test_one_table_with_models_shading_and_the_floor(data: Path, models: Path) -> None:
    report = smis.evaluate_smis(data, ["tiny", "vspade-street"], diversity_images=2, pairs=2)
    assert [row.name for row in report.rows] == ["tiny", "blockout shading", "real renders"]
    tiny, shading, reals = report.rows
    assert all(row.images == 4 for row in report.rows)
    for name in ("kid", "fid", "lpips_like", "ssim", "psnr", "flip", "miou", "mcsd", "mocd"):
        assert getattr(tiny, name) is not None, name
    assert tiny.parameters == sum(p.numel() for p in GroupDNet(CONFIG).parameters())
    assert shading.mcsd is None
    assert shading.images_per_s is None
    assert reals.ssim is None
    assert reals.miou is not None
    assert [text.split()[0] for text in report.left_out] == ["vspade-street"]
    text = table(report)
    assert "Left out: vspade-street (no model 'vspade-street'" in text
    assert "KID-EffLite0 v" in text
    assert report.facts["segmenter"] == "judge"


def test_the_same_frames_give_the_same_numbers_again(data: Path, models: Path) -> None:
    def numbers() -> list[dict]:
        report = smis.evaluate_smis(data, ["tiny"], images=2, diversity_images=1, pairs=1)
        return [{**vars(row), "images_per_s": 0} for row in report.rows]

    assert numbers() == numbers()


def test_only_the_code_of_the_class_differs_between_draws(models: Path) -> None:
    subject = smis.SmisSubject(find_model("smis", "tiny"))
    first = subject._codes(2, 5)
    assert torch.equal(first, subject._codes(2, 5))
    assert torch.equal(subject._codes(1, 6), first[1:])
    drawn = [subject._codes(2, 5, slot=1, draw=draw) for draw in (1, 2)]
    width = CONFIG.latent_channels
    for codes in drawn:
        assert torch.equal(codes[:, :width], first[:, :width])
        assert not torch.equal(codes[:, width:], first[:, width:])
    assert not torch.equal(drawn[0], drawn[1])


@pytest.mark.parametrize(("kind", "diverse"), [("vspade", True), ("spade", False)])
def test_relatives_with_one_code_or_none_are_measured_too(
    data: Path, models: Path, kind: str, diverse: bool
) -> None:
    config = ablation(CONFIG, kind)
    save_model(
        models, kind, GroupDNet(config).state_dict(), method="smis", domain="street", size=SIZE,
        config=config.to_dict(), training={},
    )  # fmt: skip
    report = smis.evaluate_smis(data, [kind], images=2, diversity_images=1, pairs=1)
    assert (report.rows[0].mcsd is not None) == diverse
    assert bool(report.left_out) != diverse


def test_several_models_share_one_table(data: Path, models: Path) -> None:
    """Ours with painted codes, its relatives, the shading and the floor, on the same frames."""
    painted = replace(CONFIG, object_channels=2)
    subjects = {"ours": painted, "vspade": ablation(painted, "vspade")}
    subjects["spade"] = ablation(painted, "spade")
    for name, config in subjects.items():
        torch.manual_seed(0)
        save_model(
            models, name, GroupDNet(config).state_dict(), method="smis", domain="street",
            size=SIZE, config=config.to_dict(), training={},
        )  # fmt: skip
    report = smis.evaluate_smis(data, [*subjects], images=3, diversity_images=2, pairs=1)
    assert [row.name for row in report.rows] == [*subjects, "blockout shading", "real renders"]
    for row in report.rows[:3]:
        compared = ("kid", "fid", "lpips_like", "ssim", "miou", "accuracy", "images_per_s")
        assert all(getattr(row, name) is not None for name in compared)
        assert row.parameters
    assert [row.mcsd is None for row in report.rows] == [False, False, True, True, True]
    subject = smis.SmisSubject(find_model("smis", "ours"))
    assert subject.config.object_channels == 2


def test_a_model_may_be_a_file_anywhere(
    data: Path, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BLOCKOUT_MODELS", str(models.parent))
    path = models / "tiny.safetensors"
    report = smis.evaluate_smis(data, [str(path)], images=2, diversity_images=0)
    assert report.rows[0].name == "tiny"
    assert report.rows[0].mcsd is None
    with pytest.raises(ContractError, match="none to evaluate"):
        smis.evaluate_smis(data, [str(models / "none.safetensors")])


def test_without_a_segmenter_its_columns_are_missing_and_it_says_so(
    data: Path, models: Path
) -> None:
    (models / "judge.json").unlink()
    report = smis.evaluate_smis(data, ["tiny"], images=2, diversity_images=0)
    assert report.rows[0].miou is None
    assert "mIoU" not in table(report).split("Left out")[0]
    assert "blockout train segmenter" in report.left_out[0]


def test_the_command_prints_json_and_keeps_it(
    data: Path, models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from neural_core.cli import run

    out = tmp_path / "table.json"
    command = ["evaluate", "smis", "--data", str(data), "--model", "tiny", "--images", "2"]
    assert run([*command, "--diversity-images", "0", "--json", "--out", str(out)]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed == json.loads(out.read_text())
    assert printed["rows"][0]["name"] == "tiny"
    assert printed["facts"]["images"] == 2

    assert run([*command, "--diversity-images", "0", "--markdown"]) == 0
    assert capsys.readouterr().out.startswith("|  | images | KID-EffLite0 v |")


def test_a_table_in_markdown_has_a_line_per_row() -> None:
    report = Report("title", {"split": "val"}, [Row("a", 3, kid=0.01234), Row("b", 3, fid=2.5)])
    assert table(report, markdown=True).splitlines() == [
        "|  | images | KID-EffLite0 v | FID-EffLite0 v |",
        "| --- | ---: | ---: | ---: |",
        "| a | 3 | 0.0123 | - |",
        "| b | 3 | - | 2.50 |",
        "",
        "split val.",
    ]

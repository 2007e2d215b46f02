# SPDX-License-Identifier: Apache-2.0
"""Training steps on a tiny model: what is updated by what, resuming, the data, the sheets."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.utils.data import Dataset

from neural_core.contract import ContractError
from neural_core.methods.controllable3d import training
from neural_core.methods.controllable3d.composition import Layers
from neural_core.methods.controllable3d.config import Controllable3dConfig
from neural_core.methods.controllable3d.discriminator import SCENE
from neural_core.methods.controllable3d.losses import absence
from neural_core.methods.controllable3d.method import Controllable3dMethod
from neural_core.methods.controllable3d.model import Scene
from neural_core.methods.controllable3d.templates import template_triangles
from neural_core.methods.controllable3d.training import (
    OPTIONS,
    Controllable3dTraining,
    Controllable3dTrainingOptions,
)
from neural_core.training.export import export_run
from neural_core.training.loop import LoopOptions, train

LEARNED = Controllable3dConfig(
    size=16,
    primitive="point",
    primitives=2,
    points=4,
    latent=16,
    texture_width=4,
    texture_channels=3,
    background_texture_size=(8, 16),
    width=4,
    background_width=4,
)
UPRIGHT = replace(
    LEARNED, primitive="cuboid", primitives=1, poses="upright", texture_code=8, texture_size=(8, 16)
)
RESIDUAL = Controllable3dTrainingOptions(discriminator_width=4, learning_rate_g=1e-3)


def batch(config: Controllable3dConfig, count: int = 2) -> dict[str, Tensor]:
    size = (count, 3, config.size, config.size)
    return {
        "scene": torch.randint(0, 256, size, dtype=torch.uint8),
        "background": torch.randint(0, 256, size, dtype=torch.uint8),
    }


class Pooled(torch.nn.Module):
    """Stands in for the frozen network, whose weights are no part of the package."""

    def taps(self, images: Tensor) -> list[Tensor]:
        return [
            torch.nn.functional.avg_pool2d(images, s).repeat(1, c // 3 + 1, 1, 1)[:, :c]
            for s, c in zip((2, 4, 8, 16, 32), training.TAP_CHANNELS, strict=True)
        ]


def changed(before: dict[str, Tensor], after: dict[str, Tensor], part: str) -> bool:
    names = [n for n in before if n.startswith(part) and "weight" in n]
    assert names
    return any(not torch.equal(before[n], after[n]) for n in names)


@pytest.mark.parametrize("config", [LEARNED, replace(LEARNED, background=False)])
def test_a_step_updates_everything(config: Controllable3dConfig) -> None:
    torch.manual_seed(0)
    task = Controllable3dTraining(config, RESIDUAL)
    before = {n: v.clone() for n, v in task.model.state_dict().items()}
    critic = {n: v.clone() for n, v in task.discriminator.state_dict().items()}
    logs = task.step(batch(config), 0.0)
    assert {"adversarial", "compactness", "consistency", "discriminator", "penalty"} <= set(logs)
    assert all(value == value for value in logs.values())
    after = task.model.state_dict()
    for part in ("generator3d.poses", "generator3d.features", "painter"):
        assert changed(before, after, part)
    if config.background:
        assert changed(before, after, "generator3d.background")
        assert changed(before, after, "background_painter")
    assert changed(critic, task.discriminator.state_dict(), "blocks")
    assert changed(before, task.average.module.state_dict(), "painter")


def test_a_step_works_after_inference_asked_for_the_templates() -> None:
    template_triangles.cache_clear()
    with torch.inference_mode():
        template_triangles("cuboid")
    assert not template_triangles("cuboid").is_inference()


def test_the_penalty_is_lazy_and_as_strong() -> None:
    torch.manual_seed(0)
    task = Controllable3dTraining(LEARNED, replace(RESIDUAL, penalty_every=2, consistency_every=3))
    logs = [task.step(batch(LEARNED), 0.0) for _ in range(4)]
    assert ["penalty" in row for row in logs] == [True, False, True, False]
    assert ["consistency" in row for row in logs] == [True, False, False, True]


@pytest.mark.parametrize("wanted", [True, False])
def test_the_consistency_reaches_alpha_where_it_is_asked_to(wanted: bool) -> None:
    torch.manual_seed(0)
    task = Controllable3dTraining(UPRIGHT, replace(RESIDUAL, consistent_alpha=wanted))
    made = task._draw(2).scene
    assert made is not None
    (gradient,) = torch.autograd.grad(task._consistency(made), task.model.painter.leave.weight)
    color, alpha = gradient[:3], gradient[3]
    assert float(color.abs().sum()) > 0
    assert (float(alpha.abs().sum()) > 0) == wanted


def test_absence_asks_for_half_of_the_silhouette() -> None:
    silhouettes = torch.zeros(2, 1, 8, 8)
    silhouettes[:, :, 2:6, 2:6] = 1.0
    alpha = torch.stack([silhouettes[0] * 0.7, silhouettes[1] * 0.1]).requires_grad_()
    rgb, depth = torch.rand(2, 3, 8, 8), torch.ones(2, 1, 8, 8)
    missing = absence(Layers(rgb, alpha, depth, depth), silhouettes)
    assert float(missing.detach()) == pytest.approx((0.0 + 0.4) / 2)
    (gradient,) = torch.autograd.grad(missing, alpha)
    assert float(gradient[0].abs().sum()) == 0 and bool((gradient[1] < 0).all())


@pytest.mark.parametrize("name", ["sameness", "absence"])
def test_losses_of_drawn_poses_are_refused_for_learned_ones(name: str) -> None:
    with pytest.raises(ContractError, match=f"{name}: it is for drawn poses"):
        Controllable3dTraining(LEARNED, replace(RESIDUAL, **{name: 1.0}))


def test_the_projected_preset_trains_drawn_poses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "EfficientNetLite0", Pooled)
    torch.manual_seed(0)
    options = replace(OPTIONS["cars-64"], discriminator_width=4)
    task = Controllable3dTraining(UPRIGHT, options)
    frozen = {n: v.clone() for n, v in task.discriminator.state_dict().items() if "across" in n}
    logs = [task.step(batch(UPRIGHT, 4), 0.0) for _ in range(2)]
    with pytest.raises(ContractError, match="multiple of 4"):
        task.step(batch(UPRIGHT, 3), 0.0)
    assert "compactness" not in logs[0] and "penalty" not in logs[0]
    state = task.discriminator.state_dict()
    assert frozen and all(torch.equal(state[n], v) for n, v in frozen.items())
    assert not any("_features" in name for name in state)


def test_a_resumed_run_goes_on_as_if_never_stopped() -> None:
    data = [batch(LEARNED) for _ in range(3)]

    def run(stop: bool) -> dict[str, Tensor]:
        torch.manual_seed(5)
        task = Controllable3dTraining(LEARNED, RESIDUAL)
        task.step(data[0], 0.0)
        if stop:
            state, random = task.state_dict(), torch.get_rng_state()
            torch.manual_seed(99)
            task = Controllable3dTraining(LEARNED, RESIDUAL)
            task.load_state_dict(state)
            torch.set_rng_state(random)
        task.step(data[1], 0.0)
        task.step(data[2], 0.0)
        return task.model.state_dict()

    through, cut = run(False), run(True)
    assert all(torch.equal(through[name], cut[name]) for name in through)


def test_the_generator_learns_the_colour_of_a_plain_place() -> None:
    """The reals are one colour: after some steps the backgrounds have come closer to it."""
    torch.manual_seed(0)
    options = replace(
        RESIDUAL, optimizer="adam", learning_rate_g=1e-2, learning_rate_d=4e-3, consistency=0.0
    )
    task = Controllable3dTraining(UPRIGHT, options)
    color = torch.tensor([230, 120, 20], dtype=torch.uint8)[None, :, None, None]
    reals = {name: color.expand(4, 3, 16, 16) for name in ("scene", "background")}
    wanted = color.float() / 127.5 - 1

    def distance() -> float:
        torch.manual_seed(1)
        with torch.no_grad():
            made = task._draw(4).scene
        assert made is not None
        return float((made.scene.background - wanted).abs().mean())

    before = distance()
    for _ in range(20):
        task.step(reals, 0.0)
    assert distance() < 0.7 * before


class OnlyScenes(Controllable3dTraining):
    """The discriminator is never shown an empty place, neither a real one nor a painted one."""

    def _shown(self, scene: Scene) -> Tensor:
        return scene.image

    def _reals(self, batch: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        labels = self._labels(len(batch["scene"]))
        return super()._reals({**batch, "background": batch["background"][:0]})[0], labels

    def _labels(self, count: int) -> Tensor:
        return torch.full((count,), SCENE)


def squares(count: int) -> dict[str, Tensor]:
    """Bright squares anywhere, also where no primitive reaches, on a grey that is empty else."""
    empty = torch.full((count, 3, 16, 16), 110, dtype=torch.uint8)
    scene = empty.clone()
    for picture, (row, column) in zip(
        scene, torch.randint(0, 12, (count, 2)).tolist(), strict=True
    ):
        picture[:, row : row + 5, column : column + 5] = 240
    return {"scene": scene, "background": empty}


def test_unpaired_empty_places_keep_objects_out_of_the_background(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # bfloat16 would make another run on every kind of processor.
    monkeypatch.setattr(training, "native_dtype", lambda device: torch.float32)
    options = replace(
        RESIDUAL, optimizer="adam", learning_rate_g=3e-3, learning_rate_d=2e-3,
        discriminator_width=16, consistency=0.0, penalty=1.0, penalty_every=4,
    )  # fmt: skip
    bright = {}
    for kind in (Controllable3dTraining, OnlyScenes):
        torch.manual_seed(3)
        task = kind(replace(UPRIGHT, start_gain=1.0, residual=0.4), options)
        for _ in range(121):
            task.step(squares(16), 0.0)
        torch.manual_seed(5)
        with torch.no_grad():
            made = task._draw(64).scene
        assert made is not None
        backgrounds = made.scene.background / 2 + 0.5
        bright[kind] = float((backgrounds.mean(1) > 175 / 255).float().mean())
    assert bright[Controllable3dTraining] < 0.02
    assert bright[OnlyScenes] > 0.03


class Squares(Dataset):
    """Grey pictures with a square, and grey ones without."""

    def __len__(self) -> int:
        return 4

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        empty = torch.full((3, 16, 16), 120, dtype=torch.uint8)
        scene = empty.clone()
        scene[:, 5:11, index + 3 : index + 9] = 220
        return {"scene": scene, "background": empty}


def test_a_run_becomes_a_model_that_renders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.manual_seed(0)
    task = Controllable3dTraining(UPRIGHT, replace(RESIDUAL, penalty=0.0))
    sheets: list[Path] = []
    train(task, Squares, tmp_path / "run", LoopOptions(minutes=1e-4, batch=2), sheets.append)
    assert sheets and (tmp_path / "run" / "checkpoint.pt").exists()
    card = export_run(
        tmp_path / "run", "cars-tiny", tmp_path, method="controllable3d", domain="cars"
    )
    assert card.training["steps"] == task.steps and card.size == 16
    monkeypatch.setenv("BLOCKOUT_MODELS", str(tmp_path))
    method = Controllable3dMethod("cars-tiny")
    shipped = dict(method.network.named_parameters())
    for name, value in task.average.module.named_parameters():
        assert torch.allclose(shipped[name], value, atol=2e-3)

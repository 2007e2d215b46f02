# SPDX-License-Identifier: Apache-2.0
"""Training steps on a tiny model: losses fall, a state continues exactly."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor
from torch.utils.data import Dataset

from neural_core.contract import ContractError
from neural_core.layers.losses import AUTHORS_CODE
from neural_core.layers.spectral import folded_state
from neural_core.methods.smis import training as smis_training
from neural_core.methods.smis.config import SmisConfig, Stage
from neural_core.methods.smis.model import GroupDNet
from neural_core.methods.smis.training import SmisTraining, SmisTrainingOptions, drop_tints

CONFIG = SmisConfig(
    class_ids=((7,), (26,)),
    class_names=("road", "car"),
    guides=("edge", "tint"),
    size=16,
    encoder_crop=16,
    encoder_widths=(4, 4),
    stem=16,
    stages=(Stage(16, 2, 16), Stage(16, 2, 16), Stage(16, 1, 16)),
)


Flat = torch.nn.L1Loss
"""Stands in for the perceptual net, whose weights are no part of the package."""


class Squares(Dataset):
    """A red square of class car on grey."""

    def __len__(self) -> int:
        return 8

    def __getitem__(self, index: int) -> dict[str, Tensor]:
        semantic = torch.full((16, 16), 7)
        semantic[index : index + 8, 4:12] = 26
        car = semantic == 26
        image = torch.full((3, 16, 16), 128, dtype=torch.uint8)
        image[0][car], image[1][car], image[2][car] = 230, 20, 20
        return {
            "image": image,
            "semantic": semantic,
            "instance": car.long(),
            "tint": torch.stack([car.float(), car * 0.0, car * 0.0]),
            "tint_valid": car[None].float(),
        }


@pytest.fixture
def task(monkeypatch: pytest.MonkeyPatch) -> SmisTraining:
    monkeypatch.setattr(smis_training, "HedDistance", Flat)
    torch.manual_seed(0)
    return SmisTraining(CONFIG, SmisTrainingOptions(discriminator_width=8, warm_up=0.5))


def batch() -> dict[str, Tensor]:
    return torch.utils.data.default_collate([Squares()[i] for i in range(8)])


def test_reconstruction_improves_and_the_discriminator_joins(task: SmisTraining) -> None:
    first = task.step(batch(), 0.0)
    for _ in range(40):
        last = task.step(batch(), 0.1)
    assert last["l1"] < 0.6 * first["l1"]
    assert "discriminator" not in last
    assert {"discriminator", "matching"} <= task.step(batch(), 0.6).keys()


def test_a_network_without_guides_learns_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smis_training, "HedDistance", Flat)
    torch.manual_seed(0)
    options = SmisTrainingOptions(discriminator_width=8, apart=1.0, apart_every=1)
    task = SmisTraining(replace(CONFIG, guides=()), options)
    first = task.step(batch(), 0.0)
    for _ in range(10):
        last = task.step(batch(), 0.1)
    assert last["l1"] < first["l1"]


def test_a_state_continues_exactly(task: SmisTraining, monkeypatch: pytest.MonkeyPatch) -> None:
    task.step(batch(), 0.6)
    state = dict(task.state_dict())
    twin = SmisTraining(CONFIG, task.options)
    twin.load_state_dict(torch_copy(state))
    torch.manual_seed(5)
    expected = task.step(batch(), 0.6)
    torch.manual_seed(5)
    assert twin.step(batch(), 0.6) == pytest.approx(expected, rel=1e-5)


def torch_copy(state: dict) -> dict:
    """A deep copy by way of a file, as a resume does it."""
    import io

    buffer = io.BytesIO()
    torch.save(state, buffer)
    return torch.load(io.BytesIO(buffer.getvalue()), weights_only=True)


def test_tints_are_withheld_by_whole_instances() -> None:
    torch.manual_seed(0)
    sample = batch()
    assert drop_tints(sample, 1.0)["tint_valid"].sum() == 0
    kept = drop_tints(sample, 0.0)
    assert torch.equal(kept["tint"], sample["tint"])
    half = drop_tints(sample, 0.5)["tint_valid"].flatten(1).sum(1)
    assert set(half.tolist()) == {0.0, 64.0}


def test_late_in_a_run_likeness_counts_less_and_the_discriminator_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(smis_training, "HedDistance", Flat)
    options = SmisTrainingOptions(discriminator_width=8, warm_up=0.0, late_from=0.5)
    losses, rates = [], []
    for progress in (0.499, 0.501):
        torch.manual_seed(0)
        twin = SmisTraining(CONFIG, options)
        torch.manual_seed(5)
        losses.append(twin.step(batch(), progress))
        rates.append([o.param_groups[0]["lr"] for o in (twin.optimizer_g, twin.optimizer_d)])
    early, late = losses
    for name in ("l1", "perceptual", "kl"):
        assert late[name] == pytest.approx(options.late_likeness * early[name], rel=0.02)
    assert late["matching"] == pytest.approx(options.late_matching * early["matching"], rel=0.02)
    assert late["adversarial"] == pytest.approx(options.late_adversarial * early["adversarial"])
    assert rates[1][0] == rates[0][0]
    assert rates[1][1] == options.late_learning_rate_d * rates[0][1]


def steps_of(options: SmisTrainingOptions, count: int = 2) -> tuple[SmisTraining, dict[str, float]]:
    """A task after some steps in which the discriminator has a say, and the last losses."""
    torch.manual_seed(0)
    task = SmisTraining(CONFIG, options)
    torch.manual_seed(5)
    for _ in range(count):
        losses = task.step(batch(), 0.6)
    return task, losses


def test_spectral_norm_in_training_is_folded_into_what_ships(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(smis_training, "HedDistance", Flat)
    options = SmisTrainingOptions(discriminator_width=8, warm_up=0.5, spectral_norm=True)
    task, _ = steps_of(options)
    assert len(task.model.group_convolutions()) == 2 + 3 * 2
    assert all(hasattr(conv, "parametrizations") for conv in task.model.group_convolutions())
    plain = GroupDNet(CONFIG)
    plain.load_state_dict(folded_state(task.model))
    sample = batch()
    masks, guides = task._inputs(sample)
    codes = torch.randn(8, *CONFIG.code_shape)
    for one, other in (
        (
            plain.eval().generate(masks, codes, guides),
            task.model.eval().generate(masks, codes, guides),
        ),
        (
            plain.encode(sample["image"] / 127.5 - 1, masks),
            task.model.encode(sample["image"] / 127.5 - 1, masks),
        ),
    ):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-5)
    shipped = GroupDNet(CONFIG)
    shipped.load_state_dict(task.state_dict()["average"])
    twin = SmisTraining(CONFIG, options)
    task.model.train()
    twin.load_state_dict(torch_copy(task.state_dict()))
    torch.manual_seed(6)
    expected = task.step(batch(), 0.6)
    torch.manual_seed(6)
    assert twin.step(batch(), 0.6) == pytest.approx(expected, rel=1e-5)


def test_the_authors_kl_is_as_strong_with_any_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smis_training, "HedDistance", Flat)
    kl = {}
    for scale in ("picture", "authors"):
        _, losses = steps_of(SmisTrainingOptions(discriminator_width=8, kl_scale=scale), 1)
        kl[scale] = losses["kl"]
    numbers = CONFIG.classes * CONFIG.latent_channels * CONFIG.latent_size**2
    assert kl["authors"] == pytest.approx(kl["picture"] * AUTHORS_CODE / numbers, rel=1e-3)


def test_fakes_reals_and_conditions_move_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smis_training, "HedDistance", Flat)
    options = SmisTrainingOptions(discriminator_width=8, augment=("translation", "cutout"))
    task = SmisTraining(CONFIG, options)
    shown: list[Tensor] = []
    task.discriminator.register_forward_pre_hook(lambda _, given: shown.append(given[0]))
    torch.manual_seed(1)
    task.step(batch(), 0.6)
    assert len(shown) == 2, "once for either network"
    for pair in shown:
        fakes, reals = pair.float().chunk(2)
        conditions = slice(0, CONFIG.classes + CONFIG.guide_channels)
        assert torch.equal(fakes[:, conditions], reals[:, conditions])
        cut = (fakes[:, :2] == 0).all(1, keepdim=True)
        assert 0.1 < cut.float().mean() < 0.6
        assert (reals[:, -3:] * cut == 0).all()
        assert (fakes[:, -3:] * cut == 0).all()
    plain = SmisTraining(CONFIG, SmisTrainingOptions(discriminator_width=8))
    condition, image = torch.rand(2, 7, 16, 16), torch.rand(2, 3, 16, 16)
    assert torch.equal(plain._pairs(condition, image, image)[:2, -3:], image)


@pytest.mark.parametrize(
    ("field", "value"), [("kl_scale", "sum"), ("augment", ("translation", "flip"))]
)
def test_an_unknown_choice_is_refused(field: str, value: object) -> None:
    with pytest.raises(ContractError, match=field):
        SmisTrainingOptions(**{field: value})  # type: ignore[arg-type]

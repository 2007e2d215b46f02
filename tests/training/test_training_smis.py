# SPDX-License-Identifier: Apache-2.0
"""`blockout train smis`: every family, the baselines, single settings; on a tiny made-up set."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from made_up_sets import made_up_set
from torch import Tensor
from torch.utils.data import default_collate

from neural_core.cli import run
from neural_core.contract import PALETTES, ContractError
from neural_core.methods.smis import training as smis_training
from neural_core.methods.smis.ablations import ABLATIONS
from neural_core.methods.smis.config import SmisConfig
from neural_core.methods.smis.model import GroupDNet
from neural_core.methods.smis.objects import with_painted_codes
from neural_core.methods.smis.presets import PRESETS
from neural_core.methods.smis.training import SmisTrainingOptions
from neural_core.training.code_prior import measure_prior
from neural_core.training.export import export_smis
from neural_core.training.smis_settings import parameters, smis_settings
from neural_core.training.tint_ranges import measure_tint_ranges
from neural_core.weights import load_weights


class Flat(torch.nn.Module):
    """Stands in for the perceptual net, whose weights are no part of the package."""

    def forward(self, picture: Tensor, target: Tensor) -> Tensor:
        return (picture - target).abs().mean()


@pytest.fixture(autouse=True)
def no_perceptual_net(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smis_training, "HedDistance", Flat)


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A set of each family: seven frames to train on, one held out."""
    families = ("street", "room", "figure")
    return {name: made_up_set(tmp_path_factory.mktemp(name), name) for name in families}


def train(data: Path, out: Path, *more: str, images: int = 4) -> int:
    command = ["train", "smis", "--data", str(data), "--out", str(out), "--batch", "2"]
    return run([*command, "--images", str(images), "--workers", "0", "--precision", "fp32", *more])


@pytest.mark.parametrize("family", ["room", "figure"])
def test_every_family_trains_by_its_name(
    sets: dict[str, Path], tmp_path: Path, family: str
) -> None:
    assert train(sets[family], tmp_path, "--preset", family) == 0
    told = json.loads((tmp_path / "run.json").read_text())
    assert told["preset"] == f"{family}-128"
    assert SmisConfig.from_dict(told["config"]) == PRESETS[f"{family}-128"]
    state = torch.load(tmp_path / "checkpoint.pt", weights_only=True)
    assert state["images"] == 4
    assert all(value.isfinite().all() for value in state["task"]["average"].values())
    assert len(list(tmp_path.glob("samples_*.png"))) == 2


def test_presets_know_all_classes_of_their_palette() -> None:
    for name, config in PRESETS.items():
        known = [number for ids in config.class_ids for number in ids]
        assert len(known) == len(set(known))
        palette = PALETTES[name.split("-")[0]]
        assert {entry.id for entry in palette.classes} <= set(known)
        assert parameters(config) < 8_000_000, "16 MB in fp16"


def test_single_settings_reach_the_run_and_the_model(sets: dict[str, Path], tmp_path: Path) -> None:
    out = tmp_path / "run"
    options = ["spectral_norm=true", "augment=translation,cutout", "kl_scale=authors", "kl=0.05"]
    options += ["object_channels=4", "warm_up=0.0", "object_share=1"]
    flags = [word for option in options for word in ("--option", option)]
    assert train(sets["street"], out, *flags) == 0
    told = json.loads((out / "run.json").read_text())
    assert told["config"]["object_channels"] == 4
    assert told["options"]["augment"] == ["translation", "cutout"]
    assert told["options"]["object_share"] == 1.0
    assert "discriminator" in json.loads((out / "log.jsonl").read_text().splitlines()[-1])
    card = export_smis(out, "tiny", tmp_path, domain="street", data=sets["street"])
    config = SmisConfig.from_dict(card.config)
    weights = load_weights(card)
    assert not [name for name in weights if "parametrizations" in name]
    assert "decoder.painted.weight" in weights
    assert config.prior_rank > 0
    assert len(config.tint_ranges) == config.classes


def test_a_run_from_before_these_settings_goes_on(sets: dict[str, Path], tmp_path: Path) -> None:
    assert train(sets["figure"], tmp_path, "--preset", "figure", images=2) == 0
    path = tmp_path / "run.json"
    told = json.loads(path.read_text())
    told["loop"]["images"] = 4
    del told["config"]["object_channels"]
    for name in ("kl_scale", "augment", "spectral_norm", "objects", "object_share"):
        del told["options"][name]
    path.write_text(json.dumps(told))
    assert train(sets["figure"], tmp_path, "--preset", "figure") == 0
    assert torch.load(tmp_path / "checkpoint.pt", weights_only=True)["images"] == 4


def test_a_trained_network_gets_painted_codes_and_draws_as_before(
    sets: dict[str, Path], tmp_path: Path
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    assert train(sets["figure"], first, "--preset", "figure", images=2) == 0
    more = ["--preset", "figure", "--option", "object_channels=4", "--start", str(first)]
    assert train(sets["figure"], second, *more, images=2) == 0
    told = json.loads((second / "run.json").read_text())
    assert told["config"]["object_channels"] == 4
    assert told["options"]["warm_up"] == 0.0, "the schedule of fine-tuning"
    state = torch.load(first / "checkpoint.pt", weights_only=True)["task"]["average"]
    old = GroupDNet(PRESETS["figure-128"]).eval()
    old.load_state_dict(state)
    new = GroupDNet(replace(old.config, object_channels=4)).eval()
    new.load_state_dict(with_painted_codes(state, new))
    masks = torch.zeros(1, 8, 32, 32)
    masks[:, 2] = 1
    codes, guides = torch.randn(1, *old.config.code_shape), torch.rand(1, 33, 32, 32)
    torch.testing.assert_close(
        new.generate(masks, codes, guides), old.generate(masks, codes, guides), rtol=0, atol=1e-5
    )


def test_a_baseline_trains_with_the_same_budget(sets: dict[str, Path], tmp_path: Path) -> None:
    assert train(sets["figure"], tmp_path, "--preset", "figure", "--as", "vspade", images=2) == 0
    told = json.loads((tmp_path / "run.json").read_text())
    assert told["preset"] == "figure-128 as vspade"
    assert told["config"]["codes"] == "picture"
    assert told["options"] == json.loads(json.dumps(vars(SmisTrainingOptions())))


@pytest.mark.parametrize("name", ABLATIONS)
def test_relatives_have_about_as_many_parameters(name: str) -> None:
    ours = parameters(PRESETS["street-128"])
    settings = smis_settings("street", name)
    assert 0.93 * ours < parameters(settings.config) <= ours
    assert settings.options == SmisTrainingOptions()


def test_what_is_not_known_is_refused_in_a_sentence(
    sets: dict[str, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train(sets["room"], tmp_path, "--preset", "street") == 2
    assert "Use --preset room" in capsys.readouterr().err
    assert train(sets["room"], tmp_path, "--preset", "kitchen") == 2
    assert train(sets["room"], tmp_path, "--option", "kl") == 2
    assert "NAME=VALUE" in capsys.readouterr().err
    for field, text in (
        ("heat", "1"),
        ("kl", "high"),
        ("augment", "flip"),
        ("spectral_norm", "1"),
        ("upsample", "cubic"),
        ("guides", "edge,smell"),
        ("objects", "2.5"),
        ("kl_ramp", "a,b"),
        ("kl_ramp", "[0.5]"),
    ):
        with pytest.raises(ContractError):
            smis_settings("street", None, {field: text})
    with pytest.raises(ContractError, match="Use mulnet"):
        smis_settings("street", "biggan")
    assert smis_settings("street", None, {"kl_ramp": "[0, 0.5]"}).options.kl_ramp == (0.0, 0.5)
    assert smis_settings("street", None, {"guides": ""}).config.guides == ()
    assert smis_settings("street", None, {"augment": "cutout"}).options.augment == ("cutout",)


def test_codes_of_single_objects_count_in_the_prior(sets: dict[str, Path]) -> None:
    from neural_core.data.dataset import FrameDataset

    torch.manual_seed(0)
    frames = FrameDataset(sets["street"], "train", "both")
    priors = []
    for channels in (0, 4):
        config = smis_settings("street", None, {"object_channels": str(channels)}).config
        torch.manual_seed(0)
        priors.append(measure_prior(GroupDNet(config).eval(), frames))
    assert priors[0].mean.shape == priors[1].mean.shape
    assert priors[1].factor.isfinite().all()


def test_a_prior_is_measured_the_same_twice(
    sets: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from neural_core.data.dataset import FrameDataset
    from neural_core.training import code_prior

    # So few of a picture's objects that which of them are taken shows.
    monkeypatch.setattr(code_prior, "OBJECTS", 1)
    frames = FrameDataset(sets["street"], "train", "both")
    model = GroupDNet(smis_settings("street", None, {"object_channels": "4"}).config).eval()
    torch.manual_seed(1)
    first = measure_prior(model, frames)
    state = torch.random.get_rng_state()
    again = measure_prior(model, frames)
    assert torch.equal(torch.random.get_rng_state(), state)
    torch.testing.assert_close(again.state_dict(), first.state_dict(), rtol=0, atol=0)


def test_the_colours_of_each_class_are_measured(sets: dict[str, Path]) -> None:
    from neural_core.data.dataset import FrameDataset
    from neural_core.data.forms import form_batch
    from neural_core.methods.smis.labels import class_masks
    from neural_core.methods.smis.tints import NONE_SEEN, tint_values, valid_tints

    frames = FrameDataset(sets["street"], "train", "both")
    config = PRESETS["street-128"]
    knowing = replace(config, tint_ranges=measure_tint_ranges(config, frames))
    seen = set()
    both = default_collate([frames[i] for i in range(len(frames))])
    for form in ("detailed", "blockout"):
        batch = form_batch(both, form)
        masks = class_masks(batch["semantic"], config)
        there = (masks * batch["tint_valid"]) > 0
        assert torch.equal(valid_tints(batch, knowing)[there.any(1, True)],
                               batch["tint_valid"][there.any(1, True)])  # fmt: skip
        seen |= {slot for slot in range(config.classes) if there[:, slot].any()}
        values = tint_values(batch["tint"])
        for slot in range(config.classes):
            for channel, (low, high) in enumerate(knowing.tint_ranges[slot]):
                shown = values[:, channel][there[:, slot]]
                assert bool(((shown > low - 1e-3) & (shown < high + 1e-3)).all())
    never = set(range(config.classes)) - seen
    assert all(knowing.tint_ranges[slot] == NONE_SEEN for slot in never)

# SPDX-License-Identifier: Apache-2.0
"""The authors' checkpoints, imported: the same function; the full presets by their sizes."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import smis_authors as authors
import torch
from torch import Tensor

import neural_core
from neural_core.cli import run
from neural_core.contract import ContractError
from neural_core.methods.smis.authors import AUTHORS_PRESETS, authors_config
from neural_core.methods.smis.config import SmisConfig
from neural_core.methods.smis.method import SmisMethod
from neural_core.methods.smis.model import GroupDNet
from neural_core.methods.smis.official import encoder_name, generator_name, import_official

# Widths that the groups divide: (ngf, ndf per class), and the size of the pictures compared.
SMALL = {"deepfashion": (8, 2, 128), "cityscapes": (70, 1, 64), "ade20k": (8, 1, 64)}


def save(state: dict[str, Tensor], path: Path) -> Path:
    torch.save(state, path)
    return path


def one_hot_of(net: authors.Authors, height: int, width: int) -> Tensor:
    """Blobs of random classes."""
    coarse = torch.randint(0, net.classes, (1, height // 16, width // 16))
    ids = coarse.repeat_interleave(16, 1).repeat_interleave(16, 2)
    return torch.nn.functional.one_hot(ids, net.classes).permute(0, 3, 1, 2).float()


@pytest.fixture(scope="module", params=AUTHORS_PRESETS)
def imported(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    """Their network with both state dicts, and ours made of their files."""
    preset, folder = request.param, tmp_path_factory.mktemp("imported")
    ngf, ndf, size = SMALL[preset]
    torch.manual_seed(11)
    net = authors.Authors.of(preset, ngf, ndf)
    generator, encoder = authors.random_generator(net), authors.random_encoder(net)
    path = save(generator, folder / "latest_net_G.pth")
    save(encoder, folder / "latest_net_E.pth")
    card = import_official(path, preset, folder, config=authors_config(preset, ngf, ndf))
    return net, generator, encoder, neural_core.load_model(card.path), size


@torch.inference_mode()
def test_an_imported_model_computes_the_same_function(imported) -> None:
    net, generator, _, ours, size = imported
    aspect = ours.config.aspect
    masks = one_hot_of(net, size, size * aspect)
    steps = 2 ** (len(authors.STAGES) - 1)
    codes = torch.randn(1, 8 * net.classes, size // steps, size * aspect // steps)
    if net.preset == "cityscapes":
        edge = (torch.rand(1, 1, size, size * aspect) < 0.1).float()
        theirs = authors.generate(net, generator, torch.cat([masks, edge], 1), codes)
        picture = ours.generate(masks, codes, edge)
    else:
        theirs = authors.generate(net, generator, masks, codes)
        picture = ours.generate(masks, codes)
    assert theirs.std() > 0.05, "the comparison says nothing"
    torch.testing.assert_close(picture, theirs, rtol=0, atol=1e-4)
    plain = ours.plain.generate(masks, codes, edge if net.preset == "cityscapes" else None)
    torch.testing.assert_close(plain, theirs, rtol=0, atol=1e-4)
    masks[:, :, :9] = 0  # in place: what was kept of the labels must not be used again
    again = ours.generate(masks, codes, edge if net.preset == "cityscapes" else None)
    assert not torch.equal(again, picture)


@torch.inference_mode()
def test_an_imported_encoder_sees_what_theirs_sees(imported) -> None:
    net, _, encoder, ours, _ = imported
    masks = one_hot_of(net, 64, 64 * ours.config.aspect)
    image = torch.rand(1, 3, 64, 64 * ours.config.aspect) * 2 - 1
    mean, log_variance = authors.encode(net, encoder, image, masks)
    found = ours.plain.encoder(image, masks)
    # Absent classes are zeros under an instance norm: there both see nothing but biases.
    torch.testing.assert_close(found[0], mean, rtol=0, atol=1e-4)
    torch.testing.assert_close(found[1], log_variance, rtol=0, atol=1e-4)
    assert torch.equal(ours.encode(image, masks), found[0])


@pytest.mark.parametrize(
    ("preset", "generator", "encoder"),
    [("deepfashion", 96.3, 12.8), ("cityscapes", 76.5, 5.8), ("ade20k", 66.5, 4.4)],
)
def test_full_presets_have_the_authors_tensors(
    preset: str, generator: float, encoder: float
) -> None:
    """Names and shapes at the published widths, and millions of parameters."""
    config = authors_config(preset)
    net = authors.Authors.of(preset, *{"deepfashion": (160, 32), "cityscapes": (280, 10),
                                       "ade20k": (64, 4)}[preset])  # fmt: skip
    with torch.device("meta"):
        ours = GroupDNet(config)
        states = [authors.random_generator(net), authors.random_encoder(net)]
    assert sum(p.numel() for p in ours.decoder.parameters()) / 1e6 == pytest.approx(
        generator, abs=0.06
    )
    assert sum(p.numel() for p in ours.encoder.parameters()) / 1e6 == pytest.approx(
        encoder, abs=0.06
    )
    wanted = {
        key: tuple(value.shape)
        for key, value in ours.state_dict().items()
        if value.dtype.is_floating_point
    }
    found: dict[str, tuple[int, ...]] = {}
    for state, rename in zip(states, (generator_name, encoder_name), strict=True):
        found.update(_renamed(state, rename))
    idle = {key for key in wanted if key.startswith("encoder.layers") and key.endswith("bias")}
    assert found == {key: shape for key, shape in wanted.items() if key not in idle}


def _renamed(
    state: dict[str, Tensor], rename: Callable[[str], str | None]
) -> dict[str, tuple[int, ...]]:
    result = {}
    for key, value in state.items():
        if key.endswith(("weight_u", "weight_v", "tracked")) or key.startswith("up_4"):
            continue
        name = rename(key.removesuffix("_orig"))
        assert name is not None, key
        result[name] = tuple(value.shape)
    return result


def tiny_files(folder: Path) -> tuple[Path, SmisConfig]:
    torch.manual_seed(0)
    net = authors.Authors.of("deepfashion", 8, 2)
    path = save(authors.random_generator(net), folder / "latest_net_G.pth")
    return path, authors_config("deepfashion", 8, 2)


def test_a_file_of_another_network_is_refused(tmp_path: Path) -> None:
    path, config = tiny_files(tmp_path)
    with pytest.raises(ContractError, match=r"not of this preset: .* Check --preset"):
        import_official(path, "ade20k", tmp_path)
    state = torch.load(path, weights_only=True)
    save({**state, "up_9.weight": torch.zeros(1)}, path)
    with pytest.raises(ContractError, match=r"1 tensors that GroupDNet has not, as unknown\.up_9"):
        import_official(path, "deepfashion", tmp_path, config=config)


def test_what_is_no_plain_state_dict_is_not_run(tmp_path: Path) -> None:
    path = tmp_path / "latest_net_G.pth"
    torch.save({"model": io.StringIO("code could hide here")}, path)
    with pytest.raises(ContractError, match="no plain checkpoint"):
        import_official(path, "deepfashion", tmp_path)
    path.write_bytes(b"nothing")
    with pytest.raises(ContractError, match="no plain checkpoint"):
        import_official(path, "deepfashion", tmp_path)
    with pytest.raises(ContractError, match="cannot be read"):
        import_official(tmp_path / "none.pth", "deepfashion", tmp_path)
    torch.save([torch.zeros(1)], path)
    with pytest.raises(ContractError, match="no state dict"):
        import_official(path, "deepfashion", tmp_path)


def test_without_its_encoder_a_model_draws_but_takes_no_style(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, config = tiny_files(tmp_path)
    card = import_official(path, "deepfashion", tmp_path, name="plain", config=config)
    ours = neural_core.load_model(card.path.with_suffix(".json"))
    masks = torch.zeros(1, 8, 64, 64)
    masks[:, 0] = 1
    assert ours.generate(masks, torch.zeros(1, 64, 1, 1)).shape == (1, 3, 64, 64)
    with pytest.raises(ContractError, match="no encoder"):
        ours.encode(torch.zeros(1, 3, 64, 64), masks)
    monkeypatch.setenv("BLOCKOUT_MODELS", str(tmp_path))
    assert SmisMethod("plain").config == config


def test_the_command_imports(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path, config = tiny_files(tmp_path)
    monkeypatch.setattr("neural_core.methods.smis.official.authors_config", lambda preset: config)
    arguments = ["models", "import", "smis-official", str(path), "--preset", "deepfashion"]
    monkeypatch.setenv("BLOCKOUT_MODELS", str(tmp_path / "mine"))
    assert run([*arguments, "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["path"] == str(tmp_path / "mine" / "smis-deepfashion.safetensors")
    assert run(["models", "import", "else", str(path), "--preset", "deepfashion"]) == 2
    assert "Use smis-official" in capsys.readouterr().err
    arguments[-1] = "coco"
    assert run(arguments) == 2
    assert "Use one of deepfashion, cityscapes, ade20k" in capsys.readouterr().err


def test_the_models_of_others_are_not_what_a_bare_name_means(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from neural_core.weights import find_model

    path, config = tiny_files(tmp_path)
    import_official(path, "deepfashion", tmp_path, name="a-first-by-name", config=config)
    monkeypatch.setenv("BLOCKOUT_MODELS", str(tmp_path))
    assert find_model("smis").name != "a-first-by-name"
    assert find_model("smis", "a-first-by-name").config["norms"] == "own"

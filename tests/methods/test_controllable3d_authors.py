# SPDX-License-Identifier: Apache-2.0
"""The authors' checkpoints: their functions, written out from their tensors, against ours.

The files are not at hand: tensors of their names and shapes are drawn at random.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from typer.testing import CliRunner

from neural_core.benchmarks.authors_code import AuthorsCode
from neural_core.cli import app
from neural_core.contract import ContractError
from neural_core.loading import load_model
from neural_core.methods.controllable3d.authors import (
    import_discriminator,
    import_generator,
    read_checkpoint,
    save_imported,
)
from neural_core.methods.controllable3d.config import PRESETS, Controllable3dConfig
from neural_core.methods.controllable3d.generator3d import shared_codes
from neural_core.methods.controllable3d.model import Controllable3d
from neural_core.methods.controllable3d.views import Poses, draw_views, learned_poses
from neural_core.weights import load_weights

State = dict[str, Tensor]
PRIMITIVES = 2
REPOSITORY = Path(__file__).parent / "authors_repository"


def linear(state: State, name: str, outputs: int, inputs: int) -> None:
    state[f"{name}.weight"] = torch.randn(outputs, inputs) / inputs**0.5
    state[f"{name}.bias"] = torch.randn(outputs) * 0.1


def conv(state: State, name: str, *shape: int, bias: int) -> None:
    state[f"{name}.weight"] = torch.randn(*shape) / (shape[1] * shape[2] * shape[3]) ** 0.5
    state[f"{name}.bias"] = torch.randn(bias) * 0.1


def norm(state: State, name: str, channels: int) -> None:
    state[f"{name}.weight"] = torch.rand(channels) + 0.5
    state[f"{name}.bias"] = torch.randn(channels) * 0.1
    state[f"{name}.running_mean"] = torch.randn(channels) * 0.1
    state[f"{name}.running_var"] = torch.rand(channels) + 0.5
    state[f"{name}.num_batches_tracked"] = torch.tensor(7)


def painter(state: State, prefix: str, channels: int, primitives: int) -> None:
    conv(state, f"{prefix}.conv_img_in", 128, channels, 3, 3, bias=128)
    for index, width in ((0, 128), (4, 256), (5, 256), (9, 128)):
        for part in ("conv_0", "conv_1"):
            conv(state, f"{prefix}.resnet.{index}.{part}.0", width, width, 3, 3, bias=width)
            state[f"{prefix}.resnet.{index}.{part}.1.running_mean"] = torch.zeros(width)
            state[f"{prefix}.resnet.{index}.{part}.1.running_var"] = torch.ones(width)
    conv(state, f"{prefix}.resnet.1", 256, 128, 4, 4, bias=256)
    norm(state, f"{prefix}.resnet.2", 256)
    conv(state, f"{prefix}.resnet.6", 256, 128, 4, 4, bias=128)
    norm(state, f"{prefix}.resnet.7", 128)
    conv(state, f"{prefix}.conv_img", 5, 128, 3, 3, bias=5)
    linear(state, f"{prefix}.mlp.model.0", 256, 128)
    linear(state, f"{prefix}.mlp.model.2", 256, 256)
    linear(state, f"{prefix}.mlp.model.4", 3072 * primitives, 256)


def texture(state: State, prefix: str, inputs: int, size: tuple[int, int], channels: int) -> None:
    linear(state, f"{prefix}.enc", 64 * size[0] // 8 * size[1] // 8, inputs)
    for index in (0, 3, 6):
        conv(state, f"{prefix}.decoder.{index}", 64, 64, 3, 3, bias=64)
        norm(state, f"{prefix}.decoder.{index + 1}", 64)
    conv(state, f"{prefix}.decoder.9", channels, 64, 3, 3, bias=channels)
    norm(state, f"{prefix}.decoder.10", channels)


def generator(kind: str, background: bool) -> State:
    torch.manual_seed(1)
    state: State = {}
    features = 32 * 6 if kind == "point" else 128
    for name, outputs in (("mlp_tr", 12 * PRIMITIVES), ("mlp_feat", features * PRIMITIVES)):
        widths = (64, 128, 256, 512, outputs)
        for i in range(4):
            linear(state, f"generator_3d.{name}.{2 * i}", widths[i + 1], widths[i])
    channels = 3 if kind == "point" else 8
    if kind != "point":
        size = {"cuboid": (64, 128), "sphere": (32, 64)}[kind]
        texture(state, "generator_3d.texture_predictor", 128, size, channels)
    painter(state, "generator_2d", channels, PRIMITIVES)
    if background:
        linear(state, "generator_3d.mlp_bg", 128, 64)
        texture(state, "generator_3d.texture_predictor_bg", 128, (128, 256), channels)
        painter(state, "generator_2d_bg", channels, 1)
    return state


def mlp(state: State, name: str, x: Tensor) -> Tensor:
    for index in (0, 2, 4, 6):
        x = F.linear(x, state[f"{name}.{index}.weight"], state[f"{name}.{index}.bias"])
        x = F.leaky_relu(x, 0.2) if index < 6 else x
    return x


def batch_norm(state: State, name: str, x: Tensor) -> Tensor:
    mean, variance, weight, bias = (
        state[f"{name}.{part}"][None, :, None, None]
        for part in ("running_mean", "running_var", "weight", "bias")
    )
    return (x - mean) / (variance + 1e-5).sqrt() * weight + bias


def decoded(state: State, name: str, code: Tensor, size: tuple[int, int]) -> Tensor:
    x = F.linear(code, state[f"{name}.enc.weight"], state[f"{name}.enc.bias"])
    x = x.view(len(x), 64, size[0] // 8, size[1] // 8)
    for index in (0, 3, 6):
        part = f"{name}.decoder.{index}"
        x = F.conv_transpose2d(
            x, state[f"{part}.weight"], state[f"{part}.bias"], 2, padding=1, output_padding=1
        )
        x = F.leaky_relu(batch_norm(state, f"{name}.decoder.{index + 1}", x), 0.2)
    x = F.conv2d(x, state[f"{name}.decoder.9.weight"], state[f"{name}.decoder.9.bias"], padding=1)
    return batch_norm(state, f"{name}.decoder.10", x)


def twin(state: State, config: Controllable3dConfig) -> AuthorsCode:
    """Their 2D generators with these weights, written out plainly."""
    code = AuthorsCode(REPOSITORY, config)
    prefixes = {"generator_2d.": code.painter}
    if config.background:
        prefixes["generator_2d_bg."] = code.background_painter
    for prefix, part in prefixes.items():
        own = {k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)}
        part.load_state_dict(own)
    return code


@pytest.mark.parametrize(
    ("kind", "background"), [("point", True), ("cuboid", False), ("sphere", False)]
)
@torch.no_grad()
def test_a_generator_computes_what_theirs_does(kind: str, background: bool) -> None:
    state = generator(kind, background)
    model = import_generator(state, "authors-car" if background else f"authors-{kind}")
    latent = torch.randn(2, 128)
    codes = shared_codes(latent, model.config)
    pose, feature = latent[:, :64], latent[:, 64:]

    numbers = mlp(state, "generator_3d.mlp_tr", pose).view(-1, 12)
    poses = model.generator3d.learned_poses(latent)
    assert torch.allclose(poses.translation, torch.tanh(numbers[:, 6:9]), atol=1e-5)
    assert torch.allclose(poses.scale, torch.sigmoid(numbers[:, 9:]) * 0.5 + 0.1, atol=1e-5)
    first = numbers[:, 0:6:2] / numbers[:, 0:6:2].norm(dim=1, keepdim=True)
    assert torch.allclose(poses.rotation[:, :, 0], first, atol=1e-5)

    found = model.generator3d.object_features(codes)
    wanted = mlp(state, "generator_3d.mlp_feat", feature).view(2 * PRIMITIVES, -1)
    if kind == "point":
        places, values = wanted[:, :96].view(-1, 32, 3), wanted[:, 96:].view(-1, 32, 3)
        assert torch.allclose(found, torch.cat([places, values], 2), atol=1e-4)
    else:
        size = model.config.texture_size
        wanted = decoded(state, "generator_3d.texture_predictor", wanted, size)
        assert torch.allclose(found, wanted, atol=1e-4)

    maps = torch.randn(2 * PRIMITIVES, model.config.feature_channels, 8, 8)
    ours = model.painter(maps, codes.objects, codes.slots)
    code = twin(state, model.config)
    theirs = code.painter(maps, latent)
    assert float(theirs.std()) > 0.1
    assert torch.allclose(ours, theirs, atol=1e-4)
    if background:
        spot = F.linear(
            feature, state["generator_3d.mlp_bg.weight"], state["generator_3d.mlp_bg.bias"]
        )
        wanted = decoded(state, "generator_3d.texture_predictor_bg", spot, (128, 256))
        found = model.generator3d.background_features(latent)
        assert found is not None and torch.allclose(found, wanted, atol=1e-4)
        assert model.background_painter is not None
        ours = model.background_painter(maps[:2], latent, torch.zeros(2, dtype=torch.int64))
        theirs = code.background_painter(maps[:2], latent)
        assert torch.allclose(ours, theirs, atol=1e-4)


def critic(labels: int) -> State:
    torch.manual_seed(2)
    state: State = {}

    def normed(name: str, *shape: int) -> None:
        weight = torch.randn(*shape) * 0.1
        state[f"{name}.module.weight_bar"] = weight
        state[f"{name}.module.weight_u"] = F.normalize(torch.randn(shape[0]), dim=0)
        state[f"{name}.module.weight_v"] = F.normalize(torch.randn(weight[0].numel()), dim=0)
        state[f"{name}.module.bias"] = torch.randn(shape[0]) * 0.1

    normed("model.0.model.0", 128, 3, 3, 3)
    normed("model.0.model.2", 128, 128, 3, 3)
    normed("model.0.bypass.1", 128, 3, 1, 1)
    for block in (1, 2, 3):
        normed(f"model.{block}.model.1", 128, 128, 3, 3)
        normed(f"model.{block}.model.3", 128, 128, 3, 3)
        if block < 3:
            normed(f"model.{block}.bypass.0", 128, 128, 1, 1)
    normed("fc", labels, 128)
    return state


def criticised(state: State, x: Tensor) -> Tensor:
    """Their discriminator at the next use of its weights."""

    def weights(name: str) -> tuple[Tensor, Tensor]:
        weight, left = (state[f"{name}.module.weight_{part}"] for part in ("bar", "u"))
        flat = weight.flatten(1)
        right = F.normalize(flat.T @ left, dim=0)
        left = F.normalize(flat @ right, dim=0)
        return weight / (left @ flat @ right), state[f"{name}.module.bias"]

    def convolved(name: str, x: Tensor) -> Tensor:
        weight, bias = weights(name)
        return F.conv2d(x, weight, bias, padding=weight.shape[-1] // 2)

    inner = convolved("model.0.model.2", F.relu(convolved("model.0.model.0", x)))
    x = F.avg_pool2d(inner, 2) + convolved("model.0.bypass.1", F.avg_pool2d(x, 2))
    for block in (1, 2, 3):
        inner = convolved(f"model.{block}.model.1", F.relu(x))
        inner = convolved(f"model.{block}.model.3", F.relu(inner))
        if block == 3:
            x = inner + x
        else:
            x = F.avg_pool2d(inner, 2) + F.avg_pool2d(convolved(f"model.{block}.bypass.0", x), 2)
    return F.linear(F.relu(x).mean((2, 3)), *weights("fc"))


@pytest.mark.parametrize("labels", [1, 2])
@torch.no_grad()
def test_a_discriminator_computes_what_theirs_does(labels: int) -> None:
    state = critic(labels)
    images = torch.rand(2, 3, 32, 32) * 2 - 1
    wanted = criticised(state, images)
    model = import_discriminator(state)
    for label in range(labels):
        (ours,) = model(images, torch.full((2,), label))
        assert torch.allclose(ours, wanted[:, label], atol=1e-4)


def test_projections_differ_from_theirs_by_as_much_as_is_stated() -> None:
    torch.manual_seed(0)
    config = PRESETS["authors-car"]
    drawn = learned_poses(torch.randn(24, 12), config)
    poses = Poses(drawn.rotation, drawn.translation * 0.6, drawn.scale)
    view, features = draw_views(24, config), torch.randn(24, config.points, 6)
    theirs = AuthorsCode(REPOSITORY, config).project(features, poses, view)
    ours = Controllable3d(config).project(features, poses, view)
    assert torch.allclose(ours.features, theirs.splats, atol=1e-4)
    assert float((ours.depth - theirs.depth).abs().mean()) < 1e-5
    assert float((ours.alpha - theirs.alpha).abs().mean()) < 0.035
    both = ((ours.alpha > 0.5) & (theirs.alpha > 0.5)).sum()
    either = ((ours.alpha > 0.5) | (theirs.alpha > 0.5)).sum()
    assert float(both / either) > 0.9


def test_what_is_no_clone_of_their_repository_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ContractError, match=r"authors_code: .* has no controllable_gan/render"):
        AuthorsCode(tmp_path, PRESETS["authors-car"])


def test_files_are_read_and_become_models(tmp_path: Path) -> None:
    wrapped = {f"module.{k}": v for k, v in generator("point", False).items()}
    path = tmp_path / "model_best.pt"
    torch.save({"it": 5, "generator": wrapped, "g_optimizer": {"state": {}}}, path)
    card = save_imported(path, "authors-point", "liao-point", tmp_path / "models")
    model = Controllable3d(Controllable3dConfig.from_dict(card.config))
    missing, _ = model.load_state_dict(load_weights(card), strict=False)
    assert all(name.endswith("num_batches_tracked") for name in missing)
    assert model.config.primitives == PRIMITIVES


def test_the_command_imports_them(tmp_path: Path) -> None:
    path = tmp_path / "model_best.pt"
    torch.save({"generator": generator("point", False)}, path)
    options = ["--preset", "point", "--out", str(tmp_path / "models")]
    command = ["models", "import", "controllable3d-official", str(path), *options]
    found = CliRunner().invoke(app, command)
    assert found.exit_code == 0, found.output
    network = load_model(tmp_path / "models" / "controllable3d-point.json")
    assert isinstance(network, Controllable3d) and not network.training


def test_what_does_not_fit_is_refused(tmp_path: Path) -> None:
    state = generator("point", False)
    with pytest.raises(ContractError, match="not the authors'"):
        import_generator(state, "cars-64")
    with pytest.raises(ContractError, match="no background branch"):
        import_generator(state, "authors-car")
    with pytest.raises(ContractError, match=r"sizes differ|does not match"):
        import_generator(state, "authors-sphere")
    less = {k: v for k, v in state.items() if "conv_img_in" not in k}
    with pytest.raises(ContractError, match=r"painter.enter"):
        import_generator(less, "authors-point")
    with pytest.raises(ContractError, match="weight_bar"):
        import_discriminator(state)
    path = tmp_path / "x.pt"
    path.write_bytes(b"no checkpoint")
    with pytest.raises(ContractError, match=r"x.pt"):
        read_checkpoint(path, "generator")
    torch.save({"generator": {"weights": Path("x")}}, path)
    with pytest.raises(ContractError, match="more than tensors"):
        read_checkpoint(path, "generator")
    torch.save({"discriminator": {}}, path)
    with pytest.raises(ContractError, match="no 'generator'"):
        read_checkpoint(path, "generator")

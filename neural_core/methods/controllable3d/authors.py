# SPDX-License-Identifier: Apache-2.0
"""Checkpoints of the authors' code: which of their tensors is which of ours.

Their generator and discriminator compute what ours do, apart from the rasteriser: neural_renderer's
hard triangles and their soft quads against PyTorch3D's soft triangles.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from neural_core.contract import ContractError
from neural_core.weights import ModelCard, save_model

from .config import PRESETS, Controllable3dConfig
from .discriminator import ResidualDiscriminator
from .model import Controllable3d

_LINEARS = (0, 2, 4, 6)
_FIX = "Give a checkpoint of the authors' training code, and the preset it was trained with"

_PAINTER = {
    "conv_img_in": "enter",
    "resnet.0.conv_0.0": "blocks.0.first",
    "resnet.0.conv_1.0": "blocks.0.second",
    "resnet.1": "down.0",
    "resnet.2": "down.1",
    "resnet.4.conv_0.0": "blocks.1.first",
    "resnet.4.conv_1.0": "blocks.1.second",
    "resnet.5.conv_0.0": "blocks.2.first",
    "resnet.5.conv_1.0": "blocks.2.second",
    "resnet.6": "up.0",
    "resnet.7": "up.1",
    "resnet.9.conv_0.0": "blocks.3.first",
    "resnet.9.conv_1.0": "blocks.3.second",
    "conv_img": "leave",
    "mlp.model.0": "styles.0",
    "mlp.model.2": "styles.2",
    "mlp.model.4": "styles.4",
}
_TEXTURE = {"enc": "enter", **{f"decoder.{i}": f"blocks.{i}" for i in (0, 1, 3, 4, 6, 7, 9, 10)}}
_CRITIC_CONVS = {
    (0, "model.0"): "first",
    (0, "model.2"): "second",
    (0, "bypass.1"): "bypass",
    (1, "model.1"): "first",
    (1, "model.3"): "second",
    (1, "bypass.0"): "bypass",
}


def read_checkpoint(path: Path, part: str) -> dict[str, Tensor]:
    """The state dict of ``generator`` or ``discriminator`` in one of the authors' files.

    Raises:
        ContractError: the file cannot be read or does not hold it.
    """
    try:
        held = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, ValueError, EOFError, ImportError) as error:
        raise ContractError(str(path), f"it cannot be read ({error})", _FIX) from error
    except Exception as error:  # pickle.UnpicklingError: something else than tensors is in it
        raise ContractError(str(path), "it holds more than tensors", _FIX) from error
    state = held.get(part) if isinstance(held, dict) else None
    if not isinstance(state, Mapping) or not all(isinstance(v, Tensor) for v in state.values()):
        raise ContractError(str(path), f"it holds no '{part}'", _FIX)
    # Their models are wrapped for several GPUs.
    return {name.removeprefix("module."): value for name, value in state.items()}


def import_generator(state: Mapping[str, Tensor], preset: str) -> Controllable3d:
    """Our model with the authors' generator weights.

    Raises:
        ContractError: an unknown preset, or weights that are not of it.
    """
    if preset not in PRESETS or not preset.startswith("authors-"):
        names = ", ".join(name for name in PRESETS if name.startswith("authors-"))
        raise ContractError("preset", f"'{preset}' is not the authors'", f"Use one of {names}")
    config = PRESETS[preset]
    if config.background != any(name.startswith("generator_2d_bg.") for name in state):
        has = "no" if config.background else "a"
        raise ContractError(
            "preset", f"the checkpoint has {has} background branch, unlike '{preset}'", _FIX
        )
    model = Controllable3d(_with_primitives(state, config))
    _load(model, rename_generator(state), preset)
    return model.eval()


def save_imported(path: Path, preset: str, name: str, folder: Path) -> ModelCard:
    """Turn one of the authors' checkpoints into a model of ours in ``folder``.

    Raises:
        ContractError: the file or the preset is not the authors'.
    """
    model = import_generator(read_checkpoint(path, "generator"), preset)
    tensors = {k: v for k, v in model.state_dict().items() if v.dtype.is_floating_point}
    return save_model(
        folder,
        name,
        tensors,
        method="controllable3d",
        domain=preset.removeprefix("authors-"),
        size=model.config.size,
        config=model.config.to_dict(),
        training={"imported": "the authors' checkpoint", "file": path.name, "preset": preset},
    )


def rename_generator(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The authors' generator tensors under our names."""
    prefixes = {"generator_2d": "painter", "generator_2d_bg": "background_painter"}
    modules = {
        f"{theirs}.{a}": f"{ours}.{b}"
        for theirs, ours in prefixes.items()
        for a, b in _PAINTER.items()
    }
    for theirs, ours in {"mlp_tr": "poses", "mlp_feat": "features"}.items():
        modules |= {f"generator_3d.{theirs}.{i}": f"generator3d.{ours}.{i}" for i in _LINEARS}
    textures = {"texture_predictor": "texture", "texture_predictor_bg": "background_texture"}
    for theirs, ours in textures.items():
        modules |= {
            f"generator_3d.{theirs}.{a}": f"generator3d.{ours}.{b}" for a, b in _TEXTURE.items()
        }
    modules["generator_3d.mlp_bg"] = "generator3d.background"
    found = {}
    for name, value in state.items():
        module, _, kind = name.rpartition(".")
        if module in modules:
            found[f"{modules[module]}.{kind}"] = value
    return found


def import_discriminator(state: Mapping[str, Tensor]) -> ResidualDiscriminator:
    """Our discriminator with the authors' weights.

    Theirs steps the power iteration of its spectral norms at every use, in evaluation too: ours is
    theirs at its next use.

    Raises:
        ContractError: the weights are not those of the authors' discriminator.
    """
    head = state.get("fc.module.weight_bar")
    if head is None:
        raise ContractError("discriminator", "it has no 'fc.module.weight_bar'", _FIX)
    model = ResidualDiscriminator(width=head.shape[1], labels=head.shape[0])
    names = {"fc.module": "head"}
    for block in range(4):
        kind = min(block, 1)
        for (own, theirs), ours in _CRITIC_CONVS.items():
            if own == kind and not (block == 3 and ours == "bypass"):
                names[f"model.{block}.{theirs}.module"] = f"blocks.{block}.{ours}"
    _load(model, _critic_tensors(state, names), "discriminator")
    return model.eval()


def _critic_tensors(state: Mapping[str, Tensor], names: Mapping[str, str]) -> dict[str, Tensor]:
    found = {}
    for theirs, ours in names.items():
        parts = [state.get(f"{theirs}.{kind}") for kind in ("weight_bar", "weight_u", "bias")]
        weight, left, bias = parts
        if weight is None or left is None or bias is None:
            raise ContractError("discriminator", f"'{theirs}' is missing", _FIX)
        flat = weight.flatten(1)
        right = torch.nn.functional.normalize(flat.T @ left, dim=0)
        left = torch.nn.functional.normalize(flat @ right, dim=0)
        found[f"{ours}.bias"] = bias
        found[f"{ours}.parametrizations.weight.original"] = weight
        found[f"{ours}.parametrizations.weight.0._u"] = left
        found[f"{ours}.parametrizations.weight.0._v"] = right
    return found


def _with_primitives(
    state: Mapping[str, Tensor], config: Controllable3dConfig
) -> Controllable3dConfig:
    """The preset with as many primitives as the checkpoint has."""
    last = state.get("generator_3d.mlp_tr.6.weight")
    if last is None:
        raise ContractError("generator", "it has no 'generator_3d.mlp_tr.6.weight'", _FIX)
    return replace(config, primitives=len(last) // 12)


def _load(model: torch.nn.Module, tensors: dict[str, Tensor], what: str) -> None:
    try:
        missing, unexpected = model.load_state_dict(tensors, strict=False)
    except RuntimeError as error:
        problem = str(error).splitlines()[-1].strip()
        raise ContractError(what, f"sizes differ ({problem})", _FIX) from error
    missing = [name for name in missing if not name.endswith("num_batches_tracked")]
    if missing or unexpected:
        raise ContractError(what, f"'{(missing or unexpected)[0]}' does not match", _FIX)

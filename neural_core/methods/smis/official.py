# SPDX-License-Identifier: Apache-2.0
"""The authors' checkpoints -> our models that compute the same function.

Their generator and encoder are two files, ``*_net_G.pth`` and ``*_net_E.pth``. Spectral norm is
folded into the weights; what their code stores but never runs (``up_4`` of ADE20K) is left out.
"""

from __future__ import annotations

import pickle
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from torch import Tensor

from neural_core.contract import ContractError
from neural_core.weights import ModelCard, save_model

from .authors import AUTHORS_PRESETS, authors_config
from .config import SmisConfig
from .model import GroupDNet

BLOCKS = ("head_0", "G_middle_0", "G_middle_1", "up_0", "up_1", "up_2", "up_3")
"""Names of the authors' decoder stages, coarsest first."""

_UNUSED = re.compile(r"^up_4\.|\.num_batches_tracked$")
_INNER = {
    "param_free_norm": "norm",
    "mlp_shared": "labels",
    "mlp_gamma": "gamma",
    "mlp_beta": "beta",
}


def import_official(
    generator: Path,
    preset: str,
    folder: Path,
    *,
    encoder: Path | None = None,
    name: str | None = None,
    config: SmisConfig | None = None,
) -> ModelCard:
    """Read the authors' checkpoint and write it as one of our models.

    Args:
        generator: their ``*_net_G.pth``.
        preset: one of `AUTHORS_PRESETS`.
        folder: where the model is written.
        encoder: their ``*_net_E.pth``; None takes the one beside the generator, if there is one.
        name: of the model; default: smis-PRESET.
        config: instead of the preset's, for one that was trained at other widths.

    Raises:
        ContractError: an unknown preset, or a file that cannot be read or is of another network.
    """
    if preset not in AUTHORS_PRESETS:
        raise ContractError(
            "preset", f"'{preset}' is unknown", f"Use one of {', '.join(AUTHORS_PRESETS)}"
        )
    config = config or authors_config(preset)
    tensors = convert(read_checkpoint(generator), generator_name)
    encoder = encoder or _beside(generator)
    if encoder is not None:
        tensors.update(convert(read_checkpoint(encoder), encoder_name))
        _add_idle_biases(tensors, config)
    _check(tensors, config, generator, encoder)
    return save_model(
        folder,
        name or f"smis-{preset}",
        tensors,
        method="smis",
        domain=preset,
        size=config.size,
        config=config.to_dict(),
        training={"imported": "smis-official", "preset": preset, "encoder": encoder is not None},
    )


def read_checkpoint(path: Path) -> dict[str, Tensor]:
    """The tensors of a ``.pth`` file; nothing in it is run.

    Raises:
        ContractError: it cannot be read, or is no state dict.
    """
    fix = "Give a state dict as the authors' code saves it (*_net_G.pth)"
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except OSError as error:
        raise ContractError(str(path), f"it cannot be read ({error.strerror})", fix) from error
    except (pickle.UnpicklingError, RuntimeError, EOFError, ValueError, KeyError) as error:
        reason = str(error).splitlines()[0][:120] if str(error) else type(error).__name__
        raise ContractError(str(path), f"it is no plain checkpoint ({reason})", fix) from error
    if not isinstance(state, dict) or not all(isinstance(v, Tensor) for v in state.values()):
        raise ContractError(str(path), "it is no state dict of tensors", fix)
    # DataParallel puts a prefix before every name.
    return {key.removeprefix("module."): value for key, value in state.items()}


def convert(state: Mapping[str, Tensor], rename: Callable[[str], str | None]) -> dict[str, Tensor]:
    """The authors' tensors under our names, fp32, spectral norm folded; unknown names are kept."""
    result: dict[str, Tensor] = {}
    for key, value in state.items():
        if _UNUSED.search(key) or key.endswith((".weight_u", ".weight_v")):
            continue
        if key.endswith(".weight_orig"):
            key = key.removesuffix("_orig")
            value = value / _sigma(state, key, value)
        result[rename(key) or f"unknown.{key}"] = value.float()
    return result


def generator_name(key: str) -> str | None:
    """Our name for a tensor of their generator, or None."""
    head, _, rest = key.partition(".")
    if head in ("fc", "conv_img"):
        return f"decoder.{'stem' if head == 'fc' else 'image'}.{rest}"
    if head not in BLOCKS:
        return None
    parts = [_INNER.get(part, part) for part in rest.split(".")]
    return f"decoder.blocks.{BLOCKS.index(head)}.{'.'.join(parts)}"


def encoder_name(key: str) -> str | None:
    """Our name for a tensor of their encoder, or None."""
    layer = re.fullmatch(r"layer(\d)\.0\.(\w+)", key)
    if layer:
        return f"encoder.layers.{3 * (int(layer[1]) - 1)}.{layer[2]}"
    head, _, rest = key.partition(".")
    ours = {"fc_mu": "mean", "fc_var": "log_variance"}.get(head)
    return f"encoder.{ours}.{rest}" if ours else None


def _sigma(state: Mapping[str, Tensor], key: str, weight: Tensor) -> Tensor:
    """The largest singular value as torch's power iteration left it."""
    u, v = state.get(f"{key}_u"), state.get(f"{key}_v")
    if u is None or v is None:
        raise ContractError(
            key, "its spectral norm has no vectors u and v", "Save it with torch 1.0 or newer"
        )
    return torch.dot(u.double(), weight.double().flatten(1) @ v.double()).to(weight.dtype)


def _beside(generator: Path) -> Path | None:
    path = generator.with_name(generator.name.replace("_net_G", "_net_E"))
    return path if path != generator and path.exists() else None


def _add_idle_biases(tensors: dict[str, Tensor], config: SmisConfig) -> None:
    """Ours has biases before the instance norms, which take them away again; theirs has none."""
    for index in range(len(config.encoder_widths)):
        weight = tensors.get(f"encoder.layers.{3 * index}.weight")
        if weight is not None:
            tensors[f"encoder.layers.{3 * index}.bias"] = weight.new_zeros(len(weight))


def _check(
    tensors: Mapping[str, Tensor], config: SmisConfig, generator: Path, encoder: Path | None
) -> None:
    """Every tensor of the network is there, of the right shape, and none besides."""
    with torch.device("meta"):
        wanted = GroupDNet(config).state_dict()
    parts = {"decoder.": generator} | ({"encoder.": encoder} if encoder else {})
    for key, value in wanted.items():
        path = next((path for prefix, path in parts.items() if key.startswith(prefix)), None)
        if path is None or not value.dtype.is_floating_point:
            continue
        found = tensors.get(key)
        if found is None or found.shape != value.shape:
            problem = "is missing" if found is None else f"has shape {tuple(found.shape)}"
            raise ContractError(
                str(path),
                f"it is not of this preset: {key} {problem}, wanted is {tuple(value.shape)}",
                "Check --preset, and that the file is the one meant",
            )
    strangers = sorted(key for key in tensors if key not in wanted)
    if strangers:
        raise ContractError(
            str(generator),
            f"it holds {len(strangers)} tensors that GroupDNet has not, as {strangers[0]}",
            "Check --preset, and that generator and encoder are not mixed up",
        )

# SPDX-License-Identifier: Apache-2.0
"""From a run to a model: averaged weights as fp16 safetensors, and a card of what was measured."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from neural_core.contract import ContractError
from neural_core.data.dataset import FrameDataset
from neural_core.methods.smis.config import SmisConfig
from neural_core.methods.smis.model import GroupDNet
from neural_core.weights import ModelCard, save_model

from .code_prior import measure_prior
from .earlier import seen_by
from .log import last_row
from .run_config import read_run
from .tint_ranges import measure_tint_ranges


def export_smis(
    run: Path,
    name: str,
    folder: Path,
    *,
    domain: str,
    data: Path,
    blend: Path | None = None,
    share: float = 0.5,
) -> ModelCard:
    """As `export_run`, with the prior of the looks and the known colours measured on the data.

    ``blend`` is the run that this one began with: its weights are mixed in, ``share`` of the
    result being this run's (Wortsman et al., *Robust fine-tuning of zero-shot models*, CVPR 2022).

    Raises:
        ContractError: a run has no checkpoint, the two are not alike, or there is no data set.
    """
    state = _checkpoint(run)
    if blend is not None:
        _blend(state, blend, share)
    config = SmisConfig.from_dict(state["task"]["config"])
    model = GroupDNet(config)
    model.load_state_dict(state["task"]["average"])
    model.eval()
    tensors = dict(state["task"]["average"])
    if config.codes == "class":
        prior = measure_prior(model, FrameDataset(data, "train", "both"))
        config = replace(config, prior_rank=prior.factor.shape[-1])
        tensors |= {f"prior.{key}": value for key, value in prior.state_dict().items()}
    config = _with_tint_ranges(config, data)
    state["task"] |= {"average": tensors, "config": config.to_dict()}
    return _save(run, state, name, folder, method="smis", domain=domain)


def export_apart(
    run: Path, name: str, folder: Path, *, domain: str, data: Path | None
) -> ModelCard:
    """As `export_run`, of a model that learned to keep its classes apart: its prior is the old one.

    Raises:
        ContractError: the run has no checkpoint, or there is no data set in ``data``.
    """
    state = _checkpoint(run)
    if data is not None:
        config = SmisConfig.from_dict(state["task"]["config"])
        state["task"]["config"] = _with_tint_ranges(config, data).to_dict()
    return _save(run, state, name, folder, method="smis", domain=domain)


def _with_tint_ranges(config: SmisConfig, data: Path) -> SmisConfig:
    if "tint" not in config.guides:
        return config
    ranges = measure_tint_ranges(config, FrameDataset(data, "train", "both"))
    return replace(config, tint_ranges=ranges)


def _blend(state: dict[str, Any], earlier: Path, share: float) -> None:
    """Mix the averaged weights of an earlier run into those of ``state``."""
    if not 0 <= share <= 1:
        raise ContractError("share", f"{share} is out of range", "Use 0 to 1")
    other = _checkpoint(earlier)
    mine, theirs = state["task"]["average"], other["task"]["average"]
    if {k: v.shape for k, v in mine.items()} != {k: v.shape for k, v in theirs.items()}:
        raise ContractError("blend", f"{earlier} has other networks", "Name the run it began with")
    state["task"]["average"] = {
        key: torch.lerp(theirs[key], value, share) if value.is_floating_point() else value
        for key, value in mine.items()
    }
    state["blended"] = {"with": seen_by(other), "share": share}


def export_run(run: Path, name: str, folder: Path, *, method: str, domain: str) -> ModelCard:
    """Write ``name.safetensors`` and ``name.json`` into ``folder`` from a run's checkpoint.

    Raises:
        ContractError: the run has no checkpoint.
    """
    return _save(run, _checkpoint(run), name, folder, method=method, domain=domain)


def _checkpoint(run: Path) -> dict[str, Any]:
    path = run / "checkpoint.pt"
    if not path.exists():
        raise ContractError(str(run), "there is no checkpoint", "Train first: blockout train")
    return torch.load(path, map_location="cpu", weights_only=True)


def _save(
    run: Path, state: dict[str, Any], name: str, folder: Path, *, method: str, domain: str
) -> ModelCard:
    task = state["task"]
    tensors = {
        key: value.half() for key, value in task["average"].items() if value.dtype.is_floating_point
    }
    config = json.loads(json.dumps(task["config"]))
    return save_model(
        folder,
        name,
        tensors,
        method=method,
        domain=domain,
        size=int(config.get("size", 0)) or _size_of_data(run),
        config=config,
        training=_measured(run, state),
    )


def method_of(run: Path) -> str:
    """The method that a run trained; runs of the first version were all of SMIS."""
    return str(read_run(run).get("method", "smis"))


def _size_of_data(run: Path) -> int:
    """Side of the pictures that a run was trained on; 0 when it was not written down."""
    recipe = read_run(run).get("data", {}).get("recipe", {})
    return int(recipe.get("size", 0))


def _measured(run: Path, state: dict[str, Any]) -> dict[str, Any]:
    """What the run wrote down of itself."""
    facts: dict[str, Any] = {
        **seen_by(state),
        "steps": state["task"]["steps"],
        "options": state["task"]["options"],
    }
    if state["seconds"]:
        facts["images_per_s"] = round(state["images"] / state["seconds"], 2)
        facts["waiting"] = round(state.get("waited", 0.0) / state["seconds"], 4)
    if "blended" in state:
        facts["blended"] = state["blended"]
    last = last_row(run, state["images"])  # the log may have gone on after the checkpoint
    if last:
        facts["last_losses"] = last
    told = read_run(run)
    if told:
        facts["data"], facts["machine"] = told["data"], told["machine"]
        facts["preset"], facts["seed"] = told["preset"], told["loop"]["seed"]
    elif (run / "data.json").exists():  # A run of an earlier version.
        facts["data"] = json.loads((run / "data.json").read_text())
    return facts

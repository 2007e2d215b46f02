# SPDX-License-Identifier: Apache-2.0
"""``blockout train smis-apart``: a finished model learns to keep its classes apart."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lightning_fabric import Fabric
from torch import nn
from torch.optim import Optimizer

from neural_core.contract import ContractError
from neural_core.data.dataset import FrameDataset
from neural_core.data.families import palette_of
from neural_core.data.store import DatasetStore
from neural_core.methods.smis.config import SmisConfig
from neural_core.methods.smis.loading import load_network
from neural_core.methods.smis.model import GroupDNet
from neural_core.methods.smis.self_distillation import SelfDistillation, SelfDistillationOptions
from neural_core.weights import find_model

from .loop import LoopOptions, train
from .parallel import make_fabric, precision_of
from .random_state import seed_everything
from .run_config import RunConfig, field_defaults, machine_facts, start_or_continue
from .smis import sheet_writer
from .smis_settings import changed

METHOD = "smis-apart"
_PARTS = {"config": SmisConfig, "options": SelfDistillationOptions}


class ApartTask(SelfDistillation):
    """Self-distillation in the loop."""

    def __init__(self, teacher: GroupDNet, options: SelfDistillationOptions, fabric: Fabric):
        super().__init__(teacher, options, fabric.device)
        self.fabric = fabric

    def modules(self) -> Sequence[nn.Module]:
        """Networks that must start equal on all processes."""
        return (self.model, self.average.module)

    def optimizers(self) -> Sequence[Optimizer]:
        """Optimisers whose gradients are averaged."""
        return (self.optimizer,)

    def _autocast(self) -> Any:
        return self.fabric.autocast()


def train_apart(
    data: Path,
    out: Path,
    loop: LoopOptions,
    *,
    model: str,
    changes: Mapping[str, str] | None = None,
    blockout_share: float = 0.7,
    device: str = "cpu",
    precision: str = "auto",
) -> None:
    """Train on a data-set folder; resumable; leaves checkpoint, log and samples in ``out``.

    Args:
        model: name of the installed SMIS model that teaches.
        changes: values, as text, of fields of `SelfDistillationOptions`.

    Raises:
        ContractError: no such model, one without codes per class, an unknown option, no data set,
            or ``out`` holds another run.
    """
    card = find_model("smis", model)
    teacher = load_network(card)
    _check_codes(teacher, model)
    options = _options(changes or {})
    recipe = DatasetStore(data).manifest()["recipe"]
    held_out = FrameDataset(data, "val", "both")
    fabric = make_fabric(device, precision)
    seed_everything(loop.seed)
    task = ApartTask(teacher, options, fabric)
    if fabric.is_global_zero:
        taught = {"name": card.name, "sha256": card.sha256, "training": card.training}
        start_or_continue(
            out,
            RunConfig(
                method=METHOD,
                preset=str(card.training.get("preset", card.name)),
                config=task.config.to_dict(),
                options=dataclasses.asdict(options),
                loop={
                    "batch": loop.batch,
                    "seed": loop.seed,
                    "images": loop.images,
                    "teacher": card.sha256,
                },
                data={
                    "recipe": recipe,
                    "blockout_share": blockout_share,
                    "taught_by": taught,
                    "held_out_frames": len(held_out),
                },
                machine=machine_facts(device, precision_of(fabric), fabric.world_size),
            ),
            {name: field_defaults(kind) for name, kind in _PARTS.items()},
        )
    train(
        task,
        lambda: FrameDataset(data, "train", "mixed", blockout_share),
        out,
        loop,
        sheet_writer(task.average.module, held_out, palette_of(recipe["scene"])),
        fabric,
    )


def _check_codes(teacher: GroupDNet, name: str) -> None:
    """Raises ContractError: there is nothing to keep apart, or nothing to encode with."""
    config = teacher.config
    if config.codes != "class" or config.classes < 2 or not teacher.has_encoder:
        raise ContractError(
            "model",
            f"'{name}' has no encoder with a code per class",
            "Name a SMIS model that has both: blockout models list",
        )


def _options(changes: Mapping[str, str]) -> SelfDistillationOptions:
    """Raises ContractError: an unknown field, or a value that does not fit."""
    options = SelfDistillationOptions()
    known = [field.name for field in dataclasses.fields(options)]
    for field, text in changes.items():
        if field not in known:
            raise ContractError("option", f"'{field}' is unknown", f"Use {', '.join(known)}")
        options = changed(options, field, text)
    return options

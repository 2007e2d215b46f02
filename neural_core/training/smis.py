# SPDX-License-Identifier: Apache-2.0
"""``blockout train smis``: the loop put to the method, its sample sheets, the model that ships."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import default_collate

from neural_core.contract import STREET, ContractError, Palette
from neural_core.data.dataset import FrameDataset
from neural_core.data.families import FAMILIES, palette_of
from neural_core.data.forms import form_batch
from neural_core.data.sample import FORMS
from neural_core.data.sheets import class_colors, to_uint8, write_sheet
from neural_core.data.store import DatasetStore
from neural_core.methods.smis.config import SmisConfig
from neural_core.methods.smis.labels import class_masks, guide_maps
from neural_core.methods.smis.model import GroupDNet
from neural_core.methods.smis.objects import ObjectCodes, choose_objects
from neural_core.methods.smis.training import SmisTraining, SmisTrainingOptions, fine_tuning

from .earlier import begin_with
from .loop import LoopOptions, OnSheet, train
from .parallel import InFabric, make_fabric, precision_of
from .random_state import seed_everything
from .run_config import RunConfig, field_defaults, machine_facts, start_or_continue
from .smis_settings import SmisSettings, smis_settings

SHEET_FRAMES = 8
_PARTS = {"config": SmisConfig, "options": SmisTrainingOptions}


class SmisTask(InFabric, SmisTraining):
    """SMIS in the loop."""


def train_smis(
    data: Path,
    out: Path,
    loop: LoopOptions,
    *,
    preset: str = "street-128",
    relative: str | None = None,
    changes: Mapping[str, str] | None = None,
    blockout_share: float = 0.7,
    device: str = "cpu",
    precision: str = "auto",
    start: Path | None = None,
) -> None:
    """Train on a data-set folder; resumable; leaves checkpoint, log and samples in ``out``.

    ``preset``, ``relative``, ``changes``: see `smis_settings`. ``start`` is the folder of a run
    whose networks this one begins with, on the schedule for that.

    Raises:
        ContractError: an unknown preset or option, no data set or one of other classes, ``out``
            holds another run, or the run in ``start`` is none or has other networks.
    """
    options = SmisTrainingOptions()
    settings = smis_settings(preset, relative, changes, fine_tuning(options) if start else options)
    recipe = DatasetStore(data).manifest()["recipe"]
    _check_classes(settings, recipe)
    held_out = FrameDataset(data, "val", "both")
    fabric = make_fabric(device, precision)
    seed_everything(loop.seed)
    task = SmisTask(settings.config, settings.options, fabric)
    earlier = None if start is None else begin_with(task, start)
    if fabric.is_global_zero:
        facts = {"recipe": recipe, "blockout_share": blockout_share}
        facts |= {"began_with": earlier} if earlier else {}
        start_or_continue(
            out,
            RunConfig(
                method="smis",
                preset=settings.name,
                config=task.config.to_dict(),
                options=asdict(task.options),
                loop={"batch": loop.batch, "seed": loop.seed, "images": loop.images},
                data={**facts, "held_out_frames": len(held_out)},
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


def sheet_writer(model: GroupDNet, held_out: FrameDataset, palette: Palette) -> OnSheet:
    """Sample sheets of the model in both forms, of frames of a set that was opened in both."""
    step = max(1, len(held_out) // SHEET_FRAMES)
    frames = default_collate([held_out[i] for i in range(0, len(held_out), step)][:SHEET_FRAMES])

    def on_sheet(path: Path) -> dict[str, float]:
        measured = {}
        for form in FORMS:
            own = path.with_stem(f"{path.stem}_{form}")
            measured = sample_sheet(model, frames, form, own, palette)
        return measured

    return on_sheet


def _check_classes(settings: SmisSettings, recipe: dict[str, Any]) -> None:
    """Raises ContractError: the data set is of a family whose palette is not the preset's."""
    family = FAMILIES.get(recipe["scene"])
    if family is not None and family.palette != settings.name.split("-")[0]:
        raise ContractError(
            "preset",
            f"{settings.name} does not know the classes of '{recipe['scene']}'",
            f"Use --preset {family.palette}",
        )


@torch.no_grad()
def sample_sheet(
    model: GroupDNet,
    frames: dict[str, Tensor],
    form: str,
    path: Path,
    palette: Palette = STREET,
) -> dict[str, float]:
    """Rows: Cycles, labels, encoded from the truth, three looks, one class redrawn alone.

    Where the network has painted codes, one row more: every object has a look of its own.

    Returns:
        ``spread``: how far apart two looks are, over how far apart two of the truths are.
    """
    config = model.config
    device = next(model.parameters()).device
    batch = {name: value.to(device) for name, value in form_batch(frames, form).items()}
    masks, guides = class_masks(batch["semantic"], config), guide_maps(batch, config)
    image = batch["image"].float() / 127.5 - 1
    random_state = torch.get_rng_state()
    torch.manual_seed(7)
    mean, _ = model.encoder(image, masks)
    looks = [torch.randn(mean[:1].shape).to(mean).expand_as(mean) for _ in range(4)]
    recoded = looks[0].clone()
    slot = config.class_names.index("building") if "building" in config.class_names else 0
    width = config.latent_channels
    recoded[:, slot * width : (slot + 1) * width] = looks[3][:, slot * width : (slot + 1) * width]
    objects = _own_looks(batch["instance"], masks, config) if config.object_channels else None
    torch.set_rng_state(random_state)
    drawn = [model.generate(masks, look, guides) for look in looks[:3]]
    rows = [
        ("Cycles", image),
        ("labels", None),
        ("encoded", model.generate(masks, mean, guides)),
        *((f"look {number}", picture) for number, picture in enumerate(drawn, 1)),
        (f"look 1,\n{config.class_names[slot]}\nredrawn", model.generate(masks, recoded, guides)),
    ]
    if objects is not None:
        rows.append(("look 1,\nobjects\nvary", model.generate(masks, looks[0], guides, objects)))
    labels = [class_colors(s.cpu().numpy(), palette) for s in batch["semantic"]]
    write_sheet(
        path,
        [
            (name, labels if pictures is None else [to_uint8(p.cpu().numpy()) for p in pictures])
            for name, pictures in rows
        ],
    )
    between_reals = (image - image.roll(1, 0)).abs().mean()
    return {"spread": float((drawn[0] - drawn[1]).abs().mean() / (between_reals + 1e-6))}


def _own_looks(instance: Tensor, masks: Tensor, config: SmisConfig) -> ObjectCodes:
    """A look of its own for every object, drawn by chance."""
    owner = choose_objects(instance, masks, int(instance.max()) + 1, 1)
    shape = (len(owner), max(int(owner.max()), 1), *config.code_shape)
    return ObjectCodes(torch.randn(shape).to(masks), owner)

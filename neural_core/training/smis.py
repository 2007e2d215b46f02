# SPDX-License-Identifier: Apache-2.0
"""``blockout train smis``: the loop put to the method, its sample sheets, the model that ships."""

from __future__ import annotations

import json
from pathlib import Path

import torch
from torch import Tensor
from torch.utils.data import default_collate

from neural_core.contract import STREET, write_atomically
from neural_core.data.dataset import FrameDataset
from neural_core.data.sheets import class_colors, to_uint8, write_sheet
from neural_core.data.store import DatasetStore
from neural_core.methods.smis.config import PRESETS
from neural_core.methods.smis.labels import class_masks, guide_maps
from neural_core.methods.smis.model import GroupDNet
from neural_core.methods.smis.training import SmisTraining

from .loop import LoopOptions, train

SHEET_FRAMES = 8


def train_smis(
    data: Path,
    out: Path,
    minutes: float,
    *,
    preset: str = "street-128",
    batch: int = 4,
    blockout_share: float = 0.7,
    device: str = "cpu",
) -> None:
    """Train on a data-set folder; resumable; leaves checkpoint, log and samples in ``out``."""
    recipe = DatasetStore(data).manifest()["recipe"]
    held_out = FrameDataset(data, "val", "both")
    task = SmisTraining(PRESETS[preset], device=device)
    step = max(1, len(held_out) // SHEET_FRAMES)
    frames = default_collate([held_out[i] for i in range(0, len(held_out), step)][:SHEET_FRAMES])

    def open_dataset() -> FrameDataset:
        frames = FrameDataset(data, "train", "mixed", blockout_share)
        facts = {"train_frames": len(frames), "blockout_share": blockout_share, "recipe": recipe}
        write_atomically(out / "data.json", json.dumps(facts).encode())
        return frames

    def on_sheet(path: Path) -> None:
        for form in ("detailed", "blockout"):
            sample_sheet(task.average.module, frames, form, path.with_stem(f"{path.stem}_{form}"))

    train(task, open_dataset, out, LoopOptions(minutes, batch), on_sheet)


def form_batch(frames: dict[str, Tensor], form: str) -> dict[str, Tensor]:
    """The tensors of one form out of a batch that holds both."""
    prefix = f"{form}_"
    own = {n.removeprefix(prefix): v for n, v in frames.items() if n.startswith(prefix)}
    return {"image": frames["image"], **own}


@torch.no_grad()
def sample_sheet(model: GroupDNet, frames: dict[str, Tensor], form: str, path: Path) -> None:
    """Rows: Cycles, labels, encoded from the truth, three looks, buildings redrawn alone."""
    config = model.config
    batch = form_batch(frames, form)
    masks, guides = class_masks(batch["semantic"], config), guide_maps(batch, config)
    image = batch["image"].float() / 127.5 - 1
    random_state = torch.get_rng_state()
    torch.manual_seed(7)
    mean, _ = model.encoder(image, masks)
    looks = [torch.randn_like(mean[:1]).expand_as(mean) for _ in range(4)]
    recoded = looks[0].clone()
    slot = config.class_names.index("building") if "building" in config.class_names else 0
    width = config.latent_channels
    recoded[:, slot * width : (slot + 1) * width] = looks[3][:, slot * width : (slot + 1) * width]
    torch.set_rng_state(random_state)
    rows = [
        ("Cycles", image),
        ("labels", None),
        ("encoded", model.generate(masks, mean, guides)),
        ("look 1", model.generate(masks, looks[0], guides)),
        ("look 2", model.generate(masks, looks[1], guides)),
        ("look 3", model.generate(masks, looks[2], guides)),
        ("look 1,\nbuildings\nredrawn", model.generate(masks, recoded, guides)),
    ]
    labels = [class_colors(s.numpy(), STREET) for s in batch["semantic"]]
    write_sheet(
        path,
        [
            (name, labels if pictures is None else [to_uint8(p.numpy()) for p in pictures])
            for name, pictures in rows
        ],
    )

# SPDX-License-Identifier: Apache-2.0
"""``blockout train segmenter``: the judge of `evaluate`, trained on Cycles renders alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from lightning_fabric import Fabric
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import default_collate

from neural_core.data.class_slots import IGNORED, class_slots
from neural_core.data.dataset import FrameDataset
from neural_core.data.families import palette_of
from neural_core.data.sheets import class_colors, to_uint8, write_sheet
from neural_core.data.store import DatasetStore
from neural_core.layers.ema import ExponentialAverage
from neural_core.layers.unet import UNet, UNetConfig

from .loop import LoopOptions, train
from .parallel import make_fabric
from .random_state import seed_everything
from .run_config import RunConfig, machine_facts, start_or_continue

SHEET_FRAMES = 8


@dataclass(frozen=True)
class SegmenterOptions:
    """Of the training.

    Attributes:
        learning_rate: of AdamW; falls to zero along a cosine.
        brightness, noise: largest change of the picture: a judge of pictures that are not quite
            real must not stumble over a tone or a grain.
    """

    learning_rate: float = 2e-3
    weight_decay: float = 1e-4
    brightness: float = 0.15
    noise: float = 0.03


class SegmenterTask:
    """Cross entropy of the labels that a Cycles render was made from.

    Attributes:
        class_ids: palette ids, one per slot; other pixels teach nothing.
    """

    def __init__(
        self,
        class_ids: Sequence[int],
        options: SegmenterOptions,
        fabric: Fabric,
        widths: tuple[int, ...] = (24, 48, 96, 160),
    ) -> None:
        self.class_ids, self.options, self.fabric = list(class_ids), options, fabric
        self.sizes = UNetConfig(3, len(self.class_ids), widths)
        self.network = UNet(self.sizes).to(fabric.device)
        self.average = ExponentialAverage(self.network)
        self.optimizer = torch.optim.AdamW(
            self.network.parameters(), options.learning_rate, weight_decay=options.weight_decay
        )
        self.steps = 0

    def step(self, batch: dict[str, Tensor], progress: float) -> dict[str, float]:
        """One update on a batch with ``image`` and ``semantic``."""
        for group in self.optimizer.param_groups:
            cosine = 0.5 + 0.5 * float(torch.cos(torch.tensor(progress * torch.pi)))
            group["lr"] = self.options.learning_rate * cosine
        picture, wanted = self._augmented(batch)
        with self.fabric.autocast():
            logits = self.network(picture)
        loss = F.cross_entropy(logits.float(), wanted, ignore_index=IGNORED)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.optimizer.step()
        self.average.update(self.network)
        self.steps += 1
        known = wanted != IGNORED
        right = (logits.argmax(1) == wanted)[known].float().mean()
        return {"cross_entropy": float(loss.detach()), "accuracy": float(right.nan_to_num())}

    def modules(self) -> Sequence[nn.Module]:
        """Networks that must start equal on all processes."""
        return (self.network, self.average.module)

    def optimizers(self) -> Sequence[Optimizer]:
        """Optimisers whose gradients are averaged."""
        return (self.optimizer,)

    def state_dict(self) -> dict[str, Any]:
        """Everything a resumed run needs."""
        return {
            "network": self.network.state_dict(),
            "average": self.average.module.state_dict(),
            "average_updates": self.average.updates,
            "optimizer": self.optimizer.state_dict(),
            "steps": self.steps,
            "config": {**asdict(self.sizes), "class_ids": self.class_ids},
            "options": asdict(self.options),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from ``state_dict``."""
        self.network.load_state_dict(state["network"])
        self.average.module.load_state_dict(state["average"])
        self.average.updates = state["average_updates"]
        self.optimizer.load_state_dict(state["optimizer"])
        self.steps = state["steps"]

    @torch.no_grad()
    def recognise(self, image: Tensor) -> Tensor:
        """(B, 3, H, W) uint8 -> (B, H, W) palette ids, by the averaged network."""
        picture = image.to(self.fabric.device).float() / 127.5 - 1
        ids = torch.tensor(self.class_ids, device=self.fabric.device)
        return ids[self.average.module(picture).argmax(1)]

    def _augmented(self, batch: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Pictures in [-1, 1] and slots, some mirrored; brightness and grain vary."""
        device = self.fabric.device
        picture = batch["image"].to(device).float() / 127.5 - 1
        wanted = class_slots(batch["semantic"].to(device), self.class_ids)
        mirrored = torch.rand(len(picture), device=device) < 0.5
        picture = torch.where(mirrored[:, None, None, None], picture.flip(-1), picture)
        wanted = torch.where(mirrored[:, None, None], wanted.flip(-1), wanted)
        tone = 1 + self.options.brightness * (2 * torch.rand(len(picture), 1, 1, 1) - 1).to(device)
        grain = self.options.noise * torch.rand(len(picture), 1, 1, 1).to(device)
        return ((picture + 1) * tone - 1 + grain * torch.randn_like(picture)).clamp(-1, 1), wanted


def train_segmenter(
    data: Path,
    out: Path,
    loop: LoopOptions,
    *,
    device: str = "cpu",
    precision: str = "auto",
) -> None:
    """Train on the Cycles renders of a data set's training split and their detailed labels.

    Raises:
        ContractError: no data set, or ``out`` holds another run.
    """
    recipe = DatasetStore(data).manifest()["recipe"]
    class_ids = sorted(int(i) for i in recipe["classes"] if int(i))
    fabric = make_fabric(device, precision)
    seed_everything(loop.seed)
    task = SegmenterTask(class_ids, SegmenterOptions(), fabric)
    held_out = FrameDataset(data, "val", "detailed")
    step = max(1, len(held_out) // SHEET_FRAMES)
    frames = default_collate([held_out[i] for i in range(0, len(held_out), step)][:SHEET_FRAMES])
    if fabric.is_global_zero:
        start_or_continue(
            out,
            RunConfig(
                method="segmenter",
                preset=recipe["scene"],
                config={**asdict(task.sizes), "class_ids": class_ids},
                options=asdict(task.options),
                loop={"batch": loop.batch, "seed": loop.seed, "images": loop.images},
                data={"recipe": recipe, "held_out_frames": len(held_out)},
                machine=machine_facts(device, precision, fabric.world_size),
            ),
        )

    def on_sheet(path: Path) -> dict[str, float]:
        found, wanted = task.recognise(frames["image"]).cpu(), frames["semantic"]
        palette = palette_of(recipe["scene"])
        rows = [
            ("Cycles", [to_uint8(i.numpy() / 127.5 - 1) for i in frames["image"].float()]),
            ("labels", [class_colors(s.numpy(), palette) for s in wanted]),
            ("recognised", [class_colors(s.numpy(), palette) for s in found]),
        ]
        write_sheet(path, rows)
        known = wanted != 0
        return {"held_out_accuracy": float((found == wanted)[known].float().mean())}

    train(task, lambda: FrameDataset(data, "train", "detailed"), out, loop, on_sheet, fabric)

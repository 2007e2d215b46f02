# SPDX-License-Identifier: Apache-2.0
"""A finished model teaches a copy of itself to keep its classes apart.

A layout is drawn by the model, and once more with another code for one class. What the copy learns
from is put together of both: the second picture inside that class, the first one elsewhere. No
discriminator and no truth is needed, and encoder and prior stay as they are: styles and seeds
keep their meaning.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn

from neural_core.layers.ema import ExponentialAverage
from neural_core.layers.losses import two_scale_l1
from neural_core.layers.schedule import linear_decay

from .apart import noise_or_next, redraw_classes, seen_class_by_size, share_outside
from .labels import class_masks, guide_maps
from .model import GroupDNet, reparametrised
from .objects import ObjectCodes, objects_of_some
from .training import drop_tints

Batch = Mapping[str, Tensor]


@dataclass(frozen=True)
class SelfDistillationOptions:
    """Weights and schedule.

    Attributes:
        learning_rate: of Adam; falls linearly to a tenth from ``decay_from`` of the run on.
        likeness: weight of the distance to what the model drew before, with its codes as they were.
        redrawn: weight of the distance to the picture that was put together.
        apart: weight of the share of the change that lies outside the class (`share_outside`).
        drawn_share: share of the pictures whose codes are drawn; the others' are encoded.
        tint_dropout: share of instances whose tint is withheld.
        objects, object_share, object_pixels: as in `SmisTrainingOptions`.
    """

    learning_rate: float = 3e-4
    decay_from: float = 0.5
    likeness: float = 10.0
    redrawn: float = 10.0
    apart: float = 8.0
    drawn_share: float = 0.6
    tint_dropout: float = 0.5
    objects: int = 8
    object_share: float = 0.4
    object_pixels: int = 24


class SelfDistillation:
    """Teacher, copy, optimiser and one step; the loop lives elsewhere.

    Args:
        teacher: a model with codes per class and a prior; it is not changed.
    """

    def __init__(
        self,
        teacher: GroupDNet,
        options: SelfDistillationOptions | None = None,
        device: torch.device | str = "cpu",
    ) -> None:
        self.config = teacher.config
        self.options = options or SelfDistillationOptions()
        self.device = torch.device(device)
        self.teacher = teacher.to(self.device).eval().requires_grad_(False)
        # In eval mode: batch statistics are part of what the model computes, and stay.
        self.model = copy.deepcopy(self.teacher)
        self.model.decoder.requires_grad_(True)
        self.average = ExponentialAverage(self.model)
        self.optimizer = torch.optim.Adam(
            self.model.decoder.parameters(), self.options.learning_rate, (0.5, 0.99)
        )
        self.steps = 0

    def state_dict(self) -> dict[str, Any]:
        """Everything a resumed run needs beside the teacher, tensors and plain values only."""
        return {
            "model": self.model.state_dict(),
            "average": self.average.module.state_dict(),
            "average_updates": self.average.updates,
            "optimizer": self.optimizer.state_dict(),
            "steps": self.steps,
            "config": self.config.to_dict(),
            "options": asdict(self.options),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from ``state_dict``."""
        self.model.load_state_dict(state["model"])
        self.average.module.load_state_dict(state["average"])
        self.average.updates = state["average_updates"]
        self.optimizer.load_state_dict(state["optimizer"])
        self.steps = state["steps"]

    def step(self, batch: Batch, progress: float) -> dict[str, float]:
        """One update; ``progress`` in [0, 1] through the run. Returns the losses."""
        self._set_learning_rate(progress)
        batch = {name: value.to(self.device) for name, value in batch.items()}
        if "tint" in self.config.guides:
            batch = drop_tints(batch, self.options.tint_dropout)
        masks, guides = class_masks(batch["semantic"], self.config), guide_maps(batch, self.config)
        with torch.no_grad(), self._autocast():
            codes = self._codes(batch["image"].float() / 127.5 - 1, masks)
            objects = self._objects(batch["instance"], masks)
        others = noise_or_next(codes, self._drawn(len(codes)))
        redrawn = redraw_classes(codes, others, seen_class_by_size(masks), masks, self.config)
        with torch.no_grad():
            before, again = self._pair(self.teacher, codes, redrawn.codes, masks, guides, objects)
        found, found_again = self._pair(self.model, codes, redrawn.codes, masks, guides, objects)
        options = self.options
        wanted = torch.where(redrawn.outside, before, again)
        losses = {
            "likeness": two_scale_l1(found, before) * options.likeness,
            "redrawn": two_scale_l1(found_again, wanted) * options.redrawn,
            "apart": share_outside(found, found_again, redrawn.outside) * options.apart,
        }
        self.optimizer.zero_grad(set_to_none=True)
        torch.stack(list(losses.values())).sum().backward()
        nn.utils.clip_grad_norm_(self.model.decoder.parameters(), 10.0)
        self.optimizer.step()
        self.average.update(self.model)
        self.steps += 1
        return {name: float(value.detach()) for name, value in losses.items()}

    def _codes(self, image: Tensor, masks: Tensor) -> Tensor:
        """Codes of each picture (B, `code_shape`): drawn from the prior, or encoded."""
        encoded = reparametrised(*self.model.encoder(image, masks)).float()
        chosen = torch.rand(len(image), 1, 1, 1, device=image.device) < self.options.drawn_share
        return torch.where(chosen, self._drawn(len(image)), encoded)

    def _drawn(self, count: int) -> Tensor:
        """Codes from the prior, (count, `code_shape`)."""
        prior = self.model.prior
        if prior is None:
            return torch.randn(count, *self.config.code_shape, device=self.device)
        classes, _, rank = prior.factor.shape
        noise = torch.randn(count, classes, rank, device=self.device)
        values = prior.mean + torch.einsum("cdr,bcr->bcd", prior.factor, noise)
        return values.reshape(count, *self.config.code_shape)

    def _objects(self, instance: Tensor, masks: Tensor) -> ObjectCodes | None:
        """Looks of their own for some objects of some pictures, where the network can have them."""
        if not self.config.object_channels:
            return None
        options = self.options
        owner = objects_of_some(
            instance, masks, options.objects, options.object_pixels, options.object_share
        )
        count = max(int(owner.max()), 1)
        codes = self._drawn(len(owner) * count).unflatten(0, (len(owner), count))
        return ObjectCodes(codes, owner)

    def _pair(
        self,
        model: GroupDNet,
        codes: Tensor,
        others: Tensor,
        masks: Tensor,
        guides: Tensor,
        objects: ObjectCodes | None,
    ) -> tuple[Tensor, Tensor]:
        """The pictures of two sets of codes, in one pass."""
        twice = None
        if objects is not None:
            twice = ObjectCodes(objects.codes.repeat(2, 1, 1, 1, 1), objects.owner.repeat(2, 1, 1))
        layout = torch.channels_last
        both = masks.repeat(2, 1, 1, 1).contiguous(memory_format=layout)
        shown = guides.repeat(2, 1, 1, 1).contiguous(memory_format=layout)
        with self._autocast():
            drawn = model.decoder(torch.cat([codes, others]), both, shown, twice)
        first, second = drawn.float().chunk(2)
        return first, second

    def _set_learning_rate(self, progress: float) -> None:
        factor = linear_decay(progress, self.options.decay_from)
        for group in self.optimizer.param_groups:
            group["lr"] = self.options.learning_rate * factor

    def _autocast(self) -> Any:
        return torch.autocast(self.device.type, dtype=torch.bfloat16)

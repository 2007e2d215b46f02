# SPDX-License-Identifier: Apache-2.0
"""The prior of a trained SMIS model, measured on the pictures it was trained on."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.utils.data import DataLoader, Subset

from neural_core.data.dataset import FrameDataset
from neural_core.data.forms import form_batch
from neural_core.methods.smis.labels import class_masks
from neural_core.methods.smis.model import GroupDNet
from neural_core.methods.smis.objects import choose_objects
from neural_core.methods.smis.prior import CodePrior, fit_prior

PICTURES = 1000
RANK = 16
OBJECTS = 8
LEAST_SHARE = 0.005
"""A class or object with a smaller share of a picture's pixels tells nothing of how it looks."""


@torch.no_grad()
def measure_prior(model: GroupDNet, frames: FrameDataset, pictures: int = PICTURES) -> CodePrior:
    """Encode pictures (those of a data set opened in both forms), and fit.

    The model must have a code per class. The same model and frames give the same prior.
    """
    with torch.random.fork_rng(devices=[]):
        # Which of a picture's many objects count is drawn by lot.
        torch.manual_seed(0)
        return fit_prior(*_measured(model, frames, pictures), RANK)


def _measured(model: GroupDNet, frames: FrameDataset, pictures: int) -> tuple[Tensor, Tensor]:
    """Codes (N, C, D), and which classes each of them shows: (N, C) bool."""
    step = max(1, len(frames) // pictures)
    some = Subset(frames, range(0, len(frames), step))
    codes, shown = [], []
    for batch in DataLoader(some, batch_size=8):
        own = form_batch(batch, "detailed")
        masks = class_masks(own["semantic"], model.config)
        mean = model.encode(own["image"].float() / 127.5 - 1, masks)
        codes.append(mean.unflatten(1, (model.config.classes, -1)).flatten(2))
        shown.append(masks.mean((2, 3)) >= LEAST_SHARE)
        if model.config.object_channels:
            single, of_class = _of_objects(model, own, masks)
            codes.append(single)
            shown.append(of_class)
    return torch.cat(codes), torch.cat(shown)


def _of_objects(model: GroupDNet, batch: dict[str, Tensor], masks: Tensor) -> tuple[Tensor, Tensor]:
    """Codes (N, C, D) of single objects, and of which class each is: (N, C) bool."""
    classes = model.config.classes
    least = round(LEAST_SHARE * masks[0, 0].numel())
    owner = choose_objects(batch["instance"], masks, OBJECTS, least)
    found = model.encoder.of_objects(batch["image"].float() / 127.5 - 1, masks, owner)
    there = found.slot >= 0
    values = found.mean[there].flatten(1)
    return values[:, None].expand(-1, classes, -1), F.one_hot(found.slot[there], classes) > 0

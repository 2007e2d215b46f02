# SPDX-License-Identifier: Apache-2.0
"""The prior of a trained SMIS model, measured on the pictures it was trained on."""

from __future__ import annotations

import torch
from torch.utils.data import DataLoader, Subset

from neural_core.data.dataset import FrameDataset
from neural_core.data.forms import form_batch
from neural_core.methods.smis.labels import class_masks
from neural_core.methods.smis.model import GroupDNet
from neural_core.methods.smis.prior import CodePrior, fit_prior

PICTURES = 1000
RANK = 16
LEAST_SHARE = 0.005
"""A class with a smaller share of a picture's pixels tells nothing of how it looks."""


@torch.no_grad()
def measure_prior(model: GroupDNet, frames: FrameDataset, pictures: int = PICTURES) -> CodePrior:
    """Encode pictures (those of a data set opened in both forms), and fit.

    The model must have a code per class.
    """
    step = max(1, len(frames) // pictures)
    some = Subset(frames, range(0, len(frames), step))
    codes, shown = [], []
    for batch in DataLoader(some, batch_size=8):
        own = form_batch(batch, "detailed")
        masks = class_masks(own["semantic"], model.config)
        mean = model.encode(own["image"].float() / 127.5 - 1, masks)
        codes.append(mean.unflatten(1, (model.config.classes, -1)).flatten(2))
        shown.append(masks.mean((2, 3)) >= LEAST_SHARE)
    return fit_prior(torch.cat(codes), torch.cat(shown), RANK)

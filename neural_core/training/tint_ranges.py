# SPDX-License-Identifier: Apache-2.0
"""Which colours a SMIS model has seen on each class, measured on its training set."""

from __future__ import annotations

import torch
from torch.utils.data import DataLoader, Subset

from neural_core.data.dataset import FrameDataset
from neural_core.data.forms import form_batch
from neural_core.data.sample import FORMS
from neural_core.methods.smis.config import SmisConfig, TintRanges
from neural_core.methods.smis.labels import class_masks
from neural_core.methods.smis.tints import NONE_SEEN, tint_values

PICTURES = 400


def measure_tint_ranges(
    config: SmisConfig, frames: FrameDataset, pictures: int = PICTURES
) -> TintRanges:
    """The least and the largest value of each channel on each class of the config.

    Args:
        frames: a data set opened in both forms; up to about ``pictures`` of it are read.
    """
    low, high = torch.ones(config.classes, 3), torch.zeros(config.classes, 3)
    step = max(1, len(frames) // pictures)
    for batch in DataLoader(Subset(frames, range(0, len(frames), step)), batch_size=8):
        for form in FORMS:
            own = form_batch(batch, form)
            there = class_masks(own["semantic"], config) * own["tint_valid"] > 0
            values = tint_values(own["tint"]).float()
            for slot in torch.nonzero(there.any(3).any(2).any(0))[:, 0].tolist():
                seen = values.movedim(1, -1)[there[:, slot]]
                low[slot] = torch.minimum(low[slot], seen.amin(0))
                high[slot] = torch.maximum(high[slot], seen.amax(0))
    found = (low * 1000).round() / 1000, (high * 1000).round() / 1000
    ranges = torch.stack(found, -1).double().tolist()
    return tuple(
        tuple((round(a, 3), round(b, 3)) for a, b in channels)
        if all(a <= b for a, b in channels)
        else NONE_SEEN
        for channels in ranges
    )

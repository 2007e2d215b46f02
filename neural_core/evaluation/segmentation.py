# SPDX-License-Identifier: Apache-2.0
"""What a segmenter recognises in pictures, against the labels they were made from."""

from __future__ import annotations

import torch
from torch import Tensor
from torchmetrics.functional.classification import multiclass_confusion_matrix

from neural_core.data.class_slots import IGNORED


class Confusion:
    """Counts (C, C): rows are the classes asked for, columns those recognised."""

    def __init__(self, classes: int) -> None:
        self.classes = classes
        self.counts = torch.zeros(classes, classes, dtype=torch.int64)

    def update(self, recognised: Tensor, asked: Tensor) -> None:
        """Two (B, H, W) slot maps; where ``asked`` is IGNORED nothing is counted."""
        self.counts += multiclass_confusion_matrix(
            recognised.long(), asked.long(), self.classes, ignore_index=IGNORED
        ).cpu()

    def accuracy(self) -> float:
        """Share of pixels recognised as what was asked for; NaN when nothing was counted."""
        counts = self.counts.double()
        return float(counts.trace() / counts.sum())

    def intersection_over_union(self) -> Tensor:
        """(C,) per class, NaN for classes that were never asked for."""
        counts = self.counts.double()
        hit, asked, found = counts.diagonal(), counts.sum(1), counts.sum(0)
        return torch.where(asked > 0, hit / (asked + found - hit), torch.nan)

    def mean_iou(self) -> float:
        """Mean over the classes that were asked for."""
        return float(self.intersection_over_union().nanmean())

# SPDX-License-Identifier: Apache-2.0
"""Class-specific diversity of a multi-modal generator (SMIS, Zhu et al. 2020: mCSD and mOCD).

Of each picture and each class in it, only the code of that class is drawn again. mCSD is how much
the class then changes (higher is better), mOCD how much everything else does (lower is better).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

Distance = Callable[[Tensor, Tensor], Tensor]
"""Two (B, 3, H, W) in [-1, 1] -> (B,)."""

Redraw = Callable[[int, int], Tensor]
"""Slot of a class, number of the draw -> pictures (B, 3, H, W); only that class's code differs."""

PAIRS = 19


@dataclass(frozen=True)
class Diversity:
    """Means over pairs, then classes, then pictures; ``*_by_area`` over the share of the region.

    Attributes:
        pictures, pairs: how many of each went in; pairs are those per picture and class.
    """

    mcsd: float
    mocd: float
    mcsd_by_area: float
    mocd_by_area: float
    pictures: int
    pairs: int


class DiversityMeter:
    """Collects batch after batch, then gives the means."""

    def __init__(self, distance: Distance, pairs: int = PAIRS) -> None:
        self.distance = distance
        self.pairs = pairs
        self._pictures: list[Tensor] = []

    @torch.no_grad()
    def update(self, redraw: Redraw, masks: Tensor) -> None:
        """Measure one batch, whose class masks are (B, C, H, W)."""
        batch, classes = masks.shape[:2]
        sums = torch.zeros(batch, 4, dtype=torch.float64)
        counts = torch.zeros(batch, 1, dtype=torch.float64)
        for slot in range(classes):
            region = (masks[:, slot : slot + 1] > 0.5).float()
            present = region.flatten(1).any(1).cpu()
            if not bool(present.any()):
                continue
            sums[present] += self._class(redraw, slot, region).cpu().double()[present]
            counts[present] += 1
        seen = counts[:, 0] > 0
        self._pictures.append(sums[seen] / counts[seen])

    def result(self) -> Diversity:
        """The means of all that was measured; NaN when there was nothing."""
        rows = torch.cat(self._pictures)
        means = [float(value) for value in rows.mean(0)]
        return Diversity(*means, pictures=len(rows), pairs=self.pairs)

    def _class(self, redraw: Redraw, slot: int, region: Tensor) -> Tensor:
        """(B, 4): inside, outside, and both over the share of their region; mean over pairs."""
        share = region.mean((1, 2, 3))
        total = torch.zeros(len(region), 4, device=region.device)
        before = redraw(slot, 0).float()
        for draw in range(1, self.pairs + 1):
            after = redraw(slot, draw).float()
            inside = self.distance(before * region, after * region)
            outside = self.distance(before * (1 - region), after * (1 - region))
            by_area = (inside / share.clamp(min=1e-9), outside / (1 - share).clamp(min=1e-9))
            total += torch.stack([inside, outside, *by_area], 1)
            before = after
        return total / self.pairs

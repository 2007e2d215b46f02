# SPDX-License-Identifier: Apache-2.0
"""Palette ids as places in a list of classes."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

IGNORED = 255
"""Slot of pixels that have no class in the list."""


def class_slots(semantic: Tensor, class_ids: Sequence[int]) -> Tensor:
    """(B, H, W) palette ids -> their places in ``class_ids``, IGNORED where there is none."""
    lookup = torch.full((65536,), IGNORED, device=semantic.device)
    lookup[list(class_ids)] = torch.arange(len(class_ids), device=semantic.device)
    return lookup[semantic.long()]

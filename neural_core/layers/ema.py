# SPDX-License-Identifier: Apache-2.0
"""Exponential moving average of a module's weights."""

from __future__ import annotations

import copy
from typing import Generic, TypeVar

import torch
from torch import nn

from .spectral import folded_state

M = TypeVar("M", bound=nn.Module)


class ExponentialAverage(Generic[M]):
    """Keeps an averaged copy of a module; buffers (running statistics) are averaged as well.

    The decay ramps as min(decay, (1 + k) / (10 + k)) over the updates k. Spectral norm that the
    module gets later is averaged as the plain weights that it comes to (`spectral.folded_state`).
    """

    def __init__(self, module: M, decay: float = 0.999) -> None:
        self.module: M = copy.deepcopy(module).eval().requires_grad_(False)
        self.decay = decay
        self.updates = 0

    @torch.no_grad()
    def update(self, module: nn.Module) -> None:
        """Move the average towards ``module``."""
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        self.updates += 1
        source = folded_state(module)
        for name, value in self.module.state_dict().items():
            if value.dtype.is_floating_point:
                value.lerp_(source[name].to(value.dtype), 1 - decay)
            else:
                value.copy_(source[name])

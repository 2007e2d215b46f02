# SPDX-License-Identifier: Apache-2.0
"""Colours that are asked for, where the model has seen the like on the class.

Most grounds of a training are one green: the network never learned what another colour there
means, and answers a brown one with magenta. Such a wish is left out, and the class gets a colour
of its own, as if the user had set none.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from .config import SmisConfig

MARGIN = 0.1
"""How far, of the square root of linear values, a colour may lie outside of those of the
training; at most half of what those span: where they span little, little was learned of them."""

NONE_SEEN = ((1.0, 0.0),) * 3
"""The range of a class that never had a colour: nothing lies within."""


def tint_values(tint: Tensor) -> Tensor:
    """Linear colours -> what the network is shown of them, in [0, 1]."""
    return tint.clamp(0, 1).sqrt()


def valid_tints(conditions: Mapping[str, Tensor], masks: Tensor, config: SmisConfig) -> Tensor:
    """Where a colour is asked for that the model knows, (B, 1, H, W) in [0, 1].

    Args:
        conditions: the tensors of `neural_core.data.conditions`, batched.
        masks: (B, C, H, W) one-hot.
    """
    valid = conditions["tint_valid"]
    if not config.tint_ranges:
        return valid
    ranges = torch.tensor(config.tint_ranges, device=valid.device)
    low, high = (
        torch.einsum("bchw,ck->bkhw", masks, ends) for ends in (ranges[..., 0], ranges[..., 1])
    )
    asked = tint_values(conditions["tint"])
    margin = ((high - low) / 2).clamp(0, MARGIN)
    known = ((asked >= low - margin) & (asked <= high + margin) & (low <= high)).all(1, True)
    return valid * known


def left_out(conditions: Mapping[str, Tensor], masks: Tensor, config: SmisConfig) -> list[str]:
    """Names of the classes on which a colour is asked for that the model does not know."""
    gone = (conditions["tint_valid"] - valid_tints(conditions, masks, config)) * masks
    slots = torch.nonzero(gone.amax((0, 2, 3)) > 0)[:, 0].tolist()
    return [config.class_names[slot] for slot in slots]

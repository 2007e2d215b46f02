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

from neural_core.data.class_slots import IGNORED, class_slots

from .config import SmisConfig

MARGIN = 0.1
"""How far, of the square root of linear values, a colour may lie outside of those of the
training; at most half of what those span: where they span little, little was learned of them."""

NONE_SEEN = ((1.0, 0.0),) * 3
"""The range of a class that never had a colour: nothing lies within."""

_NO_CLASS = ((0.0, 0.0),) * 3


def tint_values(tint: Tensor) -> Tensor:
    """Linear colours -> what the network is shown of them, in [0, 1]."""
    return tint.clamp(0, 1).sqrt()


def valid_tints(conditions: Mapping[str, Tensor], config: SmisConfig) -> Tensor:
    """Where a colour is asked for that the model knows, (B, 1, H, W) in [0, 1].

    Args:
        conditions: the tensors of `neural_core.data.conditions`, batched.
    """
    valid = conditions["tint_valid"]
    if not config.tint_ranges:
        return valid
    own = zip(config.class_ids, config.tint_ranges, strict=True)
    ranges = [channels for ids, channels in own for _ in ids]
    table = torch.tensor([*ranges, _NO_CLASS], device=valid.device)
    place = class_slots(conditions["semantic"], [n for ids in config.class_ids for n in ids])
    place = torch.where(place == IGNORED, len(ranges), place)
    low, high = table[place].permute(4, 0, 3, 1, 2)
    asked = tint_values(conditions["tint"])
    margin = ((high - low) / 2).clamp(0, MARGIN)
    known = ((asked >= low - margin) & (asked <= high + margin) & (low <= high)).all(1, True)
    return valid * known


def left_out(conditions: Mapping[str, Tensor], config: SmisConfig) -> list[str]:
    """Names of the classes on which a colour is asked for that the model does not know."""
    gone = (conditions["tint_valid"] > valid_tints(conditions, config))[:, 0]
    found = set(conditions["semantic"][gone].unique().tolist())
    named = zip(config.class_names, config.class_ids, strict=True)
    return [name for name, ids in named if found & set(ids)]

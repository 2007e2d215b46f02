# SPDX-License-Identifier: Apache-2.0
"""Objects with looks of their own in one picture.

A code is one for its class. So the coarse half of the decoder runs once for every look, its
features are put together under the objects' masks, and the fine half makes one picture of them:
it sees the labels anyhow, and smooths the seams.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from .fast import FastDecoder, FastLabels

FINE_BLOCKS = 2
"""Blocks that run once, after the looks were put together: at a half and at all of the size."""

_TOGETHER = 8


@dataclass(frozen=True)
class Look:
    """Codes (1, `code_shape`) and where they hold: (1, H, W) bool."""

    codes: Tensor
    where: Tensor


@torch.inference_mode()
def draw_with_looks(
    decoder: FastDecoder, labels: FastLabels, codes: Tensor, looks: Sequence[Look]
) -> Tensor:
    """One picture (1, 3, H, W): ``codes`` everywhere but where a look holds."""
    if not looks:
        return decoder.draw(codes, labels)
    level = max(1, len(labels.modulations) - FINE_BLOCKS)
    features = _coarse(decoder, labels, codes, level)
    own = torch.zeros_like(features)
    covered = torch.zeros_like(features[:, :1])
    for start in range(0, len(looks), _TOGETHER):
        some = looks[start : start + _TOGETHER]
        made = _coarse(decoder, labels, torch.cat([look.codes for look in some]), level)
        where = torch.stack([look.where for look in some]).to(made.dtype)
        share = F.adaptive_avg_pool2d(where, (made.shape[-2], made.shape[-1]))
        own += (made * share).sum(0, keepdim=True)
        covered += share.sum(0, keepdim=True)
    mixed = features * (1 - covered) + own
    mixed = mixed.contiguous(memory_format=torch.channels_last)
    return decoder.finish(decoder.run(mixed, labels, level), labels)


def _coarse(decoder: FastDecoder, labels: FastLabels, codes: Tensor, level: int) -> Tensor:
    return decoder.run(decoder.start(codes, labels), labels, 0, level)

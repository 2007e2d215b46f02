# SPDX-License-Identifier: Apache-2.0
"""Convolutions of label maps, computed once per distinct neighbourhood.

Inside an area of one label all pixels see the same labels around them, so a small network that is
shown labels alone gives them all the same values. A 256 x 256 map of a person has some thousand
distinct 5 x 5 neighbourhoods: that many rows are computed instead of 65,536 pixels.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

TAPS = 9
"""Positions in a 3 x 3 window, row by row from its top left."""

_ROWS = 4096


def distinct_windows(ids: Tensor, outside: int) -> tuple[Tensor, Tensor]:
    """The different 3 x 3 windows of a map.

    Args:
        ids: (B, H, W) int64, not negative.
        outside: the id that stands beyond the edges; no pixel has it.

    Returns:
        windows (N, 9) of ids, and index (B, H, W) of each pixel's window.
    """
    batch, height, width = ids.shape
    padded = F.pad(ids, (1, 1, 1, 1), value=outside)
    # A sum with random 64-bit factors: two windows share it with a chance of about 2^-64 a pair.
    generator = torch.Generator().manual_seed(0x5EED)
    factors = torch.randint(-(2**62), 2**62, (TAPS,), generator=generator).tolist()
    keys = torch.zeros_like(ids)
    for tap, factor in enumerate(factors):
        row, column = divmod(tap, 3)
        keys += padded[:, row : row + height, column : column + width] * (2 * factor + 1)
    _, index = torch.unique(keys.flatten(), return_inverse=True)
    count = int(index.max()) + 1
    positions = torch.arange(index.numel(), device=ids.device)
    one_of = positions.new_empty(count).scatter_(0, index, positions)
    image, row, column = _unravel(one_of, height, width)
    corner = (image * (height + 2) + row) * (width + 2) + column
    steps = [r * (width + 2) + c for r in range(3) for c in range(3)]
    offsets = torch.tensor(steps, device=ids.device)
    return padded.flatten()[corner[:, None] + offsets], index.view(batch, height, width)


def embed_windows(windows: Tensor, table: Tensor, bias: Tensor) -> Tensor:
    """The first convolution: (N, 9) label ids -> (N, hidden).

    ``table`` (9, ids, hidden) holds what each label at each tap adds; ids from its length on (the
    outside) add nothing.
    """
    taps, ids, hidden = table.shape
    rows = torch.cat([table.reshape(taps * ids, hidden), table.new_zeros(1, hidden)])
    steps = torch.arange(taps, device=windows.device) * ids
    index = torch.where(windows < ids, windows + steps, taps * ids)
    return F.embedding_bag(index, rows, mode="sum") + bias


def convolve_windows(windows: Tensor, hidden: Tensor, weight: Tensor, groups: int) -> Tensor:
    """A grouped convolution: (N, 9) indices into ``hidden`` (M, channels) -> (N, outputs).

    The index M stands for the zeros beyond the edges. ``weight`` (outputs, channels / groups, 3, 3)
    as torch keeps it.
    """
    outputs, own = weight.shape[:2]
    padded = torch.cat([hidden, hidden.new_zeros(1, hidden.shape[1])])
    by_group = weight.reshape(groups, outputs // groups, own, TAPS).permute(0, 3, 2, 1)
    by_group = by_group.reshape(groups, TAPS * own, outputs // groups)
    parts = []
    for some in windows.split(_ROWS):
        seen = padded[some].view(len(some), TAPS, groups, own).permute(2, 0, 1, 3)
        made = torch.bmm(seen.reshape(groups, len(some), TAPS * own), by_group)
        parts.append(made.permute(1, 0, 2).reshape(len(some), outputs))
    return torch.cat(parts)


def _unravel(flat: Tensor, height: int, width: int) -> tuple[Tensor, Tensor, Tensor]:
    rest, column = flat // width, flat % width
    return rest // height, rest % height, column

# SPDX-License-Identifier: Apache-2.0
"""Two ways to compute a convolution of many small groups other than to ask the library for it.

Some groups merged into one, whose weight has zeros between them; or one batched matrix product.
Each equals the plain convolution. Which is fastest depends on the processor and on what it is
given: `blockout bench groups` measures it.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def merged_weight(weight: Tensor, groups: int, merged: int) -> Tensor:
    """The weight of the same convolution with fewer groups.

    Args:
        weight: (outputs, inputs / groups, kh, kw).
        groups: its groups; merged: how many it shall have, a divisor of ``groups``.

    Returns:
        (outputs, inputs / merged, kh, kw), zero where an input was of another group.
    """
    if groups % merged:
        raise ValueError(f"{groups} groups cannot be merged into {merged}")
    together = groups // merged
    outputs, own, height, width = weight.shape
    shape = (merged, together, outputs // groups, together, own, height, width)
    result = weight.new_zeros(shape)
    parts = weight.view(merged, together, outputs // groups, own, height, width)
    for index in range(together):
        result[:, index, :, index] = parts[:, index]
    return result.reshape(outputs, together * own, height, width)


def matmul_conv(features: Tensor, weight: Tensor, bias: Tensor | None, groups: int) -> Tensor:
    """A grouped, stride-1, same-size convolution as one batched matrix product.

    (B, inputs, H, W) -> (B, outputs, H, W).
    """
    batch, _, height, width = features.shape
    outputs, own, kernel, _ = weight.shape
    columns = F.unfold(features, kernel, padding=kernel // 2)
    columns = columns.view(batch, groups, own * kernel * kernel, height * width)
    matrix = weight.reshape(groups, outputs // groups, own * kernel * kernel)
    result = torch.matmul(matrix, columns).view(batch, outputs, height, width)
    return result if bias is None else result + bias.view(1, -1, 1, 1)

# SPDX-License-Identifier: Apache-2.0
"""Label convolutions by distinct neighbourhoods, against convolutions of every pixel."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from neural_core.layers.grouped_conv import matmul_conv, merged_weight
from neural_core.layers.label_windows import convolve_windows, distinct_windows, embed_windows


def blobs(height: int, width: int, ids: int) -> torch.Tensor:
    coarse = torch.randint(0, ids, (2, -(-height // 4), -(-width // 4)))
    return coarse.repeat_interleave(4, 1).repeat_interleave(4, 2)[:, :height, :width]


def test_windows_are_distinct_and_each_pixel_finds_its_own() -> None:
    torch.manual_seed(0)
    ids = blobs(13, 17, 3)
    windows, index = distinct_windows(ids, 3)
    assert len(windows) < ids.numel() / 2
    assert len({tuple(w) for w in windows.tolist()}) == len(windows)
    padded = F.pad(ids, (1, 1, 1, 1), value=3)
    for image, row, column in ((0, 0, 0), (1, 12, 16), (0, 5, 7), (1, 3, 0)):
        own = padded[image, row : row + 3, column : column + 3].flatten()
        assert torch.equal(windows[index[image, row, column]], own)


@pytest.mark.parametrize("groups", [1, 2, 4])
def test_two_convolutions_of_labels_equal_the_plain_ones(groups: int) -> None:
    """Also at the edges, where the second one sees zeros and not the first one's bias."""
    torch.manual_seed(1)
    classes, hidden, outputs = 4, 12, 20
    ids = blobs(12, 9, classes)
    first = torch.nn.Conv2d(classes, hidden, 3, padding=1)
    second = torch.nn.Conv2d(hidden, outputs, 3, padding=1, groups=groups, bias=False)
    with torch.no_grad():
        plain = second(first(F.one_hot(ids, classes).permute(0, 3, 1, 2).float()).relu())
        near, near_index = distinct_windows(ids, classes)
        table = first.weight.permute(2, 3, 1, 0).reshape(9, classes, hidden)
        rows = embed_windows(near, table, first.bias).relu()
        far, far_index = distinct_windows(near_index, len(near))
        fast = convolve_windows(far, rows, second.weight, groups)[far_index].permute(0, 3, 1, 2)
    torch.testing.assert_close(fast, plain, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("merged", [1, 2, 3, 6])
def test_merged_groups_and_matrix_products_equal_the_plain_convolution(merged: int) -> None:
    torch.manual_seed(2)
    conv = torch.nn.Conv2d(12, 18, 3, padding=1, groups=6)
    features = torch.randn(2, 12, 5, 7)
    with torch.no_grad():
        plain = conv(features)
        weight = merged_weight(conv.weight, 6, merged)
        other = F.conv2d(features, weight, conv.bias, padding=1, groups=merged)
        product = matmul_conv(features, conv.weight, conv.bias, 6)
    torch.testing.assert_close(other, plain, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(product, plain, rtol=1e-5, atol=1e-5)


def test_groups_are_merged_evenly_or_not_at_all() -> None:
    with pytest.raises(ValueError, match="cannot be merged"):
        merged_weight(torch.zeros(6, 1, 1, 1), 6, 4)

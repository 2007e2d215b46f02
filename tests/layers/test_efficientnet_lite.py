# SPDX-License-Identifier: Apache-2.0
"""The shortcuts of the frozen backbone: the same numbers as the plain way."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from neural_core.layers import efficientnet_lite
from neural_core.layers.efficientnet_lite import EfficientNetLite0, SameConv


def test_a_folded_batch_norm_gives_the_same() -> None:
    torch.manual_seed(0)
    pair = efficientnet_lite._conv_norm(4, 6, 3, 2)
    norm = pair[1]
    assert isinstance(norm, nn.BatchNorm2d)
    assert norm.running_mean is not None and norm.running_var is not None
    for values in (norm.weight.data, norm.running_var):
        values.uniform_(0.5, 2.0)
    for values in (norm.bias.data, norm.running_mean):
        values.normal_()
    pair.eval()
    x = torch.randn(2, 4, 9, 9)
    with torch.no_grad():
        plain = pair(x)
        efficientnet_lite._fold(pair)
        folded = pair(x)
    assert not any(isinstance(part, nn.BatchNorm2d) for part in pair)
    torch.testing.assert_close(folded, plain, rtol=1e-5, atol=1e-5)


def test_the_whole_backbone_is_folded_and_frozen() -> None:
    network = EfficientNetLite0(pretrained=False)
    assert not any(isinstance(part, nn.BatchNorm2d) for part in network.modules())
    assert not any(parameter.requires_grad for parameter in network.parameters())
    shapes = [tuple(tap.shape) for tap in network.taps(torch.zeros(1, 3, 64, 64))]
    assert [shape[2] for shape in shapes] == [32, 16, 8, 4, 2]


@pytest.mark.parametrize("stride", [1, 2])
def test_half_precision_goes_back_as_single_precision_does(stride: int) -> None:
    torch.manual_seed(0)
    conv = SameConv(6, 6, 5, stride, groups=6, bias=False).requires_grad_(False)
    x = torch.randn(2, 6, 11, 11)
    results = []
    for dtype in (torch.float32, torch.bfloat16):
        leaf = x.to(dtype).requires_grad_()
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=dtype == torch.bfloat16):
            found = conv(leaf)
        assert found.dtype == dtype
        (gradient,) = torch.autograd.grad(found.float().square().sum(), leaf)
        results.append((found.detach().float(), gradient.float()))
    for wide, half in zip(*results, strict=True):
        assert float((wide - half).abs().max()) < 0.03 * float(wide.abs().max())

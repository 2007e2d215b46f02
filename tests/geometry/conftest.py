# SPDX-License-Identifier: Apache-2.0
"""One parameter per rasteriser: the same tests run on all of them."""

from __future__ import annotations

import pytest
import torch

from neural_core.geometry.rasterizer import (
    RASTERIZERS,
    Rasterizer,
    RasterizerUnavailable,
    create_rasterizer,
)

torch.set_num_threads(1)


def _create(name: str) -> Rasterizer:
    try:
        return create_rasterizer(name)
    except RasterizerUnavailable as error:
        pytest.skip(str(error))


@pytest.fixture(params=list(RASTERIZERS))
def rasterizer(request: pytest.FixtureRequest) -> Rasterizer:
    """Every variant that this machine has."""
    return _create(request.param)


@pytest.fixture(params=[name for name in RASTERIZERS if name != "pytorch3d"])
def twin(request: pytest.FixtureRequest) -> Rasterizer:
    """Every variant but the reference."""
    return _create(request.param)


@pytest.fixture(scope="session")
def reference() -> Rasterizer:
    """PyTorch3D's rasteriser."""
    return _create("pytorch3d")

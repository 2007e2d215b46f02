# SPDX-License-Identifier: Apache-2.0
"""What the shape of a texture says."""

from __future__ import annotations

import numpy as np
import pytest

from neural_core.contract import ContractError, texture_primitive


@pytest.mark.parametrize("channels", [3, 4])
def test_the_shape_of_a_texture_tells_its_primitive(channels: int) -> None:
    assert texture_primitive(np.zeros((64, 96, channels), np.float32)) == "cuboid"
    assert texture_primitive(np.zeros((64, 128, channels), np.float32)) == "sphere"


@pytest.mark.parametrize("shape", [(64, 64, 3), (96, 64, 3), (64, 96), (0, 0, 3), (64, 96, 1)])
def test_textures_of_other_shapes_are_told(shape: tuple[int, ...]) -> None:
    with pytest.raises(ContractError, match="textures: one has the shape"):
        texture_primitive(np.zeros(shape, np.float32))

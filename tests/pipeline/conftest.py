# SPDX-License-Identifier: Apache-2.0
"""A small scene in numbers: a tinted car-sized box on a road, in the sun."""

from __future__ import annotations

import pytest

from neural_core.commands.doctor import sample_frame
from neural_core.contract import Frame


@pytest.fixture
def frame() -> Frame:
    return sample_frame(32)

# SPDX-License-Identifier: Apache-2.0
"""A made-up frame with passes, and samples of it."""

from __future__ import annotations

import numpy as np
import pytest
from data_doubles import make_frame, make_sample

from neural_core.contract import Frame
from neural_core.data.sample import Sample


@pytest.fixture
def frame() -> Frame:
    return make_frame(np.random.default_rng(5))


@pytest.fixture
def samples() -> list[Sample]:
    return [make_sample(seed, camera) for seed in (19, 20, 21) for camera in range(2)]

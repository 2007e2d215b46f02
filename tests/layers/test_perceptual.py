# SPDX-License-Identifier: Apache-2.0
"""The trunk of HED from a file in its package's layout, with weights that are easy to follow."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hed_weights import write_random_weights

from neural_core.layers import perceptual
from neural_core.layers.perceptual import BGR_MEAN, HedDistance, HedFeatures


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, np.ndarray]:
    """Random kernels (height, width, in, out) by layer, in the file that is found."""
    pytest.importorskip("h5py")
    monkeypatch.setattr(perceptual, "hed_weights_path", lambda: tmp_path / "w.h5")
    return write_random_weights(tmp_path / "w.h5")


def test_kernels_are_turned_and_pictures_are_bgr_around_the_mean(
    weights: dict[str, np.ndarray],
) -> None:
    picture = torch.rand(1, 3, 8, 8) * 2 - 1
    taps = HedFeatures()(picture)
    assert [tuple(t.shape[1:]) for t in taps] == [(64, 8, 8), (128, 4, 4), (256, 2, 2)]
    bgr = (picture[:, [2, 1, 0]] + 1) / 2 * 255 - torch.tensor(BGR_MEAN).view(1, 3, 1, 1)
    first, second = (
        torch.from_numpy(weights[f"conv1_{i}"].transpose(3, 2, 0, 1).copy()) for i in (1, 2)
    )
    expected = F.relu(F.conv2d(F.relu(F.conv2d(bgr, first, padding=1)), second, padding=1))
    torch.testing.assert_close(taps[0], expected, rtol=1e-3, atol=1e-2)


def test_the_distance_is_nothing_for_equals_grows_and_teaches(
    weights: dict[str, np.ndarray],
) -> None:
    distance = HedDistance()
    torch.manual_seed(0)
    target = torch.rand(2, 3, 16, 16) - 0.5
    noise = torch.randn_like(target)
    values = [float(distance(target + a * noise, target)) for a in (0.0, 0.1, 0.4)]
    assert values[0] == 0
    assert values == sorted(values)
    picture = (target + 0.1 * noise).requires_grad_(True)
    distance(picture, target).backward()
    assert picture.grad is not None
    assert picture.grad.abs().sum() > 0
    assert not any(p.requires_grad for p in distance.parameters())

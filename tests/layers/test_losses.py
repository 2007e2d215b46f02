# SPDX-License-Identifier: Apache-2.0
"""Losses against values worked out by hand."""

from __future__ import annotations

import math

import pytest
import torch

from neural_core.layers.ema import ExponentialAverage
from neural_core.layers.losses import (
    feature_matching,
    gaussian_kl,
    hinge_discriminator,
    hinge_generator,
    two_scale_l1,
)
from neural_core.layers.patch_discriminator import MultiScaleDiscriminator, split_pairs


def test_hinge_is_relu_of_one_minus_real_and_one_plus_fake() -> None:
    fake = [[torch.tensor([-2.0, 0.5])]]
    real = [[torch.tensor([2.0, 0.0])]]
    assert hinge_discriminator(fake, real).item() == pytest.approx(0.75 + 0.5)
    assert hinge_generator(fake).item() == pytest.approx(0.75)


def test_feature_matching_ignores_the_logits_and_spares_the_reals() -> None:
    real_feature = torch.zeros(3, requires_grad=True)
    fake_feature = torch.ones(3, requires_grad=True)
    loss = feature_matching(
        [[fake_feature, torch.tensor(9.0)]], [[real_feature, torch.tensor(-9.0)]]
    )
    loss.backward()
    assert loss.item() == pytest.approx(1.0)
    assert real_feature.grad is None
    assert fake_feature.grad is not None


def test_kl_of_the_prior_is_zero_and_of_a_shifted_one_is_half_the_square() -> None:
    zeros = torch.zeros(2, 3)
    assert gaussian_kl(zeros, zeros).item() == 0
    assert gaussian_kl(zeros + 2.0, zeros).item() == pytest.approx(3 * 2.0)
    half = torch.full((2, 3), math.log(0.5))
    expected = 3 * 0.5 * (0.5 - 1 - math.log(0.5))
    assert gaussian_kl(zeros, half).item() == pytest.approx(expected)


def test_two_scale_l1_forgives_noise_at_the_coarse_scale() -> None:
    target = torch.zeros(1, 1, 8, 8)
    checker = torch.ones(8, 8)
    checker[::2, ::2] = -1
    checker[1::2, 1::2] = -1
    assert two_scale_l1(checker[None, None], target).item() == pytest.approx(0.5)
    assert two_scale_l1(target + 1, target).item() == pytest.approx(1.0)


def test_the_average_follows_weights_and_buffers() -> None:
    module = torch.nn.BatchNorm1d(2)
    average = ExponentialAverage(module, decay=0.5)
    with torch.no_grad():
        module.weight.fill_(3.0)
        module.running_mean.fill_(1.0)  # type: ignore[union-attr]
    for _ in range(30):
        average.update(module)
    torch.testing.assert_close(average.module.weight, torch.full((2,), 3.0))
    torch.testing.assert_close(average.module.running_mean, torch.ones(2))


def test_fakes_and_reals_come_apart_as_they_were_stacked() -> None:
    torch.manual_seed(0)
    discriminator = MultiScaleDiscriminator(4, width=8, layers=3).eval()
    fake, real = torch.randn(2, 4, 32, 32), torch.randn(2, 4, 32, 32)
    fakes, reals = split_pairs(discriminator(torch.cat([fake, real])))
    alone_fake, alone_real = discriminator(fake), discriminator(real)
    for together, alone in ((fakes, alone_fake), (reals, alone_real)):
        for a, b in zip(together, alone, strict=True):
            for x, y in zip(a, b, strict=True):
                torch.testing.assert_close(x, y, rtol=1e-4, atol=1e-5)

# SPDX-License-Identifier: Apache-2.0
"""Losses against values worked out by hand."""

from __future__ import annotations

import math

import pytest
import torch

from neural_core.layers.ema import ExponentialAverage
from neural_core.layers.losses import (
    bce_discriminator,
    bce_generator,
    feature_matching,
    gaussian_kl,
    hinge_discriminator,
    hinge_generator,
    lsgan_discriminator,
    lsgan_generator,
    r1_penalty,
    scaled_kl,
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


def test_least_squares_by_hand() -> None:
    fake, real = [[torch.tensor([0.0, 2.0])]], [[torch.tensor([1.0, 0.0])]]
    assert lsgan_discriminator(fake, real).item() == pytest.approx(0.5 * (2.0 + 0.5))
    assert lsgan_generator(fake).item() == pytest.approx(1.0)


def test_cross_entropy_by_hand_and_over_scales() -> None:
    fake, real = [[torch.tensor([0.0])], [torch.tensor([3.0])]], [[torch.tensor([0.0])]] * 2
    half = math.log(2)
    expected = (2 * half + half + math.log1p(math.exp(3))) / 2
    assert bce_discriminator(fake, real).item() == pytest.approx(expected)
    assert bce_generator(fake).item() == pytest.approx((half + math.log1p(math.exp(-3))) / 2)


def test_r1_is_the_squared_slope_at_reals_and_can_be_trained_on() -> None:
    slope = torch.tensor([2.0, -1.0, 0.5], requires_grad=True)
    real = torch.randn(4, 3, requires_grad=True)
    penalty = r1_penalty(real @ slope, real)
    assert penalty.item() == pytest.approx(4 + 1 + 0.25)
    penalty.backward()
    torch.testing.assert_close(slope.grad, 2 * slope.detach())


def test_the_scaled_kl_does_not_know_batch_size_or_classes() -> None:
    torch.manual_seed(0)
    mean, log_variance = torch.randn(1, 8, 4, 4), torch.randn(1, 8, 4, 4)
    once = scaled_kl(mean, log_variance)
    again = scaled_kl(mean.repeat(6, 5, 1, 1), log_variance.repeat(6, 5, 1, 1))
    torch.testing.assert_close(once, again)
    # Where the authors tuned it, it is their sum.
    mean, log_variance = torch.randn(8, 64, 4, 4), torch.randn(8, 64, 4, 4)
    torch.testing.assert_close(
        scaled_kl(mean, log_variance), gaussian_kl(mean, log_variance) * 8, rtol=1e-5, atol=0
    )

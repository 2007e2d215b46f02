# SPDX-License-Identifier: Apache-2.0
"""The critic on frozen features."""

from __future__ import annotations

import torch
from torch import Tensor

from neural_core.layers.feature_critic import FeatureCritic
from neural_core.layers.losses import hinge_discriminator

CHANNELS = (6, 10)


def features_of(condition: Tensor) -> list[Tensor]:
    """What true pictures show: at each depth, more of some channels where the condition is 1."""
    maps = []
    for depth, channels in enumerate(CHANNELS):
        shown = torch.nn.functional.avg_pool2d(condition[:, :1], 2**depth)
        noise = torch.rand(len(condition), channels, *shown.shape[-2:])
        noise[:, :3] += 2 * shown
        maps.append(noise)
    return maps


def halves(count: int = 8) -> Tensor:
    """(B, 2, 16, 16): one half of each picture is of the first class, the rest of the second."""
    first = torch.zeros(count, 1, 16, 16)
    for index, half in enumerate(torch.rand(count)):
        if half < 0.5:
            first[index, :, :8] = 1
        else:
            first[index, :, 8:] = 1
    return torch.cat([first, 1 - first], 1)


def test_there_is_a_logit_for_each_place_of_each_depth() -> None:
    critic = FeatureCritic(CHANNELS, 2, width=8)
    condition = halves(3)
    shapes = [tuple(logits.shape) for logits in critic(features_of(condition), condition)]
    assert shapes == [(3, 1, 16, 16), (3, 1, 8, 8)]


def test_it_learns_whether_features_are_of_what_is_to_be_shown() -> None:
    """Fakes are true pictures of something else, so features alone tell nothing."""
    torch.manual_seed(0)
    critic = FeatureCritic(CHANNELS, 2, width=16)
    optimizer = torch.optim.Adam(critic.parameters(), 5e-3, (0.5, 0.99))

    def loss() -> Tensor:
        condition = halves()
        real = critic(features_of(condition), condition)
        fake = critic(features_of(condition.flip(2)), condition)
        return hinge_discriminator([[f] for f in fake], [[r] for r in real])

    assert loss() > 1.8
    for _ in range(120):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()
    assert loss() < 0.6

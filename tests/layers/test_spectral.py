# SPDX-License-Identifier: Apache-2.0
"""Spectral norm in training, plain weights afterwards."""

from __future__ import annotations

import torch
from torch import nn

from neural_core.layers.ema import ExponentialAverage
from neural_core.layers.spectral import folded_state, normalise_spectrally


def network() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(4, 8, 3, groups=2), nn.BatchNorm2d(8), nn.Conv2d(8, 2, 1))


def test_the_largest_singular_value_becomes_one_and_the_state_has_plain_names() -> None:
    model = network()
    names = model.state_dict().keys()
    normalise_spectrally([model[0]])
    for _ in range(30):
        model(torch.randn(2, 4, 8, 8))
    state = folded_state(model)
    assert state.keys() == names
    matrix = state["0.weight"].flatten(1)
    torch.testing.assert_close(
        torch.linalg.matrix_norm(matrix, 2), torch.tensor(1.0), rtol=1e-3, atol=0
    )
    assert torch.equal(state["2.weight"], model.state_dict()["2.weight"])


def test_folding_takes_no_power_iteration_and_equals_the_network() -> None:
    model = network()
    normalise_spectrally([model[0], model[2]])
    model(torch.randn(2, 4, 8, 8))
    before = {name: value.clone() for name, value in model.state_dict().items()}
    plain = network()
    plain.load_state_dict(folded_state(model))
    assert all(torch.equal(before[name], value) for name, value in model.state_dict().items())
    assert model.training
    image = torch.randn(1, 4, 8, 8)
    torch.testing.assert_close(plain.eval()(image), model.eval()(image))


def test_an_average_holds_plain_weights() -> None:
    model = network()
    average = ExponentialAverage(model, decay=0.0)
    normalise_spectrally([model[0]])
    model(torch.randn(2, 4, 8, 8))
    average.update(model)
    folded = folded_state(model)
    torch.testing.assert_close(average.module.state_dict()["0.weight"], folded["0.weight"])

# SPDX-License-Identifier: Apache-2.0
"""Networks from models' cards."""

from __future__ import annotations

from neural_core.weights import ModelCard, load_weights

from .config import Controllable3dConfig
from .model import Controllable3d


def load_controllable3d(card: ModelCard, device: str = "cpu") -> Controllable3d:
    """The generator of a model, in eval mode and without gradients.

    Raises:
        ContractError: its weights are missing or damaged.
    """
    network = Controllable3d(Controllable3dConfig.from_dict(card.config))
    weights = {name: value.float() for name, value in load_weights(card).items()}
    # num_batches_tracked is of no use outside training and is not shipped.
    network.load_state_dict(weights, strict=False)
    return network.eval().requires_grad_(False).to(device)

# SPDX-License-Identifier: Apache-2.0
"""A network from a model's card."""

from __future__ import annotations

import torch

from neural_core.contract import ContractError
from neural_core.weights import ModelCard, load_weights

from .config import SmisConfig
from .model import GroupDNet, channels_last


def load_network(card: ModelCard, device: torch.device | str = "cpu") -> GroupDNet:
    """GroupDNet with a model's weights, fp32, in eval mode and without gradients.

    Raises:
        ContractError: the weights are missing, damaged, or not those of the card's network.
    """
    config = SmisConfig.from_dict(card.config)
    weights = load_weights(card)
    with torch.device("meta"):
        network = GroupDNet(config)
    network = network.to_empty(device="cpu")
    # num_batches_tracked is of no use outside training and is not shipped.
    missing = {
        key for key in network.state_dict().keys() - weights.keys() if "num_batches" not in key
    }
    encoder = {key for key in network.state_dict() if key.startswith("encoder.")}
    network.has_encoder = not (encoder and encoder <= missing)
    if not network.has_encoder:
        missing -= encoder
    strangers = weights.keys() - network.state_dict().keys()
    if missing or strangers:
        raise ContractError(
            f"model '{card.name}'",
            f"its weights do not fit its card: {sorted(missing | strangers)[0]}",
            "Copy the model's .safetensors and .json again",
        )
    network.load_state_dict({k: v.float() for k, v in weights.items()}, strict=False)
    network.eval().requires_grad_(False)
    channels_last(network.to(device))
    return network

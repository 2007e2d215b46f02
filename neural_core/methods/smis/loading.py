# SPDX-License-Identifier: Apache-2.0
"""Networks from models' cards."""

from __future__ import annotations

import torch
from torch import Tensor

from neural_core.contract import ContractError
from neural_core.weights import ModelCard, load_weights

from .config import SmisConfig
from .fast import FastDecoder, FastLabels
from .model import GroupDNet, channels_last


class SmisModel:
    """A model ready to draw; see `neural_core.load_model`.

    Attributes:
        config: its sizes; plain: the module with all its weights, fp32.
    """

    def __init__(self, network: GroupDNet, dtype: torch.dtype = torch.float32) -> None:
        self.config = network.config
        self.plain = network
        self._fast = FastDecoder(network.decoder, dtype)
        self._last: tuple[Tensor, Tensor | None, FastLabels] | None = None

    def generate(self, one_hot: Tensor, codes: Tensor, guides: Tensor | None = None) -> Tensor:
        """One-hot masks (B, C, H, W), codes (B, `code_shape`), guides -> (B, 3, H, W) in [-1, 1].

        What depends on the labels alone is kept until others come.
        """
        if self.config.object_channels:
            return self._fast.draw(codes, self._fast.prepare(one_hot, guides, codes))
        return self._fast.draw(codes, self._labels(one_hot, guides))

    def encode(self, image: Tensor, one_hot: Tensor) -> Tensor:
        """See `GroupDNet.encode`."""
        return self.plain.encode(image, one_hot)

    def _labels(self, masks: Tensor, guides: Tensor | None) -> FastLabels:
        if self._last is not None:
            last_masks, last_guides, labels = self._last
            if _equal(last_masks, masks) and _equal(last_guides, guides):
                return labels
        labels = self._fast.prepare(masks, guides)
        # Copies: the caller may write into its own.
        self._last = masks.clone(), None if guides is None else guides.clone(), labels
        return labels


def load_smis(card: ModelCard, device: torch.device | str = "cpu") -> SmisModel:
    """A model in fp32. Raises as `load_network`."""
    return SmisModel(load_network(card, device))


def teachers(card: ModelCard) -> list[str]:
    """Hashes of the models that this one learned from by `self_distillation`, the last one first.

    Encoder and prior are theirs, so a style of one of them is the same look here.
    """
    found: list[str] = []
    training = card.training
    while taught := training.get("data", {}).get("taught_by"):
        found.append(taught["sha256"])
        training = taught["training"]
    return found


def _equal(one: Tensor | None, other: Tensor | None) -> bool:
    if one is None or other is None:
        return one is other
    return one.shape == other.shape and torch.equal(one, other)


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

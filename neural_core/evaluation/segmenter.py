# SPDX-License-Identifier: Apache-2.0
"""The judge of what a picture shows: a U-Net trained on real renders alone."""

from __future__ import annotations

import torch
from torch import Tensor

from neural_core.data.class_slots import class_slots
from neural_core.layers.unet import UNet, UNetConfig
from neural_core.weights import ModelCard, list_models, load_weights

METHOD = "segmenter"


class Segmenter:
    """Pictures -> slots of palette classes.

    Args:
        card: a model of the method ``segmenter``; its config lists ``class_ids`` and ``widths``.
    """

    def __init__(self, card: ModelCard, device: torch.device | str = "cpu") -> None:
        self.name = card.name
        self.class_ids: list[int] = [int(i) for i in card.config["class_ids"]]
        sizes = UNetConfig(3, len(self.class_ids), tuple(card.config["widths"]))
        self.network = UNet(sizes)
        self.network.load_state_dict({k: v.float() for k, v in load_weights(card).items()})
        self.network.eval().requires_grad_(False).to(device)

    @property
    def classes(self) -> int:
        """Number of slots."""
        return len(self.class_ids)

    @torch.no_grad()
    def recognise(self, pictures: Tensor) -> Tensor:
        """(B, 3, H, W) RGB in [-1, 1] -> (B, H, W) slots."""
        return self.network(pictures).argmax(1)

    def slots(self, semantic: Tensor) -> Tensor:
        """(B, H, W) palette ids -> slots; IGNORED where the segmenter does not know the class."""
        return class_slots(semantic, self.class_ids)


def find_segmenter(domain: str, device: torch.device | str = "cpu") -> Segmenter | None:
    """The installed segmenter of a domain such as ``street``, or None."""
    cards = [c for c in list_models() if c.method == METHOD and c.domain == domain]
    return Segmenter(cards[0], device) if cards else None

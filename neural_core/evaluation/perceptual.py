# SPDX-License-Identifier: Apache-2.0
"""A distance like LPIPS (Zhang et al. 2018) on EfficientNet-Lite0, without learned channel weights.

Its numbers are its own: never compare them with those of LPIPS on AlexNet or VGG.
"""

from __future__ import annotations

from torch import Tensor, nn

from neural_core.layers.efficientnet_lite import EfficientNetLite0

NAME = "LPIPS-like (EffLite0)"


class PerceptualDistance(nn.Module):
    """Squared distance of unit-length features: mean over pixels, sum over five resolutions."""

    def __init__(self, backbone: EfficientNetLite0) -> None:
        super().__init__()
        self.backbone = backbone

    def features(self, picture: Tensor) -> list[Tensor]:
        """(B, 3, H, W) RGB in [-1, 1] -> unit-length features per pixel of each resolution."""
        return [
            tap / (tap.square().sum(1, keepdim=True).sqrt() + 1e-10)
            for tap in self.backbone.taps(picture)
        ]

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        """Two (B, 3, H, W) RGB in [-1, 1] -> distances (B,); 0 for equal pictures."""
        return self.between(self.features(first), self.features(second))

    @staticmethod
    def between(first: list[Tensor], second: list[Tensor]) -> Tensor:
        """Distances (B,) of what `features` gave."""
        layers = [(a - b).square().sum(1).mean((1, 2)) for a, b in zip(first, second, strict=True)]
        return sum(layers[1:], start=layers[0])

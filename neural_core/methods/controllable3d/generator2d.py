# SPDX-License-Identifier: Apache-2.0
"""The 2D generator: from a projected primitive to its picture, alpha and depth."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .adain import restyle

ADAIN_WIDTH = 256

LEAST_GAIN = 0.02
"""The authors' gain of all first weights; the last layer has it always."""


class StyledBlock(nn.Module):
    """Twice: leaky rectifier, 3x3 convolution, adaptive instance norm; a share of it is added."""

    def __init__(self, width: int, residual: float) -> None:
        super().__init__()
        self.residual = residual
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)

    def forward(self, x: Tensor, styles: tuple[Tensor, Tensor]) -> Tensor:
        """(P, width, H, W); each style (P, 2 width) holds shifts, then scales."""
        change = restyle(self.first(F.leaky_relu(x, 0.2)), styles[0])
        change = restyle(self.second(F.leaky_relu_(change, 0.2)), styles[1])
        return torch.add(x, change, alpha=self.residual)


class Generator2d(nn.Module):
    """Two resolutions of styled blocks; shared by all primitives, the styles are each one's own.

    Args:
        channels: of the projected primitive.
        width: channels at full resolution; twice as many at half resolution.
        latent: length of the codes. slots: sets of styles, see ``Codes.slots``.
        residual: share of a block's change that is added; the authors add a tenth.
    """

    def __init__(self, channels: int, width: int, latent: int, slots: int, residual: float) -> None:
        super().__init__()
        self.slots = slots
        self.enter = nn.Conv2d(channels, width, 3, padding=1)
        widths = (width, 2 * width, 2 * width, width)
        self.blocks = nn.ModuleList(StyledBlock(w, residual) for w in widths)
        self.down = nn.Sequential(
            nn.Conv2d(width, 2 * width, 4, stride=2, padding=1),
            nn.BatchNorm2d(2 * width),
            nn.LeakyReLU(0.2, True),
        )
        self.up = nn.Sequential(
            nn.ConvTranspose2d(2 * width, width, 4, stride=2, padding=1),
            nn.BatchNorm2d(width),
            nn.LeakyReLU(0.2, True),
        )
        self.leave = nn.Conv2d(width, 5, 3, padding=1)
        self.style_lengths = tuple(2 * w for w in widths for _ in range(2))
        self.styles = nn.Sequential(
            nn.Linear(latent, ADAIN_WIDTH),
            nn.ReLU(True),
            nn.Linear(ADAIN_WIDTH, ADAIN_WIDTH),
            nn.ReLU(True),
            nn.Linear(ADAIN_WIDTH, sum(self.style_lengths) * slots),
        )

    def forward(self, features: Tensor, codes: Tensor, slots: Tensor) -> Tensor:
        """Pictures of P primitives.

        Args:
            features: (P, channels, H, W), H and W even.
            codes: (P, latent). slots: (P,) which set of styles each uses.

        Returns:
            (P, 5, H, W) in [-1, 1]: RGB, alpha, depth.
        """
        found = self.styles(codes).view(len(codes), self.slots, -1)
        own = found[torch.arange(len(codes), device=codes.device), slots]
        styles = own.split(self.style_lengths, 1)
        x = self.enter(features)
        x = self.down(self.blocks[0](x, styles[0:2]))
        x = self.blocks[1](x, styles[2:4])
        x = self.up(self.blocks[2](x, styles[4:6]))
        x = F.leaky_relu_(self.blocks[3](x, styles[6:8]), 0.2)
        # bfloat16's steps near white are half of an 8-bit picture's: too coarse to be graded.
        with torch.autocast(x.device.type, enabled=False):
            return torch.tanh(self.leave(x.float()))


def initialise(module: Generator2d, gain: float) -> None:
    """Xavier's normal weights with this gain, and batch norms near 1; grey pictures at first."""
    for part in module.modules():
        if isinstance(part, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            nn.init.xavier_normal_(part.weight, gain=gain)
            if part.bias is not None:
                nn.init.zeros_(part.bias)
        elif isinstance(part, nn.BatchNorm2d):
            nn.init.normal_(part.weight, 1.0, 0.02)
            nn.init.zeros_(part.bias)
    # A saturated picture would learn nothing.
    nn.init.xavier_normal_(module.leave.weight, gain=min(gain, LEAST_GAIN))

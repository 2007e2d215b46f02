# SPDX-License-Identifier: Apache-2.0
"""The 2D generator."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Norm(nn.Module):
    """Statistics that are stored and never used."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.register_buffer("running_mean", torch.zeros(width))
        self.register_buffer("running_var", torch.ones(width))


class Block(nn.Module):
    """A tenth of two convolutions, each normed and styled, is added."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width
        self.conv_0 = nn.Sequential(nn.Conv2d(width, width, 3, padding=1), Norm(width))
        self.conv_1 = nn.Sequential(nn.Conv2d(width, width, 3, padding=1), Norm(width))

    def forward(self, x: Tensor, numbers: Tensor) -> Tensor:
        """(P, width, H, W), and (P, 4 width): shifts and scales of one norm, then of the other."""
        change = x
        parts = numbers[..., None, None].split(self.width, 1)
        for conv, shift, scale in ((self.conv_0, *parts[:2]), (self.conv_1, *parts[2:])):
            change = F.instance_norm(conv[0](F.leaky_relu(change, 0.2))) * scale + shift
        return x + 0.1 * change


class Mlp(nn.Module):
    """From a code to all styles."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.model = nn.Sequential(
            nn.Linear(inputs, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(),
            nn.Linear(256, outputs),
        )  # fmt: skip


class Generator2D(nn.Module):
    """``n_prim`` primitives of a scene to pictures."""

    def __init__(
        self, input_nc: int, output_nc: int, nfilter: int = 128, zdim: int = 256, n_prim: int = 1
    ) -> None:
        super().__init__()
        narrow, wide = nfilter, 2 * nfilter
        self.conv_img_in = nn.Conv2d(input_nc, narrow, 3, padding=1)
        self.resnet = nn.Sequential(
            Block(narrow), nn.Conv2d(narrow, wide, 4, stride=2, padding=1), nn.BatchNorm2d(wide),
            nn.LeakyReLU(0.2), Block(wide), Block(wide),
            nn.ConvTranspose2d(wide, narrow, 4, stride=2, padding=1), nn.BatchNorm2d(narrow),
            nn.LeakyReLU(0.2), Block(narrow),
        )  # fmt: skip
        self.conv_img = nn.Conv2d(narrow, output_nc, 3, padding=1)
        self.mlp = Mlp(zdim, 24 * nfilter * n_prim)
        self.primitives = n_prim

    def forward(self, maps: Tensor, codes: Tensor) -> Tensor:
        """(B n_prim, C, H, W) and (B, zdim) -> (B n_prim, output_nc, H, W)."""
        numbers = self.mlp.model(codes).view(len(codes) * self.primitives, -1)
        x = self.conv_img_in(maps)
        for layer in self.resnet:
            if isinstance(layer, Block):
                own, numbers = numbers[:, : 4 * layer.width], numbers[:, 4 * layer.width :]
                x = layer(x, own)
            else:
                x = layer(x)
        return torch.tanh(self.conv_img(F.leaky_relu(x, 0.2)))

# SPDX-License-Identifier: Apache-2.0
"""Multi-scale PatchGAN discriminator (pix2pixHD, Wang et al. 2018; SPADE, Park et al. 2019)."""

from __future__ import annotations

from collections.abc import Iterable

import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm


class PatchDiscriminator(nn.Module):
    """k4 convolutions with spectral and instance norm; returns every layer's output.

    The last output is the map of realness logits, one per patch.
    """

    def __init__(self, in_channels: int, width: int = 64, layers: int = 4) -> None:
        super().__init__()
        blocks: list[nn.Module] = [_stem(in_channels, width)]
        current = width
        for index in range(1, layers):
            wider = min(width * 2**index, 512)
            stride = 1 if index == layers - 1 else 2
            blocks.append(_block(current, wider, stride))
            current = wider
        blocks.append(nn.Conv2d(current, 1, 4, padding=2))
        self.blocks = nn.ModuleList(blocks)

    def forward(self, pair: Tensor) -> list[Tensor]:
        """(B, in_channels, H, W) -> outputs of all layers, logits last."""
        outputs: list[Tensor] = []
        for block in self.blocks:
            pair = block(pair)
            outputs.append(pair)
        return outputs


class MultiScaleDiscriminator(nn.Module):
    """The same discriminator on the picture and on halved copies of it."""

    def __init__(self, in_channels: int, width: int = 64, layers: int = 4, scales: int = 2) -> None:
        super().__init__()
        self.scales = nn.ModuleList(
            PatchDiscriminator(in_channels, width, layers) for _ in range(scales)
        )

    def forward(self, pair: Tensor) -> list[list[Tensor]]:
        """(B, in_channels, H, W) -> per scale, the outputs of all layers."""
        results: list[list[Tensor]] = []
        for index, discriminator in enumerate(self.scales):
            if index:
                pair = F.avg_pool2d(pair, 3, stride=2, padding=1, count_include_pad=False)
            results.append(discriminator(pair))
        return results


def split_pairs(results: Iterable[list[Tensor]]) -> tuple[list[list[Tensor]], list[list[Tensor]]]:
    """Undo a batch of fakes stacked on reals: (fake outputs, real outputs)."""
    fake, real = [], []
    for outputs in results:
        halves = [output.chunk(2) for output in outputs]
        fake.append([half[0] for half in halves])
        real.append([half[1] for half in halves])
    return fake, real


def _stem(in_channels: int, width: int) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(in_channels, width, 4, stride=2, padding=2), nn.LeakyReLU(0.2, True)
    )


def _block(in_channels: int, out_channels: int, stride: int) -> nn.Module:
    conv = nn.Conv2d(in_channels, out_channels, 4, stride=stride, padding=2, bias=False)
    return nn.Sequential(
        spectral_norm(conv), nn.InstanceNorm2d(out_channels), nn.LeakyReLU(0.2, True)
    )

# SPDX-License-Identifier: Apache-2.0
"""Discriminators with two labels: 0 = a scene, 1 = a background alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

SCENE, BACKGROUND = 0, 1
LABELS = 2


class Discriminator(Protocol):
    """Pictures (B, 3, H, W) in [-1, 1] and labels (B,) -> logits, one tensor (B, ...) a head."""

    def __call__(self, images: Tensor, labels: Tensor) -> list[Tensor]: ...


class ResidualDiscriminator(nn.Module):
    """The authors': spectral norms, residual blocks, the mean of an 8 x 8 map, a logit a label.

    Args:
        width: channels everywhere (the authors use 128).
        labels: 2 with a background branch, else 1.
    """

    def __init__(self, width: int = 128, labels: int = LABELS) -> None:
        super().__init__()
        self.blocks = nn.Sequential(
            _FirstBlock(width), _Block(width, True), _Block(width, True), _Block(width, False)
        )
        head = nn.Linear(width, labels)
        nn.init.xavier_uniform_(head.weight)
        self.head = spectral_norm(head)

    def forward(self, images: Tensor, labels: Tensor) -> list[Tensor]:
        """(B, 3, H, W) and labels (B,) -> one tensor of logits (B,)."""
        features = F.relu(self.blocks(images)).mean((2, 3))
        return [_of_label(self.head(features), labels)]


class _FirstBlock(nn.Module):
    """Takes the picture itself, so nothing is rectified first."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first, self.second = _conv(3, width, 3), _conv(width, width, 3)
        self.bypass = _conv(3, width, 1, gain=2**0.5)

    def forward(self, x: Tensor) -> Tensor:
        main = F.avg_pool2d(self.second(F.relu(self.first(x))), 2)
        return main + self.bypass(F.avg_pool2d(x, 2))


class _Block(nn.Module):
    def __init__(self, width: int, halve: bool) -> None:
        super().__init__()
        self.first, self.second = _conv(width, width, 3), _conv(width, width, 3)
        self.bypass = _conv(width, width, 1, gain=2**0.5) if halve else None

    def forward(self, x: Tensor) -> Tensor:
        main = self.second(F.relu(self.first(F.relu(x))))
        if self.bypass is None:
            return main + x
        return F.avg_pool2d(main, 2) + F.avg_pool2d(self.bypass(x), 2)


def _conv(inputs: int, outputs: int, kernel: int, gain: float = 1.0) -> nn.Module:
    conv = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2)
    nn.init.xavier_uniform_(conv.weight, gain)
    return spectral_norm(conv)


class ProjectedDiscriminator(nn.Module):
    """Small heads on frozen features of the picture (Sauer et al., Projected GANs, 2021).

    Features of several depths are mixed by fixed random convolutions, first across channels, then
    from deep to shallow; every mixture has a head.

    Args:
        features: frozen; (B, 3, H, W) in [-1, 1] -> maps, shallow ones first.
        channels: of these maps.
        width: of the mixtures and heads.
        size: width and height that pictures are enlarged to before their features are taken.
        group: so many pictures in a row are of one kind, and heads see how much they differ (Karras
            et al., Progressive growing of GANs, 2018, section 3): pictures that are all alike give
            themselves away. 1: every picture is judged by itself.
    """

    def __init__(
        self,
        features: Callable[[Tensor], list[Tensor]],
        channels: tuple[int, ...],
        width: int = 64,
        labels: int = LABELS,
        size: int = 96,
        group: int = 1,
    ) -> None:
        super().__init__()
        # In a tuple, so that it is no submodule: its weights are no part of the checkpoint.
        self._features = (features,)
        self.size = (size, size)
        self.across = nn.ModuleList(nn.Conv2d(c, width, 1) for c in channels)
        self.upwards = nn.ModuleList(nn.Conv2d(width, width, 3, padding=1) for _ in channels)
        for part in (*self.across, *self.upwards):
            assert isinstance(part, nn.Conv2d) and part.bias is not None
            nn.init.kaiming_normal_(part.weight, a=1.0)
            nn.init.zeros_(part.bias)
            part.requires_grad_(False)
        self.heads = nn.ModuleList(
            _Head(width, max(0, len(channels) - 1 - i), labels, group) for i in range(len(channels))
        )

    def forward(self, images: Tensor, labels: Tensor) -> list[Tensor]:
        """(B, 3, H, W) and labels (B,) -> per head, logits (B, h, w)."""
        if images.shape[-2:] != self.size:
            images = F.interpolate(images, self.size, mode="bilinear", align_corners=False)
        maps = [mix(f) for mix, f in zip(self.across, self._features[0](images), strict=True)]
        mixed: list[Tensor] = []
        above: Tensor | None = None
        for index in range(len(maps) - 1, -1, -1):
            here = maps[index]
            if above is not None:
                here = here + F.interpolate(above, here.shape[-2:], mode="nearest")
            above = here = self.upwards[index](here)
            mixed.insert(0, here)
        heads = zip(self.heads, mixed, strict=True)
        return [_of_label(head(m).float(), labels) for head, m in heads]


class _Head(nn.Module):
    """Maps (B, width, h, w) -> logits (B, labels, h', w')."""

    def __init__(self, width: int, halvings: int, labels: int, group: int) -> None:
        super().__init__()
        self.group = group
        layers: list[nn.Module] = []
        for _ in range(halvings):
            layers += [
                spectral_norm(nn.Conv2d(width, width, 4, stride=2, padding=1)),
                nn.LeakyReLU(0.2),
            ]
        layers += [spectral_norm(nn.Conv2d(width, width, 3, padding=1)), nn.LeakyReLU(0.2)]
        self.blocks = nn.Sequential(*layers)
        more = 1 if group > 1 else 0
        self.last = spectral_norm(nn.Conv2d(width + more, labels, 3, padding=1))

    def forward(self, maps: Tensor) -> Tensor:
        found = self.blocks(maps)
        if self.group > 1:
            found = torch.cat([found, batch_spread(found, self.group)], 1)
        return self.last(found)


def batch_spread(maps: Tensor, group: int) -> Tensor:
    """(B, 1, h, w): how much the maps (B, C, h, w) of each group differ, one number a group.

    The deviation over each ``group`` of pictures in a row, averaged over channels and places.
    """
    groups = maps.float().unflatten(0, (-1, group))
    spread = (groups.var(1, correction=0) + 1e-8).sqrt().mean((1, 2, 3))
    return spread.repeat_interleave(group)[:, None, None, None].expand(-1, 1, *maps.shape[2:])


def _of_label(logits: Tensor, labels: Tensor) -> Tensor:
    """Of (B, labels, ...) the ones of each picture's label."""
    if logits.shape[1] == 1:
        return logits[:, 0]
    return logits[torch.arange(len(logits), device=logits.device), labels]


def gradient_penalty(logits: list[Tensor], images: Tensor) -> Tensor:
    """R1: the mean squared norm of the logits' gradient to the real pictures."""
    total = torch.stack([head.sum() for head in logits]).sum()
    (gradient,) = torch.autograd.grad(total, images, create_graph=True)
    return gradient.square().sum((1, 2, 3)).mean()


def real_loss(logits: list[Tensor]) -> Tensor:
    """Binary cross entropy of logits that should be called real, mean over the heads."""
    return torch.stack([F.softplus(-head).mean() for head in logits]).mean()


def fake_loss(logits: list[Tensor]) -> Tensor:
    """Binary cross entropy of logits that should be called fake, mean over the heads."""
    return torch.stack([F.softplus(head).mean() for head in logits]).mean()

# SPDX-License-Identifier: Apache-2.0
"""DiffAugment (Zhao et al. 2020): differentiable changes that both sides of a GAN get to see."""

from __future__ import annotations

import torch
from torch import Tensor


def augment(images: Tensor) -> Tensor:
    """Colour, translation and cutout, drawn for every picture (B, C, H, W) in [-1, 1]."""
    return cut_out(translate(jitter(images)))


def jitter(images: Tensor) -> Tensor:
    """Brightness by up to 0.5, saturation by 0 to 2, contrast by 0.5 to 1.5."""
    shape = (len(images), 1, 1, 1)
    draw = [torch.rand(shape, device=images.device) for _ in range(3)]
    images = images + (draw[0] - 0.5)
    grey = images.mean(1, keepdim=True)
    images = (images - grey) * (draw[1] * 2) + grey
    mean = images.mean((1, 2, 3), keepdim=True)
    return (images - mean) * (draw[2] + 0.5) + mean


def translate(images: Tensor, share: float = 0.125) -> Tensor:
    """Shifted by up to ``share`` of the size each way; what comes in is 0."""
    height, width = images.shape[-2:]
    down = _shifts(len(images), round(height * share), images.device)
    right = _shifts(len(images), round(width * share), images.device)
    rows = torch.arange(height, device=images.device) - down[:, None]
    columns = torch.arange(width, device=images.device) - right[:, None]
    inside = ((rows >= 0) & (rows < height))[:, :, None] & ((columns >= 0) & (columns < width))[
        :, None
    ]
    index = torch.arange(len(images), device=images.device)[:, None, None]
    taken = images.permute(0, 2, 3, 1)[
        index, rows.clamp(0, height - 1)[:, :, None], columns.clamp(0, width - 1)[:, None]
    ]
    return (taken * inside[..., None]).permute(0, 3, 1, 2)


def cut_out(images: Tensor, share: float = 0.5) -> Tensor:
    """A square of ``share`` of the size is 0, anywhere."""
    height, width = images.shape[-2:]
    side_y, side_x = round(height * share), round(width * share)
    top = torch.randint(0, height + 1, (len(images), 1), device=images.device) - side_y // 2
    left = torch.randint(0, width + 1, (len(images), 1), device=images.device) - side_x // 2
    rows = torch.arange(height, device=images.device)
    columns = torch.arange(width, device=images.device)
    in_rows = (rows >= top) & (rows < top + side_y)
    in_columns = (columns >= left) & (columns < left + side_x)
    return images * ~(in_rows[:, None, :, None] & in_columns[:, None, None, :])


def _shifts(count: int, most: int, device: torch.device) -> Tensor:
    return torch.randint(-most, most + 1, (count,), device=device)

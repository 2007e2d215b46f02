# SPDX-License-Identifier: Apache-2.0
"""Each class alone, cropped to its bounding box: what the encoder sees (authors' code)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def bounding_boxes(masks: Tensor) -> Tensor:
    """(B, C, H, W) masks -> (B, C, 4) left, top, right, bottom in pixels; whole image if absent."""
    height, width = masks.shape[-2:]
    left, right = _extent(masks.amax(-2) > 0, width)
    top, bottom = _extent(masks.amax(-1) > 0, height)
    return torch.stack([left, top, right, bottom], -1)


def color_boxes(image: Tensor, masks: Tensor) -> Tensor:
    """As `bounding_boxes`, by the rule of the authors' code.

    A row or column counts where the colours of the class, in [-1, 1], do not add up to 0.
    """
    sums = (image.sum(1, keepdim=True) * masks).detach()
    left, right = _extent(sums.sum(-2) != 0, image.shape[-1])
    top, bottom = _extent(sums.sum(-1) != 0, image.shape[-2])
    return torch.stack([left, top, right, bottom], -1)


def class_crops(image: Tensor, masks: Tensor, size: tuple[int, int], rule: str = "mask") -> Tensor:
    """(B, 3, H, W), (B, C, H, W) -> (B, 3C, height, width), class-major; zero outside the class.

    The bounding box of every class is resized to ``size`` (height, width) by nearest sampling; an
    absent class gives zeros. ``rule``: see `SmisConfig.crop_rule`.
    """
    batch, classes, _, width = masks.shape
    by_color = rule == "colour"
    boxes = color_boxes(image, masks) if by_color else bounding_boxes(masks)
    boxes = boxes.reshape(-1, 4)
    offset = 0 if by_color else 1
    rows = _nearest(boxes[:, 1:2], boxes[:, 3:4], size[0], offset)
    columns = _nearest(boxes[:, 0:1], boxes[:, 2:3], size[1], offset)
    index = (rows[:, :, None] * width + columns[:, None, :]).reshape(batch, classes, -1)
    mask = torch.gather(masks.flatten(2), 2, index)
    flat = image.flatten(2)[:, None].expand(-1, classes, -1, -1)
    picked = torch.gather(flat, 3, index[:, :, None].expand(-1, -1, 3, -1))
    return (picked * mask[:, :, None]).reshape(batch, classes * 3, *size)


def plain_class_crops(image: Tensor, masks: Tensor, size: tuple[int, int]) -> Tensor:
    """The same as `class_crops`, one class after the other: the obvious twin for tests."""
    batch, classes = masks.shape[:2]
    boxes = bounding_boxes(masks).long()
    out = image.new_zeros(batch, classes, 3, *size)
    for b in range(batch):
        for c in range(classes):
            left, top, right, bottom = boxes[b, c].tolist()
            piece = (image[b] * masks[b, c])[:, top:bottom, left:right]
            out[b, c] = F.interpolate(piece[None], size, mode="nearest-exact")[0]
    return out.reshape(batch, classes * 3, *size)


def _nearest(low: Tensor, high: Tensor, size: int, offset: int) -> Tensor:
    """(N, 1) first and one-past-last pixels -> (N, size) pixels between them.

    ``offset``: 1 takes those at the centres of the new pixels, 0 at their left edges.
    """
    steps = 2 * torch.arange(size, device=low.device) + offset
    return low + (steps * (high - low)) // (2 * size)


def _extent(present: Tensor, length: int) -> tuple[Tensor, Tensor]:
    """First and one-past-last true position along the last axis; 0 and length where none is."""
    positions = torch.arange(length, device=present.device)
    first = torch.where(present, positions, length).amin(-1)
    last = torch.where(present, positions + 1, 0).amax(-1)
    empty = last == 0
    return torch.where(empty, 0, first), torch.where(empty, length, last)

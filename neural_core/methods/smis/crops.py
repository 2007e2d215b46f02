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


def class_crops(image: Tensor, masks: Tensor, size: int) -> Tensor:
    """(B, 3, H, W), (B, C, H, W) -> (B, 3C, size, size), class-major; zero outside the class.

    The bounding box of every class is resized to ``size`` by nearest sampling; an absent class
    gives zeros.
    """
    batch, classes, height, width = masks.shape
    boxes = bounding_boxes(masks).reshape(-1, 4).to(image.dtype)
    steps = (torch.arange(size, device=image.device, dtype=image.dtype) + 0.5) / size
    x = boxes[:, 0:1] + steps * (boxes[:, 2:3] - boxes[:, 0:1])
    y = boxes[:, 1:2] + steps * (boxes[:, 3:4] - boxes[:, 1:2])
    columns = x.floor().long().clamp(0, width - 1)
    rows = y.floor().long().clamp(0, height - 1)
    index = (rows[:, :, None] * width + columns[:, None, :]).reshape(batch, classes, -1)
    mask = torch.gather(masks.flatten(2), 2, index)
    flat = image.flatten(2)[:, None].expand(-1, classes, -1, -1)
    picked = torch.gather(flat, 3, index[:, :, None].expand(-1, -1, 3, -1))
    return (picked * mask[:, :, None]).reshape(batch, classes * 3, size, size)


def plain_class_crops(image: Tensor, masks: Tensor, size: int) -> Tensor:
    """The same as `class_crops`, one class after the other: the obvious twin for tests."""
    batch, classes = masks.shape[:2]
    boxes = bounding_boxes(masks).long()
    out = image.new_zeros(batch, classes, 3, size, size)
    for b in range(batch):
        for c in range(classes):
            left, top, right, bottom = boxes[b, c].tolist()
            piece = (image[b] * masks[b, c])[:, top:bottom, left:right]
            out[b, c] = F.interpolate(piece[None], (size, size), mode="nearest-exact")[0]
    return out.reshape(batch, classes * 3, size, size)


def _extent(present: Tensor, length: int) -> tuple[Tensor, Tensor]:
    """First and one-past-last true position along the last axis; 0 and length where none is."""
    positions = torch.arange(length, device=present.device)
    first = torch.where(present, positions, length).amin(-1)
    last = torch.where(present, positions + 1, 0).amax(-1)
    empty = last == 0
    return torch.where(empty, 0, first), torch.where(empty, length, last)

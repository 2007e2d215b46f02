# SPDX-License-Identifier: Apache-2.0
"""Label maps with guides: what each class group of GroupDNet is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from .config import SmisConfig
from .tints import tint_values, valid_tints

DEPTH_SCALE = 4.0
SHADING_SCALE = 0.5
EXTENT_SCALE = 5.0


def class_masks(semantic: Tensor, config: SmisConfig) -> Tensor:
    """(B, H, W) palette ids -> (B, C, H, W) float one-hot of class slots; unknown ids: nowhere."""
    lookup = torch.full((65536,), config.classes, device=semantic.device)
    for slot, ids in enumerate(config.class_ids):
        lookup[list(ids)] = slot
    slots = lookup[semantic.long()]
    return torch.stack([(slots == c).float() for c in range(config.classes)], 1)


def instance_edges(instance: Tensor) -> Tensor:
    """(B, H, W) ids -> (B, 1, H, W) float: 1 where a 4-neighbour belongs to another instance."""
    edge = torch.zeros_like(instance, dtype=torch.bool)
    across = instance[:, :, 1:] != instance[:, :, :-1]
    down = instance[:, 1:] != instance[:, :-1]
    edge[:, :, 1:] |= across
    edge[:, :, :-1] |= across
    edge[:, 1:] |= down
    edge[:, :-1] |= down
    return edge[:, None].float()


def instance_places(instance: Tensor) -> Tensor:
    """(B, H, W) small non-negative ids -> (B, 2, H, W): across and down in [-1, 1].

    The corners of an instance's visible bounding box are (-1, -1) and (1, 1); id 0 gets zeros. A
    wheel is low in a car wherever the car stands in the picture: this says what low is.
    """
    batch, height, width = instance.shape
    flat = instance.reshape(batch, -1)
    count = int(flat.max()) + 1
    device = instance.device
    rows = torch.arange(height, device=device, dtype=torch.float32)
    columns = torch.arange(width, device=device, dtype=torch.float32)
    down = rows[:, None].expand(height, width).reshape(1, -1).expand(batch, -1)
    across = columns[None].expand(height, width).reshape(1, -1).expand(batch, -1)
    places = [_within(axis, flat, count) for axis in (across, down)]
    return torch.stack(places, 1).reshape(batch, 2, height, width)


def _within(axis: Tensor, ids: Tensor, count: int) -> Tensor:
    """Coordinates (B, N) relative to the extent of each id, in [-1, 1]; 0 for id 0."""
    empty = torch.zeros(len(ids), count, device=ids.device)
    low = empty.scatter_reduce(1, ids, axis, "amin", include_self=False)
    high = empty.scatter_reduce(1, ids, axis, "amax", include_self=False)
    low, high = torch.gather(low, 1, ids), torch.gather(high, 1, ids)
    place = 2 * (axis - low + 0.5) / (high - low + 1) - 1
    return place * (ids > 0)


def with_waves(local: Tensor) -> Tensor:
    """Positions (B, 3, H, W) in [-1, 1] -> (B, 15, H, W): they, and their sines and cosines.

    One and two periods across the box: a network of few layers sees a wheel arch in them at once,
    where straight ramps would take it many.
    """
    angles = torch.cat([local, 2 * local], 1) * torch.pi
    return torch.cat([local, angles.sin(), angles.cos()], 1)


def guide_maps(conditions: Mapping[str, Tensor], config: SmisConfig) -> Tensor:
    """(B, G, H, W): the config's guides side by side, scaled to about [-1, 1]; G may be 0.

    ``conditions`` holds the tensors of `neural_core.data.conditions`, batched.
    """
    maps = []
    for name in config.guides:
        if name == "edge":
            maps.append(instance_edges(conditions["instance"]))
        elif name == "inverse_depth":
            # Compressed: 1/depth reaches 1 close by and 0.01 at the far end of a street.
            maps.append((conditions["inverse_depth"] * DEPTH_SCALE).clamp(0, 16).sqrt() / 2)
        elif name == "normal":
            maps.append(conditions["normal"])
        elif name == "shading":
            maps.append((conditions["shading"] * SHADING_SCALE).clamp(min=0).sqrt())
        elif name == "tint":
            valid = valid_tints(conditions, config)
            maps += [tint_values(conditions["tint"]) * valid, valid]
        elif name == "place":
            maps.append(instance_places(conditions["instance"]))
        elif name == "local":
            maps.append(with_waves(conditions["local"]))
        elif name == "view":
            maps.append(conditions["view"])
        elif name == "extent":
            maps.append(conditions["extent"] / EXTENT_SCALE)
        else:
            raise ValueError(f"guides: '{name}' is unknown")
    semantic = conditions["semantic"]
    empty = torch.zeros(len(semantic), 0, *semantic.shape[-2:], device=semantic.device)
    return torch.cat([empty, *maps], 1)


@dataclass(frozen=True)
class LabelMaps:
    """What the blocks of one resolution are shown of the labels.

    Attributes:
        masks: (B, C, H, W); guides: (B, G, H, W) or None; scope: see `SmisConfig.guide_scope`.
    """

    masks: Tensor
    guides: Tensor | None
    scope: str = "class"

    def grouped(self, groups: int) -> Tensor:
        """(B, `SmisConfig.label_channels`, H, W): each group's masks, then its guides."""
        if self.guides is None:
            return self.masks
        if self.scope == "class":
            return grouped_labels(self.masks, self.guides, groups)
        batch, classes, height, width = self.masks.shape
        own = self.masks.reshape(batch, groups, classes // groups, height, width)
        shown = self.guides[:, None].expand(-1, groups, -1, -1, -1).to(own.dtype)
        return torch.cat([own, shown], 2).reshape(batch, -1, height, width)


def given(guides: Tensor | None) -> Tensor | None:
    """Guides (B, G, H, W); None where there are none, G = 0 too."""
    return None if guides is None or guides.shape[1] == 0 else guides


def grouped_labels(masks: Tensor, guides: Tensor | None, groups: int) -> Tensor:
    """Masks (B, C, H, W) and guides (B, G, H, W) -> (B, C + groups * G, H, W), group-major.

    Each group gets the masks of its classes and the guides under their union, so that the groups
    stay apart.
    """
    if guides is None:
        return masks
    if groups == 1:
        return torch.cat([masks, guides * masks.sum(1, keepdim=True)], 1)
    batch, classes, height, width = masks.shape
    own = masks.reshape(batch, groups, classes // groups, height, width)
    under = own.sum(2, keepdim=True) * guides[:, None]
    return torch.cat([own, under], 2).reshape(batch, -1, height, width)


def under_masks(pictures: Tensor, masks: Tensor) -> Tensor:
    """(B, 3C, H, W), one picture per class, and (B, C, H, W) masks -> (B, 3, H, W)."""
    batch, classes, height, width = masks.shape
    own = pictures.reshape(batch, classes, 3, height, width)
    return (own * masks[:, :, None]).sum(1)

# SPDX-License-Identifier: Apache-2.0
"""Objects with codes of their own, painted under their masks: any number of them in one pass.

A class's code reaches the decoder through its stem, spread over the whole picture, so two objects
of a class cannot differ there. Painted codes stand beside the guides of the label branches, as
sharp as the masks are: each pixel is shown the code of its object, or that of its class.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .config import SmisConfig

_PAINTED = "decoder.painted.weight"
_LABELS = "labels.0.weight"


@dataclass(frozen=True)
class ObjectCodes:
    """Codes of N objects per picture, and where the objects are.

    Attributes:
        codes: (B, N, *`code_shape`): the codes that hold under each object's mask.
        owner: (B, H, W) int64: 1 to N, the object of a pixel; 0: the picture's own codes hold.
    """

    codes: Tensor
    owner: Tensor


class PaintedCodes(nn.Module):
    """Each class's code in a few channels, painted where the class is."""

    def __init__(self, config: SmisConfig) -> None:
        super().__init__()
        self.classes = config.classes
        values = math.prod(config.code_shape) // config.classes
        shape = (config.classes, values, config.object_channels)
        # Of unit noise it makes unit noise.
        self.weight = nn.Parameter(torch.randn(shape) / values**0.5)

    def forward(self, codes: Tensor, masks: Tensor, objects: ObjectCodes | None = None) -> Tensor:
        """Codes (B, `code_shape`) and one-hot masks (B, C, H, W) -> (B, object_channels, H, W).

        0 where no class is.
        """
        sets = codes[:, None]
        index = masks.argmax(1)
        if objects is not None:
            sets = torch.cat([sets, objects.codes], 1)
            index = index + objects.owner * self.classes
        values = sets.reshape(*sets.shape[:2], self.classes, -1)
        shown = torch.einsum("bncd,cdk->bnck", values, self.weight).flatten(1, 2)
        places = index.flatten(1)[..., None].expand(-1, -1, shown.shape[-1])
        maps = torch.gather(shown, 1, places).transpose(1, 2)
        return maps.unflatten(2, masks.shape[-2:]) * masks.sum(1, keepdim=True)


def with_painted_codes(state: Mapping[str, Tensor], network: nn.Module) -> dict[str, Tensor]:
    """Weights of a network without painted codes for one that differs in having them.

    The network computes the same with them until it is trained on: what is painted counts
    nothing yet. Other weights come back as they are.
    """
    result, own = dict(state), network.state_dict()
    painted = own.get(_PAINTED)
    if painted is None or _PAINTED in state:
        return result
    result[_PAINTED] = painted.clone()
    for name, value in state.items():
        # What is painted is the last that each group of a label branch is shown.
        missing = own[name].shape[1] - value.shape[1] if name.endswith(_LABELS) else 0
        if missing == painted.shape[-1]:
            result[name] = F.pad(value, (0, 0, 0, 0, 0, missing))
    return result


def choose_objects(instance: Tensor, masks: Tensor, most: int, least_pixels: int) -> Tensor:
    """Objects by chance: owners (B, H, W), 0 or 1 to at most ``most``.

    Args:
        instance: (B, H, W) int64 ids, 0 = none; masks: (B, C, H, W), the classes that count.
        least_pixels: objects with fewer are left out.
    """
    ids = (instance * masks.sum(1).long()).flatten(1)
    count = int(ids.max()) + 1
    ones = torch.ones_like(ids)
    pixels = torch.zeros(len(ids), count, dtype=torch.int64, device=ids.device)
    pixels.scatter_add_(1, ids, ones)
    chance = torch.rand(pixels.shape, device=ids.device)
    chance[(pixels < least_pixels)] = -1
    chance[:, 0] = -1
    drawn, chosen = chance.topk(min(most, count), dim=1)
    numbers = torch.arange(1, drawn.shape[1] + 1, device=ids.device).expand_as(chosen)
    lookup = torch.zeros_like(pixels)
    lookup.scatter_(1, chosen, torch.where(drawn >= 0, numbers, 0))
    return torch.gather(lookup, 1, ids).view_as(instance)


def objects_of_some(
    instance: Tensor, masks: Tensor, most: int, least_pixels: int, share: float
) -> Tensor:
    """As `choose_objects`, in about this share of the pictures; none in the others."""
    owner = choose_objects(instance, masks, most, least_pixels)
    drawn = torch.rand(len(owner), device=owner.device) < share
    return owner * drawn[:, None, None]


def object_masks(owner: Tensor) -> Tensor:
    """Owners (B, H, W) -> (B, N, H, W) float masks; N is the highest number, at least 1."""
    numbers = torch.arange(1, max(int(owner.max()), 1) + 1, device=owner.device)
    return (owner[:, None] == numbers[:, None, None]).float()

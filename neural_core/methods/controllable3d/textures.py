# SPDX-License-Identifier: Apache-2.0
"""The look of a primitive as a texture for real materials.

A sphere's texture is that of `geometry.primitives.unit_sphere`: u around it, v from the lower pole
to the upper one. A cuboid's holds its six sides in two rows of three: -X, +X, -Y over +Y, -Z, +Z,
each as `unit_cuboid` has it in uv. Row 0 of a texture is v = 1. Axes are those of the object's box.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from .generator3d import Codes
from .model import Controllable3d
from .projection import rasterize_meshes
from .templates import template_triangles
from .views import FROM_BLENDER, Poses, View, extrinsics_at, square_view

SIDE = 32
"""Texels along a side of a cuboid."""

_AROUND, _FILLS = 8, 24


def bake_texture(
    model: Controllable3d, codes: Codes, scale: Tensor, turn: Tensor | None = None
) -> NDArray[np.float32]:
    """The texture (H, W, 3) in [0, 1] of one primitive, as it is painted from all around.

    Every view is painted and its colours are carried back to the surface; places that no camera of
    the training sees (from below) are filled from their neighbours.

    Args:
        codes: of the one primitive. scale: (1, 3) its half sizes in model units.
        turn: (3, 3) rotation by quarters from the primitive's axes to those of the box.
    """
    view = _views(model)
    count = view.count
    device = scale.device
    poses = Poses(
        torch.eye(3, device=device).expand(count, 3, 3),
        torch.zeros(count, 3, device=device),
        scale.expand(count, 3),
    )
    every = Codes(*(part.repeat(count, *[1] * (part.dim() - 1)) for part in vars(codes).values()))
    features = model.generator3d.object_features(codes).expand(count, -1, -1, -1)
    layers = model.paint(model.project(features, poses, view.to(device)), every)
    color, weight, place = _seen(model, poses, view.to(device), layers.rgb, layers.alpha)
    if turn is not None:
        place = place @ turn.T.to(place)
    atlas = _sphere_texels if model.config.primitive == "sphere" else _cuboid_texels
    texel, size = atlas(place)
    total = torch.zeros(size[0] * size[1], 4)
    total.index_add_(0, texel, torch.cat([color * weight[:, None], weight[:, None]], 1))
    return _filled(total.view(*size, 4))


def _views(model: Controllable3d) -> View:
    """Cameras all around, low and high."""
    config = model.config
    low, high = torch.arccos(1 - 2 * torch.tensor(config.polar_range))
    azimuth = (torch.arange(2 * _AROUND) / _AROUND) * 2 * torch.pi
    polar = torch.cat([low.repeat(_AROUND), high.repeat(_AROUND)])
    return square_view(extrinsics_at(azimuth, polar, config.radius), config)


def _seen(
    model: Controllable3d, poses: Poses, view: View, rgb: Tensor, alpha: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Colours (N, 3), weights (N,) and places on Blender's template (N, 3) of all pixels seen."""
    config = model.config
    template = template_triangles(config.primitive).to(rgb)
    rotation, offset = poses.in_camera(view)
    large = rotation * (poses.scale * config.enlargement)[:, None]
    corners = torch.einsum("fci,pji->pfcj", template, large) + offset[:, None, None]
    seen = rasterize_meshes(
        corners, template, view, softness=config.softness, near=config.near, far=config.far
    )
    chosen = seen.covered & (alpha[:, 0] > 0.05)
    place = seen.points[chosen] @ FROM_BLENDER.to(seen.points)
    return rgb.permute(0, 2, 3, 1)[chosen].cpu(), alpha[:, 0][chosen].cpu(), place.cpu()


def _cuboid_texels(place: Tensor) -> tuple[Tensor, tuple[int, int]]:
    """Flat texel (N,) of places (N, 3) on the cuboid, and the atlas' size."""
    axis = place.abs().argmax(1)
    row = torch.arange(len(place))
    positive = place[row, axis] > 0
    # As `unit_cuboid` has it: u runs along the next axis, backwards on the negative sides.
    along = place[row, (axis + 1) % 3]
    u = torch.where(positive, along, -along)
    v = place[row, (axis + 2) % 3]
    x, y = _index(u, SIDE), SIDE - 1 - _index(v, SIDE)
    tile = axis * 2 + positive.long()
    return ((tile // 3) * SIDE + y) * 3 * SIDE + (tile % 3) * SIDE + x, (2 * SIDE, 3 * SIDE)


def _sphere_texels(place: Tensor) -> tuple[Tensor, tuple[int, int]]:
    """Flat texel (N,) of places (N, 3) on the sphere, and the texture's size."""
    height, width = 2 * SIDE, 4 * SIDE
    around = torch.atan2(place[:, 1], place[:, 0]) / torch.pi % 2 - 1
    up = torch.asin((place[:, 2] / place.norm(dim=1).clamp(min=1e-6)).clamp(-1, 1)) / torch.pi * 2
    return (height - 1 - _index(up, height)) * width + _index(around, width), (height, width)


def _index(coordinate: Tensor, count: int) -> Tensor:
    """Texel of coordinates in [-1, 1]."""
    return ((coordinate + 1) / 2 * count).long().clamp(0, count - 1)


def _filled(total: Tensor) -> NDArray[np.float32]:
    """Means of summed colours and weights (H, W, 4); empty texels take their neighbours' mean."""
    known = total[..., 3:] > 1e-6
    color = torch.where(known, total[..., :3] / total[..., 3:].clamp(min=1e-6), 0.0)
    color, known = color.permute(2, 0, 1)[None], known.permute(2, 0, 1)[None].float()
    color = color * known
    for _ in range(_FILLS):
        spread = torch.nn.functional.avg_pool2d(color, 3, 1, 1)
        share = torch.nn.functional.avg_pool2d(known, 3, 1, 1)
        new = (known == 0) & (share > 0)
        color = torch.where(new, spread / share.clamp(min=1e-6), color)
        known = torch.maximum(known, new.float())
    rest = color.sum((2, 3), keepdim=True) / known.sum().clamp(min=1)
    return torch.where(known > 0, color, rest)[0].permute(1, 2, 0).clamp(0, 1).numpy()

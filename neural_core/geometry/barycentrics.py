# SPDX-License-Identifier: Apache-2.0
"""Barycentrics and depth of a pixel on a known face: plain, differentiable torch.

The corners are moved along the pixel's ray into one plane, where the weights are ratios of areas:
exact for perspective and orthographic cameras alike, and well defined for triangles that reach
behind the camera, because nothing is divided by the depth of a corner.
"""

from __future__ import annotations

import torch

from neural_core.contract import Camera

from .rasterizer import Fragments

_OUTSIDE = 1e-3
"""Weights may miss [0, 1] by this much through rounding; more means a triangle seen edge-on."""

_TINY_AREA = 1e-30


def planar_weights(
    x: torch.Tensor, y: torch.Tensor, z: torch.Tensor, offsets: torch.Tensor, kind: str
) -> tuple[torch.Tensor, torch.Tensor]:
    """Twice the signed areas opposite to each corner, and their sum.

    Args:
        x, y, z: (3, ...) coordinates of a face's corners in camera space.
        offsets: (2, ...) of the pixels, see ``cameras.grid_offsets``; broadcast against x[0].
        kind: of the camera.

    Returns:
        weights (3, ...) and total (...): barycentrics are weights / total.
    """
    if kind == "perspective":
        x, y = torch.addcmul(x, z, offsets[0]), torch.addcmul(y, z, offsets[1])
    else:
        x, y = x - offsets[0], y - offsets[1]
    weights = x.roll(-1, 0) * y.roll(1, 0) - x.roll(1, 0) * y.roll(-1, 0)
    return weights, weights.sum(0)


def barycentrics(
    x: torch.Tensor, y: torch.Tensor, z: torch.Tensor, offsets: torch.Tensor, kind: str
) -> tuple[torch.Tensor, torch.Tensor]:
    """Perspective-correct barycentrics (3, N) and planar depth (N,) of N pixels.

    Args:
        x, y, z: (3, N) coordinates of the corners of each pixel's face in camera space.
        offsets: (2, N) of the pixels.
        kind: of the camera.
    """
    weights, total = planar_weights(x, y, z, offsets, kind)
    edge_on = total.abs() < _TINY_AREA
    shares = weights / torch.where(edge_on, torch.ones_like(total), total)
    shares = _tame(shares, edge_on)
    return shares, -(shares * z).sum(0)


def resolve(
    vertices: torch.Tensor,
    faces: torch.Tensor,
    pix_to_face: torch.Tensor,
    offsets: torch.Tensor,
    camera: Camera,
) -> Fragments:
    """Fragments of an image whose visible faces are known.

    Args:
        vertices: (V, 3) float32 in camera space; gradients flow to it.
        faces: (F, 3) integer.
        pix_to_face: (H, W) int64, -1 where empty.
        offsets: (2, H * W) of the pixel centres.
        camera: whose intrinsics made the offsets.
    """
    flat = pix_to_face.reshape(-1)
    hit = (flat >= 0).nonzero().squeeze(1)
    corners = faces.to(torch.int64).T.index_select(1, flat[hit])
    indices = corners.reshape(-1)
    x, y, z = (axis.index_select(0, indices).view_as(corners) for axis in vertices.unbind(1))
    shares, depth = barycentrics(x, y, z, offsets.index_select(1, hit), camera.kind)
    size = flat.numel()
    all_shares = vertices.new_zeros((3, size)).index_copy(1, hit, shares)
    all_depth = vertices.new_full((size,), torch.inf).index_copy(0, hit, depth)
    height, width = pix_to_face.shape
    return Fragments(
        pix_to_face,
        all_shares.view(3, height, width).permute(1, 2, 0),
        all_depth.view(height, width),
    )


def _tame(shares: torch.Tensor, edge_on: torch.Tensor) -> torch.Tensor:
    """Put weights that rounding threw far outside of an edge-on face back onto it, no gradient."""
    with torch.no_grad():
        wild = edge_on | (shares < -_OUTSIDE).any(0) | (shares > 1 + _OUTSIDE).any(0)
        if not bool(wild.any()):
            return shares
        safe = shares.clamp(0.0, 1.0) + 1e-6
        safe = safe / safe.sum(0)
    return torch.where(wild, safe, shares)

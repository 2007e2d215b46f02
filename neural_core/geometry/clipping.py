# SPDX-License-Identifier: Apache-2.0
"""Cutting triangles at the near plane, differentiably, for rasterisers that divide by depth."""

from __future__ import annotations

from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class ClippedFaces:
    """Triangles in front of the near plane.

    Attributes:
        corners: (G, 3, 3) in camera space, all at or beyond the near plane.
        face: (G,) int64, the face each one is a part of.
        shares: (G, 3, 3) barycentrics of each corner (row) on that face.
    """

    corners: torch.Tensor
    face: torch.Tensor
    shares: torch.Tensor


def clip_near(vertices: torch.Tensor, faces: torch.Tensor, near: float) -> ClippedFaces:
    """Keep what lies at depth >= near: whole, one or two triangles per face, in order of face.

    Args:
        vertices: (V, 3) in camera space, looking along -Z; gradients flow to it.
        faces: (F, 3) int64.
        near: planar depth of the plane.
    """
    corners = vertices[faces]
    in_front = -corners[..., 2].detach() >= near
    count = in_front.sum(1)
    whole = (count == 3).nonzero().squeeze(1)
    identity = torch.eye(3, dtype=vertices.dtype, device=vertices.device)
    parts = [(whole, identity.expand(len(whole), 3, 3))]
    for number in (1, 2):
        cut = (count == number).nonzero().squeeze(1)
        if len(cut):
            parts += _cut(cut, corners[cut], in_front[cut], near)
    face = torch.cat([f for f, _ in parts])
    shares = torch.cat([s for _, s in parts])
    # In order of faces, so that ties of depth fall as they would without cutting.
    order = torch.argsort(face, stable=True)
    face, shares = face[order], shares[order]
    return ClippedFaces(shares @ corners[face], face, shares)


def _cut(
    face: torch.Tensor, corners: torch.Tensor, in_front: torch.Tensor, near: float
) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Parts of faces with one corner (or, then, two) in front; same winding as the face."""
    alone_in_front = in_front.sum(1) == 1
    lone = torch.where(alone_in_front[:, None], in_front, ~in_front).to(torch.int64).argmax(1)
    turn = (lone[:, None] + torch.arange(3, device=face.device)) % 3
    depth = -corners[..., 2].gather(1, turn)
    identity = torch.eye(3, dtype=corners.dtype, device=face.device)
    a, b, c = (identity[turn[:, i]] for i in range(3))
    # Where the edges a-b and a-c meet the plane.
    along_b = ((near - depth[:, 0]) / (depth[:, 1] - depth[:, 0]))[:, None]
    along_c = ((near - depth[:, 0]) / (depth[:, 2] - depth[:, 0]))[:, None]
    on_b, on_c = torch.lerp(a, b, along_b), torch.lerp(a, c, along_c)
    one = alone_in_front.nonzero().squeeze(1)
    two = (~alone_in_front).nonzero().squeeze(1)
    parts = [(one, (a, on_b, on_c)), (two, (on_b, b, c)), (two, (on_b, c, on_c))]
    return [
        (face[index], torch.stack([corner[index] for corner in triangle], dim=1))
        for index, triangle in parts
        if len(index)
    ]

# SPDX-License-Identifier: Apache-2.0
"""The plain twin: a z-buffer in torch, tile by tile. Slow, obvious, always there."""

from __future__ import annotations

import torch

from neural_core.contract import Camera

from .barycentrics import planar_weights, resolve
from .cameras import grid_offsets, project_camera_space
from .rasterizer import Fragments

_TILE = 32
_PAIRS = 1 << 20
"""Pairs of pixel and face evaluated at once: bounds the memory."""


class TorchRasterizer:
    """Every pixel of a tile against every face whose bounds touch the tile."""

    name = "torch"

    @torch.no_grad()
    def _visible_faces(
        self,
        vertices: torch.Tensor,
        faces: torch.Tensor,
        offsets: torch.Tensor,
        camera: Camera,
        width: int,
        height: int,
    ) -> torch.Tensor:
        found = torch.full((height, width), -1, dtype=torch.int64, device=vertices.device)
        corners = vertices[faces].permute(2, 1, 0)  # axis, corner, face
        low, high, reachable = _bounds(corners, camera)
        offsets = offsets.view(2, height, width)
        for top in range(0, height, _TILE):
            for left in range(0, width, _TILE):
                rows = slice(top, min(top + _TILE, height))
                columns = slice(left, min(left + _TILE, width))
                touching = reachable & (high[0] >= columns.start) & (low[0] <= columns.stop)
                touching &= (high[1] >= rows.start) & (low[1] <= rows.stop)
                candidates = touching.nonzero().squeeze(1)
                if len(candidates):
                    tile = offsets[:, rows, columns]
                    nearest = _nearest(corners, candidates, tile.reshape(2, -1), camera)
                    found[rows, columns] = nearest.view(tile.shape[1:])
        return found

    def rasterize(
        self, vertices: torch.Tensor, faces: torch.Tensor, camera: Camera, width: int, height: int
    ) -> Fragments:
        """See ``rasterizer.Rasterizer.rasterize``."""
        faces = faces.to(torch.int64)
        offsets = torch.from_numpy(grid_offsets(camera, width, 0, height)).to(vertices.device)
        pix_to_face = self._visible_faces(vertices, faces, offsets, camera, width, height)
        return resolve(vertices, faces, pix_to_face, offsets, camera)


def _bounds(
    corners: torch.Tensor, camera: Camera
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Bounds of the faces in pixels (2, F) each, a pixel wider, and which are in view (F,)."""
    depth = -corners[2]
    reachable = (depth.amax(0) >= camera.near) & (depth.amin(0) <= camera.far)
    pixels = project_camera_space(camera, corners.movedim(0, -1)).movedim(-1, 0)[:2]
    low, high = pixels.amin(1) - 1, pixels.amax(1) + 1
    # The image of a face that crosses the near plane is not bounded by its corners.
    crossing = depth.amin(0) < camera.near
    return low.masked_fill(crossing, -torch.inf), high.masked_fill(crossing, torch.inf), reachable


def _nearest(
    corners: torch.Tensor, candidates: torch.Tensor, offsets: torch.Tensor, camera: Camera
) -> torch.Tensor:
    """Nearest of the candidate faces at P pixels, or -1: (P,)."""
    pixels = offsets.shape[1]
    best = offsets.new_full((pixels,), torch.inf)
    found = torch.full((pixels,), -1, dtype=torch.int64, device=offsets.device)
    for part in candidates.split(max(1, _PAIRS // pixels)):
        x, y, z = corners[:, :, None, part]
        weights, total = planar_weights(x, y, z, offsets[:, :, None], camera.kind)
        shares = weights / total
        depth = -(shares * z).sum(0)
        # Comparisons with the NaN of an edge-on face are false: it is never taken.
        inside = (shares >= 0).all(0) & (depth >= camera.near) & (depth <= camera.far)
        depth, index = depth.masked_fill(~inside, torch.inf).min(1)
        nearer = depth < best
        best = torch.where(nearer, depth, best)
        found = torch.where(nearer, part[index], found)
    return found

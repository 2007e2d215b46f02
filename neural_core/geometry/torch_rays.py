# SPDX-License-Identifier: Apache-2.0
"""Rays against triangles in torch, for machines without Embree. See ``rays.RayScene``."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from .rays import Float

_CLUSTER = 32
"""Faces that share one bounding box."""

_RAYS = 512
"""Rays a chunk: bounds the memory."""


class TorchRayScene:
    """Faces in clusters of neighbours; a ray tests the boxes first, then the faces inside.

    Args:
        vertices: (V, 3) float32. faces: (F, 3) integer.
    """

    def __init__(self, vertices: Float, faces: NDArray[np.integer]) -> None:
        triangles = torch.from_numpy(np.asarray(vertices, np.float32)[faces])
        order = torch.from_numpy(_morton_order(triangles.mean(1).numpy()))
        if len(order):
            missing = -len(order) % _CLUSTER
            order = torch.cat([order, order[-1:].expand(missing)])
        self._ids = order.view(-1, _CLUSTER)
        self._triangles = triangles[order].view(-1, _CLUSTER, 3, 3)
        corners = self._triangles.flatten(1, 2)
        margin = 1e-6 * corners.abs().amax() if len(order) else 0.0
        self._low = corners.amin(1) - margin if len(order) else corners.new_zeros((0, 3))
        self._high = corners.amax(1) + margin if len(order) else corners.new_zeros((0, 3))

    def first_hit(self, origins: Float, directions: Float, distance: float) -> NDArray[np.int64]:
        """See ``RayScene.first_hit``; of faces at the same distance the first one counts."""
        found = np.full(len(origins), -1, np.int64)
        for start in range(0, len(origins), _RAYS):
            part = slice(start, start + _RAYS)
            found[part] = self._nearest(
                torch.from_numpy(origins[part]), torch.from_numpy(directions[part]), distance
            ).numpy()
        return found

    def occluded(self, origins: Float, directions: Float, distance: float) -> NDArray[np.bool_]:
        """See ``RayScene.occluded``."""
        if len(directions) == 1:
            directions = np.repeat(directions, len(origins), axis=0)
        return self.first_hit(origins, directions, distance) >= 0

    def _nearest(
        self, origins: torch.Tensor, directions: torch.Tensor, distance: float
    ) -> torch.Tensor:
        rays, clusters = self._boxes_hit(origins, directions, distance)
        ids = self._ids[clusters].reshape(-1)
        rays = rays.repeat_interleave(_CLUSTER)
        triangles = self._triangles[clusters].view(-1, 3, 3)
        t = _distances(origins[rays], directions[rays], triangles)
        t = t.masked_fill(~((t >= 0) & (t <= distance)), torch.inf)
        nearest = t.new_full((len(origins),), torch.inf).scatter_reduce(0, rays, t, "amin")
        first = torch.isfinite(t) & (t == nearest[rays])
        none = torch.iinfo(torch.int64).max
        found = torch.full((len(origins),), none).scatter_reduce(0, rays[first], ids[first], "amin")
        return torch.where(found == none, -1, found)

    def _boxes_hit(
        self, origins: torch.Tensor, directions: torch.Tensor, distance: float
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Pairs of ray and cluster whose box the ray meets."""
        # A tiny component instead of 0 keeps the slabs free of 0 * inf.
        safe = torch.where(directions.abs() < 1e-20, torch.full_like(directions, 1e-20), directions)
        to_low = (self._low[None] - origins[:, None]) / safe[:, None]
        to_high = (self._high[None] - origins[:, None]) / safe[:, None]
        enter = torch.minimum(to_low, to_high).amax(-1)
        leave = torch.maximum(to_low, to_high).amin(-1)
        hit = (enter <= leave) & (leave >= 0) & (enter <= distance)
        rays, clusters = hit.nonzero(as_tuple=True)
        return rays, clusters


def _distances(
    origins: torch.Tensor, directions: torch.Tensor, triangles: torch.Tensor
) -> torch.Tensor:
    """Moeller and Trumbore's test of N rays against N triangles (N, 3, 3): distance or NaN."""
    corner = triangles[:, 0]
    first, second = triangles[:, 1] - corner, triangles[:, 2] - corner
    across = torch.linalg.cross(directions, second)
    volume = (first * across).sum(-1)
    start = origins - corner
    u = (start * across).sum(-1) / volume
    along = torch.linalg.cross(start, first)
    v = (directions * along).sum(-1) / volume
    t = (second * along).sum(-1) / volume
    inside = (u >= 0) & (v >= 0) & (u + v <= 1)
    return torch.where(inside, t, torch.full_like(t, torch.nan))


def _morton_order(points: NDArray[np.float32]) -> NDArray[np.int64]:
    """Order of (N, 3) points along a Z-curve: neighbours in space stay neighbours."""
    if len(points) == 0:
        return np.zeros(0, np.int64)
    low, high = points.min(0), points.max(0)
    cells = ((points - low) / np.maximum(high - low, 1e-12) * 1023).astype(np.int64)
    code = np.zeros(len(points), np.int64)
    for bit in range(10):
        for axis in range(3):
            code |= ((cells[:, axis] >> bit) & 1) << (3 * bit + axis)
    return np.argsort(code, kind="stable")

# SPDX-License-Identifier: Apache-2.0
"""Soft cuboids: six quads, sharp by distances on them."""

from __future__ import annotations

import torch
from torch import Tensor


class ProjectQaudMesh2Image:
    """Alpha and depth of cuboids."""

    def __init__(
        self, camera: Tensor, texsize: int = 7, near_plane: float = 0.0, far_plane: float = 100.0
    ) -> None:
        self.far = far_plane
        self.size = (int(camera[1, 2]) * 2, int(camera[0, 2]) * 2)
        rows, columns = torch.meshgrid(*(torch.arange(n) + 0.5 for n in self.size), indexing="ij")
        pixels = torch.stack([columns, rows, torch.ones_like(rows)], -1).reshape(-1, 3)
        self.rays = pixels @ torch.inverse(camera).T

    def __call__(
        self,
        extrinsics: Tensor,
        faces: Tensor,
        features: Tensor,
        extents: Tensor,
        sigma: float,
        gamma: float,
    ) -> tuple[None, Tensor, Tensor, None, None]:
        """Extrinsics (P, 3, 4), faces (P, 6, 4, 4) whose second axis is their normal, and the half
        extents (P, 6, 2) along their other axes -> alpha and depth (P, 1, H, W)."""
        through = torch.ones(len(faces), len(self.rays))
        depth = torch.full_like(through, self.far)
        for face, half in zip(faces.unbind(1), extents.unbind(1), strict=True):
            pose = extrinsics[:, :, :3] @ face[:, :3]
            axes, middle = pose[:, :, :3], pose[:, :, 3] + extrinsics[:, :, 3]
            normal = axes[:, :, 1]
            ahead = (middle * normal).sum(1)[:, None] / (normal @ self.rays.T)
            met = ahead[..., None] * self.rays
            beside = ((met - middle[:, None]) @ axes)[..., [0, 2]].abs()
            inside = (beside < half[:, None]).all(2)
            within = (half[:, None] - beside).amin(2).square()
            without = (beside - half[:, None]).clamp(min=0).square().sum(2)
            sharp = torch.where(inside, self.far * within, -without) / sigma
            through = through * (1 - torch.sigmoid(sharp) * (ahead > 0))
            seen = torch.where(inside & (ahead > 0), met[..., 2], self.far)
            depth = torch.minimum(depth, seen)
        size = (-1, 1, *self.size)
        return None, (1 - through).view(size), depth.view(size), None, None

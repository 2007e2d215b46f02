# SPDX-License-Identifier: Apache-2.0
"""Splats: the sum over all points at every pixel."""

from __future__ import annotations

import torch
from torch import Tensor


class ProjectPoint2Image:
    """Points as Gaussian blobs, a 32nd of the focal length wide."""

    def __init__(self, camera: Tensor, width: int, height: int) -> None:
        self.camera, self.size = camera, (height, width)

    def __call__(self, extrinsics: Tensor, points: Tensor, features: Tensor, _: Tensor) -> Tensor:
        """(P, 3, 4), (P, K, 3) and (P, K, C) -> (P, C, H, W)."""
        sigma = float(self.camera[0, 0]) / 32
        rows, columns = torch.meshgrid(*(torch.arange(float(n)) for n in self.size), indexing="ij")
        pictures = []
        for pose, own, carried in zip(extrinsics, points, features, strict=True):
            picture = torch.zeros(carried.shape[1], *self.size)
            for place, feature in zip(own @ pose[:, :3].T + pose[:, 3], carried, strict=True):
                if place[2] > 0.1:
                    u, v, _ = self.camera @ place / place[2]
                    squared = (u - columns) ** 2 + (v - rows) ** 2
                    picture += feature[:, None, None] * torch.exp(-squared / sigma**2)
            pictures.append(picture)
        return torch.stack(pictures)

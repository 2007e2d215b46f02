# SPDX-License-Identifier: Apache-2.0
"""Cameras and poses of the model.

Model space: X right, Y down, Z ahead of the middle camera; Blender's (x, y, z) is the model's
(x, -z, y). Camera space: X right, Y down, Z ahead. Lengths in model units.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from .config import KIND_SPREAD, Controllable3dConfig

FROM_BLENDER = torch.tensor([[1.0, 0.0, 0.0], [0.0, 0.0, -1.0], [0.0, 1.0, 0.0]])
"""Rotation (3, 3) from Blender's axes to the model's."""


@dataclass(frozen=True)
class View:
    """Where B pictures are taken from.

    Attributes:
        extrinsics: (B, 3, 4) model space -> camera space.
        focal, centre: of the image in pixels, x and y; pixel centres lie at +0.5.
        width, height: of the image in pixels.
    """

    extrinsics: Tensor
    focal: tuple[float, float]
    centre: tuple[float, float]
    width: int
    height: int

    def to(self, device: torch.device | str) -> View:
        """The same view on a device."""
        return replace(self, extrinsics=self.extrinsics.to(device))

    @property
    def count(self) -> int:
        """How many pictures."""
        return len(self.extrinsics)

    def to_camera(self, points: Tensor) -> Tensor:
        """Points (B, K, 3) in model space -> camera space."""
        rotation, offset = self.extrinsics[:, :, :3], self.extrinsics[:, :, 3]
        return points @ rotation.transpose(1, 2) + offset[:, None]

    def to_pixels(self, points: Tensor) -> Tensor:
        """Points (..., 3) in camera space -> image positions (..., 2) in pixels."""
        depth = points[..., 2].clamp(min=1e-6)
        u = points[..., 0] / depth * self.focal[0] + self.centre[0]
        v = points[..., 1] / depth * self.focal[1] + self.centre[1]
        return torch.stack([u, v], -1)

    def rays(self) -> Tensor:
        """Directions (H, W, 3) of the pixels in camera space, with z = 1."""
        device = self.extrinsics.device
        x = (torch.arange(self.width, device=device) + 0.5 - self.centre[0]) / self.focal[0]
        y = (torch.arange(self.height, device=device) + 0.5 - self.centre[1]) / self.focal[1]
        rows, columns = torch.meshgrid(y, x, indexing="ij")
        return torch.stack([columns, rows, torch.ones_like(rows)], -1)


@dataclass(frozen=True)
class Poses:
    """Where P primitives stand: rotation (P, 3, 3), translation (P, 3), half sizes scale (P, 3)."""

    rotation: Tensor
    translation: Tensor
    scale: Tensor

    def place(self, points: Tensor) -> Tensor:
        """Template points (K, 3) or (P, K, 3) -> model space (P, K, 3)."""
        return (points * self.scale[:, None]) @ self.rotation.transpose(1, 2) + self.translation[
            :, None
        ]

    def turned(self, angle: Tensor) -> Poses:
        """The primitives turned about the vertical through their middles by ``angle`` (P,)."""
        return Poses(about_vertical(angle) @ self.rotation, self.translation, self.scale)

    def moved(self, offset: Tensor) -> Poses:
        """The primitives shifted by ``offset`` (3,) or (P, 3)."""
        return Poses(self.rotation, self.translation + offset, self.scale)

    def in_camera(self, view: View) -> tuple[Tensor, Tensor]:
        """Rotation (P, 3, 3) and translation (P, 3) from template axes to camera space."""
        each = view.extrinsics.repeat_interleave(len(self.scale) // view.count, 0)
        rotation = each[:, :, :3] @ self.rotation
        offset = (each[:, :, :3] @ self.translation[:, :, None]).squeeze(2) + each[:, :, 3]
        return rotation, offset

    def to(self, device: torch.device | str) -> Poses:
        """The same poses on a device."""
        return Poses(self.rotation.to(device), self.translation.to(device), self.scale.to(device))

    def detach(self) -> Poses:
        """The same poses, without gradients."""
        return Poses(self.rotation.detach(), self.translation.detach(), self.scale.detach())


def about_vertical(angle: Tensor) -> Tensor:
    """Rotations (P, 3, 3) about the vertical by angles (P,) in radians."""
    cosine, sine, none = torch.cos(angle), torch.sin(angle), torch.zeros_like(angle)
    rows = [cosine, none, sine, none, none + 1, none, -sine, none, cosine]
    return torch.stack(rows, -1).view(-1, 3, 3)


def orthonormal(pairs: Tensor) -> Tensor:
    """Rotations (P, 3, 3) whose first two columns follow the columns of ``pairs`` (P, 3, 2)."""
    first = torch.nn.functional.normalize(pairs[:, :, 0], dim=1)
    along = (first * pairs[:, :, 1]).sum(1, keepdim=True)
    second = torch.nn.functional.normalize(pairs[:, :, 1] - along * first, dim=1)
    return torch.stack([first, second, torch.linalg.cross(first, second)], 2)


def learned_poses(numbers: Tensor, config: Controllable3dConfig) -> Poses:
    """Poses from the pose branch's numbers (P, 12): two vectors, a translation, half sizes."""
    low, high = config.scale_range
    return Poses(
        rotation=orthonormal(numbers[:, :6].view(-1, 3, 2)),
        translation=torch.tanh(numbers[:, 6:9]) * config.reach,
        scale=torch.sigmoid(numbers[:, 9:12]) * (high - low) + low,
    )


def upright_poses(count: int, config: Controllable3dConfig) -> Poses:
    """Poses drawn at random: on the ground within reach, turned about the vertical."""
    scale = _upright_sizes(count, config)
    place = (torch.rand(count, 2) * 2 - 1) * config.upright_reach
    translation = torch.stack([place[:, 0], -scale[:, 1], place[:, 1]], 1)
    return Poses(about_vertical(torch.rand(count) * 2 * torch.pi), translation, scale)


def _upright_sizes(count: int, config: Controllable3dConfig) -> Tensor:
    """Half sizes (P, 3) drawn at random: of one of the kinds, or any within the range."""
    drawn = torch.rand(count, 3)
    if not config.upright_kinds:
        low, high = torch.tensor(config.upright_size).unbind(1)
        return low + drawn * (high - low)
    kinds = torch.tensor(config.upright_kinds)
    chosen = torch.multinomial(kinds[:, 0], count, replacement=True)
    return kinds[chosen, 1:] * (1 + (drawn * 2 - 1) * KIND_SPREAD)


def square_view(extrinsics: Tensor, config: Controllable3dConfig) -> View:
    """Views of the training: square, the focal length is the picture's width."""
    size = config.size
    return View(extrinsics, (size, size), (size / 2, size / 2), size, size)


def draw_views(count: int, config: Controllable3dConfig) -> View:
    """Random cameras on the hemisphere, all looking at the middle."""
    low, high = config.polar_range
    azimuth = torch.rand(count) * 2 * torch.pi
    polar = torch.arccos(1 - 2 * (low + torch.rand(count) * (high - low)))
    return square_view(extrinsics_at(azimuth, polar, config.radius), config)


def extrinsics_at(azimuth: Tensor, polar: Tensor, radius: float) -> Tensor:
    """Extrinsics (B, 3, 4) of cameras that look at the middle.

    Args:
        azimuth: (B,) radians, about Blender's Z from its X.
        polar: (B,) true angle from the up axis in radians.
        radius: distance from the middle in model units.
    """
    out = torch.sin(polar)
    eye = torch.stack([out * torch.cos(azimuth), -torch.cos(polar), out * torch.sin(azimuth)], 1)
    ahead = -eye
    down = torch.tensor([0.0, 1.0, 0.0]).expand_as(eye)
    right = torch.nn.functional.normalize(torch.linalg.cross(down, ahead), dim=1)
    rotation = torch.stack([right, torch.linalg.cross(ahead, right), ahead], 1)
    offset = -(rotation @ (eye * radius)[:, :, None])
    return torch.cat([rotation, offset], 2)

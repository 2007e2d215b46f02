# SPDX-License-Identifier: Apache-2.0
"""The 3D generator: from a code to abstract primitives and a background sphere."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from .config import Controllable3dConfig
from .views import Poses, learned_poses

MLP_WIDTHS = (128, 256, 512)


@dataclass(frozen=True)
class Codes:
    """What a batch of B scenes with N primitives each is made from.

    Attributes:
        objects: (B * N, L), the code of every primitive, scene by scene.
        scenes: (B, L), of the poses and of the background.
        slots: (B * N,) int64, whose parameters each primitive uses.
    """

    objects: Tensor
    scenes: Tensor
    slots: Tensor

    def to(self, device: torch.device | str) -> Codes:
        """The same codes on a device."""
        return Codes(self.objects.to(device), self.scenes.to(device), self.slots.to(device))

    def detach(self) -> Codes:
        """The same codes, cut off from what made them."""
        return Codes(self.objects.detach(), self.scenes.detach(), self.slots)


def shared_codes(latent: Tensor, config: Controllable3dConfig) -> Codes:
    """All primitives of a scene are made from the scene's one code (B, L), as the authors do."""
    count = config.primitives
    slots = torch.arange(count, device=latent.device).repeat(len(latent))
    return Codes(latent.repeat_interleave(count, 0), latent, slots % config.slots)


def draw_codes(count: int, config: Controllable3dConfig) -> Codes:
    """Random codes of ``count`` scenes.

    Where poses are not learned, the first half of the latent is free: it is then one for the whole
    scene (its light and mood), and the second half is each object's, and the background's, own.
    """
    latent = torch.randn(count, config.latent)
    if config.poses == "learned":
        return shared_codes(latent, config)
    half = config.latent // 2
    own = torch.randn(count * config.primitives, config.latent - half)
    mood = latent[:, :half].repeat_interleave(config.primitives, 0)
    slots = torch.zeros(len(own), dtype=torch.int64)
    return Codes(torch.cat([mood, own], 1), latent, slots)


def pair_moods(codes: Codes, config: Controllable3dConfig) -> Codes:
    """The same codes of drawn poses, every second scene in the mood of the one before it.

    What then differs within a pair is the objects' own doing.
    """
    half, count = config.latent // 2, len(codes.objects) // len(codes.scenes)
    scenes = codes.scenes.clone()
    scenes[1::2, :half] = scenes[: len(scenes) // 2 * 2 : 2, :half]
    mood = scenes[:, :half].repeat_interleave(count, 0)
    return Codes(torch.cat([mood, codes.objects[:, half:]], 1), scenes, codes.slots)


def mlp(inputs: int, outputs: int) -> nn.Sequential:
    """Four linear layers with leaky rectifiers between them."""
    layers: list[nn.Module] = []
    for width in MLP_WIDTHS:
        layers += [nn.Linear(inputs, width), nn.LeakyReLU(0.2)]
        inputs = width
    return nn.Sequential(*layers, nn.Linear(inputs, outputs))


class TextureDecoder(nn.Module):
    """A code -> a texture in spherical coordinates."""

    def __init__(self, code: int, width: int, channels: int, size: tuple[int, int]) -> None:
        super().__init__()
        self.start = (width, size[0] // 8, size[1] // 8)
        self.enter = nn.Linear(code, width * self.start[1] * self.start[2])
        blocks: list[nn.Module] = []
        for _ in range(3):
            blocks += [
                nn.ConvTranspose2d(width, width, 3, stride=2, padding=1, output_padding=1),
                nn.BatchNorm2d(width),
                nn.LeakyReLU(0.2, True),
            ]
        blocks += [nn.Conv2d(width, channels, 3, padding=1), nn.BatchNorm2d(channels)]
        self.blocks = nn.Sequential(*blocks)

    def forward(self, code: Tensor) -> Tensor:
        """(P, code) -> (P, channels, height, width)."""
        return self.blocks(self.enter(code).view(-1, *self.start))


class Generator3d(nn.Module):
    """Pose branch, feature branch and background branch."""

    def __init__(self, config: Controllable3dConfig) -> None:
        super().__init__()
        self.config = config
        self.pose_half = config.latent // 2
        half = config.latent - self.pose_half
        self.poses = mlp(self.pose_half, 12 * config.slots) if config.poses == "learned" else None
        is_point = config.primitive == "point"
        each = config.points * (3 + config.point_channels) if is_point else config.texture_code
        self.features = mlp(half, each * config.slots)
        self.texture = None if is_point else self._decoder(config.texture_code, config.texture_size)
        self.background = None
        self.background_texture = None
        if config.background:
            self.background = nn.Linear(half, 128)
            self.background_texture = self._decoder(128, config.background_texture_size)

    def _decoder(self, code: int, size: tuple[int, int]) -> TextureDecoder:
        config = self.config
        channels = config.feature_channels
        return TextureDecoder(code, config.texture_width, channels, size)

    def learned_poses(self, scenes: Tensor) -> Poses:
        """Poses of the primitives of B scenes, from their codes (B, L).

        Raises:
            ValueError: this model's poses are not learned.
        """
        if self.poses is None:
            raise ValueError("this model draws its poses: it has no pose branch")
        numbers = self.poses(scenes[:, : self.pose_half]).float()
        return learned_poses(numbers.view(-1, 12), self.config)

    def object_features(self, codes: Codes) -> Tensor:
        """Points' numbers (P, K, 3 + C), or textures (P, C, h, w)."""
        found = self.features(codes.objects[:, self.pose_half :])
        found = found.view(len(found), self.config.slots, -1)
        own = found[torch.arange(len(found), device=found.device), codes.slots]
        if self.texture is not None:
            return self.texture(own)
        count = self.config.points
        places, values = own[:, : 3 * count], own[:, 3 * count :]
        return torch.cat([places.view(-1, count, 3), values.view(len(own), count, -1)], 2)

    def background_features(self, scenes: Tensor) -> Tensor | None:
        """Textures (B, C, h, w) of the background sphere; None without one."""
        if self.background is None or self.background_texture is None:
            return None
        return self.background_texture(self.background(scenes[:, self.pose_half :]))

# SPDX-License-Identifier: Apache-2.0
"""What controllable3d is compared with: a plain 2D GAN of its size, and itself without consistency.

The plain one has no objects: a code becomes feature maps, and the 2D generator, widened to the same
number of parameters, makes a picture of them. It shows what pictures alone are worth here.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor, nn

from neural_core.contract import ContractError
from neural_core.weights import ModelCard, load_weights

from .config import Controllable3dConfig
from .generator2d import Generator2d, initialise
from .generator3d import TextureDecoder
from .model import Controllable3d
from .training import Controllable3dTraining, Controllable3dTrainingOptions, Drawn

PLAIN, FREE = "plain-2d", "no-consistency"
BASELINES = (PLAIN, FREE)

PLAIN_METHOD = "controllable3d-plain"
"""The method that cards of plain models name: they paint no objects, so they render no scene."""


class Plain2d(nn.Module):
    """A GAN's generator without objects or cameras, of the controllable one's own parts."""

    def __init__(self, config: Controllable3dConfig) -> None:
        super().__init__()
        self.config = config
        self.maps = TextureDecoder(
            config.latent, config.texture_width, config.feature_channels, (config.size, config.size)
        )
        self.painter = Generator2d(
            config.feature_channels, config.width, config.latent, 1, config.residual
        )
        initialise(self.painter, config.start_gain)

    def forward(self, codes: Tensor) -> Tensor:
        """Codes (B, L) -> pictures (B, 3, size, size) in [-1, 1]."""
        maps = self.maps(codes).contiguous(memory_format=torch.channels_last)
        slots = torch.zeros(len(codes), dtype=torch.int64, device=codes.device)
        return self.painter(maps, codes, slots)[:, :3]


class PlainTraining(Controllable3dTraining):
    """The same steps for `Plain2d`; it is shown scenes only, never empty places."""

    def _new_model(self) -> nn.Module:
        return Plain2d(self.config)

    def _draw(self, count: int) -> Drawn:
        codes = torch.randn(count, self.config.latent).to(self.device)
        return Drawn(self.model(codes))


def plain_config(config: Controllable3dConfig) -> Controllable3dConfig:
    """The configuration of a `Plain2d` with about as many parameters as ``config`` has.

    The 2D generator's width is the largest that stays within them.
    """
    wanted = _parameters(Controllable3d, config)
    plain = replace(config, background=False)
    low, high = config.width, 4 * config.width
    while high - low > 1:
        middle = (low + high) // 2
        fits = _parameters(Plain2d, replace(plain, width=middle)) <= wanted
        low, high = (middle, high) if fits else (low, middle)
    return replace(plain, width=low)


def baseline(
    name: str, config: Controllable3dConfig, options: Controllable3dTrainingOptions
) -> tuple[Controllable3dConfig, Controllable3dTrainingOptions]:
    """The configuration and the options of a baseline.

    Raises:
        ContractError: there is none of that name.
    """
    if name == PLAIN:
        return plain_config(config), options
    if name == FREE:
        return config, replace(options, consistency=0.0)
    raise ContractError("baseline", f"'{name}' is unknown", f"Use one of {', '.join(BASELINES)}")


def load_plain2d(card: ModelCard, device: str = "cpu") -> Plain2d:
    """The generator of a plain model, in eval mode and without gradients.

    Raises:
        ContractError: its weights are missing or damaged.
    """
    network = Plain2d(Controllable3dConfig.from_dict(card.config))
    weights = {name: value.float() for name, value in load_weights(card).items()}
    network.load_state_dict(weights, strict=False)
    return network.eval().requires_grad_(False).to(device)


def _parameters(kind: type[nn.Module], config: Controllable3dConfig) -> int:
    with torch.device("meta"):
        return sum(p.numel() for p in kind(config).parameters())

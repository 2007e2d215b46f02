# SPDX-License-Identifier: Apache-2.0
"""The networks that GroupDNet is compared with, as configurations of the same code.

They are made from any configuration, the authors' or ours, and can be widened or narrowed to its
number of parameters.
"""

from __future__ import annotations

import math
from dataclasses import replace

import torch

from .config import SmisConfig, Stage
from .model import GroupDNet

ABLATIONS = ("mulnet", "groupnet", "groupenc", "vspade", "spade")
LATENT = 256
"""Length of VSPADE's one code (SPADE, Park et al. 2019)."""


def ablation(config: SmisConfig, name: str) -> SmisConfig:
    """A relative of ``config``.

    ``mulnet``: one small network per class, whose pictures are put together under the masks;
    ``groupnet``: one group per class all through; ``groupenc``: the grouped encoder with an
    ordinary decoder; ``vspade``: an ordinary encoder too, one code for the picture; ``spade``: no
    code at all. Widths are rounded up to what the groups divide.

    Raises:
        KeyError: no such name.
    """
    classes, one = config.classes, _grouped(config, 1)
    return {
        "mulnet": lambda: replace(_grouped(config, classes), picture_groups=classes),
        "groupnet": lambda: _grouped(config, classes),
        "groupenc": lambda: one,
        "vspade": lambda: replace(
            _one_picture(one), codes="picture", latent_channels=LATENT, object_channels=0
        ),
        "spade": lambda: replace(one, codes="none", latent_channels=0, object_channels=0),
    }[name]()


def at_budget(config: SmisConfig, parameters: int, steps: int = 12) -> SmisConfig:
    """``config`` with its decoder's widths scaled until the decoder has about so many parameters.

    Never more; the widths keep their ratios up to what the groups divide.
    """
    low, high = 0.02, 8.0
    for _ in range(steps):
        middle = (low * high) ** 0.5
        if parameter_count(_scaled(config, middle)) <= parameters:
            low = middle
        else:
            high = middle
    return _scaled(config, low)


def parameter_count(config: SmisConfig) -> int:
    """Parameters of the decoder."""
    with torch.device("meta"):
        return sum(p.numel() for p in GroupDNet(config).decoder.parameters())


def _grouped(config: SmisConfig, groups: int) -> SmisConfig:
    """The same widths with one number of groups everywhere in the decoder."""
    stages = tuple(
        Stage(_up(stage.channels, groups), groups, _up(stage.hidden, groups))
        for stage in config.stages
    )
    return replace(config, stages=stages, stem=_up(config.stem, groups), stem_groups=groups)


def _one_picture(config: SmisConfig) -> SmisConfig:
    """Encoder widths of one network that sees all classes, where there was one per class."""
    widths = tuple(16 * round(width * config.classes**0.5 / 16) or 16 for width in
                   config.encoder_widths)  # fmt: skip
    return replace(config, encoder_widths=widths)


def _scaled(config: SmisConfig, factor: float) -> SmisConfig:
    def scaled(count: int, *groups: int) -> int:
        return _up(max(1, round(count * factor)), math.lcm(*groups))

    following = [*config.stages[1:], None]
    stages = tuple(
        replace(stage, channels=scaled(stage.channels, *_users(stage, after, config)))
        for stage, after in zip(config.stages, following, strict=True)
    )
    stem = scaled(config.stem, config.stem_groups or config.classes, *_users(config.stages[0]))
    return replace(config, stages=stages, stem=stem)


def _users(
    stage: Stage, after: Stage | None = None, config: SmisConfig | None = None
) -> tuple[int, ...]:
    """All groups that must divide a stage's output channels."""
    own = (stage.groups, stage.modulation_groups or stage.groups)
    if after is not None:
        return (*own, *_users(after))
    return (*own, config.picture_groups) if config is not None else own


def _up(count: int, multiple: int) -> int:
    return -(-count // multiple) * multiple

# SPDX-License-Identifier: Apache-2.0
"""A tiny street model with random weights, installed for a test."""

from __future__ import annotations

from pathlib import Path

import torch

from neural_core.methods.smis.config import SmisConfig, Stage
from neural_core.methods.smis.model import GroupDNet, initialise
from neural_core.weights import save_model

CONFIG = SmisConfig(
    class_ids=((7,), (26,), (11, 12), (23,)),
    class_names=("road", "car", "building", "sky"),
    guides=("edge", "inverse_depth", "normal", "shading", "tint"),
    size=32,
    encoder_crop=16,
    encoder_widths=(4, 4),
    stem=16,
    stages=(Stage(16, 4, 16), Stage(16, 2, 16), Stage(16, 2, 16), Stage(16, 1, 16)),
)


def install(folder: Path, name: str = "tiny", seed: int = 3, config: SmisConfig = CONFIG) -> None:
    """Write the model; BLOCKOUT_MODELS must name the folder."""
    torch.manual_seed(seed)
    model = GroupDNet(config)
    initialise(model, gain=1.0)
    tensors = {k: v for k, v in model.state_dict().items() if v.dtype.is_floating_point}
    save_model(
        folder,
        name,
        tensors,
        method="smis",
        domain="street",
        size=config.size,
        config=config.to_dict(),
        training={},
    )

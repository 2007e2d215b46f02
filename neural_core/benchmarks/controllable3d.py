# SPDX-License-Identifier: Apache-2.0
"""controllable3d: a batch at the authors' size, and a full training step of a small preset.

The projection is timed by itself, forward and backward, for its share of a training step.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from neural_core.contract import ContractError
from neural_core.layers.efficientnet_lite import efficientnet_lite0_path
from neural_core.layers.precision import native_dtype
from neural_core.methods.controllable3d.config import PRESETS, Controllable3dConfig
from neural_core.methods.controllable3d.generator3d import draw_codes
from neural_core.methods.controllable3d.model import Controllable3d
from neural_core.methods.controllable3d.projection import project_background
from neural_core.methods.controllable3d.training import OPTIONS, Controllable3dTraining
from neural_core.methods.controllable3d.views import Poses, draw_views, upright_poses

from . import authors_size
from .timing import milliseconds

TRAINED_PRESET, TRAINED_BATCH = "cars-64", 8


def run(*, repeats: int = 3, seed: int = 0, authors_code: Path | None = None) -> dict[str, Any]:
    """Measure.

    Args:
        authors_code: a clone of the authors' repository, some of whose files are executed.

    Returns:
        train_images_per_s: of a full step; train_step_ms;
        renderer_ms: projection forward and backward in a step; renderer_share: of the step;
        discriminator: which one was trained against; threads; bfloat16; and what
        `authors_size.ours_alone` or, with ``authors_code``, `ours_beside_theirs` returns.

    Raises:
        ContractError: ``authors_code`` is no clone of the authors' repository.
    """
    torch.manual_seed(seed)
    half = native_dtype(torch.device("cpu")) == torch.bfloat16
    forward = (
        authors_size.ours_alone(repeats, half)
        if authors_code is None
        else authors_size.ours_beside_theirs(repeats, half, authors_code)
    )
    step_ms, renderer_ms, discriminator = _training(repeats)
    return {
        **forward,
        "train_images_per_s": round(TRAINED_BATCH / step_ms * 1000, 2),
        "train_step_ms": round(step_ms, 1),
        "renderer_ms": round(renderer_ms, 1),
        "renderer_share": round(renderer_ms / step_ms, 4),
        "discriminator": discriminator,
        "threads": torch.get_num_threads(),
        "bfloat16": half,
    }


def table(result: dict[str, Any]) -> str:
    """The result for people."""
    ours = result["authors_size_parts_ms"]
    lines = [
        f"authors' size, {authors_size.BATCH} pictures, forward: "
        f"{result['authors_size_ms']:.0f} ms (projection {ours['projection']:.0f}, "
        f"networks {ours['networks']:.0f}, background {ours['background']:.0f})"
    ]
    if "authors_code_ms" in result:
        theirs, between = result["authors_code_parts_ms"], result["speedup_between"]
        lines += [
            f"the authors' code, turn by turn with it: {result['authors_code_ms']:.0f} ms "
            f"(projection {theirs['projection']:.0f}, networks {theirs['networks']:.0f})",
            f"projection and networks: {result['speedup']:.1f} times as long (median; "
            f"{between[0]:.1f} to {between[1]:.1f}); with the same weights pictures differ by "
            f"{result['painted_difference']:.1g}",
        ]
    return "\n".join(
        [
            *lines,
            f"training {TRAINED_PRESET}, batch {TRAINED_BATCH}: "
            f"{result['train_images_per_s']:.1f} images/s, "
            f"renderer {result['renderer_share']:.1%} of a step",
            f"discriminator {result['discriminator']}, {result['threads']} thread(s), "
            f"bfloat16 {'yes' if result['bfloat16'] else 'no'}",
        ]
    )


def _training(repeats: int) -> tuple[float, float, str]:
    """Milliseconds of a step and of the projection in it, and the discriminator's kind."""
    config, options = PRESETS[TRAINED_PRESET], OPTIONS[TRAINED_PRESET]
    try:
        efficientnet_lite0_path()
    except ContractError:  # the step is timed against the authors' kind, as wide
        options = replace(options, discriminator="residual", penalty_every=16)
    task = Controllable3dTraining(config, options)
    size = (TRAINED_BATCH, 3, config.size, config.size)
    batch = {
        name: torch.randint(0, 256, size, dtype=torch.uint8) for name in ("scene", "background")
    }
    task.step(batch, 0.0)
    every = options.consistency_every
    # Whole rounds of the steps that differ: those with the consistency loss, and those without.
    rounds = [milliseconds(lambda: task.step(batch, 0.0), every) / every for _ in range(repeats)]
    renderer = _median_ms(_projection_and_back(task.model, config), repeats)
    return statistics.median(rounds), renderer * (1 + 1 / every), options.discriminator


def _projection_and_back(model: Controllable3d, config: Controllable3dConfig) -> Callable[[], None]:
    codes, view = draw_codes(TRAINED_BATCH, config), draw_views(TRAINED_BATCH, config)
    drawn = upright_poses(len(codes.objects), config)
    with torch.no_grad():
        features = model.generator3d.object_features(codes)
        textures = model.generator3d.background_features(codes.scenes)
    assert textures is not None
    leaves = [*(part.requires_grad_() for part in vars(drawn).values()), features, textures]
    for leaf in leaves:
        leaf.requires_grad_()
    poses = Poses(*leaves[:3])

    def once() -> None:
        seen = model.project(features, poses, view)
        around = project_background(textures, view, config.radius)
        parts: list[Tensor] = [seen.features, seen.alpha, seen.depth, seen.area, around]
        torch.stack([part.sum() for part in parts]).sum().backward()

    return once


def _median_ms(action: Callable[[], None], repeats: int) -> float:
    action()
    return statistics.median(milliseconds(action) for _ in range(repeats))

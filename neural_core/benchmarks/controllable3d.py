# SPDX-License-Identifier: Apache-2.0
"""controllable3d: a batch at the authors' size, and a full training step of a small preset.

The projection is timed by itself, forward and backward, for its share of a training step. The
networks are timed beside themselves in single precision, so that a machine that is busy elsewhere
is seen to be. That is our own code, fused norms included, not the authors'.
"""

from __future__ import annotations

import copy
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
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

AUTHORS_PRESET, AUTHORS_BATCH = "authors-car", 8
TRAINED_PRESET, TRAINED_BATCH = "cars-64", 8


def run(*, repeats: int = 3, seed: int = 0) -> dict[str, Any]:
    """Measure.

    Returns:
        authors_size_ms: 8 pictures with 3 primitives at 64 x 64 with the authors' widths, forward;
        authors_size_parts_ms: of that, projection and networks;
        plain_networks_ms: the same networks, our code, in single precision;
        networks_speedup; train_images_per_s: of a full step; train_step_ms;
        renderer_ms: projection forward and backward in a step; renderer_share: of the step;
        discriminator: which one was trained against; threads; bfloat16.
    """
    torch.manual_seed(seed)
    half = native_dtype(torch.device("cpu")) == torch.bfloat16
    forward, plain = _authors_size(repeats, half)
    step_ms, renderer_ms, discriminator = _training(repeats)
    return {
        "authors_size_ms": round(sum(forward.values()), 1),
        "authors_size_parts_ms": {name: round(value, 1) for name, value in forward.items()},
        "plain_networks_ms": round(plain, 1),
        "networks_speedup": round(plain / forward["networks"], 2),
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
    parts = result["authors_size_parts_ms"]
    return "\n".join(
        [
            f"authors' size, {AUTHORS_BATCH} pictures, forward: {result['authors_size_ms']:.0f} ms "
            f"(projection {parts['projection']:.0f}, networks {parts['networks']:.0f})",
            f"the networks in single precision: {result['plain_networks_ms']:.0f} ms, "
            f"{result['networks_speedup']:.1f} times as long",
            f"training {TRAINED_PRESET}, batch {TRAINED_BATCH}: "
            f"{result['train_images_per_s']:.1f} images/s, "
            f"renderer {result['renderer_share']:.1%} of a step",
            f"discriminator {result['discriminator']}, {result['threads']} thread(s), "
            f"bfloat16 {'yes' if result['bfloat16'] else 'no'}",
        ]
    )


@torch.inference_mode()
def _authors_size(repeats: int, half: bool) -> tuple[dict[str, float], float]:
    """Milliseconds of projection and networks, and of the networks in single precision."""
    config = PRESETS[AUTHORS_PRESET]
    plain = Controllable3d(config).eval()
    model = copy.deepcopy(plain).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    codes, view = draw_codes(AUTHORS_BATCH, config), draw_views(AUTHORS_BATCH, config)
    poses = model.generator3d.learned_poses(codes.scenes)
    features = model.generator3d.object_features(codes)
    textures = model.generator3d.background_features(codes.scenes)
    assert textures is not None

    def projection() -> None:
        model.project(features, poses, view)
        project_background(textures, view, config.radius)

    projected = model.project(features, poses, view)

    def networks(network: Controllable3d) -> None:
        network.generator3d.object_features(codes)
        network.paint(projected, codes)
        network.paint_background(codes.scenes, view)

    def fast() -> None:
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=half):
            networks(model)

    # Turn by turn: what else the machine does in the meantime slows both.
    both = [(_median_ms(fast, 1), _median_ms(lambda: networks(plain), 1)) for _ in range(repeats)]
    ours, theirs = (statistics.median(times) for times in zip(*both, strict=True))
    return {"projection": _median_ms(projection, repeats), "networks": ours}, theirs


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
    rounds = [_total_ms(lambda: task.step(batch, 0.0), every) / every for _ in range(repeats)]
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
    return statistics.median(_total_ms(action, 1) for _ in range(repeats))


def _total_ms(action: Callable[[], Any], times: int) -> float:
    start = time.perf_counter()
    for _ in range(times):
        action()
    return (time.perf_counter() - start) * 1000

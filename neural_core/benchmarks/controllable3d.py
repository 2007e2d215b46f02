# SPDX-License-Identifier: Apache-2.0
"""controllable3d: a batch at the authors' size, and a full training step of a small preset.

The projection is timed by itself, forward and backward, for its share of a training step. With a
clone of the authors' repository their code is timed in the same run, turn by turn with ours and
with the same weights: what else a busy machine does slows both.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

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

from .authors_code import AuthorsCode

AUTHORS_PRESET, AUTHORS_BATCH = "authors-car", 8
TRAINED_PRESET, TRAINED_BATCH = "cars-64", 8

_Times = list[tuple[float, float]]
"""Milliseconds of projection and networks, turn by turn."""


class _Side(Protocol):
    def projection(self) -> None: ...

    def networks(self) -> None: ...


def run(*, repeats: int = 3, seed: int = 0, authors_code: Path | None = None) -> dict[str, Any]:
    """Measure.

    Args:
        authors_code: a clone of the authors' repository, some of whose files are executed.

    Returns:
        authors_size_ms: 8 pictures with 3 primitives at 64 x 64 with the authors' widths, forward;
        authors_size_parts_ms: of that, projection and networks;
        train_images_per_s: of a full step; train_step_ms;
        renderer_ms: projection forward and backward in a step; renderer_share: of the step;
        discriminator: which one was trained against; threads; bfloat16; with ``authors_code`` also
        what `_beside_theirs` returns.

    Raises:
        ContractError: ``authors_code`` is no clone of the authors' repository.
    """
    torch.manual_seed(seed)
    half = native_dtype(torch.device("cpu")) == torch.bfloat16
    if authors_code is None:
        authors_size = _parts(_turns([_AuthorsSize(half)], repeats)[0])
    else:
        authors_size = _beside_theirs(half, repeats, authors_code)
    step_ms, renderer_ms, discriminator = _training(repeats)
    return {
        **authors_size,
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
    lines = [
        f"authors' size, {AUTHORS_BATCH} pictures, forward: {result['authors_size_ms']:.0f} ms "
        f"(projection {parts['projection']:.0f}, networks {parts['networks']:.0f})"
    ]
    if "authors_code_ms" in result:
        parts, between = result["authors_code_parts_ms"], result["speedup_between"]
        lines += [
            f"the authors' code, turn by turn with it: {result['authors_code_ms']:.0f} ms "
            f"(projection {parts['projection']:.0f}, networks {parts['networks']:.0f})",
            f"{result['speedup']:.1f} times as long (median; {between[0]:.1f} to "
            f"{between[1]:.1f}), with the same weights: pictures differ by "
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


class _AuthorsSize:
    """A batch at the authors' size, in our code: both parts of the work as functions."""

    def __init__(self, half: bool) -> None:
        self.half = half
        config = PRESETS[AUTHORS_PRESET]
        model = Controllable3d(config).eval()
        self.model: Controllable3d = model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.codes, self.view = draw_codes(AUTHORS_BATCH, config), draw_views(AUTHORS_BATCH, config)
        with torch.inference_mode():
            self.poses = model.generator3d.learned_poses(self.codes.scenes)
            self.features = model.generator3d.object_features(self.codes)
            self.textures = model.generator3d.background_features(self.codes.scenes)
            self.projected = model.project(self.features, self.poses, self.view)

    def projection(self) -> None:
        assert self.textures is not None
        self.model.project(self.features, self.poses, self.view)
        project_background(self.textures, self.view, self.model.config.radius)

    def networks(self) -> None:
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.half):
            self.model.generator3d.object_features(self.codes)
            self.model.paint(self.projected, self.codes)
            self.model.paint_background(self.codes.scenes, self.view)


class _Theirs:
    """The same batch in the authors' code; its weights are given to ours."""

    def __init__(self, code: AuthorsCode, ours: _AuthorsSize) -> None:
        self._code, self._ours = code, ours
        code.give_weights_to(ours.model)
        size = ours.model.config.size
        self._around = torch.randn(AUTHORS_BATCH, ours.model.config.feature_channels, size, size)

    def projection(self) -> None:
        self._code.project(self._ours.features, self._ours.poses, self._ours.view)

    def networks(self) -> None:
        maps, scenes = self._ours.projected.features, self._ours.codes.scenes
        self._code.paint(maps, self._around, scenes)

    @torch.inference_mode()
    def difference(self) -> float:
        """Largest difference of a number that both 2D generators paint, in single precision."""
        maps, codes = self._ours.projected.features, self._ours.codes
        theirs, _ = self._code.paint(maps, self._around, codes.scenes)
        ours = self._ours.model.painter(maps, codes.objects, codes.slots)
        return float((ours - theirs).abs().max())


def _beside_theirs(half: bool, repeats: int, folder: Path) -> dict[str, Any]:
    """Ours, and the authors' code beside it.

    Returns:
        authors_size_ms and its parts; authors_code_ms and its parts: the same in their code,
        without their background's projection; speedup: median over the turns of theirs over
        ours; speedup_between: the smallest and the largest; painted_difference: of the pictures.
    """
    ours = _AuthorsSize(half)
    theirs = _Theirs(AuthorsCode(folder, ours.model.config), ours)
    own, other = _turns([ours, theirs], repeats)
    ratios = [sum(b) / sum(a) for a, b in zip(own, other, strict=True)]
    return {
        **_parts(own),
        **{f"authors_code{k.removeprefix('authors_size')}": v for k, v in _parts(other).items()},
        "speedup": round(statistics.median(ratios), 2),
        "speedup_between": [round(min(ratios), 2), round(max(ratios), 2)],
        "painted_difference": theirs.difference(),
    }


@torch.inference_mode()
def _turns(sides: Sequence[_Side], repeats: int) -> list[_Times]:
    """For each side, milliseconds of projection and networks in every turn, taken in turn."""
    for side in sides:
        side.projection()
        side.networks()
    found: list[_Times] = [[] for _ in sides]
    for _ in range(repeats):
        for side, times in zip(sides, found, strict=True):
            times.append((_total_ms(side.projection, 1), _total_ms(side.networks, 1)))
    return found


def _parts(times: _Times) -> dict[str, Any]:
    projection, networks = (statistics.median(part) for part in zip(*times, strict=True))
    return {
        "authors_size_ms": round(projection + networks, 1),
        "authors_size_parts_ms": {
            "projection": round(projection, 1),
            "networks": round(networks, 1),
        },
    }


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

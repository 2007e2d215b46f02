# SPDX-License-Identifier: Apache-2.0
"""A batch of controllable3d at the authors' size, forward: in our code, and in theirs beside it.

The authors' code is timed turn by turn with ours and with the same weights: what else a busy
machine does slows both.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch

from neural_core.methods.controllable3d.config import PRESETS
from neural_core.methods.controllable3d.generator3d import draw_codes
from neural_core.methods.controllable3d.model import Controllable3d
from neural_core.methods.controllable3d.views import draw_views

from .authors_code import AuthorsCode
from .timing import milliseconds

PRESET, BATCH = "authors-car", 8

_Parts = Mapping[str, Callable[[], object]]


class Ours:
    """The batch in our code, bfloat16 where the device multiplies it.

    Attributes:
        parts: what is timed: ``projection`` of the primitives, the ``networks`` that paint them and
            the backgrounds, and the ``background``'s texture and its projection.
    """

    def __init__(self, half: bool) -> None:
        self._half = half
        config = PRESETS[PRESET]
        model = Controllable3d(config).eval()
        self.model: Controllable3d = model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.codes, self.view = draw_codes(BATCH, config), draw_views(BATCH, config)
        self._slots = torch.zeros(BATCH, dtype=torch.int64)
        with torch.inference_mode():
            self.poses = model.generator3d.learned_poses(self.codes.scenes)
            self.features = model.generator3d.object_features(self.codes)
            self.projected = model.project(self.features, self.poses, self.view)
            self.around = self._around()
        self.parts: _Parts = {
            "projection": lambda: self.model.project(self.features, self.poses, self.view),
            "networks": self._networks,
            "background": self._around,
        }

    def _networks(self) -> None:
        assert self.model.background_painter is not None
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self._half):
            self.model.paint(self.projected, self.codes)
            self.model.background_painter(self.around, self.codes.scenes, self._slots)

    def _around(self) -> torch.Tensor:
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self._half):
            maps = self.model.background_maps(self.codes.scenes, self.view)
        assert maps is not None
        return maps


class Theirs:
    """The same batch in the authors' code, whose weights are given to ours."""

    def __init__(self, code: AuthorsCode, ours: Ours) -> None:
        self._code, self._ours = code, ours
        code.give_weights_to(ours.model)
        self._maps, self._around = (
            maps.contiguous() for maps in (ours.projected.features, ours.around)
        )
        self.parts: _Parts = {
            "projection": lambda: code.project(ours.features, ours.poses, ours.view),
            "networks": lambda: code.paint(self._maps, self._around, ours.codes.scenes),
        }

    @torch.inference_mode()
    def difference(self) -> float:
        """Largest difference of what both 2D generators paint, in single precision."""
        codes = self._ours.codes
        theirs, _ = self._code.paint(self._maps, self._around, codes.scenes)
        ours = self._ours.model.painter(self._maps, codes.objects, codes.slots)
        return float((ours - theirs).abs().max())


def ours_alone(repeats: int, half: bool) -> dict[str, Any]:
    """Milliseconds.

    Returns:
        authors_size_ms: 8 pictures with 3 primitives at 64 x 64 with the authors' widths;
        authors_size_parts_ms: of that, the parts of `Ours`.
    """
    (own,) = _turns([Ours(half).parts], repeats)
    return _medians("authors_size", own)


def ours_beside_theirs(repeats: int, half: bool, folder: Path) -> dict[str, Any]:
    """Ours, and the authors' code beside it.

    Args:
        folder: a clone of their repository.

    Returns:
        what `ours_alone` does; authors_code_ms and authors_code_parts_ms: theirs, which has no
        part ``background``; speedup: theirs over ours in the parts that both have, the median over
        the turns; speedup_between: its least and its most; painted_difference: see `Theirs`.

    Raises:
        ContractError: the folder is no such clone.
    """
    ours = Ours(half)
    theirs = Theirs(AuthorsCode(folder, ours.model.config), ours)
    own, other = _turns([ours.parts, theirs.parts], repeats)
    ratios = [sum(b.values()) / sum(a[part] for part in b) for a, b in zip(own, other, strict=True)]
    return {
        **_medians("authors_size", own),
        **_medians("authors_code", other),
        "speedup": round(statistics.median(ratios), 2),
        "speedup_between": [round(min(ratios), 2), round(max(ratios), 2)],
        "painted_difference": theirs.difference(),
    }


@torch.inference_mode()
def _turns(sides: list[_Parts], repeats: int) -> list[list[dict[str, float]]]:
    """For each side, milliseconds of its parts in every turn; the sides take turns."""
    for side in sides:
        for part in side.values():
            part()
    found: list[list[dict[str, float]]] = [[] for _ in sides]
    for _ in range(repeats):
        for side, times in zip(sides, found, strict=True):
            times.append({name: milliseconds(part) for name, part in side.items()})
    return found


def _medians(name: str, times: list[dict[str, float]]) -> dict[str, Any]:
    parts = {part: round(statistics.median(t[part] for t in times), 1) for part in times[0]}
    return {f"{name}_ms": round(sum(parts.values()), 1), f"{name}_parts_ms": parts}

# SPDX-License-Identifier: GPL-3.0-or-later
"""The two producers of passes agree; and what only Cycles can see."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import OpenEXR
import pytest

from neural_core.contract import Passes, load_frame, validate_frame
from neural_core.geometry.passes import rasterize_passes

AGREEMENT = 0.995  # of the pixels away from edges
CASES = ("perspective", "orthographic", "border")


def test_cycles_agrees_with_the_core(blender, tmp_path: Path) -> None:
    seen = blender.run("check_cycles_passes", tmp_path)
    assert seen["names"] == list(CASES)
    for name in CASES:
        _compare(tmp_path / f"{name}.npz")
    _check_alpha(tmp_path / "alpha.npz", seen["alpha"])
    _check_exr(tmp_path, seen["exr"])


def _compare(path: Path) -> None:
    frame = load_frame(path)
    validate_frame(frame)
    cycles = frame.passes
    assert cycles is not None
    ours = rasterize_passes(replace(frame, passes=None))
    inner = away_from_edges(ours)
    assert inner.mean() > 0.5 and len(np.unique(ours.instance)) > 10
    for name in ("instance", "semantic"):
        same = getattr(cycles, name) == getattr(ours, name)
        assert same[inner].mean() >= AGREEMENT, (path.name, name, same[inner].mean())
    both = inner & (cycles.instance == ours.instance)
    empty = ~np.isfinite(ours.depth)
    assert (np.isfinite(cycles.depth) == ~empty)[both].mean() >= AGREEMENT
    solid = both & ~empty & np.isfinite(cycles.depth)
    _check_surface(cycles, ours, solid)
    _check_light(cycles, ours, solid)


def _check_surface(cycles: Passes, ours: Passes, solid: np.ndarray) -> None:
    error = np.abs(cycles.depth[solid] / ours.depth[solid] - 1)
    assert (error < 1e-3).mean() >= AGREEMENT
    cosine = (cycles.normal.astype(float) * ours.normal).sum(axis=-1)[solid]
    assert (cosine > 0.99).mean() >= AGREEMENT
    assert (np.abs(cycles.uv - ours.uv).max(axis=-1)[solid] < 1e-3).mean() >= AGREEMENT
    assert np.ptp(ours.uv[solid], axis=0).min() > 0.5  # there was something to compare


def _check_light(cycles: Passes, ours: Passes, solid: np.ndarray) -> None:
    # Averages against single samples, soft shadows against hard ones: alike, not equal.
    difference = np.abs(cycles.shading.astype(float) - ours.shading)
    assert difference[solid].mean() < 0.05 * ours.shading[solid].mean()
    empty = ~np.isfinite(ours.depth) & ~np.isfinite(cycles.depth) & away_from_edges(ours)
    assert (difference[empty] < 1e-3).mean() >= AGREEMENT
    assert np.abs(cycles.coverage.astype(float) - ours.coverage).mean() < 0.01


def away_from_edges(passes: Passes) -> np.ndarray:
    """Pixels whose eight neighbours show the same object, class and side."""
    inner = np.ones(passes.depth.shape, bool)
    keys = np.stack([passes.instance, passes.semantic, np.isfinite(passes.depth)])
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            inner &= (np.roll(keys, (down, right), (1, 2)) == keys).all(axis=0)
    inner[[0, -1]] = inner[:, [0, -1]] = False
    return inner


def _check_alpha(path: Path, seen: dict) -> None:
    """A checkered card: the core sees all of it, Cycles the opaque half."""
    frame = load_frame(path)
    whole = np.isfinite(rasterize_passes(replace(frame, passes=None)).depth).mean()
    assert whole > 0.05
    assert seen["covered"] == pytest.approx(whole / 2, rel=0.15)
    assert seen["coverage"] == pytest.approx(whole / 2, rel=0.15)


def _check_exr(folder: Path, names: list[str]) -> None:
    """Our reader against the reference library: one part and many, compressed or not."""
    assert len(names) >= 3
    for name in names:
        ours = np.load(folder / f"{name}.npz")
        count = 0
        for part in OpenEXR.File(str(folder / f"{name}.exr"), separate_channels=True).parts:
            for channel, plane in part.channels.items():
                np.testing.assert_array_equal(ours[channel], plane.pixels)
                count += 1
        assert count == len(ours.files) > 4

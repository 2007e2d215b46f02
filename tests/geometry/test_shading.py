# SPDX-License-Identifier: Apache-2.0
"""Light on white ground: the formulas, shadows, and what does not shine."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest
from pass_frames import frame, ground, item, light, pose, square

from neural_core.contract import Light
from neural_core.geometry.passes import rasterize_passes

SIZE = 32
X, Y = np.meshgrid((np.arange(SIZE) + 0.5 - 16) / 6.4, (16 - np.arange(SIZE) - 0.5) / 6.4)


def _shading(*lights: Light, extra=()) -> np.ndarray:
    return rasterize_passes(frame(*extra, ground(), lights=lights)).shading.astype(np.float64)


def test_no_light_is_black() -> None:
    assert (_shading() == 0).all()


@pytest.mark.parametrize("angle", [0.0, 0.6, 1.2])
def test_sun(angle: float) -> None:
    shading = _shading(light("sun", pose(turn=(angle, 0, 0)), energy=3.0, color=(1, 0.5, 0.25)))
    expected = 3.0 / np.pi * np.cos(angle) * np.array([1, 0.5, 0.25])
    np.testing.assert_allclose(shading, np.broadcast_to(expected, shading.shape), rtol=2e-3)


def test_a_sun_from_below_does_not_shine_on_top() -> None:
    assert (_shading(light("sun", pose(turn=(2.0, 0, 0)), energy=3.0)) == 0).all()


def test_point() -> None:
    shading = _shading(light("point", pose((0.5, -0.4, 2.0)), energy=100.0))
    squared = (X - 0.5) ** 2 + (Y + 0.4) ** 2 + 4.0
    expected = 100.0 / (4 * np.pi**2 * squared) * 2.0 / np.sqrt(squared)
    np.testing.assert_allclose(shading[..., 0], expected, rtol=3e-3)


@pytest.mark.parametrize("blend", [0.0, 0.3, 1.0])
def test_spot(blend: float) -> None:
    shading = _shading(
        light("spot", pose((0, 0, 2.0)), energy=100.0, spot_angle=1.2, spot_blend=blend)
    )
    squared = X**2 + Y**2 + 4.0
    cosine = 2.0 / np.sqrt(squared)
    edge = np.cos(0.6)
    step = np.clip((cosine - edge) / max((1 - edge) * blend, 1e-6), 0, 1)
    expected = 100.0 / (4 * np.pi**2 * squared) * cosine * step**2 * (3 - 2 * step)
    np.testing.assert_allclose(shading[..., 0], expected, rtol=3e-3, atol=2e-4)
    assert shading[0, 0, 0] == 0


def test_area_shines_forwards_only() -> None:
    shading = _shading(light("area", pose((0, 0, 2.0)), energy=50.0))
    squared = X**2 + Y**2 + 4.0
    expected = 50.0 / (np.pi**2 * squared) * 4.0 / squared
    np.testing.assert_allclose(shading[..., 0], expected, rtol=3e-3)
    assert (_shading(light("area", pose((0, 0, 2.0), turn=(np.pi, 0, 0)), energy=50.0)) == 0).all()


def test_world_is_constant_and_fills_the_background() -> None:
    world = light("world", energy=0.5, color=(1, 2, 3))
    np.testing.assert_allclose(_shading(world)[5, 5], [0.5, 1.0, 1.5], rtol=1e-3)
    empty = rasterize_passes(frame(lights=(world,)))
    np.testing.assert_allclose(empty.shading[0, 0], [0.5, 1.0, 1.5], rtol=1e-3)


def test_lights_add_up() -> None:
    sun, lamp = light("sun", energy=1.0), light("point", pose((1, 1, 3)), energy=60.0)
    both = _shading(sun, lamp)
    np.testing.assert_allclose(both, _shading(sun) + _shading(lamp), rtol=2e-3)


def _shadow_of_the_sun(sun: Light) -> np.ndarray:
    roof = item(1, pose((0, 0, 2.0), (0.5, 0.5, 0.01)))
    passes = rasterize_passes(frame(roof, ground(), lights=(sun,)))
    return (passes.instance == 99) & (passes.shading[..., 0] == 0)


def test_the_shadow_falls_where_the_sun_says() -> None:
    """Light towards +Y at 45 degrees: a roof 2 m up throws its shadow 2 m further."""
    sun = light("sun", pose(turn=(np.pi / 4, 0, 0)), energy=2.0)
    ahead = -sun.matrix_world[:3, 2]
    np.testing.assert_allclose(ahead, [0, np.sqrt(0.5), -np.sqrt(0.5)], atol=1e-9)
    shadow = _shadow_of_the_sun(sun)
    clear = 0.04  # the roof's thickness moves the edge
    inside = (abs(X) < 0.5 - clear) & (abs(Y - 2.0) < 0.5 - clear)
    outside = (abs(X) > 0.5 + clear) | (abs(Y - 2.0) > 0.5 + clear)
    assert shadow[inside].all()
    assert not shadow[outside].any()


def test_lights_without_shadow_throw_none() -> None:
    sun = light("sun", pose(turn=(np.pi / 4, 0, 0)), energy=2.0, casts_shadow=False)
    assert not _shadow_of_the_sun(sun).any()


@pytest.mark.parametrize("kind", ["point", "spot", "area"])
def test_what_is_behind_the_lamp_casts_no_shadow(kind: str) -> None:
    lamp = light(kind, pose((0, 0, 2.0)), energy=100.0, spot_angle=2.5)
    free = _shading(lamp)
    roof = item(1, pose((0, 0, 2.5), (0.2, 0.2, 0.01)))
    covered = rasterize_passes(frame(roof, ground(), lights=(lamp,)))
    road = covered.instance == 99
    np.testing.assert_allclose(covered.shading[road], free[road], rtol=2e-3)
    between = item(1, pose((0, 0, 1.0), (0.2, 0.2, 0.01)))
    shaded = rasterize_passes(frame(between, ground(), lights=(lamp,)))
    ring = (shaded.instance == 99) & (np.hypot(X, Y) < 0.38)
    assert ring.any()
    assert (shaded.shading[ring] == 0).all()


def test_surfaces_do_not_shadow_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tilted plane and a ball under a sun: no speckles on the side that faces it."""
    plane = item(1, pose((-1, 0, 0), turn=(0.3, 0.2, 0)), primitive="mesh", mesh="a")
    sun = light("sun", pose(turn=(0.1, 0.2, 0)), energy=np.pi)
    scene = frame(plane, lights=(sun,), meshes={"a": square()})
    towards = sun.matrix_world[:3, 2]
    for step in range(2):
        if step:
            monkeypatch.setitem(sys.modules, "embreex.rtcore_scene", None)
        passes = rasterize_passes(scene)
        hit = passes.instance == 1
        expected = passes.normal[hit].astype(float) @ towards
        np.testing.assert_allclose(passes.shading[hit][:, 0], expected, atol=5e-3)


def test_the_side_that_is_seen_is_lit() -> None:
    """A sheet seen from behind: light from the camera's side shines on it."""
    sheet = item(1, pose(turn=(np.pi, 0, 0)), primitive="mesh", mesh="a")
    scene = frame(sheet, lights=(light("sun", energy=np.pi),), meshes={"a": square()})
    np.testing.assert_allclose(rasterize_passes(scene).shading[16, 16], 1.0, rtol=2e-3)


def test_a_blinding_light_stays_finite() -> None:
    shading = _shading(light("point", pose((0, 0, 0.01)), energy=1e9))
    assert np.isfinite(shading).all()
    assert shading.max() > 6e4


def test_a_lamp_inside_the_surface_is_no_error() -> None:
    x, y = X[16, 16], Y[16, 16]
    shading = _shading(light("point", pose((x, y, 0.0)), energy=10.0))
    assert np.isfinite(shading).all()
    moved = _shading(replace(light("area", pose((x, y, 0.0)), energy=10.0)))
    assert np.isfinite(moved).all()

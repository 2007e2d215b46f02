# SPDX-License-Identifier: Apache-2.0
"""Direct light on plain white surfaces: what Cycles shows for a white diffuse material without
bounces and with lights of no size.

With n the normal, l the direction to the light, d its distance, and m the light's own direction:

===== =========================================================== ====================
kind  radiance of the surface                                     energy
===== =========================================================== ====================
sun   energy / pi * max(0, n.l)                                   W/m2
point energy / (4 pi^2 d^2) * max(0, n.l)                         W
spot  as point, times smoothstep((m.-l - c) / ((1 - c) * blend)), W
      c = cos(angle / 2)
area  energy / (pi^2 d^2) * max(0, m.-l) * max(0, n.l), from its  W
      centre
world energy, from everywhere, nothing occludes it                radiance
===== =========================================================== ====================
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neural_core.contract import Light

from .rays import FAR_AWAY, Float, RayScene
from .scene import WorldScene

_INVISIBLE = 1e-4
"""Radiance below which no shadow ray is worth its time."""

_LIFT = 1e-4
"""Shadow rays start above the surface by this share of the distance from the origin, and 0.1 mm."""


def shade(
    lights: tuple[Light, ...],
    points: Float,
    normals: Float,
    face_normals: Float,
    scene: WorldScene,
) -> Float:
    """Linear radiance (N, 3) of white surfaces.

    Args:
        lights: of the frame, in the world.
        points: (N, 3) world positions minus the scene's origin.
        normals: (N, 3) unit shading normals on the side that is seen.
        face_normals: (N, 3) unit normals of the faces on the side that is seen.
        scene: what casts shadows; ``points`` count from its origin.
    """
    radiance = np.empty((len(points), 3), np.float32)
    radiance[:] = constant_light(lights)
    for light in lights:
        if light.kind == "world":
            continue
        direction, distance, arriving = _arriving(light, points, scene.origin)
        arriving *= np.maximum(_dot(normals, direction), 0.0)
        weakest = _INVISIBLE / max(abs(light.energy) * max(map(abs, light.color)), 1e-30)
        lit = np.flatnonzero(arriving > weakest)
        if light.casts_shadow and len(lit):
            starts = _lifted(points.take(lit, axis=0), face_normals.take(lit, axis=0))
            lit = lit[~_shadowed(light, starts, direction, distance, lit, scene.rays)]
        color = (np.asarray(light.color) * light.energy).astype(np.float32)
        radiance[lit] += arriving[lit, None] * color
    return radiance


def constant_light(lights: tuple[Light, ...]) -> Float:
    """Radiance (3,) of the world's lights: what is seen where there is no geometry."""
    total = np.zeros(3, np.float32)
    for light in lights:
        if light.kind == "world":
            total += (np.asarray(light.color) * light.energy).astype(np.float32)
    return total


def _arriving(
    light: Light, points: Float, origin: NDArray[np.float64]
) -> tuple[Float, Float, Float]:
    """Unit directions to the light (N, 3), distances (N,), radiance at n.l = 1, energy 1 (N,).

    The sun's direction is the same everywhere: (1, 3).
    """
    ahead = -light.matrix_world[:3, 2]
    ahead = (ahead / max(np.linalg.norm(ahead), 1e-30)).astype(np.float32)
    if light.kind == "sun":
        count = len(points)
        return (
            -ahead[None],
            np.full(count, FAR_AWAY, np.float32),
            np.full(count, 1.0 / np.pi, np.float32),
        )
    towards = (light.matrix_world[:3, 3] - origin).astype(np.float32) - points
    squared = np.maximum(_dot(towards, towards), 1e-12)
    distance = np.sqrt(squared)
    direction = towards / distance[:, None]
    if light.kind == "area":
        leaving = np.maximum(-(direction @ ahead), 0.0)
        return direction, distance, leaving / (np.float32(np.pi**2) * squared)
    arriving = 1.0 / (np.float32(4.0 * np.pi**2) * squared)
    if light.kind == "spot":
        arriving *= _cone(light, -(direction @ ahead))
    return direction, distance, arriving


def _dot(a: Float, b: Float) -> Float:
    """Dot products (N,) of (N, 3) and (N, 3) or (1, 3)."""
    return a @ b[0] if len(b) == 1 else np.einsum("ij,ij->i", a, b)


def _lifted(points: Float, face_normals: Float) -> Float:
    """Where shadow rays start, (N, 3)."""
    lift = 1e-4 + _LIFT * np.sqrt(_dot(points, points))
    return points + face_normals * lift[:, None]


def _cone(light: Light, cosine: Float) -> Float:
    edge = np.float32(np.cos(min(light.spot_angle, np.pi) / 2.0))
    width = np.float32(max((1.0 - edge) * light.spot_blend, 1e-6))
    step = np.clip((cosine - edge) / width, 0.0, 1.0)
    return step * step * (3.0 - 2.0 * step)


def _shadowed(
    light: Light,
    starts: Float,
    direction: Float,
    distance: Float,
    lit: NDArray[np.int64],
    rays: RayScene,
) -> NDArray[np.bool_]:
    """Whether something stands between the light and the points ``lit``, whose rays ``starts``."""
    if light.kind == "sun":
        return rays.occluded(starts, direction, FAR_AWAY)
    # Directions as long as the way, so that one limit serves all rays; it ends before the light.
    return rays.occluded(starts, direction[lit] * distance[lit, None], 1.0 - 1e-3)

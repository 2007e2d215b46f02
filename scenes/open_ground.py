# SPDX-License-Identifier: GPL-3.0-or-later
"""Terrain around a level place: level in the middle, hills far off, on one side perhaps the sea."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from scenes.mesh_tools import Geometry, geometry

LEVEL = 15.0  # the ground is level within this many metres of the middle
SEA = -2.6  # height of the water (metres)


@dataclass(frozen=True)
class Relief:
    """Height of the ground over the plane, in metres."""

    base: float = 0.0  # height of the level middle
    swell: float = 0.0  # height of the near waves
    hills: float = 0.0  # height of the far ones
    shore: float = float("inf")  # x where the land ends
    sharp: float = 1.0  # above 1: mesas and peaks
    phase: np.ndarray = field(default_factory=lambda: np.zeros(8))

    def height(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """Heights at places of any shape."""
        away = np.hypot(x, y)
        p = self.phase
        near = _smooth((away - LEVEL) / 16.0)
        waves = np.sin(x / 6.5 + p[0]) * np.cos(y / 7.5 + p[1]) + 0.6 * np.sin(
            y / 13 + x / 17 + p[2]
        )
        far = _smooth((away - 55.0) / 150.0)
        ridge = np.sin(x / 31 + p[3]) + np.cos(y / 27 + p[4]) + 0.8 * np.sin((x + y) / 53 + p[5])
        ridge = np.clip(0.55 + 0.3 * ridge, 0.05, None) ** self.sharp
        z = self.base + self.swell * near * waves + self.hills * far * ridge
        if np.isfinite(self.shore):
            line = self.shore + 1.6 * np.sin(y / 9 + p[6]) + 5.0 * np.sin(y / 60 + p[7]) * near
            drop = _smooth((x - line) / 11.0)
            z = z * (1 - drop) - 6.0 * drop
        return z

    def at(self, x: float, y: float) -> float:
        """Height at one place."""
        return float(self.height(np.array(x), np.array(y)))

    def mesh(self, slot: str, reach: float = 300.0) -> Geometry:
        """The ground as a grid, dense in the middle."""
        count = 45
        line_up = np.linspace(-1, 1, count)
        ticks = np.sign(line_up) * np.abs(line_up) ** 1.9 * reach
        x, y = np.meshgrid(ticks, ticks, indexing="ij")
        index = np.arange(count * count).reshape(count, count)
        faces = np.stack([index[:-1, :-1], index[1:, :-1], index[1:, 1:], index[:-1, 1:]], axis=-1)
        points = np.stack([x, y, self.height(x, y)], axis=-1).reshape(-1, 3)
        return geometry(points, faces.reshape(-1, 4), slot)


def _smooth(t: np.ndarray) -> np.ndarray:
    """0 below 0, 1 above 1, a soft step between."""
    s = np.clip(t, 0.0, 1.0)
    return s * s * (3 - 2 * s)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Sun and sky over open ground, from morning to dusk, exposed for what the ground is like."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scenes.plan import Color
from scenes.sky import Sky


@dataclass(frozen=True)
class _Weather:
    """Bounds of one kind of light: sun height in degrees, sun and sky as in `Sky`."""

    share: float
    height: tuple[float, float]
    sun: float
    sun_size: float  # degrees
    sun_color: Color
    zenith: Color
    horizon: Color
    cloud: tuple[float, float]
    ambient: float


_WEATHER: dict[str, _Weather] = {
    "clear": _Weather(0.27, (28, 68), 5.0, 0.9, (1.0, 0.93, 0.82), (0.32, 0.44, 0.72),
                      (0.74, 0.8, 0.86), (0.0, 0.25), 1.05),
    "cloudy": _Weather(0.22, (28, 62), 4.5, 1.4, (1.0, 0.93, 0.84), (0.38, 0.48, 0.7),
                       (0.78, 0.82, 0.86), (0.35, 0.65), 1.1),
    "golden": _Weather(0.18, (11, 24), 5.2, 1.2, (1.0, 0.68, 0.4), (0.25, 0.38, 0.68),
                       (1.0, 0.78, 0.55), (0.15, 0.5), 0.95),
    "overcast": _Weather(0.13, (35, 62), 0.7, 14.0, (1.0, 0.98, 0.95), (0.62, 0.68, 0.75),
                         (0.84, 0.86, 0.88), (0.65, 0.85), 1.3),
    "hazy": _Weather(0.1, (22, 50), 2.6, 4.0, (1.0, 0.9, 0.74), (0.55, 0.62, 0.72),
                     (0.92, 0.88, 0.82), (0.1, 0.35), 1.15),
    "dusk": _Weather(0.05, (6, 10), 4.0, 1.6, (1.0, 0.5, 0.3), (0.22, 0.27, 0.55),
                     (1.0, 0.6, 0.52), (0.3, 0.6), 0.8),
    "storm": _Weather(0.05, (25, 42), 4.4, 1.4, (1.0, 0.88, 0.7), (0.26, 0.31, 0.42),
                      (0.6, 0.64, 0.7), (0.8, 0.95), 0.95),
}  # fmt: skip


def open_sky(rng: np.random.Generator, albedo: float) -> Sky:
    """Light from any side; `albedo` is how bright the ground is (0..1), for the exposure."""
    shares = np.array([w.share for w in _WEATHER.values()])
    kind = str(rng.choice(list(_WEATHER), p=shares / shares.sum()))
    w = _WEATHER[kind]
    height = float(np.radians(rng.uniform(*w.height)))
    sun = w.sun * float(rng.uniform(0.9, 1.1))
    blue = float(rng.uniform(0.8, 1.05))
    r, g, b = w.zenith
    dim = Sky(
        kind=kind,
        elevation=height,
        azimuth=float(rng.uniform(0, 2 * np.pi)),
        sun=sun,
        sun_size=float(np.radians(w.sun_size)),
        sun_color=w.sun_color,
        zenith=(r * blue, g * blue, b),
        horizon=w.horizon,
        cloud=float(rng.uniform(*w.cloud)),
        cloud_seed=float(rng.uniform(0, 100)),
        ambient=w.ambient,
        exposure=0.0,
    )
    level = sun * np.sin(height) / np.pi + 0.9 * float(np.mean(dim.mean))
    exposure = 0.75 * np.log2(1.75 / level) + 0.5 * np.log2(0.17 / albedo)
    return Sky(**{**dim.__dict__, "exposure": float(np.clip(exposure, -1.3, 1.1))})

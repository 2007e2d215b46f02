# SPDX-License-Identifier: GPL-3.0-or-later
"""Sun, sky and exposure. All light of a scene is decided here, so that it is never too dark."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scenes.plan import Color


@dataclass(frozen=True)
class Sky:
    """Light of a scene: angles in radians, colours linear RGB, `sun` in W/m2, `ambient` a factor.

    `azimuth` is counter-clockwise from +X, seen from above, and says where the sun stands.
    """

    kind: str
    elevation: float
    azimuth: float
    sun: float
    sun_size: float
    sun_color: Color
    zenith: Color
    horizon: Color
    cloud: float  # share of the sky that is clouded, 0..1
    cloud_seed: float
    ambient: float
    exposure: float  # stops

    @property
    def direction(self) -> np.ndarray:
        """Unit vector (3,) towards the sun."""
        c = np.cos(self.elevation)
        return np.array(
            [np.cos(self.azimuth) * c, np.sin(self.azimuth) * c, np.sin(self.elevation)]
        )

    @property
    def mean(self) -> Color:
        """Mean radiance of the upper half of the sky, as it lights the scene."""
        r, g, b = (0.55 * np.array(self.horizon) + 0.45 * np.array(self.zenith)) * self.ambient
        return float(r), float(g), float(b)


def sky_for(seed: int, canyon: float) -> Sky:
    """The light of the street with this seed; `canyon` is house height over street width."""
    rng = np.random.default_rng([seed, 23])
    kind = str(rng.choice(["clear", "cloudy", "golden", "overcast"], p=[0.4, 0.27, 0.15, 0.18]))
    # The sun stands within 52 degrees of the street's line: it shines into the street.
    off = float(rng.uniform(-0.9, 0.9))
    azimuth = float(rng.choice([1, -1])) * np.pi / 2 + off
    high = np.radians(rng.uniform(26, 34) if kind == "golden" else rng.uniform(40, 67))
    sun_color = {"golden": (1.0, 0.74, 0.48), "overcast": (1.0, 0.98, 0.95)}.get(
        kind, (1.0, 0.93, 0.82)
    )
    blue = float(rng.uniform(0.75, 1.0))
    zenith, horizon = {
        "clear": ((0.34 * blue, 0.46 * blue, 0.72), (0.74, 0.8, 0.86)),
        "cloudy": ((0.38 * blue, 0.48 * blue, 0.7), (0.78, 0.82, 0.86)),
        "golden": ((0.24, 0.38, 0.7), (1.0, 0.78, 0.55)),
        "overcast": ((0.62, 0.68, 0.75), (0.84, 0.86, 0.88)),
    }[kind]
    sun = {"clear": 5.0, "cloudy": 4.5, "golden": 5.0, "overcast": 0.7}[kind]
    ambient = {"clear": 1.15, "cloudy": 1.15, "golden": 1.1, "overcast": 1.3}[kind]
    cloud = {"clear": 0.12, "cloudy": 0.5, "golden": 0.35, "overcast": 0.75}[kind]
    return Sky(
        kind=kind,
        elevation=float(high),
        azimuth=azimuth,
        sun=sun * float(rng.uniform(0.92, 1.08)),
        sun_size=float(np.radians(12 if kind == "overcast" else 1.2)),
        sun_color=sun_color,
        zenith=zenith,
        horizon=horizon,
        cloud=cloud,
        cloud_seed=float(rng.uniform(0, 100)),
        ambient=ambient,
        exposure=float(np.clip(0.02 + 0.5 * canyon, 0.0, 0.55)),
    )

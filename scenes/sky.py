# SPDX-License-Identifier: GPL-3.0-or-later
"""Sun, sky and exposure. All light of a scene is decided here, so that it is never too dark."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from scenes.plan import Color
from scenes.weather import weather_for


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


# The sky as seen is deeper than the sky that lights, as on a photograph.
VIEW_TINT: dict[str, Color] = {
    "clear": (0.3, 0.56, 0.98),
    "cloudy": (0.34, 0.56, 0.95),
    "golden": (0.86, 0.74, 0.7),
    "overcast": (0.78, 0.8, 0.84),
    "hazy": (0.72, 0.78, 0.88),
    "dusk": (0.66, 0.6, 0.78),
    "storm": (0.42, 0.5, 0.62),
    "mist": (0.9, 0.92, 0.95),
    "blue": (0.5, 0.66, 0.98),
}


def air_color(sky: Sky) -> Color:
    """Colour of the air far off: that of the sky where it meets the ground."""
    r, g, b = (a * t for a, t in zip(sky.horizon, VIEW_TINT[sky.kind], strict=True))
    return r, g, b


@dataclass(frozen=True)
class _Light:
    """One kind of light over the street: values as in `Sky`, `sun_size` in degrees."""

    sun: float
    sun_size: float
    sun_color: Color
    zenith: Color
    horizon: Color
    cloud: float
    ambient: float
    stops: float = 0.0  # on top of the exposure that the canyon asks for


_LIGHTS: dict[str, _Light] = {
    "clear": _Light(5.0, 1.2, (1.0, 0.93, 0.82), (0.34, 0.46, 0.72), (0.74, 0.8, 0.86), 0.12, 1.15),
    "cloudy": _Light(4.5, 1.2, (1.0, 0.93, 0.82), (0.38, 0.48, 0.7), (0.78, 0.82, 0.86), 0.5, 1.15),
    "golden": _Light(5.0, 1.2, (1.0, 0.74, 0.48), (0.24, 0.38, 0.7), (1.0, 0.78, 0.55), 0.35, 1.1,
                     0.25),
    "overcast": _Light(0.7, 12, (1.0, 0.98, 0.95), (0.62, 0.68, 0.75), (0.84, 0.86, 0.88), 0.75,
                       1.3),
    "mist": _Light(1.9, 12, (1.0, 0.92, 0.8), (0.66, 0.72, 0.8), (0.78, 0.77, 0.75), 0.0, 1.1,
                   -0.35),
    "blue": _Light(0.5, 50, (1.0, 0.6, 0.5), (0.12, 0.22, 0.55), (0.5, 0.42, 0.5), 0.4, 0.8, -0.55),
}  # fmt: skip
_HEIGHTS = {"morning": (27, 38), "noon": (48, 66), "afternoon": (35, 50), "evening": (14, 23)}
_WINTER_HEIGHTS = {
    "morning": (19, 27),
    "noon": (26, 36),
    "afternoon": (20, 29),
    "evening": (12, 18),
}


def sky_for(seed: int, canyon: float) -> Sky:
    """The light of the street with this seed; `canyon` is house height over street width."""
    rng = np.random.default_rng([seed, 23])
    weather = weather_for(seed)
    light = _LIGHTS[weather.sky]
    heights = _WINTER_HEIGHTS if weather.season == "winter" else _HEIGHTS
    high = float(np.radians(rng.uniform(*heights[weather.time])))
    # The sun stands near the street's line, the nearer the lower it is: it shines into the street.
    reach = float(np.interp(np.degrees(high), (15, 45), (0.4, 0.9)))
    azimuth = float(rng.choice([1, -1])) * np.pi / 2 + float(rng.uniform(-reach, reach))
    r, g, b = light.sun_color
    low = float(np.interp(np.degrees(high), (20, 45), (1.0, 0.0))) * (weather.sky != "golden")
    blue = float(rng.uniform(0.75, 1.0)) if weather.sky in ("clear", "cloudy") else 1.0
    zr, zg, zb = light.zenith
    dim = Sky(
        kind=weather.sky,
        elevation=high,
        azimuth=azimuth,
        sun=light.sun * float(rng.uniform(0.92, 1.08)),
        sun_size=float(np.radians(light.sun_size)),
        sun_color=(r, g * (1 - 0.07 * low), b * (1 - 0.2 * low)),
        zenith=(zr * blue, zg * blue, zb),
        horizon=light.horizon,
        cloud=light.cloud * float(rng.uniform(0.8, 1.2)),
        cloud_seed=float(rng.uniform(0, 100)),
        ambient=light.ambient,
        exposure=0.0,
    )
    level = dim.sun * np.sin(high) / np.pi + float(np.mean(dim.mean))
    exposure = np.clip(0.02 + 0.5 * canyon, 0.0, 0.55) + 0.35 * np.log2(max(2.0 / level, 1.0))
    exposure += light.stops - 0.4 * weather.snow + 0.2 * weather.wet
    return replace(dim, exposure=float(exposure))

# SPDX-License-Identifier: GPL-3.0-or-later
"""Season, weather and time of day of a street: plain data, drawn from its seed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

SEASONS = ("spring", "summer", "autumn", "winter")

# What marks a street's weather, and how often. "dry" is ordinary daylight.
SHARES = {"dry": 0.63, "wet": 0.15, "mist": 0.08, "blue": 0.08, "snow": 0.06}

_SEASON_SHARES = {
    "dry": (0.23, 0.4, 0.23, 0.14),
    "wet": (0.25, 0.3, 0.3, 0.15),
    "mist": (0.15, 0.1, 0.45, 0.3),
    "blue": (0.25, 0.35, 0.25, 0.15),
    "snow": (0.0, 0.0, 0.0, 1.0),
}
_SKIES = {  # clear, cloudy, overcast
    "dry": (0.42, 0.4, 0.18),
    "wet": (0.12, 0.38, 0.5),
    "snow": (0.4, 0.25, 0.35),
}


@dataclass(frozen=True)
class Weather:
    """Season, sky and state of the ground.

    `sky` is a kind of `Sky`: clear, cloudy, golden, overcast, mist, blue. `time` is morning, noon,
    afternoon or evening. `wet` (0..1) says how much rain lies on the ground, `snow` (0..1) how much
    snow on everything; `mist` is the air's extinction per metre; `litter` (0..1) the fallen leaves
    or petals.
    """

    season: str
    time: str
    sky: str
    south: bool  # palms, pines and cypresses; never bare
    wet: float = 0.0
    snow: float = 0.0
    mist: float = 0.0
    litter: float = 0.0

    @property
    def lamps(self) -> bool:
        """True when street lamps, windows and vehicles are lit."""
        return self.sky == "blue"


def weather_for(seed: int) -> Weather:
    """The weather of the street with this seed; the same for the same seed."""
    rng = np.random.default_rng([seed, 29])
    mark = str(rng.choice(list(SHARES), p=list(SHARES.values())))
    season = str(rng.choice(SEASONS, p=_SEASON_SHARES[mark]))
    time = str(rng.choice(["morning", "noon", "afternoon", "evening"], p=[0.25, 0.3, 0.27, 0.18]))
    if mark in ("mist", "blue"):
        sky = mark
        time = "evening" if mark == "blue" else "morning"
    else:
        sky = str(rng.choice(["clear", "cloudy", "overcast"], p=_SKIES[mark]))
        if time == "evening" and sky != "overcast":
            sky = "golden"
    south = bool(rng.random() < 0.16) and season in ("spring", "summer") and mark != "mist"
    rain = mark == "wet" or (mark == "blue" and rng.random() < 0.4)
    wet, snow = float(rng.uniform(0.4, 1.0)), float(rng.uniform(0.55, 1.0))
    mist, litter = float(rng.uniform(0.007, 0.018)), float(rng.uniform(0.35, 1.0))
    fallen = {"autumn": 1.0, "spring": 0.3 if rng.random() < 0.5 else 0.0}
    return Weather(
        season=season,
        time=time,
        sky=sky,
        south=south,
        wet=wet if rain else 0.0,
        snow=snow if mark == "snow" else 0.0,
        mist=mist if mark == "mist" else 0.0,
        litter=0.0 if south or mark == "snow" else litter * fallen.get(season, 0.0),
    )

# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans and cameras of the families `cars`, `cars_one` and `cars_empty`: plain data, no Blender."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from scenes.car_places import draw_place
from scenes.open_sky import open_sky
from scenes.place import RADIUS
from scenes.plan import Plan
from scenes.sky import Sky
from scenes.standing_cars import put_cars
from scenes.views import View, look_at

# Streams of random numbers: no seed of one family gives a place of another.
WITH_CARS, EMPTY, ONE = 53, 59, 61
LENS = 36.0  # mm on a sensor of 36 mm: the focal length is the picture's width
POLAR = (0.15, 0.371)  # v of the camera's angle from the up axis, arccos(1 - 2 v): 46 to 75 degrees


@lru_cache(maxsize=2)
def cars_plan(seed: int) -> tuple[Plan, str, Sky]:
    """Plan, kind of place and light of the cars with this seed."""
    rng = np.random.default_rng([seed, WITH_CARS])
    plan = Plan(seed, rng)
    return _with_cars(plan, int(rng.integers(1, 4)))


@lru_cache(maxsize=2)
def one_car_plan(seed: int) -> tuple[Plan, str, Sky]:
    """Plan, kind of place and light of the single car with this seed."""
    return _with_cars(Plan(seed, np.random.default_rng([seed, ONE])), 1)


def _with_cars(plan: Plan, count: int) -> tuple[Plan, str, Sky]:
    """The rest of a plan: a place, so many cars on it, and the light."""
    kind = draw_place(plan)
    put_cars(plan, count)
    return plan, kind, open_sky(plan.rng, plan.facts["albedo"])


@lru_cache(maxsize=2)
def empty_plan(seed: int) -> tuple[Plan, str, Sky]:
    """Plan, kind of place and light of the empty place with this seed."""
    rng = np.random.default_rng([seed, EMPTY])
    plan = Plan(seed, rng)
    kind = draw_place(plan)
    return plan, kind, open_sky(rng, plan.facts["albedo"])


def cars_views(seed: int, count: int) -> list[View]:
    """`count` views of the cars with this seed; the same for the same seed."""
    return _hemisphere(np.random.default_rng([seed, WITH_CARS, 41]), count)


def one_car_views(seed: int, count: int) -> list[View]:
    """`count` views of the single car with this seed, spread as those of the cars."""
    return _hemisphere(np.random.default_rng([seed, ONE, 41]), count)


def empty_views(seed: int, count: int) -> list[View]:
    """`count` views of the empty place with this seed, spread as those of the cars."""
    return _hemisphere(np.random.default_rng([seed, EMPTY, 41]), count)


def _hemisphere(rng: np.random.Generator, count: int) -> list[View]:
    """`count` views from `RADIUS` metres at the origin, spread over the band `POLAR`."""
    views = []
    for _ in range(count):
        azimuth = float(rng.uniform(0, 2 * np.pi))
        up = 1 - 2 * float(rng.uniform(*POLAR))
        out = np.sqrt(1 - up * up)
        eye = RADIUS * np.array([np.cos(azimuth) * out, np.sin(azimuth) * out, up])
        views.append(View(look_at(eye, np.zeros(3)), LENS, "hemisphere"))
    return views

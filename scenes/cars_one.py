# SPDX-License-Identifier: GPL-3.0-or-later
"""The family `cars` with exactly one car in every scene; no seed gives a place of another family.

python -m scenes.cars_one --seed 7 --out one_car.blend
"""

from __future__ import annotations

from scenes import command_line
from scenes.car_plans import one_car_plan, one_car_views
from scenes.place_family import DEMO_SEED, PlaceFamily
from scenes.stage import place_camera

__all__ = ["DEMO_SEED", "build", "cameras", "demo", "place_camera", "save"]

_FAMILY = PlaceFamily(one_car_plan, one_car_views)
build, cameras, demo, save = _FAMILY.build, _FAMILY.views, _FAMILY.demo, _FAMILY.save

if __name__ == "__main__":
    command_line.run(__doc__, save, DEMO_SEED)

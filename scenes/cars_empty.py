# SPDX-License-Identifier: GPL-3.0-or-later
"""The places of `scenes.cars` without any car, unpaired: no seed gives the place of another there.

python -m scenes.cars_empty --seed 7 --out empty.blend
"""

from __future__ import annotations

from scenes import command_line
from scenes.car_plans import empty_plan, empty_views
from scenes.place_family import DEMO_SEED, PlaceFamily
from scenes.stage import place_camera

__all__ = ["DEMO_SEED", "build", "cameras", "demo", "place_camera", "save"]

_FAMILY = PlaceFamily(empty_plan, empty_views)
build, cameras, demo, save = _FAMILY.build, _FAMILY.views, _FAMILY.demo, _FAMILY.save

if __name__ == "__main__":
    command_line.run(__doc__, save, DEMO_SEED)

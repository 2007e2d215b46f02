# SPDX-License-Identifier: GPL-3.0-or-later
"""One to three cars on an open place from a seed, as detailed scene and as blockout, in one file.

The cameras stand on the hemisphere of Liao et al. (CVPR 2020) around the cars.

python -m scenes.cars --seed 7 --out cars.blend
"""

from __future__ import annotations

from scenes import command_line
from scenes.car_plans import cars_plan, cars_views
from scenes.place_family import DEMO_SEED, PlaceFamily
from scenes.stage import place_camera

__all__ = ["DEMO_SEED", "build", "cameras", "demo", "place_camera", "save"]

_FAMILY = PlaceFamily(cars_plan, cars_views)
build, cameras, demo, save = _FAMILY.build, _FAMILY.views, _FAMILY.demo, _FAMILY.save

if __name__ == "__main__":
    command_line.run(__doc__, save, DEMO_SEED)

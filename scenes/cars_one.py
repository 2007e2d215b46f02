# SPDX-License-Identifier: GPL-3.0-or-later
"""The family `cars` with exactly one car in every scene; no seed gives a place of another family.

python -m scenes.cars_one --seed 7 --out one_car.blend
"""

from __future__ import annotations

from pathlib import Path

from scenes import cars, command_line
from scenes.car_plans import one_car_plan, one_car_views
from scenes.cars import PlaceScene, place_camera
from scenes.views import View

__all__ = ["build", "cameras", "demo", "place_camera", "save"]

DEMO_SEED = 7


def build(seed: int) -> PlaceScene:
    """Empty the open file and build the car with this seed in its scene, in both forms."""
    return cars.build_place(*one_car_plan(seed))


def cameras(seed: int, count: int) -> list[View]:
    """`count` views of the car with this seed, spread as those of the cars."""
    return one_car_views(seed, count)


def demo(seed: int = DEMO_SEED) -> PlaceScene:
    """The demo scene, ready to render at 512 x 512."""
    return cars.ready(build(seed), cameras(seed, 1)[0])


def save(path: Path, seed: int) -> None:
    """Write the demo scene to a .blend whose Blockout view layer is the one that renders."""
    command_line.write(path, demo(seed).scene)


if __name__ == "__main__":
    command_line.run(__doc__, save, DEMO_SEED)

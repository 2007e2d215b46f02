# SPDX-License-Identifier: GPL-3.0-or-later
"""The places of `scenes.cars` without any car, unpaired: no seed gives the place of another there.

python -m scenes.cars_empty --seed 7 --out empty.blend
"""

from __future__ import annotations

from pathlib import Path

from scenes import cars, command_line
from scenes.car_plans import empty_plan, empty_views
from scenes.cars import PlaceScene, place_camera
from scenes.views import View

__all__ = ["build", "cameras", "demo", "place_camera", "save"]

DEMO_SEED = 7


def build(seed: int) -> PlaceScene:
    """Empty the open file and build the empty place with this seed in its scene, in both forms."""
    return cars.build_place(*empty_plan(seed))


def cameras(seed: int, count: int) -> list[View]:
    """`count` views of the place with this seed, spread as those of the cars."""
    return empty_views(seed, count)


def demo(seed: int = DEMO_SEED) -> PlaceScene:
    """The demo place, ready to render at 512 x 512."""
    return cars.ready(build(seed), cameras(seed, 1)[0])


def save(path: Path, seed: int) -> None:
    """Write the demo place to a .blend whose Blockout view layer is the one that renders."""
    command_line.write(path, demo(seed).scene)


if __name__ == "__main__":
    command_line.run(__doc__, save, DEMO_SEED)

# SPDX-License-Identifier: GPL-3.0-or-later
"""A procedural street from a seed, as detailed scene and as blockout, in one file.

python -m scenes.street --seed 7 --out street.blend
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import bpy

from scenes import (
    command_line,
    cycles,
    evening_lamps,
    plant_materials,
    stage,
    vehicle_materials,
    views,
)
from scenes import weather_materials as weathering
from scenes.layout import street_plan
from scenes.plan import Plan
from scenes.sky import Sky, sky_for
from scenes.views import View
from scenes.weather import weather_for

place_camera = stage.place_camera

DEMO_SEED = 40  # held out: no model has seen this street
DEMO_VIEW = 3  # of the demo street's own cameras; others show their first one on a car


@dataclass(frozen=True)
class StreetScene:
    """A built street: the Blender scene, the plan it was built from, and its light."""

    scene: bpy.types.Scene
    plan: Plan
    sky: Sky

    @property
    def triangles(self) -> int:
        """Triangles of the detailed form."""
        return sum(self.plan.meshes[i.mesh].triangles for i in self.plan.items)


def build(seed: int) -> StreetScene:
    """Empty the open file and build the street with this seed in its scene, in both forms."""
    stage.empty_file()
    plant_materials.register()
    vehicle_materials.register()
    plan = street_plan(seed)
    weather = weather_for(seed)
    canyon = plan.facts["height"] / (2 * plan.facts["front"])
    sky = sky_for(seed, canyon)
    scene = stage.build_plan(plan, sky)
    weathering.apply(plan, weather, sky)
    if weather.lamps:
        evening_lamps.light(scene, plan)
    scene["season"] = weather.season
    stage.add_camera(scene)
    return StreetScene(scene, plan, sky)


def cameras(seed: int, count: int) -> list[View]:
    """`count` views of the street with this seed; the same for the same seed."""
    return views.choose(street_plan(seed), count)


def demo(seed: int = DEMO_SEED) -> StreetScene:
    """The demo scene, its camera set on a car close by, ready to render at 512 x 512."""
    street = build(seed)
    place_camera(street.scene, hero_view(seed))
    cycles.set_up(street.scene, 512, 512, 64)
    return street


def hero_view(seed: int) -> View:
    """The view that shows a street best: a vehicle close by. Chosen by eye for the demo seed."""
    if seed != DEMO_SEED:
        found = cameras(seed, 8)
        return next((v for v in found if v.kind == "subject"), found[0])
    return cameras(seed, DEMO_VIEW + 1)[DEMO_VIEW]


def save(path: Path, seed: int) -> None:
    """Write the demo scene to a .blend whose Blockout view layer is the one that renders."""
    command_line.write(path, demo(seed).scene)


if __name__ == "__main__":
    command_line.run(__doc__, save, DEMO_SEED)

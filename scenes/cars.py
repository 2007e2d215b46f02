# SPDX-License-Identifier: GPL-3.0-or-later
"""One to three cars on an open place from a seed, as detailed scene and as blockout, in one file.

The cameras stand on the hemisphere of Liao et al. (CVPR 2020) around the cars: see `cameras`.

python -m scenes.cars --seed 7 --out cars.blend
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import bpy

from scenes import command_line, cycles, place_materials, stage
from scenes.car_plans import cars_plan, cars_views
from scenes.plan import Plan
from scenes.sky import Sky
from scenes.views import View

place_camera = stage.place_camera

DEMO_SEED = 7
DEMO_VIEW = 0


@dataclass(frozen=True)
class PlaceScene:
    """A built place: the Blender scene, the plan it was built from, its light and its kind."""

    scene: bpy.types.Scene
    plan: Plan
    sky: Sky
    place: str

    @property
    def triangles(self) -> int:
        """Triangles of the detailed form."""
        return sum(self.plan.meshes[i.mesh].triangles for i in self.plan.items)


def build_place(plan: Plan, kind: str, sky: Sky) -> PlaceScene:
    """Empty the open file and build a planned place in its scene, in both forms."""
    stage.empty_file()
    place_materials.register()
    scene = stage.build_plan(plan, sky)
    scene["place"] = kind
    stage.add_camera(scene)
    return PlaceScene(scene, plan, sky, kind)


def build(seed: int) -> PlaceScene:
    """Empty the open file and build the cars with this seed in its scene, in both forms."""
    return build_place(*cars_plan(seed))


def cameras(seed: int, count: int) -> list[View]:
    """`count` views of the cars with this seed; the same for the same seed."""
    return cars_views(seed, count)


def demo(seed: int = DEMO_SEED) -> PlaceScene:
    """The demo scene, ready to render at 512 x 512."""
    return ready(build(seed), cameras(seed, DEMO_VIEW + 1)[DEMO_VIEW])


def ready(place: PlaceScene, view: View) -> PlaceScene:
    """A place with its camera set and its render settings made."""
    place_camera(place.scene, view)
    cycles.set_up(place.scene, 512, 512, 64)
    return place


def save(path: Path, seed: int) -> None:
    """Write the demo scene to a .blend whose Blockout view layer is the one that renders."""
    command_line.write(path, demo(seed).scene)


if __name__ == "__main__":
    command_line.run(__doc__, save, DEMO_SEED)

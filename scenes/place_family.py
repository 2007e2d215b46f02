# SPDX-License-Identifier: GPL-3.0-or-later
"""What the families of open places have in common: `cars`, `cars_one` and `cars_empty`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import bpy

from scenes import command_line, cycles, place_materials, stage
from scenes.plan import Plan
from scenes.sky import Sky
from scenes.views import View

DEMO_SEED = 7


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


@dataclass(frozen=True)
class PlaceFamily:
    """A family of open places.

    Attributes:
        plan: seed -> plan, kind of place and light.
        views: seed, count -> so many views of it; the same for the same seed.
    """

    plan: Callable[[int], tuple[Plan, str, Sky]]
    views: Callable[[int, int], list[View]]

    def build(self, seed: int) -> PlaceScene:
        """Empty the open file and build the place with this seed in its scene, in both forms."""
        plan, kind, sky = self.plan(seed)
        stage.empty_file()
        place_materials.register()
        scene = stage.build_plan(plan, sky)
        scene["place"] = kind
        stage.add_camera(scene)
        return PlaceScene(scene, plan, sky, kind)

    def demo(self, seed: int = DEMO_SEED) -> PlaceScene:
        """The demo scene, ready to render at 512 x 512."""
        place = self.build(seed)
        stage.place_camera(place.scene, self.views(seed, 1)[0])
        cycles.set_up(place.scene, 512, 512, 64)
        return place

    def save(self, path: Path, seed: int) -> None:
        """Write the demo scene to a .blend whose Blockout view layer is the one that renders."""
        command_line.write(path, self.demo(seed).scene)

# SPDX-License-Identifier: GPL-3.0-or-later
"""One to three cars on an open place from a seed, as detailed scene and as blockout, in one file.

The cameras stand on the hemisphere of Liao et al. (CVPR 2020) around the cars: see `cameras`.

python -m scenes.cars --seed 7 --out cars.blend
"""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import bpy
from mathutils import Matrix

from scenes import cycles, place_materials, stage
from scenes.car_plans import cars_plan, cars_views
from scenes.plan import Plan
from scenes.sky import Sky
from scenes.views import View

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


def place_camera(scene: bpy.types.Scene, view: View) -> bpy.types.Object:
    """Put the scene's camera where the view says; returns it."""
    camera = stage.add_camera(scene)
    camera.matrix_world = Matrix(view.camera_to_world.tolist())
    camera.data.lens = view.lens
    return camera


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
    write(path, demo(seed))


def write(path: Path, place: PlaceScene) -> None:
    """Write a place that is ready to a .blend, its Blockout view layer the active one."""
    scene = place.scene
    for layer in scene.view_layers:
        layer.use = layer.name == stage.BLOCKOUT
    window = bpy.context.window
    if window is not None:
        window.view_layer = scene.view_layers[stage.BLOCKOUT]
    bpy.ops.wm.save_as_mainfile(filepath=str(path.resolve()), compress=True)


def main() -> int:
    """Command line: write cars on their place as a .blend."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=DEMO_SEED)
    parser.add_argument("--out", type=Path, required=True, help="the .blend to write")
    options = parser.parse_args()
    save(options.out, options.seed)
    print(f"wrote {options.out}")
    return 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code)  # a plain exit can hang in Blender's module

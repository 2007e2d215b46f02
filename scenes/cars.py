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
from functools import lru_cache
from pathlib import Path

import bpy
import numpy as np
from mathutils import Matrix

from scenes import cycles, stage
from scenes.car_places import RADIUS, draw_place
from scenes.open_sky import open_sky
from scenes.plan import Plan
from scenes.sky import Sky
from scenes.standing_cars import put_cars
from scenes.views import View, look_at

DEMO_SEED = 7
DEMO_VIEW = 0
STREAM = 53  # of random numbers; places without cars have another
LENS = 36.0  # mm on a sensor of 36 mm: the focal length is the picture's width
POLAR = (0.15, 0.371)  # v of the camera's angle from the up axis, arccos(1 - 2 v): 46 to 75 degrees


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


@lru_cache(maxsize=2)
def cars_plan(seed: int) -> tuple[Plan, str, Sky]:
    """Plan, kind of place and light of the cars with this seed."""
    rng = np.random.default_rng([seed, STREAM])
    plan = Plan(seed, rng)
    count = int(rng.integers(1, 4))
    kind = draw_place(plan)
    put_cars(plan, count)
    return plan, kind, open_sky(rng, plan.facts["albedo"])


def build_place(plan: Plan, kind: str, sky: Sky) -> PlaceScene:
    """Empty the open file and build a planned place in its scene, in both forms."""
    stage.empty_file()
    scene = stage.build_plan(plan, sky)
    scene["place"] = kind
    stage.add_camera(scene)
    return PlaceScene(scene, plan, sky, kind)


def build(seed: int) -> PlaceScene:
    """Empty the open file and build the cars with this seed in its scene, in both forms."""
    return build_place(*cars_plan(seed))


def hemisphere(stream: tuple[int, ...], count: int) -> list[View]:
    """`count` views from `RADIUS` metres at the origin, spread over the band `POLAR`."""
    rng = np.random.default_rng([*stream, 41])
    views = []
    for _ in range(count):
        azimuth = float(rng.uniform(0, 2 * np.pi))
        up = 1 - 2 * float(rng.uniform(*POLAR))
        out = np.sqrt(1 - up * up)
        eye = RADIUS * np.array([np.cos(azimuth) * out, np.sin(azimuth) * out, up])
        views.append(View(look_at(eye, np.zeros(3)), LENS, "hemisphere"))
    return views


def cameras(seed: int, count: int) -> list[View]:
    """`count` views of the cars with this seed; the same for the same seed."""
    return hemisphere((seed, STREAM), count)


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

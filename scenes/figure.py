# SPDX-License-Identifier: GPL-3.0-or-later
"""A dressed, articulated figure from a seed, as detailed scene and as blockout, in one file.

The seed is the person: every view shows the same body, clothes and studio in another pose.

python -m scenes.figure --seed 7 --out figure.blend
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import bpy
from mathutils import Matrix

from scenes import command_line, cycles, figure_stage, figure_views, stage
from scenes.figure_parts import FigurePlan, figure_plan
from scenes.figure_studio import Studio, studio_of
from scenes.figure_views import FigureView

DEMO_SEED = 20


@dataclass(frozen=True)
class FigureScene:
    """A built figure: the Blender scene, the plan it was built from, and its studio."""

    scene: bpy.types.Scene
    plan: FigurePlan
    studio: Studio

    @property
    def triangles(self) -> int:
        """Triangles of the detailed figure."""
        return sum(part.geometry.triangles for part in self.plan.parts)


def build(seed: int) -> FigureScene:
    """Empty the open file and build the figure with this seed in its scene, in both forms."""
    stage.empty_file()
    bpy.data.batch_remove(list(bpy.data.armatures))
    plan, studio = figure_plan(seed), studio_of(seed)
    scene = figure_stage.build_figure(plan, studio)
    stage.add_camera(scene)
    return FigureScene(scene, plan, studio)


def cameras(seed: int, count: int) -> list[FigureView]:
    """`count` views of the figure with this seed, each with its pose."""
    return figure_views.choose(figure_plan(seed).body, count)


def place_camera(scene: bpy.types.Scene, view: FigureView) -> bpy.types.Object:
    """Pose the figure and put the scene's camera where the view says; returns the camera."""
    figure_stage.take_pose(scene, view.pose)
    camera = stage.add_camera(scene)
    camera.matrix_world = Matrix(view.camera_to_world.tolist())
    camera.data.lens = view.lens
    return camera


def demo(seed: int = DEMO_SEED) -> FigureScene:
    """The demo scene, the whole figure in view, ready to render at 512 x 512."""
    built = build(seed)
    found = cameras(seed, 12)
    front = [v for v in found if v.kind == "full" and v.pose.kind in ("hips", "stand", "walk")]
    place_camera(built.scene, (front or found)[0])
    cycles.set_up(built.scene, 512, 512, 64)
    return built


def save(path: Path, seed: int) -> None:
    """Write the demo scene to a .blend whose Blockout view layer is the one that renders."""
    command_line.write(path, demo(seed).scene)


if __name__ == "__main__":
    command_line.run(__doc__, save, DEMO_SEED)

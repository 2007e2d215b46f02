# SPDX-License-Identifier: GPL-3.0-or-later
"""A procedural furnished room from a seed, as detailed scene and as blockout, in one file.

python -m scenes.room --seed 7 --out room.blend
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import bpy

from scenes import (
    command_line,
    cycles,
    room_light,
    room_materials,  # noqa: F401  (adds the materials of rooms)
    room_views,
    stage,
)
from scenes.room_layout import room_plan
from scenes.room_mood import Mood, mood_for
from scenes.room_plan import RoomPlan
from scenes.views import View

place_camera = stage.place_camera

DEMO_SEED = 7


@dataclass(frozen=True)
class RoomScene:
    """A built room: the Blender scene, the plan it was built from, and its light."""

    scene: bpy.types.Scene
    plan: RoomPlan
    mood: Mood

    @property
    def triangles(self) -> int:
        """Triangles of the detailed form."""
        return sum(self.plan.meshes[i.mesh].triangles for i in self.plan.items)


def build(seed: int) -> RoomScene:
    """Empty the open file and build the room with this seed in its scene, in both forms."""
    stage.empty_file()
    plan = room_plan(seed)
    mood = mood_for(seed)
    scene = stage.build_forms(plan)
    room_light.light(scene, plan, mood)
    scene["room_seed"], scene["room_kind"], scene["mood"] = seed, plan.kind, mood.kind
    stage.add_camera(scene)
    return RoomScene(scene, plan, mood)


def cameras(seed: int, count: int) -> list[View]:
    """`count` views of the room with this seed; the same for the same seed."""
    return room_views.choose(room_plan(seed), count)


def demo(seed: int = DEMO_SEED) -> RoomScene:
    """The demo scene, seen by its first camera, ready to render at 512 x 512."""
    room = build(seed)
    place_camera(room.scene, cameras(seed, 1)[0])
    cycles.set_up(room.scene, 512, 512, 64)
    return room


def save(path: Path, seed: int) -> None:
    """Write the demo scene to a .blend whose Blockout view layer is the one that renders."""
    command_line.write(path, demo(seed).scene)


if __name__ == "__main__":
    command_line.run(__doc__, save, DEMO_SEED)

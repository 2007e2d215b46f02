# SPDX-License-Identifier: GPL-3.0-or-later
"""A room as plain data: its shell, what is taken, and where things may stand.

The room is a box centred on the origin: x in -width/2..width/2, y in -depth/2..depth/2, its floor
on z = 0. Wall k has the inward normal (-sin t, cos t) with t = k * 90 degrees; a place on it is
(u, v): u metres along (cos t, sin t) from the wall's middle, v metres into the room.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from scenes.mesh_tools import Geometry, turn_z
from scenes.plan import Color, Item, Plan

# Names and ids of the palette `room`.
ROOM_IDS: dict[str, int] = {
    "wall": 1, "floor": 2, "ceiling": 3, "cabinet": 4, "bed": 5, "chair": 6, "sofa": 7, "table": 8,
    "door": 9, "window": 10, "shelf": 11, "picture": 12, "desk": 14, "curtain": 15,
    "television": 17, "plant": 18, "rug": 19, "lamp": 20, "mirror": 21, "pillow": 22,
}  # fmt: skip
OUTSIDE = "window"  # what is seen through an opening counts as window
TOUCH = 0.004  # boxes that meet by less than this (metres) do not overlap


@dataclass(frozen=True)
class Model:
    """A thing in its own axes (back at y = 0 or centred, on z = 0) and what blocks it out.

    Without `solid` its bounding box does.
    """

    part: Geometry
    solid: Geometry | None = None


@dataclass(frozen=True)
class Opening:
    """A window's or door's rectangle in wall `wall`: u0..u1, z0..z1 (metres)."""

    wall: int
    u0: float
    u1: float
    z0: float
    z1: float
    kind: str


@dataclass(frozen=True)
class Volume:
    """Space that is taken, as an axis-aligned box; `name` is the item's, or says why."""

    name: str
    low: np.ndarray
    high: np.ndarray

    def overlaps(self, low: np.ndarray, high: np.ndarray) -> bool:
        """True where the box between two corners (3,) shares room with this one."""
        return bool(np.all(low < self.high - TOUCH) and np.all(high > self.low + TOUCH))


@dataclass(frozen=True)
class Lamp:
    """A lamp that burns: where its light sits (3,), and how much of the lamps' light it gives."""

    kind: str  # ceiling | shade
    place: tuple[float, float, float]
    share: float


@dataclass
class RoomPlan(Plan):
    """A plan with walls, openings, taken space and burning lamps."""

    kind: str = "living"
    width: float = 4.5
    depth: float = 4.0
    height: float = 2.6
    openings: list[Opening] = field(default_factory=list)
    volumes: list[Volume] = field(default_factory=list)
    lamps: list[Lamp] = field(default_factory=list)

    def half(self, wall: int) -> float:
        """Distance of a wall from the room's middle."""
        return (self.depth if wall % 2 == 0 else self.width) / 2

    def length(self, wall: int) -> float:
        """Length of a wall."""
        return self.width if wall % 2 == 0 else self.depth

    def on_wall(self, wall: int, u: float, v: float) -> tuple[float, float]:
        """World (x, y) of a place on a wall."""
        turn = wall * np.pi / 2
        along, inward = (np.cos(turn), np.sin(turn)), (-np.sin(turn), np.cos(turn))
        back = v - self.half(wall)
        return float(along[0] * u + inward[0] * back), float(along[1] * u + inward[1] * back)

    def free_box(self, low: np.ndarray, high: np.ndarray, ignore: Sequence[str] = ()) -> bool:
        """True where a box lies inside the room and in nothing that is taken."""
        edge = np.array([self.width / 2, self.depth / 2, self.height])
        floor = np.array([-edge[0], -edge[1], 0.0])
        if np.any(low < floor - TOUCH) or np.any(high > edge + TOUCH):
            return False
        return not any(v.overlaps(low, high) for v in self.volumes if v.name not in ignore)

    def keep_free(self, name: str, wall: int, u: tuple[float, float], v: float,
                  z: tuple[float, float]) -> None:  # fmt: skip
        """Let nothing stand within v metres of a stretch of wall, between two heights."""
        a, b = np.array(self.on_wall(wall, u[0], 0)), np.array(self.on_wall(wall, u[1], v))
        low, high = np.minimum(a, b), np.maximum(a, b)
        self.volumes.append(Volume(name, np.append(low, z[0]), np.append(high, z[1])))

    def stand(
        self,
        class_name: str,
        key: str,
        model: Model,
        place: Sequence[float],
        turn: float = 0.0,
        color: Color = (0.5, 0.5, 0.5),
        second: Color = (0.5, 0.5, 0.5),
        ignore: Sequence[str] = (),
    ) -> Item | None:
        """Put a thing there if there is room for it; None if not. `ignore` names taken spaces."""
        part = self.meshes.get(key, model.part)
        low, high = turned_bounds(part, place, turn)
        if not self.free_box(low, high, ignore):
            return None
        item = self.put(class_name, key, model, place, turn, color, second)
        self.volumes.append(Volume(item.name, low, high))
        return item

    def put(
        self,
        class_name: str,
        key: str,
        model: Model,
        place: Sequence[float],
        turn: float = 0.0,
        color: Color = (0.5, 0.5, 0.5),
        second: Color = (0.5, 0.5, 0.5),
    ) -> Item:
        """Put a thing there without asking: pillows on a bed, the shell itself."""
        if model.solid is not None:
            self.solids.setdefault(key, fitted(model.solid, model.part))
        form = "box" if model.solid is None else "solid"
        return self.add(class_name, key, model.part, place, turn, 1.0, color, second, form, key)

    def against(
        self,
        wall: int,
        u: float,
        class_name: str,
        key: str,
        model: Model,
        color: Color = (0.5, 0.5, 0.5),
        second: Color = (0.5, 0.5, 0.5),
        z: float = 0.0,
        gap: float = 0.02,
        ignore: Sequence[str] = (),
    ) -> Item | None:
        """Stand a thing with its back to a wall; None where there is no room."""
        x, y = self.on_wall(wall, u, gap)
        turn = wall * np.pi / 2
        return self.stand(class_name, key, model, (x, y, z), turn, color, second, ignore)

    def anywhere(
        self,
        walls: Sequence[int],
        class_name: str,
        key: str,
        model: Model,
        color: Color = (0.5, 0.5, 0.5),
        second: Color = (0.5, 0.5, 0.5),
        z: float = 0.0,
        gap: float = 0.02,
        tries: int = 24,
    ) -> Item | None:
        """Stand a thing at a random free place along one of these walls."""
        low, high = model.part.bounds()
        half = float(high[0] - low[0]) / 2
        for wall in walls:
            reach = self.length(wall) / 2 - half - 0.03
            if reach < 0:
                continue
            for _ in range(tries):
                u = float(self.rng.uniform(-reach, reach))
                made = self.against(wall, u, class_name, key, model, color, second, z, gap)
                if made is not None:
                    return made
        return None

    def split_space(self, item: Item, boxes: np.ndarray) -> None:
        """Let an item take only these boxes (N, 2, 3), in its own axes, not all of its bounds."""
        self.volumes = [v for v in self.volumes if v.name != item.name]
        for low, high in boxes:
            ends = np.stack([low, high]) @ item.matrix[:3, :3].T + item.matrix[:3, 3]
            self.volumes.append(Volume(item.name, ends.min(axis=0), ends.max(axis=0)))

    def wall_of(self, item: Item) -> int:
        """The wall that an item turns its back to."""
        return round(float(np.arctan2(item.matrix[1, 0], item.matrix[0, 0])) / (np.pi / 2)) % 4

    def volume(self, name: str) -> Volume:
        """The taken space of this name. Raises StopIteration where there is none."""
        return next(v for v in self.volumes if v.name == name)


def fitted(solid: Geometry, part: Geometry) -> Geometry:
    """The solid, stretched to the bounds of the part that it stands for."""
    (low, high), (to_low, to_high) = solid.bounds(), part.bounds()
    scale = (to_high - to_low) / (high - low)
    return Geometry((solid.verts - low) * scale + to_low, solid.faces, solid.slots)


def turned_bounds(
    part: Geometry, place: Sequence[float], turn: float
) -> tuple[np.ndarray, np.ndarray]:
    """World box (3,), (3,) round a part's bounding box, turned about Z and put at `place`."""
    low, high = part.bounds()
    corners = np.array([[x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1])
                        for z in (low[2], high[2])])  # fmt: skip
    world = corners @ turn_z(turn).T + np.asarray(place, dtype=float)
    return world.min(axis=0), world.max(axis=0)

# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands where: a scene as plain data, before any of it exists in Blender."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from scenes.mesh_tools import Geometry, turn_z

# Class names and ids: those of Cityscapes (labelIds), and one of our own for marks on the road.
CLASS_IDS: dict[str, int] = {
    "road": 7,
    "sidewalk": 8,
    "building": 11,
    "fence": 13,
    "pole": 17,
    "traffic light": 19,
    "traffic sign": 20,
    "vegetation": 21,
    "terrain": 22,
    "sky": 23,
    "person": 24,
    "car": 26,
    "truck": 27,
    "bus": 28,
    "bicycle": 33,
    "road marking": 40,
}

Color = tuple[float, float, float]


@dataclass(frozen=True)
class Item:
    """One thing: its mesh (key into `Plan.meshes`), pose and colours (linear RGB, 0..1).

    `form` says what stands for it in the blockout form: "box" (one cuboid), "crown" (an ellipsoid
    and a cuboid, for trees), "solid" (a mesh of `Plan.solids`) or "flat" (the thing itself, for
    the ground).
    """

    name: str
    class_name: str
    mesh: str
    matrix: np.ndarray
    color: Color
    second: Color
    variation: float
    appearance_seed: int
    form: str = "box"


@dataclass
class Plan:
    """All things of a scene and the meshes they share.

    `solids` holds what stands for a mesh of form "solid" in the blockout form; `classes` the ids
    of the scene's classes by name.
    """

    seed: int
    rng: np.random.Generator
    meshes: dict[str, Geometry] = field(default_factory=dict)
    items: list[Item] = field(default_factory=list)
    facts: dict[str, float] = field(default_factory=dict)
    discs: list[tuple[float, float, float]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    solids: dict[str, Geometry] = field(default_factory=dict)
    classes: dict[str, int] = field(default_factory=lambda: CLASS_IDS)

    def add(
        self,
        class_name: str,
        mesh: str,
        part: Geometry,
        place: Sequence[float] = (0.0, 0.0, 0.0),
        turn: float = 0.0,
        scale: float | Sequence[float] = 1.0,
        color: Color = (0.5, 0.5, 0.5),
        second: Color = (0.5, 0.5, 0.5),
        form: str = "box",
        stem: str = "",
    ) -> Item:
        """Put a thing at `place` (metres), turned about Z by `turn` radians; returns it."""
        self.meshes.setdefault(mesh, part)
        stem = stem or class_name.replace(" ", "_")
        number = self.counts.get(stem, 0)
        self.counts[stem] = number + 1
        matrix = np.eye(4)
        matrix[:3, :3] = turn_z(turn) * np.broadcast_to(np.asarray(scale, dtype=float), 3)
        matrix[:3, 3] = place
        item = Item(
            f"{stem}_{number:03d}",
            class_name,
            mesh,
            matrix,
            color,
            second,
            float(self.rng.random()),
            int(self.rng.integers(2**31 - 1)),
            form,
        )
        self.items.append(item)
        return item

    def free(self, x: float, y: float, radius: float) -> bool:
        """True where a disc at (x, y) touches no disc taken before."""
        return all(np.hypot(x - a, y - b) > radius + r for a, b, r in self.discs)

    def take(self, x: float, y: float, radius: float) -> None:
        """Keep the disc at (x, y) free of later things."""
        self.discs.append((x, y, radius))

    def pick(self, options: Sequence[Color], spread: float = 0.06) -> Color:
        """One of the colours, a little lighter or darker."""
        base = np.array(options[int(self.rng.integers(len(options)))])
        shade = 1.0 + self.rng.uniform(-spread, spread) * 2
        r, g, b = np.clip(base * shade + self.rng.uniform(-0.3, 0.3, 3) * spread * base, 0.01, 0.95)
        return float(r), float(g), float(b)

    def boxes(self) -> OrientedBoxes:
        """Oriented bounding boxes of everything that is not flat."""
        solid = [i for i in self.items if i.form != "flat"]
        return OrientedBoxes.of(solid, self.meshes)


@dataclass(frozen=True)
class OrientedBoxes:
    """Boxes as unit cubes (-0.5..0.5 on each axis): matrices (N, 4, 4) cube to world."""

    items: list[Item]
    to_world: np.ndarray

    @staticmethod
    def of(items: list[Item], meshes: dict[str, Geometry]) -> OrientedBoxes:
        """The boxes of some items of a plan."""
        matrices = [i.matrix @ cube_to_bounds(*meshes[i.mesh].bounds()) for i in items]
        return OrientedBoxes(items, np.array(matrices).reshape(-1, 4, 4))

    def inside(self, point: np.ndarray, margin: float = 0.0) -> bool:
        """True if a point (3,) lies in a box grown by `margin` metres on each side."""
        local = np.linalg.inv(self.to_world) @ np.append(point, 1.0)
        size = np.linalg.norm(self.to_world[:, :3, :3], axis=1)
        return bool(np.any(np.all(np.abs(local[:, :3]) <= 0.5 + margin / size, axis=1)))

    def cast(self, origin: np.ndarray, rays: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """First box hit by each ray: origin (3,), rays (R, 3) -> box index (R,) or -1, distance."""
        inverse = np.linalg.inv(self.to_world)
        start = inverse[:, :3, :3] @ origin + inverse[:, :3, 3]
        way = np.einsum("nij,rj->rni", inverse[:, :3, :3], rays)
        way = np.where(np.abs(way) < 1e-9, 1e-9, way)
        near, far = (-0.5 - start) / way, (0.5 - start) / way
        enter = np.minimum(near, far).max(axis=2)
        leave = np.maximum(near, far).min(axis=2)
        distance = np.where((enter <= leave) & (leave > 0), np.maximum(enter, 0.0), np.inf)
        first = distance.argmin(axis=1)
        reach = distance[np.arange(len(rays)), first]
        return np.where(np.isfinite(reach), first, -1), reach


def cube_to_bounds(low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Matrix (4, 4) that lays the unit cube (-0.5..0.5) onto the box between two corners (3,).

    Flat boxes get a thickness of one millimetre, so that the matrix can be inverted.
    """
    matrix = np.diag([*np.maximum(high - low, 1e-3), 1.0])
    matrix[:3, 3] = (low + high) / 2
    return matrix


def apart(a: np.ndarray, b: np.ndarray, gap: float) -> bool:
    """True where two rectangles (4, 2) leave a gap of so many metres between them."""
    for shape in (a, b):
        for edge in (shape[1] - shape[0], shape[2] - shape[1]):
            axis = edge / np.linalg.norm(edge)
            on_a, on_b = a @ axis, b @ axis
            if on_a.max() + gap < on_b.min() or on_b.max() + gap < on_a.min():
                return True
    return False

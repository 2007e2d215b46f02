# SPDX-License-Identifier: GPL-3.0-or-later
"""A place under construction: ground, plants, rows and buildings put where they hide no car."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scenes import house_colors, plants
from scenes import place_things as things
from scenes.buildings import HouseStyle, house
from scenes.mesh_tools import Geometry, turn_z
from scenes.open_ground import Relief
from scenes.plan import Color, Plan

RADIUS = 11.0  # of the hemisphere of cameras (metres); what is tall stands outside of it


@dataclass
class Place:
    """A place under construction: its plan, its relief and its season."""

    plan: Plan
    relief: Relief
    autumn: bool

    @property
    def rng(self) -> np.random.Generator:
        """The plan's random numbers."""
        return self.plan.rng

    def ground(self, slot: str, color: Color, second: Color = (0.4, 0.34, 0.2)) -> None:
        """The terrain under everything."""
        self.plan.add("terrain", "terrain", self.relief.mesh(slot), color=color, second=second,
                      form="flat", stem="terrain")  # fmt: skip

    def spot(self, low: float, high: float, radius: float) -> tuple[float, float] | None:
        """A free spot (x, y) at a distance between low and high, now taken; None if not found."""
        for _ in range(12):
            angle, away = self.rng.uniform(0, 2 * np.pi), self.rng.uniform(low, high)
            x, y = float(np.cos(angle) * away), float(np.sin(angle) * away)
            dry = x < self.relief.shore - 1.0 - radius
            if dry and self.plan.free(x, y, radius):
                self.plan.take(x, y, radius)
                return x, y
        return None

    def tree(self, x: float, y: float, kinds: list[str], scale: float = 1.0) -> None:
        """A tree, in some of the blockouts as ellipsoid and trunk, in the others as one box."""
        rng, plan = self.rng, self.plan
        kind, variant = str(rng.choice(kinds)), int(rng.integers(2))
        turning = self.autumn and kind != "conifer" and rng.random() < 0.75
        size = scale * float(rng.uniform(0.85, 1.25))
        form = "crown" if rng.random() < 0.55 else "box"
        colors = plants.AUTUMN if turning else plants.LEAVES
        part = plants.tree(kind, variant)
        reach = size * float(np.hypot(*np.abs(part.verts[:, :2]).max(axis=0)))
        away = float(np.hypot(x, y))
        out = max(1.0, (RADIUS + 0.4 + reach) / away)  # no box of a tree takes in a camera
        x, y = x * out, y * out
        plan.add("vegetation", f"tree_{kind}_{variant}", part,
                 (x, y, self.relief.at(x, y) - 0.06), float(rng.uniform(0, 6.28)),
                 (size, size, size * float(rng.uniform(0.9, 1.15))), plan.pick(colors), form=form,
                 stem="tree")  # fmt: skip

    def trees(self, count: int, kinds: list[str], low: float, high: float, arc: float) -> None:
        """Trees at a distance between low and high, over a share `arc` of the circle."""
        start = float(self.rng.uniform(0, 2 * np.pi))
        for _ in range(count):
            angle = start + float(self.rng.uniform(0, 2 * np.pi * arc))
            away = float(low + (high - low) * self.rng.random() ** 1.4)
            x, y = np.cos(angle) * away, np.sin(angle) * away
            if x < self.relief.shore - 3.0 and self.plan.free(x, y, 1.3):
                self.plan.take(x, y, 1.3)
                self.tree(float(x), float(y), kinds)

    def strew(
        self, stem: str, count: int, low: float, high: float, size: tuple[float, float],
        colors: list[Color], class_name: str = "vegetation",
    ) -> None:  # fmt: skip
        """Small things (bush, tuft, rock) at random spots."""
        make = {"bush": plants.bush, "tuft": things.tuft, "rock": things.rock}[stem]
        for _ in range(count):
            scale = float(self.rng.uniform(*size))
            variant = int(self.rng.integers(3))
            at = self.spot(low, high, 0.5 * scale)
            if at is not None:
                shape = (scale, scale, scale * float(self.rng.uniform(0.75, 1.1)))
                self.plan.add(class_name, f"{stem}_{variant}", make(variant),
                              (*at, self.relief.at(*at) - 0.02), float(self.rng.uniform(0, 6.28)),
                              shape, self.plan.pick(colors), stem=stem)  # fmt: skip

    def row(
        self, mesh: str, part: Geometry, class_name: str, x: float, ys: np.ndarray,
        turn: float, color: Color, stem: str = "",
    ) -> None:  # fmt: skip
        """Copies of a part along a line: at (x, y) for each y, the line turned about the origin."""
        c, s = np.cos(turn), np.sin(turn)
        for y in ys:
            a, b = float(c * x - s * y), float(s * x + c * y)
            self.plan.add(class_name, mesh, part, (a, b, self.relief.at(a, b)), turn, 1.0, color,
                          color, stem=stem)  # fmt: skip

    def building(self, part: Geometry, x: float, y: float, turn: float, color: Color,
                 second: Color) -> None:  # fmt: skip
        """A building of its own shape, its foot sunk a little into the ground."""
        number = self.plan.counts.get("building", 0)
        low, high = part.bounds()
        middle = turn_z(turn) @ ((low + high) / 2) + [x, y, 0.0]
        radius = 0.85 * float(np.hypot(*(high - low)[:2])) / 2
        self.plan.take(float(middle[0]), float(middle[1]), radius)
        z = self.relief.at(x, y) - 0.1
        self.plan.add("building", f"building_{number}", part, (x, y, z), turn, 1.0, color, second)

    def houses(self, count: int, away: float, kinds: tuple[str, ...], floors: int) -> None:
        """Houses around, their fronts towards the middle."""
        rng = self.rng
        start = float(rng.uniform(0, 2 * np.pi))
        for i in range(count):
            angle = start + i * float(rng.uniform(0.55, 0.75))
            dist = away + float(rng.uniform(0, 3))
            style = HouseStyle(
                width=float(rng.uniform(9, 13)), depth=float(rng.uniform(8, 10)),
                floors=int(rng.integers(1, floors + 1)), floor_height=float(rng.uniform(2.8, 3.2)),
                bay=float(rng.uniform(2.2, 3.2)),
                window=(float(rng.uniform(0.42, 0.65)), float(rng.uniform(0.45, 0.6))),
                wall=str(rng.choice(kinds)), roof=str(rng.choice(["gable", "hip", "gable_front"])),
                ground="shop" if floors > 2 and rng.random() < 0.5 else "home",
                ledges=bool(rng.random() < 0.5), balconies=False, left_open=True, right_open=True,
            )  # fmt: skip
            colors = {"brick": house_colors.BRICKS, "stone": house_colors.STONES}.get(
                style.wall, house_colors.PLASTERS
            )
            turn = angle - np.pi / 2
            x = np.cos(angle) * dist - np.cos(turn) * style.width / 2
            y = np.sin(angle) * dist - np.sin(turn) * style.width / 2
            middle = (np.cos(angle) * (dist + 4), np.sin(angle) * (dist + 4))
            if middle[0] > self.relief.shore - 6 or not self.plan.free(*middle, 6.0):
                continue
            self.plan.take(*middle, 6.5)
            number = self.plan.counts.get("building", 0)
            self.plan.add("building", f"building_{number}", house(style, rng), (x, y, 0.0), turn,
                          color=self.plan.pick(colors),
                          second=self.plan.pick(house_colors.SIGN_COLORS))  # fmt: skip

    def flat(self, class_name: str, key: str, part: Geometry, color: Color,
             second: Color = (0.3, 0.3, 0.3), stem: str = "") -> None:  # fmt: skip
        """Something level on the ground, the same in both forms."""
        self.plan.add(class_name, key, part, color=color, second=second, form="flat", stem=stem)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Single pieces of furniture and where each may stand, with what stands on it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from scenes import room_cabinets, room_decor, room_seats
from scenes.plan import Color, Item
from scenes.room_plan import RoomPlan
from scenes.room_style import LEAVES, RoomStyle

_GLOW: Color = (1.0, 0.72, 0.42)
_OFF: Color = (0.0, 0.0, 0.0)
_RUGS = ("rug_pile", "rug_stripe", "rug_diamond")


@dataclass
class Furnisher:
    """A plan in the making, with its style and the walls that have no window."""

    plan: RoomPlan
    style: RoomStyle
    burning: bool
    blind_walls: list[int]
    lights: list[tuple[str, tuple[float, float, float], float]] = field(default_factory=list)

    @property
    def rng(self) -> np.random.Generator:
        """The plan's random numbers."""
        return self.plan.rng

    def walls(self) -> list[int]:
        """All walls in random order, those without windows first."""
        blind = [int(w) for w in self.rng.permutation(self.blind_walls)]
        return blind + [w for w in range(4) if w not in blind]

    def picture_colors(self) -> tuple[Color, Color]:
        """Main colours of a picture: its first also colours its blockout."""
        options: list[Color] = [(0.62, 0.22, 0.1), (0.08, 0.24, 0.4), (0.66, 0.5, 0.12),
                                (0.14, 0.3, 0.2), (0.5, 0.46, 0.4), (0.56, 0.14, 0.16),
                                (0.1, 0.1, 0.12), self.style.cloth]  # fmt: skip
        return self.plan.pick(options), self.plan.pick(
            [(0.03, 0.03, 0.03), (0.7, 0.68, 0.62), self.style.wood, self.style.second_cloth]
        )

    def coin(self, chance: float) -> bool:
        """True with this chance."""
        return bool(self.rng.random() < chance)

    def burns(self, kind: str, item: Item, height: float, share: float) -> None:
        """Note that a lamp burns, with its light so high above its foot."""
        x, y, z = (float(v) for v in item.matrix[:3, 3])
        self.lights.append((kind, (x, y, z + height), share))


def top_of(f: Furnisher, base: Item, across: float = 0.0) -> tuple[float, float, float]:
    """The middle of a thing's upper side, moved `across` metres along its width."""
    low, high = f.plan.meshes[base.mesh].bounds()
    local = np.array([across, (low[1] + high[1]) / 2, high[2], 1.0])
    x, y, z = (base.matrix @ local)[:3]
    return float(x), float(y), float(z) + 0.002


def table_lamp(f: Furnisher, base: Item, across: float = 0.0) -> None:
    """A small lamp on a piece of furniture."""
    kind = int(f.rng.integers(3))
    model, height = room_decor.table_lamp(kind)
    lit = f.burning and f.coin(0.85)
    color = f.plan.pick([(0.72, 0.67, 0.56), (0.7, 0.7, 0.66), f.style.second_cloth])
    item = f.plan.stand("lamp", f"table_lamp_{kind}", model, top_of(f, base, across), 0.0, color,
                        _GLOW if lit else _OFF)  # fmt: skip
    if item is not None and lit:
        f.burns("shade", item, height, 0.7)


def floor_lamp(f: Furnisher, near: tuple[float, float], reach: float = 0.9) -> None:
    """A standing lamp somewhere beside a place."""
    kind = int(f.rng.integers(3))
    model, height = room_decor.floor_lamp(kind)
    lit = f.burning and f.coin(0.9)
    color = f.plan.pick([(0.72, 0.67, 0.56), (0.68, 0.66, 0.6), (0.1, 0.1, 0.1)])
    for _ in range(24):
        spot = np.array(near) + f.rng.uniform(-reach, reach, 2)
        item = f.plan.stand("lamp", f"floor_lamp_{kind}", model, (*spot, 0.0), 0.0, color,
                            _GLOW if lit else _OFF)  # fmt: skip
        if item is not None:
            if lit:
                f.burns("shade", item, height, 1.2)
            return


def plants(f: Furnisher, count: int) -> None:
    """Pot plants in the corners and along the walls."""
    pots: list[Color] = [(0.5, 0.2, 0.1), (0.7, 0.69, 0.66), (0.12, 0.12, 0.13), (0.4, 0.33, 0.2)]
    for n in range(count):
        kind = int(f.rng.integers(4))
        tall = float(f.rng.uniform(0.7, 1.6)) if kind != 0 else float(f.rng.uniform(0.5, 0.9))
        model = room_decor.plant(kind, tall, f.plan.seed + n)
        turn = float(f.rng.uniform(0, 2 * np.pi))
        reach = float(np.abs(model.part.verts[:, :2]).max()) + 0.06
        edge = np.array([f.plan.width, f.plan.depth]) / 2 - reach
        if edge.min() <= 0:
            continue
        for _ in range(20):
            spot = f.rng.uniform(-edge, edge)
            side = int(f.rng.integers(2))
            spot[side] = edge[side] * float(f.rng.choice([-1, 1]))
            if f.coin(0.5):
                spot = edge * np.sign(spot)
            if f.plan.stand("plant", f"plant_{n}", model, (*spot, 0.0), turn,
                            f.plan.pick(LEAVES), f.plan.pick(pots)):  # fmt: skip
                break


def small_plant(f: Furnisher, base: Item, across: float) -> None:
    """A little plant on a piece of furniture."""
    kind = int(f.rng.choice([0, 2, 1]))
    model = room_decor.plant(kind, float(f.rng.uniform(0.26, 0.42)), f.plan.seed + 50)
    f.plan.stand("plant", f"small_plant_{kind}", model, top_of(f, base, across),
                 float(f.rng.uniform(0, 6)), f.plan.pick(LEAVES),
                 f.plan.pick([(0.66, 0.64, 0.6), (0.5, 0.2, 0.1), (0.1, 0.2, 0.26)]))  # fmt: skip


def rug(f: Furnisher, x: float, y: float, width: float, deep: float, turn: float = 0.0) -> None:
    """A rug, cut to what the room has; it lies under the furniture."""
    slot = str(f.rng.choice(_RUGS))
    first, second = f.plan.pick([f.style.cloth, f.style.second_cloth, (0.6, 0.56, 0.48),
                                 (0.36, 0.1, 0.08), (0.1, 0.16, 0.26)]), f.plan.pick(
        [f.style.second_cloth, (0.68, 0.64, 0.56), (0.1, 0.1, 0.11), f.style.accent])  # fmt: skip
    edge = np.array([f.plan.width, f.plan.depth]) / 2 - 0.15
    size = np.array([width, deep]) / 2
    if abs(np.sin(turn)) > 0.5:
        size = size[::-1]
    size = np.minimum(size, edge - np.abs([x, y]))
    if size.min() < 0.4:
        return
    if f.coin(0.2) and slot != "rug_stripe":
        f.plan.put("rug", "rug", room_decor.round_rug(float(size.min()), slot), (x, y, 0.0), turn,
                   first, second)  # fmt: skip
        return
    model = room_decor.rug(2 * float(size[0]), 2 * float(size[1]), slot)
    f.plan.put("rug", "rug", model, (x, y, 0.0), 0.0, first, second)


def along(item: Item, x: float, y: float) -> tuple[float, float]:
    """World (x, y) of a place in a thing's own axes."""
    a, b = (item.matrix @ [x, y, 0.0, 1.0])[:2]
    return float(a), float(b)


def turn_of(item: Item) -> float:
    return float(np.arctan2(item.matrix[1, 0], item.matrix[0, 0]))


def wardrobe(f: Furnisher) -> None:
    """A tall cabinet, as wide as fits."""
    columns = int(f.rng.integers(2, 5))
    kind = int(f.rng.choice([0, 2, 3]))
    tall = min(float(f.rng.uniform(1.95, 2.3)), f.plan.height - 0.1)
    for count in range(columns, 1, -1):
        model = room_cabinets.cabinet(count * 0.48, 0.6, tall, count, 1, kind)
        if f.plan.anywhere(f.walls(), "cabinet", "wardrobe", model, f.style.wood, f.style.front):
            return


def chest(f: Furnisher) -> None:
    """A chest of drawers or a sideboard, with something on it and a picture or mirror above."""
    style = f.style
    wide = float(f.rng.uniform(0.8, 1.7))
    tall = float(f.rng.uniform(0.7, 0.95))
    rows = int(f.rng.integers(2, 5)) if wide < 1.3 else int(f.rng.integers(1, 4))
    model = room_cabinets.cabinet(wide, 0.44, tall, 1 if wide < 1.0 else 2 if wide < 1.4 else 3,
                                  rows, int(f.rng.integers(4)))  # fmt: skip
    item = f.plan.anywhere(f.walls(), "cabinet", "chest", model, style.wood, style.front)
    if item is None:
        return
    hang_above(f, item, tall)
    if f.coin(0.6):
        table_lamp(f, item, -wide * 0.32)
    if f.coin(0.7):
        small_plant(f, item, wide * 0.33)


def hang_above(f: Furnisher, item: Item, top: float) -> None:
    """A picture or mirror on the wall over a low piece of furniture."""
    low, high = f.plan.meshes[item.mesh].bounds()
    wide = float(high[0] - low[0])
    spot = (*along(item, 0.0, -0.02), top + 0.35)
    if f.coin(0.35):
        oval = f.coin(0.5)
        model = room_decor.mirror(min(0.7, wide), 0.7 if oval else 0.85, oval)
        f.plan.stand("mirror", "mirror_chest", model, spot, turn_of(item), (0.6, 0.62, 0.64),
                     f.style.wood)  # fmt: skip
    elif f.coin(0.75):
        model = room_decor.picture(float(f.rng.uniform(0.5, min(1.2, wide))),
                                   float(f.rng.uniform(0.45, 0.75)), f.coin(0.5))  # fmt: skip
        key = f"picture_{item.name}"
        f.plan.stand("picture", key, model, spot, turn_of(item), *f.picture_colors())


def armchair(f: Furnisher, near: tuple[float, float] | None = None) -> Item | None:
    """An armchair in a free place, turned to `near` or to the room's middle."""
    kind = int(f.rng.integers(3))
    slot = str(f.rng.choice(["fabric", "fabric", "leather"]))
    model = room_seats.sofa(0.85, 1, kind, slot)
    target = np.array(near if near is not None else (0.0, 0.0))
    color = f.plan.pick([f.style.second_cloth, f.style.cloth, f.style.accent])
    edge = np.array([f.plan.width, f.plan.depth]) / 2 - 0.75
    for _ in range(30):
        spot = f.rng.uniform(-edge, edge)
        way = target - spot
        if near is not None and not 1.0 < np.linalg.norm(way) < 2.4:
            continue
        if np.linalg.norm(way) < 0.7:
            continue
        turn = float(np.arctan2(way[1], way[0]) - np.pi / 2)
        if near is None:
            turn += float(f.rng.normal(0, 0.2))
        else:
            turn = round(turn / (np.pi / 2)) * np.pi / 2 + float(f.rng.normal(0, 0.1))
        back = np.array([-np.sin(turn), np.cos(turn)]) * 0.45
        item = f.plan.stand("chair", f"armchair_{kind}_{slot}", model,
                            (*(spot - back), 0.0), turn, color, f.style.other_wood)  # fmt: skip
        if item is not None:
            if f.coin(0.4):
                f.plan.put("pillow", "scatter", room_seats.scatter_cushion("fabric"),
                           (*along(item, 0.0, 0.3), 0.44), turn, f.plan.pick(
                               [f.style.accent, f.style.cloth]))  # fmt: skip
            return item
    return None


def work_place(f: Furnisher) -> Item | None:
    """A desk with a chair before it, a screen and a lamp on it."""
    plan, style = f.plan, f.style
    wide = float(f.rng.uniform(1.1, 1.65))
    model = room_cabinets.desk(wide, int(f.rng.integers(3)))
    order = [int(w) for w in f.rng.permutation(4)]
    item = plan.anywhere(order, "desk", "desk", model, style.wood, style.front)
    if item is None:
        return None
    seat = room_seats.office_chair() if f.coin(0.7) else room_seats.chair("shell")
    key = "office_chair" if seat.part.bounds()[1][2] > 1.0 else "chair_shell"
    place = (*along(item, float(f.rng.uniform(-0.15, 0.15)), 1.02), 0.0)
    plan.stand("chair", key, seat, place, turn_of(item) + np.pi + float(f.rng.normal(0, 0.12)),
               plan.pick([style.cloth, style.second_cloth, (0.05, 0.05, 0.06)]),
               style.other_wood)  # fmt: skip
    x, y, z = top_of(f, item, float(f.rng.uniform(-0.1, 0.1)))
    back = np.array(along(item, 0, 0)) - np.array(along(item, 0, 0.2))
    spot = (x + float(back[0]), y + float(back[1]), z)
    screen = room_decor.television(float(f.rng.choice([0.55, 0.62])), True)
    plan.stand("television", "monitor", screen, spot, turn_of(item), (0.02, 0.02, 0.025))
    table_lamp(f, item, -wide * 0.36)
    if f.coin(0.5):
        small_plant(f, item, wide * 0.38)
    if f.coin(0.7):
        shelf = room_cabinets.wall_shelf(float(f.rng.uniform(0.8, 1.2)), f.rng)
        spot = (*along(item, 0.0, -0.02), 1.5)
        plan.stand("shelf", "wall_shelf", shelf, spot, turn_of(item), style.wood)
    return item


def bookcases(f: Furnisher, count: int) -> None:
    """Open shelves along the walls; tall ones first."""
    for n in range(count):
        wide = float(f.rng.uniform(0.7, 1.0)) * (2 if f.coin(0.35) else 1)
        tall = float(f.rng.choice([0.95, 1.85, 2.1]))
        rows = max(2, round(tall / 0.36))
        model = room_cabinets.bookcase(wide, tall, rows, f.rng, 2 if wide > 1.2 else 1,
                                       f.coin(0.75))  # fmt: skip
        color = f.plan.pick([f.style.wood, f.style.wood, f.style.front])
        item = f.plan.anywhere(f.walls(), "shelf", f"bookcase_{n}", model, color)
        if item is not None and tall < 1.0:
            small_plant(f, item, wide * 0.25)


def big_sofa(f: Furnisher) -> tuple[Item, float] | None:
    """The living room's sofa against a wall, or a smaller one."""
    style = f.style
    slot = str(f.rng.choice(["fabric", "fabric", "fabric", "leather"]))
    kind = int(f.rng.integers(3))
    color = style.cloth
    if slot == "leather":
        color = f.plan.pick([(0.26, 0.11, 0.05), (0.05, 0.045, 0.045), (0.5, 0.34, 0.2)])
    for seats, wide in ((3, 2.25), (2, 1.75)):
        corner = seats == 3 and f.coin(0.3)
        model = room_seats.sofa(wide, seats, kind, slot, corner)
        for gap in (0.04, 0.3):
            item = f.plan.anywhere(f.walls(), "sofa", "sofa", model, color, style.other_wood,
                                   gap=gap)  # fmt: skip
            if item is None:
                continue
            if corner and model.solid is not None:  # its long seat is the last of its boxes
                parts = model.solid.verts.reshape(-1, 8, 3)
                ends = [parts[:-1].reshape(-1, 3), parts[-1]]
                boxes = np.array([[p.min(axis=0), p.max(axis=0)] for p in ends])
                f.plan.split_space(item, boxes)
            return item, wide
    return None

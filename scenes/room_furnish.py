# SPDX-License-Identifier: GPL-3.0-or-later
"""Furniture by rules: what a kind of room needs, where it stands, what lies on it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from scenes import room_cabinets, room_decor, room_seats
from scenes.plan import Color, Item
from scenes.room_plan import Lamp, RoomPlan
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


def furnish(f: Furnisher) -> None:
    """Fill the room; the burning lamps go into the plan."""
    {"bedroom": _bedroom, "living": _living, "dining": _dining, "study": _study}[f.plan.kind](f)
    _plants(f, int(f.rng.integers(1, 4)))
    f.plan.lamps.extend(Lamp(*light) for light in f.lights)


def _on_top(f: Furnisher, base: Item, across: float = 0.0) -> tuple[float, float, float]:
    """The middle of a thing's upper side, moved `across` metres along its width."""
    low, high = f.plan.meshes[base.mesh].bounds()
    local = np.array([across, (low[1] + high[1]) / 2, high[2], 1.0])
    x, y, z = (base.matrix @ local)[:3]
    return float(x), float(y), float(z) + 0.002


def _table_lamp(f: Furnisher, base: Item, across: float = 0.0) -> None:
    """A small lamp on a piece of furniture."""
    kind = int(f.rng.integers(3))
    model, height = room_decor.table_lamp(kind)
    lit = f.burning and f.coin(0.85)
    color = f.plan.pick([(0.72, 0.67, 0.56), (0.7, 0.7, 0.66), f.style.second_cloth])
    item = f.plan.stand("lamp", f"table_lamp_{kind}", model, _on_top(f, base, across), 0.0, color,
                        _GLOW if lit else _OFF)  # fmt: skip
    if item is not None and lit:
        f.burns("shade", item, height, 0.7)


def _floor_lamp(f: Furnisher, near: tuple[float, float], reach: float = 0.9) -> None:
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


def _plants(f: Furnisher, count: int) -> None:
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


def _small_plant(f: Furnisher, base: Item, across: float) -> None:
    """A little plant on a piece of furniture."""
    kind = int(f.rng.choice([0, 2, 1]))
    model = room_decor.plant(kind, float(f.rng.uniform(0.26, 0.42)), f.plan.seed + 50)
    f.plan.stand("plant", f"small_plant_{kind}", model, _on_top(f, base, across),
                 float(f.rng.uniform(0, 6)), f.plan.pick(LEAVES),
                 f.plan.pick([(0.66, 0.64, 0.6), (0.5, 0.2, 0.1), (0.1, 0.2, 0.26)]))  # fmt: skip


def _rug(f: Furnisher, x: float, y: float, width: float, deep: float, turn: float = 0.0) -> None:
    """A rug, cut to what the room has; it lies under the furniture."""
    slot = str(f.rng.choice(_RUGS))
    first, second = f.plan.pick([f.style.cloth, f.style.second_cloth, (0.6, 0.56, 0.48),
                                 (0.36, 0.1, 0.08), (0.1, 0.16, 0.26)]), f.plan.pick(
        [f.style.second_cloth, (0.68, 0.64, 0.56), (0.1, 0.1, 0.11), f.style.accent])  # fmt: skip
    edge = np.array([f.plan.width, f.plan.depth]) / 2 - 0.15
    size = np.array([width, deep]) / 2
    if abs(np.sin(turn)) > 0.5:
        size = size[::-1]
    size = np.minimum(size, np.minimum(edge - [x, y], edge + [x, y]))
    if size.min() < 0.4:
        return
    if f.coin(0.2) and slot != "rug_stripe":
        f.plan.put("rug", "rug", room_decor.round_rug(float(size.min()), slot), (x, y, 0.0), turn,
                   first, second)  # fmt: skip
        return
    model = room_decor.rug(2 * float(size[0]), 2 * float(size[1]), slot)
    f.plan.put("rug", "rug", model, (x, y, 0.0), 0.0, first, second)


def _along(item: Item, x: float, y: float) -> tuple[float, float]:
    """World (x, y) of a place in a thing's own axes."""
    a, b = (item.matrix @ [x, y, 0.0, 1.0])[:2]
    return float(a), float(b)


def _turn(item: Item) -> float:
    return float(np.arctan2(item.matrix[1, 0], item.matrix[0, 0]))


def _bedroom(f: Furnisher) -> None:
    plan, style = f.plan, f.style
    width = float(f.rng.choice([0.95, 1.4, 1.6, 1.8], p=[0.15, 0.2, 0.35, 0.3]))
    kind = int(f.rng.integers(4))
    slot = str(f.rng.choice(["fabric", "fabric", "fabric_strip", "fabric_check", "linen"]))
    model = room_seats.bed(width, kind, slot)
    cover = (0.7, 0.69, 0.66) if slot == "linen" else style.cloth
    frame = style.second_cloth if kind == 0 else style.wood
    bed = None
    for wall in f.walls():
        reach = max(0.0, plan.length(wall) / 2 - width / 2 - 0.62)
        for u in (*f.rng.uniform(-reach * 0.5, reach * 0.5, 4), *f.rng.uniform(-reach, reach, 6)):
            bed = bed or plan.against(wall, float(u), "bed", "bed", model, cover, frame)
    if bed is None:
        return
    _pillows(f, bed, width)
    stand = room_cabinets.cabinet(0.45, 0.4, 0.5, 1, 2, int(f.rng.integers(4)))
    for side in (-1, 1):
        place = (*_along(bed, side * (width / 2 + 0.3), 0.0), 0.0)
        made = plan.stand("cabinet", "nightstand", stand, place, _turn(bed), style.wood,
                          style.front)  # fmt: skip
        if made is not None and f.coin(0.8):
            _table_lamp(f, made)
    _rug(f, *_along(bed, 0.0, 1.55), width + 1.3, 1.9, _turn(bed))
    if f.coin(0.85):
        picture = room_decor.picture(float(f.rng.uniform(0.6, min(1.3, width))),
                                     float(f.rng.uniform(0.45, 0.7)), f.coin(0.5))  # fmt: skip
        head = float(plan.meshes[bed.mesh].bounds()[1][2])
        plan.stand("picture", "picture_bed", picture, (*_along(bed, 0, -0.02), head + 0.25),
                   _turn(bed), *f.picture_colors())  # fmt: skip
    _wardrobe(f)
    if f.coin(0.75):
        _chest(f)
    if f.coin(0.5):
        _armchair(f)
    if f.coin(0.35):
        _work_place(f)
    if f.coin(0.35):
        plan.stand("chair", "pouf", room_seats.stool("fabric"),
                   (*_along(bed, float(f.rng.uniform(-0.3, 0.3)), 2.45), 0.0), _turn(bed),
                   style.second_cloth)  # fmt: skip


def _pillows(f: Furnisher, bed: Item, width: float) -> None:
    """Pillows at the head of the bed, and smaller cushions before them."""
    count = 1 if width < 1.2 else 2
    wide = min(0.68, width / count - 0.06)
    colors: list[Color] = [(0.72, 0.71, 0.68), (0.72, 0.71, 0.68), f.style.second_cloth]
    color = f.plan.pick(colors)
    for i in range(count):
        x = (i - (count - 1) / 2) * width / count
        spot = (*_along(bed, x, 0.36), 0.5)
        f.plan.put("pillow", f"pillow_{wide:.2f}", room_seats.pillow(wide, "fabric"), spot,
                   _turn(bed) + float(f.rng.normal(0, 0.04)), color)  # fmt: skip
    if f.coin(0.55):
        for i in range(count):
            x = (i - (count - 1) / 2) * width * 0.42
            spot = (*_along(bed, x, 0.5), 0.585)
            f.plan.put("pillow", "scatter", room_seats.scatter_cushion("fabric"), spot,
                       _turn(bed) + float(f.rng.normal(0, 0.12)),
                       f.plan.pick([f.style.second_cloth, f.style.accent]))  # fmt: skip


def _wardrobe(f: Furnisher) -> None:
    """A tall cabinet, as wide as fits."""
    columns = int(f.rng.integers(2, 5))
    kind = int(f.rng.choice([0, 2, 3]))
    tall = min(float(f.rng.uniform(1.95, 2.3)), f.plan.height - 0.1)
    for count in range(columns, 1, -1):
        model = room_cabinets.cabinet(count * 0.48, 0.6, tall, count, 1, kind)
        if f.plan.anywhere(f.walls(), "cabinet", "wardrobe", model, f.style.wood, f.style.front):
            return


def _chest(f: Furnisher) -> None:
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
    _above(f, item, tall)
    if f.coin(0.6):
        _table_lamp(f, item, -wide * 0.32)
    if f.coin(0.7):
        _small_plant(f, item, wide * 0.33)


def _above(f: Furnisher, item: Item, top: float) -> None:
    """A picture or mirror on the wall over a low piece of furniture."""
    low, high = f.plan.meshes[item.mesh].bounds()
    wide = float(high[0] - low[0])
    spot = (*_along(item, 0.0, -0.02), top + 0.35)
    if f.coin(0.35):
        oval = f.coin(0.5)
        model = room_decor.mirror(min(0.7, wide), 0.7 if oval else 0.85, oval)
        f.plan.stand("mirror", "mirror_chest", model, spot, _turn(item), (0.6, 0.62, 0.64),
                     f.style.wood)  # fmt: skip
    elif f.coin(0.75):
        model = room_decor.picture(float(f.rng.uniform(0.5, min(1.2, wide))),
                                   float(f.rng.uniform(0.45, 0.75)), f.coin(0.5))  # fmt: skip
        key = f"picture_{item.name}"
        f.plan.stand("picture", key, model, spot, _turn(item), *f.picture_colors())


def _armchair(f: Furnisher, near: tuple[float, float] | None = None) -> Item | None:
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
        item = f.plan.stand("sofa" if kind == 2 else "chair", "armchair", model,
                            (*(spot - back), 0.0), turn, color, f.style.other_wood)  # fmt: skip
        if item is not None:
            if f.coin(0.4):
                f.plan.put("pillow", "scatter", room_seats.scatter_cushion("fabric"),
                           (*_along(item, 0.0, 0.3), 0.44), turn, f.plan.pick(
                               [f.style.accent, f.style.cloth]))  # fmt: skip
            return item
    return None


def _work_place(f: Furnisher) -> Item | None:
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
    place = (*_along(item, float(f.rng.uniform(-0.15, 0.15)), 1.02), 0.0)
    plan.stand("chair", key, seat, place, _turn(item) + np.pi + float(f.rng.normal(0, 0.12)),
               plan.pick([style.cloth, style.second_cloth, (0.05, 0.05, 0.06)]),
               style.other_wood)  # fmt: skip
    x, y, z = _on_top(f, item, float(f.rng.uniform(-0.1, 0.1)))
    back = np.array(_along(item, 0, 0)) - np.array(_along(item, 0, 0.2))
    spot = (x + float(back[0]), y + float(back[1]), z)
    screen = room_decor.television(float(f.rng.choice([0.55, 0.62])), True)
    plan.stand("television", "monitor", screen, spot, _turn(item), (0.02, 0.02, 0.025))
    _table_lamp(f, item, -wide * 0.36)
    if f.coin(0.5):
        _small_plant(f, item, wide * 0.38)
    if f.coin(0.7):
        shelf = room_cabinets.wall_shelf(float(f.rng.uniform(0.8, 1.2)), f.rng)
        spot = (*_along(item, 0.0, -0.02), 1.5)
        plan.stand("shelf", "wall_shelf", shelf, spot, _turn(item), style.wood)
    return item


def _bookcases(f: Furnisher, count: int) -> None:
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
            _small_plant(f, item, wide * 0.25)


def _sofa(f: Furnisher) -> tuple[Item, float] | None:
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
            if item is not None:
                return item, wide
    return None


def _living(f: Furnisher) -> None:
    plan, style = f.plan, f.style
    found = _sofa(f)
    if found is None:
        return
    sofa, wide = found
    _sofa_cushions(f, sofa, wide)
    spot = _along(sofa, -0.1, 1.55)
    if float(plan.meshes[sofa.mesh].bounds()[1][1]) > 1.2:
        spot = _along(sofa, -0.45, 1.5)
    pick = float(f.rng.random())
    if pick < 0.3:
        model = room_cabinets.glass_table(float(f.rng.uniform(0.9, 1.2)), 0.55, 0.4)
        color: Color = (0.6, 0.59, 0.57)
    elif pick < 0.55:
        model = room_cabinets.table(0.8, 0.8, 0.4, "round")
        color = style.wood
    else:
        shape = str(f.rng.choice(["legs", "splay", "block"]))
        model = room_cabinets.table(float(f.rng.uniform(0.9, 1.2)), 0.55, 0.4, shape)
        color = style.wood
    table = plan.stand("table", "coffee_table", model, (*spot, 0.0), _turn(sofa), color,
                       style.other_wood)  # fmt: skip
    if table is not None and f.coin(0.65):
        _small_plant(f, table, float(f.rng.uniform(-0.2, 0.2)))
    if f.coin(0.85):
        _rug(f, *spot, wide + float(f.rng.uniform(0.1, 0.9)), float(f.rng.uniform(1.6, 2.3)),
             _turn(sofa))  # fmt: skip
    _tv_wall(f, (plan.wall_of(sofa) + 2) % 4)
    for _ in range(int(f.rng.integers(0, 3))):
        _armchair(f, spot)
    _floor_lamp(f, _along(sofa, float(f.rng.choice([-1, 1])) * (wide / 2 + 0.35), 0.35), 0.35)
    side = room_cabinets.table(0.45, 0.45, 0.5, str(f.rng.choice(["round", "splay"])))
    place = (*_along(sofa, float(f.rng.choice([-1, 1])) * (wide / 2 + 0.3), 0.4), 0.0)
    item = plan.stand("table", "side_table", side, place, _turn(sofa), style.wood, style.other_wood)
    if item is not None:
        _table_lamp(f, item)
    if f.coin(0.8):
        picture = room_decor.picture(float(f.rng.uniform(0.7, 1.5)),
                                     float(f.rng.uniform(0.5, 0.8)), f.coin(0.4))  # fmt: skip
        plan.stand("picture", "picture_sofa", picture, (*_along(sofa, 0, -0.04), 1.25), _turn(sofa),
                   *f.picture_colors())  # fmt: skip
    _bookcases(f, int(f.rng.integers(0, 3)))
    if f.coin(0.45):
        _chest(f)
    if f.coin(0.3):
        plan.stand("chair", "pouf", room_seats.stool("fabric"),
                   (*_along(sofa, wide / 2 + 0.2, 1.5), 0.0), 0.0, style.accent)  # fmt: skip


def _sofa_cushions(f: Furnisher, sofa: Item, wide: float) -> None:
    """One to four cushions leaning on the sofa's back."""
    colors = [f.style.second_cloth, f.style.accent, (0.7, 0.68, 0.62)]
    count = int(f.rng.integers(1, 5))
    for x in np.linspace(-wide / 2 + 0.42, wide / 2 - 0.42, count) if count > 1 else [0.4]:
        spot = (*_along(sofa, float(x), 0.3), 0.45)
        f.plan.put("pillow", "scatter", room_seats.scatter_cushion("fabric"), spot,
                   _turn(sofa) + float(f.rng.normal(0, 0.15)), f.plan.pick(colors))  # fmt: skip


def _tv_wall(f: Furnisher, wall: int) -> None:
    """A low cabinet with a screen on it, on this wall if it has room."""
    wide = float(f.rng.uniform(1.3, 1.9))
    model = room_cabinets.cabinet(wide, 0.42, 0.46, 3, 1, int(f.rng.integers(4)))
    order = [wall, *[w for w in f.walls() if w != wall]]
    item = f.plan.anywhere(order[:3], "cabinet", "tv_cabinet", model, f.style.wood, f.style.front)
    if item is None:
        return
    x, y, z = _on_top(f, item)
    inch = float(f.rng.uniform(0.95, 1.35))
    made = f.plan.stand("television", "television", room_decor.television(inch, True), (x, y, z),
                        _turn(item), (0.02, 0.02, 0.025))  # fmt: skip
    if made is None:
        _small_plant(f, item, 0.3)


def _dining(f: Furnisher) -> None:
    plan, style = f.plan, f.style
    round_top = f.coin(0.28)
    wide = 1.15 if round_top else float(f.rng.uniform(1.5, 2.0))
    deep = wide if round_top else float(f.rng.uniform(0.85, 0.95))
    shape = "round" if round_top else str(f.rng.choice(["legs", "splay", "trestle", "block"]))
    model = room_cabinets.table(wide, deep, 0.75, shape)
    turn = 0.0 if plan.width > plan.depth else np.pi / 2
    table = plan.stand("table", "dining_table", model, (0.0, 0.0, 0.0), turn, style.wood,
                       style.other_wood)  # fmt: skip
    if table is None:
        return
    if f.coin(0.6):
        _rug(f, 0.0, 0.0, wide + 1.3, deep + 1.3, turn)
    _chairs_round(f, table, wide, deep)
    if f.coin(0.7):
        _small_plant(f, table, float(f.rng.uniform(-0.3, 0.3)))
    _chest(f)
    if f.coin(0.55):
        kind = int(f.rng.choice([0, 2]))
        tall = room_cabinets.cabinet(0.95, 0.42, float(f.rng.uniform(1.7, 2.0)), 2, 1, kind)
        plan.anywhere(f.walls(), "cabinet", "sideboard_tall", tall, style.wood, style.front)
    _bookcases(f, int(f.rng.integers(0, 2)))
    if f.coin(0.4):
        _floor_lamp(f, (plan.width / 2 - 0.5, plan.depth / 2 - 0.5), 0.3)


def _chairs_round(f: Furnisher, table: Item, wide: float, deep: float) -> None:
    """Chairs at the sides of a table, facing it, pulled out a little."""
    kind = str(f.rng.choice(room_seats.CHAIRS))
    model = room_seats.chair(kind)
    color = f.plan.pick([f.style.wood if kind in ("slat",) else f.style.cloth, f.style.second_cloth])
    row = [-wide / 4, wide / 4] if wide < 1.75 else [-wide / 3.2, 0.0, wide / 3.2]
    if wide == deep:
        row = [0.0]
    seats = [(x, side * deep / 2, 0.0 if side < 0 else np.pi) for side in (-1, 1) for x in row]
    if wide == deep or f.coin(0.5):
        seats += [(side * wide / 2, 0.0, side * np.pi / 2) for side in (-1, 1)]
    for x, y, turn in seats:
        if f.coin(0.08):
            continue
        out = 0.26 + float(f.rng.uniform(0.0, 0.14))
        way = np.array([x, y]) if abs(np.sin(turn)) > 0.5 else np.array([0.0, y])
        shift = way / np.linalg.norm(way) * out
        spot = (*_along(table, x + float(shift[0]), y + float(shift[1])), 0.0)
        f.plan.stand("chair", f"chair_{kind}", model, spot,
                     _turn(table) + turn + float(f.rng.normal(0, 0.05)), color,
                     f.style.other_wood)  # fmt: skip


def _study(f: Furnisher) -> None:
    item = _work_place(f)
    if item is not None and f.coin(0.6):
        _rug(f, *_along(item, 0.0, 1.3), 2.0, 1.4, _turn(item))
    _bookcases(f, int(f.rng.integers(2, 4)))
    if f.coin(0.45):
        found = _sofa(f)
        if found is not None:
            _sofa_cushions(f, *found)
    else:
        chair = _armchair(f)
        if chair is not None:
            _floor_lamp(f, _along(chair, 0.7, 0.2), 0.5)
    _chest(f)

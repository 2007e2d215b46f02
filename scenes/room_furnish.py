# SPDX-License-Identifier: GPL-3.0-or-later
"""Furniture by rules: what a kind of room needs, where it stands, what lies on it."""

from __future__ import annotations

import numpy as np

from scenes import room_cabinets, room_decor, room_seats
from scenes.plan import Color, Item
from scenes.room_pieces import (
    Furnisher,
    along,
    armchair,
    big_sofa,
    bookcases,
    chest,
    floor_lamp,
    plants,
    rug,
    small_plant,
    table_lamp,
    top_of,
    turn_of,
    wardrobe,
    work_place,
)
from scenes.room_plan import Lamp


def furnish(f: Furnisher) -> None:
    """Fill the room; the burning lamps go into the plan."""
    {"bedroom": _bedroom, "living": _living, "dining": _dining, "study": _study}[f.plan.kind](f)
    plants(f, int(f.rng.integers(1, 5)))
    f.plan.lamps.extend(Lamp(*light) for light in f.lights)


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
        place = (*along(bed, side * (width / 2 + 0.3), 0.0), 0.0)
        made = plan.stand("cabinet", "nightstand", stand, place, turn_of(bed), style.wood,
                          style.front)  # fmt: skip
        if made is not None and f.coin(0.8):
            table_lamp(f, made)
    rug(f, *along(bed, 0.0, 1.55), width + 1.3, 1.9, turn_of(bed))
    if f.coin(0.85):
        picture = room_decor.picture(float(f.rng.uniform(0.6, min(1.3, width))),
                                     float(f.rng.uniform(0.45, 0.7)), f.coin(0.5))  # fmt: skip
        head = float(plan.meshes[bed.mesh].bounds()[1][2])
        plan.stand("picture", "picture_bed", picture, (*along(bed, 0, -0.02), head + 0.25),
                   turn_of(bed), *f.picture_colors())  # fmt: skip
    wardrobe(f)
    if f.coin(0.75):
        chest(f)
    if f.coin(0.5):
        armchair(f)
    if f.coin(0.4):
        work_place(f)
    if f.coin(0.5):
        bookcases(f, 1)
    if f.coin(0.35):
        plan.stand("chair", "pouf", room_seats.stool("fabric"),
                   (*along(bed, float(f.rng.uniform(-0.3, 0.3)), 2.45), 0.0), turn_of(bed),
                   style.second_cloth)  # fmt: skip


def _pillows(f: Furnisher, bed: Item, width: float) -> None:
    """Pillows at the head of the bed, and smaller cushions before them."""
    count = 1 if width < 1.2 else 2
    wide = min(0.68, width / count - 0.06)
    colors: list[Color] = [(0.72, 0.71, 0.68), (0.72, 0.71, 0.68), f.style.second_cloth]
    color = f.plan.pick(colors)
    for i in range(count):
        x = (i - (count - 1) / 2) * width / count
        spot = (*along(bed, x, 0.36), 0.5)
        f.plan.put("pillow", f"pillow_{wide:.2f}", room_seats.pillow(wide, "fabric"), spot,
                   turn_of(bed) + float(f.rng.normal(0, 0.04)), color)  # fmt: skip
    if f.coin(0.55):
        for i in range(count):
            x = (i - (count - 1) / 2) * width * 0.42
            spot = (*along(bed, x, 0.5), 0.585)
            f.plan.put("pillow", "scatter", room_seats.scatter_cushion("fabric"), spot,
                       turn_of(bed) + float(f.rng.normal(0, 0.12)),
                       f.plan.pick([f.style.second_cloth, f.style.accent]))  # fmt: skip


def _living(f: Furnisher) -> None:
    plan, style = f.plan, f.style
    found = big_sofa(f)
    if found is None:
        return
    sofa, wide = found
    _sofa_cushions(f, sofa, wide)
    spot = along(sofa, -0.1, 1.55)
    if float(plan.meshes[sofa.mesh].bounds()[1][1]) > 1.2:
        spot = along(sofa, -0.45, 1.5)
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
    table = None
    for x, y in ((0.0, 0.0), (0.0, -0.15), (0.3, 0.0), (-0.3, 0.0), (-0.4, -0.15), (0.4, -0.15)):
        way = np.array(along(sofa, x, y)) - np.array(along(sofa, 0.0, 0.0))
        place = (spot[0] + float(way[0]), spot[1] + float(way[1]), 0.0)
        table = table or plan.stand("table", "coffee_table", model, place, turn_of(sofa), color,
                                    style.other_wood)  # fmt: skip
    if table is not None and f.coin(0.65):
        small_plant(f, table, float(f.rng.uniform(-0.2, 0.2)))
    if f.coin(0.85):
        rug(f, *spot, wide + float(f.rng.uniform(0.1, 0.9)), float(f.rng.uniform(1.6, 2.3)),
             turn_of(sofa))  # fmt: skip
    _tv_wall(f, (plan.wall_of(sofa) + 2) % 4)
    for _ in range(int(f.rng.integers(1, 3))):
        armchair(f, spot)
    floor_lamp(f, along(sofa, float(f.rng.choice([-1, 1])) * (wide / 2 + 0.35), 0.35), 0.35)
    side = room_cabinets.table(0.45, 0.45, 0.5, str(f.rng.choice(["round", "splay"])))
    place = (*along(sofa, float(f.rng.choice([-1, 1])) * (wide / 2 + 0.3), 0.4), 0.0)
    item = plan.stand(
        "table", "side_table", side, place, turn_of(sofa), style.wood, style.other_wood
    )
    if item is not None:
        table_lamp(f, item)
    if f.coin(0.8):
        picture = room_decor.picture(float(f.rng.uniform(0.7, 1.5)),
                                     float(f.rng.uniform(0.5, 0.8)), f.coin(0.4))  # fmt: skip
        place = (*along(sofa, 0, -0.04), 1.25)
        plan.stand("picture", "picture_sofa", picture, place, turn_of(sofa),
                   *f.picture_colors())  # fmt: skip
    bookcases(f, int(f.rng.integers(1, 4)))
    if f.coin(0.7):
        chest(f)
    if f.coin(0.3):
        plan.stand("chair", "pouf", room_seats.stool("fabric"),
                   (*along(sofa, wide / 2 + 0.2, 1.5), 0.0), 0.0, style.accent)  # fmt: skip


def _sofa_cushions(f: Furnisher, sofa: Item, wide: float) -> None:
    """One to four cushions leaning on the sofa's back."""
    colors = [f.style.second_cloth, f.style.accent, (0.7, 0.68, 0.62)]
    count = int(f.rng.integers(1, 5))
    for x in np.linspace(-wide / 2 + 0.42, wide / 2 - 0.42, count) if count > 1 else [0.4]:
        spot = (*along(sofa, float(x), 0.3), 0.45)
        f.plan.put("pillow", "scatter", room_seats.scatter_cushion("fabric"), spot,
                   turn_of(sofa) + float(f.rng.normal(0, 0.15)), f.plan.pick(colors))  # fmt: skip


def _tv_wall(f: Furnisher, wall: int) -> None:
    """A low cabinet with a screen on it, on this wall if it has room."""
    wide = float(f.rng.uniform(1.3, 1.9))
    model = room_cabinets.cabinet(wide, 0.42, 0.46, 3, 1, int(f.rng.integers(4)))
    order = [wall, *[w for w in f.walls() if w != wall]]
    item = f.plan.anywhere(order[:3], "cabinet", "tv_cabinet", model, f.style.wood, f.style.front)
    if item is None:
        return
    x, y, z = top_of(f, item)
    inch = float(f.rng.uniform(0.95, 1.35))
    made = f.plan.stand("television", "television", room_decor.television(inch, True), (x, y, z),
                        turn_of(item), (0.02, 0.02, 0.025))  # fmt: skip
    if made is None:
        small_plant(f, item, 0.3)


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
        rug(f, 0.0, 0.0, wide + 1.3, deep + 1.3, turn)
    _chairs_round(f, table, wide, deep)
    if f.coin(0.7):
        small_plant(f, table, float(f.rng.uniform(-0.3, 0.3)))
    chest(f)
    if f.coin(0.55):
        kind = int(f.rng.choice([0, 2]))
        tall = room_cabinets.cabinet(0.95, 0.42, float(f.rng.uniform(1.7, 2.0)), 2, 1, kind)
        plan.anywhere(f.walls(), "cabinet", "sideboard_tall", tall, style.wood, style.front)
    bookcases(f, int(f.rng.integers(1, 3)))
    if f.coin(0.4):
        floor_lamp(f, (plan.width / 2 - 0.5, plan.depth / 2 - 0.5), 0.3)


def _chairs_round(f: Furnisher, table: Item, wide: float, deep: float) -> None:
    """Chairs at the sides of a table, facing it, pulled out a little."""
    kind = str(f.rng.choice(room_seats.CHAIRS))
    model = room_seats.chair(kind)
    first = f.style.wood if kind == "slat" else f.style.cloth
    color = f.plan.pick([first, f.style.second_cloth])
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
        spot = (*along(table, x + float(shift[0]), y + float(shift[1])), 0.0)
        f.plan.stand("chair", f"chair_{kind}", model, spot,
                     turn_of(table) + turn + float(f.rng.normal(0, 0.05)), color,
                     f.style.other_wood)  # fmt: skip


def _study(f: Furnisher) -> None:
    item = work_place(f)
    if item is not None and f.coin(0.6):
        rug(f, *along(item, 0.0, 1.3), 2.0, 1.4, turn_of(item))
    bookcases(f, int(f.rng.integers(2, 4)))
    if f.coin(0.45):
        found = big_sofa(f)
        if found is not None:
            _sofa_cushions(f, *found)
    else:
        chair = armchair(f)
        if chair is not None:
            floor_lamp(f, along(chair, 0.7, 0.2), 0.5)
    chest(f)

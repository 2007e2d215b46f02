# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables, desks, cabinets and shelves. Tables are centred; the others have their back at y = 0."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from scenes.mesh_tools import Geometry, box, merge, tube
from scenes.room_plan import Model
from scenes.room_seats import cushion, legs


def table(width: float, deep: float, height: float, kind: str, slot: str = "wood") -> Model:
    """A table: 'legs', 'splay', 'trestle', 'block' or 'round' (deep is ignored), centred."""
    w, d, top = width / 2, deep / 2, 0.035
    if kind == "round":
        parts = [
            tube((0, 0, height - top), (0, 0, height), (w, w), slot, 24),
            tube((0, 0, 0.03), (0, 0, height - top), (0.07, 0.05), slot, 10),
            tube((0, 0, 0), (0, 0, 0.03), (w * 0.55, w * 0.5), slot, 16),
        ]
        solid = [
            tube((0, 0, height - 0.06), (0, 0, height), (w, w), "blockout", 24),
            tube((0, 0, 0), (0, 0, height - 0.06), (w * 0.35, w * 0.35), "blockout", 12),
        ]
        return Model(merge(parts), merge(solid))
    board = cushion((-w, -d, height - top), (w, d, height), slot, 0.012)
    solid = [box((-w, -d, height - 0.06), (w, d, height), "blockout")]
    if kind == "trestle":
        parts = [board]
        for x in (-w * 0.72, w * 0.72):
            parts.append(box((x - 0.04, -d * 0.8, 0), (x + 0.04, d * 0.8, 0.06), slot))
            parts.append(box((x - 0.04, -0.09, 0.06), (x + 0.04, 0.09, height - top), slot))
            solid.append(box((x - 0.06, -d * 0.8, 0), (x + 0.06, d * 0.8, height - 0.06),
                             "blockout"))  # fmt: skip
    elif kind == "block":
        parts = [
            board,
            box((-w * 0.9, -d * 0.85, 0.0), (w * 0.9, d * 0.85, 0.04), slot),
            box((-w * 0.9, -d * 0.85, 0.04), (-w * 0.82, d * 0.85, height - top), slot),
            box((w * 0.82, -d * 0.85, 0.04), (w * 0.9, d * 0.85, height - top), slot),
            box((-w * 0.82, -0.015, 0.04), (w * 0.82, 0.015, height - top), slot),
        ]
        solid.append(box((-w * 0.9, -d * 0.85, 0), (w * 0.9, d * 0.85, height - 0.06), "blockout"))
    else:
        thick, splay = (0.03, 0.0) if kind == "legs" else (0.02, 0.08)
        x, y = (w - 0.06) / (1 + splay), (d - 0.06) / (1 + splay)
        frame = "wood2" if kind == "splay" else slot
        parts = [
            board,
            *legs(x, -y, y, height - top, frame, thick, splay),
            box((-x, -y, height - top - 0.07), (x, y, height - top), frame),
        ]
        solid += [box((a - 0.035, b - 0.035, 0), (a + 0.035, b + 0.035, height - 0.06), "blockout")
                  for a in (-x, x) for b in (-y, y)]  # fmt: skip
    return Model(merge(parts), merge(solid))


def glass_table(width: float, deep: float, height: float) -> Model:
    """A low table of black bars with a bright top."""
    w, d = width / 2, deep / 2
    parts = [box((-w, -d, height - 0.02), (w, d, height), "marble")]
    for x in (-w + 0.015, w - 0.015):
        for y in (-d + 0.015, d - 0.015):
            parts.append(box((x - 0.012, y - 0.012, 0), (x + 0.012, y + 0.012, height - 0.02),
                             "handle"))  # fmt: skip
        parts.append(box((x - 0.012, -d, 0), (x + 0.012, d, 0.024), "handle"))
    solid = [box((-w, -d, height - 0.05), (w, d, height), "blockout")]
    solid += [box((x - 0.025, -d, 0), (x + 0.025, d, height - 0.05), "blockout")
              for x in (-w + 0.025, w - 0.025)]  # fmt: skip
    return Model(merge(parts), merge(solid))


def desk(width: float, kind: int) -> Model:
    """A desk 0.65 m deep: drawers on one side or none; its back at y = 0."""
    w, d, z = width / 2, 0.65, 0.74
    parts = [cushion((-w, 0, z - 0.03), (w, d, z), "wood", 0.01)]
    solid = [box((-w, 0, z - 0.05), (w, d, z), "blockout")]
    sides = [(-w + 0.02, -w + 0.05), (w - 0.05, w - 0.02)]
    if kind == 0:
        sides[1] = (w - 0.44, w - 0.02)
    for a, b in sides:
        if b - a > 0.2:
            parts.append(box((a, 0.03, 0.04), (b, d - 0.05, z - 0.03), "front"))
            parts += _fronts(a, b, 0.06, z - 0.04, d - 0.05, 1, 3, "front")
        elif kind == 2:
            parts += [tube(((a + b) / 2, y, 0), ((a + b) / 2, y, z - 0.03), (0.018, 0.02),
                           "handle", 6) for y in (0.06, d - 0.06)]  # fmt: skip
        else:
            parts.append(box((a, 0.03, 0), (b, d - 0.03, z - 0.03), "wood"))
        solid.append(box((a - 0.01, 0.03, 0), (b + 0.01, d - 0.04, z - 0.05), "blockout"))
    parts.append(box((-w + 0.05, 0.03, 0.4), (w - 0.05, 0.045, z - 0.03), "wood"))
    return Model(merge(parts), merge(solid))


def _fronts(x0: float, x1: float, z0: float, z1: float, y: float, columns: int, rows: int,
            slot: str, handle: str = "bar") -> list[Geometry]:  # fmt: skip
    """Doors or drawers on a front at depth y, with small gaps and handles."""
    parts: list[Geometry] = []
    for i in range(columns):
        for j in range(rows):
            a, b = x0 + (x1 - x0) * i / columns + 0.004, x0 + (x1 - x0) * (i + 1) / columns - 0.004
            c, d = z0 + (z1 - z0) * j / rows + 0.004, z0 + (z1 - z0) * (j + 1) / rows - 0.004
            parts.append(box((a, y, c), (b, y + 0.016, d), slot))
            if handle == "none":
                continue
            if d - c > 0.5:  # a door
                x = b - 0.05 if i % 2 == 0 else a + 0.05
                middle = min((c + d) / 2, 1.05)
                parts.append(box((x - 0.008, y + 0.016, middle - 0.09),
                                 (x + 0.008, y + 0.04, middle + 0.09), "handle"))  # fmt: skip
            elif handle == "knob":
                middle = np.array([(a + b) / 2, y + 0.03, (c + d) / 2])
                parts.append(box(middle - 0.014, middle + 0.014, "handle"))
            else:
                x = (a + b) / 2
                parts.append(
                    box(
                        (x - 0.07, y + 0.016, (c + d) / 2 - 0.008),
                        (x + 0.07, y + 0.036, (c + d) / 2 + 0.008),
                        "handle",
                    )
                )
    return parts


def cabinet(width: float, deep: float, height: float, columns: int, rows: int, kind: int) -> Model:
    """A closed cabinet, wardrobe or chest; kinds: 0 on plinth, 1 on legs, 2 panelled, 3 plain."""
    w = width / 2
    foot = 0.16 if kind == 1 and height < 1.4 else 0.06
    front = deep - 0.03
    parts = [box((-w, 0, foot), (w, front, height - 0.02), "wood"),
             box((-w - 0.008, 0, height - 0.02), (w + 0.008, deep, height), "wood")]  # fmt: skip
    if foot > 0.1:
        parts += legs(w - 0.06, 0.06, front - 0.06, foot, "wood2", 0.02, 0.05)
    else:
        parts.append(box((-w + 0.02, 0.02, 0), (w - 0.02, front - 0.03, foot), "wood"))
    handle = ("bar", "knob", "knob", "none")[kind]
    parts += _fronts(-w + 0.01, w - 0.01, foot + 0.01, height - 0.03, front, columns, rows,
                     "front", handle)  # fmt: skip
    if kind == 2 and height > 1.4:
        for i in range(columns):
            a, b = -w + width * i / columns + 0.07, -w + width * (i + 1) / columns - 0.07
            for c, d in ((foot + 0.1, height * 0.45), (height * 0.5, height - 0.13)):
                parts += [box((a, front + 0.014, z), (b, front + 0.028, z + 0.02), "front")
                          for z in (c, d - 0.02)]  # fmt: skip
                parts += [box((x, front + 0.014, c), (x + 0.02, front + 0.028, d), "front")
                          for x in (a, b - 0.02)]  # fmt: skip
    return Model(merge(parts))


def bookcase(width: float, height: float, rows: int, rng: np.random.Generator,
             columns: int = 1, back: bool = True) -> Model:  # fmt: skip
    """An open shelf 0.32 m deep, filled with books, boxes and pots."""
    w, d, t = width / 2, 0.32, 0.022
    parts = [box((x - t / 2, 0, 0), (x + t / 2, d, height), "wood")
             for x in np.linspace(-w + t / 2, w - t / 2, columns + 1)]  # fmt: skip
    levels = np.linspace(0.06, height - t, rows + 1)
    parts += [box((-w, 0, z), (w, d, z + t), "wood") for z in levels]
    if back:
        parts.append(box((-w, 0, 0.06), (w, 0.012, height), "wood"))
    for z0, z1 in pairwise(levels):
        for i in range(columns):
            a = -w + width * i / columns + t
            b = -w + width * (i + 1) / columns - t
            parts += _shelf_load(a, b, z0 + t, z1 - z0 - t, d, rng)
    return Model(merge(parts))


def _shelf_load(a: float, b: float, z: float, high: float, deep: float,
                rng: np.random.Generator) -> list[Geometry]:  # fmt: skip
    """What stands on one board between a and b."""
    parts: list[Geometry] = []
    x = a + 0.01
    while x < b - 0.05:
        pick = rng.random()
        if pick < 0.62:
            for _ in range(int(rng.integers(3, 9))):
                thick, tall = float(rng.uniform(0.018, 0.05)), float(rng.uniform(0.6, 0.9)) * high
                if x + thick > b:
                    break
                depth = float(rng.uniform(0.14, 0.21))
                slot = f"book{int(rng.integers(6))}"
                parts.append(box((x, 0.03, z), (x + thick, 0.03 + depth, z + min(tall, 0.3)), slot))
                x += thick + 0.001
        elif pick < 0.75 and b - x > 0.3:
            parts.append(box((x, 0.04, z), (x + 0.26, deep - 0.03, z + high * 0.62), "basket"))
            x += 0.28
        elif pick < 0.88 and b - x > 0.16:
            tall = min(high * 0.7, 0.26)
            parts.append(tube((x + 0.07, 0.16, z), (x + 0.07, 0.16, z + tall), (0.045, 0.06),
                              "ceramic", 10))  # fmt: skip
            x += 0.16
        else:
            x += float(rng.uniform(0.08, 0.2))
        x += 0.015
    return parts


def wall_shelf(width: float, rng: np.random.Generator) -> Model:
    """A board on the wall with things on it; its lower edge on z = 0."""
    w = width / 2
    parts = [box((-w, 0, 0), (w, 0.22, 0.035), "wood")]
    parts += _shelf_load(-w, w, 0.035, 0.3, 0.22, rng)
    return Model(merge(parts))

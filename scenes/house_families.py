# SPDX-License-Identifier: GPL-3.0-or-later
"""Families of houses: the styles that make one quarter look unlike another.

Each function builds a whole house from its measures: front at y = 0, looking along -Y, standing on
z = 0, from x = 0 to x = width. The same numbers drawn give the same house.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from scenes import facades
from scenes.buildings import HouseStyle, house
from scenes.facades import Opening, WindowStyle
from scenes.mesh_tools import Geometry, box, merge, moved, quad, repeated
from scenes.roofs import (
    RoofStyle,
    bell_gable,
    front_gable,
    panel,
    panes,
    parapet_gable,
    peaked_gable,
    roof,
    stepped_gable,
)


def _base(s: HouseStyle) -> float:
    return 3.7 if s.ground in ("shop", "arcade") else s.floor_height + 0.15


def shell(s: HouseStyle, base: float, top: float, window: WindowStyle | None) -> list[Geometry]:
    """Back and side walls up to the eaves; open sides have windows above the ground floor."""
    w, d = s.width, s.depth
    parts = [quad([(w, d, 0), (0, d, 0), (0, d, top), (w, d, top)], s.wall)]
    floors = s.floors - 1
    for open_, x in ((s.left_open, 0.0), (s.right_open, w)):
        if window is None or not open_ or floors < 1:
            corners = [(x, d, 0), (x, 0, 0), (x, 0, top), (x, d, top)]
            parts.append(quad(corners if x == 0 else corners[::-1], s.wall))
            continue
        rows = [panel(0, d, 0, base, 0, s.wall)]
        height = (top - base) / floors
        rows.append(moved(window.grid(d, s.bay * 1.25, floors, height, s.wall), (0, 0, base)))
        start, turn = ((0.0, d, 0.0), -np.pi / 2) if x == 0 else ((w, 0.0, 0.0), np.pi / 2)
        parts.append(moved(merge(rows), start, 1.0, turn))
    return parts


def _roof(s: HouseStyle, top: float, rng: np.random.Generator) -> list[Geometry]:
    return roof(RoofStyle(s.width, s.depth, s.bay, s.wall, s.roof), top, rng)


def _ground_floor(
    s: HouseStyle, base: float, window: WindowStyle, rng: np.random.Generator, arch: float = 0.0
) -> Geometry:
    """Shops, an arcade, or a door among windows."""
    if s.ground == "shop":
        return facades.shop_front(s.width, base, rng)
    if s.ground == "arcade":
        return facades.arcade(s.width, base, s.wall, bool(rng.random() < 0.6), rng)
    bays = max(1, round(s.width / s.bay))
    step, door = s.width / bays, int(rng.integers(bays))
    parts = []
    for i in range(bays):
        part = (facades.door_cell(step, base, s.wall, arch, window.trim) if i == door
                else window.cell(step, base, s.wall))  # fmt: skip
        parts.append(moved(part, (i * step, 0, 0)))
    return merge(parts)


def _ledge(s: HouseStyle, z: float, tall: float, out: float, slot: str = "trim_stone") -> Geometry:
    return box((0, -out, z - tall), (s.width, 0.02, z), slot)


def gabled(s: HouseStyle, rng: np.random.Generator) -> Geometry:
    """A narrow town house whose gable faces the street: stepped, curved or plain."""
    base, top = _base(s), _base(s) + (s.floors - 1) * s.floor_height
    painted = s.wall == "plaster"
    window = WindowStyle((0.56, 0.64), 0.2, 0.0, 2, 3, trim="trim_stone", round_it=painted,
                         ledge=True, hood=not painted,
                         shutters=bool(painted and rng.random() < 0.4))  # fmt: skip
    rise = s.width * float(rng.uniform(0.55, 0.75))
    kind = int(rng.integers(3))
    outline = (stepped_gable(s.width, rise, int(rng.integers(4, 6))) if kind == 0
               else bell_gable(s.width, rise) if kind == 1
               else peaked_gable(s.width, rise))  # fmt: skip
    parts = [_ground_floor(s, base, window, rng),
             moved(window.grid(s.width, s.bay, s.floors - 1, s.floor_height, s.wall),
                   (0, 0, base)),
             *shell(s, base, top, window), parapet_gable(outline, top, s.wall),
             *front_gable(s.width, 0.3, s.depth, top, rise * 0.8, s.wall, 0.0),
             _ledge(s, base + 0.05, 0.16, 0.1), _ledge(s, top + 0.08, 0.14, 0.08)]  # fmt: skip
    m = s.width / 2
    parts.append(panes(m - 0.5, m + 0.5, top + 0.45, top + 0.45 + rise * 0.36, -0.01, 2))
    parts.append(box((m - 0.62, -0.1, top + 0.33), (m + 0.62, 0.0, top + 0.45), "trim_stone"))
    if rng.random() < 0.4:  # the beam for hoisting goods
        z = top + rise * 0.68
        parts.append(box((m - 0.07, -0.5, z), (m + 0.07, 0.05, z + 0.16), "timber"))
    return merge(parts)


def half_timbered(s: HouseStyle, rng: np.random.Generator) -> Geometry:
    """Plaster between dark timbers, each floor a little before the one below, gable in front."""
    base, jut = s.floor_height + 0.1, 0.22
    bays = max(2, round(s.width / s.bay))
    step, h = s.width / bays, s.floor_height
    window = WindowStyle((0.44, 0.44), 0.34, 0.0, 2, 2, ledge=False, frame="timber")
    door = int(rng.integers(bays))
    cross = bool(rng.random() < 0.5)
    parts: list[Geometry] = []
    for f in range(s.floors):
        z, y, tall = (0.0, 0.0, base) if f == 0 else (base + (f - 1) * h, -jut * f, h)
        if f == 0 and s.ground == "shop":
            row = facades.shop_front(s.width, base, rng)
        else:
            cell = merge([window.cell(step, tall, s.wall), _timbers(step, tall, cross)])
            row = facades.grid(cell, step, bays, tall, 1)
            if f == 0:
                row = merge([moved(facades.door_cell(step, tall, s.wall, 0.0, "timber", False)
                                   if i == door else cell, (i * step, 0, 0))
                             for i in range(bays)])  # fmt: skip
        beam = box((0.0, -0.06, tall - 0.2), (s.width, 0.0, tall), "timber")
        left = _flank(s.depth - y, tall, step, s, s.left_open)
        right = _flank(s.depth - y, tall, step, s, s.right_open)
        parts.append(moved(merge([row, beam, moved(left, (0, s.depth - y, 0), 1.0, -np.pi / 2),
                                  moved(right, (s.width, 0, 0), 1.0, np.pi / 2)]),
                           (0, y, z)))  # fmt: skip
        if f:
            parts.append(quad([(0, y, z), (0, y + jut, z), (s.width, y + jut, z), (s.width, y, z)],
                              "timber"))  # fmt: skip
    top, front = base + (s.floors - 1) * h, -jut * (s.floors - 1)
    parts.append(quad([(s.width, s.depth, 0), (0, s.depth, 0), (0, s.depth, top),
                       (s.width, s.depth, top)], s.wall))  # fmt: skip
    if s.roof == "gable_front":
        rise = s.width * 0.55
        parts += front_gable(s.width, front, s.depth, top, rise, s.wall, 0.35)
        parts.append(moved(_gable_timbers(s.width, rise), (0, front, top)))
    else:
        cover = roof(RoofStyle(s.width, s.depth - front, s.bay, s.wall, "dormers"), top, rng)
        parts += [moved(p, (0, front, 0)) for p in cover]
    return merge(parts)


def _flank(long: float, tall: float, step: float, s: HouseStyle, open_: bool) -> Geometry:
    """One floor of a side wall; timbers show where it stands open."""
    if not open_:
        return panel(0, long, 0, tall, 0, s.wall)
    bays = max(2, round(long / (step * 1.3)))
    cell = merge([panel(0, long / bays, 0, tall, 0, s.wall), _timbers(long / bays, tall, True)])
    return facades.grid(cell, long / bays, bays, tall, 1)


def _timbers(step: float, tall: float, cross: bool) -> Geometry:
    """Posts, rails and braces of one bay, a little before the wall."""
    t, y, sill, head = 0.15, -0.025, tall * 0.33, tall * 0.79
    w = step * 0.28
    parts = [panel(-t / 2, t / 2, 0, tall, y, "timber"),
             panel(step - t / 2, step + t / 2, 0, tall, y, "timber"),
             panel(0, step, sill - t, sill, y - 0.003, "timber"),
             panel(0, step, head, head + t * 0.8, y - 0.003, "timber"),
             panel(w - t, w, sill, head, y, "timber"),
             panel(step - w, step - w + t, sill, head, y, "timber")]  # fmt: skip
    legs = [(0.0, step / 2), (step, step / 2)] if not cross else [(0.0, step), (step, 0.0)]
    for i, (a, b) in enumerate(legs):
        lean = [(a - t / 2, 0.0), (a + t / 2, 0.0), (b + t / 2, sill - t), (b - t / 2, sill - t)]
        parts.append(quad([(x, y + 0.006 + 0.003 * i, z) for x, z in lean], "timber"))
    return merge(parts)


def _gable_timbers(width: float, rise: float) -> Geometry:
    """Collar beam, posts and a small window in a gable."""
    m, t = width / 2, 0.15
    z = rise * 0.42
    half = m * (1 - z / rise)
    parts = [panel(m - half, m + half, z, z + t, -0.03, "timber"),
             panel(m - t / 2, m + t / 2, z + t, rise * 0.9, -0.025, "timber"),
             panes(m - 0.42, m + 0.42, 0.25, z - 0.15, -0.01, 2, "timber")]  # fmt: skip
    for x in (m - half, m - half * 0.5, m + half * 0.5, m + half):
        parts.append(panel(x - t / 2, x + t / 2, 0.0, z, -0.025, "timber"))
    for a, b in ((0.0, m), (width, m)):  # bargeboards
        lean = [(a, -0.1), (a, 0.15), (b, rise + 0.1), (b, rise - 0.16)]
        corners = [(x, -0.37, v) for x, v in lean]
        parts.append(quad(corners[::-1] if a < b else corners, "timber"))
    return merge(parts)


def terrace(s: HouseStyle, rng: np.random.Generator) -> Geometry:
    """A brick terrace house: canted bay, arched door, pale trim, chimney stack."""
    base, h = s.floor_height + 0.2, s.floor_height
    top = base + (s.floors - 1) * h
    trim = str(rng.choice(["white_cloth", "trim_stone"]))
    arch = float(rng.choice([0.0, 0.16]))
    window = WindowStyle((0.42, 0.62), 0.24, arch, 1, 2, frame="white_cloth", trim=trim,
                         round_it=bool(arch), hood=not arch)  # fmt: skip
    door_wide = min(2.1, s.width * 0.36)
    wide = s.width - door_wide
    bay = min(2.9, wide - 0.5)
    tall = int(rng.integers(1, s.floors + 1))
    parts = [moved(facades.door_cell(door_wide, base, s.wall, 0.35, trim), (wide, 0, 0)),
             panel(0, wide, 0, base, 0, s.wall),
             moved(facades.bay_window(bay, 0.75, h, tall, s.wall, 2, trim), (wide / 2, 0, 0.12)),
             panel((wide - bay) / 2, (wide + bay) / 2, 0, 0.12, -0.5, s.wall)]  # fmt: skip
    for f in range(1, s.floors):
        z = base + (f - 1) * h
        left = panel(0, wide, 0, h, 0, s.wall) if f < tall else window.cell(wide, h, s.wall)
        if f >= tall:
            pair = WindowStyle((0.5, 0.62), 0.24, arch, 1, 2, "white_cloth", trim,
                               round_it=bool(arch), hood=not arch)  # fmt: skip
            left = facades.grid(pair.cell(wide / 2, h, s.wall), wide / 2, 2, h, 1)
        right = window.cell(door_wide, h, s.wall)
        parts.append(moved(merge([left, moved(right, (wide, 0, 0))]), (0, 0, z)))
    parts += [*shell(s, base, top, window), *_roof(s, top, rng),
              _ledge(s, top, 0.25, 0.14, trim),
              _ledge(s, base + 0.05, 0.18, 0.05, trim)]  # fmt: skip
    ridge = top + min(s.depth, s.width) * 0.38
    stack = box((0.0, s.depth * 0.3, top), (0.55, s.depth * 0.3 + 1.4, ridge + 0.7), "brick_red")
    pots = box((0.12, s.depth * 0.3 + 0.15, ridge + 0.7), (0.4, s.depth * 0.3 + 0.4, ridge + 1.1),
               "roof_tile")  # fmt: skip
    parts += [stack, repeated(pots, np.array([(0, y, 0) for y in (0.0, 0.45, 0.9)]))]
    return merge(parts)


def palace(s: HouseStyle, rng: np.random.Generator) -> Geometry:
    """A grand apartment house: rusticated ground floor, balconies, hoods, heavy cornice."""
    base, h = _base(s) + 0.3, s.floor_height
    top = base + (s.floors - 1) * h
    arch = float(rng.choice([0.0, 0.0, 0.5]))
    window = WindowStyle((0.46, 0.7), 0.16, 0.0, 2, 2, round_it=True, hood=True, ledge=False)
    below = WindowStyle((0.55, 0.6), 0.2, arch, 2, 2, round_it=True)
    rustic = HouseStyle(**{**s.__dict__, "wall": "stone_pale"})
    parts = [_ground_floor(rustic, base, below, rng, 0.5 if arch else 0.0),
             moved(window.grid(s.width, s.bay, s.floors - 1, h, s.wall), (0, 0, base)),
             *shell(s, base, top, window), *_roof(s, top, rng),
             _ledge(s, base + 0.1, 0.3, 0.16), _ledge(s, top, 0.4, 0.3),
             _ledge(s, top - 0.4, 0.14, 0.14)]  # fmt: skip
    teeth = np.array([(x, 0, top - 0.54) for x in np.arange(0.2, s.width - 0.2, 0.9)])
    parts.append(repeated(box((0, -0.24, 0.0), (0.22, 0.0, 0.14), "trim_stone"), teeth))
    bays = max(1, round(s.width / s.bay))
    step = s.width / bays
    rail = facades.balcony(step, 0.6, False)
    lead = [b for b in range(bays) if b in (bays // 2, 0, bays - 1)]
    spots = [(b * step, 0, base + 0.12) for b in range(bays)]
    if rng.random() < 0.5 and s.floors > 3:
        spots = [(b * step, 0, base + 0.12 + f * h) for f in range(s.floors - 1) for b in lead]
    parts.append(repeated(rail, np.array(spots)))
    for x in (0.0, s.width - 0.5):
        quoin = box((x, -0.05, base + 0.1), (x + 0.5, 0.0, top - 0.54), "trim_stone")
        parts.append(quoin)
    return merge(parts)


def warehouse(s: HouseStyle, rng: np.random.Generator) -> Geometry:
    """A brick loft: wide divided windows, piers between them, a stepped cornice."""
    base, h = _base(s) + 0.2, s.floor_height + 0.4
    top = base + (s.floors - 1) * h
    arch = float(rng.choice([0.0, 0.14, 0.3]))
    window = WindowStyle((0.72, 0.66), 0.2, arch, 4, 3, "frame_dark", round_it=False, hood=False)
    bays = max(2, round(s.width / 3.6))
    step = s.width / bays
    wide = HouseStyle(**{**s.__dict__, "bay": step, "floors": s.floors})
    parts = [_ground_floor(wide, base, window, rng),
             moved(window.grid(s.width, step, s.floors - 1, h, s.wall), (0, 0, base)),
             *shell(wide, base, top, window)]  # fmt: skip
    pier = box((-0.28, -0.16, 0.0), (0.28, 0.0, top), s.wall)
    edge = box((0.0, -0.16, 0.0), (0.28, 0.0, top), s.wall)
    parts += [repeated(pier, np.array([(i * step, 0, 0) for i in range(1, bays)])), edge,
              moved(edge, (s.width - 0.28, 0, 0)), _ledge(s, top, 0.2, 0.3, s.wall),
              _ledge(s, top - 0.2, 0.2, 0.22, s.wall), *_roof(s, top, rng)]  # fmt: skip
    if s.roof == "flat" and rng.random() < 0.5:
        outline = peaked_gable(step * 2, 1.9) + np.array([(s.width - step * 2) / 2, 0.0])
        parts.append(parapet_gable(outline, top + 0.9, s.wall))
    return merge(parts)


def slab(s: HouseStyle, rng: np.random.Generator) -> Geometry:
    """A block of flats of the sixties or seventies: panels, loggias or balconies in a grid."""
    base, h = s.floor_height, s.floor_height
    top = base + (s.floors - 1) * h
    bays = max(2, round(s.width / 3.3))
    step = s.width / bays
    window = WindowStyle((0.62, 0.52), 0.32, 0.0, 2, 1, ledge=False)
    plain = window.cell(step, h, s.wall)
    rail = str(rng.choice(["trim_second", "spandrel", "white_cloth"]))
    kind = int(rng.integers(3))
    open_ = (merge([plain, moved(facades.balcony(step, 0.9, True), (0, 0, 0.12))]) if kind == 0
             else facades.loggia_cell(step, h, s.wall, rail))  # fmt: skip
    turn = int(rng.integers(2))
    parts = []
    for b in range(bays):
        cell = open_ if kind == 2 or (b + turn) % 2 else plain
        spots = [(b * step, 0, base + f * h) for f in range(s.floors - 1)]
        parts.append(repeated(cell, np.array(spots)))
    ground_floor = HouseStyle(**{**s.__dict__, "bay": step})
    parts += [_ground_floor(ground_floor, base, window, rng), *shell(s, base, top, window),
              *_roof(s, top, rng)]  # fmt: skip
    m, d = s.width / 2, s.depth
    stair = box((m - 1.3, d * 0.4, top), (m + 1.3, d * 0.75, top + 2.2), s.wall)
    return merge([*parts, stair])


def curtain_office(s: HouseStyle, rng: np.random.Generator) -> Geometry:
    """Offices behind glass, a dark base with a lobby, a plant room on the roof."""
    base, h = 4.2, s.floor_height + 0.3
    floors = s.floors
    top = base + floors * h
    band = str(rng.choice(["spandrel", "frame_dark", "panel"]))
    step = float(rng.uniform(1.2, 1.9))
    parts = [moved(facades.glass_wall(s.width, h, floors, step, band), (0, 0, base)),
             _lobby(s, base, rng)]  # fmt: skip
    parts += _office_sides(
        s, base, top, lambda long: facades.glass_wall(long, h, floors, step, band)
    )
    parts += [box((0, -0.16, top), (s.width, 0.3, top + 0.7), "frame_dark"),
              quad([(0, 0, top), (s.width, 0, top), (s.width, s.depth, top), (0, s.depth, top)],
                   "concrete"),
              box((s.width * 0.2, s.depth * 0.3, top), (s.width * 0.7, s.depth * 0.8, top + 2.4),
                  "metal")]  # fmt: skip
    if rng.random() < 0.5:  # fins of stone before the glass
        fin = box((-0.12, -0.45, base - 0.3), (0.12, 0.0, top + 0.7), "panel")
        parts.append(
            repeated(fin, np.array([(x, 0, 0) for x in np.arange(0.12, s.width, step * 3)]))
        )
    return merge(parts)


def ribbon_office(s: HouseStyle, rng: np.random.Generator) -> Geometry:
    """Offices with windows in bands."""
    base, h = 3.9, s.floor_height + 0.2
    floors = s.floors
    top = base + floors * h
    step = float(rng.uniform(1.4, 2.4))
    parts = [moved(facades.ribbon_wall(s.width, h, floors, step, s.wall), (0, 0, base)),
             _lobby(s, base, rng)]  # fmt: skip
    parts += _office_sides(
        s, base, top, lambda long: facades.ribbon_wall(long, h, floors, step, s.wall)
    )
    return merge([*parts, *_roof(s, top, rng)])


def _office_sides(
    s: HouseStyle, base: float, top: float, wall: Callable[[float], Geometry]
) -> list[Geometry]:
    """Back and sides of an office; open sides carry on the front's facade."""
    w, d = s.width, s.depth
    parts = [quad([(w, d, 0), (0, d, 0), (0, d, top), (w, d, top)], s.wall)]
    for open_, x in ((s.left_open, 0.0), (s.right_open, w)):
        start, turn = ((0.0, d, 0.0), -np.pi / 2) if x == 0 else ((w, 0.0, 0.0), np.pi / 2)
        face = panel(0, d, 0, top, 0, s.wall)
        if open_:
            face = merge([panel(0, d, 0, base, 0, s.wall), moved(wall(d), (0, 0, base))])
        parts.append(moved(face, start, 1.0, turn))
    return parts


def _lobby(s: HouseStyle, base: float, rng: np.random.Generator) -> Geometry:
    """Ground floor of an office: shops, or set back behind columns."""
    if rng.random() < 0.5:
        return facades.shop_front(s.width, base, rng)
    bays = max(2, round(s.width / 4.5))
    step, deep = s.width / bays, 1.5
    hole = Opening(step - 0.1, base - 0.6, 0.05, 0.0, 3, 1, 0.05, "frame_dark")
    cell = facades.wall_cell(step, base, hole, "frame_dark")
    back = moved(facades.grid(cell, step, bays, base, 1), (0, deep, 0))
    post = box((-0.25, 0.0, 0.0), (0.25, 0.5, base - 0.5), "panel")
    posts = repeated(post, np.array([(0.25, 0, 0), *((i * step, 0, 0) for i in range(1, bays)),
                                     (s.width - 0.25, 0, 0)]))  # fmt: skip
    lid = box((0, 0, base - 0.5), (s.width, deep + 0.02, base), "panel")
    floor = quad(
        [(0, 0, 0.01), (s.width, 0, 0.01), (s.width, deep, 0.01), (0, deep, 0.01)], "concrete"
    )
    return merge([back, posts, lid, floor])


def southern(s: HouseStyle, rng: np.random.Generator) -> Geometry:
    """A painted house of the south: shutters, small balconies, low tiles with wide eaves."""
    base, h = _base(s), s.floor_height
    top = base + (s.floors - 1) * h
    window = WindowStyle((0.44, 0.62), 0.2, float(rng.choice([0.0, 0.0, 0.2])), 2, 1, shutters=True,
                         round_it=False)  # fmt: skip
    band = str(rng.choice(["trim_second", "trim_stone"]))
    parts = [_ground_floor(s, base, window, rng, 0.5 if rng.random() < 0.5 else 0.0),
             moved(window.grid(s.width, s.bay, s.floors - 1, h, s.wall), (0, 0, base)),
             *shell(s, base, top, window), *_roof(s, top, rng),
             _ledge(s, base + 0.06, 0.18, 0.1, band)]  # fmt: skip
    bays = max(1, round(s.width / s.bay))
    step = s.width / bays
    if s.floors > 1:
        chosen = rng.random((s.floors - 1, bays)) < 0.3
        spots = [
            (b * step, 0, base + f * h + 0.1) for f, b in zip(*np.nonzero(chosen), strict=True)
        ]
        if spots:
            parts.append(repeated(facades.balcony(step, 0.7, False), np.array(spots)))
    return merge(parts)


def garages(s: HouseStyle, rng: np.random.Generator) -> Geometry:
    """A low row of garages or a workshop with roller doors."""
    top = 3.0
    bays = max(1, round(s.width / 3.1))
    step = s.width / bays
    hole = Opening(step - 0.5, 2.3, 0.0, 0.0, 1, 5, 0.2, "metal", "trim_second")
    cell = facades.wall_cell(step, top, hole, s.wall)
    low = HouseStyle(**{**s.__dict__, "floors": 1, "roof": "flat"})
    return merge([facades.grid(cell, step, bays, top, 1), *shell(low, top, top, None),
                  *_roof(low, top, rng)])  # fmt: skip


Family = Callable[[HouseStyle, np.random.Generator], Geometry]
FAMILIES: dict[str, Family] = {
    "plain": house,
    "gabled": gabled,
    "half_timbered": half_timbered,
    "terrace": terrace,
    "palace": palace,
    "warehouse": warehouse,
    "slab": slab,
    "curtain_office": curtain_office,
    "ribbon_office": ribbon_office,
    "southern": southern,
    "garages": garages,
}

# SPDX-License-Identifier: GPL-3.0-or-later
"""A room's layout: from a seed to a `RoomPlan`: shell, openings, and what hangs on the walls."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from scenes import room_decor, room_furnish, room_shell
from scenes.mesh_tools import Geometry
from scenes.plan import Color
from scenes.room_mood import Mood, mood_for
from scenes.room_pieces import Furnisher
from scenes.room_plan import ROOM_IDS, Opening, RoomPlan
from scenes.room_style import RoomStyle, style_for

KINDS = ("bedroom", "living", "dining", "study")
SHARES = (0.3, 0.34, 0.18, 0.18)
_SIZES = {"bedroom": (3.3, 4.8), "living": (4.2, 6.0), "dining": (3.6, 5.0), "study": (3.1, 4.4)}
LAMP_GLOW: Color = (1.0, 0.72, 0.42)


@lru_cache(maxsize=2)
def room_plan(seed: int) -> RoomPlan:
    """The room with this seed. Callers must not change it: it is kept for later callers."""
    rng = np.random.default_rng([seed, 11])
    kind = str(rng.choice(KINDS, p=SHARES))
    low, high = _SIZES[kind]
    plan = RoomPlan(
        seed, rng, classes=ROOM_IDS, kind=kind, width=float(rng.uniform(low, high)),
        depth=float(rng.uniform(low, high * 0.9)), height=float(rng.uniform(2.45, 3.0)),
    )  # fmt: skip
    style = style_for(rng, kind)
    mood = mood_for(seed)
    walls = _openings(plan)
    _shell(plan, style)
    _dress_windows(plan, style)
    furnisher = Furnisher(plan, style, mood.lamps > 0, walls)
    _ceiling_lamp(furnisher, mood)
    room_furnish.furnish(furnisher)
    _hang_pictures(furnisher)
    _share_light(plan)
    return plan


def _openings(plan: RoomPlan) -> list[int]:
    """Windows in one or two walls, a door in another; returns the walls without windows."""
    rng = plan.rng
    first = int(rng.integers(4))
    lit = [first]
    if rng.random() < 0.35:
        lit.append((first + int(rng.choice([1, 3]))) % 4)
    tall = rng.random() < 0.28
    for wall in lit:
        length = plan.length(wall)
        count = 1 if length < 3.6 or rng.random() < 0.45 else 2
        wide = float(rng.uniform(1.5, 2.3)) if count == 1 else float(rng.uniform(0.95, 1.35))
        wide = min(wide, (length - 0.9) / count - 0.5)
        z0 = 0.08 if tall else float(rng.uniform(0.75, 0.95))
        z1 = min(plan.height - 0.25, float(rng.uniform(2.1, 2.35)))
        shift = float(rng.uniform(-0.25, 0.25))
        for i in range(count):
            middle = shift + (i - (count - 1) / 2) * length / 2
            plan.openings.append(Opening(wall, middle - wide / 2, middle + wide / 2, z0, z1,
                                         "window"))  # fmt: skip
            name = "window space"
            plan.keep_free(name, wall, (middle - wide / 2, middle + wide / 2), 0.3,
                           (z0, z1))  # fmt: skip
    blind = [w for w in range(4) if w not in lit]
    wall = int(rng.choice(blind))
    reach = plan.length(wall) / 2 - 0.75
    middle = float(rng.choice([-1, 1])) * float(rng.uniform(0.75, 1.0)) * reach
    plan.openings.append(Opening(wall, middle - 0.44, middle + 0.44, 0.0, 2.05, "door"))
    plan.keep_free("door space", wall, (middle - 0.55, middle + 0.55), 0.95, (0.0, 2.15))
    return blind


def _shell(plan: RoomPlan, style: RoomStyle) -> None:
    """Floor, ceiling, four walls, windows and the door."""
    rng = plan.rng
    w, d, h = plan.width, plan.depth, plan.height
    accent = int(rng.integers(4)) if rng.random() < 0.6 else -1

    def shell(name: str, key: str, part: Geometry, color: Color, second: Color = (0.7,) * 3,
              place: tuple[float, ...] = (0, 0, 0), turn: float = 0.0) -> None:  # fmt: skip
        plan.add(name, key, part, place, turn, 1.0, color, second, "flat", key)

    checks = (0.1, 0.1, 0.1) if style.floor_slot == "floor_check" else style.floor
    shell("floor", "floor", room_shell.slab(w, d, 0.0, style.floor_slot, True), style.floor, checks)
    shell("ceiling", "ceiling", room_shell.slab(w, d, h, "ceiling", False), (0.76, 0.755, 0.74))
    if h > 2.6 and rng.random() < 0.18:
        part = room_shell.beams(w, d, h, max(3, round(d / 0.9)))
        plan.add("ceiling", "beams", part, color=style.other_wood, form="flat")
    skirting = float(rng.choice([0.06, 0.09, 0.13]))
    panel_color: Color = (0.7, 0.69, 0.66)
    for wall in range(4):
        holes = [o for o in plan.openings if o.wall == wall and o.kind == "window"]
        slot = style.accent_slot if wall == accent else style.wall_slot
        color = style.accent if wall == accent else style.wall
        second = panel_color if style.panel else style.accent
        panel = style.panel if wall != accent else 0.0
        part = room_shell.wall(plan.length(wall), h, holes, slot, skirting, panel)
        shell("wall", f"wall_{wall}", part, color, second,
              (*plan.on_wall(wall, 0, 0), 0.0), wall * np.pi / 2)  # fmt: skip
    columns, rows = int(rng.integers(1, 4)), int(rng.choice([1, 1, 2, 3]))
    kind = int(rng.integers(3))
    for n, o in enumerate(plan.openings):
        middle = (o.u0 + o.u1) / 2
        place = (*plan.on_wall(o.wall, middle, 0.0), 0.0)
        if o.kind == "door":
            color = plan.pick([(0.72, 0.71, 0.68), style.wood, style.other_wood, (0.68, 0.66, 0.6)])
            model = room_shell.door(o.u1 - o.u0, o.z1, kind)
            plan.put("door", "door", model, place, o.wall * np.pi / 2, color)
        else:
            count = max(columns, 2 if o.u1 - o.u0 > 1.5 else 1)
            part = room_shell.window(o, count, rows)
            shell("window", f"window_{n}", part, (0.8, 0.8, 0.78), place=place,
                  turn=o.wall * np.pi / 2)  # fmt: skip


def _dress_windows(plan: RoomPlan, style: RoomStyle) -> None:
    """Curtains at both sides of each window, or blinds, or nothing."""
    rng = plan.rng
    kind = str(rng.choice(["long", "long", "short", "blind", "none"]))
    if kind == "none":
        return
    for n, o in enumerate(o for o in plan.openings if o.kind == "window"):
        width, middle = o.u1 - o.u0, (o.u0 + o.u1) / 2
        turn = o.wall * np.pi / 2
        if kind == "blind":
            drop = float(rng.uniform(0.12, 0.4)) * (o.z1 - o.z0)
            x, y = plan.on_wall(o.wall, middle, -0.1)
            plan.put("curtain", f"blind_{n}", room_shell.blind(width - 0.02, drop),
                     (x, y, o.z1 - drop), turn, style.curtain)  # fmt: skip
            continue
        top = min(o.z1 + 0.14, plan.height - 0.06)
        foot = 0.015 if kind == "long" or o.z0 < 0.4 else o.z0 - 0.16
        wide = float(np.clip(0.24 * width, 0.26, 0.5))
        x, y = plan.on_wall(o.wall, middle, 0.09)
        plan.put("curtain", f"rod_{n}", room_shell.curtain_rod(width + wide),
                 (x, y, top), turn, (0.1, 0.09, 0.08), (0.2, 0.17, 0.14))  # fmt: skip
        for side in (-1, 1):
            u = middle + side * (width / 2 + wide * 0.12)
            model = room_shell.curtain(wide, top - foot, plan.seed + n)
            plan.against(o.wall, u, "curtain", f"curtain_{n}", model, style.curtain, z=foot,
                         ignore=("window space",))  # fmt: skip


def _ceiling_lamp(f: Furnisher, mood: Mood) -> None:
    """A lamp at the ceiling; low above the table in a dining room."""
    plan, rng = f.plan, f.plan.rng
    kind = int(rng.integers(4))
    burns = mood.kind == "evening" or (mood.lamps > 0 and rng.random() < 0.7)
    drop = plan.height - float(rng.uniform(2.15, 2.3)) if plan.kind != "dining" else (
        plan.height - float(rng.uniform(1.75, 1.9)))  # fmt: skip
    if kind == 0 and plan.kind == "dining":
        kind = 3
    model, deep = room_decor.ceiling_lamp(kind, max(0.08, drop))
    glow = LAMP_GLOW if burns else (0.0, 0.0, 0.0)
    color = f.plan.pick([(0.74, 0.7, 0.6), (0.7, 0.7, 0.68), (0.6, 0.5, 0.34)])
    item = plan.stand("lamp", "ceiling_lamp", model, (0, 0, plan.height), 0.0, color, glow)
    if item is not None and burns:
        f.lights.append(("ceiling", (0.0, 0.0, plan.height - deep - 0.05), 3.0))


def _hang_pictures(f: Furnisher) -> None:
    """Pictures on the free stretches of the walls, now and then a mirror."""
    plan, rng = f.plan, f.plan.rng
    walls = [int(w) for w in rng.permutation(4)]
    for n in range(int(rng.integers(2, 7))):
        width, height = (float(v) for v in rng.uniform(0.35, 0.95, 2))
        z = float(np.clip(1.6 - height / 2 + rng.uniform(-0.05, 0.15), 1.0, 1.5))
        order = walls[n % 4 :] + walls[: n % 4]
        if n == 3 and rng.random() < 0.6:
            mirror = room_decor.mirror(0.6, 0.9, bool(rng.random() < 0.5))
            plan.anywhere(order, "mirror", "mirror", mirror, (0.6, 0.62, 0.64), f.style.wood,
                          z=1.15, gap=0.0)  # fmt: skip
            continue
        model = room_decor.picture(width, height, bool(rng.random() < 0.5))
        plan.anywhere(order, "picture", f"picture_{n}", model, *f.picture_colors(), z=z, gap=0.0)


def _share_light(plan: RoomPlan) -> None:
    """Let the shares of the burning lamps add up to one."""
    total = sum(lamp.share for lamp in plan.lamps)
    plan.lamps[:] = [type(x)(x.kind, x.place, x.share / total) for x in plan.lamps]

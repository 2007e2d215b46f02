# SPDX-License-Identifier: GPL-3.0-or-later
"""Open places for cars: car park, square, meadow, farmyard, desert, airfield, forest, coast ...

A place is level within `open_ground.LEVEL` metres of the origin. The cars stand near the origin;
the cameras look at it from `place.RADIUS` metres. What could hide the cars stands farther off than
the cameras, and what stands between is low.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from scenes import furniture, ground, house_colors, plants
from scenes import place_things as things
from scenes.mesh_tools import box, merge, moved
from scenes.open_ground import SEA, Relief
from scenes.place import Place
from scenes.plan import Color, Plan

STAGE = 4.8  # cars stand within this many metres of the origin
LOW = (6.4, 9.6)  # low things stand between these distances
TALL = 14.0  # tall ones beyond this

ALBEDO = {"snowfield": 0.7, "desert": 0.34, "beach": 0.36, "airfield": 0.3, "square": 0.27,
          "harbour": 0.22, "farmyard": 0.25}  # fmt: skip
GREENS: list[Color] = [(0.1, 0.19, 0.035), (0.13, 0.23, 0.045), (0.085, 0.15, 0.035),
                       (0.19, 0.22, 0.06)]  # fmt: skip
SANDS: list[Color] = [(0.5, 0.34, 0.18), (0.44, 0.2, 0.1), (0.56, 0.45, 0.29), (0.38, 0.28, 0.19)]
GREYS: list[Color] = [(0.1, 0.1, 0.105), (0.16, 0.16, 0.165), (0.065, 0.066, 0.07),
                      (0.13, 0.115, 0.1)]  # fmt: skip
PALES: list[Color] = [(0.36, 0.34, 0.31), (0.3, 0.3, 0.31), (0.42, 0.36, 0.29), (0.33, 0.24, 0.2)]
STONES: list[Color] = [(0.3, 0.29, 0.27), (0.4, 0.36, 0.29), (0.22, 0.22, 0.23)]
FLOWERS: list[Color] = [(0.85, 0.8, 0.75), (0.8, 0.62, 0.05), (0.6, 0.05, 0.06), (0.35, 0.16, 0.6)]
STEELS: list[Color] = [(0.5, 0.1, 0.05), (0.05, 0.16, 0.38), (0.1, 0.3, 0.16), (0.62, 0.38, 0.05),
                       (0.55, 0.55, 0.53), (0.25, 0.27, 0.3), (0.05, 0.3, 0.34)]  # fmt: skip
WOODS: list[Color] = [(0.3, 0.17, 0.09), (0.36, 0.06, 0.04), (0.24, 0.2, 0.16), (0.45, 0.33, 0.2)]
WHITE: Color = (0.8, 0.8, 0.77)


def _relief(rng: np.random.Generator, **values: float) -> Relief:
    return Relief(phase=rng.uniform(0, 6.28, 8), **values)


def _lamps(p: Place, x: float, step: float, turn: float) -> None:
    """Tall lamps on both sides of the place."""
    color = p.plan.pick([(0.1, 0.11, 0.11), (0.34, 0.35, 0.36)])
    for side in (-1, 1):
        p.row("lamp_tall", furniture.lamp_post("tall"), "pole", side * x,
              np.arange(-24.0, 25.0, step), turn, color, "lamp")  # fmt: skip


def _car_park(p: Place) -> None:
    """Asphalt with bays, islands and a shop."""
    rng, plan = p.rng, p.plan
    p.ground(str(rng.choice(["turf", "turf_dry"])), plan.pick(GREENS))
    surface = str(rng.choice(["tarmac", "tarmac_old", "slab_small"], p=[0.45, 0.35, 0.2]))
    color = plan.pick(PALES if surface == "slab_small" else GREYS)
    wide, deep = float(rng.uniform(20, 26)), float(rng.uniform(17, 22))
    p.flat("road", "asphalt", ground.flat(-wide, -deep, wide, deep, 0.0, surface), color)
    step, long = float(rng.uniform(2.5, 2.9)), float(rng.uniform(4.8, 5.3))
    xs = np.arange(-15.0 * step / 2, wide - 2, step)
    xs = xs[xs > -wide + 1]
    paint = plan.pick([WHITE, WHITE, (0.75, 0.58, 0.06)])
    shift = float(rng.choice([0.0, long / 2, long + 3.0]))
    marks = []
    for y in (shift - 2 * long - 6.2, shift, shift + 2 * long + 6.2):
        low, high = max(y - long, -deep), min(y + long, deep)
        if low < high:
            marks += [ground.line(float(x), low, high, 0.12) for x in xs]
        if abs(y) < deep:
            marks.append(ground.flat(xs[0], y - 0.06, xs[-1], y + 0.06, ground.MARK_Z, "marking"))
    p.flat("road marking", "bays", merge(marks), paint)
    edge = [_kerbed(-wide - 2, low, wide + 2, low + 2.2) for low in (-deep - 2.2, deep)]
    p.flat("sidewalk", "edge", merge(edge), plan.pick(PALES))
    if shift == long / 2:
        plan.facts["bay"] = step
    border = str(rng.choice(["hedge", "rail", "wall", "none"]))
    ys = np.arange(-deep, deep, 4.0 if border == "hedge" else 3.0)
    if border == "hedge":
        p.row("hedge_0", plants.hedge(0), "vegetation", -wide - 0.7, ys, 0.0,
              plan.pick(plants.LEAVES), "hedge")  # fmt: skip
    elif border != "none":
        p.row(f"fence_{border}", furniture.fence(border), "fence", -wide - 0.7, ys, 0.0,
              plan.pick(STONES))  # fmt: skip
    if rng.random() < 0.75:
        width = float(rng.uniform(18, 30))
        part = moved(things.store(width, 14.0, float(rng.uniform(4.5, 6.0))), (-width / 2, 0, 0))
        p.building(part, float(rng.uniform(-8, 8)), deep + 2.4, 0.0,
                   plan.pick(house_colors.PLASTERS),
                   plan.pick(house_colors.SIGN_COLORS))  # fmt: skip
    if rng.random() < 0.5:
        for x in (xs[:-1] + xs[1:]) / 2:
            if abs(x) > 5.4 and rng.random() < 0.6:
                plan.add("road", "wheel_stop", things.wheel_stop(), (float(x), shift + 0.55, 0.0),
                         color=(0.4, 0.4, 0.38), stem="wheel_stop")  # fmt: skip
    _lamps(p, 15.5, 16.0, 0.0)
    _stains(p, color)
    p.trees(int(rng.integers(8, 18)), ["round", "oval", "young", "wide"], wide + 2, 46, 1.0)


def _kerbed(x0: float, y0: float, x1: float, y1: float) -> ground.Geometry:
    """A pavement with kerb stones all round."""
    slab = box((x0, y0, -0.05), (x1, y1, ground.KERB), "kerb")
    top = ground.flat(x0 + 0.2, y0 + 0.2, x1 - 0.2, y1 - 0.2, ground.KERB + 0.004, "paving")
    return merge([slab, top])


def _stains(p: Place, color: Color) -> None:
    """Puddles, patches and a manhole cover on paving of this colour."""
    rng = p.rng
    r, g, b = color
    wet = rng.random() < 0.3
    dark = 0.35 if wet else float(rng.uniform(0.66, 0.85))
    for i in range(int(rng.integers(0, 5))):
        at = p.spot(0.0, 9.0, 0.1)
        if at is not None:
            radius = float(rng.uniform(0.4, 1.5) if wet else rng.uniform(0.3, 1.0))
            part = things.blot(rng, radius, "puddle" if wet else "rock", 0.0)
            part = moved(part, (*at, 0.005 + 0.0004 * i))
            p.flat("road", f"stain_{i}", part, (r * dark, g * dark, b * dark), stem="stain")
    if rng.random() < 0.4:
        at = (float(rng.uniform(-7, 7)), float(rng.choice([-1, 1]) * rng.uniform(4, 8)))
        cover = moved(things.disc(0.34, "rock", 0.007), (*at, 0.0))
        p.flat("road", "manhole", cover, (r * 0.5, g * 0.5, b * 0.5))


def _square(p: Place) -> None:
    """A paved square among houses."""
    rng, plan = p.rng, p.plan
    p.ground("tarmac", plan.pick(GREYS))
    surface = str(rng.choice(["cobbles", "slab_small", "paving", "slab_large"]))
    color = plan.pick(PALES + STONES)
    p.flat("sidewalk", "square", ground.flat(-16, -16, 16, 16, 0.0, surface), color)
    if rng.random() < 0.5:
        r, g, b = color
        inner = things.disc(float(rng.uniform(5.5, 8.5)), "cobbles", 0.004, 40)
        shade = float(rng.choice([0.6, 1.35]))
        p.flat("sidewalk", "circle", inner, (r * shade, g * shade, b * shade))
    p.houses(int(rng.integers(4, 9)), 18.0, ("plaster", "plaster", "brick", "stone"), 4)
    turn = float(rng.uniform(0, 6.28))
    if rng.random() < 0.6:
        p.row("bollard", furniture.bollard(), "pole", 11.6, np.arange(-10.5, 11, 1.75), turn,
              (0.1, 0.1, 0.11), "bollard")  # fmt: skip
    if rng.random() < 0.6:
        for _ in range(int(rng.integers(2, 5))):
            at = p.spot(8.6, 12.5, 1.2)
            if at is not None:
                plan.add("fence", "planter", things.planter(), (*at, 0.0),
                         color=(0.36, 0.35, 0.33), stem="planter")  # fmt: skip
                plan.add("vegetation", "bush_0", plants.bush(0), (*at, 0.42), 0.0, (0.9, 0.9, 0.6),
                         plan.pick(plants.LEAVES), stem="bush")  # fmt: skip
    for _ in range(int(rng.integers(2, 6))):
        at = p.spot(14.0, 17.5, 1.2)
        if at is not None:
            if rng.random() < 0.5:
                p.tree(*at, ["round", "young", "oval"])
            else:
                plan.add("pole", "lamp_lantern", furniture.lamp_post("lantern"), (*at, 0.0),
                         color=(0.06, 0.07, 0.07), stem="lamp")  # fmt: skip
    _stains(p, color)


def _meadow(p: Place) -> None:
    """Grass with flowers, a track, a fence, trees and hills."""
    rng, plan = p.rng, p.plan
    slot = str(rng.choice(["blooming", "turf", "turf_dry"], p=[0.45, 0.3, 0.25]))
    p.ground(slot, plan.pick(GREENS), plan.pick(FLOWERS))
    if rng.random() < 0.55:
        _track(p, float(rng.uniform(-5, 5)))
    p.strew("tuft", 26, 5.6, 17, (0.7, 1.4), plants.LEAVES)
    p.strew("bush", int(rng.integers(2, 8)), 15, 30, (0.8, 1.8), plants.LEAVES)
    if rng.random() < 0.6:
        p.row(
            "fence_picket",
            furniture.fence("picket"),
            "fence",
            float(rng.uniform(14, 20)),
            np.arange(-30.0, 31.0, 3.0),
            float(rng.uniform(0, 6.28)),
            plan.pick(WOODS),
        )
    p.trees(int(rng.integers(14, 34)), ["round", "wide", "oval", "poplar"], 16, 60, 0.8)
    if rng.random() < 0.35:
        p.houses(2, 34.0, ("plaster", "brick"), 2)


def _track(p: Place, x: float) -> None:
    """Two ruts of bare earth across the place."""
    color = p.plan.pick([(0.26, 0.18, 0.1), (0.34, 0.26, 0.16)])
    parts = [ground.flat(x + d - 0.35, -11, x + d + 0.35, 11, 0.006, "earth") for d in (-0.8, 0.8)]
    p.flat("terrain", "ruts", merge(parts), color, color, "ruts")


def _farmyard(p: Place) -> None:
    """A gravel yard with barns, dry-stone walls and bales."""
    rng, plan = p.rng, p.plan
    p.ground(str(rng.choice(["turf", "turf_dry"])), plan.pick(GREENS))
    color = plan.pick([(0.42, 0.38, 0.31), (0.34, 0.33, 0.32), (0.46, 0.36, 0.25)])
    p.flat(
        "terrain", "yard", things.blot(rng, 15.5, "gravel", 0.0), color, plan.pick(SANDS), "yard"
    )
    turn = float(rng.uniform(0, 6.28))
    for i in range(int(rng.integers(1, 4))):
        angle = turn + i * float(rng.uniform(0.8, 1.3))
        width = float(rng.uniform(7, 11))
        part = things.barn(
            width,
            float(rng.uniform(9, 15)),
            float(rng.uniform(3, 5)),
            str(rng.choice(["planks", "stone", "brick_red", "plaster"])),
        )
        away = float(rng.uniform(23, 27))
        p.building(part, float(np.cos(angle) * away), float(np.sin(angle) * away),
                   angle - np.pi / 2, plan.pick(WOODS + house_colors.PLASTERS[:3]),
                   plan.pick(house_colors.ROOFS))  # fmt: skip
    wall = float(rng.uniform(0, 6.28))
    p.row("stone_wall", things.stone_wall(0), "fence", 8.4, np.arange(-4.5, 10, 3.0), wall,
          plan.pick(STONES))  # fmt: skip
    p.strew("tuft", 16, 6.5, 14, (0.6, 1.2), plants.LEAVES)
    for _ in range(int(rng.integers(0, 6))):
        at = p.spot(14, 22, 1.2)
        if at is not None:
            plan.add("vegetation", "bale", things.bale(), (*at, 0.0), float(rng.uniform(0, 3.1)),
                     1.0, (0.55, 0.4, 0.16), stem="bale")  # fmt: skip
    p.trees(int(rng.integers(8, 22)), ["round", "wide", "oval"], 22, 60, 1.0)


def _desert(p: Place) -> None:
    """Sand or baked earth, boulders, dry bushes and mesas."""
    rng, plan = p.rng, p.plan
    sand = plan.pick(SANDS)
    p.ground(str(rng.choice(["dunes", "earth", "gravel"], p=[0.45, 0.35, 0.2])), sand, sand)
    red, green, blue = sand
    stone: Color = (red * 0.8, green * 0.72, blue * 0.7)
    p.strew("rock", 12, *LOW, (0.3, 0.9), [stone], "terrain")
    p.strew("rock", 14, 15, 40, (1.0, 5.0), [stone], "terrain")
    p.strew("bush", 14, 12, 40, (0.5, 1.1), [(0.24, 0.22, 0.09), (0.33, 0.26, 0.12)])
    p.strew("tuft", 14, 6, 14, (0.6, 1.2), [(0.4, 0.33, 0.14)])
    if rng.random() < 0.6:
        for _ in range(int(rng.integers(2, 9))):
            at = p.spot(14, 34, 1.0)
            if at is not None:
                plan.add("vegetation", "cactus", things.cactus(), (*at, p.relief.at(*at) - 0.1),
                         float(rng.uniform(0, 6.28)), float(rng.uniform(0.7, 1.4)),
                         (0.1, 0.2, 0.08), stem="cactus")  # fmt: skip
    if rng.random() < 0.35:
        _track(p, float(rng.uniform(-4, 4)))


def _airfield(p: Place) -> None:
    """Concrete slabs with painted lines, hangars and short grass."""
    rng, plan = p.rng, p.plan
    p.ground("turf_dry", plan.pick(GREENS))
    surface, colors = ("slab_large", PALES) if rng.random() < 0.7 else ("tarmac_old", GREYS)
    color = plan.pick(colors)
    p.flat("road", "apron", ground.flat(-60, -24, 60, 24, 0.0, surface), color)
    yellow: Color = (0.75, 0.52, 0.03)
    x = float(rng.uniform(-6, 6))
    p.flat("road marking", "taxi", ground.flat(-60, x - 0.1, 60, x + 0.1, 0.008, "marking"), yellow)
    if rng.random() < 0.6:
        bars = [ground.flat(-9.0, y, 9.0, y + 0.9, 0.008, "marking")
                for y in np.arange(6.5, 16, 1.8)]  # fmt: skip
        p.flat("road marking", "threshold", merge(bars), WHITE)
    if rng.random() < 0.5:
        circle = merge(
            [things.disc(3.4, "marking", 0.0074, 40), things.disc(3.1, surface, 0.0092, 40)]
        )
        p.flat("road marking", "circle", moved(circle, (float(rng.uniform(-8, 8)), -10, 0)), yellow)
    side = float(rng.choice([-1, 1]))
    for i in range(int(rng.integers(1, 4))):
        part = things.hangar(float(rng.uniform(16, 22)), float(rng.uniform(16, 22)))
        p.building(part, -28.0 + i * 26.0, side * 40.0, 0.0 if side > 0 else np.pi,
                   plan.pick(STEELS), plan.pick(STEELS))  # fmt: skip
    for _ in range(int(rng.integers(0, 5))):
        at = p.spot(*LOW, 0.3)
        if at is not None:
            plan.add("pole", "cone", things.cone(), (*at, 0.0), color=(0.7, 0.2, 0.03),
                     second=(0.75, 0.17, 0.02), stem="cone")  # fmt: skip
    at = p.spot(18, 24, 1.0)
    if at is not None:
        plan.add("pole", "windsock", things.windsock(), (*at, 0.0), float(rng.uniform(0, 6)),
                 color=(0.7, 0.7, 0.7), second=(0.75, 0.2, 0.03), stem="windsock")  # fmt: skip
    _stains(p, color)
    p.trees(int(rng.integers(6, 16)), ["round", "poplar", "wide"], 58, 90, 1.0)


def _forest(p: Place) -> None:
    """A clearing of earth and leaf litter among many trees."""
    rng, plan = p.rng, p.plan
    slot = str(rng.choice(["litter", "turf", "earth"], p=[0.45, 0.3, 0.25]))
    brown = plan.pick([(0.2, 0.12, 0.06), (0.26, 0.17, 0.08), (0.17, 0.12, 0.08)])
    p.ground(slot, plan.pick(GREENS) if slot == "turf" else brown, (0.12, 0.14, 0.05))
    kinds = [["conifer"], ["conifer", "conifer", "oval"], ["round", "wide", "oval"]]
    chosen = kinds[int(rng.integers(3))]
    p.trees(58, chosen, TALL + 0.8, 38, 1.0)
    p.strew("bush", 12, 13, 22, (0.6, 1.2), plants.LEAVES)
    p.strew("tuft", 22, 5.6, 14, (0.6, 1.3), plants.LEAVES)
    p.strew("rock", 7, *LOW, (0.3, 0.8), STONES, "terrain")
    if rng.random() < 0.6:
        at = p.spot(8.0, 9.5, 2.0)
        if at is not None:
            plan.add("vegetation", "log_pile", things.log_pile(), (*at, 0.0),
                     float(rng.uniform(0, 3)), color=(0.3, 0.2, 0.1), stem="logs")  # fmt: skip
    if rng.random() < 0.5:
        _track(p, float(rng.uniform(-4, 4)))


def _road(p: Place, half: float, x: float) -> None:
    """A road along Y with its lines."""
    color = p.plan.pick(GREYS)
    surface = str(p.rng.choice(["tarmac", "tarmac_old"]))
    p.flat("road", "road", ground.flat(x - half, -200, x + half, 200, 0.0, surface), color)
    lines = [ground.line(x + s * (half - 0.25), -200, 200, 0.12) for s in (-1, 1)]
    middle = ground.dashes(x, -60, 60, 3.0, 4.0, 0.13) if p.rng.random() < 0.7 else ground.line(
        x, -200, 200, 0.14)  # fmt: skip
    p.flat("road marking", "lines", merge([*lines, middle]), WHITE)


def _coast(p: Place) -> None:
    """A road above the sea with a crash barrier or a low wall."""
    rng, plan = p.rng, p.plan
    p.ground(str(rng.choice(["turf_dry", "earth", "turf"])), plan.pick(GREENS + SANDS[2:]),
             plan.pick(SANDS))  # fmt: skip
    _sea(p)
    _road(p, float(rng.uniform(5.0, 6.5)), 0.0)
    low = rng.random() < 0.5
    plaster = house_colors.PLASTERS
    name, part, color = ("parapet", things.parapet(), plan.pick(plaster)) if low else (
        "guard_rail", things.guard_rail(), (0.45, 0.46, 0.47))  # fmt: skip
    p.row(name, part, "fence", 8.0, np.arange(-46.0, 47.0, 4.0), 0.0, color)
    p.strew("rock", 14, 9.5, 30, (0.5, 2.4), STONES, "terrain")
    p.strew("tuft", 18, 8, 18, (0.7, 1.3), plants.LEAVES)
    p.strew("bush", 10, 14, 34, (0.7, 1.6), plants.LEAVES)
    p.trees(int(rng.integers(4, 14)), ["conifer", "wide", "poplar"], 16, 50, 1.0)
    if rng.random() < 0.4:
        p.houses(3, 24.0, ("plaster",), 2)


def _sea(p: Place) -> None:
    water = ground.flat(4.0, -900, 900, 900, SEA, "sea")
    colors: list[Color] = [(0.02, 0.1, 0.16), (0.02, 0.14, 0.17), (0.04, 0.09, 0.13)]
    p.flat("terrain", "sea", water, p.plan.pick(colors), stem="sea")


def _beach(p: Place) -> None:
    """Sand by the sea."""
    rng, plan = p.rng, p.plan
    sand = plan.pick([(0.58, 0.47, 0.31), (0.5, 0.42, 0.3), (0.62, 0.55, 0.42)])
    p.ground("dunes", sand, sand)
    _sea(p)
    p.strew("tuft", 22, 8, 26, (0.8, 1.6), [(0.3, 0.3, 0.12), (0.24, 0.28, 0.1)])
    p.strew("rock", int(rng.integers(2, 12)), 7.0, 20, (0.4, 1.8), STONES, "terrain")
    if rng.random() < 0.5:
        p.row(
            "fence_picket",
            furniture.fence("picket"),
            "fence",
            -15.0,
            np.arange(-28.0, 29.0, 3.0),
            float(rng.uniform(-0.3, 0.3)),
            (0.5, 0.42, 0.32),
        )
    for i in range(int(rng.integers(0, 6))):  # bathing huts in a row
        color, roof = plan.pick(STEELS), plan.pick([WHITE, (0.2, 0.25, 0.3)])
        p.building(things.barn(3.0, 3.2, 2.3, "planks"), -22.0, -14.0 + i * 5.0, np.pi / 2, color,
                   roof)  # fmt: skip
    p.trees(int(rng.integers(3, 12)), ["conifer", "wide"], 26, 60, 1.0)


def _snowfield(p: Place) -> None:
    """Snow, conifers, a cabin and white hills."""
    rng, plan = p.rng, p.plan
    p.ground("snow", (0.8, 0.82, 0.86))
    if rng.random() < 0.5:
        parts = [ground.flat(d - 0.3, -11, d + 0.3, 11, 0.006, "snow") for d in (-0.8, 0.8)]
        p.flat("terrain", "ruts", merge(parts), (0.5, 0.5, 0.53), stem="ruts")
    p.trees(int(rng.integers(14, 40)), ["conifer"], TALL + 1, 50, float(rng.uniform(0.4, 1.0)))
    p.strew("rock", 6, *LOW, (0.4, 0.9), [(0.72, 0.74, 0.78), (0.3, 0.3, 0.31)], "terrain")
    for _ in range(int(rng.integers(0, 3))):
        at = p.spot(22, 30, 6.0)
        if at is not None:
            turn = float(np.arctan2(at[1], at[0]) - np.pi / 2)
            p.building(things.barn(6.5, 8.0, 2.9, "planks"), *at, turn, plan.pick(WOODS), WHITE)
    if rng.random() < 0.5:
        p.row(
            "fence_picket",
            furniture.fence("picket"),
            "fence",
            float(rng.uniform(14, 18)),
            np.arange(-24.0, 25.0, 3.0),
            float(rng.uniform(0, 6.28)),
            plan.pick(WOODS),
        )


def _fields(p: Place) -> None:
    """A country road between fields."""
    rng, plan = p.rng, p.plan
    p.ground("turf", plan.pick(GREENS))
    _road(p, float(rng.uniform(3.2, 5.6)), float(rng.uniform(-1.5, 1.5)))
    crops: list[Color] = [(0.5, 0.38, 0.12), (0.24, 0.16, 0.09), (0.16, 0.28, 0.05),
                          (0.62, 0.5, 0.04)]  # fmt: skip
    for i, side in enumerate((-1, 1)):
        a, b = sorted((side * 9.5, side * 48.0))
        crop = plan.pick(crops)
        part = ground.flat(a, -44, b, 44, 0.004, str(rng.choice(["turf", "earth"])))
        p.flat("terrain", f"field_{i}", part, crop, crop, "field")
    p.strew("tuft", 22, 6.6, 12, (0.7, 1.4), plants.LEAVES)
    for _ in range(int(rng.integers(0, 8))):
        at = p.spot(15, 40, 1.2)
        if at is not None:
            plan.add("vegetation", "bale", things.bale(), (*at, 0.0), float(rng.uniform(0, 3.1)),
                     1.0, (0.55, 0.4, 0.16), stem="bale")  # fmt: skip
    p.row("post_0.9", furniture.post(0.9, 0.05), "pole", 7.6, np.arange(-30.0, 31.0, 10.0), 0.0,
          (0.7, 0.7, 0.68), "post")  # fmt: skip
    p.trees(int(rng.integers(10, 26)), ["round", "poplar", "oval", "wide"], 18, 60, 1.0)
    if rng.random() < 0.4:
        p.houses(2, 30.0, ("plaster", "brick"), 2)


def _harbour(p: Place) -> None:
    """A yard of concrete or asphalt with stacked containers, sheds and a fence."""
    rng, plan = p.rng, p.plan
    p.ground("earth", (0.26, 0.24, 0.2), (0.3, 0.28, 0.24))
    surface, colors = (("slab_large", PALES), ("tarmac_old", GREYS))[int(rng.integers(2))]
    color = plan.pick(colors)
    p.flat("road", "yard", ground.flat(-42, -42, 42, 42, 0.0, surface), color)
    turn = float(rng.uniform(0, 6.28))
    for i in range(int(rng.integers(4, 10))):
        long = float(rng.choice([6.1, 12.2]))
        angle = turn + i * float(rng.uniform(0.45, 0.7))
        x, y = float(np.cos(angle) * 19), float(np.sin(angle) * 19)
        if not plan.free(x, y, 3.4):
            continue
        plan.take(x, y, 3.4)
        way = angle + float(rng.choice([0.0, np.pi / 2 * (long < 7)])) + float(rng.normal(0, 0.05))
        for level in range(int(rng.integers(1, 4))):
            plan.add(
                "building",
                f"container_{long:.0f}",
                things.container(long),
                (x, y, level * 2.62),
                way,
                color=plan.pick(STEELS),
                stem="container",
            )
    if rng.random() < 0.6:
        angle = float(rng.uniform(0, 6.28))
        part = things.hangar(20.0, 18.0)
        p.building(part, float(np.cos(angle) * 36), float(np.sin(angle) * 36), angle - np.pi / 2,
                   plan.pick(STEELS), plan.pick(STEELS))  # fmt: skip
    line = float(rng.uniform(-7, 7))
    p.flat("road marking", "line", ground.line(line, -40, 40, 0.15), (0.75, 0.52, 0.03))
    for _ in range(int(rng.integers(0, 6))):
        at = p.spot(*LOW, 0.3)
        if at is not None:
            plan.add("pole", "cone", things.cone(), (*at, 0.0), color=(0.7, 0.2, 0.03),
                     second=(0.75, 0.17, 0.02), stem="cone")  # fmt: skip
    _lamps(p, 15.5, 20.0, turn)
    _stains(p, color)


@dataclass(frozen=True)
class _Kind:
    """A kind of place: how often, how it is furnished, and bounds of its relief."""

    share: float
    furnish: Callable[[Place], None]
    base: float = -0.03  # under a paved surface the terrain lies a little lower
    swell: float = 0.0
    hills: tuple[float, float] = (4.0, 14.0)
    sharp: float = 1.0
    shore: float = float("inf")


KINDS: dict[str, _Kind] = {
    "car_park": _Kind(0.13, _car_park),
    "square": _Kind(0.1, _square),
    "meadow": _Kind(0.11, _meadow, 0.0, 0.5, (6.0, 26.0)),
    "farmyard": _Kind(0.1, _farmyard, -0.02, 0.0, (6.0, 22.0)),
    "desert": _Kind(0.1, _desert, 0.0, 0.7, (8.0, 34.0), 1.8),
    "airfield": _Kind(0.09, _airfield, -0.03, 0.0, (1.0, 6.0)),
    "forest": _Kind(0.09, _forest, 0.0, 0.4, (8.0, 28.0)),
    "coast": _Kind(0.08, _coast, -0.03, 0.0, (12.0, 40.0), 1.3, 17.0),
    "beach": _Kind(0.05, _beach, 0.0, 0.3, (6.0, 24.0), 1.2, 19.0),
    "snowfield": _Kind(0.05, _snowfield, 0.0, 0.5, (10.0, 40.0), 1.5),
    "fields": _Kind(0.06, _fields, -0.03, 0.0, (6.0, 24.0)),
    "harbour": _Kind(0.09, _harbour, -0.03, 0.0, (2.0, 10.0)),
}


def draw_place(plan: Plan, kind: str = "") -> str:
    """Furnish a plan as a place of a random or the given kind; returns the kind."""
    rng = plan.rng
    shares = np.array([k.share for k in KINDS.values()])
    drawn = str(rng.choice(list(KINDS), p=shares / shares.sum()))
    kind = kind or drawn
    what = KINDS[kind]
    relief = _relief(rng, base=what.base, swell=what.swell, hills=float(rng.uniform(*what.hills)),
                     sharp=what.sharp, shore=what.shore)  # fmt: skip
    autumn = bool(rng.random() < 0.22)
    what.furnish(Place(plan, relief, autumn))
    plan.facts["albedo"] = ALBEDO.get(kind, 0.14)
    return kind

# SPDX-License-Identifier: GPL-3.0-or-later
"""What grows along a street: trees, hedges, bushes, flower beds and a park, by season."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scenes import furniture, ground, plants, trees
from scenes.plan import Color, Plan
from scenes.weather import Weather

if TYPE_CHECKING:
    from scenes.layout import Street

FRESH: list[Color] = [(0.2, 0.36, 0.05), (0.26, 0.38, 0.07), (0.16, 0.33, 0.06)]
SUMMER = plants.LEAVES
TURNED: list[Color] = [
    (0.62, 0.26, 0.03), (0.68, 0.44, 0.04), (0.48, 0.1, 0.03), (0.36, 0.33, 0.05),
    (0.6, 0.5, 0.07), (0.4, 0.2, 0.05),
]  # fmt: skip
DARK: list[Color] = [(0.05, 0.13, 0.05), (0.07, 0.16, 0.06), (0.09, 0.17, 0.05)]
BLOSSOM: list[Color] = [(0.85, 0.52, 0.6), (0.9, 0.78, 0.8), (0.82, 0.36, 0.48), (0.9, 0.88, 0.82)]
TIRED: list[Color] = [(0.17, 0.16, 0.07), (0.13, 0.17, 0.07), (0.22, 0.15, 0.08)]  # winter hedges
FLOWERS: list[Color] = [
    (0.8, 0.06, 0.08), (0.85, 0.6, 0.04), (0.62, 0.12, 0.55), (0.85, 0.82, 0.78),
    (0.85, 0.3, 0.05), (0.25, 0.16, 0.65),
]  # fmt: skip
_GRASS: dict[str, Color] = {
    "spring": (0.13, 0.27, 0.045),
    "summer": (0.11, 0.22, 0.045),
    "autumn": (0.17, 0.19, 0.05),
    "winter": (0.17, 0.165, 0.075),
}
_WIDE = ["plane", "chestnut", "maple", "linden", "willow", "birch"]
_MIDDLE = ["linden", "maple", "birch", "cherry", "poplar", "young"]
_NARROW = ["young", "poplar", "birch", "cherry"]
_SOUTH = ["palm", "palm", "cypress", "pine"]
_PARK = ["plane", "chestnut", "maple", "linden", "birch", "willow", "spruce"]
_FAR = ["linden", "maple", "poplar", "spruce"]


def grass(weather: Weather) -> Color:
    """Colour of lawns and hills."""
    return (0.2, 0.2, 0.06) if weather.south else _GRASS[weather.season]


def hedge_colors(weather: Weather) -> list[Color]:
    """Colours of clipped hedges and bushes."""
    return {"spring": FRESH, "summer": SUMMER, "autumn": SUMMER[:3] + TURNED[3:],
            "winter": TIRED}[weather.season]  # fmt: skip


def greenery(plan: Plan, s: Street, built: float) -> None:
    """Trees along the kerbs, in gardens and in the park, with its grass, bushes and fence."""
    rng = plan.rng
    kinds = _avenue(rng, s)
    step = float(rng.uniform(10, 17))
    for side in (-1, 1):
        if rng.random() < 0.2:
            continue
        for y0, y1 in s.blocks(44.0, 5.0):
            for y in np.arange(y0 + float(rng.uniform(0, 6)), y1, step):
                x = side * (s.half + 0.85)
                if s.kind == "suburb":
                    x = side * (s.half + s.walk + 1.8)
                if plan.free(x, float(y), 0.5) and rng.random() < 0.85:
                    plant_tree(plan, s, x, float(y), ground.KERB, kinds)
    if s.kind == "park":
        _park(plan, s, built)
    if s.weather.season != "winter" and (s.kind in ("park", "suburb") or rng.random() < 0.3):
        _beds(plan, s)


def _avenue(rng: np.random.Generator, s: Street) -> list[str]:
    """Two kinds of tree that fit the room beside the street."""
    room = s.walk + s.garden
    kinds = _WIDE if room > 5.5 else _MIDDLE if room > 3.6 else _NARROW
    if s.weather.south:
        kinds = _SOUTH
    elif s.weather.season == "spring" and rng.random() < 0.4:
        kinds = ["cherry", "cherry", *kinds]
    return [str(k) for k in rng.choice(kinds, 2)]


def far_trees(plan: Plan, s: Street, way: int, built: float) -> None:
    """Three trees beyond the houses on one end of the street (`way` -1 or 1)."""
    for _ in range(3):
        x = float(plan.rng.choice([-1, 1]) * plan.rng.uniform(s.half + 4, s.half + 20))
        y = way * float(plan.rng.uniform(built + 6, 96))
        plant_tree(plan, s, x, y, 0.0, _SOUTH if s.weather.south else _FAR)


def plant_tree(plan: Plan, s: Street, x: float, y: float, z: float, kinds: list[str]) -> None:
    """A tree, in some of the blockouts as ellipsoid and trunk, in the others as one box."""
    rng = plan.rng
    kind = str(rng.choice(kinds))
    variant = int(rng.integers(2))
    size = float(rng.uniform(0.85, 1.2))
    dress, colors = _dress(kind, s.weather, rng)
    plan.take(x, y, 0.5)
    form = "crown" if rng.random() < 0.55 else "box"
    plan.add("vegetation", f"tree_{kind}_{dress}_{variant}", trees.tree(kind, dress, variant),
             (x, y, z), float(rng.uniform(0, 2 * np.pi)),
             (size, size, size * float(rng.uniform(0.9, 1.1))), plan.pick(colors), form=form,
             stem="tree")  # fmt: skip


def _dress(kind: str, weather: Weather, rng: np.random.Generator) -> tuple[str, list[Color]]:
    """What a tree wears in this season, and the colours to choose from."""
    draw = rng.random()
    if kind in trees.EVERGREEN:
        return "leaf", DARK if kind != "palm" else SUMMER
    if weather.season == "winter":
        return "bare", SUMMER
    if weather.season == "autumn":
        late = weather.litter > 0.7
        if late and draw < 0.15:
            return "bare", TURNED
        turned = TURNED if draw < 0.85 else SUMMER
        return ("thin" if draw < (0.5 if late else 0.2) else "leaf"), turned
    if weather.season == "spring":
        if kind == "cherry" or (kind in ("chestnut", "young") and draw < 0.3):
            return "blossom", BLOSSOM
        return ("thin" if draw < 0.25 else "leaf"), FRESH
    return "leaf", SUMMER


def _park(plan: Plan, s: Street, built: float) -> None:
    """The park on the left side: lawn, trees, bushes and a fence."""
    rng = plan.rng
    edge = s.half + s.walk
    fence = str(rng.choice(["rail", "hedge", "none"]))
    for y0, y1 in s.blocks(built, 2.4):
        lawn = ground.flat(-edge - 45, y0, -edge, y1, ground.KERB, "grass")
        plan.add("terrain", f"lawn_{y0:.0f}", lawn, color=grass(s.weather), form="flat")
        for y in np.arange(max(y0, -36) + 2, min(y1, 40), 3.0 if fence == "rail" else 4.0):
            if fence == "rail":
                plan.add("fence", "fence_rail", furniture.fence("rail"),
                         (-edge - 0.3, y, ground.KERB), color=(0.1, 0.12, 0.12))  # fmt: skip
            elif fence == "hedge" and rng.random() < 0.85:
                hedge(plan, s, -edge - 0.6, float(y), ground.KERB)
    kinds = _SOUTH if s.weather.south else _PARK
    for k in range(20):
        x, y = -edge - float(rng.uniform(2.5, 24)), float(rng.uniform(-42, 50))
        crossing = s.cross is not None and abs(y - s.cross) < s.cross_half + 4
        if plan.free(x, y, 3.0 if k < 12 else 1.0) and not crossing:
            if k < 12:
                plant_tree(plan, s, x, y, ground.KERB, kinds)
            else:
                bush(plan, s, x, y, ground.KERB)


def hedge(plan: Plan, s: Street, x: float, y: float, z: float) -> None:
    """A length of clipped hedge along Y."""
    plan.add("vegetation", "hedge_0", plants.hedge(0), (x, y, z),
             color=plan.pick(hedge_colors(s.weather)), stem="hedge")  # fmt: skip


def bush(plan: Plan, s: Street, x: float, y: float, z: float) -> None:
    """A bush: in some springs and summers in bloom, in winter often bare."""
    rng = plan.rng
    draw, variant = rng.random(), int(rng.integers(2))
    colors, kind = hedge_colors(s.weather), "leaf"
    if s.weather.season == "winter" and draw < 0.6:
        kind = "bare"
    elif s.weather.season in ("spring", "summer") and draw < 0.4:
        kind = "bloom"
    second = plan.pick([(0.85, 0.7, 0.06)] if s.weather.season == "spring" else FLOWERS)
    plan.add("vegetation", f"shrub_{kind}_{variant}", plants.shrub(kind, variant), (x, y, z),
             float(rng.uniform(0, 6)), float(rng.uniform(0.8, 1.3)), plan.pick(colors), second,
             stem="bush")  # fmt: skip


def _beds(plan: Plan, s: Street) -> None:
    """Flower beds beside the pavement, or in tubs on it."""
    rng = plan.rng
    tub = s.kind not in ("park", "suburb")
    second = [plan.pick(FLOWERS), plan.pick(FLOWERS)]
    for side in (-1, 1):
        for y in np.arange(-32 + float(rng.uniform(0, 8)), 36, float(rng.uniform(7, 13))):
            x = side * (s.half + s.walk + (0.9 if s.garden else -0.5))
            if s.kind == "park" and side == -1:
                x = -s.half - s.walk - 1.3
            crossing = s.cross is not None and abs(y - s.cross) < s.cross_half + 3
            if crossing or not plan.free(x, float(y), 1.0):
                continue
            plan.take(x, float(y), 0.9)
            name = "tub" if tub or not (s.garden or side == -1) else "bed"
            plan.add("vegetation", f"flower_{name}", plants.flowers(name), (x, y, ground.KERB),
                     np.pi * int(rng.integers(2)), 1.0, plan.pick(SUMMER), second[int(y) % 2],
                     stem="flowers")  # fmt: skip

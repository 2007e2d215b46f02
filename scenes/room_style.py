# SPDX-License-Identifier: GPL-3.0-or-later
"""Colours that go together: the palette of a room's walls, floor, wood and cloth (linear RGB)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scenes.plan import Color

WHITES: list[Color] = [(0.72, 0.71, 0.68), (0.7, 0.67, 0.6), (0.66, 0.67, 0.68)]
OAK: list[Color] = [(0.5, 0.33, 0.18), (0.58, 0.42, 0.26), (0.44, 0.27, 0.14)]
WALNUT: list[Color] = [(0.2, 0.1, 0.05), (0.26, 0.14, 0.07), (0.14, 0.075, 0.045)]
PAINTED: list[Color] = [(0.7, 0.69, 0.66), (0.12, 0.2, 0.22), (0.3, 0.38, 0.32), (0.55, 0.52, 0.46)]
LEAVES: list[Color] = [(0.07, 0.19, 0.05), (0.1, 0.25, 0.06), (0.05, 0.15, 0.06)]

# Per style: walls, accent walls, main cloth, second cloth, wood.
_STYLES: dict[str, tuple[list[Color], list[Color], list[Color], list[Color], list[Color]]] = {
    "nordic": (
        WHITES, [(0.36, 0.46, 0.46), (0.5, 0.47, 0.42), (0.3, 0.36, 0.3)],
        [(0.42, 0.43, 0.43), (0.62, 0.58, 0.5), (0.3, 0.38, 0.42), (0.5, 0.42, 0.36)],
        [(0.68, 0.5, 0.12), (0.72, 0.7, 0.66), (0.25, 0.36, 0.36), (0.62, 0.3, 0.24)], OAK),
    "modern": (
        [(0.66, 0.66, 0.65), (0.56, 0.55, 0.53), (0.7, 0.69, 0.67)],
        [(0.07, 0.09, 0.12), (0.2, 0.21, 0.22), (0.08, 0.17, 0.19)],
        [(0.1, 0.11, 0.12), (0.3, 0.3, 0.3), (0.66, 0.64, 0.6), (0.04, 0.12, 0.22)],
        [(0.62, 0.36, 0.03), (0.66, 0.66, 0.64), (0.5, 0.06, 0.05), (0.05, 0.26, 0.28)],
        WALNUT + OAK[:1]),
    "classic": (
        [(0.66, 0.56, 0.38), (0.5, 0.55, 0.46), (0.62, 0.5, 0.42), (0.48, 0.54, 0.6)],
        [(0.34, 0.07, 0.06), (0.07, 0.17, 0.12), (0.08, 0.13, 0.26)],
        [(0.38, 0.06, 0.06), (0.07, 0.18, 0.12), (0.56, 0.46, 0.3), (0.1, 0.14, 0.3)],
        [(0.62, 0.5, 0.26), (0.7, 0.64, 0.52), (0.34, 0.08, 0.08)], WALNUT),
    "warm": (
        [(0.7, 0.6, 0.46), (0.72, 0.64, 0.54), (0.66, 0.54, 0.44)],
        [(0.52, 0.2, 0.1), (0.56, 0.36, 0.1), (0.3, 0.34, 0.16)],
        [(0.52, 0.2, 0.1), (0.6, 0.44, 0.26), (0.3, 0.15, 0.08), (0.36, 0.38, 0.2)],
        [(0.66, 0.42, 0.1), (0.7, 0.62, 0.5), (0.44, 0.12, 0.07)], OAK + WALNUT[:2]),
    "fresh": (
        [(0.52, 0.64, 0.68), (0.58, 0.68, 0.54), (0.72, 0.66, 0.5), (0.7, 0.56, 0.54)],
        [(0.08, 0.34, 0.4), (0.66, 0.46, 0.05), (0.56, 0.18, 0.22), (0.16, 0.4, 0.24)],
        [(0.06, 0.3, 0.4), (0.64, 0.42, 0.04), (0.58, 0.16, 0.14), (0.62, 0.62, 0.6),
         (0.14, 0.36, 0.22)],
        [(0.72, 0.7, 0.66), (0.66, 0.3, 0.24), (0.1, 0.36, 0.44), (0.68, 0.54, 0.08)], OAK),
}  # fmt: skip

FLOORS: dict[str, list[Color]] = {
    "floor_boards": [*OAK, (0.3, 0.17, 0.09), (0.4, 0.36, 0.3), (0.62, 0.52, 0.4)],
    "floor_parquet": [(0.46, 0.28, 0.13), (0.32, 0.17, 0.08), (0.55, 0.38, 0.2)],
    "floor_carpet": [(0.42, 0.4, 0.37), (0.5, 0.44, 0.34), (0.25, 0.29, 0.34), (0.36, 0.24, 0.2)],
    "floor_tile": [(0.6, 0.58, 0.53), (0.42, 0.26, 0.17), (0.38, 0.39, 0.4)],
    "floor_check": [(0.66, 0.64, 0.6)],
}


@dataclass(frozen=True)
class RoomStyle:
    """The choices of one room: colours, floor, and what covers its walls."""

    name: str
    wall: Color
    accent: Color
    cloth: Color
    second_cloth: Color
    curtain: Color
    wood: Color
    other_wood: Color
    front: Color
    floor: Color
    floor_slot: str
    wall_slot: str
    accent_slot: str
    panel: float  # height of a wall panel in metres, or 0


def _pick(rng: np.random.Generator, options: list[Color], spread: float = 0.1) -> Color:
    """One of the colours, a little lighter or darker."""
    base = np.array(options[int(rng.integers(len(options)))])
    shade = base * (1 + rng.uniform(-spread, spread)) * (1 + rng.uniform(-0.05, 0.05, 3))
    r, g, b = np.clip(shade, 0.01, 0.8)
    return float(r), float(g), float(b)


def style_for(rng: np.random.Generator, kind: str) -> RoomStyle:
    """A style for a room of this kind."""
    name = str(rng.choice(list(_STYLES)))
    walls, accents, cloths, seconds, woods = _STYLES[name]
    slots = ["floor_boards", "floor_parquet", "floor_carpet", "floor_tile", "floor_check"]
    share = {"bedroom": [0.4, 0.25, 0.32, 0.03, 0.0], "dining": [0.35, 0.3, 0.03, 0.22, 0.1]}.get(
        kind, [0.45, 0.3, 0.15, 0.1, 0.0]
    )
    floor_slot = str(rng.choice(slots, p=share))
    wood = _pick(rng, woods)
    front = wood if rng.random() < 0.4 else _pick(rng, PAINTED)
    accent_slot = str(rng.choice(["wall_paint", "wall_stripe", "wall_brick", "wall_plaster"],
                                 p=[0.55, 0.2, 0.1, 0.15]))  # fmt: skip
    accent = _pick(rng, accents)
    if accent_slot == "wall_brick":
        accent = _pick(rng, [(0.4, 0.16, 0.1), (0.6, 0.58, 0.54), (0.34, 0.2, 0.15)])
    wall_slot = "wall_paint"
    if name in ("classic", "fresh") and rng.random() < 0.35:
        wall_slot = "wall_stripe"
    elif rng.random() < 0.2:
        wall_slot = "wall_plaster"
    return RoomStyle(
        name=name,
        wall=_pick(rng, walls, 0.06),
        accent=accent,
        cloth=_pick(rng, cloths),
        second_cloth=_pick(rng, seconds),
        curtain=_pick(rng, [*WHITES, *WHITES, *cloths, *seconds]),
        wood=wood,
        other_wood=_pick(rng, [*woods, (0.03, 0.03, 0.03)]),
        front=front,
        floor=_pick(rng, FLOORS[floor_slot]),
        floor_slot=floor_slot,
        wall_slot=wall_slot,
        accent_slot=accent_slot,
        panel=float(rng.choice([0.0, 0.95])) if name == "classic" else 0.0,
    )

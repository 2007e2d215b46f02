# SPDX-License-Identifier: GPL-3.0-or-later
"""Quarters: which families of houses stand in a street, in which colours, and on which paving."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scenes import house_colors as colors
from scenes.plan import Color, Plan


@dataclass(frozen=True)
class Kin:
    """Houses of one family in a quarter: what may vary among them (metres, counts)."""

    family: str  # key of `house_families.FAMILIES`
    share: float
    width: tuple[float, float]
    floors: tuple[int, int]
    walls: tuple[tuple[str, list[Color]], ...]
    roofs: tuple[str, ...]
    floor_height: tuple[float, float] = (2.9, 3.3)
    depth: tuple[float, float] = (9.0, 12.0)
    bay: tuple[float, float] = (2.2, 3.0)
    seconds: tuple[Color, ...] = tuple(colors.ACCENTS)
    grounds: tuple[str, ...] = ("home", "shop")  # "shop" and "arcade" where the street has shops
    alike: bool = False  # whole rows of one design


@dataclass(frozen=True)
class Quarter:
    """The character of a street."""

    name: str
    kins: tuple[Kin, ...]
    landmarks: tuple[str, ...] = ()
    gap: tuple[float, float] = (0.0, 0.0)  # between houses (metres)
    gap_share: float = 0.0
    road: str = "asphalt"
    paving: str = "paving"
    kerb: str = "kerb"
    paving_colors: tuple[Color, ...] = tuple(colors.GREYS)
    cafes: float = 0.2  # how likely tables stand outside
    turrets: bool = False  # on corners

    def road_color(self, plan: Plan) -> Color:
        """Colour of the carriageway."""
        if self.road == "cobble":
            return plan.pick(colors.COBBLES)
        grey = float(plan.rng.uniform(0.075, 0.16))
        return grey * 1.02, grey, grey * float(plan.rng.uniform(0.93, 1.06))


_BRICK = (("brick", colors.BRICKS),)
_PLASTER = (("plaster", colors.PLASTERS),)
_PAINTED = (("plaster", colors.PASTELS),)
_LIME = (("plaster", colors.LIMES),)
_PALE = (("stone", colors.PALE_STONES), ("plaster", colors.LIMES))

_PLAIN = Kin("plain", 1.0, (8, 16), (2, 5), (*_PLASTER, *_BRICK, ("stone", colors.STONES)),
             ("flat", "gable", "mansard", "hip", "dormers"),
             seconds=tuple(colors.SIGN_COLORS))  # fmt: skip
_GABLED = Kin("gabled", 0.6, (5.5, 8), (3, 5), _PAINTED + _BRICK, ("gable_front",), (2.8, 3.2),
              (9, 12), (1.7, 2.3))  # fmt: skip
_TIMBER = Kin("half_timbered", 0.4, (6, 10), (2, 4), _LIME, ("gable_front", "dormers"), (2.5, 2.8),
              (8, 10), (1.8, 2.4))  # fmt: skip
_TERRACE = Kin("terrace", 0.8, (5.2, 6.8), (2, 3), (*_BRICK, ("stone", colors.PALE_STONES)),
               ("gable", "dormers"), (2.9, 3.2), (8, 10), grounds=("home",),
               alike=True)  # fmt: skip
_PALACE = Kin("palace", 0.75, (11, 18), (4, 6), _PALE, ("mansard", "mansard", "flat"), (3.2, 3.6),
              (11, 13), (2.4, 3.0), grounds=("home", "shop", "shop"))  # fmt: skip
_LOFT = Kin("warehouse", 0.7, (14, 24), (3, 5), _BRICK, ("flat", "flat", "gable"), (3.2, 3.7),
            (12, 15), seconds=tuple(colors.ACCENTS))  # fmt: skip
_SLAB = Kin("slab", 0.7, (16, 27), (4, 7), (("panel", colors.PANELS), ("plaster", colors.LIMES)),
            ("flat",), (2.7, 2.9), (10, 12), alike=True)  # fmt: skip
_CURTAIN = Kin("curtain_office", 0.5, (14, 26), (3, 6), (("panel", colors.CLADDINGS),), ("flat",),
               (3.2, 3.4), (13, 16))  # fmt: skip
_RIBBON = Kin("ribbon_office", 0.35, (13, 24), (2, 5),
              (("panel", colors.CLADDINGS), ("brick", colors.BRICKS)), ("flat",), (3.2, 3.5),
              (12, 15))  # fmt: skip
_SOUTH = Kin("southern", 0.85, (6, 12), (2, 4), _PAINTED, ("low",), (2.9, 3.3), (9, 11), (2.5, 3.3),
             grounds=("home", "shop", "arcade"))  # fmt: skip
_GARAGES = Kin("garages", 0.12, (6, 13), (1, 1), (*_BRICK, ("panel", colors.PANELS)), ("flat",),
               grounds=("home",), depth=(6, 8))  # fmt: skip
_VILLA = Kin("plain", 1.0, (8, 11), (1, 2), (*_PLASTER, *_PLASTER, *_BRICK),
             ("gable", "gable_front", "hip", "dormers"), (2.7, 3.0), grounds=("home",),
             seconds=tuple(colors.SIGN_COLORS))  # fmt: skip


def _of(kin: Kin, **values: object) -> Kin:
    return Kin(**{**kin.__dict__, **values})


QUARTERS: dict[str, Quarter] = {
    q.name: q
    for q in (
        Quarter("mixed", (_PLAIN,), ("church", "petrol"), (2.0, 5.0), 0.08),
        Quarter("old_town", (_GABLED, _TIMBER), ("church", "town_hall"), road="cobble",
                paving="cobble_flat", kerb="kerb_granite", cafes=0.5),
        Quarter("grand", (_PALACE, _of(_GABLED, share=0.25, floors=(4, 5), width=(7, 9))),
                ("town_hall", "market_hall"), paving="slabs", kerb="kerb_granite", turrets=True,
                cafes=0.35),
        Quarter("terraces", (_TERRACE, _of(_PLAIN, share=0.2, floors=(2, 3), walls=_BRICK)),
                ("church",), paving="slabs"),
        Quarter("lofts", (_LOFT, _of(_RIBBON, share=0.2, walls=_BRICK), _GARAGES), ("market_hall",),
                paving="brick_paving", road="asphalt_patched", kerb="kerb_granite",
                paving_colors=tuple(colors.CLINKERS)),
        Quarter("estate", (_SLAB, _of(_PLAIN, share=0.2, floors=(2, 4), roofs=("flat",)), _GARAGES),
                ("petrol",), (3.0, 7.0), 0.4, road="asphalt_patched"),
        Quarter("offices", (_CURTAIN, _RIBBON, _of(_PLAIN, share=0.15, floors=(3, 5))), ("petrol",),
                paving="slabs", kerb="kerb_granite"),
        Quarter("south", (_SOUTH, _of(_PALACE, share=0.15, floors=(3, 4), roofs=("low",),
                                      walls=_PAINTED)), ("church", "market_hall"), paving="slabs",
                kerb="kerb_granite", cafes=0.5,
                paving_colors=((0.42, 0.37, 0.3), (0.36, 0.33, 0.29))),
        Quarter("villas", (_VILLA,), ("church",), (2.5, 6.0), 1.0),
        Quarter("cottages", (_of(_TIMBER, floors=(2, 2), grounds=("home",)),
                             _of(_VILLA, share=0.3)), ("church",), (2.5, 6.0), 1.0,
                paving="brick_paving", paving_colors=tuple(colors.CLINKERS)),
    )
}  # fmt: skip

_CHANCES: dict[str, dict[str, float]] = {
    "town": {"mixed": 0.16, "old_town": 0.16, "grand": 0.18, "lofts": 0.14, "estate": 0.14,
             "offices": 0.14, "south": 0.08},
    "shops": {"mixed": 0.2, "old_town": 0.2, "grand": 0.2, "offices": 0.12, "south": 0.16,
              "terraces": 0.12},
    "park": {"mixed": 0.15, "grand": 0.25, "terraces": 0.2, "estate": 0.2, "offices": 0.1,
             "old_town": 0.1},
    "suburb": {"villas": 0.42, "terraces": 0.26, "cottages": 0.18, "estate": 0.14},
}  # fmt: skip


def choose(rng: np.random.Generator, kind: str, half: float) -> Quarter:
    """A quarter for a kind of street; `half` is the distance from its middle to the fronts (m)."""
    chances = dict(_CHANCES[kind])
    if half > 10.5:
        chances.pop("old_town", None)  # old streets are narrow
    weight = np.array(list(chances.values()))
    return QUARTERS[str(rng.choice(list(chances), p=weight / weight.sum()))]

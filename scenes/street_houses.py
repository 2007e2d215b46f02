# SPDX-License-Identifier: GPL-3.0-or-later
"""Rows of houses along a street, in the manner of its quarter, and now and then a landmark."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from scenes import buildings, furniture, ground, landmarks, street_greenery
from scenes.buildings import HouseStyle
from scenes.house_colors import BRICKS, CLADDINGS, LIMES, PALE_STONES, SIGN_COLORS
from scenes.house_families import FAMILIES
from scenes.mesh_tools import Geometry
from scenes.plan import Color, Item, Plan
from scenes.quarters import Kin, Quarter

if TYPE_CHECKING:
    from scenes.layout import Street

_LEAST = 5.0  # no house is narrower (metres)
_LANDMARK_WIDTH = {"church": 19.0, "town_hall": 24.0, "market_hall": 26.0, "petrol": 27.0}
_SHOPS = {"shops": 0.85, "town": 0.4, "park": 0.25, "suburb": 0.0}  # by kind of street


@dataclass(frozen=True)
class Site:
    """Ground for one building: its side of the street, y from `y0` to `y1`, front at x."""

    side: int
    y0: float
    y1: float
    x: float

    @property
    def turn(self) -> float:
        """Turn of a building whose front looks at the street."""
        return -np.pi / 2 if self.side > 0 else np.pi / 2

    def point(self, along: float, back: float = 0.0) -> tuple[float, float]:
        """World x and y of a point `along` metres from the left end of the front, behind it."""
        if self.side > 0:
            return self.x + back, self.y1 - along
        return -self.x - back, self.y0 + along

    @property
    def width(self) -> float:
        """Length of the front."""
        return self.y1 - self.y0


@dataclass
class Run:
    """Houses in a row that go together: of one family and, where that is so, of one design."""

    kin: Kin
    seed: int
    left: int
    width: float
    floors: int
    color: Color
    wall: str
    roof: str
    setback: float


def rows(plan: Plan, s: Street, quarter: Quarter, built: float) -> None:
    """Houses on both sides as far as y = ±built; a park takes one side of a park street."""
    rng = plan.rng
    landmark = _choose_landmark(plan, quarter)
    for side in (-1, 1):
        if s.kind == "park" and side == -1:
            continue
        for y0, y1 in s.blocks(built, 2.4):
            y, run, after_gap = y0, None, True
            while y1 - y > _LEAST:
                wide = _LANDMARK_WIDTH.get(landmark, 0.0)
                if wide and y > -34.0 and y1 - y > wide + 8.0 and rng.random() < 0.5:
                    _landmark(plan, landmark, Site(side, y, y + wide, s.front), s, quarter)
                    y, landmark, after_gap = y + wide, "", True
                    continue
                run = run if run and run.left > 0 else _new_run(plan, quarter)
                width = _fit(run, plan, y1 - y, quarter)
                gap = _gap(plan, quarter)
                last = y + width + gap > y1 - _LEAST
                open_ = (after_gap, bool(gap) or last)
                site = Site(side, y, y + width, s.front + run.setback)
                _house(plan, s, quarter, site, run, open_)
                if gap and not last and not s.garden:
                    _gate(plan, quarter, Site(side, y + width, y + width + gap, s.front))
                run.left -= 1
                y, after_gap = y + width + gap, bool(gap)


def _choose_landmark(plan: Plan, quarter: Quarter) -> str:
    if not quarter.landmarks or plan.rng.random() > 0.3:
        return ""
    return str(plan.rng.choice(quarter.landmarks))


def _new_run(plan: Plan, quarter: Quarter) -> Run:
    rng = plan.rng
    shares = np.array([k.share for k in quarter.kins])
    kin = quarter.kins[int(rng.choice(len(shares), p=shares / shares.sum()))]
    wall, palette = kin.walls[int(rng.integers(len(kin.walls)))]
    return Run(
        kin=kin,
        seed=int(rng.integers(2**31)),
        left=int(rng.integers(3, 8)) if kin.alike else 1,
        width=float(rng.uniform(*kin.width)),
        floors=int(rng.integers(kin.floors[0], kin.floors[1] + 1)),
        color=plan.pick(palette),
        wall=wall,
        roof=str(rng.choice(kin.roofs)),
        setback=round(float(rng.uniform(0, 0.35)), 2) if rng.random() < 0.5 else 0.0,
    )


def _fit(run: Run, plan: Plan, room: float, quarter: Quarter) -> float:
    """Width of the next house: the run's, or what is left where no other would fit after it."""
    width = min(run.width, room)
    if room - width < _LEAST + 0.6 and not quarter.gap_share:
        return room if room < max(1.6 * run.width, 2.0 * _LEAST + 0.1) else room / 2
    return width


def _gap(plan: Plan, quarter: Quarter) -> float:
    if plan.rng.random() >= quarter.gap_share:
        return 0.0
    return float(plan.rng.uniform(*quarter.gap))


def _style(plan: Plan, s: Street, run: Run, width: float, open_: tuple[bool, bool]) -> HouseStyle:
    """Measures of one house; those of a run of one design come from the run's own numbers."""
    kin = run.kin
    rng = np.random.default_rng(run.seed) if kin.alike else plan.rng
    shops = [g for g in kin.grounds if g != "home"]
    use = str(rng.choice(shops)) if shops and rng.random() < _SHOPS[s.kind] else "home"
    return HouseStyle(
        width=width,
        depth=float(rng.uniform(*kin.depth)),
        floors=run.floors,
        floor_height=float(rng.uniform(*kin.floor_height)),
        bay=float(rng.uniform(*kin.bay)),
        window=(float(rng.uniform(0.42, 0.66)), float(rng.uniform(0.45, 0.62))),
        wall=run.wall,
        roof=run.roof,
        ground=use,
        ledges=bool(rng.random() < 0.7),
        balconies=bool(s.kind != "suburb" and rng.random() < 0.3),
        left_open=open_[0],
        right_open=open_[1],
    )


def _house(
    plan: Plan, s: Street, quarter: Quarter, site: Site, run: Run, open_: tuple[bool, bool],
) -> None:  # fmt: skip
    """One house with its yard, awning, sign and turret. `open_` tells the low and high y end."""
    rng = plan.rng
    style = _style(plan, s, run, site.width, open_ if site.side < 0 else (open_[1], open_[0]))
    second, color = plan.pick(run.kin.seconds), run.color
    key = f"house_{plan.counts.get('building', 0)}"
    own = rng
    if run.kin.alike:  # equal houses share one mesh
        key = f"house_{run.seed}_{site.width:.3f}_{style.left_open:d}{style.right_open:d}"
        own = np.random.default_rng(run.seed)
    part = plan.meshes.get(key) or FAMILIES[run.kin.family](style, own)
    place = (*site.point(0.0), ground.KERB)
    plan.add("building", key, part, place, site.turn, color=color, second=second)
    if run.setback > 0.02 or s.garden:
        _yard(plan, s, quarter, site)
    if style.ground == "shop":
        _shop_extras(plan, site, second)
    if quarter.turrets and run.kin.family == "palace":
        for end, along in zip((style.left_open, style.right_open), (0.25, site.width - 0.25),
                              strict=True):  # fmt: skip
            if end and rng.random() < 0.7:
                top = float(style.floors * style.floor_height)
                tower = landmarks.turret(style.floor_height + 1.4, top, style.wall)
                _put(plan, tower, site, along, color, second, 0.25, "turret")


def _put(
    plan: Plan, part: Geometry, site: Site, along: float, color: Color, second: Color,
    back: float = 0.0, stem: str = "house",
) -> Item:  # fmt: skip
    """A building of its own shape on a site."""
    number = plan.counts.get("building", 0)
    place = (*site.point(along, back), ground.KERB)
    return plan.add("building", f"{stem}_{number}", part, place, site.turn, color=color,
                    second=second)  # fmt: skip


def _shop_extras(plan: Plan, site: Site, second: Color) -> None:
    """Awning and signs that stick out."""
    rng = plan.rng
    if rng.random() < 0.45:
        long = round(min(site.width - 1.0, float(rng.uniform(2.5, 6.0))), 1)
        start = float(rng.uniform(0.5, max(0.51, site.width - long - 0.4)))
        plan.add("building", f"awning_{long}", buildings.awning(long),
                 (*site.point(start), 2.3 + ground.KERB), site.turn, color=second, second=second,
                 stem="awning")  # fmt: skip
    for _ in range(int(rng.integers(0, 3))):
        kind = int(rng.integers(3))
        spot = site.point(float(rng.uniform(0.3, site.width - 0.3)))
        plan.add("building", f"blade_sign_{kind}", furniture.blade_sign(kind),
                 (*spot, 2.95 + ground.KERB), site.turn, color=plan.pick(SIGN_COLORS),
                 second=plan.pick(SIGN_COLORS), stem="blade_sign")  # fmt: skip


def _gate(plan: Plan, quarter: Quarter, gap: Site) -> None:
    """A paved way between two houses, closed by a wall with a gate in it."""
    number = plan.counts.get("fence", 0)
    (a, _), (b, _) = gap.point(0.0), gap.point(0.0, 14.0)
    a, b = sorted((a, b))
    floor = ground.flat(a, gap.y0, b, gap.y1, ground.KERB - 0.002, quarter.paving)
    plan.add("sidewalk", f"passage_{number}", floor, color=plan.pick(quarter.paving_colors),
             form="flat", stem="yard")  # fmt: skip
    part = furniture.yard_wall(gap.width, int(plan.rng.integers(3)))
    plan.add("fence", f"yard_wall_{number}", part, (*gap.point(0.0, 1.0), ground.KERB), gap.turn,
             color=plan.pick(BRICKS), second=plan.pick(CLADDINGS))  # fmt: skip


def _yard(plan: Plan, s: Street, quarter: Quarter, site: Site) -> None:
    """Ground between pavement and house: garden with a path, hedge or fence, or paving."""
    rng = plan.rng
    number = plan.counts.get("building", 0)
    side, y, width, x = site.side, site.y0, site.width, site.x
    edge = s.half + s.walk
    z = ground.KERB - 0.002
    if not s.garden:
        a, b = sorted((edge * side, (x + 0.5) * side))
        part = ground.flat(a, y, b, y + width, z, "concrete")
        plan.add("sidewalk", f"yard_{number}", part, form="flat", stem="yard")
        return
    spare = 3.0 if quarter.gap_share else 0.0
    a, b = sorted((edge * side, (x + 12.0) * side))
    part = ground.flat(a, y - spare, b, y + width + spare, z - 0.001 * (number % 2), "grass")
    plan.add("terrain", f"garden_{number}", part, color=street_greenery.grass(s.weather),
             form="flat")  # fmt: skip
    door = site.width * 0.82 if not quarter.gap_share else site.width * 0.4
    at = site.point(door)[1]
    path = ground.flat(a, at - 0.6, b, at + 0.6, z + 0.004, quarter.paving)
    tone = plan.pick(quarter.paving_colors)
    plan.add("sidewalk", f"path_{number}", path, color=tone, form="flat", stem="path")
    border = str(rng.choice(["hedge", "picket", "wall", "rail", "none"]))
    long = 4.0 if border == "hedge" else 3.0
    paint = plan.pick([(0.8, 0.8, 0.78), (0.3, 0.18, 0.09), (0.12, 0.22, 0.16)])
    for k in range(int(width // long)):
        place = (side * (edge + 0.45), y + (k + 0.5) * long, z)
        if abs(place[1] - at) < long / 2 + 0.6:
            continue
        plan.take(place[0], place[1], 1.0)
        if border == "hedge":
            street_greenery.hedge(plan, s, *place)
        elif border != "none":
            plan.add("fence", f"fence_{border}", furniture.fence(border), place, color=paint)
    if rng.random() < 0.6:
        at = y + float(rng.uniform(1, width - 1))
        street_greenery.bush(plan, s, side * (edge + 1.9), at, z)


def _landmark(plan: Plan, kind: str, site: Site, s: Street, quarter: Quarter) -> None:
    """A building the quarter has one of, with the ground about it."""
    rng = plan.rng
    number = plan.counts.get("building", 0)
    edge = s.half + s.walk
    a, b = sorted((edge * site.side, (edge + 34.0) * site.side))
    slot, tone = quarter.paving, plan.pick(quarter.paving_colors)
    floor = ground.flat(a, site.y0, b, site.y1, ground.KERB - 0.002, slot)
    plan.add("sidewalk", f"square_{number}", floor, color=tone, form="flat", stem="yard")
    second = plan.pick(SIGN_COLORS)
    if kind == "church":
        wall = str(rng.choice(["stone", "brick", "plaster"]))
        color = plan.pick({"stone": PALE_STONES, "brick": BRICKS, "plaster": LIMES}[wall])
        top = float(rng.uniform(7.5, 9.5))
        wide = float(rng.uniform(4.2, 5.0))
        deep = 2.0 if not s.garden else 0.5
        _put(plan, landmarks.nave(10.0, 22.0, top, wall), site, 7.2, color, second, deep)
        tall, spire = top + float(rng.uniform(7, 11)), float(rng.uniform(6, 13))
        _put(plan, landmarks.tower(wide, tall, wall, spire, False), site, 4.0, color, second,
             deep + 2.6, "tower")  # fmt: skip
    elif kind == "town_hall":
        color = plan.pick(PALE_STONES)
        _put(plan, landmarks.town_hall(site.width, rng), site, 0.0, color, second)
        _put(plan, landmarks.tower(4.6, float(rng.uniform(22, 27)), "stone", 7.0, True), site,
             site.width / 2, color, second, 4.6, "tower")  # fmt: skip
    elif kind == "market_hall":
        hall = landmarks.market_hall(site.width - 2.0, 24.0, "brick")
        _put(plan, hall, site, 1.0, plan.pick(BRICKS), second)
    else:
        _petrol_station(plan, site, second)


def _petrol_station(plan: Plan, site: Site, second: Color) -> None:
    """A canopy over pumps, a shop behind them."""
    _put(plan, landmarks.station_shop(13.0), site, 7.0, (0.7, 0.7, 0.68), second, 15.0, "station")
    z = ground.KERB
    place = (*site.point(13.5, 7.0), z + 4.6)
    plan.add("building", "canopy", landmarks.canopy(15.0, 8.0), place, site.turn,
             color=(0.7, 0.7, 0.68), second=second, stem="canopy")  # fmt: skip
    for along in (9.5, 17.5):
        spot = site.point(along, 7.0)
        plan.take(*spot, 1.6)
        plan.add("pole", "canopy_post", furniture.post(4.6, 0.16), (spot[0], spot[1], z),
                 color=(0.6, 0.6, 0.6))  # fmt: skip
        for way in (-1.9, 1.9):
            plan.add("building", "pump", landmarks.pump(), (*site.point(along + way, 7.0), z),
                     site.turn, color=second, second=second, stem="pump")  # fmt: skip


def far_house(plan: Plan, quarter: Quarter, way: int) -> None:
    """The house that closes the street's end at y = ±122; `way` is 1 or -1."""
    run = _new_run(plan, quarter)
    rng = plan.rng
    style = HouseStyle(18.0, 11.0, max(2, run.floors), 3.1, 2.6, (0.5, 0.55), run.wall, run.roof,
                       "home", True, False, True, True)  # fmt: skip
    number = plan.counts.get("building", 0)
    x = float(rng.uniform(-14, 2))
    place = (x, 122.0, -0.05) if way > 0 else (x + 16, -122.0, -0.05)
    plan.add("building", f"house_{number}", FAMILIES[run.kin.family](style, rng), place,
             0.0 if way > 0 else np.pi, color=run.color, second=plan.pick(SIGN_COLORS))  # fmt: skip

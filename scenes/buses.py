# SPDX-License-Identifier: GPL-3.0-or-later
"""Buses. Wheels stand on z = 0, the nose looks along +Y and the doors are on the right (+X).

The body takes the object's colour, stripes and skirts the second one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from scenes.car_parts import road_wheel
from scenes.mesh_tools import Geometry, box, cap, loft, merge, mirrored, patch, ring

Deck = tuple[float, float]  # lower and upper edge of a row of windows (metres)


@dataclass(frozen=True)
class BusShape:
    """Measures of a bus in metres."""

    length: float
    height: float
    windows: tuple[Deck, ...]
    doors: tuple[float, ...]  # middles, metres from the nose
    axles: tuple[float, ...]  # metres from the nose
    half: float = 1.26
    low: float = 0.28
    rake: float = 0.16  # how far the windscreen leans back
    joint: float = 0.0  # metres from the nose to the middle of the bellows
    sign: bool = True  # a dark field for the destination above the windscreen
    stripe: tuple[float, float] = (0.0, 0.3)  # heights of the second colour, shares of the side


SHAPES: dict[str, BusShape] = {
    "city": BusShape(11.6, 3.05, ((1.2, 2.45),), (1.15, 5.9), (2.7, 8.5)),
    "midi": BusShape(8.4, 2.9, ((1.2, 2.35),), (1.1, 4.6), (2.1, 6.4), 1.18),
    "articulated": BusShape(16.4, 3.08, ((1.2, 2.45),), (1.15, 5.9, 12.6), (2.7, 8.4, 14.0),
                            joint=10.0, stripe=(0.0, 0.14)),
    "double": BusShape(10.6, 4.3, ((1.15, 2.05), (2.72, 3.75)), (1.15, 5.4), (2.6, 8.1),
                       rake=0.12, stripe=(0.43, 0.53)),
    "coach": BusShape(11.9, 3.5, ((1.75, 2.95),), (1.0,), (2.9, 8.8), rake=0.42, sign=False,
                      stripe=(0.16, 0.26)),
}  # fmt: skip
KINDS = tuple(SHAPES)


@cache
def bus(kind: str) -> Geometry:
    """A bus of one of the `KINDS`."""
    s = SHAPES[kind]
    front = s.length / 2
    parts = [*_hull(s), *_glazing(s), *_ends(s), *_roof(s)]
    for a in s.axles:
        y = front - a
        right = road_wheel((s.half + 0.055, y, 0.47), 0.47, 0.3, "steel", 16)
        arch = ring((s.half + 0.004, y, 0.5), 0.58, 0, 16)
        arch[:, 2] = np.maximum(arch[:, 2], s.low)
        sided = [right, cap(arch, "trim")]
        parts += sided + [mirrored(p) for p in sided]
    return merge(parts)


def _outline(s: BusShape, share: float, top: float) -> np.ndarray:
    """Closed cross-section (12, 2) of x and z, narrowed by `share`, its roof at `top`."""
    h = s.half
    right = [(h * 0.95, s.low), (h, s.low + 0.12), (h, 1.15), (h * 0.985, top - 0.42),
             (h * 0.93, top - 0.14), (h * 0.74, top)]  # fmt: skip
    points = np.array(right + [(-x, z) for x, z in right[::-1]])
    return points * [share, 1.0]


def _hull(s: BusShape) -> list[Geometry]:
    """The painted skin; nose and tail are rounded seen from above, the nose leans back."""
    end, top = s.length / 2, s.height
    rows = [(-end, 0.93, 0.06), (-end + 0.08, 0.975, 0.02), (-end + 0.3, 1.0, 0.0),
            (end - 0.45, 1.0, 0.0), (end - 0.16, 0.965, 0.02), (end - 0.03, 0.89, 0.05),
            (end, 0.83, 0.07)]  # fmt: skip
    rings = []
    for y, share, sunk in rows:
        flat = _outline(s, share, top - sunk)
        lean = np.clip((flat[:, 1] - 1.0) / (top - 1.0), 0.0, 1.0) ** 1.4 * s.rake
        ahead = np.clip((y - end + 0.9) / 0.9, 0.0, 1.0)
        rings.append(np.column_stack([flat[:, 0], y - lean * ahead, flat[:, 1]]))
    hull = loft(np.stack(rings), "paint")
    if not s.joint:
        return [hull]
    y = end - s.joint
    folds = []
    for k in range(7):
        flat = _outline(s, 0.985 if k % 2 else 1.012, top + (0.0 if k % 2 else 0.012))
        folds.append(np.column_stack([flat[:, 0], np.full(12, y - 0.6 + 0.2 * k), flat[:, 1]]))
    return [hull, loft(np.stack(folds), "bellows", caps=False)]


def _wall(s: BusShape, y0: float, y1: float, z0: float, z1: float, slot: str,
          lift: float = 0.01) -> Geometry:  # fmt: skip
    """A rectangle on the right side; it follows the wall, which leans in near the roof."""

    def x(z: float) -> float:
        return float(np.interp(z, (s.low + 0.12, 1.15, s.height - 0.42, s.height - 0.14),
                               (s.half, s.half, s.half * 0.985, s.half * 0.93)))  # fmt: skip

    corners = [(x(z0), y0, z0), (x(z0), y1, z0), (x(z1), y1, z1), (x(z1), y0, z1)]
    return patch(corners, (0.0, 0.0, 1.0, 1.0), slot, lift)


def _glazing(s: BusShape) -> list[Geometry]:
    """Stripe, windows along both sides, and doors on the right."""
    end = s.length / 2
    back, nose = -end + 0.32, end - 0.5
    tall = s.height - s.low
    z0, z1 = s.low + 0.03 + tall * s.stripe[0], s.low + tall * s.stripe[1]
    holes = [end - s.joint] if s.joint else []
    both, right = [], []
    for y0, y1 in _stretches(back, nose, holes, 0.62):
        both.append(_wall(s, y0, y1, z0, z1, "second", 0.005))
        for low, high in s.windows:
            count = max(1, round((y1 - y0) / 1.45))
            both.append(_wall(s, y0, y1, low, high, "trim", 0.008))
            step = (y1 - y0) / count
            for i in range(count):
                both.append(_wall(s, y0 + i * step + 0.04, y0 + (i + 1) * step - 0.04, low + 0.05,
                                  high - 0.05, "car_glass", 0.014))  # fmt: skip
    top = s.windows[0][1]
    for a in s.doors:
        y = end - a
        right.append(_wall(s, y - 0.62, y + 0.62, s.low + 0.04, top, "trim", 0.02))
        for d in (-0.3, 0.3):
            right.append(_wall(s, y + d - 0.26, y + d + 0.26, s.low + 0.14, top - 0.08,
                               "car_glass", 0.026))  # fmt: skip
    return both + [mirrored(p) for p in both] + right


def _stretches(
    back: float, nose: float, holes: list[float], reach: float
) -> list[tuple[float, float]]:
    """Stretches of the side that the bellows leave."""
    cuts = [back, *(y + d for y in sorted(holes) for d in (-reach, reach)), nose]
    return list(zip(cuts[::2], cuts[1::2], strict=True))


def _ends(s: BusShape) -> list[Geometry]:
    """Windscreens, destination sign, lamps, bumpers, mirrors and plates."""
    end, half, parts = s.length / 2, s.half, []

    def nose(x: float, z: float) -> tuple[float, float, float]:
        lean = float(np.clip((z - 1.0) / (s.height - 1.0), 0.0, 1.0)) ** 1.4 * s.rake
        return x, end - lean, z

    def front(x: float, z0: float, z1: float, slot: str, lift: float) -> None:
        middle = (z0 + z1) / 2
        for low, high in ((z0, middle), (middle, z1)):
            corners = [nose(x, low), nose(-x, low), nose(-x, high), nose(x, high)]
            parts.append(patch(corners, (0.0, 0.0, 1.0, 1.0), slot, lift))

    decks = s.windows
    for i, (low, high) in enumerate(decks):
        bottom = low - 0.25 if i == 0 else low
        front(half * 0.8, bottom, high + 0.05, "car_glass", 0.014)
    if s.sign:
        z = decks[0][1] + 0.1
        high = min(z + 0.42, s.height - 0.16)
        front(half * 0.74, z, high, "trim", 0.012)
        front(half * 0.5, z + 0.1, high - 0.08, "beacon_amber", 0.018)
    x = half * 0.9
    rump = [(-x, -end, s.low), (x, -end, s.low), (x, -end, s.height), (-x, -end, s.height)]

    def share(z: float) -> float:
        return (z - s.low) / (s.height - s.low)

    for low, high in decks:
        parts.append(patch(rump, (0.1, share(low + 0.15), 0.9, share(high)), "car_glass", 0.014))
    parts.append(patch(rump, (0.3, share(0.55), 0.7, share(0.95)), "trim", 0.014))
    lamp = box((half * 0.56, end - 0.1, 0.6), (half * 0.8, end + 0.014, 0.78), "head_lamp")
    tail = patch(rump, (0.9, share(0.75), 0.98, share(1.25)), "tail_lamp", 0.02)
    mirror = box((half * 0.9, end - 0.1, decks[0][1] - 0.45), (half + 0.2, end + 0.12,
                 decks[0][1] + 0.02), "trim")  # fmt: skip
    sided = [lamp, tail, mirror]
    parts += sided + [mirrored(p) for p in sided]
    parts += [
        box((-half * 0.8, end - 0.2, s.low + 0.02), (half * 0.8, end + 0.03, 0.5), "trim"),
        box((-half * 0.9, -end - 0.03, s.low + 0.02), (half * 0.9, -end + 0.2, 0.5), "trim"),
        box((-0.26, end, 0.36), (0.26, end + 0.04, 0.46), "plate"),
        box((-0.26, -end - 0.04, 0.55), (0.26, -end, 0.66), "plate"),
    ]
    return parts


def _roof(s: BusShape) -> list[Geometry]:
    """Air conditioning on the roof."""
    if s.height > 4:
        return []
    z, y = s.height - 0.02, s.length * 0.16
    parts = [box((-0.75, -y - 0.9, z), (0.75, -y + 0.9, z + 0.2), "paint")]
    if s.length > 10:
        parts.append(box((-0.7, y + 0.6, z), (0.7, y + 2.0, z + 0.16), "paint"))
    return parts

# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures of the cars: one shape per kind of body, and new ones drawn around it from a seed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class BodyShape:
    """Measures of a car in metres. Places along the car are y values, the front is positive."""

    length: float
    width: float
    height: float
    nose: float  # height of the bonnet's front edge
    hood: float  # height of the bonnet at the windscreen
    belt: float  # height of the window sill
    deck: float  # height of the body behind the rear window
    cowl: float  # foot of the windscreen
    roof_front: float
    roof_rear: float
    rear_foot: float  # foot of the rear window
    wheel: float = 0.33  # radius
    lift: float = 0.19  # ground clearance
    front_overhang: float = 0.84  # from the front axle to the front end
    rear_overhang: float = 0.86
    roof_width: float = 0.72  # of the body's width
    pillars: tuple[float, ...] = (0.5,)  # shares of the side window, from the back, between panes
    glass_end: float = 0.94  # how far the side windows reach to the back
    tail: str = "wide"  # shape of the tail lamps: wide, tall, round
    extras: tuple[str, ...] = ()  # of: cladding, rails, spoiler, spare, bed, rack, chrome, blind

    @property
    def end(self) -> float:
        """y of the front end."""
        return self.length / 2

    @property
    def axles(self) -> tuple[float, float]:
        """y of the front and of the rear axle."""
        return self.end - self.front_overhang, -self.end + self.rear_overhang


SHAPES: dict[str, BodyShape] = {
    "city": BodyShape(3.35, 1.62, 1.5, 0.8, 0.98, 0.94, 0.96, 0.98, 0.42, -1.22, -1.52, 0.3, 0.18,
                      0.64, 0.5, 0.76, (0.42,), 0.9, "tall"),
    "hatchback": BodyShape(4.1, 1.78, 1.48, 0.74, 0.97, 0.94, 0.98, 0.98, 0.3, -1.4, -1.88, 0.33,
                           0.18, 0.84, 0.72, 0.74, (0.14, 0.5), 0.86, "tall"),
    "saloon": BodyShape(4.75, 1.84, 1.44, 0.72, 0.95, 0.92, 1.02, 1.02, 0.26, -1.0, -1.72, 0.34,
                        0.17, 0.88, 1.02, 0.72, (0.1, 0.48), 0.72, "wide"),
    "estate": BodyShape(4.75, 1.84, 1.48, 0.72, 0.95, 0.92, 0.96, 1.02, 0.26, -1.88, -2.24, 0.34,
                        0.17, 0.88, 1.0, 0.72, (0.3, 0.62), 0.95, "tall", ("rails",)),
    "coupe": BodyShape(4.5, 1.86, 1.33, 0.67, 0.9, 0.87, 0.97, 0.75, -0.05, -0.75, -1.85, 0.35,
                       0.14, 0.86, 0.9, 0.7, (0.3,), 0.66, "wide"),
    "sports": BodyShape(4.45, 1.95, 1.17, 0.56, 0.82, 0.8, 0.9, 0.95, 0.05, -0.5, -1.75, 0.35,
                        0.11, 0.92, 0.88, 0.66, (0.22,), 0.6, "round", ("spoiler",)),
    "suv": BodyShape(4.6, 1.92, 1.72, 0.92, 1.14, 1.1, 1.14, 1.0, 0.42, -1.7, -2.1, 0.38, 0.24,
                     0.86, 0.86, 0.76, (0.28, 0.6), 0.94, "tall", ("cladding", "rails")),
    "offroad": BodyShape(4.3, 1.9, 1.88, 1.06, 1.18, 1.16, 1.16, 0.72, 0.48, -1.98, -2.06, 0.41,
                         0.3, 0.72, 0.78, 0.86, (0.34, 0.66), 0.96, "tall",
                         ("cladding", "spare", "rack")),
    "pickup": BodyShape(5.3, 1.92, 1.8, 0.98, 1.16, 1.12, 1.14, 1.22, 0.72, -0.42, -0.62, 0.4,
                        0.28, 0.92, 1.2, 0.77, (0.44,), 0.96, "tall", ("cladding", "bed")),
    "van": BodyShape(5.2, 1.98, 2.1, 0.98, 1.24, 1.16, 1.2, 1.86, 1.18, -2.36, -2.5, 0.35, 0.22,
                     0.88, 1.05, 0.86, (0.64,), 0.96, "tall", ("blind",)),
    "minivan": BodyShape(4.7, 1.88, 1.72, 0.86, 1.12, 1.04, 1.08, 1.42, 0.62, -1.86, -2.18, 0.34,
                         0.19, 0.9, 0.86, 0.79, (0.28, 0.6), 0.95, "tall"),
    "classic": BodyShape(4.35, 1.66, 1.42, 0.78, 0.94, 0.9, 0.9, 0.72, 0.36, -0.85, -1.28, 0.31,
                         0.19, 0.76, 1.0, 0.78, (0.46,), 0.9, "round", ("chrome",)),
}  # fmt: skip

_SHARES = {
    "city": 0.08, "hatchback": 0.13, "saloon": 0.12, "estate": 0.09, "coupe": 0.08, "sports": 0.09,
    "suv": 0.12, "offroad": 0.06, "pickup": 0.07, "van": 0.06, "minivan": 0.05, "classic": 0.05,
}  # fmt: skip


def draw_kind(rng: np.random.Generator) -> str:
    """A kind of body, the common ones more often."""
    shares = np.array(list(_SHARES.values()))
    return str(rng.choice(list(_SHARES), p=shares / shares.sum()))


def draw_shape(kind: str, rng: np.random.Generator) -> BodyShape:
    """A body of this kind with measures of its own: longer or lower, with or without extras."""
    base = SHAPES[kind]
    along, up, across = rng.uniform((0.95, 0.965, 0.97), (1.06, 1.04, 1.035))
    lengths = ("length", "cowl", "roof_front", "roof_rear", "rear_foot", "front_overhang",
               "rear_overhang")  # fmt: skip
    heights = ("height", "nose", "hood", "belt", "deck")
    values: dict[str, object] = {name: getattr(base, name) * along for name in lengths}
    values |= {name: getattr(base, name) * up for name in heights}
    values["width"] = base.width * across
    values["wheel"] = base.wheel * float(rng.uniform(0.98, 1.05))
    values["roof_width"] = base.roof_width * float(rng.uniform(0.96, 1.03))
    if "bed" not in base.extras and kind not in ("van", "offroad", "classic"):
        values["roof_front"] = base.roof_front * along + float(rng.uniform(-0.09, 0.07))
    return replace(base, **values, extras=_extras(base, rng))  # type: ignore[arg-type]


def _extras(base: BodyShape, rng: np.random.Generator) -> tuple[str, ...]:
    """The extras of a kind, now and then without one of them or with one more."""
    optional = {"rails", "spoiler", "rack", "spare"}
    kept = [e for e in base.extras if e not in optional or rng.random() < 0.65]
    if "rails" not in kept and base.height > 1.45 and rng.random() < 0.12:
        kept.append("rails")
    if base.tail == "tall" and "spare" not in kept and base.height < 1.6 and rng.random() < 0.3:
        kept.append("spoiler")
    return tuple(kept)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Time of day and the power of a room's lights, as plain data.

The power of all lights follows from the room: its surfaces take in what the lights give, so that
rooms of any size and colour are equally bright (`TARGET`) on average.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scenes.plan import Color
from scenes.room_plan import Opening, RoomPlan

TARGET = 0.72  # mean radiance of white surfaces in the room
KINDS = ("sunny", "soft", "golden", "evening")
SHARES = (0.42, 0.24, 0.16, 0.18)
LAMP_COLOR: Color = (1.0, 0.76, 0.5)


@dataclass(frozen=True)
class Mood:
    """Time of day: the sun's radians and W/m2, colours, what the lamps give (0..1), exposure."""

    kind: str
    elevation: float
    off: float  # angle between the sun and the first window's outward normal, seen from above
    sun: float
    sun_color: Color
    window_color: Color
    lamps: float
    zenith: Color
    horizon: Color
    ground: Color
    exposure: float


def mood_for(seed: int) -> Mood:
    """The light of the room with this seed."""
    rng = np.random.default_rng([seed, 53])
    kind = str(rng.choice(KINDS, p=SHARES))
    lamps = {"sunny": 0.0, "soft": 0.22, "golden": 0.12, "evening": 0.9}[kind]
    if kind != "evening" and rng.random() < 0.6:
        lamps = 0.0
    green = float(rng.uniform(0.6, 1.1))
    zenith, horizon, ground = {
        "sunny": ((0.75, 1.3, 2.4), (2.2, 2.5, 2.8), (0.5, 0.75 * green, 0.32)),
        "soft": ((1.5, 1.65, 1.85), (2.2, 2.3, 2.4), (0.5, 0.62 * green, 0.4)),
        "golden": ((0.7, 0.95, 1.5), (2.9, 1.9, 1.1), (0.45, 0.42 * green, 0.2)),
        "evening": ((0.05, 0.1, 0.26), (0.3, 0.28, 0.36), (0.018, 0.022, 0.026)),
    }[kind]
    return Mood(
        kind=kind,
        elevation=float(np.radians(rng.uniform(14, 22) if kind == "golden" else
                                   rng.uniform(28, 48))),
        off=float(np.radians(rng.uniform(-52, 52))),
        sun={"sunny": 12.0, "golden": 11.0}.get(kind, 0.0) * float(rng.uniform(0.85, 1.15)),
        sun_color=(1.0, 0.66, 0.36) if kind == "golden" else (1.0, 0.92, 0.8),
        window_color={"sunny": (0.92, 0.97, 1.0), "soft": (0.95, 0.98, 1.0),
                      "golden": (1.0, 0.88, 0.76), "evening": (0.5, 0.66, 1.0)}[kind],
        lamps=lamps,
        zenith=zenith, horizon=horizon, ground=ground,
        exposure={"golden": 0.0, "evening": -0.1}.get(kind, 0.1) + float(rng.uniform(-0.12, 0.12)),
    )  # fmt: skip


@dataclass(frozen=True)
class Budget:
    """Powers in watts: of the windows and of the lamps together; `ambient`: thrown-back light."""

    windows: float
    lamps: float
    ambient: float


def budget(plan: RoomPlan, mood: Mood) -> Budget:
    """How much light the windows and lamps have to give."""
    white = mean_albedo(plan)
    w, d, h = plan.width, plan.depth, plan.height
    surface = 2 * (w * d + w * h + d * h) + 0.7 * w * d
    flux = np.pi * TARGET * surface * (1 - white)
    panes = [o for o in plan.openings if o.kind == "window"]
    toward = sun_direction(plan, mood)
    sun = sum(mood.sun * area(o) * 0.7 * max(0.0, float(outward(o.wall) @ toward)) for o in panes)
    lamps = mood.lamps if plan.lamps else 0.0
    sky = (1.0 - lamps) * max(flux - 0.8 * sun, 0.45 * flux)
    return Budget(float(sky), float(lamps * flux), float(TARGET * white))


def mean_albedo(plan: RoomPlan) -> float:
    """Share of the light that the room's surfaces throw back, by area."""
    total = weight = 0.0
    for item in plan.items:
        area = {"wall": plan.height * (plan.width + plan.depth) / 2,
                "floor": 0.6 * plan.width * plan.depth,
                "ceiling": plan.width * plan.depth}.get(item.class_name)  # fmt: skip
        if area is not None:
            total, weight = total + area * float(np.mean(item.color)), weight + area
    furniture = 1.3 * plan.width * plan.depth
    return float(np.clip((total + 0.3 * furniture) / (weight + furniture), 0.2, 0.7))


def area(o: Opening) -> float:
    return (o.u1 - o.u0) * (o.z1 - o.z0)


def outward(wall: int) -> np.ndarray:
    """Unit vector (3,) from the room out through a wall."""
    turn = wall * np.pi / 2
    return np.array([np.sin(turn), -np.cos(turn), 0.0])


def sun_direction(plan: RoomPlan, mood: Mood) -> np.ndarray:
    """Unit vector (3,) to the sun, which shines in through the first window's wall."""
    out = outward(plan.openings[0].wall)
    c, s = np.cos(mood.off), np.sin(mood.off)
    level = np.array([out[0] * c - out[1] * s, out[0] * s + out[1] * c, 0.0])
    return level * np.cos(mood.elevation) + np.array([0, 0, np.sin(mood.elevation)])

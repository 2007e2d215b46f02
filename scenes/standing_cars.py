# SPDX-License-Identifier: GPL-3.0-or-later
"""Cars put on a place: which ones, their paint, and where they stand without touching."""

from __future__ import annotations

import numpy as np

from scenes.car_bodies import car_body
from scenes.car_parts import RIMS
from scenes.car_places import STAGE
from scenes.car_shapes import BodyShape, draw_kind, draw_shape
from scenes.plan import Color, Item, Plan, apart

GAP = 0.35  # metres between cars, at least

PAINTS: list[Color] = [
    (0.55, 0.015, 0.015), (0.012, 0.06, 0.36), (0.78, 0.78, 0.76), (0.014, 0.014, 0.016),
    (0.22, 0.235, 0.25), (0.75, 0.36, 0.01), (0.012, 0.16, 0.045), (0.04, 0.25, 0.58),
    (0.66, 0.11, 0.01), (0.22, 0.012, 0.03), (0.5, 0.44, 0.3), (0.01, 0.2, 0.22),
    (0.48, 0.5, 0.52), (0.1, 0.12, 0.2), (0.3, 0.42, 0.05), (0.24, 0.05, 0.3), (0.16, 0.09, 0.05),
    (0.42, 0.55, 0.6), (0.62, 0.5, 0.03), (0.07, 0.09, 0.06),
]  # fmt: skip
ROOFS: list[Color] = [(0.75, 0.75, 0.73), (0.02, 0.02, 0.022), (0.02, 0.02, 0.022)]

Pose = tuple[float, float, float]  # x, y, turn about Z


def put_cars(plan: Plan, count: int) -> list[Item]:
    """`count` cars within `STAGE` metres of the origin, standing on z = 0."""
    rng = plan.rng
    kinds = [draw_kind(rng) for _ in range(count)]
    shapes = [draw_shape(kind, rng) for kind in kinds]
    poses = _row(plan, shapes) or _scattered(rng, shapes)
    while poses is None:  # too long to fit together: a shorter one does
        longest = max(range(count), key=lambda i: shapes[i].length)
        shapes[longest] = draw_shape("city", rng)
        poses = _scattered(rng, shapes)
    return [_put(plan, shape, pose) for shape, pose in zip(shapes, poses, strict=True)]


def footprint(shape: BodyShape, pose: Pose) -> np.ndarray:
    """Corners (4, 2) of a car on the ground, mirrors and bumpers included."""
    x, y, turn = pose
    half, long = shape.width / 2 + 0.13, shape.length / 2 + 0.1
    corners = np.array([(half, long), (-half, long), (-half, -long), (half, -long)])
    if "spare" in shape.extras:
        corners[2:, 1] -= 0.2
    c, s = np.cos(turn), np.sin(turn)
    return corners @ np.array([[c, s], [-s, c]]) + [x, y]


def _fits(prints: list[np.ndarray]) -> bool:
    """True where all cars stand on the stage and none touches another."""
    if any(np.hypot(*p.T).max() > STAGE for p in prints):
        return False
    pairs = [(a, b) for i, a in enumerate(prints) for b in prints[:i]]
    return all(apart(a, b, GAP) for a, b in pairs)


def _row(plan: Plan, shapes: list[BodyShape]) -> list[Pose] | None:
    """Side by side, as in the bays of a car park; None where that is not wanted."""
    rng, bay = plan.rng, plan.facts.get("bay", 0.0)
    if rng.random() > (0.7 if bay else 0.14):
        return None
    step = bay or max(s.width for s in shapes) + float(rng.uniform(0.75, 1.0))
    turn = 0.0 if bay else float(rng.uniform(0, 2 * np.pi))
    slots = np.arange(len(shapes)) - (len(shapes) - 1) // 2
    across = slots * step - (0.0 if bay else slots.mean() * step)
    for _ in range(6):
        poses = []
        for x in across:
            y, off = float(rng.normal(0, 0.15)), float(rng.normal(0, 0.03))
            place = (
                float(np.cos(turn) * x - np.sin(turn) * y),
                float(np.sin(turn) * x + np.cos(turn) * y),
            )
            poses.append((*place, turn + off + np.pi * int(rng.integers(2))))
        if _fits([footprint(s, p) for s, p in zip(shapes, poses, strict=True)]):
            return poses
    return None


def _scattered(rng: np.random.Generator, shapes: list[BodyShape]) -> list[Pose] | None:
    """Anywhere on the stage, turned any way; None if no way was found."""
    count, tries = len(shapes), 1500
    reach = 1.6 if count == 1 else 3.6
    places = rng.uniform(-reach, reach, (tries, count, 2))
    turns = rng.uniform(0, 2 * np.pi, (tries, count))
    c, s = np.cos(turns), np.sin(turns)
    turned = np.stack([np.stack([c, s], -1), np.stack([-s, c], -1)], -2)
    still = np.stack([footprint(shape, (0.0, 0.0, 0.0)) for shape in shapes])
    corners = still @ turned + places[:, :, None]
    on_stage = np.linalg.norm(corners, axis=-1).max(axis=(1, 2)) < STAGE
    for index in np.nonzero(on_stage)[0]:
        if _fits(list(corners[index])):
            chosen = zip(places[index], turns[index], strict=True)
            return [(float(x), float(y), float(turn)) for (x, y), turn in chosen]
    return None


def _put(plan: Plan, shape: BodyShape, pose: Pose) -> Item:
    """One car in the plan, with paint and rims drawn for it."""
    rng = plan.rng
    number = plan.counts.get("car", 0)
    paint = plan.pick(PAINTS)
    two = rng.random() < 0.17
    roof = ROOFS[int(rng.integers(len(ROOFS)))] if two else paint
    rim = str(rng.choice(RIMS, p=[0.38, 0.34, 0.16, 0.12]))
    x, y, turn = pose
    part = car_body(shape, rim)
    return plan.add("car", f"car_{number}", part, (x, y, 0.0), turn, 1.0, paint, roof)

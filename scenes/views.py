# SPDX-License-Identifier: GPL-3.0-or-later
"""Where to look from: plausible cameras that see something worth seeing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scenes.plan import OrientedBoxes, Plan

KINDS = ("subject", "driver", "walker", "raised", "corner")
SHARES = (0.5, 0.14, 0.14, 0.12, 0.1)
_GRID = 13  # a candidate view is judged by this many rays squared
_WANTED = frozenset({"car", "truck", "bus", "person", "vegetation", "bicycle"})


@dataclass(frozen=True)
class View:
    """A camera: `camera_to_world` (4, 4) looking along -Z with +Y up, `lens` in mm on 36 mm."""

    camera_to_world: np.ndarray
    lens: float
    kind: str

    @property
    def field(self) -> float:
        """Horizontal field of view in radians."""
        return float(2 * np.arctan(18.0 / self.lens))


def look_at(eye: np.ndarray, target: np.ndarray) -> np.ndarray:
    """camera_to_world (4, 4) of a level camera at `eye` looking at `target` (metres)."""
    z = eye - target
    z = z / np.linalg.norm(z)
    x = np.cross([0.0, 0.0, 1.0], z)
    x /= np.linalg.norm(x)
    matrix = np.eye(4)
    matrix[:3, :3] = np.column_stack([x, np.cross(z, x), z])
    matrix[:3, 3] = eye
    return matrix


def rays_of(view: View, count: int = _GRID) -> np.ndarray:
    """Unit rays (count * count, 3) through a square picture, row by row from the top."""
    reach = 18.0 / view.lens
    ticks = (np.arange(count) + 0.5) / count * 2 - 1
    v, u = np.meshgrid(-ticks, ticks, indexing="ij")
    local = np.stack([u * reach, v * reach, -np.ones_like(u)], axis=-1).reshape(-1, 3)
    local /= np.linalg.norm(local, axis=1, keepdims=True)
    return local @ view.camera_to_world[:3, :3].T


def choose(plan: Plan, count: int) -> list[View]:
    """`count` views of a plan, the same for the same plan; each sees a thing worth seeing."""
    rng = np.random.default_rng([plan.seed, 37])
    boxes = plan.boxes()
    views = []
    for _ in range(count):
        kind = str(rng.choice(KINDS, p=SHARES))
        tried = [_candidate(plan, boxes, kind, rng) for _ in range(10)]
        scored = [(score(v, boxes), i, v) for i, v in enumerate(tried)]
        views.append(max(scored, key=lambda s: s[:2])[2])
    return views


def score(view: View, boxes: OrientedBoxes) -> float:
    """How good a view is: things close and clear, not a wall; -10 or less inside something."""
    eye = view.camera_to_world[:3, 3]
    if boxes.inside(eye, 0.35):
        return -10.0
    hit, reach = boxes.cast(eye, rays_of(view))
    names = np.array([i.class_name for i in boxes.items] + ["none"])[hit]
    wanted = np.isin(names, list(_WANTED)) & (reach < 26.0)
    cars = np.isin(names, ["car", "truck", "bus", "person"]) & (reach < 26.0)
    blocked = float(np.mean(reach < 1.8))
    near = float(np.mean((names != "none") & (reach < 3.0)))
    wall = float(np.mean(names == "building"))
    most = max((float(np.mean(hit == i)) for i in np.unique(hit[hit >= 0])), default=0.0)
    value = min(float(wanted.mean()), 0.4) + 2.0 * min(float(cars.mean()), 0.25)
    value += 0.03 * len(np.unique(hit[reach < 40.0]))
    posts = np.isin(names, ["pole", "traffic sign", "traffic light", "fence"]) & (reach < 4.5)
    value -= 2.5 * float(posts.mean())
    value -= 6.0 * max(0.0, blocked - 0.01) + 2.0 * max(0.0, near - 0.1)
    value -= 1.5 * max(0.0, wall - 0.55) + 2.0 * max(0.0, most - 0.5)
    return value if cars.mean() > 0.02 or wanted.mean() > 0.06 else value - 3.0


def _candidate(plan: Plan, boxes: OrientedBoxes, kind: str, rng: np.random.Generator) -> View:
    """One random camera of a kind."""
    half, walk = plan.facts["half"], plan.facts["walk"]
    way = float(rng.choice([-1, 1]))
    y = float(rng.uniform(-26, 20)) * way
    if kind == "subject":
        return _round_subject(boxes, plan, rng)
    if kind == "driver":
        eye = np.array([way * 1.65 + rng.normal(0, 0.3), y, rng.uniform(1.15, 1.8)])
        angle, drop, field = rng.normal(0, 0.1), rng.uniform(-0.07, 0.0), rng.uniform(45, 68)
    elif kind == "walker":
        side = float(rng.choice([-1, 1]))
        eye = np.array([side * (half + rng.uniform(0.6, walk - 0.6)), y, rng.uniform(1.55, 1.9)])
        angle = side * way * rng.uniform(0.05, 0.75)
        drop, field = rng.uniform(-0.12, 0.0), rng.uniform(40, 65)
    elif kind == "raised":
        x = rng.uniform(-half, half)
        eye = np.array([x, y, rng.uniform(2.6, 5.0)])
        angle, drop, field = rng.normal(0, 0.25), rng.uniform(-0.3, -0.12), rng.uniform(42, 65)
    else:
        side = float(rng.choice([-1, 1]))
        x = side * (half + rng.uniform(0.4, walk - 0.7))
        eye = np.array([x, y, rng.uniform(3.5, 6.5)])
        angle = side * way * rng.uniform(0.2, 0.7)
        drop, field = rng.uniform(-0.42, -0.2), rng.uniform(45, 65)
    heading = np.array([-np.sin(angle) * way, np.cos(angle) * way, np.tan(drop)])
    return View(look_at(eye, eye + heading), 18.0 / float(np.tan(np.radians(field) / 2)), kind)


def _round_subject(boxes: OrientedBoxes, plan: Plan, rng: np.random.Generator) -> View:
    """A camera near a car (now and then a person or a lorry), aimed at it, not quite centred."""
    groups = {"car": 0.74, "truck": 0.07, "bus": 0.07, "person": 0.12}
    there = [n for n in groups if any(b.class_name == n for b in boxes.items)]
    if not there:
        return _candidate(plan, boxes, "driver", rng)
    weight = np.array([groups[n] for n in there])
    name = str(rng.choice(there, p=weight / weight.sum()))
    index = [i for i, b in enumerate(boxes.items) if b.class_name == name]
    middle = boxes.to_world[index, :3, 3]
    inner = np.nonzero(np.abs(middle[:, 1]) < 32)[0]
    pool = inner if len(inner) else np.arange(len(index))
    target = middle[int(rng.choice(pool))].copy()
    distance = {"person": rng.uniform(3.0, 7.0), "car": rng.uniform(5.0, 11.0)}.get(
        name, rng.uniform(9.0, 16.0)
    )
    angle = rng.uniform(0, 2 * np.pi)
    limit = plan.facts["front"] - 0.6
    x = np.clip(target[0] + distance * np.cos(angle), -limit, limit)
    eye = np.array([x, target[1] + distance * np.sin(angle), rng.uniform(1.1, 3.0)])
    if np.hypot(*(eye - target)[:2]) < 0.6 * distance:
        eye[1] = target[1] + distance * (1.0 if np.sin(angle) > 0 else -1.0) * 0.85
    apart = np.hypot(*(eye - target)[:2])
    across = np.array([-(eye - target)[1], (eye - target)[0], 0.0]) / max(apart, 0.1)
    aim = target + across * rng.normal(0, 0.13) * apart
    aim[2] += rng.uniform(-0.2, 0.8)
    field = float(rng.uniform(38, 62))
    return View(look_at(eye, aim), 18.0 / float(np.tan(np.radians(field) / 2)), "subject")

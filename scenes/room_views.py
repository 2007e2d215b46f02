# SPDX-License-Identifier: GPL-3.0-or-later
"""Where to look from in a room: at eye height, from free places, at several things at once."""

from __future__ import annotations

import numpy as np

from scenes.plan import OrientedBoxes
from scenes.room_plan import RoomPlan
from scenes.views import View, look_at, rays_of

_TRIED = 28
_SHELL = frozenset({"wall", "floor", "ceiling", "window", "door"})
_FLAT = frozenset({"rug", "curtain", "picture", "mirror"})
CLEAR = 0.22  # a camera keeps this far from things (metres)
WALL_CLEAR = 0.3


def choose(plan: RoomPlan, count: int) -> list[View]:
    """`count` views of a room, the same for the same plan and the first ones for any count."""
    rng = np.random.default_rng([plan.seed, 59])
    boxes = plan.boxes()
    views: list[View] = []
    for _ in range(count):
        tried = [_candidate(plan, rng) for _ in range(_TRIED)]
        scored = [(score(v, plan, boxes) - _alike(v, views), -i) for i, v in enumerate(tried)]
        views.append(tried[-max(scored)[1]])
    return views


def score(view: View, plan: RoomPlan, boxes: OrientedBoxes) -> float:
    """How good a view is: many things, none of them too close; -10 where it does not stand free."""
    eye = view.camera_to_world[:3, 3]
    if boxes.inside(eye, CLEAR):
        return -10.0
    rays = rays_of(view)
    hit, reach = boxes.cast(eye, rays)
    hit = np.where(reach < _to_shell(plan, eye, rays), hit, -1)
    names = np.array([i.class_name for i in boxes.items] + ["wall"])[hit]
    things = ~np.isin(names, list(_SHELL | _FLAT))
    kinds = len(set(names) - _SHELL)
    count = len(np.unique(hit[hit >= 0]))
    close = float(np.mean((reach < 1.0) & (hit >= 0)))
    most = max((float(np.mean(hit == i)) for i in np.unique(hit[hit >= 0])), default=0.0)
    value = 0.11 * kinds + 0.035 * min(count, 16) + 1.1 * min(float(things.mean()), 0.5)
    value -= 5.0 * max(0.0, close - 0.04) + 2.0 * max(0.0, most - 0.33)
    value -= 1.5 * max(0.0, 0.2 - float(things.mean()))
    overhead = (names == "lamp") & (reach < 2.0)
    value -= 4.0 * max(0.0, float(overhead.mean()) - 0.03)
    value -= 1.0 * max(0.0, float(np.mean(hit < 0)) - 0.62)
    window = any(o.kind == "window" and _sees(view, plan, o.wall, (o.u0 + o.u1) / 2,
                 (o.z0 + o.z1) / 2) for o in plan.openings)  # fmt: skip
    return value + (0.14 if window else 0.0)


def _to_shell(plan: RoomPlan, eye: np.ndarray, rays: np.ndarray) -> np.ndarray:
    """Distance (R,) to walls, floor or ceiling along each ray (R, 3)."""
    edge = np.array([plan.width / 2, plan.depth / 2, plan.height])
    low = np.array([-plan.width / 2, -plan.depth / 2, 0.0])
    way = np.where(np.abs(rays) < 1e-9, 1e-9, rays)
    return np.maximum((low - eye) / way, (edge - eye) / way).min(axis=1)


def _sees(view: View, plan: RoomPlan, wall: int, u: float, z: float) -> bool:
    """True where a place on a wall lies in the picture."""
    point = np.array([*plan.on_wall(wall, u, 0.0), z, 1.0])
    local = np.linalg.inv(view.camera_to_world) @ point
    reach = 18.0 / view.lens * -local[2]
    return bool(local[2] < 0 and abs(local[0]) < reach and abs(local[1]) < reach)


def _alike(view: View, others: list[View]) -> float:
    """How much a view repeats earlier ones, 0..0.5 each."""
    total = 0.0
    for other in others:
        apart = np.linalg.norm(view.camera_to_world[:3, 3] - other.camera_to_world[:3, 3])
        turn = float(view.camera_to_world[:3, 2] @ other.camera_to_world[:3, 2])
        total += 0.5 * max(0.0, turn) ** 2 * max(0.0, 1.0 - float(apart) / 3.0)
    return total


def _candidate(plan: RoomPlan, rng: np.random.Generator) -> View:
    """A camera near a wall or corner that looks across the room, or one that stands closer in."""
    edge = np.array([plan.width / 2, plan.depth / 2]) - WALL_CLEAR
    spot = rng.uniform(-edge, edge)
    across = rng.random() < 0.72
    if across:
        spot = np.sign(spot) * edge * rng.uniform([0.35, 0.35], [1.0, 1.0])
        side = int(rng.integers(2))
        spot[side] = np.sign(spot[side]) * edge[side] * rng.uniform(0.88, 1.0)
    target = -spot * rng.uniform(0.1, 0.6) + rng.normal(0, 0.55, 2)
    height = float(rng.uniform(1.2, 1.7))
    way = target - spot
    far = max(float(np.linalg.norm(way)), 0.3)
    field = float(rng.uniform(62, 84) if across else rng.uniform(55, 76))
    drop = float(rng.uniform(-0.3, -0.04))
    aim = np.array([*(spot + way / far), height + np.tan(drop)])
    eye = np.array([*spot, height])
    lens = 18.0 / float(np.tan(np.radians(field) / 2))
    return View(look_at(eye, aim), lens, "across" if across else "near")

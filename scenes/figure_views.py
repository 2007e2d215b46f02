# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures to take of a figure: a pose, and a camera that frames it as fashion photographs do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scenes import figure_pose
from scenes.figure_body import SIDES, Body
from scenes.figure_pose import Pose
from scenes.views import View, look_at

SHOTS = ("full", "knees", "waist", "portrait")
SHARES = (0.52, 0.25, 0.17, 0.06)


@dataclass(frozen=True)
class FigureView(View):
    """A camera (see `View`; `kind` is the shot) and the pose the figure takes for it."""

    pose: Pose


def choose(body: Body, count: int) -> list[FigureView]:
    """`count` views of a figure; the same for the same figure, the first ones for any count."""
    rng = np.random.default_rng([body.identity.seed, 131])
    return [_view(body, rng) for _ in range(count)]


def _view(body: Body, rng: np.random.Generator) -> FigureView:
    kind = str(rng.choice(figure_pose.KINDS, p=figure_pose.SHARES))
    pose = figure_pose.random_pose(body, kind, rng)
    shot = str(rng.choice(SHOTS, p=SHARES))
    around, above = np.radians(rng.normal(0, 12)), np.radians(rng.uniform(-3, 11))
    lens = float(rng.uniform(48, 90))
    way = np.array([np.sin(around) * np.cos(above), -np.cos(around) * np.cos(above), np.sin(above)])
    points = _outline(body, pose, shot)
    frame = look_at(way, np.zeros(3))[:3, :3]
    seen = points @ frame
    low, high = seen.min(axis=0), seen.max(axis=0)
    margin = float(rng.uniform(1.02, 1.18))
    half = max(high[0] - low[0], high[1] - low[1]) / 2 * margin
    middle = (low + high) / 2
    middle[:2] += rng.normal(0, 0.2, 2) * np.array([1.0, 0.5]) * half * (margin - 1)
    target = frame @ middle
    eye = target + way * (half * lens / 18.0 + (high[2] - low[2]) / 2)
    eye[2] = max(eye[2], 0.25)
    return FigureView(look_at(eye, target), lens, shot, pose)


def _outline(body: Body, pose: Pose, shot: str) -> np.ndarray:
    """Points (N, 3) that the picture should hold: bone ends, grown by the flesh around them."""
    names = {
        "portrait": ["head", "neck"],
        "waist": ["head", "chest", "spine", *(f"forearm_{s}" for s, _ in SIDES)],
        "knees": [
            "head",
            "chest",
            "hips",
            *(f"{n}_{s}" for s, _ in SIDES for n in ("thigh", "hand")),
        ],
    }.get(shot, list(body.bones))
    ends = [pose.moved(n, p) for n in names for p in body.bones[n]]
    grow = 0.08 * body.scale * np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 0.6],
                                         [0, 0, -0.6]])  # fmt: skip
    return (np.stack(ends)[:, None] + grow).reshape(-1, 3)

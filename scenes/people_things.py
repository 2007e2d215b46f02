# SPDX-License-Identifier: GPL-3.0-or-later
"""What people of a street wear on their heads, carry and push (see `people` for the measures)."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from scenes.mesh_tools import Geometry, ball, box, loft, mirrored, quad, tube


def headwear(hair: str, hat: str, old: bool) -> list[Geometry]:
    """Hair and hat of a head at its standing place."""
    tone = "hair_grey" if old else "hair"
    parts = _hair(hair, tone)
    if hat == "cap":
        parts.append(ball((0, -0.008, 1.69), (0.092, 0.108, 0.08), "hat"))
        parts.append(box((-0.07, 0.07, 1.692), (0.07, 0.19, 1.708), "hat"))
    elif hat == "beanie":
        parts.append(ball((0, -0.014, 1.7), (0.097, 0.11, 0.098), "hat"))
    elif hat == "brim":
        parts.append(tube((0, 0, 1.7), (0, 0, 1.718), (0.175, 0.17), "hat", 12))
        parts.append(tube((0, -0.005, 1.71), (0, -0.005, 1.81), (0.1, 0.085), "hat", 10))
    elif hat in ("hood", "headscarf"):
        slot = "cloth" if hat == "hood" else "hat"
        parts = [ball((0, -0.03, 1.645), (0.105, 0.112, 0.145), slot),
                 ball((0, -0.04, 1.49), (0.12, 0.1, 0.07), slot)]  # fmt: skip
    return parts


def _hair(hair: str, tone: str) -> list[Geometry]:
    if hair == "bald":
        return [ball((0, -0.022, 1.615), (0.082, 0.088, 0.06), tone)]
    if hair == "curly":
        return [ball((0, -0.03, 1.675), (0.12, 0.118, 0.115), tone)]
    parts = [ball((0, -0.02, 1.672), (0.088, 0.1, 0.098), tone)]
    if hair == "bob":
        parts.append(ball((0, -0.035, 1.6), (0.1, 0.078, 0.1), tone))
    elif hair == "long":
        parts.append(ball((0, -0.06, 1.55), (0.098, 0.062, 0.17), tone))
    elif hair == "bun":
        parts.append(ball((0, -0.1, 1.725), 0.055, tone, 0))
    elif hair == "ponytail":
        parts.append(tube((0, -0.09, 1.7), (0, -0.15, 1.5), (0.04, 0.022), tone, 5))
    return parts


def carried(kind: str, hands: np.ndarray) -> list[Geometry]:
    """Bags on the body and things in the right hand; `hands` (2, 3) are right and left."""
    hand = hands[0]
    if kind == "backpack":
        return _backpack()
    if kind == "shoulder":
        return [
            box((0.17, -0.17, 0.82), (0.27, 0.15, 1.06), "bag"),
            _strap((0.215, 0.1, 1.05), (-0.09, 0.125, 1.42)),
            _strap((0.215, -0.1, 1.05), (-0.09, -0.12, 1.42)),
        ]
    if kind == "bag":
        x, y, z = hand
        bag = box((x - 0.07, y - 0.17, z - 0.4), (x + 0.07, y + 0.17, z - 0.12), "bag")
        straps = [_strap((x, y + d, z - 0.13), (x, y + 0.3 * d, z - 0.04)) for d in (0.1, -0.1)]
        return [bag, *straps]
    if kind == "umbrella":
        x, y, z = hand
        return [tube((x, y - 0.1, z + 0.04), (x, y + 0.16, z - 0.72), (0.042, 0.012), "bag", 6)]
    return []


def _backpack() -> list[Geometry]:
    rows = [(1.0, 0.13, -0.27, -0.1), (1.06, 0.16, -0.33, -0.1), (1.3, 0.155, -0.31, -0.1),
            (1.43, 0.1, -0.2, -0.08)]  # fmt: skip
    rings = np.array(
        [[(w, a, z), (w, b, z), (-w, b, z), (-w, a, z)] for z, w, a, b in rows]
    )  # fmt: skip
    strap = box((0.085, 0.09, 1.14), (0.125, 0.132, 1.4), "bag")
    return [loft(rings, "bag"), strap, mirrored(strap)]


def _strap(a: np.ndarray | tuple, b: np.ndarray | tuple) -> Geometry:
    return tube(a, b, (0.014, 0.014), "bag", 4)


def on_the_ground(kind: str, hands: np.ndarray) -> list[Geometry]:
    """Things with wheels or feet on z = 0 that the hands (2, 3), right and left, lead or push."""
    if kind == "stick":
        foot = np.array([hands[0, 0] + 0.03, hands[0, 1] + 0.14, 0.012])
        return [tube(foot, hands[0] + [0, 0.02, -0.02], (0.012, 0.012), "bag", 5)]
    if kind == "suitcase":
        x, y = hands[0, 0] + 0.02, hands[0, 1] - 0.26
        parts = [box((x - 0.2, y - 0.13, 0.06), (x + 0.2, y + 0.13, 0.66), "bag")]
        for side in (-1, 1):
            at = x + 0.15 * side
            parts.append(tube((at - 0.02, y, 0.04), (at + 0.02, y, 0.04), (0.04, 0.04), "tyre", 8))
            parts.append(tube((x + 0.1 * side, y + 0.1, 0.6), hands[0] + [0.05 * side, 0, -0.03],
                              (0.01, 0.01), "rim", 4))  # fmt: skip
        return parts
    return _pram(hands) if kind == "pram" else []


def _pram(hands: np.ndarray) -> list[Geometry]:
    """A pram before the hands: cot, hood, frame, handle and four wheels."""
    y = float(hands[:, 1].mean())
    grip = float(hands[:, 2].mean()) - 0.03
    rows = ((0.52, 0.15, 0.25, 0.8), (0.8, 0.2, 0.14, 0.96))
    cot = np.array([[(w, y + a, z), (w, y + b, z), (-w, y + b, z), (-w, y + a, z)]
                    for z, w, a, b in rows])  # fmt: skip
    parts = [loft(cot, "hat")]
    angle = np.linspace(0, np.pi * 0.55, 5)
    arc = np.column_stack([np.cos(angle + 0.35), np.sin(angle + 0.35)]) * 0.33
    arc = arc[:, [0, 1]] * [-1.0, 1.0] + [y + 0.46, 0.8]
    for a, b in pairwise(arc):
        face = [(0.2, *a), (0.2, *b), (-0.2, *b), (-0.2, *a)]
        parts.append(quad(face[::-1], "hat"))
    for x in (-0.2, 0.2):
        for at in (0.26, 0.86):
            spot = (x - 0.015, y + at, 0.13)
            parts.append(tube(spot, (x + 0.015, *spot[1:]), (0.13, 0.13), "tyre", 10))
        parts.append(tube((x, y + 0.86, 0.13), (x * 0.9, y, grip), (0.014, 0.014), "rim", 4))
        parts.append(tube((x, y + 0.26, 0.13), (x * 0.9, y + 0.7, 0.54), (0.014, 0.014), "rim", 4))
    parts.append(tube((-0.2, y, grip), (0.2, y, grip), (0.018, 0.018), "tyre", 5))
    return parts

# SPDX-License-Identifier: GPL-3.0-or-later
"""Hair and hats as shells over the skull. Lengths are metres on a figure 1.75 m tall."""

from __future__ import annotations

import numpy as np

from scenes.figure_body import FRONT, SIDES
from scenes.figure_identity import Identity
from scenes.implicit import (
    Blob,
    Solid,
    clipped,
    hemmed,
    normals,
    smoothstep,
    stalk,
    surface,
    vector,
)
from scenes.mesh_tools import Geometry

CELL = 0.0085
THICKNESS = {"short": 0.013, "crop": 0.006, "bob": 0.016, "long": 0.014, "bun": 0.008,
             "ponytail": 0.009, "curly": 0.034, "beanie": 0.012}  # fmt: skip


def hair_of(who: Identity) -> Geometry:
    """Hair, or the hat over it, with its edge turned in."""
    shell = surface(_solids(who), CELL)
    shell.verts = shell.verts + normals(shell) * _waves(who, shell.verts)[:, None]
    return hemmed(clipped(shell, _kept(who, shell.verts)), 0.012)


def _solids(who: Identity) -> list[Solid]:
    thick = THICKNESS[who.hair]
    skull = vector(0.076, 0.096, 0.094) + thick
    center = vector(0, 0.014, 1.664 + 0.25 * thick)
    solids: list[Solid] = [Blob(center, skull)]
    if who.hair in ("short", "bob", "long"):
        solids.append(
            Blob(vector(0.02 * who.hair_part, -0.03, 1.738), vector(0.06, 0.05, 0.03), 0.04)
        )
    if who.hair in ("bob", "long"):
        low = 1.56 if who.hair == "bob" else 1.34 + 0.05 * who.hair_part
        back = 0.03 if who.hair == "bob" else 0.095
        solids.append(stalk((0, 0.03, 1.68), (0, back, low), FRONT,
                            ((0, 0.085, 0.07), (0.5, 0.094, 0.052), (0.8, 0.1, 0.04),
                             (1, 0.085, 0.028)), blend=0.04))  # fmt: skip
        for _, sign in SIDES:
            foot = vector(sign * 0.088, -0.012, low + (0.0 if who.hair == "bob" else 0.03))
            if who.hair == "long":
                foot = vector(sign * 0.105, 0.0, low + 0.05)
            solids.append(stalk((sign * 0.068, -0.005, 1.7), foot, FRONT,
                                ((0, 0.03, 0.05), (0.6, 0.026, 0.04), (1, 0.022, 0.026)),
                                blend=0.03))  # fmt: skip
    if who.hair == "bun":
        high = 0.05 + 0.03 * who.hair_part
        solids.append(
            Blob(vector(0, 0.095 - 0.3 * high, 1.69 + high), vector(0.045, 0.043, 0.04), 0.015)
        )
    if who.hair == "ponytail":
        solids.append(
            stalk(
                (0, 0.105, 1.715),
                (0, 0.16, 1.47),
                FRONT,
                ((0, 0.02, 0.02), (0.3, 0.034, 0.032), (1, 0.018, 0.016)),
                blend=0.02,
            )
        )
    return solids


def _kept(who: Identity, at: np.ndarray) -> np.ndarray:
    """Positive where hair grows: above the forehead's line, behind the temples, above the nape."""
    x, y, z = at.T
    if who.hair == "beanie":
        return z - (1.684 - 0.16 * (y - 0.0))
    brow = {"bob": 1.688, "long": 1.712}.get(who.hair, 1.704)
    tilt = 0.25 * who.hair_part * x if who.hair in ("short", "bob", "long") else 0.0
    parting = 2.2 * np.maximum(np.abs(x) - 0.02, 0.0) ** 1.35 if who.hair == "long" else 0.0
    forehead = z - (brow + tilt - parting)
    temples = y - (-0.022 - 0.35 * (z - 1.66))
    around = np.maximum(forehead, temples)
    if who.hair in ("bob", "long"):
        return around
    ears = (
        smoothstep(0.05, 0.065, np.abs(x)) * smoothstep(0.03, 0.0, y)
        if who.hair != "curly"
        else 0.0
    )
    nape = z - (1.585 + 0.075 * ears)
    return np.minimum(around, nape)


def _waves(who: Identity, at: np.ndarray) -> np.ndarray:
    """Locks and curls: how far each point of the shell stands out, metres."""
    x, y, z = at.T
    turn = np.arctan2(x, y - 0.01)
    phase = who.seed % 17
    if who.hair == "curly":
        k = 62.0
        return 0.0075 * (
            np.sin(k * x + phase) * np.sin(k * y) + np.sin(k * z + 2.0) * np.sin(k * x)
        )
    if who.hair == "beanie":
        return 0.0016 * np.cos(turn * 26) + 0.004 * smoothstep(1.72, 1.715, z)
    if who.hair == "crop":
        return 0.0006 * np.sin(turn * 31 + phase)
    lock = np.sin(turn * 11 + 9 * (z - 1.6) * who.hair_part + phase)
    return 0.0028 * lock + 0.0012 * np.sin(turn * 23 + 25 * z)

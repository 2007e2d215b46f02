# SPDX-License-Identifier: GPL-3.0-or-later
"""Clothes: the body's own solids eased outwards, cut at hems and necklines.

Lengths are metres on a figure 1.75 m tall. A later layer lies further out than an earlier one.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from scenes.figure_body import (
    ARM_SPREAD,
    FRONT,
    HIP,
    LEG_SPREAD,
    SHOULDER_HEIGHT,
    SIDES,
    Body,
    shoulder_half,
    weights,
)
from scenes.figure_identity import Garment
from scenes.implicit import (
    Solid,
    Stalk,
    clipped,
    distance,
    hemmed,
    normals,
    smoothstep,
    stalk,
    surface,
    vector,
)
from scenes.mesh_tools import Geometry

CELL = 0.0125
FINE = 0.0075  # cell of shoes and socks
HEM = 0.008
_NECK_ROOM = {"v": 0.022, "open": 0.034, "scoop": 0.034, "crew": 0.024}  # beside the neck


def piece_of(body: Body, garment: Garment, layer: int) -> Geometry:
    """The garment's surface on the body; `layer` 0 is next to the skin."""
    solids = solids_of(body, garment, layer)
    cell = FINE if garment.kind in ("shoes", "boots", "socks") else CELL
    part = surface(solids, cell)
    if garment.kind in ("shirt", "dress", "jacket", "trousers"):
        part.verts = part.verts + normals(part) * _folds(body, garment, part.verts)[:, None]
    return hemmed(clipped(part, kept(body, garment, part.verts)), HEM)


def covers(body: Body, garment: Garment, layer: int, points: np.ndarray) -> np.ndarray:
    """True for points (N, 3) well inside the garment: they need not be drawn."""
    inside = distance(solids_of(body, garment, layer), points) < -0.002
    return inside & (kept(body, garment, points) > 0.02)


def solids_of(body: Body, garment: Garment, layer: int) -> list[Solid]:
    """The solids whose surface the garment is cut from."""
    ease = 0.006 + 0.01 * layer
    kind = garment.kind
    if kind in ("shirt", "dress", "jacket"):
        return _upper(body, garment, ease)
    if kind == "trousers":
        return _trousers(body, garment, ease)
    if kind == "skirt":
        return [_skirt(body, garment, 1.075, ease + 0.002)]
    if kind == "socks":
        return [body.limbs[f"{n}_{s}"].eased(0.004) for s, _ in SIDES for n in ("shin", "foot")]
    return _shoes(body, garment)


def kept(body: Body, garment: Garment, at: np.ndarray) -> np.ndarray:
    """Positive where there is cloth, about metres from the nearest edge: (N, 3) -> (N,)."""
    kind = garment.kind
    if kind in ("shirt", "dress", "jacket"):
        keep = np.minimum(_neckline(body, garment, at), at[:, 2] - garment.hem)
        keep = np.minimum(keep, _sleeves(body, garment, at))
        return np.minimum(keep, _opening(garment, at)) if kind == "jacket" else keep
    if kind == "trousers":
        return np.minimum(1.04 - at[:, 2], _down_leg(at, garment.hem))
    if kind == "skirt":
        return np.minimum(1.06 - at[:, 2], at[:, 2] - garment.hem)
    if kind == "socks":
        return garment.hem - at[:, 2]
    top = 0.098 - 0.25 * (at[:, 1] - 0.0) * 0.3 if kind == "shoes" else garment.hem
    return top - at[:, 2]


def _upper(body: Body, garment: Garment, ease: float) -> list[Solid]:
    """Shirts, dresses and jackets: trunk and sleeves."""
    trunk = body.torso[0]
    assert isinstance(trunk, Stalk)
    loose = garment.loose
    knit = 0.004 if garment.cloth.pattern == "knit" else 0.0

    def fit(t: np.ndarray) -> np.ndarray:
        height = trunk.start[2] + t * trunk.length
        below = smoothstep(1.40, 1.15, height)
        waist = np.exp(-(((height - 1.1) / 0.1) ** 2)) * (0.012 + 0.016 * body.identity.curve)
        neck = smoothstep(1.44, 1.50, height)
        return ease + knit + loose * (0.022 * below + waist) + 0.006 * neck

    solids: list[Solid] = [trunk.eased(fit)]
    for solid in body.torso[1:]:
        solids.append(replace(solid, radii=solid.radii + ease) if not isinstance(solid, Stalk)
                      else solid.eased(ease))  # fmt: skip
    for side, _ in SIDES:  # hips are as wide as trousers make them
        solids.append(body.limbs[f"thigh_{side}"].eased(ease + 0.004 + 0.008 * loose))
    if garment.kind == "jacket" and garment.hem < 0.8:
        solids.append(_skirt(body, garment, 1.12, ease + 0.012))
    if garment.kind == "dress":
        solids.append(_skirt(body, garment, 1.09, ease + 0.004))
    for side, _ in SIDES:
        for name in ("upper_arm", "forearm"):
            wide = 0.003 + 0.02 * loose
            arm = body.limbs[f"{name}_{side}"]
            start, stop = (0.5, 1.0) if name == "upper_arm" else (1.0, 1.35)
            if garment.sleeve < 0.05:
                continue
            solids.append(
                arm.eased(lambda t, a=start, b=stop, w=wide: ease + knit + w * (a + (b - a) * t))
            )
    return solids


def _skirt(body: Body, garment: Garment, top: float, ease: float) -> Stalk:
    """A tube from the waist, over the hips, down to the hem."""
    who = body.identity
    waist = (0.141 * (1 - who.curve) + 0.126 * who.curve) * who.build + ease
    hips = (0.160 * (1 - who.curve) + 0.172 * who.curve) * who.build + ease
    drop = top - garment.hem
    at = (top - 0.93) / (drop + 0.04)
    straight = garment.kind == "jacket"
    flare = 0.05 if straight else 0.03 + (0.05 + 0.28 * garment.loose) * max(drop - 0.15, 0.0)
    deep = (0.102, 0.138) if not straight else (0.118, 0.142)
    rows = ((0, waist, deep[0] + ease), (at, hips + 0.008, deep[1] + ease),
            (1, hips + flare, deep[1] + ease + flare * 0.9))  # fmt: skip
    share = 0.0 if not garment.pleats else 0.7 / garment.pleats
    return stalk((0, -0.003, top), (0, 0.008, garment.hem - 0.04), FRONT, rows, blend=0.05,
                 caps=(0.02, 0.02), pleats=(garment.pleats, share))  # fmt: skip


def _trousers(body: Body, garment: Garment, ease: float) -> list[Solid]:
    trunk = body.torso[0]
    assert isinstance(trunk, Stalk)
    solids: list[Solid] = [trunk.eased(ease)]
    for solid in body.torso[1:]:
        if not isinstance(solid, Stalk) and solid.center[2] < 1.0:
            solids.append(replace(solid, radii=solid.radii + ease * 0.8))
    shorts = garment.hem > 0.3
    for side, _ in SIDES:
        wide = garment.loose * (0.028 if shorts else 0.02)
        solids.append(body.limbs[f"thigh_{side}"].eased(lambda t, w=wide: ease + w * t))
        extra = 0.006 + 0.035 * garment.loose
        shin = body.limbs[f"shin_{side}"].eased(
            lambda t, w=wide, e=extra: ease + w + (e - w * 0.4) * t
        )
        solids.append(replace(shin, caps=(0.04, 0.05)))
    return solids


def _shoes(body: Body, garment: Garment) -> list[Solid]:
    solids: list[Solid] = []
    for side, _ in SIDES:
        foot = body.limbs[f"foot_{side}"]
        solids.append(foot.eased(0.008))
        heel, toe = foot.start.copy(), foot.end.copy()
        heel[2] = toe[2] = 0.012
        sole = ((0, 0.036, 0.013), (0.35, 0.037, 0.012), (0.72, 0.05, 0.012), (1, 0.04, 0.012))
        solids.append(stalk(heel, toe, (0, 0, 1), sole, caps=(0.04, 0.04), blend=0.012))
        ankle = body.limbs[f"shin_{side}"].end
        if garment.kind == "boots":
            solids.append(body.limbs[f"shin_{side}"].eased(0.012))
        else:
            solids.append(
                stalk(
                    ankle + vector(0, 0.008, 0.05),
                    ankle + vector(0, 0.008, -0.03),
                    FRONT,
                    ((0, 0.04, 0.046), (1, 0.044, 0.056)),
                    blend=0.03,
                )
            )
    return solids


def _neckline(body: Body, garment: Garment, at: np.ndarray) -> np.ndarray:
    """How far below the neckline a point is."""
    x, y, z = at.T
    front = smoothstep(0.02, -0.04, y)
    if garment.neck == "turtle":
        return 1.525 + 0.25 * y - z
    if garment.neck in ("v", "open"):
        depth, wide = (0.12, 0.075) if garment.neck == "v" else (0.26, 0.1)
        line = 1.475 + 0.25 * y - depth * front * np.maximum(1 - np.abs(x) / wide, 0)
    elif garment.neck == "scoop":
        line = 1.475 + 0.2 * y - 0.085 * front * np.sqrt(np.maximum(1 - (x / 0.09) ** 2, 0))
    else:
        line = 1.478 + 0.42 * y
    # Shoulders are as high as the line: it curves up beside the neck, or it would cut them open.
    who = body.identity
    half = (0.062 - 0.009 * who.curve) * who.build + _NECK_ROOM[garment.neck]
    keep = (line + 0.06 * (x / half) ** 4 - z) * 0.9
    if garment.sleeve < 0.05:  # arm holes
        hole = shoulder_half(body.identity) - 0.022 - 0.1 * np.maximum(1.36 - z, 0) * 0
        side = hole - np.abs(x) + 1.2 * np.maximum(1.30 - z, 0)
        keep = np.minimum(keep, side)
    return keep


def _sleeves(body: Body, garment: Garment, at: np.ndarray) -> np.ndarray:
    """How far above the sleeve's edge a point on an arm is; large elsewhere."""
    x, _, z = at.T
    out, down = np.abs(x) - shoulder_half(body.identity), SHOULDER_HEIGHT - z
    along = out * np.sin(ARM_SPREAD) + down * np.cos(ARM_SPREAD)
    across = np.abs(out * np.cos(ARM_SPREAD) - down * np.sin(ARM_SPREAD))
    on_arm = (
        (across < 0.12)
        & (out > -0.02)
        & (out * np.cos(ARM_SPREAD) - down * np.sin(ARM_SPREAD) > -0.1)
    )
    return (
        np.where(on_arm, garment.sleeve - along, 1.0)
        if garment.sleeve >= 0.05
        else np.ones(len(at))
    )


def _opening(garment: Garment, at: np.ndarray) -> np.ndarray:
    """How far from a jacket's open front a point is; wider towards the bottom."""
    x, y, z = at.T
    half = 0.035 + 0.075 * smoothstep(1.25, 0.85, z) + 0.03 * smoothstep(1.25, 1.45, z)
    return np.where(y < 0.0, np.abs(x) - half, 1.0)


def _down_leg(at: np.ndarray, hem: float) -> np.ndarray:
    """How far above a trouser's hem, measured along the spread leg."""
    lift = (np.abs(at[:, 0]) - HIP[0]) * np.sin(LEG_SPREAD)
    along = (HIP[2] - at[:, 2]) * np.cos(LEG_SPREAD) + np.maximum(lift, 0)
    return (HIP[2] - hem) - along


def _folds(body: Body, garment: Garment, at: np.ndarray) -> np.ndarray:
    """Soft folds: how far the cloth stands out, metres."""
    x, y, z = at.T
    phase = (body.identity.seed * 0.37) % 6.28 + len(garment.kind)
    long = np.sin(34 * z + 6 * np.sin(9 * x + phase) + 5 * y + phase)
    cross = np.sin(27 * x + 13 * z + 4 * np.sin(11 * y + phase))
    elbow = np.exp(-(((np.abs(x) - 0.39) / 0.07) ** 2)) + np.exp(-(((z - 1.08) / 0.07) ** 2))
    knee = np.exp(-(((z - 0.47) / 0.08) ** 2)) + np.exp(-(((z - 0.13) / 0.05) ** 2))
    strong = 0.35 + (knee if garment.kind == "trousers" else elbow)
    return (0.0014 + 0.0026 * garment.loose) * strong * (0.6 * long + 0.4 * cross)


def garment_weights(body: Body, garment: Garment, at: np.ndarray) -> dict[str, np.ndarray]:
    """Weights of the cloth: the body's, but skirts hang from the hips and follow both thighs."""
    found = weights(body, at)
    if garment.kind in ("shoes", "boots"):
        return _on_feet(found, at)
    if garment.kind in ("skirt", "dress") or (garment.kind == "jacket" and garment.hem < 0.8):
        return _hanging(found, at)
    return found


def _on_feet(found: dict[str, np.ndarray], at: np.ndarray) -> dict[str, np.ndarray]:
    low = smoothstep(0.13, 0.085, at[:, 2])
    made = {name: values * (1 - low) for name, values in found.items()}
    for side, sign in SIDES:
        made[f"foot_{side}"] = made[f"foot_{side}"] + low * (sign * at[:, 0] > 0)
    return made


def _hanging(found: dict[str, np.ndarray], at: np.ndarray) -> dict[str, np.ndarray]:
    low = smoothstep(1.0, 0.93, at[:, 2]) * (1 - sum(
        found[f"{n}_{s}"] for s, _ in SIDES for n in ("upper_arm", "forearm", "hand")
    ))  # fmt: skip
    follow = 0.8 * smoothstep(0.95, 0.7, at[:, 2])
    left = smoothstep(-0.13, 0.13, at[:, 0])
    made = {name: values * (1 - low) for name, values in found.items()}
    made["hips"] = made["hips"] + low * (1 - follow)
    made["thigh_l"] = made["thigh_l"] + low * follow * left
    made["thigh_r"] = made["thigh_r"] + low * follow * (1 - left)
    return made

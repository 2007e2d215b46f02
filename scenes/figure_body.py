# SPDX-License-Identifier: GPL-3.0-or-later
"""The body at rest: joints and bones, flesh as solids, head and face, skinning weights.

A figure stands on z = 0 and looks along -Y; its left side is +X. At rest arms and legs are spread.
All lengths in this file are metres for a figure 1.75 m tall; `Body.scale` makes them its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scenes.figure_identity import Identity
from scenes.implicit import Blob, Solid, Stalk, distance, smoothstep, stalk, vector
from scenes.mesh_tools import Geometry, ball, merge

SIDES = (("l", 1.0), ("r", -1.0))
FRONT = vector(0, -1, 0)
BONES: tuple[tuple[str, str], ...] = (
    ("hips", ""), ("spine", "hips"), ("chest", "spine"), ("neck", "chest"), ("head", "neck"),
    ("upper_arm_l", "chest"), ("forearm_l", "upper_arm_l"), ("hand_l", "forearm_l"),
    ("upper_arm_r", "chest"), ("forearm_r", "upper_arm_r"), ("hand_r", "forearm_r"),
    ("thigh_l", "hips"), ("shin_l", "thigh_l"), ("foot_l", "shin_l"),
    ("thigh_r", "hips"), ("shin_r", "thigh_r"), ("foot_r", "shin_r"),
)  # fmt: skip
"""Bones that move flesh: (name, parent), parents first."""

ARM_SPREAD, LEG_SPREAD = np.radians(46.0), np.radians(7.5)
UPPER_ARM, FOREARM, HAND = 0.292, 0.252, 0.185
THIGH, SHIN, ANKLE = 0.425, 0.405, 0.075
HEAD_BASE, HEAD_SIZE = np.array([0.0, 0.0, 1.575]), 1.09
HIP, SHOULDER_HEIGHT = (0.088, 0.0, 0.905), 1.418


@dataclass(frozen=True)
class Body:
    """A person's bones and solids. `bones` maps a name to head and tail (2, 3) in metres."""

    identity: Identity
    bones: dict[str, np.ndarray]
    torso: tuple[Solid, ...]
    limbs: dict[str, Stalk]

    @property
    def scale(self) -> float:
        """All lengths but those of `bones` are multiplied by this at the very end."""
        return self.identity.scale

    def flesh(self) -> list[Solid]:
        """Solids of the whole body without head, hands and feet."""
        arms = [self.limbs[f"{n}_{s}"] for s, _ in SIDES for n in ("upper_arm", "forearm")]
        legs = [self.limbs[f"{n}_{s}"] for s, _ in SIDES for n in ("thigh", "shin")]
        return [*self.torso, *legs, *arms]


def body_of(who: Identity) -> Body:
    """Bones and solids of a person."""
    bones = {n: np.array(v) * who.scale for n, v in _bones(who).items()}
    return Body(who, bones, _torso(who), _limbs(who, _bones(who)))


def shoulder_half(who: Identity) -> float:
    """Half the distance between the shoulder joints, metres at 1.75 m."""
    return (0.178 - 0.026 * who.curve) * (0.6 + 0.4 * who.build)


def _bones(who: Identity) -> dict[str, np.ndarray]:
    spine = [0.93, 1.03, 1.2, 1.435, 1.54, 1.755]
    bones = {}
    for name, low, high in zip(
        ("hips", "spine", "chest", "neck", "head"), spine, spine[1:], strict=False
    ):
        bones[name] = np.array([[0, 0.0, low], [0, 0.0, high]])
    for side, sign in SIDES:
        arm = vector(sign * np.sin(ARM_SPREAD), 0, -np.cos(ARM_SPREAD))
        leg = vector(sign * np.sin(LEG_SPREAD), 0, -np.cos(LEG_SPREAD))
        at = vector(sign * shoulder_half(who), 0.012, SHOULDER_HEIGHT)
        for name, length in (("upper_arm", UPPER_ARM), ("forearm", FOREARM), ("hand", HAND)):
            bones[f"{name}_{side}"] = np.array([at, at + arm * length])
            at = at + arm * length
        at = vector(sign * HIP[0], HIP[1], HIP[2])
        for name, length in (("thigh", THIGH), ("shin", SHIN)):
            bones[f"{name}_{side}"] = np.array([at, at + leg * length])
            at = at + leg * length
        bones[f"foot_{side}"] = np.array([at, at + vector(0, -0.15, -0.045)])
    return bones


def _torso(who: Identity) -> tuple[Solid, ...]:
    """Trunk and neck, chest and seat."""
    c, b = who.curve, who.build
    rows = np.array([
        # height, half width straight and curvy, half depth straight and curvy, shift to the front
        (0.83, 0.105, 0.11, 0.085, 0.088, 0.0), (0.90, 0.152, 0.162, 0.104, 0.108, 0.0),
        (0.96, 0.160, 0.168, 0.108, 0.108, 0.0), (1.03, 0.150, 0.148, 0.103, 0.096, 0.004),
        (1.10, 0.141, 0.124, 0.098, 0.086, 0.006), (1.20, 0.147, 0.124, 0.102, 0.088, 0.002),
        (1.29, 0.163, 0.137, 0.110, 0.094, 0.0), (1.36, 0.166, 0.140, 0.106, 0.090, -0.004),
        (1.415, 0.142, 0.120, 0.084, 0.074, -0.008), (1.45, 0.090, 0.076, 0.066, 0.060, -0.010),
        (1.475, 0.062, 0.053, 0.060, 0.053, -0.008), (1.52, 0.056, 0.048, 0.058, 0.050, -0.002),
        (1.57, 0.054, 0.047, 0.058, 0.050, 0.004),
    ])  # fmt: skip
    low, high = rows[0, 0], rows[-1, 0]
    wide = (rows[:, 1] * (1 - c) + rows[:, 2] * c) * b
    deep = (rows[:, 3] * (1 - c) + rows[:, 4] * c) * (b * 1.5 - 0.5)
    table = np.column_stack([(rows[:, 0] - low) / (high - low), wide, deep, rows[:, 5]])
    trunk = Stalk(vector(0, 0, low), vector(0, 0, high), FRONT, table, (0.04, 0.02))
    extra: list[Solid] = [trunk]
    for _, sign in SIDES:
        seat = vector(0.078, 0.07, 0.088) * b
        extra.append(Blob(vector(sign * 0.075, 0.052 + 0.008 * c, 0.9), seat, 0.06))
        bust = vector(0.062, 0.05, 0.06) * (0.55 + 0.45 * c)
        place = vector(sign * (0.088 - 0.018 * c), -0.055 - 0.022 * c, 1.292 - 0.012 * c)
        extra.append(Blob(place, bust, 0.05))
        slope = [(0, 0.05, 0.05), (1, 0.034, 0.04)]
        yoke = vector(sign * shoulder_half(who) * 0.92, 0.01, 1.425)
        extra.append(stalk(yoke, (0, 0.016, 1.46), FRONT, slope, blend=0.05))
    return tuple(extra)


def _limbs(who: Identity, bones: dict[str, np.ndarray]) -> dict[str, Stalk]:
    """Arms, hands, legs and feet."""
    slim = (1 - 0.16 * who.curve) * (0.5 + 0.5 * who.build)
    full = (1 + 0.04 * who.curve) * (0.5 + 0.5 * who.build)
    tables = {
        "upper_arm": (
            (0, 0.058, 0.058),
            (0.25, 0.055, 0.057),
            (0.6, 0.046, 0.05),
            (1, 0.04, 0.041),
        ),
        "forearm": (
            (0, 0.04, 0.041),
            (0.25, 0.044, 0.043),
            (0.65, 0.035, 0.033),
            (1, 0.029, 0.024),
        ),
        "hand": (
            (0, 0.029, 0.022),
            (0.2, 0.036, 0.021),
            (0.45, 0.041, 0.017),
            (0.7, 0.037, 0.013),
            (1, 0.023, 0.009),
        ),
        "thigh": (
            (0, 0.09, 0.094),
            (0.25, 0.086, 0.092, 0.004),
            (0.6, 0.07, 0.074, 0.004),
            (1, 0.055, 0.058),
        ),
        "shin": (
            (0, 0.054, 0.057, 0.002),
            (0.28, 0.055, 0.06, -0.012),
            (0.65, 0.042, 0.043, -0.006),
            (1, 0.034, 0.038),
        ),
    }
    limbs = {}
    for side, sign in SIDES:
        for name, rows in tables.items():
            a, b = bones[f"{name}_{side}"]
            width = slim if name in ("upper_arm", "forearm", "hand") else full
            table = [(r[0], r[1] * width, r[2] * width, *r[3:]) for r in rows]
            palm = vector(sign * np.cos(ARM_SPREAD), 0, np.sin(ARM_SPREAD))
            blend = {"upper_arm": 0.055, "thigh": 0.04}.get(name, 0.02)
            front = palm if name == "hand" else FRONT
            caps = (0.03, 0.012) if name == "hand" else (0.05, 0.03)
            limbs[f"{name}_{side}"] = stalk(a, b, front, table, caps=caps, blend=blend)
        ankle = bones[f"foot_{side}"][0]
        heel, toe = ankle + vector(0, 0.035, -0.042), ankle + vector(sign * 0.012, -0.165, -0.055)
        sole = ((0, 0.03, 0.03), (0.35, 0.034, 0.034), (0.7, 0.042, 0.024), (1, 0.036, 0.016))
        limbs[f"foot_{side}"] = stalk(heel, toe, (0, 0, 1), sole, caps=(0.03, 0.028), blend=0.03)
    return limbs


def hand_solids(body: Body, side: str) -> list[Solid]:
    """Wrist, palm, thumb and fingers of one hand."""
    sign = dict(SIDES)[side]
    hand = body.limbs[f"hand_{side}"]
    along = hand.axes()[0]
    inner = vector(-sign * np.cos(ARM_SPREAD), 0, -np.sin(ARM_SPREAD))
    root = hand.start + along * 0.03 + FRONT * 0.022
    tip = root + along * 0.055 + FRONT * 0.036 + inner * 0.014
    thumb = stalk(root, tip, inner, ((0, 0.016, 0.015), (1, 0.010, 0.010)), blend=0.015,
                  caps=(0.014, 0.009))  # fmt: skip
    palm = stalk(
        hand.start,
        hand.start + along * 0.1,
        hand.front,
        ((0, 0.026, 0.022), (0.4, 0.036, 0.017), (1, 0.038, 0.013)),
        caps=(0.03, 0.01),
    )
    solids: list[Solid] = [body.limbs[f"forearm_{side}"], palm, thumb]
    for i, length in enumerate((0.068, 0.078, 0.074, 0.058)):
        base = hand.start + along * 0.092 + FRONT * (0.028 - 0.0185 * i)
        end = base + along * length + inner * (0.018 + 0.005 * i)
        solids.append(stalk(base, end, inner, ((0, 0.0102, 0.0105), (1, 0.0075, 0.0075)),
                            blend=0.006, caps=(0.01, 0.007)))  # fmt: skip
    return solids


def enlarged(points: np.ndarray) -> np.ndarray:
    """Points (N, 3) of the head as modelled, moved to where they are on the figure."""
    return HEAD_BASE + (points - HEAD_BASE) * HEAD_SIZE


def head_solids(who: Identity) -> list[Solid]:
    """Skull, face, nose, ears, eye sockets."""
    c = who.curve
    jaw = 0.043 - 0.006 * c
    solids: list[Solid] = [
        Blob(vector(0, 0.012, 1.662), vector(0.076, 0.096, 0.094)),
        stalk(
            (0, -0.022, 1.672),
            (0, -0.05, 1.563),
            FRONT,
            (
                (0, 0.068, 0.07),
                (0.5, 0.06, 0.056),
                (0.85, jaw + 0.003, 0.04),
                (1, jaw - 0.008, 0.028),
            ),
            caps=(0.05, 0.016),
            blend=0.03,
        ),
        stalk(
            (0, -0.088, 1.658),
            (0, -0.104, 1.618),
            FRONT,
            ((0, 0.009, 0.011), (1, 0.0135, 0.016)),
            caps=(0.012, 0.009),
            blend=0.02,
        ),
        Blob(vector(0, -0.081, 1.586), vector(0.024, 0.014, 0.012), 0.015),
    ]
    for _, sign in SIDES:
        solids.append(Blob(vector(sign * 0.078, 0.012, 1.637), vector(0.009, 0.02, 0.032), 0.012))
        solids.append(
            Blob(vector(sign * 0.031, -0.1, 1.647), vector(0.02, 0.016, 0.011), 0.014, True)
        )
    return solids


def face_parts(who: Identity) -> Geometry:
    """Eyes, lids, brows and lips, in materials of their own."""
    parts = []
    for _, sign in SIDES:
        x = sign * 0.0315
        parts.append(ball((x, -0.0765, 1.6465), (0.0145, 0.0135, 0.0095), "eye_white", 3))
        parts.append(ball((x, -0.0865, 1.6465), (0.0062, 0.0048, 0.0066), "iris", 2))
        for step in np.linspace(-1, 1, 9):
            across = abs(x) + 0.019 * step
            at = vector(sign * across, 0.16 * across - 0.0985, 1.6685 - 0.004 * step**2)
            parts.append(ball(at, (0.0045, 0.006, 0.0034 - 0.001 * who.curve), "brow", 1))
    for height, size in ((1.5915, 0.0052), (1.5835, 0.0062)):
        parts.append(ball((0, -0.0905, height), (0.0215, 0.0075, size), "lips", 3))
    return merge(parts)


def weights(body: Body, points: np.ndarray) -> dict[str, np.ndarray]:
    """How much each bone moves each point (N, 3) of the unscaled figure; sums to 1 per point.

    Arms, legs and trunk share a point by how near they are; along a limb joints blend smoothly.
    """
    groups = {"trunk": distance(body.torso, points)}
    for side, _ in SIDES:
        arm = [body.limbs[f"{n}_{side}"] for n in ("upper_arm", "forearm", "hand")]
        leg = [body.limbs[f"{n}_{side}"] for n in ("thigh", "shin", "foot")]
        groups[f"arm_{side}"], groups[f"leg_{side}"] = distance(arm, points), distance(leg, points)
    near = np.stack(list(groups.values()))
    share = np.exp(-np.clip((near - near.min(axis=0)) / 0.02, 0, 30))
    share = dict(zip(groups, share / share.sum(axis=0), strict=True))
    found = _along_trunk(points, share["trunk"])
    for side, _ in SIDES:
        found |= _along_limb(
            body, points, share[f"arm_{side}"], side, ("upper_arm", "forearm", "hand")
        )
        found |= _along_limb(body, points, share[f"leg_{side}"], side, ("thigh", "shin", "foot"))
        # The hip's bend is spread over more flesh than nearness alone would.
        high = smoothstep(HIP[2] - 0.06, HIP[2] + 0.09, points[:, 2]) * found[f"thigh_{side}"]
        found[f"thigh_{side}"] = found[f"thigh_{side}"] - high
        found["hips"] = found["hips"] + high
    return found


def _along_trunk(points: np.ndarray, share: np.ndarray) -> dict[str, np.ndarray]:
    steps = (
        ("spine", 0.97, 1.09),
        ("chest", 1.12, 1.28),
        ("neck", 1.43, 1.485),
        ("head", 1.53, 1.57),
    )
    left = share
    found = {}
    for name, low, high in reversed(steps):
        found[name] = left * smoothstep(low, high, points[:, 2])
        left = left - found[name]
    found["hips"] = left
    return found


def _along_limb(
    body: Body, points: np.ndarray, share: np.ndarray, side: str, names: tuple[str, str, str]
) -> dict[str, np.ndarray]:
    bones = [body.bones[f"{n}_{side}"] / body.scale for n in names]
    along = bones[0][1] - bones[0][0]
    along = along / np.linalg.norm(along)
    t = (points - bones[0][0]) @ along
    first = np.linalg.norm(bones[0][1] - bones[0][0])
    second = first + np.linalg.norm(bones[1][1] - bones[1][0])
    bend, end = (
        smoothstep(first - 0.05, first + 0.05, t),
        smoothstep(second - 0.025, second + 0.02, t),
    )
    return {
        f"{names[0]}_{side}": share * (1 - bend),
        f"{names[1]}_{side}": share * bend * (1 - end),
        f"{names[2]}_{side}": share * bend * end,
    }

# SPDX-License-Identifier: GPL-3.0-or-later
"""Poses: how each bone stands, drawn at random within joint limits, both feet on the ground.

A pose maps a bone to a matrix (4, 4) that takes points of the figure at rest to where they go.
Angles are degrees; an arm or leg that hangs straight down has none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scenes.figure_body import BONES, FRONT, SIDES, Body, enlarged
from scenes.implicit import vector

KINDS = ("stand", "walk", "hips", "raise", "turn", "lean", "wave", "hold")
SHARES = (0.2, 0.2, 0.15, 0.11, 0.12, 0.08, 0.08, 0.06)
LIMITS: dict[str, tuple[float, float]] = {
    "elbow": (0.0, 150.0),
    "knee": (0.0, 140.0),
    "hip": (0.0, 75.0),
    "ankle": (0.0, 50.0),
    "spine": (0.0, 35.0),
    "neck": (0.0, 75.0),
    "shoulder": (0.0, 178.0),
}
"""Least and greatest bend of each joint, degrees: see `angles`."""

KEYPOINTS: tuple[tuple[str, str, tuple[float, float, float] | None], ...] = (
    ("nose", "head", (0.0, -0.115, 1.622)),
    ("left_eye", "head", (0.0315, -0.088, 1.6465)),
    ("right_eye", "head", (-0.0315, -0.088, 1.6465)),
    ("left_ear", "head", (0.08, 0.012, 1.637)),
    ("right_ear", "head", (-0.08, 0.012, 1.637)),
    ("left_shoulder", "upper_arm_l", None), ("right_shoulder", "upper_arm_r", None),
    ("left_elbow", "forearm_l", None), ("right_elbow", "forearm_r", None),
    ("left_wrist", "hand_l", None), ("right_wrist", "hand_r", None),
    ("left_hip", "thigh_l", None), ("right_hip", "thigh_r", None),
    ("left_knee", "shin_l", None), ("right_knee", "shin_r", None),
    ("left_ankle", "foot_l", None), ("right_ankle", "foot_r", None),
    ("neck", "chest", (0.0, 0.0, 1.44)),
)  # fmt: skip
"""COCO's 17 keypoints in their order, then the neck: name, bone, place at rest (None: its head)."""


@dataclass(frozen=True)
class Pose:
    """Matrices per bone, and what the pose is called."""

    kind: str
    bones: dict[str, np.ndarray]

    def moved(self, bone: str, point: np.ndarray) -> np.ndarray:
        """Where a point (3,) at rest, fixed to the bone, goes."""
        matrix = self.bones[bone]
        return matrix[:3, :3] @ point + matrix[:3, 3]


def rest_pose() -> Pose:
    """The figure as it was modelled."""
    return Pose("rest", {name: np.eye(4) for name, _ in BONES})


def keypoints_at_rest(body: Body) -> dict[str, tuple[str, np.ndarray]]:
    """Per keypoint its bone and its place (3,) in metres at rest."""
    return {
        name: (bone, body.bones[bone][0] if at is None else _modelled(bone, at) * body.scale)
        for name, bone, at in KEYPOINTS
    }


def _modelled(bone: str, at: tuple[float, float, float]) -> np.ndarray:
    return enlarged(vector(*at)) if bone == "head" else vector(*at)


def keypoints(body: Body, pose: Pose) -> np.ndarray:
    """World positions (18, 3) of the keypoints, in the order of `KEYPOINTS`."""
    return np.stack([pose.moved(b, p) for b, p in keypoints_at_rest(body).values()])


def angles(body: Body, pose: Pose) -> dict[str, float]:
    """The bend of each joint in degrees: between the two bones of a limb, else from rest."""
    found = {}
    for side, _ in SIDES:
        found[f"elbow_{side}"] = _between(body, pose, f"upper_arm_{side}", f"forearm_{side}")
        found[f"knee_{side}"] = _between(body, pose, f"thigh_{side}", f"shin_{side}")
        found[f"hip_{side}"] = _from_parent(pose, f"thigh_{side}", "hips")
        found[f"shoulder_{side}"] = _from_parent(pose, f"upper_arm_{side}", "chest")
        found[f"ankle_{side}"] = _from_parent(pose, f"foot_{side}", f"shin_{side}")
    for name, parent in (("spine", "hips"), ("chest", "spine")):
        found[f"spine_{name}"] = _from_parent(pose, name, parent)
    found["neck"] = _from_parent(pose, "head", "chest")
    return found


def random_pose(body: Body, kind: str, rng: np.random.Generator) -> Pose:
    """A pose of one of the `KINDS`, turned about the vertical as fits it."""
    yaw = float(np.clip(rng.normal(0, 28), -80, 80))
    if kind == "turn":
        yaw = float(rng.choice([-1, 1])) * float(rng.uniform(75, 180))
    elif kind == "walk" and rng.random() < 0.5:
        yaw = float(rng.choice([-1, 1])) * float(rng.uniform(35, 80))
    matrices = {name: np.eye(4) for name, _ in BONES}
    shift = float(rng.choice([-1, 1]))
    _stance(body, matrices, kind, shift, rng)
    _trunk(body, matrices, kind, shift, rng)
    for side, sign in SIDES:
        _arm(body, matrices, kind, side, sign, shift, rng)
    turn = _affine(_rot(2, yaw))
    pose = {name: turn @ m for name, m in matrices.items()}
    if kind == "turn" and abs(yaw) < 150:
        _look(body, pose, -float(np.sign(yaw)) * min(abs(yaw) * 0.35, 42.0))
    return Pose(kind, pose)


def _stance(body: Body, to: dict, kind: str, shift: float, rng: np.random.Generator) -> None:
    """Hips, legs and feet: the feet are placed first, the hips as high as the legs allow."""
    s, free = body.scale, body.identity.stride
    half = float(rng.uniform(0.085, 0.14)) * (0.75 + 0.25 * free)
    ahead = {"l": float(rng.normal(0, 0.03)), "r": float(rng.normal(0, 0.03))}
    weight = 0.035 if kind in ("hips", "lean", "stand", "hold") else 0.01
    lean = shift * float(rng.uniform(0.3, 1.0)) * weight
    if kind == "walk":
        step = float(rng.uniform(0.13, 0.3)) * free
        ahead = {"l": shift * step, "r": -shift * step}
        half *= 0.75
    elif kind == "lean":
        half = float(rng.uniform(0.14, 0.24)) * free
    targets, turned, raised = {}, {}, {}
    for side, sign in SIDES:
        # The leg that walks behind lifts its heel; the free leg of a stance turns out.
        behind = kind == "walk" and ahead[side] < 0
        raised[side] = float(rng.uniform(12, 26)) if behind else 0.0
        turned[side] = sign * float(rng.uniform(2, 20 if kind != "walk" else 9))
        targets[side] = vector(sign * half, -ahead[side], 0.0) * s
    bones = body.bones
    ankles, soles = {}, {}
    for side, _ in SIDES:
        spin = _rot(2, turned[side]) @ _rot(0, raised[side])
        ankle = bones[f"foot_{side}"][0]
        toe = vector(ankle[0], ankle[1] - 0.165 * s, 0.0)  # the tip of the foot stays put
        soles[side] = spin
        ankles[side] = targets[side] + vector(0, -0.12 * s, 0) + spin @ (ankle - toe)
    roll = -lean / weight * float(rng.uniform(1, 4)) if weight > 0.02 else 0.0
    tilt = _rot(1, roll) @ _rot(2, float(rng.normal(0, 4)) + (8 * shift if kind == "walk" else 0))
    root = bones["hips"][0]
    reach = 0.999 * sum(np.linalg.norm(np.diff(bones[f"{n}_l"], axis=0)) for n in ("thigh", "shin"))
    heights = []
    for side, _ in SIDES:
        joint = tilt @ (bones[f"thigh_{side}"][0] - root)
        flat = joint[:2] + vector(lean * s, 0) - ankles[side][:2]
        heights.append(ankles[side][2] + np.sqrt(reach**2 - flat @ flat) - joint[2])
    place = vector(lean * s, 0, min(heights) - float(rng.uniform(0, 0.012)))
    to["hips"] = _affine(tilt, place - tilt @ root)
    for side, _ in SIDES:
        knee = _rot(2, turned[side] * 0.7) @ FRONT
        _reach(body, to, ("thigh", "shin"), side, "hips", ankles[side], knee, FRONT)
        foot = f"foot_{side}"
        to[foot] = _affine(soles[side], ankles[side] - soles[side] @ bones[foot][0])


def _trunk(body: Body, to: dict, kind: str, shift: float, rng: np.random.Generator) -> None:
    """Back, neck and head, upright over the hips."""
    upright = -np.degrees(np.arcsin(np.clip(to["hips"][0, 2], -1, 1)))
    side = 0.5 * upright + (
        shift * float(rng.uniform(3, 9)) if kind == "lean" else float(rng.normal(0, 1.5))
    )
    bend = float(rng.normal(1.5, 2.5))
    twist = -7.0 * shift if kind == "walk" else float(rng.normal(0, 5))
    for name, parent in (("spine", "hips"), ("chest", "spine")):
        _bend(body, to, name, parent, _rot(2, twist) @ _rot(1, side) @ _rot(0, bend))
    nod, turn, tilt = rng.normal(0, 5), rng.normal(0, 14), rng.normal(0, 4)
    _bend(body, to, "neck", "chest", _rot(2, 0.4 * turn) @ _rot(0, 0.5 * nod - bend))
    _bend(body, to, "head", "neck", _rot(2, 0.6 * turn) @ _rot(1, tilt) @ _rot(0, 0.5 * nod - bend))


def _arm(
    body: Body, to: dict, kind: str, side: str, sign: float, shift: float, rng: np.random.Generator
) -> None:
    """One arm: on the hip, raised, waving, holding something, swinging or hanging."""
    mine = sign == shift
    if kind == "hips" and (mine or rng.random() < 0.6):
        wide = 0.172 * body.identity.build + 0.035
        grip = vector(sign * wide, -0.02, 1.02) * body.scale
        target = to["hips"][:3, :3] @ grip + to["hips"][:3, 3]
        pole = to["chest"][:3, :3] @ vector(sign, 0.45, -0.1)
        _reach(body, to, ("upper_arm", "forearm"), side, "chest", target, pole, -FRONT)
        _wrist(body, to, side, -sign * 25.0)
        return
    flex, out, roll, elbow = (
        rng.normal(2, 5),
        rng.uniform(9, 17),
        rng.normal(0, 12),
        rng.uniform(8, 26),
    )
    if kind == "walk":
        swing = -shift * sign * float(rng.uniform(12, 28))
        flex, elbow = swing, float(rng.uniform(14, 34)) + max(swing, 0) * 0.6
    elif kind == "raise" and (mine or rng.random() < 0.6):
        flex, out = float(rng.uniform(-5, 25)), float(rng.uniform(85, 158))
        elbow, roll = float(rng.uniform(5, 75)), float(rng.uniform(60, 100))
    elif kind == "wave" and mine:
        flex, out, elbow, roll = rng.uniform(0, 25), rng.uniform(55, 85), rng.uniform(75, 115), 85.0
    elif kind == "hold" and (mine or rng.random() < 0.4):
        flex, out, elbow, roll = (
            rng.uniform(12, 35),
            rng.uniform(10, 20),
            rng.uniform(70, 105),
            -15.0,
        )
    upper, hang = f"upper_arm_{side}", _hang(body, side)
    raised = _rot(0, -flex) @ _rot(1, -sign * out) @ _rot(2, sign * roll)
    _bend(body, to, upper, "chest", raised @ hang)
    _bend(body, to, f"forearm_{side}", upper, hang.T @ _rot(0, -elbow) @ hang)
    _bend(body, to, f"hand_{side}", f"forearm_{side}", np.eye(3))
    _wrist(body, to, side, float(rng.normal(4, 8)))


def _look(body: Body, to: dict, turn: float) -> None:
    """Turn neck and head by `turn` degrees about the figure's own axis."""
    for name, share in (("neck", 0.4), ("head", 1.0)):
        joint = to[name][:3, :3] @ body.bones[name][0] + to[name][:3, 3]
        spin = _rot(2, turn * share)
        to[name] = _affine(spin, joint - spin @ joint) @ to[name]
    # The head follows the neck's end.
    end = to["neck"][:3, :3] @ body.bones["neck"][1] + to["neck"][:3, 3]
    now = to["head"][:3, :3] @ body.bones["head"][0] + to["head"][:3, 3]
    to["head"] = _affine(np.eye(3), end - now) @ to["head"]


def _reach(
    body: Body, to: dict, names: tuple[str, str], side: str, parent: str, target: np.ndarray,
    pole: np.ndarray, rest_pole: np.ndarray,
) -> None:  # fmt: skip
    """Bend a limb of two bones so that it ends at `target` and its joint points to `pole`."""
    first, second = (body.bones[f"{n}_{side}"] for n in names)
    a, b = (float(np.linalg.norm(v[1] - v[0])) for v in (first, second))
    joint = to[parent][:3, :3] @ first[0] + to[parent][:3, 3]
    way = target - joint
    far = float(np.clip(np.linalg.norm(way), abs(a - b) + 1e-3, a + b - 1e-4))
    way = way / np.linalg.norm(way)
    side_way = pole - way * (pole @ way)
    side_way /= np.linalg.norm(side_way)
    cosine = (a * a + far * far - b * b) / (2 * a * far)
    bent = joint + a * (cosine * way + np.sqrt(max(1 - cosine**2, 0.0)) * side_way)
    end = joint + far * way
    rest = (first[1] - first[0]) / a
    for name, bone, low, high in ((names[0], first, joint, bent), (names[1], second, bent, end)):
        along = (high - low) / np.linalg.norm(high - low)
        turn = _frame(along, np.cross(way, side_way)) @ _frame(rest, np.cross(rest, rest_pole)).T
        to[f"{name}_{side}"] = _affine(turn, low - turn @ bone[0])
    last = "hand" if names[0] == "upper_arm" else "foot"
    to[f"{last}_{side}"] = to[f"{names[1]}_{side}"]


def _wrist(body: Body, to: dict, side: str, bend: float) -> None:
    """Bend the hand towards its palm by `bend` degrees."""
    hang = _hang(body, side)
    sign = dict(SIDES)[side]
    _bend(body, to, f"hand_{side}", f"forearm_{side}", hang.T @ _rot(1, sign * bend) @ hang)


def _bend(body: Body, to: dict, name: str, parent: str, turn: np.ndarray) -> None:
    """A bone turned about its head, on top of what its parent does."""
    joint = body.bones[name][0]
    to[name] = to[parent] @ _affine(turn, joint - turn @ joint)


def _hang(body: Body, side: str) -> np.ndarray:
    """Rotation (3, 3) that lets the spread arm hang straight down."""
    bone = body.bones[f"upper_arm_{side}"]
    way = bone[1] - bone[0]
    return _rot(1, float(np.degrees(np.arctan2(way[0], -way[2]))))


def _between(body: Body, pose: Pose, first: str, second: str) -> float:
    ways = [pose.bones[n][:3, :3] @ (body.bones[n][1] - body.bones[n][0]) for n in (first, second)]
    a, b = (w / np.linalg.norm(w) for w in ways)
    return float(np.degrees(np.arccos(np.clip(a @ b, -1, 1))))


def _from_parent(pose: Pose, name: str, parent: str) -> float:
    turn = pose.bones[parent][:3, :3].T @ pose.bones[name][:3, :3]
    return float(np.degrees(np.arccos(np.clip((np.trace(turn) - 1) / 2, -1, 1))))


def _frame(along: np.ndarray, across: np.ndarray) -> np.ndarray:
    across = across / np.linalg.norm(across)
    return np.column_stack([along, across, np.cross(along, across)])


def _rot(axis: int, degrees: float) -> np.ndarray:
    """Rotation (3, 3) about a coordinate axis, counter-clockwise looking against it."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    turn = np.eye(3)
    i, j = (axis + 1) % 3, (axis + 2) % 3
    turn[i, i], turn[i, j], turn[j, i], turn[j, j] = c, -s, s, c
    return turn


def _affine(turn: np.ndarray, shift: np.ndarray | None = None) -> np.ndarray:
    matrix = np.eye(4)
    matrix[:3, :3] = turn
    if shift is not None:
        matrix[:3, 3] = shift
    return matrix

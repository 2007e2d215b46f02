# SPDX-License-Identifier: GPL-3.0-or-later
"""People of a street: light figures that stand on z = 0 and look along +Y.

The top takes the object's colour, trousers or skirt the second one; skin, hair and accents follow
the object's variation. Lengths are metres of a figure 1.75 m tall; `Look.size` scales them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scenes.mesh_tools import Geometry, Vector, ball, box, geometry, merge, moved
from scenes.people_things import carried, headwear, on_the_ground
from scenes.vehicles import CRANK, GRIPS, SADDLE

HIP, SHOULDER, HEAD = 0.905, 1.4, 1.64
THIGH, SHIN, UPPER_ARM, FOREARM = 0.425, 0.41, 0.285, 0.25

Bend = tuple[float, float]  # degrees: thigh forwards, knee
Swing = tuple[float, float, float, float]  # degrees: forwards, outwards, elbow, hand inwards


@dataclass(frozen=True)
class Stance:
    """Bends of the right and left leg, swings of the right and left arm, how wide the feet are."""

    legs: tuple[Bend, Bend]
    arms: tuple[Swing, Swing]
    wide: float = 0.0


HANG: Swing = (3.0, 9.0, 10.0, 0.0)
STANCES: dict[str, Stance] = {
    "walk_a": Stance(((27, 5), (-19, 16)), ((-24, 9, 10, 0), (26, 8, 24, 4))),
    "walk_b": Stance(((13, 8), (-12, 42)), ((-14, 9, 12, 0), (15, 8, 22, 4))),
    "walk_c": Stance(((1, 4), (24, 58)), ((8, 9, 18, 0), (-8, 9, 14, 0))),
    "walk_d": Stance(((-21, 18), (28, 6)), ((28, 9, 26, 4), (-25, 9, 10, 0))),
    "walk_e": Stance(((-11, 40), (14, 7)), ((14, 8, 20, 0), (-14, 9, 12, 0))),
    "stand": Stance(((1, 2), (-1, 2)), (HANG, (6.0, 10.0, 14.0, 0.0)), 0.035),
    "wait": Stance(((2, 2), (9, 14)), ((12, 12, 102, 62), (16, 12, 98, 58)), 0.05),
    "phone": Stance(((0, 2), (6, 10)), ((26, 10, 108, 18), HANG), 0.03),
    "talk": Stance(((1, 2), (5, 8)), ((22, 16, 74, -8), (4, 9, 14, 0)), 0.04),
    "hips": Stance(((3, 4), (-3, 2)), ((-12, 44, 52, 68), (-12, 44, 52, 68)), 0.06),
    "push": Stance(((24, 5), (-17, 16)), ((22, 9, 46, 4), (22, 9, 46, 4))),
}
WALKS = ("walk_a", "walk_b", "walk_c", "walk_d", "walk_e")


@dataclass(frozen=True)
class Look:
    """How one person is built, dressed and posed."""

    pose: str  # of `STANCES`, or ride
    age: str  # child, adult, old
    curve: float  # 0 straight .. 1 curvy
    build: float  # width, 1 on average
    size: float  # height over 1.75 m
    hair: str  # short, bob, long, bun, ponytail, curly, bald
    hat: str  # none, cap, beanie, brim, hood, headscarf
    top: str  # shirt, sweater, jacket, coat, dress
    bottom: str  # trousers, shorts, skirt, long_skirt
    scarf: bool
    carry: str  # none, backpack, shoulder, bag, suitcase, umbrella, pram, stick


def draw_look(rng: np.random.Generator, pose: str, age: str = "") -> Look:
    """A person in this pose; `age` as in `Look`, or drawn."""
    age = age or str(rng.choice(["child", "adult", "old"], p=[0.08, 0.76, 0.16]))
    curve = float(np.clip(rng.choice([0.1, 0.9]) + rng.normal(0, 0.1), 0.0, 1.0))
    tall = {"child": rng.uniform(0.6, 0.82), "adult": rng.normal(1.015 - 0.065 * curve, 0.035),
            "old": rng.normal(0.965 - 0.05 * curve, 0.03)}[age]  # fmt: skip
    build = float(np.clip(rng.normal(1.12 if age == "old" else 1.03, 0.09), 0.86, 1.34))
    tops, shares = ["shirt", "sweater", "jacket", "coat", "dress"], [0.24, 0.22, 0.3, 0.24, 0.0]
    if curve > 0.5:
        shares = [0.2, 0.17, 0.21, 0.22, 0.2]
    top = str(rng.choice(tops, p=shares))
    skirts = [0.58, 0.1, 0.2, 0.12] if curve > 0.5 else [0.86, 0.14, 0.0, 0.0]
    bottom = str(rng.choice(["trousers", "shorts", "skirt", "long_skirt"], p=skirts))
    if pose in ("ride", "push") and top in ("coat", "dress"):
        top = "jacket"
    if pose == "ride" or (top == "coat" and bottom == "shorts"):
        bottom = "trousers"
    hats = [0.66, 0.1, 0.08, 0.05, 0.06, 0.05]
    return Look(
        pose=pose,
        age=age,
        curve=curve,
        build=1.0 if age == "child" else build,
        size=float(np.clip(tall, 0.58, 1.12)),
        hair=_hair(rng, curve, age),
        hat=str(rng.choice(["none", "cap", "beanie", "brim", "hood", "headscarf"], p=hats)),
        top=top,
        bottom=bottom,
        scarf=bool(top in ("coat", "jacket") and rng.random() < 0.35),
        carry=_carry(rng, pose, age),
    )


def _hair(rng: np.random.Generator, curve: float, age: str) -> str:
    if curve > 0.5:
        kinds = ["short", "bob", "long", "bun", "ponytail", "curly"]
        return str(rng.choice(kinds, p=[0.12, 0.24, 0.28, 0.12, 0.14, 0.1]))
    bald = 0.34 if age == "old" else 0.12 if age == "adult" else 0.0
    return str(rng.choice(["short", "curly", "long", "bald"],
                          p=[0.78 - bald, 0.14, 0.08, bald]))  # fmt: skip


def _carry(rng: np.random.Generator, pose: str, age: str) -> str:
    if pose == "push":
        return "pram"
    if pose == "ride" or age == "child":
        return "backpack" if rng.random() < 0.4 else "none"
    kinds = ["none", "backpack", "shoulder", "bag", "suitcase", "umbrella", "stick"]
    shares = np.array([0.36, 0.18, 0.16, 0.17, 0.07, 0.06, 0.0])
    if age == "old":
        shares[[1, 6]] = 0.05, 0.24
    if pose in ("wait", "phone", "hips", "talk"):
        shares[[4, 5, 6]] = 0.0
    return str(rng.choice(kinds, p=shares / shares.sum()))


def person(look: Look) -> Geometry:
    """The figure of a look: its lowest point lies on z = 0; a rider sits on a bicycle's saddle."""
    riding = look.pose == "ride"
    legs = _riding_legs(look) if riding else _legs(look)
    arms, hands = _riding_arms(look) if riding else _arms(look)
    upper = [*_trunk(look, legs.spread), _head(look), *carried(look.carry, hands)]
    lean = _lean(look)
    if riding:  # the arms reach from leaning shoulders already
        whole = merge([*legs.parts, *arms, *(_leaning(p, lean) for p in upper)])
        return moved(whole, _saddle_shift())
    whole = merge([*legs.parts, *(_leaning(p, lean) for p in (*arms, *upper))])
    low = float(whole.verts[:, 2].min())
    parts = [moved(whole, (0, 0, -low)), *on_the_ground(look.carry, hands - [0, 0, low])]
    return moved(merge(parts), scale=look.size)


def _head(look: Look) -> Geometry:
    """Head with hair and hat; a child's is larger."""
    face = ball((0, 0.014, HEAD), (0.076, 0.096, 0.118), "skin")
    part = merge([face, *headwear(look.hair, look.hat, look.age == "old")])
    if look.age != "child":
        return part
    chin = np.array([0.0, 0.0, 1.52])
    return Geometry((part.verts - chin) * 1.24 + chin, part.faces, part.slots)


def _lean(look: Look) -> float:
    """How far the upper body leans forwards, metres per metre of height."""
    if look.pose == "ride":
        return 0.42
    return (0.05 if look.pose in WALKS else 0.0) + (0.13 if look.age == "old" else 0.0)


def _leaning(part: Geometry, lean: float) -> Geometry:
    """A part of the upper body, leaning from the hips."""
    rise = np.maximum(part.verts[:, 2] - HIP, 0.0)
    shift = np.column_stack([np.zeros_like(rise), lean * rise, -0.5 * lean**2 * rise])
    return Geometry(part.verts + shift, part.faces, part.slots)


def limb(points: np.ndarray, radii: list[tuple[float, float]], slot: str,
         sides: int = 7) -> Geometry:  # fmt: skip
    """A closed skin round a bent line (K, 3); radii across (sideways, forwards) per point."""
    points = np.asarray(points, dtype=np.float64)
    steps = np.diff(points, axis=0)
    steps /= np.linalg.norm(steps, axis=1, keepdims=True)
    ways = np.concatenate([steps[:1], steps[:-1] + steps[1:], steps[-1:]])
    ways /= np.linalg.norm(ways, axis=1, keepdims=True)
    angle = np.arange(sides) * (2 * np.pi / sides)
    across = np.array([1.0, 0.0, 0.0]) - ways[:, :1] * ways
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    ahead = np.cross(ways, across)
    size = np.array(radii)[:, :, None]
    u, v = across * size[:, 0], ahead * size[:, 1]
    c, s = np.cos(angle)[:, None], np.sin(angle)[:, None]
    return skin_over(points[:, None] + c * u[:, None] + s * v[:, None], slot)


def skin_over(rings: np.ndarray, slot: str) -> Geometry:
    """A closed skin over rings (K, P, 3) that turn counter-clockwise seen from their far end."""
    count, sides = rings.shape[:2]
    s, p = np.meshgrid(np.arange(count - 1), np.arange(sides), indexing="ij")
    here, there = s * sides + p, s * sides + (p + 1) % sides
    faces = np.stack([here, there, there + sides, here + sides], axis=-1).reshape(-1, 4)
    k = np.arange(1, sides - 1)
    none = np.full(sides - 2, -1)
    first = np.column_stack([np.zeros_like(k), k + 1, k, none])
    top = (count - 1) * sides
    last = np.column_stack([np.full_like(k, top), top + k, top + k + 1, none])
    return geometry(rings.reshape(-1, 3), np.concatenate([faces, first, last]), slot)


def stack(rows: list[tuple[float, float, float, float]], slot: str, sides: int = 10) -> Geometry:
    """A closed skin over level ellipses (z, half width, half depth, y), the lowest first."""
    angle = (np.arange(sides) + 0.5) * (2 * np.pi / sides)
    c, s = np.cos(angle), np.sin(angle)
    rings = [np.column_stack([c * w, s * d + y, np.full(sides, z)]) for z, w, d, y in rows]
    return skin_over(np.stack(rings), slot)


@dataclass(frozen=True)
class Legs:
    """Legs and shoes, and where along Y they are at each height: rows of (z, back, front)."""

    parts: list[Geometry]
    spread: np.ndarray


def _legs(look: Look) -> Legs:
    """Two legs on their feet."""
    stance = STANCES[look.pose]
    free = 0.62 if look.bottom == "long_skirt" else 0.8 if look.bottom == "skirt" else 1.0
    free *= 0.8 if look.age == "old" else 1.0
    joints = []
    parts = []
    for side, (thigh, knee) in zip((1, -1), stance.legs, strict=True):
        a, b = np.radians(thigh * free), np.radians((thigh - knee) * free)
        hip = np.array([0.088 * side * (0.5 + 0.5 * look.build), 0.0, HIP])
        out = stance.wide * side
        k = hip + np.array([out * 0.5, THIGH * np.sin(a), -THIGH * np.cos(a)])
        ankle = k + np.array([out * 0.5, SHIN * np.sin(b), -SHIN * np.cos(b)])
        parts += _leg(look, hip, k, ankle)
        parts.append(_shoe(ankle, float(min(0.0, b * 1.15)), side, 0.12 if stance.wide else 0.05))
        joints.append(np.stack([ankle, k, hip]))
    heights = np.array([0.15, 0.35, 0.55, 0.75, HIP])
    along = np.stack([np.interp(heights, j[:, 2], j[:, 1]) for j in joints])
    return Legs(parts, np.column_stack([heights, along.min(axis=0), along.max(axis=0)]))


def _leg(look: Look, hip: np.ndarray, knee: np.ndarray, ankle: np.ndarray) -> list[Geometry]:
    """One leg: bare, in trousers or in shorts."""
    f = 0.55 + 0.45 * look.build
    line = np.stack([hip, (hip + knee) / 2, knee, knee * 0.6 + ankle * 0.4, ankle])
    wide = [(0.088, 0.098), (0.084, 0.09), (0.065, 0.068), (0.063, 0.066), (0.058, 0.062)]
    thin = [(0.08, 0.09), (0.073, 0.078), (0.052, 0.056), (0.05, 0.056), (0.034, 0.04)]
    if look.bottom == "trousers":
        return [limb(line, [(a * f, b * f) for a, b in wide], "cloth_two")]
    bare = limb(line, [(a * f, b * f) for a, b in thin], "skin")
    if look.bottom != "shorts":
        return [bare]
    cut = np.stack([hip, (hip + knee) / 2, knee * 0.92 + hip * 0.08])
    return [bare, limb(cut, [(0.093 * f, 0.103 * f), (0.092 * f, 0.098 * f), (0.088 * f, 0.09 * f)],
                       "cloth_two")]  # fmt: skip


def _shoe(ankle: np.ndarray, pitch: float, side: int, out: float) -> Geometry:
    """A shoe under an ankle; a negative pitch lifts the heel."""
    part = box((-0.041, -0.08, -0.085), (0.041, 0.165, 0.01), "shoe")
    toe = part.verts[:, 1] > 0
    part.verts[toe & (part.verts[:, 2] > 0), 2] = -0.035
    part.verts[toe, 0] *= 0.9
    c, s = np.cos(pitch), np.sin(pitch)
    turned = part.verts @ np.array([[1, 0, 0], [0, c, s], [0, -s, c]])
    return moved(Geometry(turned, part.faces, part.slots), ankle, turn=-out * side)


_TRUNK = np.array([
    # z, half width straight and curvy, half depth straight and curvy, y
    (0.84, 0.135, 0.145, 0.092, 0.1, -0.005), (0.93, 0.166, 0.178, 0.112, 0.118, -0.008),
    (1.04, 0.154, 0.146, 0.108, 0.1, 0.004), (1.13, 0.152, 0.128, 0.106, 0.094, 0.006),
    (1.25, 0.17, 0.15, 0.114, 0.118, 0.008), (1.36, 0.188, 0.168, 0.108, 0.1, 0.0),
    (1.425, 0.172, 0.152, 0.084, 0.076, -0.006), (1.475, 0.075, 0.064, 0.066, 0.06, -0.004),
])  # fmt: skip


def _trunk(look: Look, spread: np.ndarray) -> list[Geometry]:
    """Trunk, neck, what covers the hips, skirt, coat and scarf."""
    c = look.curve if look.age != "child" else 0.2
    wide = (_TRUNK[:, 1] * (1 - c) + _TRUNK[:, 2] * c) * look.build
    deep = (_TRUNK[:, 3] * (1 - c) + _TRUNK[:, 4] * c) * (1.6 * look.build - 0.6)
    if look.build > 1.08 and c < 0.6:  # a belly
        deep[2:4] += 0.22 * (look.build - 1.08)
    wide[-1], deep[-1] = 0.072, 0.064
    thick = {"shirt": 0.0, "sweater": 0.012, "jacket": 0.018, "coat": 0.022}.get(look.top, 0.004)
    rows = [(z, w + thick, d + thick, y) for z, w, d, y in
            zip(_TRUNK[:, 0], wide, deep, _TRUNK[:, 5], strict=True)]  # fmt: skip
    parts = [limb(np.array([(0, -0.004, 1.44), (0, 0.006, 1.56)]), [(0.052, 0.055)] * 2, "skin", 6)]
    over = -0.008 if look.top != "shirt" else 0.004  # a shirt is tucked in, the rest hangs over
    seat = [(z, w + over, d + over, y) for z, w, d, y in rows[:3]]
    if look.top in ("coat", "dress"):
        hem = 0.44 if look.top == "dress" else 0.5
        parts.append(stack(_flared(hem, rows[1], spread, 0.02) + rows[2:], "cloth"))
    elif look.top == "jacket":
        parts.append(stack([(0.8, rows[1][1], rows[1][2], rows[1][3]), *rows[1:]], "cloth"))
        parts.append(stack(seat, "cloth_two"))
    elif look.top == "sweater":
        parts.append(stack([(0.9, rows[1][1] * 0.98, rows[1][2], rows[1][3]), *rows[1:]], "cloth"))
        parts.append(stack(seat, "cloth_two"))
    else:
        parts.append(stack(rows[2:], "cloth"))
        parts.append(stack(seat, "cloth_two"))
    if look.bottom in ("skirt", "long_skirt") and look.top not in ("dress", "coat"):
        hem = 0.46 if look.bottom == "skirt" else 0.16
        waist = (1.02, rows[2][1] * 1.01 + 0.002, rows[2][2] * 1.01 + 0.002, rows[2][3])
        parts.append(stack([*_flared(hem, rows[1], spread, 0.03), waist], "cloth_two"))
    if look.scarf:
        ring = [(1.41, 0.1, 0.1, 0.0), (1.46, 0.108, 0.112, 0.01), (1.53, 0.085, 0.09, 0.01)]
        parts.append(stack(ring, "hat", 8))
        parts.append(box((0.02, 0.08, 1.12), (0.09, 0.145, 1.44), "hat"))
    return parts


def _flared(
    hem: float, hips: tuple[float, float, float, float], spread: np.ndarray, room: float
) -> list[tuple[float, float, float, float]]:
    """Rows of a skirt from its hem up to the hips, wide enough for the legs below it."""
    rows = []
    for z in (hem, hem * 0.6 + hips[0] * 0.4, hem * 0.25 + hips[0] * 0.75):
        back, front = (float(np.interp(z, spread[:, 0], spread[:, k])) for k in (1, 2))
        share = (hips[0] - z) / hips[0]
        deep = max(((front - back) / 2 + 0.095 + room) * 1.13, hips[2])
        rows.append((z, hips[1] + (0.06 + room) * share, deep, (front + back) / 2))
    return [*rows, hips]


def _arms(look: Look) -> tuple[list[Geometry], np.ndarray]:
    """Two arms, and where their hands are (2, 3): the right one first."""
    parts, hands = [], []
    for side, swing in zip((1, -1), _swings(look), strict=True):
        forwards, out, elbow, inward = np.radians(swing)
        out += 0.1 * (look.build - 1.0)
        shoulder = np.array([side * _shoulder(look), 0.0, SHOULDER])
        upper = np.array([side * np.sin(out), np.sin(forwards) * np.cos(out),
                          -np.cos(forwards) * np.cos(out)])  # fmt: skip
        bend = forwards + elbow
        fore = np.array([side * (0.4 * np.sin(out) - np.sin(inward)), np.sin(bend) * np.cos(inward),
                         -np.cos(bend) * np.cos(inward)])  # fmt: skip
        joint = shoulder + upper * UPPER_ARM
        hand = joint + fore / np.linalg.norm(fore) * FOREARM
        parts += _arm(look, shoulder, joint, hand)
        hands.append(hand)
    return parts, np.array(hands)


def _swings(look: Look) -> tuple[Swing, Swing]:
    """The stance's arms, but for one that holds something."""
    right, left = STANCES[look.pose].arms
    if look.carry == "suitcase":
        right = (-24.0, 12.0, 4.0, 0.0)
    elif look.carry in ("umbrella", "stick"):
        right = (14.0, 10.0, 24.0, 0.0)
    elif look.carry == "bag":
        right = (2.0, 11.0, 6.0, 0.0)
    return right, left


def _shoulder(look: Look) -> float:
    return (0.183 - 0.024 * look.curve) * (0.35 + 0.65 * look.build)


def _arm(look: Look, shoulder: np.ndarray, elbow: np.ndarray, hand: np.ndarray) -> list[Geometry]:
    """One arm with its sleeve and hand; a shirt leaves the forearm bare."""
    thick = {"shirt": 0.9, "dress": 0.86, "sweater": 1.0, "jacket": 1.14, "coat": 1.2}[look.top]
    f = thick * (0.5 + 0.5 * look.build)
    line = np.stack([shoulder, elbow * 0.45 + shoulder * 0.55, elbow, hand])
    radii = [(0.058 * f, 0.062 * f), (0.056 * f, 0.06 * f), (0.047 * f, 0.05 * f),
             (0.038 * f, 0.04 * f)]  # fmt: skip
    fist = hand + (hand - elbow) / np.linalg.norm(hand - elbow) * 0.05
    parts = [ball(fist, (0.038, 0.045, 0.06), "skin", 0)]
    if look.top not in ("shirt", "dress"):
        return [*parts, limb(line, radii, "cloth", 6)]
    short = [(a * 1.12, b * 1.12) for a, b in radii[:2]]
    cut = np.stack([shoulder, elbow * 0.7 + shoulder * 0.3])
    bare = [(a * 0.86, b * 0.86) for a, b in radii[1:]]
    return [*parts, limb(line[1:], bare, "skin", 6), limb(cut, short, "cloth", 6)]


def _riding_legs(look: Look) -> Legs:
    """Legs of a cyclist, each foot on its pedal."""
    parts = []
    for side in (1, -1):
        hip = np.array([0.08 * side, 0.0, HIP])
        pedal = np.array([0.11 * side, CRANK[0] + 0.12 * side, CRANK[1] - 0.12 * side])
        ankle = pedal - _saddle_shift() + [0, -0.06, 0.1]
        knee = _joint(hip, ankle, (THIGH, SHIN), (0.1 * side, 1.0, 0.5))
        parts += _leg(look, hip, knee, ankle)
        parts.append(_shoe(ankle, 0.0, side, 0.02))
    return Legs(parts, np.array([(0.0, -0.1, 0.1), (HIP, -0.1, 0.1)]))


def _saddle_shift() -> np.ndarray:
    """From a standing figure's place to that of one whose hips rest on the saddle."""
    return np.array([0.0, SADDLE[0] + 0.02, SADDLE[1] + 0.07 - HIP])


def _joint(a: np.ndarray, b: np.ndarray, lengths: tuple[float, float], way: Vector) -> np.ndarray:
    """The knee or elbow between two ends, bent towards `way`; straight where they are too far."""
    first, second = lengths
    gap = float(np.linalg.norm(b - a))
    along = (b - a) / gap
    gap = min(gap, (first + second) * 0.999)
    reach = (first**2 - second**2 + gap**2) / (2 * gap)
    out = np.asarray(way, dtype=np.float64) - np.dot(way, along) * along
    out /= np.linalg.norm(out)
    return a + along * reach + out * np.sqrt(max(first**2 - reach**2, 0.0))


def _riding_arms(look: Look) -> tuple[list[Geometry], np.ndarray]:
    """Arms of a cyclist, hands on the handlebar."""
    parts, hands = [], []
    lean, rise = _lean(look), SHOULDER - HIP
    for side in (1, -1):
        shoulder = np.array([side * _shoulder(look), lean * rise, SHOULDER - 0.5 * lean**2 * rise])
        hand = np.array([GRIPS[0] * side, GRIPS[1], GRIPS[2] + 0.03]) - _saddle_shift()
        way = hand - shoulder
        hand = shoulder + way * min(1.0, 0.95 * (UPPER_ARM + FOREARM) / float(np.linalg.norm(way)))
        elbow = _joint(shoulder, hand, (UPPER_ARM, FOREARM), (0.8 * side, -0.3, -0.6))
        parts += _arm(look, shoulder, elbow, hand)
        hands.append(hand)
    return parts, np.array(hands)

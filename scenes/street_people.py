# SPDX-License-Identifier: GPL-3.0-or-later
"""A street's people: walkers, groups, those who wait, and their clothes' colours."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from scenes import ground, people
from scenes.plan import Color, Plan

if TYPE_CHECKING:
    from scenes.layout import Street

CLOTHES: list[Color] = [
    (0.78, 0.77, 0.74), (0.03, 0.03, 0.035), (0.12, 0.12, 0.13), (0.33, 0.34, 0.36),
    (0.02, 0.035, 0.11), (0.05, 0.12, 0.36), (0.2, 0.4, 0.62), (0.5, 0.02, 0.03),
    (0.68, 0.1, 0.06), (0.75, 0.3, 0.06), (0.8, 0.55, 0.09), (0.05, 0.2, 0.09), (0.19, 0.24, 0.08),
    (0.22, 0.2, 0.18), (0.08, 0.09, 0.12), (0.55, 0.52, 0.46), (0.06, 0.34, 0.33),
    (0.3, 0.06, 0.3), (0.74, 0.38, 0.42), (0.33, 0.17, 0.08), (0.5, 0.42, 0.3),
]  # fmt: skip
TROUSERS: list[Color] = [
    (0.03, 0.055, 0.13), (0.08, 0.15, 0.28), (0.2, 0.31, 0.45), (0.03, 0.03, 0.035),
    (0.12, 0.12, 0.13), (0.35, 0.28, 0.18), (0.14, 0.15, 0.08), (0.5, 0.42, 0.3), (0.2, 0.1, 0.06),
]  # fmt: skip
ROOM = 0.34  # radius that one person takes (metres)


def dressed(plan: Plan) -> tuple[Color, Color]:
    """Colours of a person's top and of trousers or skirt."""
    return plan.pick(CLOTHES), plan.pick(TROUSERS)


def put_people(plan: Plan, street: Street) -> None:
    """Everybody on foot: on the pavements, and some who cross the street."""
    rng = plan.rng
    for _ in range(int(rng.integers(7, 13))):
        side = int(rng.choice([-1, 1]))
        x = side * float(rng.uniform(street.half + 0.9, street.half + street.walk - 0.5))
        y = float(rng.uniform(-34, 38))
        if street.cross is not None and abs(y - street.cross) < street.cross_half + 1.2:
            continue
        group = str(rng.choice(list(_GROUPS), p=[0.46, 0.18, 0.14, 0.12, 0.1]))
        _GROUPS[group](plan, x, y, side)
    if "zebra" in plan.facts:
        for _ in range(int(rng.integers(0, 4))):
            x, y = float(rng.uniform(-street.half, street.half)), plan.facts["zebra"]
            turn = float(rng.choice([-1, 1])) * np.pi / 2
            _walker(plan, x, y + float(rng.uniform(-1.2, 1.2)), turn, 0.0)


def _put(plan: Plan, x: float, y: float, turn: float, look: people.Look, z: float) -> None:
    """A person of this look, whether there is room or not."""
    part = people.person(look)
    top, bottom = dressed(plan)
    number = plan.counts.get("person", 0)
    plan.take(x, y, ROOM)
    plan.add("person", f"person_{number}", part, (x, y, z), turn, 1.0, top, bottom)


def _walker(
    plan: Plan, x: float, y: float, turn: float, z: float = ground.KERB, age: str = ""
) -> bool:
    """Somebody who walks; False where there is no room."""
    if not plan.free(x, y, ROOM):
        return False
    look = people.draw_look(plan.rng, str(plan.rng.choice(people.WALKS)), age)
    _put(plan, x, y, turn, look, z)
    return True


def _along(plan: Plan) -> float:
    """The heading of somebody who walks along the street."""
    return np.pi * int(plan.rng.integers(2)) + float(plan.rng.normal(0, 0.2))


def _alone(plan: Plan, x: float, y: float, side: int) -> None:
    """One person who walks along the street."""
    del side
    _walker(plan, x, y, _along(plan))


def _pair(plan: Plan, x: float, y: float, side: int) -> None:
    """Two or three people who walk together, side by side."""
    rng, turn = plan.rng, _along(plan)
    if not _walker(plan, x, y, turn):
        return
    age = "child" if rng.random() < 0.3 else ""
    _walker(plan, x + side * 0.72, y + float(rng.normal(0, 0.12)), turn, age=age)
    if rng.random() < 0.25:
        _walker(plan, x + side * 0.3, y + 0.95, turn)


def _talkers(plan: Plan, x: float, y: float, side: int) -> None:
    """Two or three people who stand and talk to each other."""
    del side
    rng = plan.rng
    start, count = float(rng.uniform(0, 2 * np.pi)), int(rng.choice([2, 2, 3]))
    for k in range(count):
        angle = start + 2 * np.pi * k / count
        reach = 0.44 if count == 2 else 0.5
        at = x + reach * np.cos(angle), y + reach * np.sin(angle)
        if plan.free(*at, ROOM):
            pose = str(rng.choice(["talk", "wait", "stand", "hips"], p=[0.45, 0.2, 0.2, 0.15]))
            look = people.draw_look(rng, pose, "" if k else "adult")
            _put(plan, *at, angle + np.pi / 2 + float(rng.normal(0, 0.2)), look, ground.KERB)


def _waiting(plan: Plan, x: float, y: float, side: int) -> None:
    """Somebody who stands and waits, looks at a phone, or looks across the street."""
    rng = plan.rng
    pose = str(rng.choice(["stand", "wait", "phone", "hips"], p=[0.35, 0.2, 0.35, 0.1]))
    if plan.free(x, y, ROOM):
        look = people.draw_look(rng, pose)
        _put(plan, x, y, side * np.pi / 2 + float(rng.normal(0, 0.7)), look, ground.KERB)


def _family(plan: Plan, x: float, y: float, side: int) -> None:
    """Somebody with a pram, and perhaps a child beside."""
    rng, turn = plan.rng, _along(plan)
    ahead = y + 0.95 * np.cos(turn)
    if not (plan.free(x, y, ROOM) and plan.free(x, ahead, 0.45)):
        return
    plan.take(x, ahead, 0.45)
    _put(plan, x, y, turn, people.draw_look(rng, "push", "adult"), ground.KERB)
    if rng.random() < 0.6:
        _walker(plan, x + side * 0.75, y, turn, age="child" if rng.random() < 0.7 else "adult")


_GROUPS = {
    "alone": _alone,
    "pair": _pair,
    "talkers": _talkers,
    "waiting": _waiting,
    "family": _family,
}

# SPDX-License-Identifier: GPL-3.0-or-later
"""A figure's parts as plain data: meshes with classes, colours and weights, in both forms."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from scenes import figure_clothes
from scenes.figure_body import (
    ARM_SPREAD,
    SHOULDER_HEIGHT,
    SIDES,
    Body,
    body_of,
    enlarged,
    face_parts,
    hand_solids,
    head_solids,
    shoulder_half,
    weights,
)  # fmt: skip
from scenes.figure_hair import hair_of
from scenes.figure_identity import Cloth, Garment, identity_of
from scenes.implicit import clipped, smoothstep, surface, without
from scenes.mesh_tools import Geometry, ball, box, loft, merge
from scenes.plan import Color

CLASS_IDS: dict[str, int] = {
    "hair": 1, "face": 2, "skin": 3, "top": 4, "bottom": 5, "socks": 6, "shoes": 7, "background": 8,
}  # fmt: skip
"""Ids of the classes in the palette `figure`."""

_CELL, _FINE = 0.0125, 0.006


@dataclass(frozen=True)
class Part:
    """A mesh at rest (metres) that bones move: `weights` per bone (N,).

    `cloth` (N, 3) are the places that fabric patterns are laid out on, metres at 1.75 m: those of
    the figure with its arms hanging. `fabric` is None for what is not woven.
    """

    name: str
    class_name: str
    geometry: Geometry
    weights: dict[str, np.ndarray]
    cloth: np.ndarray
    color: Color
    fabric: Cloth | None = None


@dataclass(frozen=True)
class Block:
    """What stands for a part of the body in the blockout form, fixed to one bone."""

    name: str
    class_name: str
    bone: str
    geometry: Geometry
    color: Color


@dataclass(frozen=True)
class FigurePlan:
    """All that a figure is made of."""

    body: Body
    parts: tuple[Part, ...]
    blocks: tuple[Block, ...]

    @property
    def classes(self) -> frozenset[str]:
        """Names of the classes that the figure has."""
        return frozenset(p.class_name for p in self.parts)


@lru_cache(maxsize=2)
def figure_plan(seed: int) -> FigurePlan:
    """The figure with this seed; the same for the same seed."""
    body = body_of(identity_of(seed))
    worn = list(enumerate(body.identity.garments))
    parts = [_skin(body), *_head(body)]
    for number, garment in worn:
        piece = figure_clothes.piece_of(body, garment, _layer(garment))
        piece = without(piece, _hidden(body, piece.verts, worn[number + 1 :]))
        parts.append(_worn(body, f"{garment.kind}_{number}", garment, piece))
    parts = [p for p in parts if len(p.geometry.faces)]
    return FigurePlan(body, tuple(parts), tuple(_blocks(body, {p.class_name for p in parts})))


def _layer(garment: Garment) -> int:
    """How far out a garment lies: shirts hang over trousers, jackets over shirts."""
    return {"jacket": 3, "shirt": 1, "dress": 1}.get(garment.kind, 0)


def _hidden(body: Body, points: np.ndarray, worn: list[tuple[int, Garment]]) -> np.ndarray:
    """Which points lie deep under what is worn further out."""
    hidden = np.zeros(len(points), bool)
    for _, garment in worn:
        hidden |= figure_clothes.covers(body, garment, _layer(garment), points)
    return hidden


def _part(body: Body, name: str, class_name: str, part: Geometry, color: Color) -> Part:
    """A part of the body itself."""
    return _scaled(body, Part(name, class_name, part, weights(body, part.verts), part.verts, color))


def _worn(body: Body, name: str, garment: Garment, part: Geometry) -> Part:
    """A part of the wardrobe."""
    found = figure_clothes.garment_weights(body, garment, part.verts)
    cloth = garment.cloth
    return _scaled(
        body, Part(name, garment.class_name, part, found, part.verts, cloth.color, cloth)
    )


def _scaled(body: Body, part: Part) -> Part:
    """The part in the figure's own size, with its fabric laid out and its surface named."""
    shape = part.geometry
    grown = Geometry(shape.verts * body.scale, shape.faces, _named(shape.slots, part.name))
    return replace(part, geometry=grown, cloth=_laid_out(body, shape.verts))


def _named(slots: np.ndarray, name: str) -> np.ndarray:
    return np.where(slots == "surface", f"fig_{name}", slots).astype("<U16")


def _laid_out(body: Body, at: np.ndarray) -> np.ndarray:
    """Points with the spread arms let down, so that stripes run round sleeves too."""
    sign = np.where(at[:, 0] < 0, -1.0, 1.0)
    out, down = np.abs(at[:, 0]) - shoulder_half(body.identity), SHOULDER_HEIGHT - at[:, 2]
    c, s = np.cos(ARM_SPREAD), np.sin(ARM_SPREAD)
    along, across = out * s + down * c, out * c - down * s
    share = smoothstep(-0.10, -0.06, across) * smoothstep(-0.03, 0.03, out + 0.4 * across)
    hung = np.column_stack([
        sign * (shoulder_half(body.identity) + across), at[:, 1], SHOULDER_HEIGHT - along,
    ])  # fmt: skip
    return at * (1 - share[:, None]) + hung * share[:, None]


def _skin(body: Body) -> Part:
    """Neck, arms, hands and legs, without what clothes cover."""
    worn = list(enumerate(body.identity.garments))
    flesh = surface(body.flesh(), _CELL)
    pieces = [without(flesh, _hidden(body, flesh.verts, worn) | (flesh.verts[:, 2] < 0.06))]
    for side, _ in SIDES:
        hand = surface(hand_solids(body, side), _FINE)
        bone = body.bones[f"hand_{side}"] / body.scale
        way = (bone[1] - bone[0]) / np.linalg.norm(bone[1] - bone[0])
        pieces.append(clipped(hand, (hand.verts - bone[0]) @ way + 0.02))
    return _part(body, "skin", "skin", merge(pieces), body.identity.skin)


def _head(body: Body) -> list[Part]:
    who = body.identity
    face, hair = merge([surface(head_solids(who), _FINE), face_parts(who)]), hair_of(who)
    face.verts, hair.verts = enlarged(face.verts), enlarged(hair.verts)
    face = _part(body, "face", "face", face, who.skin)
    hair = _part(body, "hair", "hair", hair, who.hair_color)
    high = hair.geometry.verts[:, 2] / body.scale
    hold = smoothstep(1.42, 1.56, high)
    return [
        replace(face, weights={"head": np.ones(len(face.geometry.verts))}),
        replace(hair, weights={"head": hold, "chest": 1 - hold}),
    ]


def _blocks(body: Body, classes: set[str]) -> list[Block]:
    """Capsules, ellipsoids and cuboids along the bones, in the class that most of each shows."""
    who, s = body.identity, body.scale
    top = next(g for g in who.garments if g.kind in ("shirt", "dress"))
    outer = next((g for g in who.garments if g.kind == "jacket"), top)
    low = next((g for g in who.garments if g.kind in ("trousers", "skirt")), top)
    shoe = next(g for g in who.garments if g.class_name == "shoes")
    sock = next((g for g in who.garments if g.kind == "socks"), None)
    w, d = 0.165 * who.build, 0.115 * who.build
    made: list[Block] = []

    def add(
        name: str, bone: str, part: Geometry, worn: Garment | None, other: str = "skin"
    ) -> None:
        color = worn.cloth.color if worn else {"hair": who.hair_color}.get(other, who.skin)
        shape = Geometry(part.verts * s, part.faces, part.slots)
        made.append(Block(name, worn.class_name if worn else other, bone, shape, color))

    add("head", "head", ball((0, -0.02, 1.652), (0.08, 0.096, 0.122), _S, 3), None, "face")
    add("hair", "head", ball((0, 0.024, 1.696), (0.096, 0.107, 0.094), _S, 3), None, "hair")
    add("neck", "neck", _capsule(body, "neck", 0.054, 0.05), None)
    add("chest", "chest", box((-w, -d, 1.19), (w, d, 1.44), _S), outer)
    add("waist", "spine", box((-w * 0.86, -d * 0.92, 1.03), (w * 0.86, d * 0.92, 1.2), _S), outer)
    add("hips", "hips", box((-w, -d, 0.86), (w, d, 1.04), _S), low)
    for side, _ in SIDES:
        reach = max(top.sleeve, outer.sleeve)
        bare = reach < 0.12
        add(
            f"upper_arm_{side}",
            f"upper_arm_{side}",
            _capsule(body, f"upper_arm_{side}", 0.058, 0.044),
            None if bare else outer,
        )
        add(f"forearm_{side}", f"forearm_{side}", _capsule(body, f"forearm_{side}", 0.045, 0.03),
            outer if reach > 0.42 else None)  # fmt: skip
        add(f"hand_{side}", f"hand_{side}", _capsule(body, f"hand_{side}", 0.036, 0.024), None)
        long = low.kind == "trousers" and low.hem < 0.3
        thigh = low if low.kind == "trousers" else None
        add(f"thigh_{side}", f"thigh_{side}", _capsule(body, f"thigh_{side}", 0.092, 0.06), thigh)
        add(f"shin_{side}", f"shin_{side}", _capsule(body, f"shin_{side}", 0.06, 0.04),
            low if long else None)  # fmt: skip
        if sock is not None and "socks" in classes:
            add(f"sock_{side}", f"shin_{side}", _sock(body, side, sock.hem), sock)
        ankle = body.bones[f"foot_{side}"][0] / s
        add(
            f"foot_{side}",
            f"foot_{side}",
            box((ankle[0] - 0.045, -0.205, 0), (ankle[0] + 0.045, 0.075, 0.095), _S),
            shoe,
        )
    if low.kind in ("skirt", "dress"):
        add(
            "skirt", "hips", _cone(low.hem, 0.97, 0.2 + 0.25 * low.loose * (0.95 - low.hem), w), low
        )
    return made


_S = "blockout"


def _capsule(body: Body, bone: str, low: float, high: float) -> Geometry:
    """A round bar with round ends along a bone, `low` wide at its head and `high` at its tail."""
    a, b = body.bones[bone] / body.scale
    return _bar(a, b, low, high)


def _bar(a: np.ndarray, b: np.ndarray, low: float, high: float) -> Geometry:
    length = float(np.linalg.norm(b - a))
    way = (b - a) / length
    u = np.cross(way, [0.0, 1.0, 0.0])
    u = u / np.linalg.norm(u)
    v = np.cross(way, u)
    turn = np.linspace(0.05, np.pi / 2, 5)
    at = np.concatenate([-low * np.cos(turn), length + high * np.cos(turn[::-1])])
    wide = np.concatenate([low * np.sin(turn), high * np.sin(turn[::-1])])
    angle = np.arange(14) * (2 * np.pi / 14)
    circle = np.cos(angle)[:, None] * u + np.sin(angle)[:, None] * v
    return loft(np.stack([a + way * t + circle * r for t, r in zip(at, wide, strict=True)]), _S)


def _sock(body: Body, side: str, top: float) -> Geometry:
    bone = body.bones[f"shin_{side}"] / body.scale
    share = (bone[0][2] - top) / (bone[0][2] - bone[1][2])
    start = bone[0] + (bone[1] - bone[0]) * share
    return _bar(start, bone[1], 0.06 - 0.018 * share, 0.044)


def _cone(hem: float, top: float, low: float, high: float) -> Geometry:
    angle = np.arange(20) * (2 * np.pi / 20)
    rings = [np.column_stack([np.cos(angle) * r, np.sin(angle) * r * 0.8, np.full(20, z)])
             for r, z in ((low, hem), (high, top))]  # fmt: skip
    return loft(np.stack(rings), _S)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Car bodies as one skin over cross-sections: wheel arches, pillars, panes and roof are its faces.

Wheels stand on z = 0, the front looks along +Y. Paint takes the object's colour, the roof the
second one.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from scenes.car_parts import FINE, Fineness, details, road_wheel
from scenes.car_shapes import BodyShape
from scenes.mesh_tools import Geometry, geometry, merge, mirrored

# Points of the right half of a cross-section, from the middle of the floor to that of the roof.
FLOOR, SILL, FLANK, DOOR, CREASE, SHOULDER, GLASS_LOW, GLASS_HIGH, EDGE, CROWN, RIDGE = range(11)
POINTS = 11


def car_body(shape: BodyShape, rim: str = "five", fineness: Fineness = FINE) -> Geometry:
    """A whole car of this shape with wheels of a kind (see `car_parts.RIMS`)."""
    skin = Skin(shape, fineness)
    parts = [skin.geometry(), *details(shape, skin.side, fineness)]
    for y in shape.axles:
        hub = (shape.width / 2 * 0.985, y, shape.wheel)
        wide = 0.2 + 0.1 * (shape.wheel - 0.3)
        right = road_wheel(hub, shape.wheel, wide, rim, fineness.wheel_sides)
        parts += [right, mirrored(right)]
    return merge(parts)


class Skin:
    """The body's skin: heights and widths along the car, and the faces made from them."""

    def __init__(self, shape: BodyShape, fineness: Fineness = FINE) -> None:
        self.shape, self.fineness = shape, fineness
        self._top = np.array(sorted(_top_line(shape)))
        self._arch = shape.wheel * 1.13

    def top(self, y: float) -> float:
        """Height of the outline above the car's middle."""
        return float(np.interp(y, self._top[:, 0], self._top[:, 1]))

    def half(self, y: float) -> float:
        """Half the width."""
        end = self.shape.end
        y_in = (-end, -end + 0.05, -end + 0.22, -end + 0.75, end - 0.95, end - 0.4, end - 0.12,
                end - 0.03, end)  # fmt: skip
        share = (0.83, 0.9, 0.965, 1.0, 1.0, 0.965, 0.895, 0.84, 0.77)
        return float(np.interp(y, y_in, share)) * self.shape.width / 2

    def low(self, y: float) -> float:
        """Height of the floor, away from the wheels."""
        end, lift = self.shape.end, self.shape.lift
        y_in = (-end, -end + 0.08, -end + 0.4, end - 0.35, end - 0.06, end)
        return float(np.interp(y, y_in, (lift + 0.13, lift + 0.05, lift, lift, lift, lift + 0.07)))

    def arch(self, y: float) -> float:
        """Height of the wheel arch here; 0 where there is none."""
        reach = [self._arch**2 - (y - axle) ** 2 for axle in self.shape.axles]
        deep = max(reach)
        return self.shape.wheel + float(np.sqrt(deep)) if deep > 0 else 0.0

    def section(self, y: float) -> np.ndarray:
        """Points (11, 3) of the right half at one place along the car."""
        s, top, half = self.shape, self.top(y), self.half(y)
        low = self.low(y)
        sill_line = np.interp(y, (s.rear_foot, s.cowl), (s.belt + 0.03, s.belt))
        belt = min(float(sill_line), top - 0.05)
        if "bed" in s.extras and y < s.rear_foot:
            belt = top - 0.05
        cabin = float(np.clip((top - belt - 0.05) / (s.height - s.belt - 0.05), 0.0, 1.0))
        tall = belt - low
        body = np.array(
            [[0.0, 0.0], [0.87, 0.0], [0.965, 0.13], [0.99, 0.42], [1.0, 0.74], [0.97, 0.985]]
        )
        x = body[:, 0] * half
        z = low + body[:, 1] * tall
        arch = self.arch(y)
        if arch > 0:
            z = np.maximum(z, arch + np.array([0.0, 0.0, 0.004, 0.04, 0.09, 0.12]))
            z = np.minimum(z, belt - np.array([0.1, 0.1, 0.09, 0.06, 0.03, 0.01]))
        rise, wide = top - belt, s.roof_width
        bonnet = np.array([[0.93, 0.2], [0.86, 0.5], [0.7, 0.8], [0.38, 0.97], [0.0, 1.0]])
        roof = np.array([[0.925, 0.03], [wide, 0.82], [wide * 0.9, 0.935], [wide * 0.5, 0.99],
                         [0.0, 1.0]])  # fmt: skip
        upper = bonnet + (roof - bonnet) * cabin
        ring = np.concatenate([np.column_stack([x, z]), upper * [half, rise] + [0.0, belt]])
        return np.column_stack([ring[:, 0], np.full(POINTS, y), ring[:, 1]])

    def side(self, y: float, z: float) -> float:
        """x of the right flank at a place and height below the windows."""
        flank = self.section(y)[SILL : GLASS_LOW + 1]
        return float(np.interp(z, flank[:, 2], flank[:, 0]))

    def stations(self) -> np.ndarray:
        """The places along the car (S,) with a cross-section."""
        s = self.shape
        places = [-s.end, s.end, s.rear_foot, s.roof_rear, s.roof_front, s.cowl]
        places += list(self._pane_ends().ravel())
        turn = np.sin(np.linspace(-1, 1, self.fineness.arch_steps) * np.pi / 2)
        for axle in s.axles:
            places += [axle - self._arch - 0.004, axle + self._arch + 0.004]
            places += list(axle + turn * self._arch * 0.999)
        if "bed" in s.extras:
            places += [s.rear_foot - 0.02, -s.end + 0.16]
        for y in self._top[:, 0]:  # these only round the outline off
            if np.abs(np.array(places) - y).min() > self.fineness.gap:
                places.append(float(y))
        ordered = np.unique(np.round(places, 4))
        keep = np.concatenate([[True], np.diff(ordered) > 0.0035])
        return ordered[keep]

    def _pane_ends(self) -> np.ndarray:
        """Ends (K, 2) along the car of the panes on each side, from the back."""
        s = self.shape
        back = s.roof_rear + (s.rear_foot - s.roof_rear) * (s.glass_end * 2 - 1)
        if s.glass_end < 0.8:
            back = s.roof_rear - (s.roof_rear - s.rear_foot) * 0.42
        front = s.cowl - 0.14
        cuts = [back + (front - back) * share for share in s.pillars]
        edges = np.array([back, *(c + d for c in cuts for d in (-0.035, 0.035)), front])
        panes = edges.reshape(-1, 2)
        return panes[-1:] if "blind" in s.extras else panes

    def geometry(self) -> Geometry:
        """The skin with its materials."""
        places = self.stations()
        rows = [self._bedded(self.section(float(y))) for y in places]
        right = np.stack(rows)
        left = right[:, -2:0:-1] * [-1.0, 1.0, 1.0]
        rings = np.concatenate([right, left], axis=1)
        count, around = rings.shape[:2]
        s, p = np.meshgrid(np.arange(count - 1), np.arange(around), indexing="ij")
        here, there = s * around + p, s * around + (p + 1) % around
        faces = np.stack([here, here + around, there + around, there], axis=-1).reshape(-1, 4)
        half = [self._names(a, b) for a, b in pairwise(places)]
        names = np.array([row + row[::-1] for row in half]).ravel()
        skin = geometry(rings.reshape(-1, 3), faces, names)
        if not self.fineness.floor:
            seen = (np.arange(len(faces)) + 1) % around > 1  # the first and last of each ring
            skin = Geometry(skin.verts, skin.faces[seen], skin.slots[seen])
        return merge([skin, _end_cap(rings[0], False), _end_cap(rings[-1], True)])

    def _bedded(self, points: np.ndarray) -> np.ndarray:
        """A cross-section with the bed of a pickup let into it, where there is one."""
        s = self.shape
        if "bed" in s.extras and -s.end + 0.15 < points[0, 1] < s.rear_foot - 0.015:
            x = self.half(points[0, 1])
            floor = s.deck - 0.3  # above the wheel arches
            points[GLASS_HIGH, 0], points[EDGE] = x * 0.84, (x * 0.82, points[0, 1], floor)
            points[CROWN:, 2] = floor
        return points

    def _names(self, back: float, front: float) -> list[str]:
        """Materials of the faces (10) of the right half between two stations, from the floor."""
        s, y = self.shape, (back + front) / 2
        names = ["car_paint"] * (POINTS - 1)
        names[FLOOR] = names[SILL] = "trim"
        if "cladding" in s.extras:
            names[FLANK] = "trim"
        screen = s.roof_front < y < s.cowl or (s.rear_foot < y < s.roof_rear)
        cabin = s.rear_foot < y < s.cowl
        if screen and not ("blind" in s.extras and y < 0):
            names[EDGE] = names[CROWN] = "car_glass"
        elif cabin:
            names[EDGE] = names[CROWN] = "paint_two"
        if cabin:
            names[GLASS_HIGH] = "paint_two"
            panes = self._pane_ends()
            inside = (panes[:, 0] < y) & (y < panes[:, 1])
            between = panes[0, 0] < y < panes[-1, 1]
            if inside.any():
                names[GLASS_LOW] = "car_glass"
            elif between or y > panes[-1, 1]:
                names[GLASS_LOW] = "trim"
        if "bed" in s.extras and -s.end + 0.15 < y < s.rear_foot:
            names[GLASS_HIGH] = names[EDGE] = names[CROWN] = "trim"
        return names


def _top_line(s: BodyShape) -> list[tuple[float, float]]:
    """The outline above the car's middle as (y, z), from the tail to the nose."""
    end, roof = s.end, s.height
    middle = (s.roof_front + s.roof_rear) / 2
    screen = ((s.cowl + s.roof_front) / 2, (s.hood + roof) / 2 + 0.02)
    back = ((s.rear_foot + s.roof_rear) / 2, (s.deck + roof) / 2 + 0.03)
    line = [(-end, s.deck - 0.2), (-end + 0.03, s.deck - 0.07), (-end + 0.1, s.deck - 0.015),
            (s.roof_rear, roof - 0.035), (middle, roof),
            (s.roof_front, roof - 0.05), (s.cowl, s.hood),
            ((s.cowl + end) / 2, (s.hood + s.nose) / 2 + 0.045), (end - 0.3, s.nose + 0.045),
            (end - 0.13, s.nose), (end - 0.03, s.nose - 0.06), (end, s.nose - 0.15)]  # fmt: skip
    line += [screen, back]
    if s.rear_foot > -end + 0.13:
        line.append((s.rear_foot, s.deck + 0.01))
    return line


def _end_cap(ring: np.ndarray, front: bool) -> Geometry:
    """The flat end of the skin over a ring (P, 3)."""
    count = len(ring)
    middle = np.array([[0.0, ring[0, 1], (ring[:, 2].min() + ring[:, 2].max()) / 2]])
    here = np.arange(count)
    there = (here + 1) % count
    order = (there, here) if front else (here, there)
    faces = np.column_stack([np.full(count, count), *order])
    return geometry(np.concatenate([ring, middle]), faces, "car_paint")

# SPDX-License-Identifier: Apache-2.0
"""Depth maps in few bytes: from coarse to fine, each pixel is foretold from what is known already.

A pixel between two others of its own object lies on a plane through them, or follows their normals;
one that has no such neighbour lies on its object's box. What a pixel misses by is kept in steps of
the logarithm of depth, so depth comes back within half a step of itself: 0.8 %. Planes come back as
planes, since the state that foretells is not rounded: there are no bands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neural_core.contract import Camera

from .box_hits import camera_rays
from .codec import decode_normal
from .heading import heading_rotation

Array = NDArray[np.float64]
Part = tuple[slice, slice]

STEP = 0.016
"""Of what is written; sets of earlier versions have finer ones, and say so."""
COARSEST = 32
_MARGIN = COARSEST  # neighbours of border pixels fall in here
_STEEPEST = 0.5  # log depth between neighbours; a normal that says more is not believed


class Surface(NamedTuple):
    """What is known before the depth.

    Attributes:
        owner: (H, W) number of the object, the same for all of its pixels; 0 = empty.
        normal: (H, W, 2) uint8 codes.
        guess: (H, W) planar depth in metres for pixels without a neighbour.
        camera: of the picture.
    """

    owner: NDArray[np.integer]
    normal: NDArray[np.uint8]
    guess: Array
    camera: Camera


def encode_depth(inverse_depth: Array, surface: Surface, step: float = STEP) -> NDArray[np.int32]:
    """Errors (H * W,) in steps, in the order of the walk; ``inverse_depth`` (H, W) in 1/metres."""
    wanted = np.log(np.maximum(inverse_depth, 1e-12))
    found: list[NDArray[np.int32]] = []

    def miss(part: Part, foretold: Array, there: NDArray[np.bool_]) -> NDArray[np.int32]:
        steps = np.where(there, np.rint((wanted[part] - foretold) / step), 0).astype(np.int32)
        found.append(steps.ravel())
        return steps

    _walk(surface, miss, step)
    return np.concatenate(found)


def decode_depth(steps: NDArray[np.int32], surface: Surface, step: float = STEP) -> Array:
    """Inverse depth (H, W) in 1/metres, 0 where empty; the inverse of `encode_depth`."""
    place = 0

    def miss(part: Part, foretold: Array, there: NDArray[np.bool_]) -> NDArray[np.int32]:
        nonlocal place
        place += foretold.size
        return steps[place - foretold.size : place].reshape(foretold.shape)

    return np.where(surface.owner > 0, np.exp(_walk(surface, miss, step)), 0.0)


def _walk(
    surface: Surface,
    miss: Callable[[Part, Array, NDArray[np.bool_]], NDArray[np.int32]],
    step: float,
) -> Array:
    """Log inverse depth (H, W): ``miss`` tells by how many steps a foretold part is wrong."""
    state = _State(surface)
    for part, way in _parts(*surface.owner.shape):
        foretold = state.foretell(part, way)
        steps = miss(part, foretold, state.owner[_moved(part, _MARGIN, _MARGIN)] > 0)
        state.log[_moved(part, _MARGIN, _MARGIN)] = foretold + step * steps
    height, width = surface.owner.shape
    return state.log[_MARGIN : _MARGIN + height, _MARGIN : _MARGIN + width]


def _parts(height: int, width: int) -> Iterator[tuple[Part, tuple[int, int]]]:
    """Every pixel once, coarse to fine, and the way (rows, columns) to its known neighbours."""
    yield (slice(0, height, COARSEST), slice(0, width, COARSEST)), (0, 0)
    spacing = COARSEST
    while spacing > 1:
        half = spacing // 2
        yield (slice(0, height, spacing), slice(half, max(width, half), spacing)), (0, half)
        yield (slice(half, max(height, half), spacing), slice(0, width, half)), (half, 0)
        spacing = half


def _moved(part: Part, down: int, right: int) -> Part:
    rows, columns = part
    return (
        slice(rows.start + down, rows.stop + down, rows.step),
        slice(columns.start + right, columns.stop + right, columns.step),
    )


class _State:
    """Maps with a margin on all sides, which nobody owns."""

    def __init__(self, surface: Surface) -> None:
        height, width = surface.owner.shape
        camera = surface.camera
        x, y = camera_rays(camera, height + 2 * _MARGIN, width + 2 * _MARGIN)
        self.x = x + _MARGIN * (x[0, 0] - x[0, 1])
        self.y = y + _MARGIN * (y[0, 0] - y[1, 0])
        self.owner = _framed(surface.owner)
        codes = surface.normal.astype(np.int32)
        self.code = _framed(codes[..., 0] << 8 | codes[..., 1])
        turn = heading_rotation(camera) @ np.asarray(camera.camera_to_world)[:3, :3]
        # Normals say how 1/depth goes on along a perspective ray only.
        slopes = camera.kind == "perspective"
        normals = decode_normal(surface.normal) @ turn * slopes
        self.normal = [_framed(normals[..., axis]) for axis in range(3)]
        self.guess = _framed(-np.log(surface.guess))
        self.log = np.zeros_like(self.guess)

    def foretell(self, part: Part, way: tuple[int, int]) -> Array:
        """Log inverse depth of a part from its neighbours ``way`` before and after it."""
        here = _moved(part, _MARGIN, _MARGIN)
        guess = self.guess[here]
        if way == (0, 0):
            return guess
        before, after = _moved(here, -way[0], -way[1]), _moved(here, *way)
        mine = self.owner[here]
        one, other = self.owner[before] == mine, self.owner[after] == mine
        first, second = self._followed(here, before), self._followed(here, after)
        code = self.code[here]
        flat = (self.code[before] == code) & (self.code[after] == code)
        straight = np.log((np.exp(self.log[before]) + np.exp(self.log[after])) / 2)
        between = np.where(flat, straight, (first + second) / 2)
        alone = np.where(one, first, np.where(other, second, guess))
        return np.where(one & other, between, alone)

    def _followed(self, here: Part, there: Part) -> Array:
        """Log inverse depth at ``here`` of the plane through ``there`` under both's mean normal."""
        a, b, c = (axis[here] + axis[there] for axis in self.normal)
        ahead = np.abs(a * self.x[:, here[1]] + b * self.y[here[0]] - c)
        behind = np.abs(a * self.x[:, there[1]] + b * self.y[there[0]] - c)
        change = np.log(np.maximum(ahead, 1e-3) / np.maximum(behind, 1e-3))
        return np.add(self.log[there], np.where(np.abs(change) < _STEEPEST, change, 0.0))


def _framed(array: NDArray) -> NDArray:
    return np.pad(array, _MARGIN)

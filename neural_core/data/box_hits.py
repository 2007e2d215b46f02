# SPDX-License-Identifier: Apache-2.0
"""Where each pixel's ray meets the box of the pixel's own object: what a form's passes hold there
if the object is its box, and a first guess where it is not."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neural_core.contract import Camera

from .codec import encode_normal
from .heading import heading_rotation

Array = NDArray[np.float64]

NEAREST, FARTHEST = 1e-2, 1e6  # metres


class BoxHits(NamedTuple):
    """H x W maps.

    Attributes:
        depth: (H, W) planar metres; where a ray misses the box, roughly that of the box.
        normal: (H, W, 2) uint8 codes of the face that is met, as `codec.encode_normal` gives.
    """

    depth: Array
    normal: NDArray[np.uint8]


def box_hits(
    rows: NDArray[np.integer],
    camera: Camera,
    matrices: NDArray[np.floating],
    boxes: NDArray[np.floating],
) -> BoxHits:
    """Hits of the pixel centres.

    Args:
        rows: (H, W) row of ``matrices`` and ``boxes`` that each pixel belongs to.
        matrices: (N, 4, 4) local -> world; boxes: (N, 2, 3) corners in local space.
    """
    inward = _inverses(matrices)
    to_local = inward @ np.asarray(camera.camera_to_world, np.float64)
    x, y = camera_rays(camera, *rows.shape)
    enter, leave = np.full(rows.shape, -np.inf), np.full(rows.shape, np.inf)
    face = np.zeros(rows.shape, np.intp)
    for axis in range(3):
        start, step = _along(to_local[:, axis], rows, x, y, camera.kind)
        low = (boxes[:, 0, axis].astype(np.float64).take(rows) - start) / step
        high = (boxes[:, 1, axis].astype(np.float64).take(rows) - start) / step
        first = np.minimum(low, high)
        later = first > enter
        enter = np.where(later, first, enter)
        face = np.where(later, 2 * axis + (step > 0), face)
        leave = np.minimum(leave, np.maximum(low, high))
    depth = np.clip(np.where(enter > 0, enter, leave), NEAREST, FARTHEST)
    codes = _face_codes(inward, camera).reshape(-1, 2)
    return BoxHits(depth, codes.take(6 * rows.astype(np.intp) + face, axis=0))


def camera_rays(camera: Camera, height: int, width: int) -> tuple[Array, Array]:
    """Offsets of the pixel centres, see `cameras.pixel_offsets`: x (1, W) and y (H, 1)."""
    x = (np.arange(width) + 0.5 - camera.cx) / camera.fx
    y = (camera.cy - np.arange(height) - 0.5) / camera.fy
    return x[None], y[:, None]


def _inverses(matrices: NDArray[np.floating]) -> Array:
    """World -> local; the identity for an object without volume."""
    plain = matrices.astype(np.float64)
    flat = np.abs(np.linalg.det(plain)) < 1e-30
    plain[flat] = np.eye(4)
    return np.linalg.inv(plain)


def _along(
    lines: Array, rows: NDArray[np.integer], x: Array, y: Array, kind: str
) -> tuple[Array, Array]:
    """Start and step per metre of depth of each pixel's ray along one local axis, never 0."""
    a, b, c, d = (lines[:, column].take(rows) for column in range(4))
    slant = a * x + b * y
    start, step = (d, slant - c) if kind == "perspective" else (slant + d, -c)
    return start, np.where(np.abs(step) < 1e-9, 1e-9, step)


def _face_codes(inward: Array, camera: Camera) -> NDArray[np.uint8]:
    """(N, 6, 2) codes of the normals of the faces +X, -X, +Y, -Y, +Z, -Z."""
    axes = inward[:, :3, :3]
    axes = axes / np.maximum(np.linalg.norm(axes, axis=-1, keepdims=True), 1e-30)
    seen = axes @ heading_rotation(camera).T
    return encode_normal(np.stack([seen, -seen], 2).reshape(-1, 6, 3))

# SPDX-License-Identifier: Apache-2.0
"""Where on its own object a pixel lies: what tells a wheel from a windscreen on a plain box.

An object's own axes are the columns of its ``matrix_world`` without their lengths; lengths are in
metres. Where a matrix shears, its columns are not at right angles and positions are approximate.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neural_core.contract import Camera
from neural_core.geometry.cameras import pixel_offsets

Array = NDArray[np.float32]

THINNEST = 0.05
"""Half an extent, in metres, below which a position is no longer stretched to [-1, 1]."""


class OwnAxes(NamedTuple):
    """H x W maps, all 0 where there is no object.

    Attributes:
        local: (H, W, 3) position in the object's box: -1 and 1 at its faces, clipped there.
        view: (H, W, 3) unit vector towards the eye, along the object's axes.
        extent: (H, W, 3) log2 of the box's edge lengths in metres; at least ``2 * THINNEST``.
    """

    local: Array
    view: Array
    extent: Array


def own_axes(
    rows: NDArray[np.integer], inverse_depth: Array, camera: Camera, matrices: Array, boxes: Array
) -> OwnAxes:
    """Maps of each pixel in the axes of its own object.

    Args:
        rows: (H, W) row of ``matrices`` and ``boxes`` that each pixel belongs to; 0 = none.
        inverse_depth: (H, W) 1/metres, 0 = empty.
        camera: the camera of the picture, for pixels of this size.
        matrices: (N, 4, 4) local -> world.
        boxes: (N, 2, 3) corners in local space.
    """
    turn, shift, half = _poses(camera, matrices.astype(np.float64), boxes.astype(np.float64))
    solid = (rows > 0) & (inverse_depth > 0)
    points, towards_eye = _in_camera(inverse_depth, camera)
    turns = turn.take(rows, axis=0)
    local = np.einsum("hwij,hwj->hwi", turns, points) + shift.take(rows, axis=0)
    local = np.clip(local / half.take(rows, axis=0), -1, 1)
    view = np.einsum("hwij,hwj->hwi", turns, towards_eye)
    extent = np.log2(2 * half).take(rows, axis=0)
    return OwnAxes(*(np.where(solid[..., None], maps, 0.0) for maps in (local, view, extent)))


def _poses(
    camera: Camera, matrices: NDArray[np.float64], boxes: NDArray[np.float64]
) -> tuple[Array, Array, Array]:
    """Camera space -> own axes as a rotation (N, 3, 3) and a shift (N, 3); half extents (N, 3)."""
    lengths = np.linalg.norm(matrices[:, :3, :3], axis=1)
    axes = matrices[:, :3, :3] / np.maximum(lengths, 1e-12)[:, None, :]
    middle = boxes.mean(axis=1)
    centres = np.einsum("nij,nj->ni", matrices[:, :3, :3], middle) + matrices[:, :3, 3]
    half = np.maximum((boxes[:, 1] - boxes[:, 0]) / 2 * lengths, THINNEST)
    inward = axes.transpose(0, 2, 1)
    eye = np.asarray(camera.camera_to_world)
    turn = inward @ eye[:3, :3]
    shift = np.einsum("nij,nj->ni", inward, eye[:3, 3] - centres)
    return turn.astype(np.float32), shift.astype(np.float32), half.astype(np.float32)


def _in_camera(inverse_depth: Array, camera: Camera) -> tuple[Array, Array]:
    """(H, W, 3) points of the pixels and unit vectors to the eye, in camera coordinates."""
    height, width = inverse_depth.shape
    x, y = pixel_offsets(camera, np.arange(width) + 0.5, np.arange(height) + 0.5)
    offsets = np.empty((height, width, 3), np.float32)
    offsets[..., 0], offsets[..., 1], offsets[..., 2] = x, y[:, None], -1.0
    depth = np.zeros_like(inverse_depth)
    np.divide(np.float32(1), inverse_depth, out=depth, where=inverse_depth > 0)
    if camera.kind == "perspective":
        towards_eye = -offsets / np.linalg.norm(offsets, axis=-1, keepdims=True)
        return offsets * depth[..., None], towards_eye
    offsets[..., 2] = -depth
    towards_eye = np.zeros_like(offsets)
    towards_eye[..., 2] = 1.0
    return offsets, towards_eye

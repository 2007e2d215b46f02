# SPDX-License-Identifier: Apache-2.0
"""What a pixel sees of the face that it shows: position, normals, uv."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from neural_core.contract import Camera, Frame

from .barycentrics import barycentrics
from .rays import Float
from .scene import WorldScene


@dataclass(frozen=True)
class ObjectTable:
    """What pixels need to know of the drawn objects, one row each (O,)."""

    class_id: NDArray[np.uint16]
    instance_id: NDArray[np.uint32]
    holdout: NDArray[np.bool_]


@dataclass(frozen=True)
class View:
    """A frame's camera, looking at its scene.

    Attributes:
        frame: the frame.
        scene: its objects in the world.
        objects: their ids.
        vertices: (V, 3) float32 in camera space.
    """

    frame: Frame
    scene: WorldScene
    objects: ObjectTable
    vertices: torch.Tensor


@dataclass(frozen=True)
class Surface:
    """N points on faces.

    Attributes:
        depth: (N,) planar metres.
        points: (N, 3) world minus the scene's origin.
        normals: (N, 3) unit, interpolated, on the side that is seen.
        face_normals: (N, 3) unit, of the flat face, on the side that is seen.
        uvs: (N, 2).
    """

    depth: Float
    points: Float
    normals: Float
    face_normals: Float
    uvs: Float


def find_surface(
    view: View,
    face: NDArray[np.int64],
    item: NDArray[np.int32],
    offsets: Float,
) -> Surface:
    """The surface at N pixels.

    Args:
        view: camera and scene.
        face: (N,) the face that each pixel shows; item: (N,) its object.
        offsets: (2, N) of the pixels, see ``cameras.grid_offsets``.
    """
    layout, camera = view.scene.layout, view.frame.camera
    corners = torch.from_numpy(layout.faces[face].T.astype(np.int64))
    slopes = torch.from_numpy(offsets)
    shares, depth = barycentrics(view.vertices, corners, slopes, camera.kind)
    row = torch.from_numpy(face + layout.table_offset[item])
    table = layout.table
    uvs = _blend(shares, torch.from_numpy(table.uvs).index_select(0, row))
    smooth = _blend(shares, torch.from_numpy(table.normals).index_select(0, row))
    flat = torch.from_numpy(table.face_normals).index_select(0, row)
    points, ahead = _positions(view, slopes, depth)
    matrices = torch.from_numpy(view.scene.normal_matrices).index_select(0, torch.from_numpy(item))
    face_normals = _unit(_apply(matrices, flat), -ahead)
    seen_from_behind = (face_normals * ahead).sum(1, keepdim=True) > 0
    side = torch.where(seen_from_behind, -1.0, 1.0)
    # A mesh may bring normals of no length; the flat one stands in for them.
    normals = _unit(_apply(matrices, smooth), face_normals) * side
    return Surface(
        depth=depth.numpy(),
        points=points.numpy(),
        normals=normals.numpy(),
        face_normals=(face_normals * side).numpy(),
        uvs=uvs.numpy(),
    )


def _positions(
    view: View, slopes: torch.Tensor, depth: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """World positions minus the scene's origin, and viewing directions, (N, 3) each."""
    camera = view.frame.camera
    rotation = torch.from_numpy(camera.camera_to_world[:3, :3].astype(np.float32))
    eye = (camera.camera_to_world[:3, 3] - view.scene.origin).astype(np.float32)
    ahead = _directions(camera, slopes)
    local = ahead * depth
    if camera.kind == "orthographic":
        local[:2] = slopes
    return (rotation @ local).T + torch.from_numpy(eye), (rotation @ ahead).T


def _directions(camera: Camera, slopes: torch.Tensor) -> torch.Tensor:
    """(3, N) viewing directions in camera space, of length 1 along -Z."""
    xy = slopes if camera.kind == "perspective" else torch.zeros_like(slopes)
    return torch.cat([xy, torch.full_like(xy[:1], -1.0)])


def _blend(shares: torch.Tensor, corners: torch.Tensor) -> torch.Tensor:
    """Weighted sum of corner values (N, 3, C) with shares (3, N): (N, C)."""
    first, second, third = corners.unbind(1)
    a, b, c = shares[..., None].unbind(0)
    return first * a + second * b + third * c


def _apply(matrices: torch.Tensor, vectors: torch.Tensor) -> torch.Tensor:
    """(N, 3, 3) matrices times (N, 3) vectors."""
    return torch.bmm(matrices, vectors[..., None])[..., 0]


def _unit(vectors: torch.Tensor, instead: torch.Tensor) -> torch.Tensor:
    """Vectors (N, 3) at length 1; where there is no length, ``instead`` at length 1."""
    length = vectors.norm(dim=1, keepdim=True)
    if bool((length < 1e-20).any()):
        vectors = torch.where(length < 1e-20, instead, vectors)
        length = vectors.norm(dim=1, keepdim=True).clamp(min=1e-30)
    return vectors / length

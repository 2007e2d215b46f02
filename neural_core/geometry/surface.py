# SPDX-License-Identifier: Apache-2.0
"""What a pixel sees of the face that it shows: position, normals, uv.

Whatever is the same all over a face is worked out once for each face that is seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from neural_core.contract import Frame

from .barycentrics import barycentrics
from .rays import Float
from .scene import WorldScene

_FLAT = 1e-6
"""Corner normals that differ by no more from the face's are the face's: rounding."""


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
class SeenFaces:
    """The different faces that some pixels show, U of them: most things are the same all over one.

    Attributes:
        index: (N,) int64, which of them each pixel shows.
        item: (U,) the object of each; class_id: (U,) its class.
        corners: (9, U) float32 x of the three corners, then y, then z, in camera space.
        uvs: (6, U) u of the three corners, then v.
        normals: (U, 3) unit normals of the flat faces, on the side that is seen.
        corner_normals: (9, U) as ``corners``, in the world, on the side that is seen.
        smooth: (U,) whether a corner's normal is not the face's.
    """

    index: NDArray[np.int64]
    item: NDArray[np.int32]
    class_id: NDArray[np.uint16]
    corners: torch.Tensor
    uvs: torch.Tensor
    normals: Float
    corner_normals: torch.Tensor
    smooth: NDArray[np.bool_]


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


def find_faces(view: View, face: NDArray[np.int64]) -> SeenFaces:
    """What pixels that show the faces ``face`` (N,) have in common."""
    layout, table = view.scene.layout, view.scene.layout.table
    seen = np.zeros(len(layout.faces), np.bool_)
    seen[face] = True
    faces = np.flatnonzero(seen)
    place = np.empty(len(seen), np.int64)
    place[faces] = np.arange(len(faces))
    item = layout.face_object[faces]
    row = faces + layout.table_offset[item]
    corners = layout.faces[faces]
    matrices = view.scene.normal_matrices[item]
    ahead = _ahead(view, corners[:, 0])
    flat = _unit(np.matmul(matrices, table.face_normals[row][..., None])[..., 0], -ahead)
    side = np.where((flat * ahead).sum(axis=1) > 0, np.float32(-1), np.float32(1))
    flat *= side[:, None]
    # The matrices are scaled alike for all corners, so these are blended first, made unit then.
    at_corners = np.matmul(table.normals[row], matrices.transpose(0, 2, 1)) * side[:, None, None]
    own_class = table.face_class[row]
    return SeenFaces(
        index=place[face],
        item=item,
        class_id=np.where(own_class > 0, own_class, view.objects.class_id[item]),
        corners=_by_axis(view.vertices.numpy()[corners]),
        uvs=_by_axis(table.uvs[row]),
        normals=flat,
        corner_normals=_by_axis(at_corners),
        smooth=_bent(at_corners, flat),
    )


def find_surface(view: View, seen: SeenFaces, offsets: Float) -> Surface:
    """The surface at N pixels.

    Args:
        view: camera and scene.
        seen: the faces that the pixels show.
        offsets: (2, N) of the pixels, see ``cameras.grid_offsets``.
    """
    index, slopes = torch.from_numpy(seen.index), torch.from_numpy(offsets)
    corners = seen.corners.index_select(1, index).view(3, 3, -1)
    x, y, z = corners.unbind(0)
    shares, depth = barycentrics(x, y, z, slopes, view.frame.camera.kind)
    face_normals = seen.normals.take(seen.index, axis=0)
    return Surface(
        depth=depth.numpy(),
        points=_positions(view, slopes, depth).numpy(),
        normals=_smooth_normals(seen, shares, face_normals),
        face_normals=face_normals,
        uvs=_blend(shares, seen.uvs.index_select(1, index)).T.numpy(),
    )


def _smooth_normals(seen: SeenFaces, shares: torch.Tensor, face_normals: Float) -> Float:
    """Normals (N, 3) with those of smooth faces interpolated."""
    if not seen.smooth.any():
        return face_normals
    pixels = np.flatnonzero(seen.smooth[seen.index])
    chosen = torch.from_numpy(pixels)
    index = torch.from_numpy(seen.index[pixels])
    blended = _blend(shares.index_select(1, chosen), seen.corner_normals.index_select(1, index))
    normals = face_normals.copy()
    normals[pixels] = _unit(blended.T.numpy(), face_normals[pixels])
    return normals


def _bent(corners: Float, flat: Float) -> NDArray[np.bool_]:
    """Whether any corner's normal (U, 3, 3), of any length, is not the face's (U, 3): (U,)."""
    length = np.linalg.norm(corners, axis=2, keepdims=True)
    return (np.abs(corners - flat[:, None] * length) > _FLAT * length).any(axis=(1, 2)) | (
        length == 0
    ).any(axis=(1, 2))


def _ahead(view: View, corner: NDArray[np.int32]) -> Float:
    """Directions (U, 3) or (1, 3) from the camera to one corner of each face, in the world."""
    camera = view.frame.camera
    if camera.kind == "orthographic":
        return -camera.camera_to_world[None, :3, 2].astype(np.float32)
    eye = (camera.camera_to_world[:3, 3] - view.scene.origin).astype(np.float32)
    return view.scene.vertices[corner] - eye


def _by_axis(corners: Float) -> torch.Tensor:
    """(U, 3 corners, C) -> (C * 3, U): one row per number, so that it is gathered fast."""
    return torch.from_numpy(
        np.ascontiguousarray(corners.transpose(2, 1, 0).reshape(-1, len(corners)))
    )


def _positions(view: View, slopes: torch.Tensor, depth: torch.Tensor) -> torch.Tensor:
    """World positions minus the scene's origin, (N, 3)."""
    camera = view.frame.camera
    rotation = torch.from_numpy(camera.camera_to_world[:3, :3].astype(np.float32))
    eye = (camera.camera_to_world[:3, 3] - view.scene.origin).astype(np.float32)
    local = torch.empty((depth.numel(), 3))
    local[:, 2] = -depth
    for axis in range(2):
        local[:, axis] = slopes[axis] * depth if camera.kind == "perspective" else slopes[axis]
    return torch.addmm(torch.from_numpy(eye), local, rotation.T)


def _blend(shares: torch.Tensor, corners: torch.Tensor) -> torch.Tensor:
    """Weighted sum of corner values (C * 3, N), as `_by_axis` orders them: (C, N)."""
    return (corners.view(-1, 3, corners.shape[1]) * shares).sum(1)


def _unit(vectors: Float, instead: Float) -> Float:
    """Vectors (N, 3) at length 1; where there is no length, ``instead`` (N or 1, 3) at length 1."""
    length = np.sqrt(np.einsum("ij,ij->i", vectors, vectors))[:, None]
    if (length < 1e-20).any():
        vectors = np.where(length < 1e-20, instead, vectors)
        length = np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.float32(1e-30))
    return vectors / length

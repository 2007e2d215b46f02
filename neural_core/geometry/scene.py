# SPDX-License-Identifier: Apache-2.0
"""The objects of a Frame as one soup of triangles in the world, kept between frames."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neural_core.contract import ContractError, Frame, Mesh, SceneObject

from .moving_rays import MovingRays
from .primitives import box_matrix, unit_cuboid, unit_sphere
from .rasterizer import RasterizerUnavailable
from .rays import RayScene, create_ray_scene

MAX_SCENE_FACES = 50_000_000
"""Faces of all objects together, copies of a mesh counted each time."""

_ORIGIN_GRID = 256.0
"""Metres between the points that coordinates may count from."""


@dataclass(frozen=True)
class MeshTable:
    """Attributes of all different meshes, one after the other.

    Attributes:
        normals: (G, 3, 3) float32 unit corner normals in local space.
        uvs: (G, 3, 2) float32.
        face_normals: (G, 3) float32 outward normals in local space, not of unit length.
        face_class: (G,) uint16, 0 = the object's class.
    """

    normals: NDArray[np.float32]
    uvs: NDArray[np.float32]
    face_normals: NDArray[np.float32]
    face_class: NDArray[np.uint16]


@dataclass(frozen=True)
class Layout:
    """Which triangles there are: everything that does not change with the matrices.

    Attributes:
        meshes: the mesh of every object.
        first_vertex: (O + 1,) offsets of the objects' vertices.
        vertices: (V, 3) float32 in each object's local space.
        faces: (F, 3) int32 into vertices.
        face_object: (F,) int32, the object of each face.
        table: attributes of the different meshes.
        table_offset: (O,) int64; a face's row in the table is its index + its object's offset.
    """

    meshes: tuple[Mesh, ...]
    first_vertex: NDArray[np.int64]
    vertices: NDArray[np.float32]
    faces: NDArray[np.int32]
    face_object: NDArray[np.int32]
    table: MeshTable
    table_offset: NDArray[np.int64]


@dataclass(frozen=True)
class WorldScene:
    """The layout with its matrices applied.

    Attributes:
        layout: the triangles.
        matrices: (O, 4, 4) float64, local -> world.
        origin: (3,) float64, a point amid the scene; float32 coordinates count from it, so that
            scenes far from the world's origin keep their precision.
        vertices: (V, 3) float32, world minus origin.
        normal_matrices: (O, 3, 3) float32, local normal -> world normal (not of unit length).
        rays: for rays in the coordinates of ``vertices``.
    """

    layout: Layout
    matrices: NDArray[np.float64]
    origin: NDArray[np.float64]
    vertices: NDArray[np.float32]
    normal_matrices: NDArray[np.float32]
    rays: RayScene


class GeometryCache:
    """Keeps the last scene, so that a frame that differs little costs little.

    With the same meshes only the matrices are applied again, and of the rays' hierarchy only the
    part of objects that move is rebuilt; with the same matrices, too (the camera or the lights
    moved), nothing is. Not thread-safe: one
    cache for each renderer.
    """

    def __init__(self) -> None:
        self._scene: WorldScene | None = None
        self._moving_rays: MovingRays | None = None

    def scene(self, frame: Frame) -> WorldScene:
        """The frame's objects in the world.

        Raises:
            ContractError: a mesh is missing, or there are too many faces.
        """
        objects = drawn_objects(frame)
        meshes = tuple(_mesh_of(frame, item) for item in objects)
        matrices = _matrices(objects)
        last = self._scene
        if last is None or not _same_meshes(last.layout.meshes, meshes):
            layout = merge(meshes)
            self._moving_rays = _moving_rays(layout)
            unchanged = np.zeros(len(meshes), np.bool_)
            last = self._scene = self._place(layout, matrices, unchanged)
        elif (changed := (last.matrices != matrices).any(axis=(1, 2))).any():
            changed |= (_origin(matrices) != last.origin).any()
            last = self._scene = self._place(last.layout, matrices, changed)
        return last

    def _place(
        self,
        layout: Layout,
        matrices: NDArray[np.float64],
        changed: NDArray[np.bool_],
    ) -> WorldScene:
        origin = _origin(matrices)
        vertices = place(layout, matrices, origin)
        if self._moving_rays is None:
            rays = create_ray_scene(vertices, layout.faces)
        else:
            rays = self._moving_rays.update(vertices, changed)
        return WorldScene(layout, matrices, origin, vertices, normal_matrices(matrices), rays)


def drawn_objects(frame: Frame) -> list[SceneObject]:
    """The objects that have a surface: all but points."""
    return [item for item in frame.objects if item.primitive != "point"]


def merge(meshes: tuple[Mesh, ...]) -> Layout:
    """One soup of the meshes of all objects, in the order of objects."""
    faces = np.array([len(mesh.faces) for mesh in meshes], np.int64)
    if faces.sum() > MAX_SCENE_FACES:
        raise ContractError(
            "objects",
            f"they have {faces.sum():,} faces together",
            f"At most {MAX_SCENE_FACES:,}: hide or decimate some",
        )
    first_face = np.concatenate([[0], np.cumsum(faces)])
    vertices = np.array([len(mesh.vertices) for mesh in meshes], np.int64)
    first_vertex = np.concatenate([[0], np.cumsum(vertices)])
    different = list({id(mesh): mesh for mesh in meshes}.values())
    rows = np.cumsum([0, *(len(mesh.faces) for mesh in different)])
    table_first = {id(mesh): int(row) for mesh, row in zip(different, rows, strict=False)}
    first_row = np.array([table_first[id(mesh)] for mesh in meshes], np.int64)
    shifted = [m.faces + np.int32(v) for m, v in zip(meshes, first_vertex, strict=False)]
    return Layout(
        meshes=meshes,
        first_vertex=first_vertex,
        vertices=_concatenate([mesh.vertices for mesh in meshes], (0, 3), np.float32),
        faces=_concatenate(shifted, (0, 3), np.int32),
        face_object=np.repeat(np.arange(len(meshes), dtype=np.int32), faces),
        table=_table(different),
        table_offset=first_row - first_face[:-1],
    )


def place(
    layout: Layout, matrices: NDArray[np.float64], origin: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Vertices (V, 3) of the layout in the world, minus origin (3,), for matrices (O, 4, 4)."""
    linear = matrices[:, :3, :3].astype(np.float32)
    offsets = (matrices[:, :3, 3] - origin).astype(np.float32)
    vertices = np.empty_like(layout.vertices)
    for index, (start, stop) in enumerate(pairwise(layout.first_vertex.tolist())):
        part = vertices[start:stop]
        np.matmul(layout.vertices[start:stop], linear[index].T, out=part)
        part += offsets[index]
    return vertices


def _origin(matrices: NDArray[np.float64]) -> NDArray[np.float64]:
    """A point amid the objects that depends on their matrices alone, yet seldom moves."""
    if len(matrices) == 0:
        return np.zeros(3)
    return np.round(matrices[:, :3, 3].mean(axis=0) / _ORIGIN_GRID) * _ORIGIN_GRID


def normal_matrices(matrices: NDArray[np.float64]) -> NDArray[np.float32]:
    """Inverse transposes up to a positive factor, also of matrices that flatten one axis.

    The cofactors are the inverse transpose times the determinant, whose sign is taken out again:
    so a mirrored object's normals still point outwards.
    """
    x, y, z = (matrices[:, :3, axis] for axis in range(3))
    cofactors = np.stack([np.cross(y, z), np.cross(z, x), np.cross(x, y)], axis=-1)
    mirrored = (x * cofactors[..., 0]).sum(-1) < 0
    cofactors[mirrored] *= -1
    largest = np.abs(cofactors).max(axis=(1, 2), keepdims=True)
    return (cofactors / np.maximum(largest, 1e-300)).astype(np.float32)


def _moving_rays(layout: Layout) -> MovingRays | None:
    """For Embree; the torch twin has no hierarchy worth keeping."""
    try:
        return MovingRays(
            layout.faces, layout.face_object, len(layout.vertices), len(layout.meshes)
        )
    except RasterizerUnavailable:
        return None


def _table(meshes: list[Mesh]) -> MeshTable:
    flat = [_face_normals(mesh) for mesh in meshes]
    normals = [
        _unit_corners(face_normals) if mesh.corner_normals is None else mesh.corner_normals
        for mesh, face_normals in zip(meshes, flat, strict=True)
    ]
    uvs = [
        np.zeros((len(mesh.faces), 3, 2), np.float32)
        if mesh.corner_uvs is None
        else mesh.corner_uvs
        for mesh in meshes
    ]
    classes = [
        np.zeros(len(mesh.faces), np.uint16) if mesh.face_class is None else mesh.face_class
        for mesh in meshes
    ]
    return MeshTable(
        normals=_concatenate(normals, (0, 3, 3), np.float32),
        uvs=_concatenate(uvs, (0, 3, 2), np.float32),
        face_normals=_concatenate(flat, (0, 3), np.float32),
        face_class=_concatenate(classes, (0,), np.uint16),
    )


def _face_normals(mesh: Mesh) -> NDArray[np.float32]:
    a, b, c = (mesh.vertices[mesh.faces[:, corner]] for corner in range(3))
    return np.cross(b - a, c - a).astype(np.float32)


def _unit_corners(face_normals: NDArray[np.float32]) -> NDArray[np.float32]:
    length = np.linalg.norm(face_normals, axis=1, keepdims=True)
    return np.repeat((face_normals / np.maximum(length, 1e-30))[:, None], 3, axis=1)


def _concatenate(parts: list[NDArray[Any]], empty: tuple[int, ...], dtype: type) -> NDArray[Any]:
    if not parts:
        return np.zeros(empty, dtype)
    return np.concatenate(parts).astype(dtype, copy=False)


def _mesh_of(frame: Frame, item: SceneObject) -> Mesh:
    if item.primitive == "cuboid":
        return unit_cuboid()
    if item.primitive == "sphere":
        return unit_sphere()
    mesh = None if item.mesh is None else frame.meshes.get(item.mesh)
    if mesh is None:
        raise ContractError(
            f"objects '{item.name}'.mesh", f"'{item.mesh}' was not sent", "Send the mesh first"
        )
    return mesh


def _matrices(objects: list[SceneObject]) -> NDArray[np.float64]:
    if not objects:
        return np.zeros((0, 4, 4))
    return np.stack(
        [item.matrix_world if item.primitive == "mesh" else box_matrix(item) for item in objects]
    ).astype(np.float64, copy=False)


def _same_meshes(old: tuple[Mesh, ...], new: tuple[Mesh, ...]) -> bool:
    """Whether all objects have the meshes they had. Equal content counts as the same mesh."""
    if len(old) != len(new):
        return False
    pairs = {(id(a), id(b)): (a, b) for a, b in zip(old, new, strict=True) if a is not b}
    return all(_equal(a, b) for a, b in pairs.values())


def _equal(a: Mesh, b: Mesh) -> bool:
    names = ("vertices", "faces", "corner_uvs", "corner_normals", "face_class")
    for name in names:
        first, second = getattr(a, name), getattr(b, name)
        if (first is None) != (second is None):
            return False
        if first is not None and not np.array_equal(first, second):
            return False
    return True

# SPDX-License-Identifier: Apache-2.0
"""The primitives that fill an object's box, as contract Meshes spanning [-1, 1] on every axis."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from neural_core.contract import Mesh, SceneObject

SPHERE_SEGMENTS = 32
SPHERE_RINGS = 16


@cache
def unit_cuboid() -> Mesh:
    """Six flat sides of two triangles each; every side is one unit square in uv."""
    vertices = np.array(
        [[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], dtype=np.float32
    )
    sides: list[list[int]] = []
    normals: list[NDArray[np.float32]] = []
    for axis in range(3):
        for sign in (-1, 1):
            normal = np.zeros(3, np.float32)
            normal[axis] = sign
            sides.append(_square(vertices, axis, sign))
            normals.append(normal)
    square_uv = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    halves = np.array([[0, 1, 2], [0, 2, 3]])
    faces = np.array(sides, np.int32)[:, halves].reshape(-1, 3)
    corner_normals = np.repeat(np.repeat(np.stack(normals), 2, axis=0)[:, None], 3, axis=1)
    return Mesh(
        vertices=vertices,
        faces=faces,
        corner_uvs=np.tile(square_uv[halves], (6, 1, 1)),
        corner_normals=np.ascontiguousarray(corner_normals),
    )


@cache
def unit_sphere(segments: int = SPHERE_SEGMENTS, rings: int = SPHERE_RINGS) -> Mesh:
    """A smooth UV sphere, poles on Z; u runs around it, v from the lower pole to the upper one."""
    u, v = np.meshgrid(np.linspace(0, 1, segments + 1), np.linspace(0, 1, rings + 1))
    around, up = 2.0 * np.pi * u, np.pi * (v - 0.5)
    points = np.stack([np.cos(up) * np.cos(around), np.cos(up) * np.sin(around), np.sin(up)], -1)
    points[0], points[-1] = (0, 0, -1), (0, 0, 1)
    points[:, -1] = points[:, 0]  # close the seam exactly
    vertices = points.reshape(-1, 3).astype(np.float32)
    faces = _grid_faces(segments, rings)
    uv = np.stack([u, v], -1).reshape(-1, 2).astype(np.float32)
    return Mesh(
        vertices=vertices, faces=faces, corner_uvs=uv[faces], corner_normals=vertices[faces]
    )


def box_matrix(item: SceneObject) -> NDArray[np.float64]:
    """(4, 4) matrix that takes the unit primitive [-1, 1]^3 into the object's box in the world."""
    fit = np.eye(4)
    fit[:3, :3] = np.diag((item.box[1] - item.box[0]) / 2.0)
    fit[:3, 3] = (item.box[0] + item.box[1]) / 2.0
    return item.matrix_world @ fit


def _square(vertices: NDArray[np.float32], axis: int, sign: int) -> list[int]:
    """Corner indices of one side of the cuboid, counter-clockwise seen from outside."""
    first, second = (axis + 1) % 3, (axis + 2) % 3
    turn = ((-1, -1), (1, -1), (1, 1), (-1, 1))
    order = turn if sign > 0 else ((1, -1), (-1, -1), (-1, 1), (1, 1))
    corners = []
    for a, b in order:
        corner = np.zeros(3)
        corner[axis], corner[first], corner[second] = sign, a, b
        corners.append(int(np.flatnonzero((vertices == corner).all(axis=1))[0]))
    return corners


def _grid_faces(segments: int, rings: int) -> NDArray[np.int32]:
    """Two triangles per cell of the (rings+1) x (segments+1) grid, one at the poles."""
    row, column = np.divmod(np.arange(rings * segments), segments)
    corner = row * (segments + 1) + column
    above = corner + segments + 1
    lower = np.stack([corner, corner + 1, above + 1], axis=-1)[row > 0]
    upper = np.stack([corner, above + 1, above], axis=-1)[row < rings - 1]
    return np.concatenate([lower, upper]).astype(np.int32)

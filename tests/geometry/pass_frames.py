# SPDX-License-Identifier: Apache-2.0
"""Small Frames for the tests of passes and shading."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neural_core.contract import PALETTES, Camera, Frame, Light, Mesh, SceneObject

UNIT_BOX = np.array([[-1.0, -1.0, -1.0], [1.0, 1.0, 1.0]])
STREET = PALETTES["street"]
SKY, ROAD, BUILDING, CAR = 23, 7, 11, 26


def pose(
    place: tuple[float, float, float] = (0, 0, 0),
    scale: tuple[float, float, float] = (1, 1, 1),
    turn: tuple[float, float, float] = (0, 0, 0),
) -> NDArray[np.float64]:
    """Translation * rotation (Euler XYZ, radians) * scale."""
    matrix = np.eye(4)
    for axis in range(3):
        c, s = np.cos(turn[axis]), np.sin(turn[axis])
        i, j = (axis + 1) % 3, (axis + 2) % 3
        part = np.eye(4)
        part[i, i], part[i, j], part[j, i], part[j, j] = c, -s, s, c
        matrix = part @ matrix
    matrix[:3, :3] = matrix[:3, :3] @ np.diag(scale)
    matrix[:3, 3] = place
    return matrix


def item(instance: int, matrix: NDArray[np.float64], **changes) -> SceneObject:
    """A cuboid of the class car over the unit box, unless changed."""
    values = {
        "name": f"object {instance}",
        "class_id": CAR,
        "instance_id": instance,
        "primitive": "cuboid",
        "matrix_world": matrix,
        "box": UNIT_BOX,
        **changes,
    }
    return SceneObject(**values)


def above(size: int = 32, height: float = 10.0, **changes) -> Camera:
    """Looks straight down from ``height``; image up is world +Y. Shows about 5 m at the ground."""
    values = {"fx": 2.0 * size, "fy": 2.0 * size, "cx": size / 2, "cy": size / 2, **changes}
    return Camera(pose((0, 0, height)), **values)


def frame(*objects: SceneObject, size: int = 32, **changes) -> Frame:
    """Seen from above, without lights, unless changed."""
    values = {
        "width": size,
        "height": size,
        "camera": above(size),
        "palette": STREET,
        "objects": objects,
        **changes,
    }
    return Frame(**values)


def ground(instance: int = 99, **changes) -> SceneObject:
    """A wide road whose surface lies at z = 0."""
    box = np.array([[-50.0, -50.0, -1.0], [50.0, 50.0, 0.0]])
    return item(instance, np.eye(4), **{"class_id": ROAD, "box": box, **changes})


def square(**changes) -> Mesh:
    """Two triangles over [-1, 1]^2 at z = 0, facing +Z, with uvs."""
    corners = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]], np.float32)
    faces = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
    uvs = (corners[faces][..., :2] + 1) / 2
    return Mesh(**{"vertices": corners, "faces": faces, "corner_uvs": uvs, **changes})


def light(kind: str, matrix: NDArray[np.float64] | None = None, **changes) -> Light:
    """A light that shines straight down unless turned."""
    return Light(kind, np.eye(4) if matrix is None else matrix, **changes)

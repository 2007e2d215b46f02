# SPDX-License-Identifier: Apache-2.0
"""Small frames with things turned, tilted, hidden and cut by the border."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from neural_core.contract import FIGURE, STREET, Camera, Frame, Mesh, SceneObject
from neural_core.geometry.passes import rasterize_passes

ROAD, BUILDING, POLE, SKY, PERSON, CAR, TRUCK = 7, 11, 17, 23, 24, 26, 27
WIDTH, HEIGHT = 80, 56
UNIT_BOX = np.array([[-1.0, -1.0, -1.0], [1.0, 1.0, 1.0]])
CAR_BOX = np.array([[-0.9, -2.1, 0.0], [0.9, 2.1, 1.5]])


def turn(axis: int, degrees: float) -> NDArray[np.float64]:
    """(4, 4) right-handed rotation about a world axis."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    i, j = (axis + 1) % 3, (axis + 2) % 3
    matrix = np.eye(4)
    matrix[i, i], matrix[i, j], matrix[j, i], matrix[j, j] = c, -s, s, c
    return matrix


def at(x: float, y: float, z: float = 0.0) -> NDArray[np.float64]:
    """(4, 4) translation."""
    matrix = np.eye(4)
    matrix[:3, 3] = x, y, z
    return matrix


def look(heading: float = 0.0, pitch: float = 0.0, roll: float = 0.0, height: float = 1.6):
    """camera_to_world of an eye over the origin: heading 0 looks along +Y, pitch > 0 upwards."""
    return at(0, 0, height) @ turn(2, heading) @ turn(0, 90 + pitch) @ turn(2, roll)


def camera(pose: NDArray[np.float64], **changes) -> Camera:
    """60 degrees wide, the principal point off the centre, focal lengths that differ."""
    values = {"fx": 68.0, "fy": 70.0, "cx": 41.3, "cy": 26.9, **changes}
    return Camera(pose, **values)


def thing(instance: int, matrix: NDArray[np.float64], **changes) -> SceneObject:
    """A cuboid car, unless changed."""
    values = {
        "name": f"thing {instance}",
        "class_id": CAR,
        "instance_id": instance,
        "primitive": "cuboid",
        "matrix_world": matrix,
        "box": CAR_BOX,
        **changes,
    }
    return SceneObject(**values)


def wedge() -> Mesh:
    """A closed wedge that fills about half of the car's box."""
    x, y, z = CAR_BOX.T
    vertices = np.array(
        [[x[0], y[0], 0], [x[1], y[0], 0], [x[1], y[1], 0], [x[0], y[1], 0],
         [x[0], y[0], z[1]], [x[1], y[0], z[1]]], np.float32
    )  # fmt: skip
    faces = [[0, 2, 1], [0, 3, 2], [0, 1, 5], [0, 5, 4], [4, 5, 2], [4, 2, 3], [1, 2, 5], [0, 4, 3]]
    return Mesh(vertices, np.array(faces, np.int32))


def street(pose: NDArray[np.float64] | None = None, **changes) -> Frame:
    """Cars before, behind and beside each other, a sphere, a pole, a road, a house; with passes."""
    mesh = wedge()
    scale = np.diag([1.1, 0.8, 1.3, 1.0])
    objects = (
        thing(1, at(0, 0), class_id=ROAD, box=np.array([[-60.0, -60, -1], [60, 60, 0]])),
        thing(2, at(-30, 40), class_id=BUILDING, box=np.array([[0.0, 0, 0], [14, 8, 12]])),
        thing(11, at(-1.5, 12) @ turn(2, 30)),
        thing(12, at(-2.5, 17) @ turn(2, -80), primitive="mesh", mesh=mesh.key()),
        thing(13, at(3.4, 7.0) @ turn(2, 160) @ scale, primitive="mesh", mesh=mesh.key()),
        thing(14, at(1.2, 16), class_id=TRUCK, box=np.array([[-1.2, -3, 0], [1.2, 3, 3]])),
        thing(70000, at(-5, 9, 1), class_id=PERSON, primitive="sphere", box=UNIT_BOX * 0.8),
        thing(16, at(0.4, 6), class_id=POLE, box=np.array([[-0.1, -0.1, 0], [0.1, 0.1, 5]])),
    )
    values = {
        "width": WIDTH,
        "height": HEIGHT,
        "camera": camera(look() if pose is None else pose),
        "palette": STREET,
        "objects": objects,
        "meshes": {mesh.key(): mesh},
        **changes,
    }
    return with_passes(Frame(**values))


def figure() -> Frame:
    """A body of parts: one object whose faces have classes, with 18 keypoints, one of them hidden.

    The body is a column of two cubes; a board of the class background hides its lower left.
    """
    column = _column()
    points = np.zeros((18, 3), np.float32)
    points[:, 1] = 4.0
    points[:, 2] = np.linspace(0.1, 1.9, 18)
    points[0] = (0.0, 4.0, 1.6)  # inside the upper cube
    points[1] = (0.0, 4.0, 0.3)  # behind the board
    points[2] = (90.0, 4.0, 1.0)  # out of the picture
    points[3] = (0.0, -4.0, 1.0)  # behind the camera
    body = thing(
        5, at(0, 4), class_id=0, primitive="mesh", mesh=column.key(), keypoints=points,
        box=np.array([[-0.3, -0.2, 0], [0.3, 0.2, 2]]),
    )  # fmt: skip
    board = thing(6, at(0, 3), class_id=8, box=np.array([[-1.0, -0.05, 0], [1, 0.05, 0.8]]))
    return with_passes(
        Frame(
            WIDTH,
            HEIGHT,
            camera(look(height=1.0)),
            FIGURE,
            (body, board),
            meshes={column.key(): column},
        )
    )


def figure_of_parts() -> Frame:
    """Two people beside each other as data sets have them: parts, and keypoints without surface.

    Objects 1 and 2 are the bodies, 11 and 12 parts of the left one, 21 and 22 of the right one; a
    board (6) hides the right one's feet.
    """
    low, high = (
        np.array([[-0.3, -0.2, 0], [0.3, 0.2, 1]]),
        np.array([[-0.3, -0.2, 1], [0.3, 0.2, 2]]),
    )
    objects = [thing(6, at(0.8, 3), class_id=8, box=np.array([[-0.5, -0.05, 0], [0.5, 0.05, 0.4]]))]
    for body, x in ((1, -0.8), (2, 0.8)):
        points = np.zeros((18, 3), np.float32)
        points[:, 0], points[:, 1], points[:, 2] = x, 4.0, np.linspace(0.1, 1.9, 18)
        bare = np.array([[0.0, 0, 0.1], [0, 0, 1.9]])
        objects += [
            thing(body, at(x, 4), class_id=0, primitive="point", box=bare, keypoints=points),
            thing(10 * body + 1, at(x, 4), class_id=4, box=high),
            thing(10 * body + 2, at(x, 4), class_id=5, box=low),
        ]
    eye = camera(look(height=1.0), fx=40.0, fy=40.0)
    return with_passes(Frame(WIDTH, HEIGHT, eye, FIGURE, tuple(objects)))


def with_passes(frame: Frame) -> Frame:
    """The frame with its passes."""
    return replace(frame, passes=rasterize_passes(frame))


def mask_of(frame: Frame, instance: int) -> NDArray[np.bool_]:
    """Where an object is seen (H, W)."""
    assert frame.passes is not None
    return frame.passes.instance == instance


def bounds(mask: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """Left, top, width, height, found the slow way."""
    rows, columns = np.nonzero(mask)
    left, top = columns.min(), rows.min()
    return int(left), int(top), int(columns.max() - left + 1), int(rows.max() - top + 1)


def _column() -> Mesh:
    """Two cubes of 0.6 x 0.4 x 1 m, one on the other: the classes bottom (5) and top (4)."""
    low, high = _cube(0.0), _cube(1.0)
    faces = np.concatenate([_CUBE_FACES, _CUBE_FACES + 8]).astype(np.int32)
    classes = np.repeat(np.array([5, 4], np.uint16), len(_CUBE_FACES))
    return Mesh(np.concatenate([low, high]), faces, face_class=classes)


def _cube(bottom: float) -> NDArray[np.float32]:
    return np.array(
        [[x, y, z] for x in (-0.3, 0.3) for y in (-0.2, 0.2) for z in (bottom, bottom + 1)],
        np.float32,
    )


_CUBE_FACES = np.array(
    [[0, 1, 3], [0, 3, 2], [4, 6, 7], [4, 7, 5], [0, 4, 5], [0, 5, 1],
     [2, 3, 7], [2, 7, 6], [0, 2, 6], [0, 6, 4], [1, 5, 7], [1, 7, 3]]
)  # fmt: skip

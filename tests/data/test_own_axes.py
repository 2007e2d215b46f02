# SPDX-License-Identifier: Apache-2.0
import dataclasses

import numpy as np
import pytest
from data_doubles import looking_along_x

from neural_core.contract import Camera
from neural_core.data.own_axes import THINNEST, own_axes
from neural_core.geometry.cameras import project

SIZE = 9
PERSPECTIVE = Camera(looking_along_x(), SIZE, SIZE, SIZE / 2, SIZE / 2)
ORTHOGRAPHIC = dataclasses.replace(PERSPECTIVE, fx=2.0, fy=2.0, kind="orthographic")


def turned(degrees: float, scale: tuple[float, float, float], centre: tuple) -> np.ndarray:
    angle = np.radians(degrees)
    matrix = np.eye(4)
    matrix[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    matrix[:3, :3] = matrix[:3, :3] @ np.diag(scale)
    matrix[:3, 3] = centre
    return matrix


def at_centre(camera: Camera, depth: float, matrix: np.ndarray, box: np.ndarray):
    """What the pixel in the middle of the picture is told, a surface at this depth there."""
    rows = np.zeros((SIZE, SIZE), int)
    rows[4, 4] = 1
    inverse = np.where(rows > 0, np.float32(1 / depth), 0).astype(np.float32)
    tables = np.stack([np.eye(4), matrix]), np.stack([np.zeros((2, 3)), box])
    return [maps[4, 4] for maps in own_axes(rows, inverse, camera, *tables)]


UNIT = np.array([[-1.0, -1, -1], [1, 1, 1]])


@pytest.mark.parametrize("camera", [PERSPECTIVE, ORTHOGRAPHIC])
def test_the_near_face_of_a_box_ahead(camera):
    local, view, extent = at_centre(camera, 8.0, turned(0, (2, 3, 4), (10, 0, 0)), UNIT)
    assert np.allclose(local, [-1, 0, 0], atol=1e-5)
    assert np.allclose(view, [-1, 0, 0], atol=1e-5)
    assert np.allclose(2**extent, [4, 6, 8])


def test_a_box_turned_to_the_left_shows_its_right_side():
    local, view, _ = at_centre(PERSPECTIVE, 9.0, turned(90, (4, 1, 1), (10, 0, 0)), UNIT)
    assert np.allclose(local, [0, 1, 0], atol=1e-5)
    assert np.allclose(view, [0, 1, 0], atol=1e-5)


def test_the_box_need_not_be_around_the_origin():
    box = np.array([[0.0, -1, -1], [4, 1, 1]])
    local, _, extent = at_centre(PERSPECTIVE, 11.0, turned(0, (1, 1, 1), (10, 0, 0)), box)
    assert np.allclose(local, [-0.5, 0, 0], atol=1e-5)
    assert np.allclose(2**extent, [4, 2, 2])


def test_points_of_a_box_are_found_where_they_are():
    """Any point of a turned box, seen off the axis: its own position comes back."""
    rng = np.random.default_rng(3)
    matrix = turned(33, (2.0, 1.0, 0.7), (12, 1, -1))
    for unit in rng.uniform(-1, 1, (20, 3)):
        world = matrix[:3, :3] @ unit + matrix[:3, 3]
        u, v, depth = project(PERSPECTIVE, world)
        # The camera whose middle pixel that point falls on.
        shifted = dataclasses.replace(
            PERSPECTIVE, cx=PERSPECTIVE.cx + 4.5 - u, cy=PERSPECTIVE.cy + 4.5 - v
        )
        local, view, _ = at_centre(shifted, depth, matrix, UNIT)
        assert np.allclose(local, unit, atol=1e-4)
        assert np.allclose(np.linalg.norm(view), 1, atol=1e-5)


def test_turning_the_world_changes_nothing():
    world = turned(70, (1, 1, 1), (5, 6, 7))
    camera = dataclasses.replace(PERSPECTIVE, camera_to_world=world @ PERSPECTIVE.camera_to_world)
    matrix = turned(20, (1, 2, 3), (10, 0.5, 0))
    before = at_centre(PERSPECTIVE, 9.0, matrix, UNIT)
    after = at_centre(camera, 9.0, world @ matrix, UNIT)
    for mine, other in zip(before, after, strict=True):
        assert np.allclose(mine, other, atol=1e-4)


def test_flat_things_and_nothing_at_all():
    flat = np.array([[-1.0, -1, 0], [1, 1, 0]])
    local, _, extent = at_centre(PERSPECTIVE, 10.0, turned(0, (1, 1, 1), (10, 0, 0.001)), flat)
    assert abs(local[2]) < 0.05
    assert np.isclose(2 ** extent[2], 2 * THINNEST)
    rows = np.zeros((SIZE, SIZE), int)
    inverse = np.full((SIZE, SIZE), 0.1, np.float32)
    empty = own_axes(rows, inverse, PERSPECTIVE, np.eye(4)[None], UNIT[None])
    assert not any(maps.any() for maps in empty)

# SPDX-License-Identifier: Apache-2.0
"""Embree's rays and the torch twin's give the same answers."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from neural_core.geometry.moving_rays import MovingRays, SplitScene, StillScene, rays_near
from neural_core.geometry.rasterizer import (
    RasterizerUnavailable,
    choose_rasterizer,
    create_rasterizer,
)
from neural_core.geometry.rasterizer_embree import EmbreeScene, index_rows
from neural_core.geometry.rays import FAR_AWAY, RayScene, create_ray_scene
from neural_core.geometry.torch_rays import TorchRayScene

SCENES: dict[str, type] = {"embree": EmbreeScene, "torch": TorchRayScene}


@pytest.fixture(params=list(SCENES))
def scene_class(request: pytest.FixtureRequest) -> type:
    """Each kind of scene."""
    if request.param == "embree":
        pytest.importorskip("embreex")
    return SCENES[request.param]


def _soup(count: int = 200) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(0)
    centres = generator.uniform(-5, 5, (count, 1, 3))
    corners = centres + generator.normal(scale=0.4, size=(count, 3, 3))
    faces = np.arange(3 * count, dtype=np.int32).reshape(-1, 3)
    return corners.reshape(-1, 3).astype(np.float32), faces


def _rays(count: int = 3000) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(1)
    origins = generator.uniform(-8, 8, (count, 3)).astype(np.float32)
    directions = generator.normal(size=(count, 3)).astype(np.float32)
    return origins, directions


def _wall(z: float) -> tuple[np.ndarray, np.ndarray]:
    vertices = np.array([[-9, -9, z], [9, -9, z], [0, 9, z]], np.float32)
    return vertices, np.array([[0, 1, 2]], np.int32)


def test_first_hit_and_distance(scene_class: type) -> None:
    scene: RayScene = scene_class(*_wall(-4.0))
    origins = np.zeros((3, 3), np.float32)
    directions = np.array([[0, 0, -1], [0, 0, 1], [0.1, 0, -1]], np.float32)
    assert scene.first_hit(origins, directions, FAR_AWAY).tolist() == [0, -1, 0]
    assert scene.first_hit(origins, directions, 3.9).tolist() == [-1, -1, -1]
    assert scene.occluded(origins, directions, 4.1).tolist() == [True, False, True]
    assert scene.occluded(origins, directions * 2, 1.9).tolist() == [False, False, False]


def test_no_faces(scene_class: type) -> None:
    scene: RayScene = scene_class(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int32))
    origins, directions = _rays(7)
    assert (scene.first_hit(origins, directions, FAR_AWAY) == -1).all()
    assert not scene.occluded(origins, directions, FAR_AWAY).any()


def test_the_twins_agree() -> None:
    pytest.importorskip("embreex")
    vertices, faces = _soup()
    origins, directions = _rays()
    embree, twin = EmbreeScene(vertices, faces), TorchRayScene(vertices, faces)
    first = embree.first_hit(origins, directions, 9.0)
    second = twin.first_hit(origins, directions, 9.0)
    assert (first >= 0).mean() > 0.05
    assert (first == second).mean() > 0.999
    blocked = embree.occluded(origins, directions, 9.0)
    assert (blocked == twin.occluded(origins, directions, 9.0)).mean() > 0.999
    assert np.array_equal(blocked, first >= 0)


def test_axis_parallel_rays(scene_class: type) -> None:
    """Zero components must not upset the boxes of the twin."""
    vertices, faces = _soup()
    scene: RayScene = scene_class(vertices, faces)
    centres = vertices[faces].mean(1)
    origins = (centres + np.array([0, 0, 20])).astype(np.float32)
    directions = np.tile(np.array([[0, 0, -1]], np.float32), (len(origins), 1))
    assert (scene.first_hit(origins, directions, FAR_AWAY) >= 0).all()


def test_moving_objects_give_what_a_new_scene_gives() -> None:
    pytest.importorskip("embreex")
    vertices, faces = _soup(40)
    face_object = np.repeat(np.arange(10, dtype=np.int32), 4)
    moving = MovingRays(faces, face_object, len(vertices), 10)
    origins, directions = _rays(1500)
    none = np.zeros(10, np.bool_)
    kinds = []
    for moved in ([], [3], [3], [5, 3], list(range(10)), [1]):
        changed = none.copy()
        changed[moved] = True
        vertices = vertices.copy()
        vertices[np.repeat(changed[face_object], 3)] += np.float32(0.37)
        scene = moving.update(vertices, changed)
        fresh = EmbreeScene(vertices, faces)
        kinds.append(type(scene))
        for distance in (2.0, FAR_AWAY):
            expected = fresh.first_hit(origins, directions, distance)
            assert np.array_equal(scene.first_hit(origins, directions, distance), expected)
            assert np.array_equal(scene.occluded(origins, directions, distance), expected >= 0)
    assert kinds == [EmbreeScene, SplitScene, SplitScene, SplitScene, EmbreeScene, SplitScene]


def test_rays_asked_again_get_the_same_answer_and_others_their_own() -> None:
    pytest.importorskip("embreex")
    vertices, faces = _soup(60)
    embree = EmbreeScene(vertices, faces)
    still = StillScene(embree, np.arange(len(faces)))
    origins, directions = _rays(800)
    turned = directions.copy()
    turned[-1] *= -1  # only the last ray differs
    for asked in (directions, directions.copy(), turned, directions):
        for distance in (3.0, FAR_AWAY):
            face, reached = still.nearest(origins, asked, distance)
            assert np.array_equal(face, embree.first_hit(origins, asked, distance))
            assert (reached[face >= 0] <= distance).all()


@pytest.mark.parametrize("shift", [0.0, 1000.0])
def test_no_ray_that_meets_something_is_called_far(shift: float) -> None:
    pytest.importorskip("embreex")
    vertices, faces = _soup(30)
    vertices = (vertices * np.float32(0.2) + np.float32(shift)).astype(np.float32)
    box = np.stack([vertices.min(0), vertices.max(0)])
    origins, directions = _rays(4000)
    directions[::3] -= origins[::3]  # towards the middle, more or less
    directions[::7, 1] = 0.0
    origins += np.float32(shift)
    near = rays_near(box, origins, directions)
    hits = np.flatnonzero(EmbreeScene(vertices, faces).occluded(origins, directions, FAR_AWAY))
    assert len(hits) > 20
    assert np.isin(hits, near).all()
    assert len(near) < len(origins) * 0.7


def test_one_direction_serves_all_rays(scene_class: type) -> None:
    scene: RayScene = scene_class(*_soup())
    origins, _ = _rays(500)
    one = np.array([[0.3, -0.2, -1.0]], np.float32)
    all_of_them = np.repeat(one, len(origins), axis=0)
    blocked = scene.occluded(origins, one, FAR_AWAY)
    assert 0 < blocked.sum() < len(origins)
    assert np.array_equal(blocked, scene.occluded(origins, all_of_them, FAR_AWAY))


def test_rows_of_tuples_build_the_same_scene() -> None:
    pytest.importorskip("embreex")
    vertices, faces = _soup(50)
    origins, directions = _rays(500)
    first = EmbreeScene(vertices, index_rows(faces)).first_hit(origins, directions, FAR_AWAY)
    second = EmbreeScene(vertices, faces).first_hit(origins, directions, FAR_AWAY)
    assert np.array_equal(first, second)


def test_without_embree_the_twin_steps_in(monkeypatch: pytest.MonkeyPatch) -> None:
    # None in sys.modules makes the import fail as a missing package does.
    monkeypatch.setitem(sys.modules, "embreex.rtcore_scene", None)
    with pytest.raises(RasterizerUnavailable, match="pip install 'embreex"):
        create_rasterizer("embree")
    assert choose_rasterizer("cpu").name == "torch"
    assert isinstance(create_ray_scene(*_wall(-1.0)), TorchRayScene)


def test_without_pytorch3d_the_message_names_the_fix(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pytorch3d.structures", None)
    with pytest.raises(RasterizerUnavailable, match="easypytorch3d"):
        create_rasterizer("pytorch3d")
    assert choose_rasterizer("cuda").name == "torch"


def test_an_unknown_rasterizer_is_named() -> None:
    with pytest.raises(ValueError, match="'opengl' is unknown"):
        create_rasterizer("opengl")


def test_the_cpu_gets_embree_and_cuda_pytorch3d() -> None:
    pytest.importorskip("embreex")
    assert choose_rasterizer("cpu").name == "embree"
    pytest.importorskip("pytorch3d")
    assert choose_rasterizer("cuda").name == "pytorch3d"

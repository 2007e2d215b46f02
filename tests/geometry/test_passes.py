# SPDX-License-Identifier: Apache-2.0
"""Frame -> Passes: ids, depth, normals, uv, coverage, holdouts, instancing, the cache."""

from __future__ import annotations

import sys
from dataclasses import replace

import numpy as np
import pytest
from pass_frames import (
    BUILDING,
    CAR,
    ROAD,
    SKY,
    above,
    frame,
    ground,
    item,
    light,
    pose,
    square,
)

from neural_core.contract import (
    PALETTES,
    PASS_LAYOUT,
    Camera,
    ContractError,
    Frame,
    Passes,
    validate_frame,
    validate_passes,
)
from neural_core.geometry.cameras import project
from neural_core.geometry.passes import rasterize_passes
from neural_core.geometry.rasterizer import Rasterizer
from neural_core.geometry.scene import GeometryCache


def _render(scene: Frame, rasterizer: Rasterizer | None = None) -> Passes:
    validate_frame(scene)
    passes = rasterize_passes(scene, rasterizer)
    validate_passes(passes, scene.width, scene.height)
    return passes


def _equal(a: Passes, b: Passes) -> None:
    for name in PASS_LAYOUT:
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name), err_msg=name)


def test_an_empty_frame(rasterizer: Rasterizer) -> None:
    passes = _render(frame(), rasterizer)
    assert (passes.semantic == SKY).all()
    assert np.isinf(passes.depth).all()
    for name in ("instance", "normal", "uv", "coverage", "shading"):
        assert (getattr(passes, name) == 0).all(), name


def test_points_have_no_surface() -> None:
    assert (_render(frame(item(1, np.eye(4), primitive="point"))).instance == 0).all()


def test_a_cuboid_fills_its_box(rasterizer: Rasterizer) -> None:
    """2 x 1 metres, top at z = 0: seen from 10 m at 6.4 pixels a metre."""
    box = np.array([[-1.0, -0.5, -3.0], [1.0, 0.5, 0.0]])
    passes = _render(frame(item(7, np.eye(4), box=box)), rasterizer)
    centres = (np.arange(32) + 0.5 - 16) / 6.4
    inside = (abs(centres[None]) < 1.0) & (abs(centres[:, None]) < 0.5)
    assert np.array_equal(passes.instance, np.where(inside, 7, 0))
    assert np.array_equal(passes.semantic, np.where(inside, CAR, SKY))
    assert np.array_equal(np.isfinite(passes.depth), inside)
    np.testing.assert_allclose(passes.depth[inside], 10.0, rtol=1e-5)
    np.testing.assert_allclose(passes.normal[inside], [[0, 0, 1]] * inside.sum(), atol=1e-3)
    assert (passes.normal[~inside] == 0).all()
    assert (passes.uv[~inside] == 0).all()


def test_a_sphere_fills_its_box(rasterizer: Rasterizer) -> None:
    box = np.array([[-2.0, -1.0, -1.0], [2.0, 1.0, 1.0]])
    ball = item(3, np.eye(4), primitive="sphere", box=box)
    camera = above(64, kind="orthographic", fx=12.8, fy=12.8)
    passes = _render(frame(ball, size=64, camera=camera), rasterizer)
    x, y = np.meshgrid((np.arange(64) + 0.5 - 32) / 12.8, (32 - np.arange(64) - 0.5) / 12.8)
    radius = np.sqrt((x / 2) ** 2 + y**2)
    covered = passes.instance == 3
    assert covered[radius < 0.97].all()
    assert not covered[radius > 1.01].any()
    inner = radius < 0.9
    z = np.sqrt(1 - radius[inner] ** 2)
    np.testing.assert_allclose(passes.depth[inner], 10 - z, atol=0.03)
    normal = np.stack([x[inner] / 4, y[inner], z], -1)
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    np.testing.assert_allclose(passes.normal[inner], normal, atol=0.06)


def test_ids_are_exact_to_the_last_bit(rasterizer: Rasterizer) -> None:
    high = 2**32 - 1
    passes = _render(frame(item(high, np.eye(4)), ground(2**24 + 1)), rasterizer)
    assert set(np.unique(passes.instance).tolist()) == {high, 2**24 + 1}


def test_depth_is_planar_and_reprojects(rasterizer: Rasterizer) -> None:
    turn = pose((0.3, -0.2, 0.0), (1, 1.5, 0.5), (0.4, 0.7, 0.2))
    camera = above(24, cx=9.3, cy=14.2, fy=40.0)
    passes = _render(frame(item(1, turn), ground(), size=24, camera=camera), rasterizer)
    rows, columns = np.nonzero(passes.instance == 99)
    # The ground lies at z = 0, 10 m under the camera, wherever it is seen.
    np.testing.assert_allclose(passes.depth[rows, columns], 10.0, rtol=1e-5)


def test_instances_share_a_mesh(rasterizer: Rasterizer) -> None:
    places = [(-1.5, 0.0, 0.2), (1.5, 0.0, 0.3), (0.0, 1.5, 1.0)]
    objects = [
        item(k + 1, pose(p, (0.5, 0.5, 1)), primitive="mesh", mesh="a")
        for k, p in enumerate(places)
    ]
    scene = frame(*objects, ground(), meshes={"a": square()})
    passes = _render(scene, rasterizer)
    for k, place in enumerate(places):
        u, v, depth = project(scene.camera, np.array(place))
        assert passes.instance[int(v), int(u)] == k + 1
        assert passes.depth[int(v), int(u)] == pytest.approx(depth, rel=1e-4)


def test_uv_runs_over_the_mesh(rasterizer: Rasterizer) -> None:
    scene = frame(
        item(1, pose(scale=(2, 2, 1)), primitive="mesh", mesh="a"), meshes={"a": square()}
    )
    passes = _render(scene, rasterizer)
    rows, columns = np.nonzero(passes.instance == 1)
    expected = np.stack([(columns + 0.5 - 16) / 6.4, (16 - rows - 0.5) / 6.4], -1) / 4 + 0.5
    np.testing.assert_allclose(passes.uv[rows, columns], expected, atol=1e-4)


def test_face_class_overrides_the_object(rasterizer: Rasterizer) -> None:
    mesh = square(face_class=np.array([0, BUILDING], np.uint16))
    scene = frame(item(1, np.eye(4), primitive="mesh", mesh="a"), meshes={"a": mesh})
    passes = _render(scene, rasterizer)
    assert passes.semantic[18, 20] == CAR  # below the diagonal: the first face
    assert passes.semantic[12, 14] == BUILDING
    assert passes.instance[18, 20] == passes.instance[12, 14] == 1


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_mirrored_object_keeps_its_normals_outside(rasterizer: Rasterizer, axis: int) -> None:
    scale = [1.3, 0.8, 1.1]
    plain = item(1, pose((0.2, 0, 0), tuple(scale), (0.5, 0.3, 0.1)))
    scale[axis] *= -1
    mirrored = item(1, pose((0.2, 0, 0), tuple(scale), (0.5, 0.3, 0.1)))
    # A cuboid is its own mirror image: all passes but uv must be equal.
    first, second = (_render(frame(x, ground()), rasterizer) for x in (plain, mirrored))
    np.testing.assert_array_equal(first.instance, second.instance)
    np.testing.assert_allclose(first.depth, second.depth, rtol=1e-4)
    np.testing.assert_allclose(first.normal, second.normal, atol=2e-3)
    assert (first.normal[first.instance > 0][:, 2] > -1e-3).all()


def test_normals_under_uneven_scale() -> None:
    """A slope of 45 degrees, stretched: the inverse transpose, not the matrix."""
    tilted = pose(turn=(0, -np.pi / 4, 0))
    matrix = pose(scale=(2, 1, 1)) @ tilted
    scene = frame(item(1, matrix, primitive="mesh", mesh="a"), meshes={"a": square()})
    normal = _render(scene).normal[16, 16].astype(float)
    expected = np.array([-1.0, 0.0, 2.0]) / np.sqrt(5)
    np.testing.assert_allclose(normal, expected, atol=1e-3)


def test_smooth_normals_are_interpolated_and_unit() -> None:
    lean = np.array([[-0.6, 0, 0.8], [0.6, 0, 0.8], [0.6, 0, 0.8], [-0.6, 0, 0.8]], np.float32)
    mesh = square(corner_normals=lean[square().faces])
    scene = frame(item(1, pose(scale=(2, 2, 2)), primitive="mesh", mesh="a"), meshes={"a": mesh})
    normal = _render(scene).normal[16].astype(float)
    hit = np.linalg.norm(normal, axis=1) > 0
    np.testing.assert_allclose(np.linalg.norm(normal[hit], axis=1), 1, atol=2e-3)
    x = (np.flatnonzero(hit) + 0.5 - 16) / 6.4 / 2
    expected = 0.6 * x / np.hypot(0.6 * x, 0.8)
    np.testing.assert_allclose(normal[hit][:, 0], expected, atol=2e-3)


def test_the_back_of_a_face_shows_a_normal_towards_the_camera(rasterizer: Rasterizer) -> None:
    turned = pose(turn=(np.pi, 0, 0))
    scene = frame(item(1, turned, primitive="mesh", mesh="a"), meshes={"a": square()})
    passes = _render(scene, rasterizer)
    np.testing.assert_allclose(passes.normal[16, 16], [0, 0, 1], atol=1e-3)


def test_corner_normals_of_no_length_fall_back_to_the_face() -> None:
    mesh = square(corner_normals=np.zeros((2, 3, 3), np.float32))
    scene = frame(item(1, np.eye(4), primitive="mesh", mesh="a"), meshes={"a": mesh})
    np.testing.assert_allclose(_render(scene).normal[16, 16], [0, 0, 1], atol=1e-3)


def test_a_flat_box_is_a_plane(rasterizer: Rasterizer) -> None:
    box = np.array([[-1.0, -1.0, 0.5], [1.0, 1.0, 0.5]])
    passes = _render(frame(item(1, np.eye(4), box=box)), rasterizer)
    assert passes.instance[16, 16] == 1
    assert passes.depth[16, 16] == pytest.approx(9.5, rel=1e-5)
    np.testing.assert_allclose(passes.normal[16, 16], [0, 0, 1], atol=1e-3)


def test_a_holdout_covers_and_is_itself_transparent(rasterizer: Rasterizer) -> None:
    cover = item(1, pose((0, 0, 2)), holdout=True)
    scene = frame(cover, ground(), lights=(light("world", energy=0.5),))
    passes = _render(scene, rasterizer)
    hidden = passes.semantic == 0
    assert hidden[16, 16]
    assert 0.1 < hidden.mean() < 0.9
    assert (passes.instance[hidden] == 0).all()
    assert np.isinf(passes.depth[hidden]).all()
    assert (passes.normal[hidden] == 0).all()
    assert (passes.uv[hidden] == 0).all()
    assert (passes.shading[hidden] == 0).all()
    assert passes.coverage[16, 16] == 0
    assert (passes.instance[~hidden] == 99).all()
    assert (passes.coverage[0] == 1).all()


def test_coverage_of_an_edge_through_pixels() -> None:
    """Half of each pixel of one column is covered."""
    camera = above(32, kind="orthographic", fx=8.0, fy=8.0)
    box = np.array([[-9.0, -9.0, 0.0], [0.0625, 9.0, 0.0]])
    coverage = _render(frame(item(1, np.eye(4), box=box), camera=camera)).coverage
    assert (coverage[:, :16] == 1).all()
    np.testing.assert_allclose(coverage[:, 16], 0.5)
    assert (coverage[:, 17:] == 0).all()


def test_coverage_adds_up_to_the_area() -> None:
    camera = above(32, kind="orthographic", fx=8.0, fy=8.0)
    disc = item(1, pose((0.03, 0.05, 0)), primitive="sphere")
    coverage = _render(frame(disc, camera=camera)).coverage.astype(float)
    assert coverage.sum() / 64 == pytest.approx(np.pi, rel=0.02)
    assert set(np.unique(coverage)) <= {0, 0.25, 0.5, 0.75, 1}


def test_a_large_frame_is_worked_off_in_bands(monkeypatch: pytest.MonkeyPatch) -> None:
    objects = (item(1, pose((0, 0, 1), turn=(0.3, 0.2, 0.1))), ground())
    scene = frame(*objects, lights=(light("sun", pose(turn=(0.5, 0, 0)), energy=3.0),))
    whole = rasterize_passes(scene)
    monkeypatch.setattr("neural_core.geometry.passes._BAND", 5 * 32)
    monkeypatch.setattr("neural_core.geometry.rasterizer_embree._CHUNK", 77)
    _equal(rasterize_passes(scene), whole)


def _busy_scene() -> Frame:
    generator = np.random.default_rng(5)
    objects = [
        item(
            k + 1,
            pose(
                tuple(generator.uniform(-2, 2, 3)),
                tuple(generator.uniform(0.2, 0.6, 3)),
                tuple(generator.uniform(-3, 3, 3)),
            ),
            primitive="sphere" if k % 2 else "cuboid",
        )
        for k in range(12)
    ]
    lights = (light("sun", pose(turn=(0.5, 0.2, 0)), energy=3.0), light("world", energy=0.2))
    return frame(*objects, ground(), size=48, camera=above(48), lights=lights)


def test_all_rasterisers_give_the_same_passes(rasterizer: Rasterizer) -> None:
    scene = _busy_scene()
    ours, theirs = _render(scene), _render(scene, rasterizer)
    same = ours.instance == theirs.instance
    assert same.mean() > 0.998
    np.testing.assert_allclose(ours.depth[same], theirs.depth[same], rtol=1e-3)
    assert (ours.semantic == theirs.semantic).mean() > 0.999
    close = np.abs(ours.normal.astype(float) - theirs.normal).max(-1) < 1e-2
    assert close.mean() > 0.99
    shading = np.abs(ours.shading.astype(float) - theirs.shading).max(-1) < 1e-2
    assert shading.mean() > 0.99


def test_without_embree_the_passes_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = _busy_scene()
    expected = _render(scene)
    monkeypatch.setitem(sys.modules, "embreex.rtcore_scene", None)
    passes = _render(scene)
    assert (passes.instance == expected.instance).mean() > 0.999
    assert (passes.coverage == expected.coverage).mean() > 0.99
    shading = np.abs(passes.shading.astype(float) - expected.shading).max(-1) < 1e-2
    assert shading.mean() > 0.99


def test_the_cache_changes_nothing() -> None:
    """A walk through changes of everything: the same passes with a cache as without."""
    cache = GeometryCache()
    scene = _busy_scene()
    objects = list(scene.objects)
    moved = replace(objects[2], matrix_world=pose((0.5, 0.5, 2.5)))
    twice = replace(moved, matrix_world=pose((-0.5, 0.5, 2.5), (0.5, 0.5, 0.5)))
    reclassed = replace(moved, class_id=BUILDING, instance_id=500)
    meshed = replace(objects[0], primitive="mesh", mesh="a")
    camera = replace(scene.camera, camera_to_world=pose((0.4, -0.3, 8), turn=(0.1, 0, 0.2)))
    steps = [
        scene,
        replace(scene, camera=camera),
        replace(scene, objects=(*objects[:2], moved, *objects[3:])),
        replace(scene, objects=(*objects[:2], twice, *objects[3:])),
        replace(scene, objects=(*objects[:2], reclassed, *objects[3:])),
        replace(scene, objects=tuple(objects[3:])),
        replace(scene, objects=(meshed, *objects[1:]), meshes={"a": square()}),
        replace(
            scene,
            objects=(meshed, *objects[1:]),
            meshes={"a": replace(square(), vertices=square().vertices * np.float32(2))},
        ),
        replace(scene, lights=()),
        replace(scene, objects=()),
        scene,
    ]
    for step in steps:
        _equal(rasterize_passes(step, cache=cache), rasterize_passes(step))


def test_the_cache_keeps_what_has_not_changed() -> None:
    cache = GeometryCache()
    scene = _busy_scene()
    first = cache.scene(scene)
    assert cache.scene(replace(scene, lights=(), camera=above(9))) is first
    moved = replace(scene.objects[0], matrix_world=pose((0, 0, 3)))
    second = cache.scene(replace(scene, objects=(moved, *scene.objects[1:])))
    assert second is not first
    assert second.layout is first.layout


def test_far_from_the_world_origin_precision_stays() -> None:
    away = np.array([250_000.0, -310_000.0, 120.0])

    def at(offset: np.ndarray) -> Passes:
        objects = []
        for entry in _busy_scene().objects:
            matrix = entry.matrix_world.copy()
            matrix[:3, 3] += offset
            objects.append(replace(entry, matrix_world=matrix))
        base = _busy_scene()
        camera_pose = base.camera.camera_to_world.copy()
        camera_pose[:3, 3] += offset
        camera = replace(base.camera, camera_to_world=camera_pose)
        return rasterize_passes(replace(base, objects=tuple(objects), camera=camera))

    near, far = at(np.zeros(3)), at(away)
    assert (near.instance == far.instance).mean() > 0.999
    same = near.instance == far.instance
    np.testing.assert_allclose(near.depth[same], far.depth[same], rtol=1e-3)
    assert (np.abs(near.shading.astype(float) - far.shading).max(-1) < 1e-2).mean() > 0.99


def test_a_missing_mesh_is_named() -> None:
    scene = frame(item(1, np.eye(4), primitive="mesh", mesh="gone"))
    with pytest.raises(ContractError, match="'gone' was not sent"):
        rasterize_passes(scene)


def test_too_many_faces_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neural_core.geometry.scene.MAX_SCENE_FACES", 20)
    with pytest.raises(ContractError, match="24 faces together"):
        rasterize_passes(frame(item(1, np.eye(4)), ground()))


def test_the_frame_is_left_as_it_was() -> None:
    scene = _busy_scene()
    before = scene.scene_hash()
    rasterize_passes(scene, cache=GeometryCache())
    assert scene.scene_hash() == before


def test_near_and_far_cut_the_passes(rasterizer: Rasterizer) -> None:
    camera = above(32, near=8.5, far=9.99)
    passes = _render(frame(item(1, np.eye(4)), ground(), camera=camera), rasterizer)
    hit = passes.instance > 0
    assert set(np.unique(passes.instance[hit])) == {1}
    assert passes.depth[16, 16] == pytest.approx(9.0, rel=1e-4)
    inside = _render(
        frame(item(1, np.eye(4)), camera=replace(camera, near=9.5, far=20.0)), rasterizer
    )
    # Cut open, the box shows its floor from within.
    assert inside.depth[16, 16] == pytest.approx(11.0, rel=1e-4)
    np.testing.assert_allclose(inside.normal[16, 16], [0, 0, 1], atol=1e-3)


def test_the_background_is_the_palettes() -> None:
    scene = frame(item(1, np.eye(4), class_id=1), palette=PALETTES["room"])
    assert _render(scene).semantic[0, 0] == PALETTES["room"].background_id == 0


def test_a_camera_in_the_open_orthographic() -> None:
    camera = Camera(pose((0, 0, 3)), 4.0, 4.0, 8.0, 4.0, kind="orthographic")
    scene = frame(ground(), width=16, height=8, camera=camera)
    passes = _render(scene)
    assert passes.depth.shape == (8, 16)
    np.testing.assert_allclose(passes.depth, 3.0, rtol=1e-5)
    assert (passes.semantic == ROAD).all()

# SPDX-License-Identifier: Apache-2.0
"""All rasterisers on the same cases, made by hand: what each pixel must show is known."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from raster_scenes import RasterScene, orthographic, perspective, run, triangles

from neural_core.contract import Camera
from neural_core.geometry.cameras import project_camera_space
from neural_core.geometry.rasterizer import Fragments, Rasterizer

SIZE = 32


def _scene(*corners, camera: Camera | None = None, width: int = SIZE, height: int = SIZE):
    vertices, faces = triangles(*corners)
    return RasterScene(vertices, faces, camera or perspective(width, height), width, height)


def _wall(z: float, half: float = 50.0):
    """A triangle across the whole view at planar depth z."""
    return ((-half, -half, -z), (half, -half, -z), (0.3, 2 * half, -z))


def _check_empty(fragments: Fragments) -> None:
    empty = fragments.pix_to_face < 0
    assert (fragments.pix_to_face[empty] == -1).all()
    assert (fragments.barycentrics[empty] == 0).all()
    assert torch.isinf(fragments.depth[empty]).all()


def _check_reprojects(scene: RasterScene, fragments: Fragments) -> None:
    """The point that the weights stand for lies at the pixel's centre, at the depth reported."""
    hit = fragments.pix_to_face >= 0
    corners = scene.vertices[scene.faces[fragments.pix_to_face[hit]]].double()
    points = (fragments.barycentrics[hit].double()[..., None] * corners).sum(1)
    pixels = project_camera_space(scene.camera, points)
    rows, columns = hit.nonzero().double().T
    torch.testing.assert_close(pixels[:, 0], columns + 0.5, atol=2e-3, rtol=0)
    torch.testing.assert_close(pixels[:, 1], rows + 0.5, atol=2e-3, rtol=0)
    torch.testing.assert_close(pixels[:, 2], fragments.depth[hit].double(), atol=1e-4, rtol=1e-4)


def test_shapes_and_types(rasterizer: Rasterizer) -> None:
    scene = _scene(((-1, -1, -3), (1, -1, -3), (0, 1, -4)), width=20, height=12)
    fragments = run(rasterizer, scene)
    assert fragments.pix_to_face.shape == (12, 20)
    assert fragments.pix_to_face.dtype == torch.int64
    assert fragments.barycentrics.shape == (12, 20, 3)
    assert fragments.barycentrics.dtype == torch.float32
    assert fragments.depth.shape == (12, 20)
    assert fragments.depth.dtype == torch.float32
    assert (fragments.pix_to_face == 0).any()
    assert (fragments.pix_to_face == -1).any()
    _check_empty(fragments)


def test_one_triangle_covers_its_area(rasterizer: Rasterizer) -> None:
    """A right triangle over the lower left of the image: row by row, the columns are known."""
    camera = orthographic(SIZE, SIZE)
    scene = _scene(((-1.01, -1.01, -2), (0.99, -1.01, -2), (-1.01, 0.99, -2)), camera=camera)
    found = run(rasterizer, scene).pix_to_face
    x = (torch.arange(SIZE) + 0.5 - SIZE / 2) / (SIZE / 4)
    inside = (x[None] > -1.01) & (-x[:, None] > -1.01) & (x[None] - x[:, None] < -0.02)
    assert torch.equal(found == 0, inside)


def test_nearest_face_wins(rasterizer: Rasterizer) -> None:
    scene = _scene(_wall(5), _wall(3), _wall(4))
    fragments = run(rasterizer, scene)
    assert (fragments.pix_to_face == 1).all()
    torch.testing.assert_close(fragments.depth, torch.full((SIZE, SIZE), 3.0))
    _check_reprojects(scene, fragments)


def test_faces_that_cross_show_each_its_part(rasterizer: Rasterizer) -> None:
    leaning = ((-50.0, -6.0, -2.0), (50.0, -6.0, -2.0), (0.0, 8.0, -30.0))
    scene = _scene(_wall(8), leaning)
    fragments = run(rasterizer, scene)
    assert set(fragments.pix_to_face.unique().tolist()) == {0, 1}
    assert (fragments.depth <= 8.0 + 1e-4).all()
    _check_reprojects(scene, fragments)


def test_a_tie_of_depth_shows_one_of_the_two(rasterizer: Rasterizer) -> None:
    scene = _scene(_wall(6), _wall(3), _wall(3))
    fragments = run(rasterizer, scene)
    assert set(fragments.pix_to_face.unique().tolist()) <= {1, 2}
    torch.testing.assert_close(fragments.depth, torch.full((SIZE, SIZE), 3.0))
    again = run(rasterizer, scene)
    assert torch.equal(again.pix_to_face, fragments.pix_to_face)


@pytest.mark.parametrize("camera", [perspective(SIZE, SIZE), orthographic(SIZE, SIZE, near=0.1)])
def test_behind_the_camera_is_not_seen(rasterizer: Rasterizer, camera: Camera) -> None:
    scene = _scene(_wall(-3), _wall(-0.01), camera=camera)
    fragments = run(rasterizer, scene)
    assert (fragments.pix_to_face == -1).all()
    _check_empty(fragments)


def test_before_near_and_beyond_far_is_not_seen(rasterizer: Rasterizer) -> None:
    camera = perspective(SIZE, SIZE, near=1.0, far=10.0)
    assert (run(rasterizer, _scene(_wall(0.9), camera=camera)).pix_to_face == -1).all()
    assert (run(rasterizer, _scene(_wall(10.1), camera=camera)).pix_to_face == -1).all()
    both = run(rasterizer, _scene(_wall(0.9), _wall(9.9), _wall(10.1), camera=camera))
    assert (both.pix_to_face == 1).all()


@pytest.mark.parametrize("corners_behind", [1, 2])
def test_the_near_plane_cuts(rasterizer: Rasterizer, corners_behind: int) -> None:
    """A floor that runs from ahead to behind the camera fills all below the horizon."""
    ahead, behind = -60.0, 20.0
    floor = {
        1: ((-90.0, -1.0, ahead), (90.0, -1.0, ahead), (0.0, -1.0, behind)),
        2: ((0.0, -1.0, 2 * ahead), (-90.0, -1.0, behind), (90.0, -1.0, behind)),
    }[corners_behind]
    scene = _scene(floor, camera=perspective(SIZE, SIZE, near=0.2, cy=15.7))
    fragments = run(rasterizer, scene)
    rows = torch.arange(SIZE) + 0.5
    # A point of the floor at row v has depth f / (v - cy).
    depth = 1.1 * SIZE / (rows - 15.7)
    middle = SIZE // 2
    seen = (depth > 0.2) & (depth < 55.0)
    assert (fragments.pix_to_face[seen, middle] == 0).all()
    assert (fragments.pix_to_face[depth < 0] == -1).all()
    torch.testing.assert_close(fragments.depth[seen, middle], depth[seen], rtol=1e-4, atol=1e-4)
    _check_reprojects(scene, fragments)


def test_only_the_part_beyond_near_is_seen(rasterizer: Rasterizer) -> None:
    """A tilted triangle whose lower part lies before the near plane."""
    camera = perspective(SIZE, SIZE, near=2.4)
    tilted = ((-9.0, -3.01, -0.5), (9.0, -3.01, -0.5), (0.0, 7.0, -8.0))
    fragments = run(rasterizer, _scene(tilted, camera=camera))
    hit = fragments.pix_to_face == 0
    assert hit.any()
    assert not hit.all()
    assert (fragments.depth[hit] >= 2.4 - 1e-4).all()
    assert (fragments.depth[hit] < 2.6).any()


def test_back_faces_are_seen(rasterizer: Rasterizer) -> None:
    front = ((-1.0, -1.0, -3.0), (1.0, -1.0, -3.0), (0.1, 1.0, -3.0))
    seen = run(rasterizer, _scene(front))
    turned = run(rasterizer, _scene((front[0], front[2], front[1])))
    assert torch.equal(seen.pix_to_face, turned.pix_to_face)
    torch.testing.assert_close(seen.barycentrics[..., [0, 2, 1]], turned.barycentrics)


def test_degenerate_triangles_are_not_seen(rasterizer: Rasterizer) -> None:
    point = ((0.01, 0.02, -2.0),) * 3
    line = ((-1.0, -1.0, -2.0), (0.0, 0.03, -2.0), (1.0, 1.06, -2.0))
    edge_on = ((0.0, -1.0, -2.0), (0.0, 1.0, -2.0), (0.0, 0.0, -3.0))
    scene = _scene(point, line, edge_on, _wall(5), camera=perspective(SIZE, SIZE, cx=15.8))
    leaf = scene.vertices.clone().requires_grad_()
    fragments = rasterizer.rasterize(leaf, scene.faces, scene.camera, SIZE, SIZE)
    assert (fragments.pix_to_face == 3).all()
    (fragments.depth.sum() + fragments.barycentrics.sum()).backward()
    assert leaf.grad is not None
    assert torch.isfinite(leaf.grad).all()


def test_no_faces_at_all(rasterizer: Rasterizer) -> None:
    vertices = torch.zeros((0, 3))
    faces = torch.zeros((0, 3), dtype=torch.int64)
    fragments = rasterizer.rasterize(vertices, faces, perspective(8, 4), 8, 4)
    assert fragments.pix_to_face.shape == (4, 8)
    assert (fragments.pix_to_face == -1).all()
    _check_empty(fragments)


CAMERAS = {
    "wide": (perspective(48, 20), 48, 20),
    "tall": (perspective(14, 40), 14, 40),
    "non-square pixels": (perspective(32, 32, fx=40.0, fy=22.0), 32, 32),
    "shifted": (perspective(32, 24, cx=5.3, cy=29.1), 32, 24),
    "orthographic": (orthographic(40, 24), 40, 24),
    "orthographic, all of it": (
        orthographic(30, 36, fx=9.0, fy=6.5, cx=11.2, cy=21.7, near=-2.0),
        30,
        36,
    ),
}


@pytest.mark.parametrize("name", CAMERAS)
def test_cameras(rasterizer: Rasterizer, name: str) -> None:
    """Weights and depth put the point of the face back at the pixel's centre."""
    camera, width, height = CAMERAS[name]
    roof = ((-3.0, -2.0, -2.5), (3.0, -2.5, -3.5), (0.2, 3.0, -7.0))
    near = ((-0.5, -0.4, -2.0), (0.6, -0.3, -2.2), (0.1, 0.7, -1.9))
    scene = _scene(roof, near, camera=camera, width=width, height=height)
    fragments = run(rasterizer, scene)
    assert (fragments.pix_to_face == 0).any()
    _check_reprojects(scene, fragments)
    _check_empty(fragments)


def test_an_orthographic_near_plane_may_lie_behind(rasterizer: Rasterizer) -> None:
    camera = orthographic(16, 16, near=-5.0, far=5.0)
    scene = _scene(_wall(-3), _wall(-6), camera=camera, width=16, height=16)
    fragments = run(rasterizer, scene)
    assert (fragments.pix_to_face == 0).all()
    torch.testing.assert_close(fragments.depth, torch.full((16, 16), -3.0), atol=1e-5, rtol=0)


def test_gradient_of_depth_is_that_of_the_plane(rasterizer: Rasterizer) -> None:
    """Moving a wall away by one metre moves every depth by one metre."""
    vertices, faces = triangles(_wall(3))
    leaf = vertices.clone().requires_grad_()
    fragments = rasterizer.rasterize(leaf, faces, perspective(8, 8), 8, 8)
    (gradient,) = torch.autograd.grad(fragments.depth.sum(), leaf)
    assert gradient[:, 2].sum().item() == pytest.approx(-64.0, rel=1e-4)


def test_gradient_against_finite_differences(rasterizer: Rasterizer) -> None:
    """Depth and weights of a tilted face, nudged corner by corner; also one that is clipped."""
    generator = np.random.default_rng(3)
    for corners in (
        ((-40.0, -30.0, -9.0), (40.0, -30.0, -12.0), (0.0, 60.0, -20.0)),
        ((-40.0, -30.0, 4.0), (40.0, -30.0, -12.0), (0.0, 60.0, -20.0)),
    ):
        vertices, faces = triangles(corners)
        weights = torch.from_numpy(generator.uniform(size=(4, 4, 4)))
        camera = perspective(4, 4, near=0.5)

        def loss(
            points: torch.Tensor,
            faces: torch.Tensor = faces,
            camera: Camera = camera,
            weights: torch.Tensor = weights,
        ) -> torch.Tensor:
            fragments = rasterizer.rasterize(points, faces, camera, 4, 4)
            hit = fragments.pix_to_face >= 0
            values = torch.cat([fragments.barycentrics * 50, fragments.depth[..., None]], -1)
            return (values.double()[hit] * weights[hit]).sum()

        leaf = vertices.clone().requires_grad_()
        (gradient,) = torch.autograd.grad(loss(leaf), leaf)
        step = 2e-2
        for corner, axis in ((0, 2), (1, 0), (2, 1), (2, 2)):
            up, down = vertices.clone(), vertices.clone()
            up[corner, axis] += step
            down[corner, axis] -= step
            slope = (loss(up) - loss(down)).item() / (2 * step)
            assert math.isclose(gradient[corner, axis].item(), slope, rel_tol=2e-2, abs_tol=2e-2)

# SPDX-License-Identifier: Apache-2.0
"""Cameras: project and unproject invert each other, in numpy and torch, and PyTorch3D agrees."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from neural_core.contract import Camera
from neural_core.geometry.cameras import (
    grid_offsets,
    project,
    pytorch3d_ndc,
    pytorch3d_view,
    to_camera,
    to_world,
    unproject,
    world_to_camera,
)

_size = st.floats(-1e3, 1e3)


@st.composite
def cameras(draw: st.DrawFn) -> Camera:
    """Any pose, kind, focal length per axis and principal point."""
    turn = np.array(draw(st.lists(st.floats(-1, 1), min_size=9, max_size=9))).reshape(3, 3)
    rotation, _ = np.linalg.qr(turn + 3 * np.eye(3))
    if np.linalg.det(rotation) < 0:
        rotation[:, 0] *= -1
    pose = np.eye(4)
    pose[:3, :3] = rotation
    pose[:3, 3] = [draw(_size) for _ in range(3)]
    return Camera(
        pose,
        fx=draw(st.floats(5, 5000)),
        fy=draw(st.floats(5, 5000)),
        cx=draw(_size),
        cy=draw(_size),
        kind=draw(st.sampled_from(["perspective", "orthographic"])),
    )


pixels_and_depths = arrays.arrays(np.float64, (5, 3), elements=st.floats(0.05, 2000), unique=False)


@given(cameras(), pixels_and_depths)
def test_project_inverts_unproject(camera: Camera, pixels: np.ndarray) -> None:
    again = project(camera, unproject(camera, pixels))
    np.testing.assert_allclose(again, pixels, rtol=1e-6, atol=1e-4)


@given(cameras(), pixels_and_depths)
def test_unproject_inverts_project(camera: Camera, pixels: np.ndarray) -> None:
    points = unproject(camera, pixels)
    again = unproject(camera, project(camera, points))
    np.testing.assert_allclose(again, points, rtol=1e-6, atol=1e-5)


@given(cameras(), pixels_and_depths)
def test_torch_gives_what_numpy_gives(camera: Camera, pixels: np.ndarray) -> None:
    points = unproject(camera, pixels)
    tensor = unproject(camera, torch.from_numpy(pixels))
    assert isinstance(points, np.ndarray)
    assert isinstance(tensor, torch.Tensor)
    np.testing.assert_allclose(tensor.numpy(), points, rtol=1e-9, atol=1e-6)
    projected = project(camera, torch.from_numpy(points))
    np.testing.assert_allclose(projected.numpy(), project(camera, points), rtol=1e-6, atol=1e-6)


@given(cameras())
def test_the_view_matrix_inverts_the_pose(camera: Camera) -> None:
    product = world_to_camera(camera) @ camera.camera_to_world
    np.testing.assert_allclose(product, np.eye(4), atol=1e-9)
    point = np.array([1.0, -2.0, 3.0])
    np.testing.assert_allclose(to_world(camera, to_camera(camera, point)), point, atol=1e-9)


def _camera(**changes) -> Camera:
    values = {"fx": 100.0, "fy": 50.0, "cx": 32.0, "cy": 24.0, **changes}
    return Camera(np.eye(4), **values)


def test_axes() -> None:
    """+X goes right, +Y goes up in the image, -Z goes away from the camera."""
    np.testing.assert_allclose(project(_camera(), np.array([0.0, 0.0, -5.0])), [32, 24, 5])
    np.testing.assert_allclose(project(_camera(), np.array([1.0, 0.0, -5.0])), [52, 24, 5])
    np.testing.assert_allclose(project(_camera(), np.array([0.0, 1.0, -5.0])), [32, 14, 5])
    behind = project(_camera(), np.array([0.0, 0.0, 5.0]))
    assert behind[2] == -5


def test_orthographic_scale_is_pixels_per_metre() -> None:
    camera = _camera(kind="orthographic")
    np.testing.assert_allclose(project(camera, np.array([0.1, 0.2, -7.0])), [42, 14, 7])


def test_the_principal_point_shifts_the_image() -> None:
    point = np.array([0.3, -0.4, -2.0])
    moved = project(_camera(cx=35.5, cy=20.0), point) - project(_camera(), point)
    np.testing.assert_allclose(moved, [3.5, -4.0, 0.0])


def test_projection_is_differentiable() -> None:
    point = torch.tensor([[0.3, 0.2, -2.0]], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda p: project(_camera(), p), (point,))


@pytest.mark.parametrize("kind", ["perspective", "orthographic"])
def test_offsets_of_pixel_centres(kind: str) -> None:
    camera = _camera(kind=kind)
    offsets = grid_offsets(camera, 3, 1, 3)
    assert offsets.dtype == np.float32
    depth = 4.0
    scale = depth if kind == "perspective" else 1.0
    points = np.column_stack([*(offsets * scale), np.full(6, -depth)])
    pixels = project(camera, points)
    np.testing.assert_allclose(pixels[:, 0], [0.5, 1.5, 2.5, 0.5, 1.5, 2.5], atol=1e-4)
    np.testing.assert_allclose(pixels[:, 1], [1.5, 1.5, 1.5, 2.5, 2.5, 2.5], atol=1e-4)


@pytest.mark.parametrize(("width", "height"), [(64, 64), (96, 32), (32, 96)])
def test_pytorch3d_cameras_agree(width: int, height: int) -> None:
    """R, T and NDC mean to PyTorch3D's own camera what they mean to us."""
    renderer = pytest.importorskip("pytorch3d.renderer.cameras")
    pose = np.eye(4)
    pose[:3, :3], _ = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))
    pose[:3, :3] *= np.sign(np.linalg.det(pose[:3, :3]))
    pose[:3, 3] = (1.0, -2.0, 0.5)
    camera = Camera(pose, 80.0, 70.0, width / 2 + 3, height / 2 - 5)
    pixels = np.random.default_rng(1).uniform(1, 30, size=(9, 3))
    points = torch.from_numpy(unproject(camera, pixels)).float()
    rotation, translation = pytorch3d_view(camera)
    theirs = renderer.PerspectiveCameras(
        R=torch.from_numpy(rotation)[None].float(),
        T=torch.from_numpy(translation)[None].float(),
        focal_length=((camera.fx, camera.fy),),
        principal_point=((camera.cx, camera.cy),),
        image_size=((height, width),),
        in_ndc=False,
    )
    expected = theirs.transform_points_ndc(points)[:, :2]
    ours = pytorch3d_ndc(camera, to_camera(camera, points), width, height)
    torch.testing.assert_close(ours[:, :2], expected, atol=1e-4, rtol=1e-4)
    depth = theirs.get_world_to_view_transform().transform_points(points)[:, 2]
    torch.testing.assert_close(ours[:, 2], depth, atol=1e-4, rtol=1e-4)

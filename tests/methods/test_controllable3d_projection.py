# SPDX-License-Identifier: Apache-2.0
"""The projection of all primitives at once, against PyTorch3D called for each of them."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from neural_core.geometry.rasterizer import RasterizerUnavailable, create_rasterizer
from neural_core.methods.controllable3d.config import PRESETS
from neural_core.methods.controllable3d.projection import (
    project_background,
    rasterize_meshes,
    sphere_coordinates,
    splat_points,
)
from neural_core.methods.controllable3d.templates import template_triangles
from neural_core.methods.controllable3d.views import (
    Poses,
    View,
    about_vertical,
    draw_views,
    extrinsics_at,
    orthonormal,
    square_view,
    upright_poses,
)

SIZE = 24
CONFIG = replace(PRESETS["cars-64"], size=SIZE, upright_reach=0.5)
SIGMA = 2e-3


def has_pytorch3d() -> bool:
    try:
        create_rasterizer("pytorch3d")
    except RasterizerUnavailable:
        return False
    return True


needs_pytorch3d = pytest.mark.skipif(not has_pytorch3d(), reason="PyTorch3D is not installed")


def some_poses(count: int, seed: int) -> Poses:
    torch.manual_seed(seed)
    rotation = orthonormal(torch.randn(count, 3, 2))
    return Poses(rotation, torch.rand(count, 3) - 0.5, torch.rand(count, 3) * 0.5 + 0.1)


def in_camera(poses: Poses, view: View, primitive: str) -> Tensor:
    rotation, offset = poses.in_camera(view)
    template = template_triangles(primitive)
    return (template[None] * poses.scale[:, None, None]) @ rotation.transpose(1, 2)[
        :, None
    ] + offset[:, None, None]


@needs_pytorch3d
@pytest.mark.parametrize("primitive", ["cuboid", "sphere"])
@pytest.mark.parametrize("width", [SIZE, 36])
def test_values_and_gradients_are_pytorch3ds(primitive: str, width: int) -> None:
    from projection_twin import hard_surface, soft_alpha

    poses = some_poses(4, 3)
    view = replace(draw_views(2, CONFIG), width=width)
    template = template_triangles(primitive)
    triangles = in_camera(poses, view, primitive).requires_grad_(True)
    ours = rasterize_meshes(triangles, template, view, softness=SIGMA, near=0.1, far=4.0)
    alpha = torch.stack([soft_alpha(t, view, SIGMA) for t in triangles])
    hard = [hard_surface(t, template, view) for t in triangles]
    depth, places = torch.stack([h[0] for h in hard]), torch.stack([h[1] for h in hard])
    # Pixel centres on an edge may go either way.
    same = ours.covered == (depth >= 0)
    assert same.float().mean() > 0.998
    seen = ours.covered & (depth >= 0)
    assert (ours.alpha[:, 0] - alpha).abs().max() < 1e-4
    assert (ours.depth[:, 0] - depth)[seen].abs().max() < 1e-4
    assert (ours.points - places)[seen].abs().max() < 1e-3
    assert float(ours.depth.detach()[:, 0][~ours.covered].min()) == 4.0

    weights = torch.rand_like(alpha)
    mine = (ours.alpha[:, 0] * weights).sum() + (ours.depth[:, 0] * weights)[seen].sum()
    theirs = (alpha * weights).sum() + (depth * weights)[seen].sum()
    mine, theirs = (torch.autograd.grad(loss, triangles)[0] for loss in (mine, theirs))
    assert (mine - theirs).norm() < 1e-3 * theirs.norm()


@needs_pytorch3d
def test_splats_are_pytorch3ds_weighted_sum() -> None:
    from projection_twin import splat

    torch.manual_seed(1)
    view = square_view(extrinsics_at(torch.rand(1) * 6, torch.tensor([1.0]), 2.0), CONFIG)
    points = view.to_camera(torch.rand(1, 7, 3) - 0.5).requires_grad_(True)
    features = torch.randn(1, 7, 3)
    ours = splat_points(points, features, view, origin=0.5)
    theirs = splat(points[0], features[0], view)
    assert (ours[0] - theirs).abs().max() < 1e-5
    weights = torch.rand_like(theirs)
    mine, twin = (
        torch.autograd.grad((image * weights).sum(), points)[0] for image in (ours[0], theirs)
    )
    assert (mine - twin).norm() < 1e-4 * twin.norm()


def test_points_behind_the_camera_are_left_out() -> None:
    view = square_view(extrinsics_at(torch.zeros(1), torch.ones(1), 2.0), CONFIG)
    points = torch.tensor([[[0.0, 0.0, -1.0], [0.0, 0.0, 0.05]]])
    assert splat_points(points, torch.ones(1, 2, 3), view, origin=0.5).abs().max() == 0


def test_one_batch_is_every_primitive_by_itself() -> None:
    poses = some_poses(6, 5)
    view = draw_views(3, CONFIG)
    triangles = in_camera(poses, view, "cuboid")
    template = template_triangles("cuboid")
    options = {"softness": SIGMA, "near": 0.1, "far": 4.0}
    together = rasterize_meshes(triangles, template, view, **options)
    for index in range(6):
        alone = rasterize_meshes(triangles[index : index + 1], template, view, **options)
        assert torch.equal(together.alpha[index], alone.alpha[0])
        assert torch.equal(together.depth[index], alone.depth[0])
        assert torch.equal(together.points[index], alone.points[0])


def test_what_reaches_behind_the_camera_or_lies_beside_it_is_empty() -> None:
    view = square_view(extrinsics_at(torch.zeros(1), torch.ones(1), 2.0), CONFIG)
    template = template_triangles("cuboid")
    for middle in ((0.0, 0.0, -3.0), (50.0, 0.0, 2.0), (0.0, 0.0, 0.0)):
        triangles = template[None] * 0.2 + torch.tensor(middle)
        seen = rasterize_meshes(triangles, template, view, softness=SIGMA, near=0.3, far=4.0)
        assert float(seen.alpha.max()) == 0 and not bool(seen.covered.any())
        assert torch.isfinite(seen.alpha).all()


def test_the_background_sphere_is_met_where_the_ray_leaves_it() -> None:
    view = draw_views(3, CONFIG)
    rows, columns = torch.meshgrid(
        torch.linspace(-1, 1, 64), torch.linspace(-1, 1, 128), indexing="ij"
    )
    texture = torch.stack([columns, rows]).expand(3, -1, -1, -1)
    seen = project_background(texture, view, 2.0)
    rotation, offset = view.extrinsics[:, :, :3], view.extrinsics[:, :, 3]
    pixel = (5, 17)
    for index in range(3):
        way = view.rays()[pixel] @ rotation[index]
        eye = -(rotation[index].T @ offset[index])
        steps = torch.linspace(0, 8, 200_001)
        path = eye + steps[:, None] * way
        last = path[path.norm(dim=1) <= 2.0 + 1e-5][-1]
        wanted = sphere_coordinates(last)
        assert (seen[index, :, pixel[0], pixel[1]] - wanted).abs().max() < 1e-3


def test_cameras_look_at_the_middle_with_blenders_up_on_top() -> None:
    view = draw_views(5, CONFIG)
    middle = view.to_camera(torch.zeros(5, 1, 3))
    assert torch.allclose(middle, torch.tensor([0.0, 0.0, 2.0]).expand(5, 1, 3), atol=1e-5)
    above = view.to_pixels(view.to_camera(torch.tensor([0.0, -0.2, 0.0]).expand(5, 1, 3)))
    assert (above[..., 1] < SIZE / 2).all()
    assert torch.allclose(above[..., 0], torch.tensor(SIZE / 2), atol=1e-4)
    eye = -(view.extrinsics[:, :, :3].transpose(1, 2) @ view.extrinsics[:, :, 3:]).squeeze(2)
    polar = torch.rad2deg(torch.arccos(-eye[:, 1] / 2))
    assert (polar > 45.5).all() and (polar < 75.1).all()


def test_sizes_of_kinds_go_together() -> None:
    torch.manual_seed(0)
    kinds = ((0.75, 0.1, 0.2, 0.4), (0.25, 0.3, 0.1, 0.6))
    scale = upright_poses(400, replace(CONFIG, upright_kinds=kinds)).scale
    near = [(scale / torch.tensor(kind[1:]) - 1).abs().amax(1) <= 0.04 + 1e-6 for kind in kinds]
    assert bool((near[0] ^ near[1]).all()), "each is of one kind in width, height and length"
    assert 0.68 < float(near[0].float().mean()) < 0.82
    assert len(scale[:, 1].unique()) > 350, "and not two are the same"


def test_upright_poses_stand_on_the_ground() -> None:
    poses = upright_poses(50, CONFIG)
    assert torch.allclose(poses.translation[:, 1], -poses.scale[:, 1])
    assert (poses.translation[:, [0, 2]].abs() <= CONFIG.upright_reach).all()
    up = torch.tensor([0.0, 1.0, 0.0])
    assert torch.allclose(poses.rotation[:, :, 1], up.expand(50, 3), atol=1e-6)
    turned = poses.turned(torch.full((50,), 0.3))
    assert torch.allclose(turned.rotation, about_vertical(torch.full((50,), 0.3)) @ poses.rotation)
    identity = poses.rotation @ poses.rotation.transpose(1, 2)
    assert torch.allclose(identity, torch.eye(3).expand(50, 3, 3), atol=1e-5)

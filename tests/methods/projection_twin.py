# SPDX-License-Identifier: Apache-2.0
"""The slow, obvious twin of controllable3d's projection: PyTorch3D's own calls, one by one."""

from __future__ import annotations

import math

import torch
from pytorch3d.renderer.blending import BlendParams, sigmoid_alpha_blend
from pytorch3d.renderer.compositing import weighted_sum
from pytorch3d.renderer.mesh.rasterize_meshes import rasterize_meshes
from pytorch3d.renderer.mesh.rasterizer import Fragments
from pytorch3d.renderer.points.rasterize_points import rasterize_points
from pytorch3d.structures import Meshes, Pointclouds
from torch import Tensor

from neural_core.methods.controllable3d.views import View


def to_ndc(points: Tensor, view: View) -> Tensor:
    """Camera-space points (..., 3) -> PyTorch3D's NDC, +X left and +Y up, and depth."""
    image = view.to_pixels(points)
    scale = 2 / min(view.width, view.height)
    x = (view.width / 2 - image[..., 0]) * scale
    y = (view.height / 2 - image[..., 1]) * scale
    return torch.stack([x, y, points[..., 2]], -1)


def soft_alpha(triangles: Tensor, view: View, sigma: float) -> Tensor:
    """(F, 3, 3) camera-space triangles -> alpha (H, W) of PyTorch3D's soft silhouettes."""
    count = len(triangles)
    radius = math.log(1 / 1e-4 - 1) * sigma
    found = _rasterize(triangles, view, radius, count)
    colors = torch.zeros(*found[0].shape, 3)
    fragments = Fragments(*found)
    return sigmoid_alpha_blend(colors, fragments, BlendParams(sigma=sigma))[0, ..., 3]


def hard_surface(triangles: Tensor, template: Tensor, view: View) -> tuple[Tensor, Tensor]:
    """Depth (H, W), -1 where empty, and the place on the template (H, W, 3)."""
    face, depth, shares, _ = _rasterize(triangles, view, 0.0, 1)
    seen = (template[face[0, ..., 0].clamp(min=0)] * shares[0, ..., 0, :, None]).sum(-2)
    return depth[0, ..., 0], seen


def splat(points: Tensor, features: Tensor, view: View) -> Tensor:
    """Points (K, 3) in camera space and features (K, C) -> (C, H, W), unnormalised Gaussians."""
    sigma = view.focal[0] / 32 * 2 / min(view.width, view.height)
    cloud = Pointclouds([to_ndc(points, view)], features=[features])
    size = (view.height, view.width)
    index, _, squared = rasterize_points(cloud, size, 10.0, len(points))
    weights = torch.where(index >= 0, torch.exp(-squared / sigma**2), torch.zeros_like(squared))
    return weighted_sum(index.permute(0, 3, 1, 2).long(), weights.permute(0, 3, 1, 2), features.T)[
        0
    ]


def _rasterize(triangles: Tensor, view: View, radius: float, faces: int) -> tuple[Tensor, ...]:
    corners = to_ndc(triangles, view).reshape(-1, 3)
    indices = torch.arange(len(corners)).view(-1, 3)
    return rasterize_meshes(
        Meshes(verts=[corners], faces=[indices]),
        image_size=(view.height, view.width),
        blur_radius=radius,
        faces_per_pixel=faces,
        perspective_correct=True,
        clip_barycentric_coords=radius > 0,
    )

# SPDX-License-Identifier: Apache-2.0
"""PyTorch3D's rasteriser: the reference on the CPU, the fast one on CUDA."""

from __future__ import annotations

from typing import Any

import torch

from neural_core.contract import Camera

from .cameras import pytorch3d_ndc
from .clipping import clip_near
from .rasterizer import Fragments, RasterizerUnavailable

_BIN_BYTES = 1 << 30
"""Memory that CUDA's bins may take; beyond it the naive path is used, which drops no face."""


def _pytorch3d() -> tuple[Any, Any]:
    try:
        from pytorch3d.renderer.mesh.rasterize_meshes import rasterize_meshes
        from pytorch3d.structures import Meshes
    except (ImportError, OSError) as error:
        raise RasterizerUnavailable(
            f"PyTorch3D cannot be loaded ({error}). Install it on Linux x86-64: pip install "
            "'torch==2.11.*' 'easypytorch3d>=0.7.9,<0.8'; elsewhere use 'embree' or 'torch'"
        ) from error
    return rasterize_meshes, Meshes


class PyTorch3DRasterizer:
    """``rasterize_meshes`` with one face per pixel and no blur."""

    name = "pytorch3d"

    def __init__(self) -> None:
        self._rasterize_meshes, self._meshes = _pytorch3d()

    def rasterize(
        self, vertices: torch.Tensor, faces: torch.Tensor, camera: Camera, width: int, height: int
    ) -> Fragments:
        """See ``rasterizer.Rasterizer.rasterize``."""
        clipped = clip_near(vertices, faces.to(torch.int64), camera.near)
        if len(clipped.face) == 0:
            return _empty(vertices, width, height)
        found, depth, shares = self._run(clipped.corners, camera, width, height)
        hit = (found >= 0) & (depth.detach() <= camera.far)
        part = found.clamp(min=0)
        original = (shares[..., None, :] @ clipped.shares[part]).squeeze(-2)
        return Fragments(
            pix_to_face=torch.where(hit, clipped.face[part], -1),
            barycentrics=torch.where(hit[..., None], original, torch.zeros_like(original)),
            depth=torch.where(hit, depth, torch.full_like(depth, torch.inf)),
        )

    def _run(
        self, corners: torch.Tensor, camera: Camera, width: int, height: int
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        points = pytorch3d_ndc(camera, corners.reshape(-1, 3), width, height)
        # PyTorch3D drops what has no positive depth; an orthographic near plane may lie anywhere.
        shift = 0.0 if camera.kind == "perspective" else 1.0 - camera.near
        points = points + points.new_tensor([0.0, 0.0, shift])
        triangles = torch.arange(len(points), device=points.device).view(-1, 3)
        bin_size, max_faces = _bins(len(triangles), max(width, height), points.is_cuda)
        found, depth, shares, _ = self._rasterize_meshes(
            self._meshes(verts=[points], faces=[triangles]),
            image_size=(height, width),
            blur_radius=0.0,
            faces_per_pixel=1,
            bin_size=bin_size,
            max_faces_per_bin=max_faces,
            perspective_correct=camera.kind == "perspective",
            clip_barycentric_coords=False,
            cull_backfaces=False,
        )
        return found[0, ..., 0], depth[0, ..., 0] - shift, shares[0, ..., 0, :]


def _bins(faces: int, side: int, on_cuda: bool) -> tuple[int | None, int]:
    """Bin size and room per bin such that no face is ever dropped."""
    if not on_cuda:
        return 0, faces
    bins = 22 * 22  # the most that PyTorch3D makes
    fits = bins * faces * 4 <= _BIN_BYTES and side > 0
    return (None if fits else 0), max(faces, 1)


def _empty(vertices: torch.Tensor, width: int, height: int) -> Fragments:
    return Fragments(
        torch.full((height, width), -1, dtype=torch.int64, device=vertices.device),
        vertices.new_zeros((height, width, 3)),
        vertices.new_full((height, width), torch.inf),
    )

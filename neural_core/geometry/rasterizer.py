# SPDX-License-Identifier: Apache-2.0
"""The Rasterizer: triangles in camera space in, one visible face per pixel out.

Three variants give the same fragments and the same gradients to the vertices:

========== =============================================================================
pytorch3d  PyTorch3D's ``rasterize_meshes`` with one face per pixel; on CUDA its binned path.
           Triangles that cross the near plane are cut there before they are projected.
embree     Visibility by Embree rays that start on the near plane (CPU); barycentrics and
           depth are then recomputed from the vertices, differentiably, in torch.
torch      A plain z-buffer over tiles; evaluates triangles on the pixel's ray, so that the
           near plane needs no cutting: fragments in front of it are just not taken.
========== =============================================================================

Gradients are those of the interior (barycentrics and depth at a fixed face); which face a pixel
shows has no gradient. Triangles are two-sided. Where two triangles have the very same depth
either may be reported. A pixel whose centre lies exactly on an edge may stay empty in PyTorch3D.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch

from neural_core.contract import Camera


@dataclass(frozen=True)
class Fragments:
    """What every pixel shows; row 0 on top.

    Attributes:
        pix_to_face: (H, W) int64, index of the visible face, -1 where there is none.
        barycentrics: (H, W, 3) float32, perspective-correct weights of the face's corners; 0
            where empty.
        depth: (H, W) float32 planar depth in metres, inf where empty.
    """

    pix_to_face: torch.Tensor
    barycentrics: torch.Tensor
    depth: torch.Tensor


class Rasterizer(Protocol):
    """Finds the nearest face at every pixel centre."""

    name: str

    def rasterize(
        self, vertices: torch.Tensor, faces: torch.Tensor, camera: Camera, width: int, height: int
    ) -> Fragments:
        """Rasterise triangles.

        Args:
            vertices: (V, 3) float32 in camera coordinates (+X right, +Y up, looking along -Z).
            faces: (F, 3) integer vertex indices; F may be 0.
            camera: intrinsics, kind, near and far are used; its pose is not.
            width, height: size of the image in pixels.

        Returns:
            Fragments on the device of ``vertices``, differentiable with respect to them.
        """
        ...


class RasterizerUnavailable(ImportError):
    """A variant's library cannot be imported; the message says how to fix it."""


def _pytorch3d() -> Rasterizer:
    from .rasterizer_pytorch3d import PyTorch3DRasterizer

    return PyTorch3DRasterizer()


def _embree() -> Rasterizer:
    from .rasterizer_embree import EmbreeRasterizer

    return EmbreeRasterizer()


def _torch() -> Rasterizer:
    from .rasterizer_torch import TorchRasterizer

    return TorchRasterizer()


RASTERIZERS: dict[str, Callable[[], Rasterizer]] = {
    "pytorch3d": _pytorch3d,
    "embree": _embree,
    "torch": _torch,
}


def create_rasterizer(name: str) -> Rasterizer:
    """The variant of this name.

    Raises:
        ValueError: there is no such variant.
        RasterizerUnavailable: its library is missing or cannot be loaded.
    """
    if name not in RASTERIZERS:
        raise ValueError(f"rasterizer: '{name}' is unknown. Use one of {list(RASTERIZERS)}")
    return RASTERIZERS[name]()


def choose_rasterizer(device: str | torch.device = "cpu") -> Rasterizer:
    """The fastest variant that works here: PyTorch3D on CUDA, Embree on the CPU, else torch."""
    on_cuda = torch.device(device).type == "cuda"
    for name in ("pytorch3d", "torch") if on_cuda else ("embree", "torch"):
        try:
            return create_rasterizer(name)
        except RasterizerUnavailable:
            continue
    raise AssertionError("the torch variant always loads")

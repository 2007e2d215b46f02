# SPDX-License-Identifier: Apache-2.0
"""Small scenes in camera space, and a comparison of fragments, for the rasterisers' tests."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from neural_core.contract import Camera
from neural_core.geometry.rasterizer import Fragments, Rasterizer


@dataclass(frozen=True)
class RasterScene:
    """Triangles in camera space, and the camera that looks at them."""

    vertices: torch.Tensor
    faces: torch.Tensor
    camera: Camera
    width: int
    height: int


def perspective(width: int, height: int, **changes: float) -> Camera:
    """A camera with a focal length of about the image's width."""
    values = {"fx": 1.1 * width, "fy": 1.1 * width, "cx": width / 2, "cy": height / 2, **changes}
    return Camera(np.eye(4), **values)


def orthographic(width: int, height: int, **changes: float) -> Camera:
    """A camera that shows about four metres."""
    values = {"fx": width / 4, "fy": width / 4, "cx": width / 2, "cy": height / 2, **changes}
    return Camera(np.eye(4), kind="orthographic", **values)


def triangles(
    *corners: tuple[tuple[float, float, float], ...],
) -> tuple[torch.Tensor, torch.Tensor]:
    """Separate triangles: vertices (3 F, 3), faces (F, 3)."""
    vertices = torch.tensor(corners, dtype=torch.float32).reshape(-1, 3)
    return vertices, torch.arange(len(vertices)).view(-1, 3)


def random_mesh(seed: int, faces: int, depth: tuple[float, float]) -> tuple[torch.Tensor, ...]:
    """Triangles of about half a metre, anywhere in a frustum between two depths."""
    generator = np.random.default_rng(seed)
    z = generator.uniform(*depth, size=(faces, 1, 1))
    centre = np.concatenate([generator.uniform(-0.6, 0.6, (faces, 1, 2)) * abs(z), -z], axis=-1)
    corners = centre + generator.normal(scale=0.3, size=(faces, 3, 3))
    vertices = torch.from_numpy(corners.reshape(-1, 3).astype(np.float32))
    return vertices, torch.arange(3 * faces).view(-1, 3)


def run(rasterizer: Rasterizer, scene: RasterScene) -> Fragments:
    """Rasterise without gradient."""
    with torch.no_grad():
        return rasterizer.rasterize(
            scene.vertices, scene.faces, scene.camera, scene.width, scene.height
        )


def head_on(scene: RasterScene, cosine: float = 0.1) -> torch.Tensor:
    """(F + 1,) faces that are neither tiny nor seen nearly edge-on; the last one, for -1, is False.

    Only there do float32 values and gradients have enough digits to be compared.
    """
    a, b, c = (scene.vertices[scene.faces[:, i]].double() for i in range(3))
    normal = torch.linalg.cross(b - a, c - a)
    view = a + b + c
    if scene.camera.kind == "orthographic":
        view = torch.tensor([[0.0, 0.0, -1.0]]).double().expand_as(a)
    good = torch.cosine_similarity(normal, view).abs() > cosine
    good &= normal.norm(dim=1) > 1e-3
    return torch.cat([good, torch.zeros(1, dtype=torch.bool)])

# SPDX-License-Identifier: Apache-2.0
"""Meshes of the primitives, spanning [-1, 1] on every axis."""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from torch import Tensor

from neural_core.geometry.primitives import unit_cuboid, unit_sphere

SPHERE_SEGMENTS, SPHERE_RINGS = 16, 8


@cache
def template_triangles(primitive: str) -> Tensor:
    """Corners (F, 3, 3) of the mesh of a primitive; a cloud of points lies in a cuboid."""
    round_one = primitive == "sphere"
    mesh = unit_sphere(SPHERE_SEGMENTS, SPHERE_RINGS) if round_one else unit_cuboid()
    # Kept for good, so it must serve training even if the first to ask was inference.
    with torch.inference_mode(False):
        return torch.from_numpy(np.ascontiguousarray(mesh.vertices[mesh.faces]))

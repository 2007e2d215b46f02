# SPDX-License-Identifier: Apache-2.0
"""Poses of a cuboid's faces."""

from __future__ import annotations

import torch
from torch import Tensor

# Of each face: its normal, and its other two axes.
FACES = ((2, -1), (2, 1), (1, -1), (1, 1), (0, -1), (0, 1))
OTHERS = {2: (0, 1), 1: (0, 2), 0: (1, 2)}


def get_cube_RT(scales: Tensor) -> Tensor:
    """Half sizes (P, 3) -> poses (P, 6, 4, 4) of the faces; the second axis points out."""
    poses = torch.zeros(len(scales), 6, 4, 4)
    poses[:, :, 3, 3] = 1
    for face, (axis, sign) in enumerate(FACES):
        first, second = OTHERS[axis]
        poses[:, face, first, 0] = poses[:, face, second, 2] = 1
        poses[:, face, axis, 1] = sign
        poses[:, face, axis, 3] = sign * scales[:, axis]
    return poses

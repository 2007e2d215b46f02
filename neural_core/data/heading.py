# SPDX-License-Identifier: Apache-2.0
"""Normals as seen by the camera's heading, so that turning a whole scene changes nothing."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from neural_core.contract import Camera


def heading_rotation(camera: Camera) -> NDArray[np.float64]:
    """(3, 3) world -> (right, forward, up): forward is the level direction the camera looks in.

    A camera that looks straight up or down takes its own up axis for forward.
    """
    rotation = np.asarray(camera.camera_to_world)[:3, :3]
    level = -rotation[:2, 2]
    if np.hypot(*level) < 1e-3:
        level = rotation[:2, 1]
    forward = level / max(float(np.hypot(*level)), 1e-12)
    return np.array(
        [[forward[1], -forward[0], 0.0], [forward[0], forward[1], 0.0], [0.0, 0.0, 1.0]]
    )


def heading_normals(normals: NDArray, camera: Camera) -> NDArray[np.float32]:
    """(H, W, 3) world normals -> the same in the heading's frame."""
    return (normals.astype(np.float32) @ heading_rotation(camera).T.astype(np.float32)).astype(
        np.float32
    )

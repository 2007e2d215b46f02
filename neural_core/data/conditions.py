# SPDX-License-Identifier: Apache-2.0
"""What a network is shown of a Frame: the same code paints it in training and in a render."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neural_core.contract import Camera, Passes, SceneObject

from .codec import SHADING_MAX
from .heading import heading_normals
from .own_axes import own_axes

Conditions = dict[str, Tensor]
"""Tensors of one picture, see `paint`."""


def paint(
    *,
    semantic: NDArray,
    instance: NDArray,
    inverse_depth: NDArray[np.float32],
    normal: NDArray[np.float32],
    shading: NDArray[np.float32],
    coverage: NDArray[np.float32],
    camera: Camera,
    tints: NDArray[np.float32],
    matrices: NDArray[np.float32],
    boxes: NDArray[np.float32],
) -> Conditions:
    """Tensors of H x W passes.

    ``instance`` holds rows of ``tints`` (N, 3), NaN = no tint, of ``matrices`` (N, 4, 4) and of
    ``boxes`` (N, 2, 3).

    Returns:
        semantic (H, W) int64 class ids; instance (H, W) int64 rows, 0 = none;
        inverse_depth (1, H, W) 1/metres, 0 = empty;
        normal (3, H, W) right-forward-up of the camera's heading, 0 where empty;
        shading (3, H, W) linear radiance in [0, SHADING_MAX]; coverage (1, H, W);
        tint (3, H, W) linear RGB, 0 where there is none; tint_valid (1, H, W) 0 or 1;
        local, view, extent (3, H, W) each, see `own_axes.OwnAxes`.
    """
    valid = np.isfinite(tints).all(axis=1)
    colors = np.where(valid[:, None], tints, 0.0).astype(np.float32)
    solid = inverse_depth > 0
    own = own_axes(instance, inverse_depth, camera, matrices, boxes)
    return {
        "semantic": torch.from_numpy(semantic.astype(np.int64)),
        "instance": torch.from_numpy(instance.astype(np.int64)),
        "inverse_depth": torch.from_numpy(np.ascontiguousarray(inverse_depth))[None],
        "normal": _channels(normal * solid[..., None]),
        "shading": _channels(shading),
        "coverage": torch.from_numpy(np.ascontiguousarray(coverage))[None],
        "tint": torch.from_numpy(colors.T.take(instance, axis=1)),
        "tint_valid": torch.from_numpy(valid[instance].astype(np.float32))[None],
        **{name: _channels(maps) for name, maps in own._asdict().items()},
    }


def conditions_from_passes(
    passes: Passes, objects: Sequence[SceneObject], camera: Camera
) -> Conditions:
    """Conditions of a Frame with passes, as `paint` returns them."""
    listed = sorted(objects, key=lambda item: item.instance_id)
    none = (np.nan, np.nan, np.nan)
    ids = np.array([0, *(o.instance_id for o in listed)], np.uint32)
    rows = np.minimum(np.searchsorted(ids, passes.instance), len(ids) - 1)
    # Passes made elsewhere may hold instances that the layout does not list: they are nobody's.
    rows[ids[rows] != passes.instance] = 0
    inverse = np.zeros(passes.depth.shape, np.float32)
    solid = np.isfinite(passes.depth) & (passes.depth > 0)
    np.divide(np.float32(1.0), passes.depth, out=inverse, where=solid)
    return paint(
        semantic=passes.semantic,
        instance=rows,
        inverse_depth=inverse,
        normal=heading_normals(passes.normal, camera),
        shading=np.clip(passes.shading.astype(np.float32), 0.0, SHADING_MAX),
        coverage=passes.coverage.astype(np.float32),
        camera=camera,
        tints=np.array([none, *(o.tint or none for o in listed)], np.float32),
        matrices=np.array([np.eye(4), *(o.matrix_world for o in listed)], np.float32),
        boxes=np.array([np.zeros((2, 3)), *(o.box for o in listed)], np.float32),
    )


def _channels(array: NDArray[np.float32]) -> Tensor:
    """(H, W, C) -> (C, H, W)."""
    return torch.from_numpy(np.ascontiguousarray(np.moveaxis(array, -1, 0), dtype=np.float32))

# SPDX-License-Identifier: Apache-2.0
"""One training sample: a rendered picture and the passes of both forms of its scene."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from neural_core.contract import Camera, ContractError, Frame, Passes, SceneObject

from .codec import encode_inverse_depth, encode_normal, encode_shading
from .heading import heading_normals

FORMS = ("detailed", "blockout")


@dataclass(frozen=True)
class InstanceTable:
    """What is known of each instance that is seen, and of bodies; row 0 stands for "none".

    A body is an object of keypoints without surface: a figure's parts are instances of their own.

    Attributes:
        class_id: (N,) uint16.
        tint: (N, 3) float32 linear RGB, NaN where the object has none.
        appearance_seed: (N,) int64.
        matrix_world: (N, 4, 4) float32 local -> world.
        box: (N, 2, 3) float32 corners in local space.
        keypoints: (N, K, 3) float32 world positions, NaN where an object has none or fewer; K is
            0 in a frame without any.
    """

    class_id: NDArray[np.uint16]
    tint: NDArray[np.float32]
    appearance_seed: NDArray[np.int64]
    matrix_world: NDArray[np.float32]
    box: NDArray[np.float32]
    keypoints: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 0, 3), np.float32))

    def __post_init__(self) -> None:
        if not self.keypoints.size:
            empty = np.zeros((len(self.class_id), 0, 3), np.float32)
            object.__setattr__(self, "keypoints", empty)


@dataclass(frozen=True)
class FormArrays:
    """Compact passes of one form, H x W.

    Attributes:
        semantic: uint8 index into the class list of the data set.
        instance: uint16 row of ``table``.
        inverse_depth: uint16 codes; ``depth_step`` is 1/metres per code.
        normal: (H, W, 2) uint8 octahedral, in the frame of the camera's heading.
        shading: (H, W, 3) uint8; coverage: uint8, 255 = full.
    """

    semantic: NDArray[np.uint8]
    instance: NDArray[np.uint16]
    inverse_depth: NDArray[np.uint16]
    depth_step: float
    normal: NDArray[np.uint8]
    shading: NDArray[np.uint8]
    coverage: NDArray[np.uint8]
    table: InstanceTable


@dataclass(frozen=True)
class Sample:
    """A frame: its scene's seed, the number of its camera, what that camera is and saw.

    Attributes:
        image: (H, W, 3) uint8 sRGB.
        forms: one FormArrays for each of FORMS.
    """

    seed: int
    camera: int
    view: Camera
    image: NDArray[np.uint8]
    forms: dict[str, FormArrays]


def instance_table(
    frame: Frame, seen: NDArray[np.integer]
) -> tuple[InstanceTable, NDArray[np.int64]]:
    """The table of a Frame's bodies and its objects among ``seen`` (instance ids); rows' ids (N,).

    Rows ascend with the id.
    """
    wanted = set(seen.tolist())
    items = [o for o in frame.objects if o.instance_id in wanted or is_bare_body(o)]
    items.sort(key=lambda item: item.instance_id)
    none = (np.nan, np.nan, np.nan)
    table = InstanceTable(
        np.array([0, *(o.class_id for o in items)], np.uint16),
        np.array([none, *(o.tint or none for o in items)], np.float32),
        np.array([0, *(o.appearance_seed for o in items)], np.int64),
        np.array([np.eye(4), *(o.matrix_world for o in items)], np.float32),
        np.array([np.zeros((2, 3)), *(o.box for o in items)], np.float32),
        keypoint_column([None, *(o.keypoints for o in items)]),
    )
    return table, np.array([0, *(o.instance_id for o in items)], np.int64)


def is_bare_body(item: SceneObject) -> bool:
    """Whether an object is keypoints alone: no pixel shows it, its parts are other objects."""
    return item.primitive == "point" and item.keypoints is not None


def keypoint_column(rows: Sequence[NDArray[np.float32] | None]) -> NDArray[np.float32]:
    """Keypoints (k, 3) of N objects, k their own -> (N, K, 3), NaN where there are none."""
    most = max((len(row) for row in rows if row is not None), default=0)
    column = np.full((len(rows), most, 3), np.nan, np.float32)
    for place, row in zip(column, rows, strict=True):
        if row is not None:
            place[: len(row)] = row
    return column


def join_keypoints(columns: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Columns of several tables one after another, filled up with NaN to the same K."""
    return keypoint_column([row for column in columns for row in column])


def pack_form(frame: Frame, passes: Passes, class_ids: NDArray[np.uint16]) -> FormArrays:
    """Compact form of a Frame's passes; ``class_ids`` is the data set's class list, ascending.

    Raises:
        ContractError: the passes hold a class or an instance that the lists do not.
    """
    table, ids = instance_table(frame, np.unique(passes.instance))
    if len(ids) > 65535:
        raise ContractError(
            "objects", f"{len(ids):,} objects", "At most 65,534 in a training frame"
        )
    inverse, step = encode_inverse_depth(passes.depth)
    return FormArrays(
        semantic=_rows_of(passes.semantic, class_ids, "passes.semantic").astype(np.uint8),
        instance=_rows_of(passes.instance, ids, "passes.instance").astype(np.uint16),
        inverse_depth=inverse,
        depth_step=step,
        normal=encode_normal(heading_normals(passes.normal, frame.camera)),
        shading=encode_shading(passes.shading),
        coverage=np.rint(np.clip(passes.coverage.astype(np.float32), 0, 1) * 255).astype(np.uint8),
        table=table,
    )


def _rows_of(values: NDArray, ids: NDArray, path: str) -> NDArray[np.intp]:
    """Position of each value in the ascending list ``ids``."""
    rows = np.searchsorted(ids, values)
    rows = np.minimum(rows, len(ids) - 1)
    wrong = ids[rows] != values
    if wrong.any():
        raise ContractError(path, f"id {values[wrong][0]} is unknown", "Render the passes again")
    return rows

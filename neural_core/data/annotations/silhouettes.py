# SPDX-License-Identifier: Apache-2.0
"""How much of an object lies outside the picture, and how much is behind others.

The object's silhouette is traced as if it were alone, in the picture widened by its own width to
the left and right and its own height above and below; what lies still farther out does not count.

truncation: share of the silhouette that lies outside the picture.
occlusion: share of the silhouette inside the picture that does not show the object.

Where the object's mesh is not at hand (data sets do not keep meshes) its 3D box stands for it.
As a thing does not fill its box, occlusion then is the share of the box's image in which another
object is nearer than the box.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neural_core.contract import Camera, Frame, Mesh, Passes, SceneObject
from neural_core.geometry.cameras import pixel_offsets
from neural_core.geometry.primitives import box_matrix, unit_sphere
from neural_core.geometry.rays import Float, RayScene, camera_rays, create_ray_scene

from .boxes import box_corners, image_rectangle

MAX_SAMPLES = 1 << 16
"""Up to so many pixels of an object's rectangle all are traced; of a larger one every n-th row
and column."""

_THIN = 1e-9
_FLAT = 1e-9


@dataclass(frozen=True)
class Extent:
    """How much of an object can be seen.

    Attributes:
        truncation, occlusion: shares from 0 to 1, see the module.
        measured_on: "silhouette", or "box" where the mesh is not at hand.
    """

    truncation: float
    occlusion: float
    measured_on: str


@dataclass(frozen=True)
class _Grid:
    """Pixels of a rectangle, every ``step``-th one: columns (X,), rows (Y,)."""

    columns: NDArray[np.int64]
    rows: NDArray[np.int64]
    step: int

    def offsets(self, camera: Camera) -> Float:
        """Offsets (2, Y * X) of the pixel centres, row by row."""
        x, y = pixel_offsets(camera, self.columns + 0.5, self.rows + 0.5)
        return np.stack(np.meshgrid(x, y)).reshape(2, -1).astype(np.float32)

    def take(self, image: NDArray) -> NDArray:
        """The grid's pixels (Y * X,) of an image (H, W)."""
        return image[np.ix_(self.rows, self.columns)].reshape(-1)


class Silhouettes:
    """Traces objects alone; keeps the ray scenes of meshes while frames use them."""

    def __init__(self) -> None:
        self._scenes: dict[str, RayScene] = {}

    def begin(self, frame: Frame) -> None:
        """Forget the meshes that the frame does not have."""
        kept = {"sphere", *frame.meshes}
        self._scenes = {key: scene for key, scene in self._scenes.items() if key in kept}

    def extent(
        self, frame: Frame, passes: Passes, item: SceneObject, own: NDArray[np.bool_]
    ) -> Extent:
        """Truncation and occlusion of an object that the pixels ``own`` (H, W) show."""
        rectangle = _rectangle(frame, item, own)
        left, top, right, bottom = _clip(rectangle, frame, margin=0)
        grid = _grid(left, top, right, bottom)
        if self._is_at_hand(frame, item):
            alone = self._covers(frame, item, grid.offsets(frame.camera)) | grid.take(own)
            whole = np.count_nonzero(alone) * grid.step**2
            occlusion = 1.0 - min(np.count_nonzero(own) / whole, 1.0) if whole else 0.0
            measured_on = "silhouette"
        else:
            occlusion = _box_occlusion(frame.camera, passes, item, grid, grid.take(own))
            measured_on = "box"
        return Extent(self._truncation(frame, item, rectangle), occlusion, measured_on)

    def _truncation(
        self, frame: Frame, item: SceneObject, rectangle: tuple[int, int, int, int]
    ) -> float:
        wide = _clip(rectangle, frame, margin=1)
        if wide == _clip(rectangle, frame, margin=0):
            return 0.0
        grid = _grid(*wide)
        covered = self._covers(frame, item, grid.offsets(frame.camera))
        x, y = np.meshgrid(grid.columns, grid.rows)
        inside = ((x >= 0) & (x < frame.width) & (y >= 0) & (y < frame.height)).reshape(-1)
        return 1.0 - float(inside[covered].mean()) if covered.any() else 0.0

    def _is_at_hand(self, frame: Frame, item: SceneObject) -> bool:
        return item.primitive != "mesh" or item.mesh in frame.meshes

    def _covers(self, frame: Frame, item: SceneObject, offsets: Float) -> NDArray[np.bool_]:
        """Whether the ray of each image point (2, N) meets the object: (N,)."""
        if item.primitive == "cuboid" or not self._is_at_hand(frame, item):
            return np.isfinite(box_entry(frame.camera, item, offsets))
        origins, directions, distance = camera_rays(frame.camera, offsets)
        scene, to_world = self._scene(frame, item)
        to_local = np.linalg.inv(to_world) @ frame.camera.camera_to_world
        origins = origins @ to_local[:3, :3].T + to_local[:3, 3]
        directions = directions @ to_local[:3, :3].T
        return scene.occluded(origins.astype(np.float32), directions.astype(np.float32), distance)

    def _scene(self, frame: Frame, item: SceneObject) -> tuple[RayScene, NDArray[np.float64]]:
        """The object's rays in a space of its own, and the matrix from there to the world."""
        if item.primitive == "sphere":
            mesh, key, matrix = unit_sphere(), "sphere", box_matrix(item)
        else:
            key = item.mesh or ""
            mesh, matrix = frame.meshes[key], item.matrix_world
        if _is_flat(matrix):  # it has no inverse: the mesh goes to the world instead
            vertices = mesh.vertices @ matrix[:3, :3].T + matrix[:3, 3]
            return create_ray_scene(vertices.astype(np.float32), mesh.faces), np.eye(4)
        if key not in self._scenes:
            self._scenes[key] = _ray_scene(mesh)
        return self._scenes[key], matrix


def box_entry(camera: Camera, item: SceneObject, offsets: Float) -> NDArray[np.float64]:
    """Planar depth at which the ray of each image point (2, N) enters the object's box, or inf."""
    origins, directions, distance = camera_rays(camera, offsets)
    matrix = item.matrix_world
    low, high = item.box[0] - _THIN, item.box[1] + _THIN
    if _is_flat(matrix):
        return np.full(offsets.shape[1], np.inf)
    to_local = np.linalg.inv(matrix) @ camera.camera_to_world
    start = origins.astype(np.float64) @ to_local[:3, :3].T + to_local[:3, 3]
    way = directions.astype(np.float64) @ to_local[:3, :3].T
    way = np.where(np.abs(way) < 1e-300, 1e-300, way)
    first, second = (low - start) / way, (high - start) / way
    enter = np.maximum(np.minimum(first, second).max(axis=1), 0.0)
    leave = np.minimum(np.maximum(first, second).min(axis=1), distance)
    return np.where(enter <= leave, enter + camera.near, np.inf)


def _box_occlusion(
    camera: Camera, passes: Passes, item: SceneObject, grid: _Grid, own: NDArray[np.bool_]
) -> float:
    entry = box_entry(camera, item, grid.offsets(camera))
    inside = np.isfinite(entry) | own
    if not inside.any():
        return 0.0
    depth = grid.take(passes.depth)
    # Depths of data sets are rounded.
    before = depth < entry - (0.01 + 2e-3 * np.where(np.isfinite(entry), entry, 0.0))
    hidden = before & np.isfinite(entry) & ~own & (grid.take(passes.instance) > 0)
    return float(np.count_nonzero(hidden) / np.count_nonzero(inside))


def _rectangle(
    frame: Frame, item: SceneObject, own: NDArray[np.bool_]
) -> tuple[int, int, int, int]:
    """Columns and rows (left, top, right, bottom; the last two excluded) around the object."""
    rows, columns = np.flatnonzero(own.any(axis=1)), np.flatnonzero(own.any(axis=0))
    left, top, right, bottom = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
    image = image_rectangle(frame.camera, box_corners(item))
    if image is not None:
        # Far out is far enough: a box beside the eye has an image without end.
        bounds = np.clip(image, -1e6, 1e6)
        left, top = min(left, math.floor(bounds[0])), min(top, math.floor(bounds[1]))
        right, bottom = max(right, math.ceil(bounds[2])), max(bottom, math.ceil(bounds[3]))
    return int(left), int(top), int(right), int(bottom)


def _clip(
    rectangle: tuple[int, int, int, int], frame: Frame, margin: int
) -> tuple[int, int, int, int]:
    """Cut at the picture widened by ``margin`` times its size on every side."""
    left, top, right, bottom = rectangle
    wide, high = margin * frame.width, margin * frame.height
    return (
        max(left, -wide),
        max(top, -high),
        min(right, frame.width + wide),
        min(bottom, frame.height + high),
    )


def _grid(left: int, top: int, right: int, bottom: int) -> _Grid:
    step = max(1, math.ceil(math.sqrt((right - left) * (bottom - top) / MAX_SAMPLES)))
    first = step // 2
    return _Grid(
        np.arange(min(left + first, right - 1), right, step),
        np.arange(min(top + first, bottom - 1), bottom, step),
        step,
    )


def _is_flat(matrix: NDArray[np.float64]) -> bool:
    linear = matrix[:3, :3]
    size = np.prod(np.linalg.norm(linear, axis=0))
    return bool(abs(np.linalg.det(linear)) <= _FLAT * size)


def _ray_scene(mesh: Mesh) -> RayScene:
    return create_ray_scene(mesh.vertices, mesh.faces)

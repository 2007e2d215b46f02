# SPDX-License-Identifier: Apache-2.0
"""What is known of the things in a frame: pixels, boxes, how much is seen, keypoints."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from neural_core.contract import ContractError, Frame, Passes, SceneObject, validate_passes
from neural_core.geometry.cameras import project
from neural_core.geometry.passes import rasterize_passes
from neural_core.geometry.scene import GeometryCache

from .bodies import is_bare, parts_of_bodies, with_box
from .classes import Categories
from .silhouettes import Extent, Silhouettes

NOT_LABELLED, HIDDEN, VISIBLE = 0, 1, 2
"""COCO's visibility of a keypoint."""

_BODY_DEPTH = 0.1
"""A keypoint lies inside its body: it counts as visible when its own body's surface is nearer by
at most this share of the box's diagonal ..."""

_OTHER_DEPTH = 0.01
"""... and another object's surface by at most so many metres."""


@dataclass(frozen=True)
class Shot:
    """A frame to be annotated.

    Attributes:
        name: of the picture's file, without folder and suffix.
        frame: its passes are rasterised when it has none.
        split: e.g. train or val, "" = the set is not split.
        picture: (H, W, 3) uint8 sRGB, when it is to be written, too.
        missing: names of passes that were not kept and hold nothing.
    """

    name: str
    frame: Frame
    split: str = ""
    picture: NDArray[np.uint8] | None = None
    missing: frozenset[str] = frozenset()

    @property
    def file_name(self) -> str:
        """The picture's file."""
        return f"{self.name}.png"


@dataclass(frozen=True)
class InstanceLabel:
    """A thing that is seen.

    Attributes:
        item: the object.
        category: see `Categories.of`.
        pixels: (N,) int64, ascending, where it is seen: column * height + row.
        box: left, top, width, height of these pixels.
        extent: how much of it is seen.
        keypoints: (K, 3) u, v in pixels and COCO's visibility 0, 1, 2; or None.
    """

    item: SceneObject
    category: int
    pixels: NDArray[np.int64]
    box: tuple[int, int, int, int]
    extent: Extent
    keypoints: NDArray[np.float64] | None

    @property
    def area(self) -> int:
        """Pixels that show it."""
        return len(self.pixels)


@dataclass(frozen=True)
class FrameLabels:
    """A frame's passes and the things seen in it, ascending by instance id."""

    shot: Shot
    passes: Passes
    categories: Categories
    instances: tuple[InstanceLabel, ...]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.shot.frame.width, self.shot.frame.height


@dataclass
class Labeller:
    """Labels one frame after the other; what meets in neighbouring frames is computed once.

    Args:
        categories: what counts as a thing.
        min_pixels: things of which fewer pixels are seen get no label.
    """

    categories: Categories
    min_pixels: int = 1
    _silhouettes: Silhouettes = field(default_factory=Silhouettes)
    _cache: GeometryCache = field(default_factory=GeometryCache)

    def label(self, shot: Shot) -> FrameLabels:
        """The labels of a frame.

        Raises:
            ContractError: the passes do not fit the frame, or show an object that it does not
                have; a mesh is missing.
        """
        frame = shot.frame
        passes = frame.passes or rasterize_passes(frame, cache=self._cache)
        validate_passes(passes, frame.width, frame.height)
        self._silhouettes.begin(frame)
        items = {item.instance_id: item for item in frame.objects}
        semantic = passes.semantic.T.reshape(-1)
        found, shown = [], {}
        for instance, pixels in groups(passes.instance):
            if instance == 0:
                continue
            if instance not in items:
                raise ContractError(
                    f"{shot.name}: passes.instance",
                    f"object {instance} is not in the layout",
                    "Render the passes again",
                )
            item = items[instance]
            category = self.categories.of(item, semantic[pixels])
            if self.categories.is_part(category):
                shown[instance] = pixels
            if self.categories.is_thing(category) and len(pixels) >= self.min_pixels:
                found.append(self._instance(frame, passes, item, category, pixels))
        found += self._bodies(frame, passes, shown)
        found.sort(key=lambda label: label.item.instance_id)
        return FrameLabels(shot, passes, self.categories, tuple(found))

    def _bodies(
        self, frame: Frame, passes: Passes, shown: dict[int, NDArray[np.int64]]
    ) -> list[InstanceLabel]:
        """Labels of bodies without surface; ``shown``: pixels of the things that are parts."""
        bodies = [item for item in frame.objects if is_bare(item)]
        parts = [item for item in frame.objects if item.instance_id in shown]
        found = []
        for body, own in zip(bodies, parts_of_bodies(bodies, parts) if bodies else (), strict=True):
            pixels = [shown[part.instance_id] for part in own]
            category = self.categories.person
            if category is None or sum(map(len, pixels)) < max(self.min_pixels, 1):
                continue
            together = np.sort(np.concatenate(pixels))
            found.append(self._instance(frame, passes, with_box(body, own), category, together))
        return found

    def _instance(
        self,
        frame: Frame,
        passes: Passes,
        item: SceneObject,
        category: int,
        pixels: NDArray[np.int64],
    ) -> InstanceLabel:
        own = np.zeros(passes.instance.size, np.bool_)
        own[pixels] = True
        own = own.reshape(passes.instance.shape[::-1]).T
        return InstanceLabel(
            item=item,
            category=category,
            pixels=pixels,
            box=pixel_box(pixels, frame.height),
            extent=self._silhouettes.extent(frame, passes, item, own),
            keypoints=_keypoints(frame, passes, item, own),
        )


def groups(ids: NDArray[np.unsignedinteger]) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Each value of an image (H, W), ascending; its pixels, ascending: column * height + row."""
    flat = ids.T.reshape(-1)
    order = np.argsort(flat, kind="stable")
    values, starts = np.unique(flat[order], return_index=True)
    yield from zip(values.tolist(), np.split(order, starts[1:]), strict=True)


def pixel_box(pixels: NDArray[np.int64], height: int) -> tuple[int, int, int, int]:
    """Left, top, width, height of pixels given as column * height + row, ascending."""
    rows = pixels % height
    left, right = int(pixels[0]) // height, int(pixels[-1]) // height
    top, bottom = int(rows.min()), int(rows.max())
    return left, top, right - left + 1, bottom - top + 1


def _keypoints(
    frame: Frame, passes: Passes, item: SceneObject, own: NDArray[np.bool_]
) -> NDArray[np.float64] | None:
    if item.keypoints is None:
        return None
    found = np.zeros((len(item.keypoints), 3))
    with np.errstate(divide="ignore", invalid="ignore"):
        points = project(frame.camera, np.asarray(item.keypoints, np.float64))
    size = (item.box[1] - item.box[0]) * np.linalg.norm(item.matrix_world[:3, :3], axis=0)
    inner = _BODY_DEPTH * float(np.linalg.norm(size))
    for index, (u, v, depth) in enumerate(points.tolist()):
        in_picture = depth > frame.camera.near and 0 <= u < frame.width and 0 <= v < frame.height
        if not in_picture:
            continue
        row, column = int(v), int(u)
        allowed = inner if own[row, column] else _OTHER_DEPTH
        is_seen = passes.depth[row, column] >= depth - allowed
        found[index] = u, v, VISIBLE if is_seen else HIDDEN
    return found

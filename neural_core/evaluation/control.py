# SPDX-License-Identifier: Apache-2.0
"""What a user of movable objects feels: do they go where they are put, and stay who they are?

Everything is measured on layers (RGBA of one object) and finished pictures, so it is the same for
any method, and for real renders with their masks.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm

from neural_core.contract import Frame, Layer, Rendering, SceneObject

from .cutouts import Backbone, colors, cutout, views
from .heading import HeadingReader, axis_disagreement, disagreement
from .layouts import Layout, alone, moved_to, seen_heading, silhouette, turned

Painter = Callable[[Frame], Rendering]
"""Renders a frame, with a layer for each of its objects."""

POSES = 16
LOOKS = 3
"""Looks of every layout in the comparison of identities."""

UNSEEN = 100.0
"""Position error of an object that does not show at all, in % of the picture's width."""

_SECOND = "second"

Measure = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]
"""How far readings are from what was asked for: `disagreement` or `axis_disagreement`."""


@dataclass(frozen=True)
class Control:
    """See `Row`: the same measures of one painter."""

    position_error: float | None = None
    rotation_error: float | None = None
    axis_error: float | None = None
    own_rotation_error: float | None = None
    identity_auc: float | None = None
    change_of_others: float | None = None
    change_outside: float | None = None


def measure_control(
    painter: Painter, layouts: Sequence[Layout], reader: HeadingReader, backbone: Backbone
) -> Control:
    """All measures over these layouts; two or more of them."""
    turns = [_turns(painter, layout, backbone) for layout in tqdm(layouts, "poses", unit="scene")]
    isolation = [isolated(painter, a, b) for a, b in _neighbours(layouts)]
    return Control(
        position_error=_mean([moved_error(painter, a, b) for a, b in _neighbours(layouts)]),
        rotation_error=_mean([turn.rotation_error(reader) for turn in turns]),
        axis_error=_mean([turn.axis_error(reader) for turn in turns]),
        own_rotation_error=_mean(own_rotation_errors(turns)),
        identity_auc=_mean([turn.identity() for turn in turns]),
        change_of_others=max(others for others, _ in isolation),
        change_outside=float(np.mean([outside for _, outside in isolation])),
    )


def measure_reals(layouts: Sequence[Layout], reader: HeadingReader, backbone: Backbone) -> Control:
    """The same of real renders: how far cars lie from the middles of their boxes, how well their
    headings are read, and how alike one car looks from several cameras."""
    errors, cuts, shown, asked, scenes = [], [], [], [], []
    for layout in layouts:
        item = layout.frame.objects[0]
        if len(layout.frame.objects) > 1:
            continue  # others may stand before it
        rgba = np.dstack([layout.image, layout.instance == item.instance_id]).astype(np.float32)
        errors.append(position_error(rgba, silhouette(item, layout.frame)))
        cut = cutout(rgba)
        if cut is not None:
            cuts.append(cut)
            shown.append(colors(rgba))
            asked.append(seen_heading(item, layout.frame.camera))
            scenes.append(layout.scene)
    if len(cuts) < 2:
        return Control()
    read, scene = reader.read(views(backbone, cuts)), np.array(scenes)
    several = {number for number in scenes if (scene == number).sum() > 1}
    turns, axes = (
        _each(measure, read, np.array(asked), scene, several)
        for measure in (disagreement, axis_disagreement)
    )
    poses = np.arange(len(cuts))  # no two pictures show the same pose
    return Control(
        position_error=_mean(errors),
        rotation_error=turns,
        axis_error=axes,
        identity_auc=told_apart(torch.stack(shown), scene, poses),
    )


def fit_reader(layouts: Sequence[Layout], backbone: Backbone) -> HeadingReader:
    """A reader of headings, fitted to real renders."""
    cuts, angles = [], []
    for layout in layouts:
        for item in layout.frame.objects:
            mask = layout.instance == item.instance_id
            cut = cutout(np.dstack([layout.image, mask]).astype(np.float32))
            if cut is not None:
                cuts.append(cut)
                angles.append(seen_heading(item, layout.frame.camera))
    return HeadingReader.fit(views(backbone, cuts), angles)


def position_error(rgba: NDArray[np.float32], box: NDArray[np.bool_]) -> float | None:
    """Distance of a layer's centroid from that of its projected box, in % of the picture's width.

    `UNSEEN` where the layer is empty; None where the box lies outside of the picture.
    """
    wanted, found = centroid(box.astype(np.float64)), centroid(rgba[..., 3].astype(np.float64))
    if wanted is None:
        return None
    if found is None:
        return UNSEEN
    return 100 * float(np.hypot(*(found - wanted))) / box.shape[1]


def moved_error(painter: Painter, layout: Layout, place: Layout) -> float | None:
    """`position_error` of the layout's object after it was moved to where another one stands."""
    item = moved_to(layout.frame.objects[0], place.frame.objects[0])
    frame = alone(layout.frame, item)
    return position_error(layer_of(painter(frame), item).rgba, silhouette(item, frame))


def isolated(painter: Painter, layout: Layout, other: Layout) -> tuple[float, float]:
    """What moving an object changes that it should not.

    Returns:
        the largest change of the other object's layer, colour, alpha and depth; and the mean change
        of the picture where the moved object's layer is empty before and after, in %.
    """
    first = layout.frame.objects[0]
    number = first.instance_id + 1
    second = replace(other.frame.objects[0], name=_SECOND, instance_id=number)
    before = painter(replace(layout.frame, objects=(first, second)))
    place = replace(first, matrix_world=first.matrix_world + _aside())
    place = turned(place, math.pi / 3)
    after = painter(replace(layout.frame, objects=(place, second)))
    kept = [layer_of(rendering, second) for rendering in (before, after)]
    moved = [layer_of(rendering, first).rgba[..., 3] > 0 for rendering in (before, after)]
    outside = ~(moved[0] | moved[1])
    change = np.abs(before.image - after.image).mean(2)[outside]
    finite = [np.nan_to_num(layer.depth, posinf=0.0) for layer in kept]
    others = max(
        float(np.abs(kept[0].rgba - kept[1].rgba).max()), float(np.abs(np.subtract(*finite)).max())
    )
    return others, 100 * float(change.mean()) if change.size else 0.0


def told_apart(
    descriptors: Tensor, identity: NDArray[np.integer], pose: NDArray[np.integer]
) -> float | None:
    """AUC: of a pair of one identity and a pair of two, the first is the more alike one.

    Args:
        descriptors: (N, F) of unit length. identity, pose: (N,); pairs in one pose do not count.

    Returns:
        1: always, 0.5: by chance; None where there are no pairs of both kinds.
    """
    alike = (descriptors @ descriptors.T).double().numpy()
    first, second = np.triu_indices(len(alike), 1)
    counts = pose[first] != pose[second]
    first, second = first[counts], second[counts]
    same = identity[first] == identity[second]
    values = alike[first, second]
    own, other = values[same], np.sort(values[~same])
    if not len(own) or not len(other):
        return None
    below = np.searchsorted(other, own, "left")
    equal = np.searchsorted(other, own, "right") - below
    return float((below + equal / 2).mean() / len(other))


@dataclass(frozen=True)
class _Turns:
    """Cutouts of one layout's object in several looks, each turned all around.

    Attributes:
        read_from, alike: descriptors (N, F) of `views` and `colors`.
        asked: (N,) radians; look, pose: (N,) their numbers.
    """

    read_from: Tensor
    alike: Tensor
    asked: NDArray[np.float64]
    look: NDArray[np.int64]
    pose: NDArray[np.int64]

    def rotation_error(self, reader: HeadingReader) -> float | None:
        """Mean over the looks that show, in degrees."""
        return self._error(disagreement, reader)

    def axis_error(self, reader: HeadingReader) -> float | None:
        """The same of the axes alone."""
        return self._error(axis_disagreement, reader)

    def _error(self, measure: Measure, reader: HeadingReader) -> float | None:
        if not len(self.asked):
            return None
        read = reader.read(self.read_from)
        return _each(measure, read, self.asked, self.look, set(self.look))

    def identity(self) -> float | None:
        """AUC of the looks."""
        return told_apart(self.alike, self.look, self.pose) if len(self.asked) else None


def own_rotation_errors(turns: Sequence[_Turns]) -> list[float | None]:
    """`rotation_error` of each layout by a reader fitted to all the others: whether every heading
    looks like itself and unlike the others, whatever a real object looks like there."""
    shown = [turn for turn in turns if len(turn.asked)]
    errors = []
    for turn in shown if len(shown) > 1 else ():
        others = [other for other in shown if other is not turn]
        angles = np.concatenate([other.asked for other in others])
        reader = HeadingReader.fit(torch.cat([other.read_from for other in others]), angles)
        errors.append(turn.rotation_error(reader))
    return errors


def _each(
    measure: Measure,
    read: NDArray[np.float64],
    asked: NDArray[np.float64],
    kind: NDArray[np.integer],
    kinds: Iterable[int],
) -> float | None:
    """Mean of a measure that is taken within each kind."""
    found = [measure(read[kind == one], asked[kind == one]) for one in kinds]
    return float(np.concatenate(found).mean()) if found else None


def _turns(painter: Painter, layout: Layout, backbone: Backbone) -> _Turns:
    cuts, shown, rows = [], [], []
    for look in range(LOOKS):
        item = layout.frame.objects[0]
        item = replace(item, appearance_seed=item.appearance_seed + look)
        for pose in range(POSES):
            other = turned(item, 2 * math.pi * pose / POSES)
            rgba = layer_of(painter(alone(layout.frame, other)), other).rgba
            cut = cutout(rgba)
            if cut is not None:
                cuts.append(cut)
                shown.append(colors(rgba))
                rows.append((seen_heading(other, layout.frame.camera), look, pose))
    if not cuts:
        nothing = torch.zeros(0, 1)
        return _Turns(nothing, nothing, np.zeros(0), np.zeros(0, int), np.zeros(0, int))
    asked, look, pose = (np.array(column) for column in zip(*rows, strict=True))
    return _Turns(views(backbone, cuts), torch.stack(shown), asked, look, pose)


def _neighbours(layouts: Sequence[Layout]) -> list[tuple[Layout, Layout]]:
    """Each layout with one of another scene."""
    others = [
        next((b for b in [*layouts[i + 1 :], *layouts[:i]] if b.scene != a.scene), layouts[i - 1])
        for i, a in enumerate(layouts)
    ]
    return list(zip(layouts, others, strict=True))


def layer_of(rendering: Rendering, item: SceneObject) -> Layer:
    return next(layer for layer in rendering.layers if layer.name == item.name)


def _aside() -> NDArray[np.float64]:
    """What half a metre to the side and as much back adds to a matrix."""
    offset = np.zeros((4, 4))
    offset[:2, 3] = 0.5
    return offset


def centroid(weights: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """Column and row of the middle of weights (H, W); None: there is nothing."""
    total = weights.sum()
    if total <= 0:
        return None
    rows, columns = np.indices(weights.shape)
    return np.array([(columns * weights).sum(), (rows * weights).sum()]) / total


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None

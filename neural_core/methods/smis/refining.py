# SPDX-License-Identifier: Apache-2.0
"""Another method's picture and layers as SMIS's labels and reference.

Labels: where a layer is solid, its object is; where an object's box lies beyond its layer, what is
beside it goes on. Reference: every class, and every object with a layer, looks as in the picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace

import numpy as np
from numpy.typing import NDArray

from neural_core.contract import Controls, Layer, Passes, SceneObject, Style

PICTURE = "(picture)"
"""Name of the picture's own style among the controls; those of objects begin with it."""


def passes_of_layers(passes: Passes, layers: Sequence[Layer]) -> Passes:
    """Passes in which objects have the silhouettes of their layers.

    Every pixel takes all its passes from one pixel: from itself where nothing changes, else from
    the nearest one that shows what is to be seen there.

    Args:
        passes: of the objects' boxes or meshes. layers: solid where their depth is finite.
    """
    wanted = _shown_instances(passes, layers)
    if np.array_equal(wanted, passes.instance):
        return passes
    source = np.arange(wanted.size).reshape(wanted.shape)
    for number in np.unique(wanted[wanted != passes.instance]):
        if number in _ids(layers):
            known = passes.instance == number
        else:
            known = ~np.isin(passes.instance, _ids(layers))
        missing = (wanted == number) & (passes.instance != number)
        source = np.where(missing, _nearest(known, missing), source)
    rows, columns = np.divmod(source, wanted.shape[1])
    return Passes(**{f.name: getattr(passes, f.name)[rows, columns] for f in fields(passes)})


def following(
    controls: Controls,
    objects: Sequence[SceneObject],
    whole: Style | None,
    own: dict[str, Style],
    drawn: frozenset[int],
) -> Controls:
    """Controls that follow a picture wherever nobody asked for another style.

    Seeds of classes that the picture's maker draws itself are in the picture already; for other
    classes they count as ever.

    Args:
        whole: style of the picture. own: names of objects -> their styles in the picture.
        drawn: ids of the classes whose objects have layers.
    """
    if whole is None or controls.style:
        return controls
    styles = {**controls.styles, PICTURE: whole}
    class_styles = {**dict.fromkeys(drawn, PICTURE), **controls.class_styles}
    object_styles = dict(controls.object_styles)
    for item in objects:
        asked = item.style or item.name in object_styles or item.class_id in controls.class_styles
        if item.name in own and not asked:
            object_styles[item.name] = f"{PICTURE} {item.name}"
            styles[object_styles[item.name]] = own[item.name]
    return replace(
        controls,
        style=PICTURE,
        class_styles=class_styles,
        object_styles=object_styles,
        styles=styles,
    )


def _shown_instances(passes: Passes, layers: Sequence[Layer]) -> NDArray[np.uint32]:
    """(H, W) the object that each pixel is to show; 0 where one's box has nothing in its place.

    What has no layer hides layers as it hides the boxes.
    """
    owned = np.isin(passes.instance, _ids(layers))
    depth = np.stack([layer.depth for layer in layers])
    nearest = depth.argmin(0)
    front = np.take_along_axis(depth, nearest[None], 0)[0]
    solid = np.isfinite(front) & (owned | (front < passes.depth))
    behind = np.where(owned, np.uint32(0), passes.instance)
    return np.where(solid, np.array(_ids(layers), np.uint32)[nearest], behind)


def _ids(layers: Sequence[Layer]) -> list[int]:
    return [layer.instance_id for layer in layers]


def _nearest(known: NDArray[np.bool_], missing: NDArray[np.bool_]) -> NDArray[np.int64]:
    """(H, W) flat index of a near known pixel for the missing ones; their own if none is known.

    Known pixels grow step by step to their four neighbours.
    """
    own = np.arange(known.size).reshape(known.shape)
    if not known.any():
        return own
    source = np.where(known, own, -1)
    while (source[missing] < 0).any():
        grown = source
        for step, axis in ((1, 0), (-1, 0), (1, 1), (-1, 1)):
            moved = np.roll(source, step, axis)
            edge = [slice(None), slice(None)]
            edge[axis] = slice(0, 1) if step > 0 else slice(-1, None)
            moved[tuple(edge)] = -1
            grown = np.where(grown < 0, moved, grown)
        source = grown
    return source

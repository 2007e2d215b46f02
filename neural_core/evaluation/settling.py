# SPDX-License-Identifier: Apache-2.0
"""How low a model's objects sit in their boxes, against real ones.

Nothing in an unsupervised training says where within its primitive an object stands: what is
learned may sit lower than the real ones do. The difference is steady, so it can be taken off.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from neural_core.contract import Controls, Frame, SceneObject
from neural_core.data.dataset import FrameDataset
from neural_core.geometry.cameras import project
from neural_core.methods.controllable3d.method import Controllable3dMethod
from neural_core.weights import ModelCard, change_config

from .control import Painter, centroid, layer_of
from .layouts import Layout, alone, layouts_of, middle_of, silhouette

LAYOUTS = 100


def settle(card: ModelCard, data: FrameDataset, most: int = LAYOUTS) -> ModelCard:
    """Write into the card of a model of controllable3d how far its objects are to be raised.

    Args:
        data: pictures of what the model draws; up to ``most`` of them are drawn again.

    Raises:
        ContractError: the model is missing or damaged.
    """
    method = Controllable3dMethod(card=card)
    layouts = [
        layout
        for layout in layouts_of(data, method.config.classes, most)
        if len(layout.frame.objects) == 1
    ]
    low = lowness(lambda frame: method.render(method.prepare(frame), Controls()), layouts)
    return change_config(card, {"lift": round(method.config.lift + low, 4)})


def lowness(painter: Painter, layouts: Sequence[Layout]) -> float:
    """By how many half heights painted objects sit lower in their boxes than real ones.

    0 where there is none to compare.
    """
    apart = []
    for layout in tqdm(layouts, "boxes", unit="object"):
        item, frame = layout.frame.objects[0], layout.frame
        painted = layer_of(painter(alone(frame, item)), item).rgba[..., 3]
        real = layout.instance == item.instance_id
        found = [_low(np.asarray(shown, np.float64), item, frame) for shown in (painted, real)]
        if found[0] is not None and found[1] is not None:
            apart.append(found[0] - found[1])
    return float(np.mean(apart)) if apart else 0.0


def _low(shown: NDArray[np.float64], item: SceneObject, frame: Frame) -> float | None:
    """How far the centroid lies below that of the box, in half heights; None: there is neither."""
    box = centroid(silhouette(item, frame).astype(np.float64))
    found = centroid(shown)
    if box is None or found is None:
        return None
    middle = middle_of(item)
    half = item.matrix_world[:3, 2] * np.ptp(item.box[:, 2]) / 2
    pixels = project(frame.camera, np.stack([middle, middle + half]))
    return float((found - box)[1] / (pixels[0] - pixels[1])[1])

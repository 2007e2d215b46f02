# SPDX-License-Identifier: Apache-2.0
"""Sets of pictures for FID and KID: as they come, after moving, after turning, single objects.

The protocol of Liao et al. (CVPR 2020), with two faults of its code mended: single objects are
held against real pictures of single objects, and all four sets show the same scenes from the same
cameras.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum

import torch
from torch import Tensor

from neural_core.methods.controllable3d.composition import hide_at_random
from neural_core.methods.controllable3d.generator3d import Codes, draw_codes
from neural_core.methods.controllable3d.model import Controllable3d
from neural_core.methods.controllable3d.views import Poses, View, draw_views, upright_poses

BATCH = 8


class Change(Enum):
    """What is done to the scenes of a set."""

    NONE = "as they come"
    MOVED = "moved"
    TURNED = "turned"
    SINGLE = "single"


@dataclass(frozen=True)
class _Scenes:
    """B scenes of N objects, and all that chance says about their changes.

    Attributes:
        visible: (B, N). only: (B,) the object that a single one is.
        axis: (P,) index of the coordinate that a move sets; place: (P,) to where, model units.
        angle: (P,) turns in radians.
    """

    codes: Codes
    view: View
    poses: Poses
    visible: Tensor
    only: Tensor
    axis: Tensor
    place: Tensor
    angle: Tensor


@torch.inference_mode()
def changed_pictures(
    network: Controllable3d, change: Change, count: int, objects: int, seed: int = 0
) -> Iterator[Tensor]:
    """Batches of pictures (B, 3, H, W) in [-1, 1]; one seed gives the same scenes for any change.

    Args:
        objects: how many each scene has at most; single ones show one of as many.
    """
    device = next(network.parameters()).device
    for first in range(0, count, BATCH):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed * 1_000_003 + first)
            scenes = _draw(network, min(BATCH, count - first), objects)
        poses, visible = _changed(scenes, change)
        made = network(
            scenes.codes.to(device), scenes.view.to(device), visible.to(device), poses.to(device)
        )
        yield made.image.float().cpu()


def _draw(network: Controllable3d, count: int, objects: int) -> _Scenes:
    config = replace(network.config, primitives=objects)
    each = count * objects
    codes, view = draw_codes(count, config), draw_views(count, config)
    if config.poses == "learned":
        device = next(network.parameters()).device
        poses = network.generator3d.learned_poses(codes.scenes.to(device)).to("cpu")
        axes, reach = torch.tensor([0, 1, 2]), config.reach
    else:
        poses = upright_poses(each, config)
        axes, reach = torch.tensor([0, 2]), config.upright_reach  # they stay on the ground
    return _Scenes(
        codes,
        view,
        poses,
        visible=hide_at_random(count, objects),
        only=torch.randint(objects, (count,)),
        axis=axes[torch.randint(len(axes), (each,))],
        place=torch.rand(each) * reach,
        angle=torch.rand(each) * 2 * torch.pi,
    )


def _changed(scenes: _Scenes, change: Change) -> tuple[Poses, Tensor]:
    """Poses and visibility of the changed scenes."""
    poses, visible = scenes.poses, scenes.visible
    if change is Change.MOVED:
        place = poses.translation.scatter(1, scenes.axis[:, None], scenes.place[:, None])
        poses = replace(poses, translation=place)
    elif change is Change.TURNED:
        poses = poses.turned(scenes.angle)
    elif change is Change.SINGLE:
        visible = torch.nn.functional.one_hot(scenes.only, visible.shape[1]).bool()
    return poses, visible

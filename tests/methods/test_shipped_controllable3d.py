# SPDX-License-Identifier: Apache-2.0
"""The shipped model of controllable3d: its cars stand where their boxes are and stay themselves.

All scenes are made of the model's own ranges, as the rows of ``blockout models grid`` are.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from neural_core.contract import Controls, Frame, Layer, Rendering
from neural_core.evaluation.control import position_error, told_apart
from neural_core.evaluation.control_grid import control_frames
from neural_core.evaluation.cutouts import colors
from neural_core.evaluation.layouts import alone, silhouette
from neural_core.methods.controllable3d.method import Controllable3dMethod

MODEL = "controllable3d-cars-64"
SEEDS = range(4)
Frames = dict[str, list[Frame]]


@pytest.fixture(scope="module")
def method() -> Controllable3dMethod:
    return Controllable3dMethod(MODEL)


@pytest.fixture(scope="module")
def frames(method: Controllable3dMethod) -> Frames:
    return control_frames(method.config)


def render(method: Controllable3dMethod, frame: Frame, seed: int = 0) -> Rendering:
    return method.render(method.prepare(frame), Controls(seed=seed))


def overlap(layer: Layer, frame: Frame) -> float:
    """Intersection over union of a layer's solid part and the box of the frame's one object."""
    solid, box = layer.rgba[..., 3] > 0.5, silhouette(frame.objects[0], frame)
    return float((solid & box).sum() / (solid | box).sum())


def test_no_scene_of_its_own_ranges_is_warned_of(
    method: Controllable3dMethod, frames: Frames
) -> None:
    assert not any(render(method, row[0]).warnings for row in frames.values())


def test_a_turning_car_fills_its_turning_box(method: Controllable3dMethod, frames: Frames) -> None:
    found = []
    for frame in frames["rotate"]:
        (layer,) = render(method, frame).layers
        error = position_error(layer.rgba, silhouette(frame.objects[0], frame))
        assert error is not None
        found.append((overlap(layer, frame), error))
    overlaps, errors = zip(*found, strict=True)
    assert min(overlaps) > 0.5 and np.mean(overlaps) > 0.6
    assert np.mean(errors) < 4 and max(errors) < 6  # real cars are off by 1.3, too


def test_a_car_follows_the_camera(method: Controllable3dMethod, frames: Frames) -> None:
    for frame in frames["orbit"]:
        one = alone(frame, frame.objects[0])
        assert overlap(render(method, one).layers[0], one) > 0.4


def test_moving_a_car_leaves_the_other_one_and_the_place_as_they_were(
    method: Controllable3dMethod, frames: Frames
) -> None:
    before, after = (render(method, frame) for frame in frames["translate"][:2])
    assert np.array_equal(before.layers[1].rgba, after.layers[1].rgba)
    assert np.array_equal(before.layers[1].depth, after.layers[1].depth)
    moved = np.maximum(before.layers[0].rgba[..., 3], after.layers[0].rgba[..., 3]) > 0
    change = np.abs(before.image - after.image).max(2)
    assert change[moved].max() > 0.05
    assert change[~moved].max() == 0


def test_looks_stay_in_all_poses_and_differ_from_one_another(
    method: Controllable3dMethod, frames: Frames
) -> None:
    shown, looks, poses = [], [], []
    for look in SEEDS:
        for pose, frame in enumerate(frames["rotate"]):
            item = replace(frame.objects[0], appearance_seed=100 + look)
            (layer,) = render(method, alone(frame, item)).layers
            shown.append(colors(layer.rgba))
            looks.append(look)
            poses.append(pose)
    found = told_apart(torch.stack(shown), np.array(looks), np.array(poses))
    assert found is not None and found > 0.75


def test_other_seeds_show_other_places(method: Controllable3dMethod, frames: Frames) -> None:
    frame = frames["rotate"][0]
    pictures = [render(method, frame, seed).image[..., :3] for seed in SEEDS]
    apart = [np.abs(a - b).mean() for i, a in enumerate(pictures) for b in pictures[:i]]
    assert min(apart) > 0.03

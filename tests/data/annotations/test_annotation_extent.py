# SPDX-License-Identifier: Apache-2.0
"""Truncation and occlusion against numbers by hand, and against rasterising the object alone."""

from dataclasses import replace

import numpy as np
import pytest
from annotation_scenes import UNIT_BOX, at, camera, look, street, thing, turn, with_passes

from neural_core.contract import STREET, Frame, SceneObject
from neural_core.data.annotations import silhouettes
from neural_core.data.annotations.silhouettes import Extent, Silhouettes
from neural_core.geometry.passes import rasterize_passes


def measure(frame: Frame, instance: int) -> Extent:
    item = next(o for o in frame.objects if o.instance_id == instance)
    found = Silhouettes()
    found.begin(frame)
    return found.extent(frame, frame.passes, item, frame.passes.instance == instance)


def from_above(*objects: SceneObject, **changes) -> Frame:
    """Looks down on 20 x 20 m around the origin, 2 pixels a metre, parallel rays."""
    view = camera(at(0, 0, 30), kind="orthographic", fx=2.0, fy=2.0, cx=20.0, cy=20.0)
    return with_passes(Frame(40, 40, view, STREET, objects, **changes))


def alone_and_wide(frame: Frame, item: SceneObject) -> tuple[int, int]:
    """Pixels of the object alone: inside the picture, and in the picture widened threefold."""
    width, height = frame.width, frame.height
    view = replace(frame.camera, cx=frame.camera.cx + width, cy=frame.camera.cy + height)
    wide = replace(
        frame, width=3 * width, height=3 * height, camera=view, objects=(item,), passes=None
    )
    seen = rasterize_passes(wide).instance > 0
    return int(seen[height : 2 * height, width : 2 * width].sum()), int(seen.sum())


@pytest.mark.parametrize("pose", [look(), look(25, -12, 4), look(-30, 8)])
def test_as_if_each_object_were_rasterised_alone(pose):
    frame = street(pose)
    seen = 0
    for item in frame.objects:
        visible = int((frame.passes.instance == item.instance_id).sum())
        if visible == 0 or item.instance_id < 3:
            continue
        inside, whole = alone_and_wide(frame, item)
        found = measure(frame, item.instance_id)
        assert found.measured_on == "silhouette"
        # A ray along an edge may be decided otherwise: a pixel or two.
        assert found.occlusion == pytest.approx(1 - visible / inside, abs=2 / inside)
        assert found.truncation == pytest.approx(1 - inside / whole, abs=2 / whole)
        seen += 1
    assert seen >= 4


def test_half_out_and_half_hidden_by_hand():
    half_out = from_above(thing(1, at(10, 0), box=UNIT_BOX * 2))
    assert measure(half_out, 1) == Extent(0.5, 0.0, "silhouette")
    hidden = from_above(
        thing(1, at(0, 0), box=UNIT_BOX * 2), thing(2, at(2, 0, 5), box=UNIT_BOX * 2)
    )
    assert measure(hidden, 1) == Extent(0.0, 0.5, "silhouette")
    assert measure(hidden, 2) == Extent(0.0, 0.0, "silhouette")


def test_what_is_out_of_the_picture_is_not_hidden():
    """The half inside is hidden by three quarters; the half outside does not matter."""
    frame = from_above(
        thing(1, at(10, 0), box=UNIT_BOX * 2), thing(2, at(8, 1, 5), box=UNIT_BOX * [2, 1, 1])
    )
    found = measure(frame, 1)
    assert (found.truncation, found.occlusion) == (0.5, 0.5)


def test_without_its_mesh_the_box_stands_for_a_thing():
    """The things between the eye and the box count, the ground below it and the sky do not."""
    frame = street()
    stripped = replace(
        frame,
        objects=tuple(replace(o, primitive="mesh", mesh="gone") for o in frame.objects),
        meshes={},
    )
    for instance in (11, 14):
        exact, found = measure(frame, instance), measure(stripped, instance)
        assert found.measured_on == "box"
        # Cuboids fill their boxes: both ways must agree.
        assert found.occlusion == pytest.approx(exact.occlusion, abs=0.02)
        assert found.truncation == exact.truncation
    assert measure(frame, 14).occlusion > 0.1


def test_large_objects_are_sampled(monkeypatch):
    """Of 24 x 24 pixels a ninth is traced; the shares stay."""
    large = UNIT_BOX * [6, 6, 1]
    frame = from_above(thing(1, at(10, 0), box=large), thing(2, at(7, 3, 3), box=large / 2))
    exact = measure(frame, 1)
    monkeypatch.setattr(silhouettes, "MAX_SAMPLES", 64)
    sampled = measure(frame, 1)
    assert exact == Extent(0.5, 0.5, "silhouette")
    assert sampled.truncation == pytest.approx(0.5, abs=0.1)
    assert sampled.occlusion == pytest.approx(0.5, abs=0.1)


def test_what_is_far_out_does_not_count():
    """A wall of a kilometre: 20 m of it in the picture, 20 m in the widened picture's rest."""
    wall = thing(1, np.eye(4), box=np.array([[-10.0, -1, 0], [1000, 1, 3]]))
    assert measure(from_above(wall), 1).truncation == 0.5


def test_around_the_eye():
    """A thing that reaches behind the camera has an image without end: still a share."""
    frame = with_passes(replace(street(), objects=(thing(1, at(2.0, 1.0) @ turn(2, 10)),)))
    found = measure(frame, 1)
    assert 0.4 < found.truncation < 1 and found.occlusion == 0


def test_a_thing_without_thickness():
    flat = np.diag([1.0, 1.0, 1.0, 1.0])
    flat[:3, 2] = flat[:3, 1]  # sheared until it has no volume
    card = street().meshes
    item = thing(1, at(0, 8, 1) @ turn(0, 90) @ flat, primitive="mesh", mesh=next(iter(card)))
    frame = with_passes(replace(street(), objects=(item,)))
    assert (frame.passes.instance == 1).any()
    found = measure(frame, 1)
    assert found.occlusion == pytest.approx(0, abs=0.05) and found.truncation == 0


def test_meshes_are_forgotten_when_frames_no_longer_have_them():
    frame = street()
    found = Silhouettes()
    for _ in range(2):
        found.begin(frame)
        item = next(o for o in frame.objects if o.instance_id == 12)
        found.extent(frame, frame.passes, item, frame.passes.instance == 12)
        assert list(found._scenes) == list(frame.meshes)
    found.begin(replace(frame, meshes={}))
    assert not found._scenes

# SPDX-License-Identifier: Apache-2.0
"""KITTI files, read as KITTI's tools read them and compared with the contract's boxes."""

import json
from dataclasses import dataclass, replace

import numpy as np
import pytest
from annotation_scenes import (
    CAR_BOX,
    at,
    bounds,
    look,
    mask_of,
    street,
    thing,
    turn,
    with_passes,
)  # fmt: skip

from neural_core.contract import ContractError, Frame
from neural_core.data.annotations import Shot, write_annotations
from neural_core.data.annotations.boxes import box_corners
from neural_core.data.annotations.kitti import kitti_box, kitti_type, level_axes, occlusion_grade
from neural_core.geometry.cameras import project

LEVEL = [look(0), look(35), look(-140)]
TILTED = [look(20, -15), look(-10, 12, 7), look(70, -35, -20)]


@dataclass
class Label:
    """A line of label_2."""

    kind: str
    truncated: float
    occluded: int
    alpha: float
    box: np.ndarray  # left, top, right, bottom
    size: np.ndarray  # h, w, l
    location: np.ndarray
    rotation_y: float

    def corners(self) -> np.ndarray:
        """(8, 3), bottom first, as KITTI's development kit builds them."""
        h, w, length = self.size
        x = np.array([1, 1, -1, -1, 1, 1, -1, -1]) * length / 2
        y = np.array([0, 0, 0, 0, -1, -1, -1, -1]) * h
        z = np.array([1, -1, -1, 1, 1, -1, -1, 1]) * w / 2
        c, s = np.cos(self.rotation_y), np.sin(self.rotation_y)
        about_y = np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
        return (about_y @ np.stack([x, y, z])).T + self.location


def read_labels(path) -> list[Label]:
    labels = []
    for line in path.read_text().splitlines():
        kind, *rest = line.split()
        v = np.array([float(number) for number in rest])
        assert len(v) == 14
        labels.append(Label(kind, v[0], int(v[1]), v[2], v[3:7], v[7:10], v[10:13], float(v[13])))
    return labels


def read_calibration(path) -> dict[str, np.ndarray]:
    rows = (line.split(":") for line in path.read_text().splitlines() if line)
    found = {name: np.array([float(x) for x in text.split()]) for name, text in rows}
    return {n: v.reshape(3, 3) if n == "R0_rect" else v.reshape(3, 4) for n, v in found.items()}


def pixels(projection: np.ndarray, points: np.ndarray) -> np.ndarray:
    flat = np.concatenate([points, np.ones((len(points), 1))], axis=1) @ projection.T
    return flat[:, :2] / flat[:, 2:]


def written(frame: Frame, tmp_path, kind: str):
    """Labels, calibration and pose document of one frame, things of all classes."""
    write_annotations([Shot("a", frame)], tmp_path, [kind])
    folder = tmp_path / kind
    return (
        read_labels(folder / "label_2" / "a.txt"),
        read_calibration(folder / "calib" / "a.txt"),
        json.loads((folder / "pose" / "a.json").read_text()),
    )


def reprojection_error(frame: Frame, label: Label, p2: np.ndarray, instance: int) -> float:
    """Largest distance in pixels between the label's corners and the nearest of the contract's.

    KITTI's pixel centres have whole numbers, the contract's lie at +0.5.
    """
    item = next(o for o in frame.objects if o.instance_id == instance)
    wanted = project(frame.camera, box_corners(item))[:, :2] - 0.5
    found = pixels(p2, label.corners())
    distances = np.linalg.norm(found[:, None] - wanted, axis=-1)
    assert sorted(distances.argmin(axis=1)) == list(range(8))
    return float(distances.min(axis=1).max())


@pytest.mark.parametrize(
    ("kind", "pose"),
    [*(("kitti", p) for p in LEVEL), *(("kitti_level", p) for p in [*LEVEL, *TILTED])],
)
def test_boxes_reproject_onto_the_contracts(tmp_path, kind, pose):
    """Cars stand in a ring, so that some are seen wherever the camera looks."""
    ring = [
        thing(i + 1, turn(2, 45 * i) @ at(0.5, 9 + i % 3) @ turn(2, 37 * i + 5)) for i in range(8)
    ]
    frame = with_passes(replace(street(pose), objects=tuple(ring)))
    labels, calibration, document = written(frame, tmp_path, kind)
    assert labels
    for label, entry in zip(labels, document["objects"], strict=True):
        corners = box_corners(frame.objects[entry["instance_id"] - 1])
        if project(frame.camera, corners)[:, 2].min() < 0.5:
            continue
        error = reprojection_error(frame, label, calibration["P2"], entry["instance_id"])
        assert error < 0.05
        assert entry["tilt"] == pytest.approx(0, abs=1e-3)


def test_lines_hold_what_the_passes_show(tmp_path):
    frame = street()
    labels, _, document = written(frame, tmp_path, "kitti")
    assert {label.kind for label in labels} == {"Car", "Truck", "Pedestrian"}
    for label, entry in zip(labels, document["objects"], strict=True):
        left, top, width, height = bounds(mask_of(frame, entry["instance_id"]))
        assert label.box.tolist() == [left, top, left + width - 1, top + height - 1]
        assert label.truncated == pytest.approx(entry["truncation"], abs=1e-4)
        assert label.occluded == occlusion_grade(entry["occlusion"])
        to_eye = np.arctan2(label.location[0], label.location[2])
        assert np.cos(label.alpha - label.rotation_y + to_eye) == pytest.approx(1)
        assert abs(label.alpha) <= np.pi and abs(label.rotation_y) <= np.pi


def test_a_car_ahead_by_hand(tmp_path):
    """10 m ahead and 2 m to the right, driving away: heading -90 degrees about y, which is down."""
    frame = with_passes(replace(street(), objects=(thing(1, at(2, 10)),)))
    (label,), calibration, _ = written(frame, tmp_path, "kitti")
    assert label.location == pytest.approx([2, 1.6, 10])
    assert label.size == pytest.approx([1.5, 1.8, 4.2])
    assert label.rotation_y == pytest.approx(-np.pi / 2)
    assert calibration["P2"] == pytest.approx(
        np.array([[68, 0, 40.8, 0], [0, 70, 26.4, 0], [0, 0, 1, 0]])
    )
    for name in ("P0", "P1", "P3"):
        assert np.array_equal(calibration[name], calibration["P2"])
    assert np.array_equal(calibration["R0_rect"], np.eye(3))
    ahead = calibration["Tr_velo_to_cam"] @ [10, -2, -1.6, 1]
    assert ahead == pytest.approx(label.location)


def test_level_axes_come_from_the_cameras_by_r0(tmp_path):
    frame = street(TILTED[1])
    _, calibration, document = written(frame, tmp_path, "kitti_level")
    world = np.array([3.0, 20.0, 0.7])
    in_camera = np.linalg.inv(frame.camera.camera_to_world) @ [*world, 1]
    level = calibration["R0_rect"] @ (in_camera[:3] * [1, -1, -1])
    assert level[1] == pytest.approx(1.6 - 0.7)
    assert (np.array(document["from_world"]) @ [*world, 1])[:3] == pytest.approx(level)


@pytest.mark.parametrize("pose", TILTED)
def test_under_a_tilted_camera_the_tilt_is_told_and_the_pose_is_exact(tmp_path, pose):
    frame = with_passes(replace(street(pose), objects=_in_view(pose)))
    labels, calibration, document = written(frame, tmp_path, "kitti")
    assert labels
    for label, entry in zip(labels, document["objects"], strict=True):
        item = frame.objects[entry["instance_id"] - 1]
        wanted = project(frame.camera, box_corners(item))[:, :2] - 0.5
        assert pixels(calibration["P2"], np.array(entry["corners"])) == pytest.approx(wanted)
        up = np.linalg.inv(frame.camera.camera_to_world)[:3, :3] @ [0, 0, 1]
        assert entry["tilt"] == pytest.approx(np.degrees(np.arccos(up[1])), abs=1e-3)
        assert entry["tilt"] > 5
        assert label.corners().mean(axis=0) == pytest.approx(
            np.array(entry["corners"]).mean(axis=0), abs=1e-4
        )
        assert sorted(label.size) == pytest.approx(sorted(CAR_BOX[1] - CAR_BOX[0]), abs=1e-4)


def test_a_leaning_thing_gets_the_nearest_upright_box():
    """Of all headings the one of the label brings the corners nearest to the true ones."""
    matrix = at(1, 9) @ turn(2, 40) @ turn(0, 20)
    view = level_axes(street().camera)
    found = kitti_box(matrix, CAR_BOX, view.from_world)
    assert found.tilt == pytest.approx(20)

    def distance(heading: float) -> float:
        line = Label("Car", 0, 0, 0, np.zeros(4), np.array(found.size), found.location, heading)
        true = (view.from_world[:3, :3] @ box_corners(thing(1, matrix)).T).T
        true = true + view.from_world[:3, 3]
        gaps = np.linalg.norm(line.corners()[:, None] - true, axis=-1)
        return float(gaps.min(axis=1).sum())

    around = np.radians(np.arange(-40, 41, 4))
    assert min(around, key=lambda d: distance(found.rotation_y + d)) == pytest.approx(0)


@pytest.mark.parametrize("axis", [0, 1])
def test_a_thing_that_fell_over_stands_on_another_side(axis):
    view = level_axes(street().camera)
    found = kitti_box(at(0, 9) @ turn(axis, 90), CAR_BOX, view.from_world)
    assert found.tilt == pytest.approx(0, abs=1e-5)
    wanted = {0: (4.2, 1.8, 1.5), 1: (1.8, 1.5, 4.2)}[axis]
    assert found.size == pytest.approx(wanted)


def test_mirrored_and_scaled_things_keep_their_size():
    view = level_axes(street().camera)
    found = kitti_box(at(0, 9) @ np.diag([-2.0, 1.5, 3.0, 1.0]), CAR_BOX, view.from_world)
    assert found.size == pytest.approx((4.5, 3.6, 6.3))
    assert found.location == pytest.approx([0, 1.6, 9])


def test_orthographic_cameras_are_refused(tmp_path):
    frame = street()
    frame = with_passes(
        replace(frame, camera=replace(frame.camera, kind="orthographic", fx=4, fy=4))
    )
    with pytest.raises(ContractError, match="perspective cameras only"):
        write_annotations([Shot("a", frame)], tmp_path, ["kitti"])
    assert not list(tmp_path.iterdir())


def test_types_are_kittis_words():
    names = ("car", "person", "traffic sign", "truck", "bicycle")
    assert [kitti_type(n) for n in names] == [
        "Car",
        "Pedestrian",
        "TrafficSign",
        "Truck",
        "Bicycle",
    ]


def _in_view(pose: np.ndarray):
    """Two cars around the point 12 m before the camera."""
    ahead = (pose @ [0, 0, -12, 1])[:3]
    return tuple(thing(i, at(*ahead) @ turn(2, 50 * i) @ at(0, 4 * i - 6)) for i in (1, 2))

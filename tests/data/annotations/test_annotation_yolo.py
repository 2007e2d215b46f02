# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from annotation_scenes import HEIGHT, WIDTH, bounds, look, mask_of, street

from neural_core.data.annotations import Shot, write_annotations


@pytest.fixture(scope="module")
def frames():
    return [street(), street(look(25, -12, 4))]


def test_boxes_are_exact_to_the_pixel(frames, tmp_path):
    write_annotations([Shot(f"s{i}", f) for i, f in enumerate(frames)], tmp_path, ["yolo"])
    names = (tmp_path / "classes.txt").read_text().splitlines()
    for index, frame in enumerate(frames):
        found = set()
        for line in (tmp_path / "labels" / f"s{index}.txt").read_text().splitlines():
            kind, *numbers = line.split()
            x, y, w, h = (float(number) for number in numbers)
            box = np.array([x - w / 2, y - h / 2, w, h]) * [WIDTH, HEIGHT, WIDTH, HEIGHT]
            assert np.abs(box - np.rint(box)).max() < 1e-4
            found.add((names[int(kind)], *np.rint(box).astype(int).tolist()))
        kinds = {24: "person", 26: "car", 27: "truck"}
        assert found == {
            (kinds[o.class_id], *bounds(mask_of(frame, o.instance_id)))
            for o in frame.objects
            if o.class_id in kinds and mask_of(frame, o.instance_id).any()
        }


def test_the_description_names_classes_and_pictures(frames, tmp_path):
    shots = [Shot("a", frames[0], "train"), Shot("b", frames[1], "val")]
    write_annotations(shots, tmp_path, ["yolo"])
    text = (tmp_path / "data.yaml").read_text().splitlines()
    assert text[:3] == ["train: train.txt", "val: val.txt", "names:"]
    names = [line.split(": ")[1].strip('"') for line in text[3:]]
    assert names == (tmp_path / "classes.txt").read_text().splitlines()
    assert (tmp_path / "train.txt").read_text() == "./images/a.png\n"
    assert (tmp_path / "val.txt").read_text() == "./images/b.png\n"

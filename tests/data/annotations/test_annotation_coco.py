# SPDX-License-Identifier: Apache-2.0
"""COCO files, read by pycocotools and compared with the passes."""

import json
from dataclasses import replace

import numpy as np
import pytest
from annotation_scenes import (
    CAR,
    PERSON,
    TRUCK,
    bounds,
    figure,
    figure_of_parts,
    look,
    mask_of,
    street,
)

from neural_core.contract import FIGURE, ContractError
from neural_core.data.annotations import Categories, Labeller, Shot, write_annotations

coco_api = pytest.importorskip("pycocotools.coco")
eval_api = pytest.importorskip("pycocotools.cocoeval")


@pytest.fixture(scope="module")
def frames():
    return [street(), street(look(25, -12, 4)), street(look(-30, 8))]


@pytest.fixture(scope="module")
def coco(frames, tmp_path_factory):
    folder = tmp_path_factory.mktemp("coco")
    shots = [Shot(f"street_{i}", frame) for i, frame in enumerate(frames)]
    write_annotations(shots, folder, ["coco"])
    return coco_api.COCO(str(folder / "coco" / "instances.json"))


def test_masks_boxes_and_areas_are_those_of_the_passes(coco, frames):
    assert len(coco.anns) > 10
    for entry in coco.anns.values():
        frame = frames[entry["image_id"] - 1]
        wanted = mask_of(frame, entry["attributes"]["instance_id"])
        assert np.array_equal(coco.annToMask(entry), wanted)
        assert tuple(entry["bbox"]) == bounds(wanted)
        assert entry["area"] == wanted.sum() and entry["iscrowd"] == 0


def test_every_visible_thing_has_one_entry_and_surroundings_have_none(coco, frames):
    for number, frame in enumerate(frames, 1):
        seen = set(np.unique(frame.passes.instance).tolist())
        things = {o.instance_id for o in frame.objects if o.class_id in (CAR, TRUCK, PERSON)}
        entries = coco.imgToAnns[number]
        assert sorted(e["attributes"]["instance_id"] for e in entries) == sorted(seen & things)
    names = {entry["name"] for entry in coco.cats.values()}
    assert {"car", "truck", "person"} <= names and not {"road", "sky", "building"} & names


def test_pictures_are_named_and_sized(coco, frames):
    assert [i["file_name"] for i in coco.imgs.values()] == [f"street_{i}.png" for i in range(3)]
    assert {(i["width"], i["height"]) for i in coco.imgs.values()} == {(80, 56)}


def test_the_evaluation_finds_the_truth_right(coco, tmp_path):
    found = [
        {key: e[key] for key in ("image_id", "category_id", "segmentation", "bbox")} | {"score": 1}
        for e in coco.anns.values()
    ]
    for kind in ("segm", "bbox"):
        evaluation = eval_api.COCOeval(coco, coco.loadRes(found), kind)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
        assert evaluation.stats[0] == pytest.approx(1.0)


def test_small_things_and_chosen_classes(frames, tmp_path):
    write_annotations(
        [Shot("a", frames[0])], tmp_path, ["coco"], things=["car", "road"], min_pixels=60
    )
    entries = json.loads((tmp_path / "coco" / "instances.json").read_text())["annotations"]
    assert {entry["category_id"] for entry in entries} <= {CAR, 7}
    assert 7 in {entry["category_id"] for entry in entries}
    assert min(entry["area"] for entry in entries) >= 60
    with pytest.raises(ContractError, match="'moon' is not a class"):
        write_annotations([Shot("a", frames[0])], tmp_path, ["coco"], things=["moon"])


def test_splits_have_files_of_their_own(frames, tmp_path):
    shots = [
        Shot("a", frames[0], "train"),
        Shot("b", frames[1], "val"),
        Shot("c", frames[2], "val"),
    ]
    write_annotations(shots, tmp_path, ["coco"])
    train = coco_api.COCO(str(tmp_path / "coco" / "instances_train.json"))
    val = coco_api.COCO(str(tmp_path / "coco" / "instances_val.json"))
    assert [i["file_name"] for i in train.imgs.values()] == ["a.png"]
    assert [i["file_name"] for i in val.imgs.values()] == ["b.png", "c.png"]


def test_a_body_of_parts_is_a_person_with_keypoints(tmp_path):
    frame = figure()
    write_annotations([Shot("a", frame)], tmp_path, ["coco"])
    coco = coco_api.COCO(str(tmp_path / "coco" / "instances.json"))
    (person,) = (c for c in coco.cats.values() if c["name"] == "person")
    assert person["id"] not in {c.id for c in FIGURE.classes}
    assert person["keypoints"][0] == "nose" and person["keypoints"][17] == "neck"
    assert max(map(max, person["skeleton"])) == 18
    (entry,) = coco.anns.values()
    assert entry["category_id"] == person["id"]
    assert np.array_equal(coco.annToMask(entry), mask_of(frame, 5))
    points = np.array(entry["keypoints"]).reshape(18, 3)
    assert points[:4, 2].tolist() == [2, 1, 0, 0]
    assert (points[2:4] == 0).all()
    assert entry["num_keypoints"] == 16
    # By hand: 4 m ahead, 0.6 m over the eye.
    assert points[0, :2] == pytest.approx([41.3, 26.9 - 70 * 0.6 / 4], abs=2e-3)


def test_keypoints_behind_their_own_body_are_hidden():
    frame = figure()
    body = frame.objects[0]
    points = body.keypoints.copy()
    points[0] = (0.0, 4.15, 1.6)  # near the back of the body
    body = replace(body, keypoints=points)
    frame = replace(frame, objects=(body, *frame.objects[1:]))
    labels = Labeller(Categories.create(FIGURE)).label(Shot("a", frame))
    assert labels.instances[0].keypoints[0, 2] == 1


def test_bodies_without_surface_are_persons_made_of_their_parts(tmp_path):
    frame = figure_of_parts()
    write_annotations([Shot("a", frame)], tmp_path, ["coco"])
    coco = coco_api.COCO(str(tmp_path / "coco" / "instances.json"))
    (person,) = coco.getCatIds(catNms=["person"])
    entries = coco.loadAnns(coco.getAnnIds(catIds=[person]))
    assert [entry["attributes"]["instance_id"] for entry in entries] == [1, 2]
    for entry in entries:
        body = entry["attributes"]["instance_id"]
        seen = mask_of(frame, 10 * body + 1) | mask_of(frame, 10 * body + 2)
        assert np.array_equal(coco.annToMask(entry), seen)
        assert tuple(entry["bbox"]) == bounds(seen)
        assert entry["attributes"]["measured_on"] == "box"
        assert len(entry["keypoints"]) == 54
    left, right = (np.array(entry["keypoints"])[2::3] for entry in entries)
    assert (left == 2).all()
    assert right[0] == 1 and right[-1] == 2, "the board hides the feet"
    assert entries[0]["attributes"]["occlusion"] == 0
    assert 0.05 < entries[1]["attributes"]["occlusion"] < 0.4
    parts = {entry["attributes"]["instance_id"] for entry in coco.anns.values()}
    assert parts == {1, 2, 11, 12, 21, 22}

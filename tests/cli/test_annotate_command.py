# SPDX-License-Identifier: Apache-2.0
import json

import numpy as np
from cli_marks import needs_bpy

from neural_core.commands.doctor import sample_frame
from neural_core.contract import STREET
from neural_core.data.sample import FORMS, Sample, pack_form
from neural_core.data.store import DatasetStore
from neural_core.geometry.passes import rasterize_passes

CLASSES = {"0": "void", **{str(c.id): c.name for c in STREET.classes}}


def make_set(folder):
    frame = sample_frame(24)
    ids = np.array(sorted(map(int, CLASSES)), np.uint16)
    form = pack_form(frame, rasterize_passes(frame), ids)
    picture = np.zeros((24, 24, 3), np.uint8)
    store = DatasetStore(folder)
    store.create({"scene": "street", "classes": CLASSES})
    for seed in (19, 20):
        store.add_scene(seed, [Sample(seed, 0, frame.camera, picture, dict.fromkeys(FORMS, form))])
    return folder


def test_export_writes_labels(blockout, frame_file, tmp_path):
    out = tmp_path / "out"
    result = blockout("export", frame_file, "--labels", "coco,kitti", "--out", out, "--json")
    assert result.code == 0, result.err
    assert result.json["labels"] == [str(out / "coco"), str(out / "kitti")]
    coco = json.loads((out / "coco" / "instances.json").read_text())
    assert [i["file_name"] for i in coco["images"]] == ["car.png"]
    assert [a["category_id"] for a in coco["annotations"]] == [26]
    assert (out / "kitti" / "label_2" / "car.txt").read_text().startswith("Car 0.0000 0 ")
    assert (out / "car.npz").is_file()


def test_export_without_labels_writes_none(blockout, frame_file, tmp_path):
    result = blockout("export", frame_file, "--out", tmp_path / "out", "--json")
    assert "labels" not in result.json
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["car.npz"]


def test_a_data_set_is_annotated(blockout, tmp_path):
    folder = make_set(tmp_path / "set")
    result = blockout("annotate", folder, "--formats", "coco,yolo", "--things", "car", "--json")
    assert result.code == 0, result.err
    assert (result.json["frames"], result.json["instances"]) == (2, 2)
    out = folder / "annotations"
    assert sorted(p.name for p in out.iterdir()) == [
        "classes.txt", "coco", "data.yaml", "images", "labels", "train.txt", "val.txt",
    ]  # fmt: skip
    assert (out / "images" / "000020_00.png").is_file()
    assert len(DatasetStore(folder).load_all()) == 2, "the set itself is as it was"


def test_bad_wishes_are_told(blockout, frame_file, tmp_path):
    folder = make_set(tmp_path / "set")
    for arguments, words in (
        (["annotate", folder, "--formats", "voc"], "'voc' is unknown"),
        (["annotate", folder, "--form", "boxes"], "form: 'boxes' is unknown"),
        (["annotate", folder, "--things", "moon"], "'moon' is not a class"),
        (["annotate", tmp_path], "there is no data set here"),
        (["export", frame_file, "--labels", "voc", "--out", tmp_path / "o"], "'voc' is unknown"),
        (["dataset", "street", "--labels", "voc", "--out", tmp_path / "o"], "'voc' is unknown"),
    ):
        assert words in blockout(*arguments).sentence()
    assert not (folder / "annotations").exists()


@needs_bpy
def test_a_blend_is_labelled_frame_by_frame(blockout, make_blend, tmp_path):
    blockout(
        "export", make_blend("car"), "--frames", "1-2", "--labels", "coco,kitti", "--out", tmp_path
    )
    coco = json.loads((tmp_path / "coco" / "instances.json").read_text())
    assert [i["file_name"] for i in coco["images"]] == ["car_0001.png", "car_0002.png"]
    first, second = (a["bbox"] for a in coco["annotations"])
    assert first != second, "the car moves"
    assert (tmp_path / "kitti" / "calib" / "car_0002.txt").is_file()


@needs_bpy
def test_a_data_set_is_labelled_as_it_is_rendered(blockout, tmp_path):
    out = tmp_path / "set"
    small = ("--count", 1, "--cameras", 1, "--size", 32, "--samples", 1, "--seed", 19)
    result = blockout("dataset", "street", *small, "--labels", "coco,yolo", "--out", out)
    assert result.code == 0, result.err
    coco = json.loads((out / "annotations" / "coco" / "instances_train.json").read_text())
    assert len(coco["images"]) == 1 and coco["annotations"]
    assert len(list((out / "annotations" / "images").iterdir())) == 1


def test_a_data_set_is_packed_into_one_file_and_unpacked(blockout, tmp_path):
    folder = make_set(tmp_path / "set")
    archive = tmp_path / "set.tar"
    unfinished = blockout("dataset", "pack", folder, "--out", archive)
    assert "the data set is not finished" in unfinished.sentence()
    DatasetStore(folder).pack(rest=True)
    result = blockout("dataset", "pack", folder, "--out", archive, "--json")
    assert result.json["frames"] == 2 and result.json["bytes"] == archive.stat().st_size
    assert result.json["bytes_per_frame"] == round(archive.stat().st_size / 2)
    labelled = blockout("annotate", archive, "--out", tmp_path / "labels", "--json")
    assert labelled.json["frames"] == 2
    assert blockout("dataset", "unpack", archive, "--out", tmp_path / "new").code == 0
    assert DatasetStore(tmp_path / "new").manifest() == DatasetStore(folder).manifest()

# SPDX-License-Identifier: Apache-2.0
"""COCO panoptic files under the checks of the panoptic task's own tools."""

import json
from dataclasses import replace

import numpy as np
import pytest
from annotation_scenes import bounds, figure, look, street
from PIL import Image

from neural_core.contract import Frame
from neural_core.data.annotations import Shot, write_annotations
from neural_core.data.annotations.panoptic import id_colors


def read(folder, suffix=""):
    """Annotations and id maps as panopticapi reads them: PNGs lie in the JSON's name as folder."""
    path = folder / "panoptic" / f"panoptic{suffix}.json"
    document = json.loads(path.read_text())
    for entry in document["annotations"]:
        with Image.open(path.with_suffix("") / entry["file_name"]) as picture:
            assert picture.mode == "RGB"
            colors = np.asarray(picture).astype(np.uint32)
        yield document, entry, colors[..., 0] + 256 * colors[..., 1] + 256**2 * colors[..., 2]


@pytest.fixture(scope="module")
def frames() -> list[Frame]:
    return [street(), street(look(25, -12, 4)), street(look(-30, 8))]


@pytest.fixture(scope="module")
def folder(frames, tmp_path_factory):
    folder = tmp_path_factory.mktemp("panoptic")
    write_annotations([Shot(f"s{i}", f) for i, f in enumerate(frames)], folder, ["panoptic"])
    return folder


def test_segments_and_png_agree(folder):
    for document, entry, ids in read(folder):
        sizes = {i["id"]: (i["height"], i["width"]) for i in document["images"]}
        assert ids.shape == sizes[entry["image_id"]]
        listed = {segment["id"]: segment for segment in entry["segments_info"]}
        assert len(listed) == len(entry["segments_info"])
        assert set(np.unique(ids).tolist()) - {0} == set(listed)
        categories = {c["id"]: c for c in document["categories"]}
        for number, segment in listed.items():
            assert segment["area"] == np.count_nonzero(ids == number)
            assert tuple(segment["bbox"]) == bounds(ids == number)
            assert segment["category_id"] in categories and segment["iscrowd"] == 0


def test_segments_are_the_passes(folder, frames):
    for (document, entry, ids), frame in zip(read(folder), frames, strict=True):
        isthing = {c["id"]: c["isthing"] for c in document["categories"]}
        category, instance = np.zeros_like(ids), np.zeros_like(ids)
        for segment in entry["segments_info"]:
            category[ids == segment["id"]] = segment["category_id"]
            instance[ids == segment["id"]] = segment.get("instance_id", 0)
            assert ("instance_id" in segment) == bool(isthing[segment["category_id"]])
        assert np.array_equal(category, frame.passes.semantic)
        things = np.vectorize(isthing.get)(category).astype(bool)
        assert np.array_equal(instance[things], frame.passes.instance[things])
        assert not instance[~things].any()


def test_stuff_is_one_segment_a_class(folder):
    for document, entry, _ in read(folder):
        isthing = {c["id"]: c["isthing"] for c in document["categories"]}
        stuff = [s["category_id"] for s in entry["segments_info"] if not isthing[s["category_id"]]]
        assert len(stuff) == len(set(stuff)) and 23 in stuff


def test_parts_of_a_body_are_segments_of_their_own(tmp_path):
    frame = figure()
    write_annotations([Shot("a", frame)], tmp_path, ["panoptic"])
    ((_, entry, ids),) = read(tmp_path)
    parts = {s["category_id"]: s for s in entry["segments_info"] if s.get("instance_id") == 5}
    assert set(parts) == {4, 5}
    for category, segment in parts.items():
        wanted = (frame.passes.instance == 5) & (frame.passes.semantic == category)
        assert np.array_equal(ids == segment["id"], wanted)


def test_void_is_no_segment(tmp_path, frames):
    passes = frames[0].passes
    semantic = passes.semantic.copy()
    semantic[:5] = 0
    frame = replace(frames[0], passes=replace(passes, semantic=semantic))
    write_annotations([Shot("a", frame)], tmp_path, ["panoptic"])
    ((_, _, ids),) = read(tmp_path)
    assert not ids[:5].any() and ids[5:].all()


def test_ids_above_a_byte_have_colours():
    ids = np.array([[1, 255, 256, 65536, 256**3 - 1]], np.uint32)
    colors = id_colors(ids).astype(np.uint32)
    assert np.array_equal(colors @ np.array([1, 256, 65536], np.uint32), ids)

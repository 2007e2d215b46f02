# SPDX-License-Identifier: Apache-2.0
"""A data set gives back the frames that went into it, as far as it keeps them."""

from dataclasses import replace

import numpy as np
import pytest
from annotation_scenes import figure_of_parts, look, street

from neural_core.contract import FIGURE, STREET, ContractError
from neural_core.data.annotations import Categories, Labeller, Shot, dataset_shots
from neural_core.data.annotations.shard_shots import count_frames, dataset_palette
from neural_core.data.sample import FORMS, Sample, pack_form
from neural_core.data.store import DatasetStore

CLASSES = {"0": "void", **{str(c.id): c.name for c in STREET.classes}}
IDS = np.array(sorted(map(int, CLASSES)), np.uint16)
POSES = [look(), look(25, -12, 4)]


@pytest.fixture(scope="module")
def frames():
    return [street(pose) for pose in POSES]


@pytest.fixture(scope="module")
def folder(frames, tmp_path_factory):
    """Scenes 19 (packed) and 20 (waiting; held out), two cameras each."""
    store = DatasetStore(tmp_path_factory.mktemp("set"))
    store.create({"scene": "street", "classes": CLASSES})
    for seed in (19, 20):
        samples = []
        for number, frame in enumerate(frames):
            picture = np.full((56, 80, 3), seed + number, np.uint8)
            form = pack_form(frame, frame.passes, IDS)
            samples.append(Sample(seed, number, frame.camera, picture, dict.fromkeys(FORMS, form)))
        store.add_scene(seed, samples)
        if seed == 19:
            store.pack(rest=True)
    return store.folder


def test_frames_come_back(folder, frames):
    shots = list(dataset_shots(folder))
    assert [s.name for s in shots] == ["000019_00", "000019_01", "000020_00", "000020_01"]
    assert [s.split for s in shots] == ["train", "train", "val", "val"]
    assert count_frames(folder) == 4 and count_frames(folder, "val") == 2
    for index, shot in enumerate(shots):
        wanted, found = frames[index % 2], shot.frame
        assert found.palette == STREET
        assert shot.picture[0, 0, 0] == 19 + index // 2 + index % 2
        assert np.array_equal(found.passes.semantic, wanted.passes.semantic)
        pose = wanted.camera.camera_to_world
        assert np.allclose(found.camera.camera_to_world, pose, atol=1e-6)
        solid = np.isfinite(wanted.passes.depth)
        assert np.array_equal(np.isfinite(found.passes.depth), solid)
        assert found.passes.depth[solid] == pytest.approx(wanted.passes.depth[solid], rel=8.1e-3)
        turned = (found.passes.normal.astype(float) * wanted.passes.normal).sum(-1)
        assert turned[solid].min() > 0.997


def test_labels_of_a_set_are_those_of_its_frames(folder, frames):
    labeller = Labeller(Categories.create(STREET))
    for shot, frame in zip(dataset_shots(folder, split="train"), frames, strict=True):
        direct = labeller.label(Shot("a", frame)).instances
        stored = labeller.label(shot).instances
        assert len(direct) == len(stored) > 2
        for mine, theirs in zip(direct, stored, strict=True):
            assert np.array_equal(mine.pixels, theirs.pixels)
            assert (mine.box, mine.category) == (theirs.box, theirs.category)
            assert theirs.item.matrix_world == pytest.approx(mine.item.matrix_world, rel=1e-6)
            assert theirs.extent.measured_on == "box"
            if mine.item.primitive == "cuboid":
                assert theirs.extent.occlusion == pytest.approx(mine.extent.occlusion, abs=0.05)
                assert theirs.extent.truncation == pytest.approx(mine.extent.truncation, abs=0.02)


def test_what_is_wrong_is_told(folder, tmp_path):
    for arguments, words in (
        ((folder, "boxes"), "form"),
        ((folder, "detailed", "test"), "split"),
        ((tmp_path,), "no data set here"),
    ):
        with pytest.raises(ContractError, match=words):
            next(dataset_shots(*arguments))


def test_classes_of_no_palette_get_colours_of_their_own():
    palette = dataset_palette({"scene": "farm", "classes": {"0": "void", "3": "cow", "9": "hay"}})
    palette.validate()
    assert [(c.id, c.name) for c in palette.classes] == [(3, "cow"), (9, "hay")]
    assert palette.classes[0].color != palette.classes[1].color


def test_keypoints_of_bodies_come_back(tmp_path):
    frame = figure_of_parts()
    classes = {"0": "void", **{str(c.id): c.name for c in FIGURE.classes}}
    form = pack_form(frame, frame.passes, np.array(sorted(map(int, classes)), np.uint16))
    store = DatasetStore(tmp_path)
    store.create({"scene": "figure", "classes": classes})
    picture = np.zeros((56, 80, 3), np.uint8)
    store.add_scene(3, [Sample(3, 0, frame.camera, picture, dict.fromkeys(FORMS, form))])
    (shot,) = dataset_shots(tmp_path)
    labeller = Labeller(Categories.create(FIGURE))
    wanted = [x for x in labeller.label(Shot("a", frame)).instances if x.keypoints is not None]
    found = [x for x in labeller.label(shot).instances if x.keypoints is not None]
    assert len(found) == len(wanted) == 2
    for a, b in zip(wanted, found, strict=True):
        assert np.array_equal(a.pixels, b.pixels) and a.box == b.box
        assert b.keypoints == pytest.approx(a.keypoints, abs=1e-3)
        assert b.extent.occlusion == pytest.approx(a.extent.occlusion, abs=0.02)


def test_shards_of_frames_with_and_without_keypoints(tmp_path):
    """Tables are filled up to one width."""
    store = DatasetStore(tmp_path)
    classes = {"0": "void", **{str(c.id): c.name for c in FIGURE.classes}}
    ids = np.array(sorted(map(int, classes)), np.uint16)
    store.create({"scene": "figure", "classes": classes})
    frame = figure_of_parts()
    bare = replace(frame, objects=tuple(o for o in frame.objects if o.keypoints is None))
    picture = np.zeros((56, 80, 3), np.uint8)
    for seed, each in ((1, frame), (2, bare)):
        form = pack_form(each, each.passes, ids)
        store.add_scene(seed, [Sample(seed, 0, each.camera, picture, dict.fromkeys(FORMS, form))])
    store.pack(rest=True)
    shots = list(dataset_shots(tmp_path))
    counts = [sum(o.keypoints is not None for o in shot.frame.objects) for shot in shots]
    assert counts == [2, 0]

# SPDX-License-Identifier: Apache-2.0
import json
import sys
from dataclasses import replace

import numpy as np
import pytest
from annotation_scenes import bounds, look, mask_of, street, with_passes

from neural_core.contract import PASS_LAYOUT, ContractError
from neural_core.data.annotations import Shot, write_annotations

h5py = pytest.importorskip("h5py")


def test_everything_comes_back(tmp_path):
    frames = [street(), street(look(25, -12, 4)), street(look(-30, 8))]
    write_annotations([Shot(f"s{i}", f) for i, f in enumerate(frames)], tmp_path, ["hdf5"])
    with h5py.File(tmp_path / "passes.h5") as file:
        for index, frame in enumerate(frames):
            for name, (dtype, _) in PASS_LAYOUT.items():
                assert file[name].dtype == dtype
                assert np.array_equal(file[name][index], getattr(frame.passes, name)), name
            pose = file["camera/camera_to_world"][index]
            assert np.array_equal(pose, frame.camera.camera_to_world)
            camera = frame.camera
            wanted = [[camera.fx, 0, camera.cx], [0, camera.fy, camera.cy], [0, 0, 1]]
            assert np.array_equal(file["camera/intrinsics"][index], wanted)
        assert file["name"].asstr()[:].tolist() == ["s0", "s1", "s2"]
        assert file["semantic"].chunks == (1, 56, 80)
        assert file["semantic"].compression == "gzip"
        assert json.loads(file.attrs["classes"])["26"]["name"] == "car"
        table = file["objects"][:]
    assert len(table) > 6
    for row in table:
        frame = frames[row["frame"]]
        mask = mask_of(frame, row["instance_id"])
        assert tuple(row["bbox"]) == bounds(mask) and row["area"] == mask.sum()
        (item,) = (o for o in frame.objects if o.instance_id == row["instance_id"])
        assert np.array_equal(row["matrix_world"], item.matrix_world)
        assert row["class_id"] == item.class_id


def test_passes_that_were_not_kept_are_not_written(tmp_path):
    write_annotations([Shot("a", street(), missing=frozenset({"uv"}))], tmp_path, ["hdf5"])
    with h5py.File(tmp_path / "passes.h5") as file:
        assert "uv" not in file and "depth" in file


def test_frames_of_another_size_are_refused(tmp_path):
    frame = street()
    small = with_passes(replace(frame, width=40, passes=None))
    with pytest.raises(ContractError, match="frames of one kind"):
        write_annotations([Shot("a", frame), Shot("b", small)], tmp_path, ["hdf5"])
    assert not list(tmp_path.iterdir())


def test_a_missing_library_is_told(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(ContractError, match="hdf5 needs h5py"):
        write_annotations([Shot("a", street())], tmp_path, ["hdf5"])
    assert not list(tmp_path.iterdir())

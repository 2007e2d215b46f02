# SPDX-License-Identifier: Apache-2.0
import dataclasses

import numpy as np
import torch
from data_doubles import CLASS_IDS, looking_along_x, make_frame

from neural_core.contract import Camera
from neural_core.data.conditions import conditions_from_passes
from neural_core.data.dataset import FrameDataset
from neural_core.data.heading import heading_normals
from neural_core.data.sample import FORMS, Sample, pack_form
from neural_core.data.store import DatasetStore


def test_shapes_and_types(frame):
    found = conditions_from_passes(frame.passes, frame.objects, frame.camera)
    assert {k: (tuple(v.shape), v.dtype) for k, v in found.items()} == {
        "semantic": ((16, 16), torch.int64),
        "instance": ((16, 16), torch.int64),
        "inverse_depth": ((1, 16, 16), torch.float32),
        "normal": ((3, 16, 16), torch.float32),
        "shading": ((3, 16, 16), torch.float32),
        "coverage": ((1, 16, 16), torch.float32),
        "tint": ((3, 16, 16), torch.float32),
        "tint_valid": ((1, 16, 16), torch.float32),
        "local": ((3, 16, 16), torch.float32),
        "view": ((3, 16, 16), torch.float32),
        "extent": ((3, 16, 16), torch.float32),
    }


def test_tint_is_painted_on_its_instance_alone(frame):
    found = conditions_from_passes(frame.passes, frame.objects, frame.camera)
    tinted = torch.from_numpy(frame.passes.instance == 5)
    assert tinted.any() and not tinted.all()
    assert torch.equal(found["tint_valid"][0] == 1, tinted)
    wanted = torch.tensor([0.9, 0.1, 0.2])[:, None, None] * tinted
    assert torch.allclose(found["tint"], wanted)


def test_an_instance_that_is_not_in_the_layout_is_nobodys(frame):
    found = conditions_from_passes(frame.passes, frame.objects[:1], frame.camera)
    known = torch.from_numpy(frame.passes.instance == 5)
    assert torch.equal(found["instance"] > 0, known)


def test_forward_is_what_the_camera_looks_along():
    camera = Camera(looking_along_x(), 10, 10, 5, 5)
    normals = np.array([[[1.0, 0, 0], [0, 1, 0], [0, 0, 1]]], np.float32)
    assert np.allclose(heading_normals(normals, camera), [[[0, 1, 0], [-1, 0, 0], [0, 0, 1]]])


def test_turning_everything_changes_nothing(frame):
    turn = np.eye(4)
    turn[:2, :2] = [[0.6, -0.8], [0.8, 0.6]]
    normal = (frame.passes.normal.astype(np.float32) @ turn[:3, :3].T).astype(np.float16)
    passes = dataclasses.replace(frame.passes, normal=normal)
    camera = dataclasses.replace(frame.camera, camera_to_world=turn @ frame.camera.camera_to_world)
    before = conditions_from_passes(frame.passes, frame.objects, frame.camera)
    after = conditions_from_passes(passes, frame.objects, camera)
    assert torch.allclose(before["normal"], after["normal"], atol=2e-3)


def test_training_and_rendering_see_the_same(tmp_path):
    """A frame that went through a shard gives the tensors that the frame itself gives."""
    frame = make_frame(np.random.default_rng(8))
    packed = pack_form(frame, frame.passes, CLASS_IDS)
    image = np.zeros((16, 16, 3), np.uint8)
    store = DatasetStore(tmp_path / "set")
    store.create({"classes": {str(i): str(i) for i in CLASS_IDS}})
    store.add_scene(1, [Sample(1, 0, frame.camera, image, dict.fromkeys(FORMS, packed))])
    stored = FrameDataset(tmp_path / "set", "train", "blockout")[0]
    direct = conditions_from_passes(frame.passes, frame.objects, frame.camera)
    assert torch.equal(stored["semantic"], direct["semantic"])
    assert torch.equal(stored["instance"], direct["instance"])
    for name, tolerance in (
        ("inverse_depth", 0.005), ("normal", 0.08), ("shading", 0.4), ("coverage", 0.003),
        ("tint", 5e-4), ("tint_valid", 0), ("local", 0.02), ("view", 1e-4), ("extent", 1e-5),
    ):  # fmt: skip
        assert torch.allclose(stored[name], direct[name], atol=tolerance), name

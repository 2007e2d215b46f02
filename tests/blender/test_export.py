# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender -> Frame: meshes, instances, visibility, looks, lights, sizes, errors."""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
import pytest

from neural_core.contract import load_frame


def test_export(blender, tmp_path: Path) -> None:
    """One Blender process per version; every part is checked by a function of its own."""
    seen = blender.run("check_export", tmp_path)
    _check_meshes(seen["meshes"])
    _check_instances(seen["instances"])
    _check_visibility(seen["visibility"])
    _check_looks(seen["looks"])
    _check_refused(seen["refused"])
    _check_lights(seen["lights"])
    _check_worlds(seen["worlds"])
    _check_size(seen["size"])
    _check_files(seen["files"], tmp_path)


def _check_meshes(seen: dict) -> None:
    assert seen["names"] == ["bus", "bush", "car", "pole", "sign", "tree"]
    assert np.allclose(seen["matrix"], [[-2, 0, 0, 1], [0, 1, 0, 2], [0, 0, 1, 3], [0, 0, 0, 1]])
    assert seen["matrix_dtype"] == "float64"
    assert seen["box"] == [[-1, -1, -1], [1, 1, 1]]
    assert seen["outward"] and seen["flat_has_no_normals"] and seen["text_faces"] and seen["no_uv"]
    assert seen["uv_corners"] == [[0, 0], [0, 1], [1, 0], [1, 1]]
    assert seen["render_levels"] == 12 * 16 and seen["viewport_levels"] == 12
    assert seen["smooth_normal"] < 1e-5
    assert seen["same_key_again"]


def _check_instances(seen: dict) -> None:
    objects = seen["objects"]
    for index in range(3):
        assert objects[f"inst{index} > part [0]"] == 27  # the collection is called truck
    assert objects["nest > part [0.0]"] == 27
    assert objects["bus stop > part [0]"] == 28  # the instancer's own setting
    assert not [name for name in objects if name.startswith("vanished")]
    scattered = [name for name in objects if name.startswith("hedge > leaf")]
    hairs = [name for name in objects if name.startswith("grass > tree leaf")]
    assert len(scattered) == 8 and len(hairs) == 5
    assert objects[scattered[0]] == 21  # a bare mesh called leaf: the hedge's class
    assert objects[hairs[0]] == 21 and objects["grass"] == 22  # a tree on grass stays a tree
    assert "inst0" not in objects and "tree leaf" not in objects
    assert seen["unique_ids"] and seen["unique_seeds"] and seen["same_again"]
    assert seen["meshes"] < len(objects) / 4
    assert seen["seeds_survive_hiding"] and seen["hidden_gone"] == 1
    assert seen["seeded"] == 77
    assert seen["nest_matrix_z"] == 5
    assert seen["viewport_same"]


def _check_visibility(seen: dict) -> None:
    assert seen["render"] == {
        "car": False,
        "car viewport off": False,  # renders all the same
        "car eye": False,
        "car held": True,
        "car holdout": True,
        "car instance > part [0]": True,
    }
    assert seen["viewport"] == ["car", "car held", "car holdout", "car instance > part [0]"]
    assert seen["ids_agree"] and seen["ids_survive_hiding"]


def _check_looks(seen: dict) -> None:
    assert seen["seeds"]["car.a"] == zlib.crc32(b"car.a") & 0x7FFFFFFF
    assert seen["seeds"]["car.b"] == 5
    assert seen["seed_after_change"] == 6, "a changed look must reach the evaluated object"
    assert seen["tints"] == {
        "car.a": None,
        "car.b": None,
        "car.c": [0.5, 0.25, 0.125],
        "car.d": None,
    }
    assert seen["controls"] == [9, 0.5, False]
    assert seen["class_seeds"] == {"26": 4}


def _check_refused(seen: dict) -> None:
    wanted = {
        "nothing": "nothing in the scene is visible",
        "faceless": "none of the 1 visible objects ('line car' …) has faces",
        "zero_scale": "'car'.matrix_world: its scale is zero",
        "nan_matrix": "'car'.matrix_world: it holds NaN",
        "nan_vertex": "objects['car'].mesh: some vertices are NaN or infinite",
        "no_camera_engine": "has no active camera",
    }
    for name, words in wanted.items():
        assert words in seen[name], (name, seen[name])
    for name in ("good", "negative_scale", "good_again"):
        assert seen[name] == "accepted", (name, seen[name])


def _check_lights(seen: dict) -> None:
    new = seen["has_exposure"]
    kinds = {light["kind"]: light for light in seen["lights"] if light["energy"] != 4.0}
    assert sorted(kinds) == ["area", "point", "spot", "sun"]
    assert len(seen["lights"]) == 5 and all(seen["down"])
    assert kinds["sun"]["energy"] == (20.0 if new else 10.0)
    assert kinds["point"]["energy"] == kinds["spot"]["energy"] == 10.0
    assert kinds["area"]["size"] == pytest.approx([4.0, 3.0])
    assert kinds["area"]["energy"] == pytest.approx(120.0 if new else 10.0)
    assert kinds["spot"]["spot"] == [pytest.approx(1.25), 0.5]
    assert [kinds[k]["shadow"] for k in ("sun", "spot")] == [True, False]
    assert all(light["color"] == [1.0, 0.5, 0.25] for light in kinds.values())
    assert all(light["at"] == [1, 2, 3] for light in kinds.values())
    (nodes,) = (light for light in seen["lights"] if light["energy"] == 4.0)
    assert nodes["kind"] == "point" and nodes["color"] == [0.0, 1.0, 0.0]


def _check_worlds(seen: dict) -> None:
    assert seen["none"] == [] and seen["unlinked"] == []
    assert seen["plain"] == ["world", 1.0, 0.5, 1.0, 2.0]
    assert seen["sky_is_documented"] and seen["huge_is_huge"]
    weights = np.sin((np.arange(4) + 0.5) / 4 * np.pi)
    blue = 2 * weights[1:].sum() / weights.sum()
    assert seen["image"] == pytest.approx([2.0, 1.0, blue], abs=1e-5)
    assert seen["huge"] == [1.0, 1.0, 1.0]
    assert seen["mix"] == pytest.approx([0.375, 0.75, 1.5])


def _check_size(seen: dict) -> None:
    assert seen["size"] == [100, 50]
    assert seen["cropped"] == [50, 40]
    assert seen["moved"] == [10, 0]
    assert seen["focal_kept"] and seen["hash_stable"]
    assert seen["restored"] == [True, True]


def _check_files(seen: dict, folder: Path) -> None:
    assert seen["names"] == ["frame_0001.npz", "frame_0002.npz", "frame_0003.npz"]
    assert seen["told"] == [13, 23, 33]
    assert seen["back_at"] == 1
    assert seen["cropped"] == [32, 64]
    frames = [load_frame(folder / name) for name in seen["names"]]
    assert [frame.number for frame in frames] == [1, 2, 3]
    places = [frame.objects[0].matrix_world[0, 3] for frame in frames]
    assert places == pytest.approx([1.0, 2.0, 3.0])
    assert len({key for frame in frames for key in frame.meshes}) == 1

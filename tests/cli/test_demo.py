# SPDX-License-Identifier: Apache-2.0
"""`make render` and `blockout bench frame`, for real but small."""

import json

import numpy as np
import pytest
from cli_marks import needs_bpy
from PIL import Image

from neural_core import demo
from neural_core.contact_sheet import read_exr_passes
from neural_core.images import read_recipe

pytestmark = needs_bpy

CAR = 26


def test_make_render_leaves_all_its_files(tmp_path, capfd):
    code = demo.main(["--out", str(tmp_path), "--size", "64", "--pipeline", "shading"])
    out, err = capfd.readouterr()
    assert code == 0, err
    assert {p.name for p in tmp_path.iterdir()} == {
        "street.blend",
        "street.png",
        "street.exr",
        "contact_sheet.png",
    }
    for step in ("build the street", "picture, passes", "car moved", "camera moved", "all"):
        assert step in out
    assert out.count("network") == 5 and out.count(" ms") >= 25
    with Image.open(tmp_path / "street.png") as picture:
        assert picture.size == (64, 64)
    recipe = read_recipe(tmp_path / "street.png")
    assert recipe["pipeline"] == "shading" and recipe["size"] == [64, 64]
    passes = read_exr_passes(tmp_path / "street.exr")
    assert (passes["Semantic"] == CAR).mean() > 0.02
    assert read_recipe(tmp_path / "street.exr")["scene_hash"] == recipe["scene_hash"]


def test_the_saved_street_renders_on_the_command_line_too(tmp_path, blockout):
    """The engine in Blender and the command line make the same picture of the same file."""
    demo.make(tmp_path, 48, "classes")
    result = blockout(
        "render", tmp_path / "street.blend", "--recipe", tmp_path / "street.png", "--out",
        tmp_path / "again",
    )  # fmt: skip
    assert result.code == 0, result.err
    engine = _pixels(tmp_path / "street.png")
    command = _pixels(tmp_path / "again" / "street_0001.png")
    assert np.abs(engine.astype(int) - command.astype(int)).max() <= 1


def test_bench_frame_has_its_keys_and_sends_no_mesh_twice(blockout, monkeypatch):
    monkeypatch.setattr("neural_core.benchmarks.frame.SIZES", (24, 32))
    result = blockout("bench", "frame", "--pipeline", "shading", "--repeats", 1, "--json")
    assert result.code == 0, result.err
    found = result.json
    assert {"total_ms", "stages_ms", "overhead_share", "bytes_second_frame"} <= set(found)
    assert set(found["stages_ms"]) == {"export", "transfer", "raster", "network", "return"}
    assert all(value > 0 for value in found["stages_ms"].values())
    # The backend may be at work before Blender has seen the end of the transfer.
    stages, rounding = found["stages_ms"], 0.05
    for process in (("export", "transfer", "return"), ("raster", "network")):
        assert sum(stages[name] for name in process) <= found["total_ms"] + rounding
    assert 0 < found["overhead_share"] < 1
    assert found["mesh_bytes_second_frame"] == 0 < found["bytes_second_frame"] < 300_000
    assert json.dumps(found)


@pytest.mark.parametrize("size", ["0", "100000"])
def test_impossible_sizes_are_told(tmp_path, capfd, size):
    assert "resolution: " in refused(tmp_path, capfd, "--size", size)


def test_what_the_engine_says_is_passed_on(tmp_path, capfd):
    sentence = refused(tmp_path, capfd, "--size", "32", "--pipeline", "nix")
    assert "there is no method 'nix'" in sentence


def test_a_core_that_is_not_there_is_told(tmp_path, capfd, monkeypatch):
    monkeypatch.setenv("BLOCKOUT_PYTHON", str(tmp_path / "nothing"))
    sentence = refused(tmp_path, capfd, "--size", "32", "--pipeline", "classes")
    assert str(tmp_path / "nothing") in sentence


def refused(folder, capfd, *arguments: str) -> str:
    """The one line on stderr of a demo that ended with code 2."""
    code = demo.main(["--out", str(folder), *arguments])
    err = capfd.readouterr().err.strip()
    assert code == 2, err
    assert err.startswith("blockout: ") and "\n" not in err
    return err


def _pixels(path):
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))

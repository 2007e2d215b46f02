# SPDX-License-Identifier: Apache-2.0
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from cli_marks import needs_bpy
from PIL import Image

from neural_core.commands.doctor import sample_frame
from neural_core.commands.sources import frame_range
from neural_core.contract import ContractError, load_frame, save_frame
from neural_core.images import read_recipe


def pixels(path: Path | str) -> np.ndarray:
    with Image.open(path) as picture:
        return np.asarray(picture)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [(None, (None, None)), ("5", (5, 5)), ("1-24", (1, 24)), ("-3-2", (-3, 2)), ("-5", (-5, -5))],
)
def test_frame_ranges(text, wanted):
    assert frame_range(text) == wanted


@pytest.mark.parametrize("text", ["a", "3-", "4-2", "1,2", ""])
def test_frame_ranges_that_are_none(text):
    with pytest.raises(ContractError, match="frames"):
        frame_range(text)


def test_a_frame_becomes_a_picture_with_recipe(blockout, frame_file, tmp_path):
    result = blockout("render", frame_file, "--pipeline", "shading", "--out", tmp_path / "out")
    assert result.code == 0
    assert result.out.strip() == str(tmp_path / "out" / "car.png")
    assert pixels(result.out.strip()).shape == (24, 24, 4)
    recipe = read_recipe(result.out.strip())
    assert recipe["pipeline"] == "shading" and recipe["source"] == str(frame_file)


def test_json_names_the_files_and_times(blockout, frame_file, tmp_path):
    result = blockout(
        "render", frame_file, "--pipeline", "classes", "--seed", 9, "--out", tmp_path, "--exr",
        "--json",
    )  # fmt: skip
    (picture,) = result.json["pictures"]
    assert Path(picture["png"]).is_file() and Path(picture["exr"]).is_file()
    assert set(picture["timings_ms"]) >= {"raster", "network"}
    assert picture["recipe"]["controls"]["seed"] == 9


def test_the_recipe_makes_the_same_picture(blockout, frame_file, tmp_path):
    blockout("render", frame_file, "--pipeline", "shading", "--seed", 4, "--out", tmp_path / "a")
    first = tmp_path / "a" / "car.png"
    assert blockout("render", "--recipe", first, "--out", tmp_path / "b").code == 0
    assert (tmp_path / "b" / "car.png").read_bytes() == first.read_bytes()


def test_textures_are_made_with_the_layers(blockout, frame_file, tmp_path):
    command = ("render", frame_file, "--pipeline", "controllable3d", "--json", "--out")
    (plain,) = blockout(*command, tmp_path / "plain").json["pictures"]
    (full,) = blockout(*command, tmp_path / "full", "--layers").json["pictures"]
    assert plain["parts"] == []
    textures = [path for path in full["parts"] if Path(path).name.startswith("texture_")]
    layers = [path for path in full["parts"] if Path(path).name.startswith("layer_")]
    assert len(textures) == len(layers) >= 1
    assert pixels(textures[0]).shape == (64, 96, 3)
    assert np.array_equal(pixels(plain["png"]), pixels(full["png"]))


def test_a_recipe_of_a_scene_that_changed_is_refused(blockout, frame_file, tmp_path):
    blockout("render", frame_file, "--pipeline", "shading", "--out", tmp_path)
    frame = sample_frame(24)
    save_frame(type(frame)(**{**vars(frame), "objects": frame.objects[:1]}), frame_file)
    words = blockout("render", "--recipe", tmp_path / "car.png", "--out", tmp_path / "b").sentence()
    assert "not the one of the picture" in words
    assert not (tmp_path / "b").exists()


def test_a_recipe_goes_alone(blockout, frame_file, tmp_path):
    blockout("render", frame_file, "--pipeline", "shading", "--out", tmp_path)
    words = blockout("render", "--recipe", tmp_path / "car.png", "--seed", 3).sentence()
    assert "already names pipeline" in words


def test_a_damaged_frame_is_told(blockout, frame_file):
    frame_file.write_bytes(frame_file.read_bytes()[:200])
    words = blockout("render", frame_file, "--pipeline", "classes").sentence()
    assert "damaged" in words


def test_a_full_disk_is_told_and_leaves_nothing_half(blockout, tmp_path):
    save_frame(sample_frame(256), tmp_path / "big.npz")
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = shutil.which("mount")
    if (
        mount is None
        or subprocess.run(
            [mount, "-t", "tmpfs", "-o", "size=64k", "none", str(disk)],
            capture_output=True,
            check=False,
        ).returncode
    ):
        pytest.skip("a small disk cannot be mounted here")
    try:
        result = blockout(
            "render", tmp_path / "big.npz", "--pipeline", "shading", "--out", disk, "--exr"
        )
        assert "the disk is full" in result.sentence()
        assert all(p.suffix == ".png" and pixels(p).size for p in disk.iterdir())
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_no_permission_is_told(blockout, frame_file):
    words = blockout("render", frame_file, "--pipeline", "classes", "--out", "/proc/out").sentence()
    assert "/proc/out" in words


def test_export_writes_passes_of_a_frame(blockout, frame_file, tmp_path):
    result = blockout("export", frame_file, "--out", tmp_path / "o", "--exr", "--json")
    (entry,) = result.json["files"]
    assert Path(entry["npz"]).is_file() and Path(entry["exr"]).is_file()
    assert entry["objects"] == 2


def test_wrong_weights_are_told(blockout, frame_file, monkeypatch, tmp_path):
    import torch

    from neural_core.weights import save_model

    card = save_model(
        tmp_path, "tiny", {"a": torch.zeros(3)}, method="smis", domain="street", size=8, config={},
        training={},
    )  # fmt: skip
    monkeypatch.setenv("BLOCKOUT_MODELS", str(tmp_path))
    assert blockout("models", "show", "tiny", "--json").json["sha256"] == card.sha256
    data = card.path.read_bytes()
    card.path.write_bytes(data[:-1])
    words = blockout("models", "show", "tiny").sentence()
    assert "truncated or changed" in words and "Reinstall" in words
    card.path.unlink()
    assert "cannot be read" in blockout("models", "show", "tiny").sentence()


@needs_bpy
def test_a_blend_becomes_pictures_and_again_by_recipe(blockout, make_blend, tmp_path):
    blend = make_blend("car")
    result = blockout(
        "render", blend, "--pipeline", "classes", "--frames", "1-2", "--out", tmp_path, "--json"
    )
    assert result.code == 0, result.err
    first, second = (picture["png"] for picture in result.json["pictures"])
    assert [Path(p).name for p in (first, second)] == ["car_0001.png", "car_0002.png"]
    assert pixels(first).shape == (48, 48, 4)
    assert not np.array_equal(pixels(first), pixels(second)), "the car moves"
    assert blockout("render", "--recipe", second, "--out", tmp_path / "again").code == 0
    assert (tmp_path / "again" / "car_0002.png").read_bytes() == Path(second).read_bytes()


@needs_bpy
def test_a_blend_is_exported(blockout, make_blend, tmp_path):
    result = blockout("export", make_blend("car"), "--out", tmp_path, "--json")
    (entry,) = result.json["files"]
    frame = load_frame(entry["npz"])
    assert {o.class_id for o in frame.objects} == {26, 7}
    assert (frame.width, frame.height) == (48, 48)


@needs_bpy
@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("no camera", "camera"),
        ("nothing", "nothing in the scene is visible"),
        ("classless", "Guess Classes"),
    ],
)
def test_scenes_that_cannot_be_rendered_are_told(blockout, make_blend, tmp_path, kind, words):
    result = blockout("render", make_blend(kind), "--pipeline", "classes", "--out", tmp_path)
    assert words in result.sentence()
    assert not list(tmp_path.iterdir())


@needs_bpy
def test_a_file_that_is_no_blend_is_told(blockout, tmp_path):
    (tmp_path / "a.blend").write_bytes(b"no blend")
    result = blockout("render", tmp_path / "a.blend", "--pipeline", "classes", "--out", tmp_path)
    assert "cannot open it" in result.sentence()

# SPDX-License-Identifier: GPL-3.0-or-later
"""The render engine in every Blender: pictures, passes, errors. One backend serves them all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import pytest
from numpy.typing import NDArray
from PIL import Image
from running_backend import running_backend

CAR, ROAD, TREE = (0, 0, 142), (128, 64, 128), (107, 142, 35)
CAR_ID, ROAD_ID = 26, 7
CAR_BOX = np.s_[10:20, 20:30]
"""Where the car is in the picture of 40 x 30, row 0 on top (scripts/engine_scene.py)."""


@pytest.fixture(scope="session")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Environment that connects Blender to one running backend."""
    with running_backend(tmp_path_factory.mktemp("backend")) as environment:
        yield environment


def png(path: Path) -> NDArray[np.int64]:
    """(H, W, 4) integers."""
    return np.asarray(Image.open(path).convert("RGBA")).astype(int)


def exr(path: Path) -> dict[str, NDArray[np.float32]]:
    """Full channel name (LAYER.PASS.CHANNEL) -> array; one part or many."""
    found = {}
    with OpenEXR.File(str(path), separate_channels=True) as file:
        for part in file.parts:
            for name, channel in part.channels.items():
                found[name] = np.array(channel.pixels)
    return found


def near(pixels: NDArray[np.int64], color: tuple[int, int, int]) -> NDArray[np.bool_]:
    """Pixels within 1/255 of the colour."""
    return (np.abs(pixels[..., :3] - color) <= 1).all(-1)


def expected_car(shape: tuple[int, int] = (30, 40)) -> NDArray[np.bool_]:
    mask = np.zeros(shape, bool)
    mask[CAR_BOX] = True
    return mask


def test_pictures(blender: Any, backend: dict[str, str], tmp_path: Path) -> None:
    found = blender.run("engine_pictures", tmp_path, env=backend)
    assert found["still"] == found["exr"] == found["view_layers"] == ""
    check_still(tmp_path)
    check_exr(tmp_path)
    check_animation(tmp_path, found["animation"])
    check_border(tmp_path, found["border"])
    check_transparency(tmp_path)
    check_view_layers(tmp_path)
    check_sockets(found["sockets"])
    check_poses(found["poses"])


def check_still(folder: Path) -> None:
    pixels = png(folder / "still.png")
    assert pixels.shape == (30, 40, 4)
    car = expected_car()
    assert near(pixels, CAR)[car].all() and near(pixels, ROAD)[~car].all()
    assert (pixels[..., 3] == 255).all()
    text = Image.open(folder / "still.png").info
    recipe = json.loads(text["blockout_recipe"])
    assert recipe["pipeline"] == "classes" and len(recipe["scene_hash"]) == 16


def check_exr(folder: Path) -> None:
    channels = exr(folder / "still.exr")
    car = expected_car()
    semantic = channels["ViewLayer.Semantic.X"]
    assert (semantic == np.where(car, CAR_ID, ROAD_ID)).all()  # exact, as floats
    instance = channels["ViewLayer.Instance.X"]
    (of_car,), (of_road,) = np.unique(instance[car]), np.unique(instance[~car])
    assert of_car != of_road and min(of_car, of_road) >= 1 and of_car == int(of_car)
    assert np.allclose(channels["ViewLayer.Depth.Z"], np.where(car, 9.0, 10.0), atol=1e-3)
    assert np.allclose(channels["ViewLayer.Normal.Z"], 1.0, atol=1e-3)
    assert np.allclose(channels["ViewLayer.Normal.X"], 0.0, atol=1e-3)
    for name in ("UV.U", "UV.V", "Shading.R", "Combined.A"):
        assert channels[f"ViewLayer.{name}"].shape == (30, 40)
    assert len(np.unique(channels["ViewLayer.UV.U"][car])) > 5
    # Scene-linear: the colour (128, 64, 128) of the road.
    assert np.allclose(channels["ViewLayer.Combined.R"][~car], 0.2158, atol=2e-3)


def check_animation(folder: Path, cost: dict[str, Any]) -> None:
    files = sorted((folder / "animation").iterdir())
    assert [file.name for file in files] == ["f_0001.png", "f_0002.png", "f_0003.png"]
    columns = [int(np.flatnonzero(near(png(file), CAR).any(0))[0]) for file in files]
    assert columns == [20, 15, 10]
    assert cost["meshes_sent"] == 0
    assert cost["stages"] == ["export", "network", "raster", "return", "transfer"]


def check_border(folder: Path, errors: list[str]) -> None:
    assert errors == ["", "", ""]
    still, whole, crop = (png(folder / f"{name}.png") for name in ("still", "border", "crop"))
    window = np.s_[3:24, 16:32]  # x 0.4..0.8, y 0.2..0.9 from below
    assert whole.shape == (30, 40, 4) and crop.shape == (21, 16, 4)
    assert (whole[window] == still[window]).all() and (crop == still[window]).all()
    outside = np.ones((30, 40), bool)
    outside[window] = False
    assert (whole[outside][:, 3] == 0).all()
    semantic = exr(folder / "crop.exr")["ViewLayer.Semantic.X"]
    assert (semantic == np.where(expected_car()[window], CAR_ID, ROAD_ID)).all()
    half = png(folder / "half.png")
    assert half.shape == (15, 20, 4) and near(half, CAR)[5:10, 10:15].all()


def check_transparency(folder: Path) -> None:
    car = expected_car()
    holdout = png(folder / "holdout.png")[..., 3]
    assert (holdout[car] == 0).all() and (holdout[~car] == 255).all()
    film = png(folder / "film.png")
    assert (film[..., 3][car] == 255).all() and (film[..., 3][~car] == 0).all()
    assert near(film, CAR)[car].all()


def check_view_layers(folder: Path) -> None:
    channels = exr(folder / "layers.exr")
    car = expected_car()
    assert (channels["all.Semantic.X"] == np.where(car, CAR_ID, ROAD_ID)).all()
    assert (channels["empty road.Semantic.X"] == ROAD_ID).all()


def check_sockets(names: list[str]) -> None:
    wanted = {"Image", "Alpha", "Semantic", "Instance", "Depth", "Normal", "UV", "Shading"}
    assert wanted <= set(names)


def check_poses(costs: list[dict[str, Any]]) -> None:
    """A second frame with only poses changed uploads no mesh; a new mesh goes alone."""
    first, second, third = costs
    assert first["meshes_sent"] == 1 and first["mesh_bytes_sent"] > 0
    assert second["meshes_sent"] == 0 and second["mesh_bytes_sent"] == 0
    assert 0 < second["bytes_sent"] < 20_000
    assert third["meshes_sent"] == 1 and third["mesh_bytes_sent"] > 0


SENTENCES = {
    "no_camera": ["no camera"],
    "nothing_visible": ["Blockout: objects: nothing in the scene is visible", "Enable"],
    "no_classes": ["none of the 2 visible objects has a class", "Guess Classes"],
    "nan_matrix": ["'car'", "NaN", "Reset the transform"],
    "zero_scale": ["'car'", "scale is zero", "other than 0"],
    "enormous": ["60000 x 60000 is too large", "lower the resolution"],
    "faceless": ["none of the 2 visible objects", "has faces"],
    "empty_border": ["too small"],
    "stereo": ["stereo", "Switch off Stereoscopy"],
    "unknown_pipeline": ["'no-such-pipeline'", "classes"],
    "panorama": ["camera 'camera' is of type PANO", "Perspective or Orthographic"],
}


def test_errors_are_sentences_and_write_no_file(
    blender: Any, backend: dict[str, str], tmp_path: Path
) -> None:
    found = blender.run("engine_errors", tmp_path, env=backend)
    assert found.pop("good") == {"error": "", "file": True}
    assert found.keys() == SENTENCES.keys()
    for name, case in found.items():
        for part in SENTENCES[name]:
            assert part in case["error"], (name, case["error"])
        assert "Traceback" not in case["error"] and "unexpected" not in case["error"], name
        assert not case["file"], name

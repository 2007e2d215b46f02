# SPDX-License-Identifier: Apache-2.0
import json
from dataclasses import replace

import numpy as np
import OpenEXR
import pytest
from PIL import Image

from neural_core.contract import ContractError, Layer, srgb_to_linear
from neural_core.images import read_recipe, to_uint8, write_exr, write_parts, write_png
from neural_core.pipeline import Pipeline


@pytest.fixture
def rendering(frame):
    made = Pipeline.create("classes").render(frame)
    image = made.image.copy()
    image[:4, :, 3] = 0.5
    return replace(made, image=image, recipe={**made.recipe, "scene": "Straße 3"})


def test_png_has_the_pixels_and_the_recipe(tmp_path, rendering):
    path = tmp_path / "deep" / "a.png"
    write_png(path, rendering)
    with Image.open(path) as picture:
        assert picture.mode == "RGBA"
        assert np.array_equal(np.asarray(picture), to_uint8(rendering.image))
    assert read_recipe(path) == json.loads(json.dumps(rendering.recipe))


def test_exr_has_picture_passes_and_recipe(tmp_path, rendering):
    path = tmp_path / "a.exr"
    write_exr(path, rendering)
    with OpenEXR.File(str(path), separate_channels=True) as file:
        channels = {name: channel.pixels for name, channel in file.channels().items()}
    passes = rendering.passes
    alpha = rendering.image[..., 3]
    assert np.array_equal(channels["A"], alpha)
    red = srgb_to_linear(rendering.image[..., 0]) * alpha
    assert np.allclose(channels["R"], red, atol=1e-6)
    assert channels["Semantic.X"].dtype == np.uint32
    assert np.array_equal(channels["Semantic.X"], passes.semantic)
    assert np.array_equal(channels["Instance.X"], passes.instance)
    assert np.array_equal(channels["Depth.Z"], passes.depth)
    assert np.array_equal(channels["Normal.Y"], passes.normal[..., 1])
    assert np.array_equal(channels["UV.V"], passes.uv[..., 1])
    assert np.array_equal(channels["Coverage.X"], passes.coverage)
    assert np.array_equal(channels["Shading.B"], passes.shading[..., 2])
    assert read_recipe(path) == json.loads(json.dumps(rendering.recipe))


def test_ids_beyond_2_to_the_24_stay_exact(tmp_path, rendering):
    instance = rendering.passes.instance.copy()
    instance[0, 0] = 2**32 - 1
    instance[0, 1] = 2**24 + 1
    passes = replace(rendering.passes, instance=instance)
    write_exr(tmp_path / "a.exr", replace(rendering, passes=passes))
    with OpenEXR.File(str(tmp_path / "a.exr"), separate_channels=True) as file:
        assert np.array_equal(file.channels()["Instance.X"].pixels, instance)


def test_without_passes_the_exr_has_the_picture_alone(tmp_path, rendering):
    write_exr(tmp_path / "a.exr", replace(rendering, passes=None))
    with OpenEXR.File(str(tmp_path / "a.exr"), separate_channels=True) as file:
        assert set(file.channels()) == set("RGBA")


@pytest.mark.parametrize("write", [write_png, write_exr])
def test_nothing_half_is_left_when_writing_fails(tmp_path, rendering, write):
    """A limit on the size of files stands for a disk that gets full while writing."""
    resource = pytest.importorskip("resource")
    suffix = write.__name__[-3:]
    path = tmp_path / f"a.{suffix}"
    write(path, rendering)
    before = path.read_bytes()
    noise = np.random.default_rng(0).random((64, 64, 4)).astype(np.float32)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(OSError, match=rf"a\.{suffix}"):
            write(path, replace(rendering, image=noise, passes=None))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("name", ["a.png", "a.exr", "a.jpg"])
def test_what_is_no_picture_is_told(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"not a picture at all")
    with pytest.raises(ContractError, match=r"a\.(png|exr|jpg): it is n"):
        read_recipe(path)


def test_a_picture_without_recipe_and_a_damaged_recipe_are_told(tmp_path, rendering):
    Image.new("RGB", (4, 4)).save(tmp_path / "plain.png")
    with pytest.raises(ContractError, match="carries no recipe"):
        read_recipe(tmp_path / "plain.png")
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("blockout_recipe", '{"pipeline": ')
    Image.new("RGB", (4, 4)).save(tmp_path / "cut.png", pnginfo=info)
    with pytest.raises(ContractError, match="recipe is damaged"):
        read_recipe(tmp_path / "cut.png")


def test_a_missing_picture_is_a_missing_file(tmp_path):
    for name in ("a.png", "a.exr"):
        with pytest.raises(FileNotFoundError):
            read_recipe(tmp_path / name)


def test_layers_and_textures_are_written_under_their_objects_names(tmp_path, rendering):
    height, width = rendering.image.shape[:2]
    rgba = np.zeros((height, width, 4), np.float32)
    rgba[2:5, 3:6] = (0.5, 0.25, 1.0, 0.5)
    depth = np.where(rgba[..., 3] > 0, np.float32(7), np.float32(np.inf))
    texture = np.full((4, 8, 3), 0.2, np.float32)
    made = replace(
        rendering, layers=(Layer("car.001", 3, rgba, depth),), textures={"car.001": texture}
    )
    write_exr(tmp_path / "a.exr", made)
    with OpenEXR.File(str(tmp_path / "a.exr"), separate_channels=True) as file:
        channels = {name: channel.pixels for name, channel in file.channels().items()}
    assert np.array_equal(channels["car_001_3.A"], rgba[..., 3])
    assert np.allclose(channels["car_001_3.B"], 0.5 * rgba[..., 3] / 0.5, atol=1e-6)
    assert np.array_equal(channels["car_001_3.Z"], depth)
    assert np.array_equal(channels["A"], rendering.image[..., 3])
    paths = write_parts(tmp_path / "parts", made)
    assert [path.name for path in paths] == ["layer_car_001_3.png", "texture_car_001.png"]
    with Image.open(paths[0]) as picture:
        assert np.array_equal(np.asarray(picture), to_uint8(rgba))
    with Image.open(paths[1]) as picture:
        assert picture.size == (8, 4) and picture.mode == "RGB"

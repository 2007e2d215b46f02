# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from PIL import Image

from neural_core.contact_sheet import (
    MARGIN,
    TILE,
    Row,
    Tile,
    depth_picture,
    instance_picture,
    pass_tiles,
    read_exr_passes,
    read_picture,
    semantic_picture,
    write_sheet,
)
from neural_core.contract import STREET
from neural_core.images import write_exr, write_png
from neural_core.pipeline import Pipeline


@pytest.fixture
def rendering(frame):
    return Pipeline.create("classes").render(frame)


@pytest.fixture
def passes(rendering, tmp_path):
    write_exr(tmp_path / "a.exr", rendering)
    return read_exr_passes(tmp_path / "a.exr")


def test_passes_come_back_from_the_exr(passes, rendering):
    assert np.array_equal(passes["Semantic"][..., 0], rendering.passes.semantic)
    assert np.array_equal(passes["Depth"][..., 0], rendering.passes.depth)
    assert np.array_equal(passes["Normal"], rendering.passes.normal.astype(np.float32))


def test_pictures_of_passes_say_what_they_mean(passes, rendering):
    assert np.array_equal(semantic_picture(passes, STREET), rendering.image[..., :3])
    instances = instance_picture(passes)
    ids = rendering.passes.instance
    colors = {tuple(instances[ids == i][0]) for i in np.unique(ids)}
    assert len(colors) == len(np.unique(ids)) and (0, 0, 0) in colors
    depth = depth_picture(passes)[..., 0]
    solid = ids > 0
    assert (depth[~solid] == 0).all() and depth.max() == pytest.approx(1.0)
    order = np.argsort(rendering.passes.depth[solid])
    assert (np.diff(depth[solid][order]) <= 1e-6).all()


def test_tiles_stand_where_they_should(tmp_path, passes, rendering):
    tiles = pass_tiles(passes, STREET)
    red = Tile("red", np.broadcast_to(np.float32([1, 0, 0]), (20, 20, 3)).copy())
    path = tmp_path / "sheet.png"
    write_sheet(path, "Title", "below", [Row("one", tuple(tiles.values())), Row("two", (red,))])
    with Image.open(path) as sheet:
        pixels = np.asarray(sheet.convert("RGB"))
    assert pixels.shape[1] > 5 * TILE
    is_red = (pixels == [255, 0, 0]).all(-1)
    rows, columns = np.nonzero(is_red)
    assert (columns.min(), columns.max()) == (MARGIN, MARGIN + TILE - 1)
    assert rows.max() - rows.min() == TILE - 1


def test_a_picture_is_read_as_rgb(tmp_path, rendering):
    write_png(tmp_path / "a.png", rendering)
    assert np.allclose(read_picture(tmp_path / "a.png"), rendering.image[..., :3], atol=1 / 255)

# SPDX-License-Identifier: Apache-2.0
"""`blockout scene`: a .blend of every family that the engine's side of things understands."""

import numpy as np
import pytest
from cli_marks import needs_bpy

from neural_core import demo_scene
from neural_core.contract import load_frame
from neural_core.geometry.passes import rasterize_passes

WANTED = {
    "cars": ("street", {"car"}),
    "room": ("room", {"wall", "floor", "ceiling"}),
    "figure": ("figure", {"face", "top", "background"}),
}


@needs_bpy
@pytest.mark.parametrize("family", WANTED)
def test_a_saved_scene_renders_by_its_own_palette(family, tmp_path, blockout):
    path = tmp_path / f"{family}.blend"
    result = blockout("scene", family, "--out", path, "--size", 48, "--json")
    assert result.code == 0, result.err
    palette, shown = WANTED[family]
    assert result.json["palette"] == palette
    assert result.json["bytes"] == path.stat().st_size
    assert [p.name for p in tmp_path.iterdir()] == [path.name]
    result = blockout("export", path, "--out", tmp_path / "frames", "--json")
    assert result.code == 0, result.err
    (frame,) = (load_frame(p) for p in (tmp_path / "frames").glob("*.npz"))
    assert frame.palette.name == palette and (frame.width, frame.height) == (48, 48)
    names = {entry.id: entry.name for entry in frame.palette.classes}
    seen = {names.get(i, "void") for i in np.unique(rasterize_passes(frame).semantic).tolist()}
    assert shown <= seen and "void" not in seen
    bodies = [o for o in frame.objects if o.keypoints is not None]
    assert len(bodies) == (family == "figure")
    assert all(o.name.endswith(".box") or o.mesh for o in frame.objects if o not in bodies)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("moon",), "'moon' is unknown"),
        (("room", "--out", "room.png"), "is not a .blend"),
        (("room", "--seed", -1), "-1 is out of range"),
        (("room", "--size", 0), "0"),
    ],
)
def test_bad_values_are_told(arguments, words, blockout):
    assert words in blockout("scene", *arguments).sentence()


def test_the_pipeline_fits_the_models(monkeypatch):
    monkeypatch.setattr(demo_scene, "list_models", list)
    assert demo_scene.pipeline_for("room") == "shading"
    monkeypatch.undo()
    assert demo_scene.pipeline_for("cars") == demo_scene.pipeline_for("street") == "smis"

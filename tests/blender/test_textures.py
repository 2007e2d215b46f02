# SPDX-License-Identifier: GPL-3.0-or-later
"""Textures of objects as materials on real meshes, in every Blender.

Texels of the test's textures tell where they belong: a cuboid's have the side in red, u in green
and v in blue; a sphere's have u in red and v in green.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from test_engine import exr, png
from test_layers import PIPELINE, layer_backend, models

from neural_core.contract import Frame, linear_to_srgb, load_frame
from neural_core.geometry.passes import rasterize_passes
from neural_core.geometry.primitives import unit_cuboid, unit_sphere
from neural_core.pipeline import Pipeline

__all__ = ["layer_backend", "models"]
FIRST_NAME, SECOND_NAME = "car.001", "car two"
SIDE = 32
BOX = np.array([[0.5, -3.0, 1.0], [2.5, 3.0, 2.0]])
SIDES = [(-1, 0, 0), (1, 0, 0), (0, -1, 0), (0, 1, 0), (0, 0, -1), (0, 0, 1)]
"""Outward normals of a cuboid's sides, in the order of `unit_cuboid` and of the atlas."""


def cuboid_atlas() -> NDArray[np.float32]:
    """Two rows of three sides; row 0 of each is v = 1."""
    centres = ((np.arange(SIDE) + 0.5) / SIDE).astype(np.float32)
    sides = np.empty((6, SIDE, SIDE, 3), np.float32)
    sides[..., 0] = (np.arange(6, dtype=np.float32)[:, None, None] + 1) / 8
    sides[..., 1], sides[..., 2] = centres, centres[::-1, None]
    rows = sides.reshape(2, 3, SIDE, SIDE, 3).swapaxes(1, 2)
    return np.ascontiguousarray(rows).reshape(2 * SIDE, 3 * SIDE, 3)


def sphere_map() -> NDArray[np.float32]:
    height, width = 2 * SIDE, 4 * SIDE
    texture = np.full((height, width, 3), 0.25, np.float32)
    texture[..., 0] = (np.arange(width) + 0.5) / width
    texture[..., 1] = 1 - (np.arange(height)[:, None] + 0.5) / height
    return texture


@pytest.fixture
def given(tmp_path: Path) -> Path:
    """Folder with what the script works on."""
    cuboid, sphere = unit_cuboid(), unit_sphere()
    np.savez(
        tmp_path / "given.npz", box=BOX, atlas=cuboid_atlas(), around=sphere_map(),
        cuboid_vertices=cuboid.vertices, cuboid_faces=cuboid.faces,
        sphere_vertices=sphere.vertices, sphere_faces=sphere.faces,
    )  # fmt: skip
    return tmp_path


def test_textures_on_meshes(blender: Any, given: Path) -> None:
    found = blender.run("check_textures", given)
    assert not found["no_render"]
    with np.load(given / "uvs.npz") as arrays:
        seen = dict(arrays)
    check_uvs(found["_uvs"])
    check_cuboid(seen)
    check_sphere(seen)
    check_monkey(seen)
    check_slots(found["_slots"])
    check_shared(found["_shared"])
    check_refused(found["_refused"])
    assert found["_mirrored"] == {"-1.0": [0.5, 0.75], "1.0": [0.5, 0.75]}
    check_undone(found["_undone"]["states"])
    assert found["_cycles"]["result"] == ["FINISHED"]
    check_cycles(given)
    assert found["saved"] == {"pixels_stay": True, "before": True, "after": False}


def check_uvs(found: dict[str, Any]) -> None:
    """The user's map is as it was, and the active one."""
    assert found["result"] == ["FINISHED"]
    assert found["maps"] == ["mine", "Blockout Cuboid"]
    assert found["active"] == "mine" and found["active_render"] == ["mine"]
    assert found["mine_is_as_it_was"]
    assert found["images"] == [
        [f"Blockout {name}", "sRGB", True] for name in ("cuboid", "monkey", "sphere")
    ]


def check_cuboid(seen: dict[str, NDArray[Any]]) -> None:
    """Every corner of the core's own cuboid lies where the atlas has its uv, half a texel in."""
    assert np.abs(seen["cuboid_pixels"][..., :3] - cuboid_atlas()).max() < 0.51 / 255
    side = np.repeat(np.arange(12) // 2, 3)
    uv = unit_cuboid().corner_uvs.reshape(-1, 2)
    inner = 0.5 + (uv - 0.5) * (1 - 1 / SIDE)
    wanted = np.stack([(side % 3 + inner[:, 0]) / 3, (1 - side // 3 + inner[:, 1]) / 2], 1)
    assert np.abs(seen["cuboid_uv"] - wanted).max() < 1e-6


def check_sphere(seen: dict[str, NDArray[Any]]) -> None:
    """Corners of the core's own sphere have its uv, whole turns and the poles' angle apart."""
    assert np.abs(seen["sphere_pixels"][..., :3] - sphere_map()).max() < 0.51 / 255
    wanted = unit_sphere().corner_uvs.reshape(-1, 2).astype(float)
    inner = 0.5 + (wanted[:, 1] - 0.5) * (1 - 1 / (2 * SIDE))
    assert np.abs(seen["sphere_uv"][:, 1] - inner).max() < 1e-5
    away = seen["sphere_uv"][:, 0] - wanted[:, 0]
    pole = (wanted[:, 1] == 0) | (wanted[:, 1] == 1)
    assert np.abs(away - np.round(away))[~pole].max() < 1e-5
    # No face has the seam inside, and at the poles none is slanted by more than its own width.
    turns = seen["sphere_uv"][:, 0].reshape(-1, 3)
    assert np.ptp(turns, axis=1).max() < 1.01 / 32


def check_monkey(seen: dict[str, NDArray[Any]]) -> None:
    """The middle of any face of any mesh samples the side that it faces, at its place there."""
    count = len(seen["monkey_normals"])
    faces = seen["monkey_faces"]
    middle = np.stack([seen["monkey_places"][faces == i].mean(0) for i in range(count)])
    uv = np.stack([seen["monkey_uv"][faces == i].mean(0) for i in range(count)])
    low, high = seen["monkey_box"]
    place = (middle - low) / (high - low) * 2 - 1
    side = (seen["monkey_normals"] @ np.transpose(SIDES)).argmax(1)
    assert len(np.unique(side)) == 6
    wanted = np.stack([(side + 1) / 8, *uv_on_side(place, side).T], 1)
    sampled = sample(seen["monkey_pixels"][..., :3], uv)
    assert np.abs(sampled - wanted).max() < 1.5 / SIDE


def uv_on_side(place: NDArray[np.float64], side: NDArray[np.int64]) -> NDArray[np.float64]:
    """(N, 2) of places (N, 3) in [-1, 1], as the corners of `unit_cuboid`'s sides have it."""
    mesh = unit_cuboid()
    found = np.empty((len(place), 2))
    for index, number in enumerate(side):
        corners = mesh.vertices[mesh.faces[2 * number]]
        uv = mesh.corner_uvs[2 * number]
        first, second = corners[1] - corners[0], corners[2] - corners[0]
        shares, *_ = np.linalg.lstsq(
            np.stack([first, second], 1), place[index] - corners[0], rcond=None
        )
        found[index] = uv[0] + shares @ (uv[1:] - uv[0])
    return found


def sample(texture: NDArray[np.float32], uv: NDArray[np.float64]) -> NDArray[np.float32]:
    """The texels at uv (..., 2); v = 1 is row 0, and u goes round."""
    height, width = texture.shape[:2]
    column = np.floor(uv[..., 0] * width).astype(int) % width
    row = np.clip(np.floor((1 - uv[..., 1]) * height).astype(int), 0, height - 1)
    return texture[row, column]


def check_slots(found: dict[str, Any]) -> None:
    assert found["selected"] == found["all"] == found["again"] == ["FINISHED"]
    assert found["one"] == 0  # not selected
    assert found["classes_stay"] and found["faces_stay"]
    names = ["Blockout thing", "Blockout thing.001", "Blockout thing.002"]
    assert found["names"] == names and found["links"] == ["OBJECT"] * 3
    assert found["mesh_keeps"] == ["car", "plain", "other"] and found["own_is_kept"]
    # A second time: what the user made of our materials stays, and nothing piles up.
    assert found["same_material"] == [True, True] and found["roughness"] == 0.9
    assert found["images"] == ["Blockout thing", "Blockout truck"] and found["materials"] == 8
    assert found["truck"] == ["Blockout truck"] and found["maps"] == ["UVMap", "Blockout Sphere"]


def check_shared(found: dict[str, Any]) -> None:
    assert found["result"] == ["FINISHED"] and found["differ"] and found["untouched"]
    assert found["images"] == ["Blockout car.001", "Blockout car.002"]
    assert found["maps"] == ["UVMap", "Blockout Cuboid"]
    assert found["copy"] == ["Blockout car.001", "Blockout car.003"]
    assert "'wide.car': it shares its mesh with 'car.001'" in found["wide"]


def check_refused(found: dict[str, Any]) -> None:
    for name, words in {
        "linked": "linked from another file. Make both local",
        "curve": "it is no mesh. Convert it",
        "full": "its mesh has no room for a UV map. Remove one",
        "bare": "its mesh has no faces of its own",
        "odd": "textures: one has the shape (63, 96, 3)",
        "gone": "None of these objects has a texture",
    }.items():
        assert words in found[name] and "Traceback" not in found[name], (name, found[name])
    assert found["some"] == ["FINISHED"] and found["good"] == "Blockout good"


def check_undone(states: list[list[Any]]) -> None:
    before, first, second, *rest = states
    assert before == ["paint", ["UVMap"], 0.0, ["paint"]]
    assert first[:2] == second[:2] == ["Blockout thing", ["UVMap", "Blockout Cuboid"]]
    assert first[2] != second[2] and first[3] == second[3] == ["paint"]
    assert rest == [first, before, first, second]


def check_cycles(folder: Path) -> None:
    """Cycles shows on the meshes what the core sees on its primitives in the same boxes."""
    frame = load_frame(folder / "frame.npz")
    channels = exr(folder / "cycles.exr")
    names = next(n.removesuffix(".R") for n in channels if "Dif" in n and n.endswith(".R"))
    shown = linear_to_srgb(np.stack([channels[f"{names}.{letter}"] for letter in "RGB"], -1))
    kinds = {"box": "cuboid", "ball": "sphere"}
    objects = tuple(replace(item, primitive=kinds[item.name], mesh=None) for item in frame.objects)
    passes = rasterize_passes(replace(frame, objects=objects, meshes={}))
    for item in objects:
        seen = eroded(passes.instance == item.instance_id)
        assert seen.sum() > 200
        if item.primitive == "cuboid":
            rotation = np.linalg.inv(item.matrix_world[:3, :3]).T  # of normals
            outward = np.array(SIDES) @ rotation.T
            outward /= np.linalg.norm(outward, axis=1)[:, None]
            side = (passes.normal[seen].astype(float) @ outward.T).argmax(1)
            assert len(np.unique(side)) == 3
            wanted = np.column_stack([(side + 1) / 8, passes.uv[seen]])
        else:
            wanted = np.column_stack([passes.uv[seen], np.full(seen.sum(), 0.25)])
            assert np.ptp(wanted[:, 0]) > 0.9  # the seam is in sight
        error = np.abs(shown[seen] - wanted).max(1)
        # Not all: a pixel on an edge or on the seam mixes what lies on either side.
        assert (error < 1 / SIDE).mean() > 0.97, (item.name, np.sort(error)[-20:])


def eroded(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Pixels whose neighbours are in the mask too."""
    inner = mask.copy()
    for axis in (0, 1):
        for step in (-1, 1):
            inner &= np.roll(mask, step, axis)
    return inner


def test_from_the_render_to_materials(
    blender: Any,
    layer_backend: dict[str, str],
    models: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = blender.run("engine_textures", tmp_path, PIPELINE, env=layer_backend)
    assert not found["before"] and found["first"] == found["second"] == found["third"] == ""
    assert found["put"] == found["again"] == ["FINISHED"]
    assert found["names"] == [SECOND_NAME, FIRST_NAME]
    monkeypatch.setenv("BLOCKOUT_MODELS", str(models))
    check_pixels(load_frame(tmp_path / "frame.npz"), tmp_path / "textures.npz", found["boxes"])
    # Neither class nor box of the objects is another one: the picture is the same.
    assert np.array_equal(png(tmp_path / "first.png"), png(tmp_path / "second.png"))
    assert not np.array_equal(png(tmp_path / "first.png"), png(tmp_path / "third.png"))
    assert found["images"] == [f"Blockout {name}" for name in (SECOND_NAME, FIRST_NAME)]
    assert found["changed"] and not found["elsewhere"]


def check_pixels(frame: Frame, path: Path, boxes: dict[str, Any]) -> None:
    assert not frame.controls.textures  # F12 alone asks for them
    frame = replace(frame, controls=replace(frame.controls, textures=True))
    textures = Pipeline.create(PIPELINE, "cpu").render(frame).textures
    with np.load(path) as seen:
        assert set(textures) == set(seen) == set(boxes)
        for name, texture in textures.items():
            assert float(texture.std()) > 0.005
            assert np.abs(seen[name][..., :3] - texture).max() < 0.51 / 255, name
            assert (seen[name][..., 3] == 1).all()
    for item in frame.objects:
        if item.name in boxes:
            assert np.allclose(boxes[item.name], item.box)

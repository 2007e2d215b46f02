# SPDX-License-Identifier: Apache-2.0
"""Frames and Renderings survive their file form; damaged data gets one clear sentence."""

from __future__ import annotations

import io
import json
import pickle
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from contract_samples import frame, item, mesh, rendering
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neural_core.contract import (
    CONTRACT_VERSION,
    ContractError,
    Frame,
    frame_from_bytes,
    frame_to_bytes,
    load_frame,
    mesh_keys_of,
    meshes_from_bytes,
    meshes_to_bytes,
    rendering_from_bytes,
    rendering_to_bytes,
    save_frame,
    write_atomically,
)

INFINITE = float("inf")
NOT_A_NUMBER = float("nan")


def assert_same(a: Any, b: Any, path: str = "") -> None:
    """Deep equality of dataclasses with arrays, dtypes included."""
    assert type(a) is type(b), path
    if is_dataclass(a):
        for entry in fields(a):
            assert_same(getattr(a, entry.name), getattr(b, entry.name), f"{path}.{entry.name}")
    elif isinstance(a, np.ndarray):
        assert a.dtype == b.dtype, path
        np.testing.assert_array_equal(a, b, err_msg=path)
    elif isinstance(a, dict):
        assert a.keys() == b.keys(), path
        for key in a:
            assert_same(a[key], b[key], f"{path}[{key}]")
    elif isinstance(a, tuple):
        assert len(a) == len(b), path
        for index, (x, y) in enumerate(zip(a, b, strict=True)):
            assert_same(x, y, f"{path}[{index}]")
    else:
        assert a == b, path


@pytest.mark.parametrize("compress", [False, True])
def test_a_frame_comes_back_as_it_was(compress: bool) -> None:
    original = frame()
    assert_same(frame_from_bytes(frame_to_bytes(original, compress=compress)), original)


def test_a_file_comes_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "frame.npz"
    save_frame(frame(), path)
    assert_same(load_frame(path), frame())
    assert [p.name for p in path.parent.iterdir()] == ["frame.npz"]


def test_numpy_reads_the_arrays(tmp_path: Path) -> None:
    path = tmp_path / "frame.npz"
    save_frame(frame(), path)
    with np.load(path, allow_pickle=False) as arrays:
        np.testing.assert_array_equal(arrays["passes/depth"], frame().passes.depth)


def test_equal_frames_give_equal_bytes() -> None:
    assert frame_to_bytes(frame()) == frame_to_bytes(frame())
    assert frame_to_bytes(frame()) != frame_to_bytes(frame(number=18))


def test_meshes_may_have_been_sent_before() -> None:
    square = mesh()
    bare = frame_to_bytes(frame(meshes={}))
    assert mesh_keys_of(bare) == {square.key()}
    known = meshes_from_bytes(meshes_to_bytes({square.key(): square}))
    full = frame_from_bytes(bare, {**known, "not of this frame": square})
    assert_same(full, frame())


def test_a_mesh_that_nobody_sent_is_named() -> None:
    with pytest.raises(ContractError, match="was not sent"):
        frame_from_bytes(frame_to_bytes(frame(meshes={}, passes=None)))


def test_meshes_must_match_their_keys() -> None:
    with pytest.raises(ContractError, match="another hash"):
        meshes_from_bytes(meshes_to_bytes({"0" * 32: mesh()}))


def test_keys_tell_content_apart() -> None:
    square = mesh()
    assert mesh().key() == square.key()
    moved = replace(square, vertices=square.vertices + np.float32(1))
    bare = replace(square, corner_uvs=None)
    flat = replace(square, corner_normals=None)
    reclassed = replace(square, face_class=np.array([1, 26], np.uint16))
    assert len({m.key() for m in (square, moved, bare, flat, reclassed)}) == 5


def test_a_rendering_comes_back_as_it_was() -> None:
    assert_same(rendering_from_bytes(rendering_to_bytes(rendering())), rendering())


def test_a_rendering_of_nothing_but_an_image() -> None:
    bare = replace(rendering(), passes=None, layers=(), textures={}, timings={}, recipe={})
    assert_same(rendering_from_bytes(rendering_to_bytes(bare)), bare)


READERS: dict[str, tuple[Callable[[bytes], Any], bytes]] = {
    "frame": (frame_from_bytes, frame_to_bytes(frame())),
    "compressed frame": (frame_from_bytes, frame_to_bytes(frame(), compress=True)),
    "meshes": (meshes_from_bytes, meshes_to_bytes({mesh().key(): mesh()})),
    "rendering": (rendering_from_bytes, rendering_to_bytes(rendering())),
}


@pytest.mark.parametrize("what", READERS)
@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_truncated_data(what: str, share: float) -> None:
    read, data = READERS[what]
    with pytest.raises(ContractError, match=r"damaged.*again"):
        read(data[: int(len(data) * share)])


@pytest.mark.parametrize("what", READERS)
@given(position=st.floats(0, 1, exclude_max=True), value=st.integers(0, 255))
@settings(max_examples=600, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_a_flipped_byte_is_harmless_or_told(what: str, position: float, value: int) -> None:
    """Nothing but a ContractError may come out of damaged data."""
    read, data = READERS[what]
    damaged = bytearray(data)
    damaged[int(position * len(data))] = value
    try:
        read(bytes(damaged))
    except ContractError as error:
        assert error.field
        assert error.fix


@given(st.binary(max_size=300))
@settings(max_examples=50)
def test_noise_is_told(data: bytes) -> None:
    for read, _ in READERS.values():
        with pytest.raises(ContractError):
            read(data)


def _repack(data: bytes, change: Callable[[dict[str, bytes]], None]) -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    change(entries)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def _edit_header(data: bytes, change: Callable[[dict[str, Any]], None]) -> bytes:
    def edit(entries: dict[str, bytes]) -> None:
        header = json.loads(entries["frame.json"])
        change(header)
        entries["frame.json"] = json.dumps(header).encode()

    return _repack(data, edit)


def test_pickles_are_refused() -> None:
    """An .npy that holds Python objects must not be read, whatever it says."""
    part = io.BytesIO()
    np.save(part, np.array([{"a": 1}], dtype=object), allow_pickle=True)

    def poison(entries: dict[str, bytes]) -> None:
        entries["passes/depth.npy"] = part.getvalue()

    with pytest.raises(ContractError, match="damaged"):
        frame_from_bytes(_repack(frame_to_bytes(frame()), poison))


def test_a_missing_header_is_told() -> None:
    data = _repack(frame_to_bytes(frame()), lambda entries: entries.pop("frame.json"))
    with pytest.raises(ContractError, match=r"frame\.json is missing"):
        frame_from_bytes(data)


@pytest.mark.parametrize("field", ["width", "camera", "palette", "objects", "lights", "controls"])
def test_a_missing_field_is_named(field: str) -> None:
    data = _edit_header(frame_to_bytes(frame()), lambda header: header.pop(field))
    with pytest.raises(ContractError) as caught:
        frame_from_bytes(data)
    assert caught.value.field == field


def _set(path: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(header: dict[str, Any]) -> None:
        *parents, last = path.split(".")
        target: Any = header
        for name in parents:
            target = target[int(name) if name.isdigit() else name]
        target[last] = value

    return change


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("width", "wide"),
        ("width", INFINITE),
        ("camera", 3),
        ("camera.surprise", 1),
        ("camera.fx", None),
        ("camera.camera_to_world", [[1, 2], [3]]),
        ("palette", []),
        ("palette.classes", [{"id": 1}]),
        ("objects", [{}]),
        ("objects.texts", "Car"),
        ("objects.texts", ["one"]),
        ("objects.texts", [None] * 9),
        ("objects.meshes", []),
        ("objects.meshes", [3]),
        ("lights", {"a": 1}),
        ("lights.0.energy", None),
        ("controls.class_seeds", {"car": 1}),
        ("controls.temperature", "warm"),
        ("lights.0.color", [1, 2, 3, 4]),
        ("camera.fx", NOT_A_NUMBER),
    ],
)
def test_a_header_of_the_wrong_kind_is_told(path: str, value: Any) -> None:
    data = _edit_header(frame_to_bytes(frame()), _set(path, value))
    with pytest.raises(ContractError):
        frame_from_bytes(data)


def _array(values: np.ndarray) -> bytes:
    part = io.BytesIO()
    np.save(part, values, allow_pickle=False)
    return part.getvalue()


def _changed_rows(**changes: Any) -> np.ndarray:
    with np.load(io.BytesIO(frame_to_bytes(frame())), allow_pickle=False) as arrays:
        table = arrays["objects"].copy()
    for name, value in changes.items():
        table[name][0] = value
    return table


@pytest.mark.parametrize(
    "table",
    [
        _changed_rows(name=99),
        _changed_rows(style=-1),
        _changed_rows(mesh=1),
        _changed_rows(mesh=-2),
        _changed_rows(keypoints=2),
        _changed_rows(keypoints=-2),
        _changed_rows(keypoints=2**31 - 1),
        _changed_rows()[:2],
        _changed_rows()[None],
        _changed_rows()["box"],
        np.zeros(3, np.float32),
        _changed_rows(instance_id=-(2**40)),
        _changed_rows(class_id=70_000),
        _changed_rows(matrix_world=NOT_A_NUMBER),
    ],
)
def test_a_table_of_objects_that_does_not_fit_is_told(table: np.ndarray) -> None:
    def put(entries: dict[str, bytes]) -> None:
        entries["objects.npy"] = _array(table)

    with pytest.raises(ContractError) as caught:
        frame_from_bytes(_repack(frame_to_bytes(frame()), put))
    assert caught.value.field.startswith("objects")


@pytest.mark.parametrize(
    "changes",
    [
        {"matrix_world": np.eye(3)},
        {"instance_id": 2**70},
        {"class_id": "car"},
        {"tint": (1.0, 2.0)},
        {"keypoints": np.zeros((2, 2), np.float32)},
        {"name": ["a", "b"]},
    ],
)
def test_objects_that_no_table_can_hold_are_told(changes: dict[str, Any]) -> None:
    bad = replace(frame(), objects=(item(1), item(2, **changes), *frame().objects[2:]))
    with pytest.raises(ContractError, match="objects"):
        frame_to_bytes(bad)


def test_a_frame_without_objects_comes_back() -> None:
    bare = replace(frame(), objects=(), meshes={})
    assert_same(frame_from_bytes(frame_to_bytes(bare)), bare)


def test_a_header_that_is_no_table_is_told() -> None:
    def replace_header(entries: dict[str, bytes]) -> None:
        entries["frame.json"] = b"[1, 2]"

    data = _repack(frame_to_bytes(frame()), replace_header)
    with pytest.raises(ContractError):
        frame_from_bytes(data)
    with pytest.raises(ContractError):
        mesh_keys_of(data)


def test_another_version_is_told_with_the_fix() -> None:
    data = _edit_header(frame_to_bytes(frame()), _set("version", CONTRACT_VERSION + 1))
    with pytest.raises(ContractError, match="same Blockout version"):
        frame_from_bytes(data)


def test_some_passes_are_not_enough() -> None:
    data = _repack(frame_to_bytes(frame()), lambda entries: entries.pop("passes/uv.npy"))
    with pytest.raises(ContractError, match="all passes or none") as caught:
        frame_from_bytes(data)
    assert caught.value.field == "passes.uv"


def test_an_unknown_mesh_array_is_told() -> None:
    def add(entries: dict[str, bytes]) -> None:
        name = next(n for n in entries if n.endswith("faces.npy"))
        entries[name.replace("faces", "colours")] = entries[name]

    with pytest.raises(ContractError, match="unknown mesh array"):
        frame_from_bytes(_repack(frame_to_bytes(frame()), add))


def test_a_mesh_without_faces_array_is_told() -> None:
    def remove(entries: dict[str, bytes]) -> None:
        del entries[next(n for n in entries if n.endswith("faces.npy"))]

    with pytest.raises(ContractError, match="faces"):
        frame_from_bytes(_repack(frame_to_bytes(frame()), remove))


def test_the_scene_hash_knows_the_scene_from_the_controls() -> None:
    base = frame()
    assert base.scene_hash() == frame().scene_hash()
    controls = replace(base.controls, seed=99)
    assert replace(base, controls=controls, number=3).scene_hash() == base.scene_hash()
    for other in (
        replace(base, objects=base.objects[:1]),
        replace(base, lights=()),
        replace(base, width=7),
        replace(base, camera=replace(base.camera, fx=5.5)),
        replace(base, objects=(*base.objects[:2], replace(base.objects[2], keypoints=None))),
        replace(base, objects=(replace(base.objects[0], style="bus"), *base.objects[1:])),
        replace(base, objects=(item(1, appearance_seed=7), *base.objects[1:])),
    ):
        assert other.scene_hash() != base.scene_hash()


def test_writing_leaves_nothing_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "frame.npz"
    write_atomically(path, b"old")

    def full_disk(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("neural_core.contract.storage.os.fsync", full_disk)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_errors_survive_pickling() -> None:
    """They cross process borders in batches."""
    error = pickle.loads(pickle.dumps(ContractError("a.b", "it is odd", "Make it even")))
    assert (error.field, error.problem, error.fix) == ("a.b", "it is odd", "Make it even")
    assert str(error) == "a.b: it is odd. Make it even"


def test_the_contract_does_not_load_torch() -> None:
    code = "import sys, neural_core.contract; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@given(
    seed=st.integers(0, 2**31 - 1),
    seeds=st.dictionaries(st.integers(1, 65535), st.integers(0, 2**31), max_size=4),
    temperature=st.floats(0, 10),
    name=st.text(max_size=20),
    numbers=st.lists(st.floats(-1e6, 1e6), min_size=12, max_size=12),
)
def test_any_numbers_and_names_come_back(
    seed: int, seeds: dict[int, int], temperature: float, name: str, numbers: list[float]
) -> None:
    matrix = np.eye(4)
    matrix[:3, 3] = numbers[:3]
    matrix[:3, :3] += np.diag(np.abs(numbers[3:6]))
    base = frame()
    original: Frame = replace(
        base,
        scene=name,
        objects=(item(1, name=name, matrix_world=matrix, tint=tuple(numbers[6:9])),),
        controls=replace(base.controls, seed=seed, class_seeds=seeds, temperature=temperature),
        meshes={},
    )
    assert_same(frame_from_bytes(frame_to_bytes(original)), original)

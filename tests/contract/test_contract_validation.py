# SPDX-License-Identifier: Apache-2.0
"""Every bad field is found, and named with its problem and its fix."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from contract_samples import box, camera, frame, item, mesh, passes

from neural_core.contract import (
    PALETTES,
    ContractError,
    Controls,
    Light,
    Palette,
    require_visible_classes,
    validate_camera,
    validate_frame,
    validate_mesh,
    validate_passes,
    validate_size,
)

NAN = float("nan")
INF = float("inf")


def _matrix(value: float, row: int = 0, column: int = 3) -> np.ndarray:
    matrix = np.eye(4)
    matrix[row, column] = value
    return matrix


def _expect(field: str, call: Any, *arguments: Any) -> ContractError:
    with pytest.raises(ContractError) as caught:
        call(*arguments)
    error = caught.value
    assert error.field == field or error.field.startswith(field), str(error)
    assert error.problem
    assert error.fix
    assert "\n" not in str(error)
    return error


def test_a_good_frame_passes() -> None:
    validate_frame(frame())
    validate_frame(frame(passes=None, objects=(), lights=(), meshes={}))


@pytest.mark.parametrize(
    ("width", "height"), [(0, 5), (5, 0), (-1, 5), (8193, 1), (1, 8193), (8192, 8192)]
)
def test_sizes(width: int, height: int) -> None:
    _expect("resolution", validate_size, width, height)


def test_the_largest_sizes_pass() -> None:
    validate_size(1, 1)
    validate_size(4096, 4096)
    validate_size(8192, 2048)


CAMERAS: list[tuple[str, dict[str, Any]]] = [
    ("camera.kind", {"kind": "panoramic"}),
    ("camera.camera_to_world", {"camera_to_world": np.eye(3)}),
    ("camera.camera_to_world", {"camera_to_world": np.eye(4, dtype=np.float32)}),
    ("camera.camera_to_world", {"camera_to_world": [[1, 0], [0, 1]]}),
    ("camera.camera_to_world", {"camera_to_world": _matrix(NAN)}),
    ("camera.camera_to_world", {"camera_to_world": _matrix(INF)}),
    ("camera.camera_to_world", {"camera_to_world": np.diag([2.0, 1, 1, 1])}),
    ("camera.camera_to_world", {"camera_to_world": _matrix(0.5, 0, 1)}),
    ("camera.fx", {"fx": 0.0}),
    ("camera.fx", {"fx": NAN}),
    ("camera.fy", {"fy": -1.0}),
    ("camera.fy", {"fy": INF}),
    ("camera.cx", {"cx": NAN}),
    ("camera.cy", {"cy": INF}),
    ("camera.near", {"near": 0.0}),
    ("camera.near", {"near": -1.0}),
    ("camera.near", {"near": 5.0, "far": 5.0}),
    ("camera.near", {"near": NAN}),
    ("camera.near", {"far": NAN}),
]


@pytest.mark.parametrize(("field", "changes"), CAMERAS)
def test_cameras(field: str, changes: dict[str, Any]) -> None:
    _expect(field, validate_camera, camera(**changes))


def test_good_cameras_pass() -> None:
    turn = np.eye(4)
    turn[:3, :3], _ = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))
    validate_camera(camera(camera_to_world=turn))
    validate_camera(camera(cx=-50.0, cy=900.0))
    validate_camera(camera(kind="orthographic", near=-10.0, far=0.0))


OBJECTS: list[tuple[str, dict[str, Any]]] = [
    ("primitive", {"primitive": "torus"}),
    ("instance_id", {"instance_id": 0}),
    ("instance_id", {"instance_id": 2**32}),
    ("class_id", {"class_id": 999}),
    ("matrix_world", {"matrix_world": _matrix(NAN)}),
    ("matrix_world", {"matrix_world": _matrix(-INF)}),
    ("matrix_world", {"matrix_world": np.diag([1.0, 0.0, 1.0, 1.0])}),
    ("matrix_world", {"matrix_world": np.eye(4, dtype=int)}),
    ("box", {"box": box()[::-1].copy()}),
    ("box", {"box": box() * NAN}),
    ("box", {"box": np.zeros((3, 2))}),
    ("box", {"box": box().astype(np.float32)}),
    ("mesh", {"primitive": "mesh", "mesh": None}),
    ("mesh", {"primitive": "mesh", "mesh": "unknown"}),
    ("tint", {"tint": (0.5, NAN, 0.5)}),
]


@pytest.mark.parametrize(("field", "changes"), OBJECTS)
def test_objects(field: str, changes: dict[str, Any]) -> None:
    bad = frame(objects=(item(**{"instance_id": 1, **changes}),), passes=None)
    error = _expect("objects[0]", validate_frame, bad)
    assert error.field.endswith(f".{field}")
    assert "Car" in error.field


def test_negative_scale_is_allowed() -> None:
    validate_frame(frame(objects=(item(matrix_world=np.diag([-1.0, 2.0, 1.0, 1.0])),)))


def test_a_flat_box_is_allowed() -> None:
    validate_frame(frame(objects=(item(box=np.array([[0.0, 0, 0], [1.0, 1.0, 0.0]])),)))


def test_instance_ids_are_unique() -> None:
    twice = (item(4, name="First"), item(4, name="Second"))
    error = _expect("objects[1]", validate_frame, frame(objects=twice))
    assert "'First'" in error.problem


def test_too_many_objects(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neural_core.contract.validation.MAX_OBJECTS", 2)
    _expect("objects", validate_frame, frame())


MESHES: list[tuple[str, dict[str, Any]]] = [
    ("vertices", {"vertices": mesh().vertices.astype(np.float64)}),
    ("vertices", {"vertices": mesh().vertices[:, :2].copy()}),
    ("vertices", {"vertices": mesh().vertices * np.float32(NAN)}),
    ("vertices", {"vertices": None}),
    ("faces", {"faces": mesh().faces.astype(np.int64)}),
    ("faces", {"faces": np.zeros((0, 3), np.int32)}),
    ("faces", {"faces": np.zeros((2, 4), np.int32)}),
    ("faces", {"faces": np.array([[0, 1, 2], [0, 1, 4]], np.int32)}),
    ("faces", {"faces": np.array([[0, 1, 2], [0, 1, -1]], np.int32)}),
    ("corner_uvs", {"corner_uvs": np.zeros((2, 3, 3), np.float32)}),
    ("corner_uvs", {"corner_uvs": np.zeros((1, 3, 2), np.float32)}),
    ("corner_normals", {"corner_normals": np.zeros((2, 3, 3), np.float64)}),
    ("face_class", {"face_class": np.zeros(3, np.uint16)}),
    ("face_class", {"face_class": np.zeros(2, np.int32)}),
]


@pytest.mark.parametrize(("field", "changes"), MESHES)
def test_meshes(field: str, changes: dict[str, Any]) -> None:
    bad = replace(mesh(), **changes)
    _expect(f"m.{field}", validate_mesh, "m", bad)
    _expect(f"meshes[m].{field}", validate_frame, frame(meshes={"m": bad}, objects=()))


def test_too_many_faces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("neural_core.contract.validation.MAX_FACES", 1)
    _expect("m.faces", validate_mesh, "m", mesh())


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("kind", {"kind": "laser"}),
        ("matrix_world", {"matrix_world": _matrix(NAN)}),
        ("energy", {"energy": NAN}),
        ("energy", {"color": (1.0, INF, 1.0)}),
    ],
)
def test_lights(field: str, changes: dict[str, Any]) -> None:
    light = replace(Light("sun", np.eye(4)), **changes)
    _expect(f"lights[0].{field}", validate_frame, frame(lights=(light,)))


@pytest.mark.parametrize(
    "name", ["semantic", "instance", "depth", "normal", "uv", "coverage", "shading"]
)
def test_passes(name: str) -> None:
    good = passes()
    wrong_type = replace(good, **{name: getattr(good, name).astype(np.float64)})
    _expect(f"passes.{name}", validate_passes, wrong_type, 6, 4)
    wrong_size = replace(good, **{name: getattr(good, name)[:-1]})
    _expect(f"passes.{name}", validate_frame, frame(passes=wrong_size))
    wrong_rank = replace(good, **{name: getattr(good, name)[..., None]})
    _expect(f"passes.{name}", validate_passes, wrong_rank, 6, 4)


@pytest.mark.parametrize("temperature", [NAN, INF, -0.1])
def test_temperature(temperature: float) -> None:
    bad = frame(controls=Controls(temperature=temperature))
    _expect("controls.temperature", validate_frame, bad)


def test_versions() -> None:
    _expect("version", validate_frame, frame(version=99))


def test_a_palette_without_classes() -> None:
    _expect("palette.classes", validate_frame, frame(palette=Palette("none", ())))


def test_nothing_visible() -> None:
    error = _expect("objects", require_visible_classes, frame(objects=(), passes=None))
    assert "nothing" in error.problem


def test_nothing_has_a_class() -> None:
    bare = frame(objects=(item(class_id=0),), passes=None, meshes={})
    error = _expect("objects", require_visible_classes, bare)
    assert "Guess" in error.fix


def test_one_class_is_enough() -> None:
    require_visible_classes(frame(objects=(item(1, class_id=0), item(2)), passes=None))
    require_visible_classes(frame(objects=(item(class_id=0),), passes=None))  # by its faces
    require_visible_classes(frame(objects=(), passes=passes()))


def test_classes_must_be_of_the_palette() -> None:
    room = frame(palette=PALETTES["room"], objects=(item(class_id=26),))
    error = _expect("objects[0]", validate_frame, room)
    assert "'room'" in error.problem

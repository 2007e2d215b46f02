# SPDX-License-Identifier: Apache-2.0
"""Checks of a Frame. Each failure names the field, the problem and the fix."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from .controls import Reference, validate_controls
from .errors import ContractError
from .frame import (
    CAMERA_KINDS,
    CONTRACT_VERSION,
    LIGHT_KINDS,
    PASS_LAYOUT,
    PRIMITIVES,
    Camera,
    Frame,
    Light,
    Mesh,
    Passes,
    SceneObject,
)

MAX_SIZE = 8192
MAX_PIXELS = 4096 * 4096
MAX_OBJECTS = 100_000
MAX_FACES = 20_000_000


def validate_frame(frame: Frame) -> None:
    """Raise ContractError for the first thing in the Frame that the core cannot work with."""
    if frame.version != CONTRACT_VERSION:
        raise ContractError(
            "version",
            f"the frame has contract version {frame.version}, this side has {CONTRACT_VERSION}",
            "Install the extension and the backend of the same Blockout version",
        )
    validate_size(frame.width, frame.height)
    validate_camera(frame.camera)
    frame.palette.validate()
    if not frame.palette.classes:
        raise ContractError(
            "palette.classes", "there are no classes at all", "Choose a palette, e.g. street"
        )
    for key, mesh in frame.meshes.items():
        validate_mesh(f"meshes[{key}]", mesh)
    _validate_objects(frame)
    for index, light in enumerate(frame.lights):
        validate_light(f"lights[{index}]", light)
    if frame.passes is not None:
        validate_passes(frame.passes, frame.width, frame.height)
    for name, reference in frame.references.items():
        validate_reference(f"references[{name}]", reference)
    validate_controls(frame.controls, {*frame.controls.styles, *frame.references})


def validate_reference(field: str, reference: Reference) -> None:
    """Raise ContractError unless it is an RGB picture with labels, if any, of its size."""
    image, semantic = reference.image, reference.semantic
    if image.ndim != 3 or image.shape[2] != 3 or not np.issubdtype(image.dtype, np.floating):
        raise ContractError(
            field, f"its image is {image.dtype} of {image.shape}", "Give H x W x 3 floats in 0..1"
        )
    validate_size(image.shape[1], image.shape[0])
    if not np.isfinite(image).all():
        raise ContractError(field, "its image holds NaN or infinity", "Give floats in 0..1")
    if semantic is not None and semantic.shape != image.shape[:2]:
        raise ContractError(
            field,
            f"its labels are of {semantic.shape}, its image of {image.shape[:2]}",
            "Give labels of the picture's size",
        )


def require_visible_classes(frame: Frame) -> None:
    """Raise ContractError when the frame shows nothing that has a class."""
    if not frame.objects and frame.passes is None:
        raise ContractError(
            "objects",
            "nothing in the scene is visible to the render",
            "Enable at least one mesh object for rendering in this view layer",
        )
    face_classes = any(
        mesh.face_class is not None and bool(mesh.face_class.any())
        for mesh in frame.meshes.values()
    )
    if frame.passes is None and not face_classes and all(o.class_id == 0 for o in frame.objects):
        raise ContractError(
            "objects",
            f"none of the {len(frame.objects)} visible objects has a class",
            "Press 'Guess Classes' in the Blockout panel, or set a class on objects or collections",
        )


def validate_size(width: int, height: int) -> None:
    """Raise ContractError unless 1 <= width, height and the area can be handled."""
    if width < 1 or height < 1:
        raise ContractError(
            "resolution", f"{width} x {height} has no pixels", "Set a resolution of at least 1 x 1"
        )
    if max(width, height) > MAX_SIZE or width * height > MAX_PIXELS:
        raise ContractError(
            "resolution",
            f"{width} x {height} is too large",
            f"At most {MAX_SIZE} a side and {MAX_PIXELS:,} pixels: lower the resolution or its "
            "percentage",
        )


def validate_camera(camera: Camera) -> None:
    """Raise ContractError for a non-finite, scaled or impossible camera."""
    if camera.kind not in CAMERA_KINDS:
        raise ContractError(
            "camera.kind",
            f"'{camera.kind}' is not supported",
            "Use a perspective or an orthographic camera",
        )
    _matrix("camera.camera_to_world", camera.camera_to_world)
    rotation = np.asarray(camera.camera_to_world)[:3, :3]
    if not np.allclose(rotation.T @ rotation, np.eye(3), atol=1e-3):
        raise ContractError(
            "camera.camera_to_world", "it is scaled or sheared", "Apply the camera's scale"
        )
    for name in ("fx", "fy"):
        value = getattr(camera, name)
        if not np.isfinite(value) or value <= 0:
            raise ContractError(f"camera.{name}", f"{value}", "Use a positive focal length")
    for name in ("cx", "cy"):
        if not np.isfinite(getattr(camera, name)):
            raise ContractError(f"camera.{name}", "it is not finite", "Check the camera's shift")
    if not (np.isfinite(camera.near) and camera.near < camera.far) or (
        camera.kind == "perspective" and camera.near <= 0
    ):
        raise ContractError(
            "camera.near",
            f"clip start {camera.near} and end {camera.far} do not make a range",
            "Set 0 < clip start < clip end",
        )


def validate_mesh(path: str, mesh: Mesh) -> None:
    """Raise ContractError for wrong shapes, non-finite vertices or indices out of range."""
    _array(f"{path}.vertices", mesh.vertices, (None, 3), np.float32)
    _array(f"{path}.faces", mesh.faces, (None, 3), np.int32)
    count = len(mesh.faces)
    if count == 0:
        raise ContractError(f"{path}.faces", "the mesh has no faces", "Leave such objects out")
    if count > MAX_FACES:
        raise ContractError(
            f"{path}.faces", f"{count:,} faces", f"At most {MAX_FACES:,}: decimate the mesh"
        )
    if not np.isfinite(mesh.vertices).all():
        raise ContractError(f"{path}.vertices", "some are not finite", "Repair the mesh")
    if mesh.faces.min() < 0 or mesh.faces.max() >= len(mesh.vertices):
        raise ContractError(f"{path}.faces", "an index is out of range", "Repair the mesh")
    for name, channels in (("corner_uvs", 2), ("corner_normals", 3)):
        array = getattr(mesh, name)
        if array is not None:
            _array(f"{path}.{name}", array, (count, 3, channels), np.float32)
    if mesh.face_class is not None:
        _array(f"{path}.face_class", mesh.face_class, (count,), np.uint16)


def validate_light(path: str, light: Light) -> None:
    """Raise ContractError for an unknown kind or non-finite values."""
    if light.kind not in LIGHT_KINDS:
        raise ContractError(f"{path}.kind", f"'{light.kind}' is unknown", f"Use {LIGHT_KINDS}")
    _matrix(f"{path}.matrix_world", light.matrix_world)
    if not np.isfinite([light.energy, *light.color]).all():
        raise ContractError(f"{path}.energy", "it is not finite", "Check the light's strength")


def validate_passes(passes: Passes, width: int, height: int) -> None:
    """Raise ContractError unless every pass has the size and type of the contract."""
    for name, (dtype, channels) in PASS_LAYOUT.items():
        shape = (height, width) if channels == 0 else (height, width, channels)
        _array(f"passes.{name}", getattr(passes, name), shape, dtype)


def _validate_objects(frame: Frame) -> None:
    if len(frame.objects) > MAX_OBJECTS:
        raise ContractError(
            "objects", f"{len(frame.objects):,} objects", f"At most {MAX_OBJECTS:,}: hide some"
        )
    if frame.objects:
        _validate_ids(frame)
        _validate_places(frame.objects)
        _validate_looks(frame)


def _validate_ids(frame: Frame) -> None:
    known = {c.id for c in frame.palette.classes} | {0}
    seen: dict[int, str] = {}
    for index, item in enumerate(frame.objects):
        if not 1 <= item.instance_id < 2**32:
            raise _bad_object(
                index, item, "instance_id", f"{item.instance_id}", "Count instance ids from 1 on"
            )
        if item.instance_id in seen:
            raise _bad_object(
                index,
                item,
                "instance_id",
                f"{item.instance_id} belongs to '{seen[item.instance_id]}' already",
                "Give every object its own instance id",
            )
        if item.class_id not in known:
            raise _bad_object(
                index,
                item,
                "class_id",
                f"{item.class_id} is not in the palette '{frame.palette.name}'",
                f"Use one of {sorted(known)}",
            )
        seen[item.instance_id] = item.name


def _validate_places(objects: tuple[SceneObject, ...]) -> None:
    """Matrices and boxes, all at once: one by one they would take most of the time."""
    matrices = _stacked(objects, "matrix_world", (4, 4))
    if not np.isfinite(matrices).all():
        index = _first(~np.isfinite(matrices).all(axis=(1, 2)))
        _matrix(f"{_path(index, objects[index])}.matrix_world", matrices[index])
    scales = np.linalg.norm(matrices[:, :3, :3], axis=1)
    if not (scales > 0).all():
        index = _first(~(scales > 0).all(axis=1))
        raise _bad_object(
            index,
            objects[index],
            "matrix_world",
            "its scale is zero on one axis",
            "Give the object a scale other than 0, or hide it from the render",
        )
    boxes = _stacked(objects, "box", (2, 3))
    good = np.isfinite(boxes).all(axis=(1, 2)) & (boxes[:, 0] <= boxes[:, 1]).all(axis=1)
    if not good.all():
        index = _first(~good)
        raise _bad_object(
            index, objects[index], "box", "minimum lies above maximum", "Swap the corners"
        )


def _validate_looks(frame: Frame) -> None:
    for index, item in enumerate(frame.objects):
        if item.primitive not in PRIMITIVES:
            raise _bad_object(
                index, item, "primitive", f"'{item.primitive}' is unknown", f"Use {PRIMITIVES}"
            )
        if item.mesh is None and item.primitive == "mesh":
            raise _bad_object(index, item, "mesh", "there is none", "Name a mesh, or use a cuboid")
        if item.mesh is not None and frame.passes is None and item.mesh not in frame.meshes:
            raise _bad_object(
                index, item, "mesh", f"'{item.mesh}' was not sent", "Send the mesh first"
            )
        if item.tint is not None and not all(map(math.isfinite, item.tint)):
            raise _bad_object(index, item, "tint", f"{item.tint}", "Use three finite numbers")


def _stacked(objects: tuple[SceneObject, ...], name: str, shape: tuple[int, int]) -> NDArray:
    """One array of all objects' ``name``, each checked to be float64 of this shape."""
    arrays = [getattr(item, name) for item in objects]
    wanted = np.dtype(np.float64)
    for index, array in enumerate(arrays):
        if type(array) is not np.ndarray or array.dtype != wanted or array.shape != shape:
            _array(f"{_path(index, objects[index])}.{name}", array, shape, np.float64)
    return np.array(arrays)


def _first(bad: NDArray[np.bool_]) -> int:
    return int(np.argmax(bad))


def _path(index: int, item: SceneObject) -> str:
    return f"objects[{index}] '{item.name}'"


def _bad_object(index: int, item: SceneObject, field: str, problem: str, fix: str) -> ContractError:
    return ContractError(f"{_path(index, item)}.{field}", problem, fix)


def _matrix(path: str, matrix: NDArray) -> None:
    _array(path, matrix, (4, 4), np.float64)
    if not np.isfinite(matrix).all():
        raise ContractError(
            path,
            "it holds NaN or infinity",
            "Reset the transform (Object > Clear), or check drivers and constraints",
        )


def _array(path: str, array: NDArray, shape: tuple[int | None, ...], dtype: type) -> None:
    if not isinstance(array, np.ndarray) or array.dtype != np.dtype(dtype):
        found = getattr(array, "dtype", type(array).__name__)
        raise ContractError(path, f"it is {found}", f"It must be an array of {np.dtype(dtype)}")
    wrong = array.ndim != len(shape) or any(
        want is not None and have != want for have, want in zip(array.shape, shape, strict=True)
    )
    if wrong:
        raise ContractError(path, f"its shape is {array.shape}", f"It must be {shape}")

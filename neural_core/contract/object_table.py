# SPDX-License-Identifier: Apache-2.0
"""The layout as one table: a row of numbers per object, and the few texts beside it.

A scene has many objects and most of what is said of them is numbers: as text they would take most
of the time that a frame is on its way.
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import ContractError
from .frame import SceneObject

ROW = np.dtype(
    [
        ("name", "<i4"),
        ("class_id", "<i8"),
        ("instance_id", "<i8"),
        ("primitive", "<i4"),
        ("matrix_world", "<f8", (4, 4)),
        ("box", "<f8", (2, 3)),
        ("mesh", "<i4"),
        ("appearance_seed", "<i8"),
        ("has_tint", "?"),
        ("tint", "<f8", (3,)),
        ("style", "<i4"),
        ("keypoints", "<i4"),
        ("holdout", "?"),
    ]
)
"""name, primitive, style: positions in the list of texts; mesh: in the list of mesh keys, -1 =
none; keypoints: how many rows of the keypoints' table are this object's, -1 = it has none."""

_NUMBERS = ("class_id", "instance_id", "matrix_world", "box", "appearance_seed", "holdout")
_TEXTS = ("name", "primitive", "style")
_LISTS = (*_TEXTS, "class_id", "instance_id", "mesh", "appearance_seed", "tint", "holdout")


def pack_objects(
    objects: tuple[SceneObject, ...],
) -> tuple[dict[str, list[str]], dict[str, NDArray[Any]]]:
    """Texts for the header, and the arrays beside it.

    Raises:
        ContractError: a value does not fit, e.g. a matrix is not 4 x 4.
    """
    texts: dict[str, int] = {}
    meshes: dict[str, int] = {}
    table = np.zeros(len(objects), ROW)
    if not objects:
        return {"texts": [], "meshes": []}, {"objects": table}
    try:
        for name in _NUMBERS:
            table[name] = np.array([getattr(item, name) for item in objects])
        for name in _TEXTS:
            table[name] = [texts.setdefault(getattr(o, name), len(texts)) for o in objects]
        table["mesh"] = [
            -1 if o.mesh is None else meshes.setdefault(o.mesh, len(meshes)) for o in objects
        ]
        table["has_tint"] = [item.tint is not None for item in objects]
        table["tint"] = [o.tint if o.tint is not None else (0.0, 0.0, 0.0) for o in objects]
        table["keypoints"] = [-1 if o.keypoints is None else len(o.keypoints) for o in objects]
        points = [item.keypoints for item in objects if item.keypoints is not None]
        arrays: dict[str, NDArray[Any]] = {"objects": table}
        if points:
            arrays["keypoints"] = np.concatenate(points).astype(np.float32, copy=False)
    except (TypeError, ValueError, OverflowError) as error:
        raise ContractError("objects", str(error), "Use the types of SceneObject") from error
    return {"texts": list(texts), "meshes": list(meshes)}, arrays


def unpack_objects(
    header: dict[str, Any], arrays: dict[str, NDArray[Any]]
) -> tuple[SceneObject, ...]:
    """The objects that `pack_objects` packed.

    Raises:
        ContractError: table or texts are damaged. KeyError, TypeError: a text is missing or none.
    """
    texts, meshes = _texts(header, "texts"), _texts(header, "meshes")
    table = arrays.get("objects")
    if table is None or table.dtype != ROW or table.ndim != 1:
        raise _damaged("the table is missing or of another form")
    for name in _TEXTS:
        _require_below(table[name], 0, len(texts), name)
    _require_below(table["mesh"], -1, len(meshes), "mesh")
    columns: dict[str, Any] = {name: table[name].tolist() for name in _LISTS}
    columns["matrix_world"] = np.ascontiguousarray(table["matrix_world"])
    columns["box"] = np.ascontiguousarray(table["box"])
    columns["keypoints"] = _keypoints(table["keypoints"], arrays.get("keypoints"))
    for name in _TEXTS:
        columns[name] = [texts[index] for index in columns[name]]
    columns["mesh"] = [None if index < 0 else meshes[index] for index in columns["mesh"]]
    tints = zip(columns["tint"], table["has_tint"].tolist(), strict=True)
    columns["tint"] = [tuple(tint) if there else None for tint, there in tints]
    names = [entry.name for entry in fields(SceneObject)]
    return tuple(map(SceneObject, *(columns[name] for name in names)))


def mesh_keys(header: dict[str, Any]) -> set[str]:
    """Keys of the meshes that the objects of a header refer to."""
    return set(_texts(header, "meshes"))


def _texts(header: dict[str, Any], name: str) -> list[str]:
    objects = header["objects"]
    if not isinstance(objects, dict):
        raise ContractError(
            "objects",
            "they are written as an earlier Blockout did",
            "Install the extension and the backend of the same Blockout version",
        )
    found = objects[name]
    if not isinstance(found, list) or not all(isinstance(text, str) for text in found):
        raise _damaged(f"'{name}' is not a list of texts")
    return found


def _keypoints(
    counts: NDArray[np.int32], points: NDArray[Any] | None
) -> list[NDArray[np.float32] | None]:
    """Each object's share of the keypoints' table."""
    wanted = int(counts[counts > 0].sum(dtype=np.int64))
    have = np.zeros((0, 3), np.float32) if points is None else points
    if have.shape != (wanted, 3) or have.dtype != np.float32 or (counts < -1).any():
        raise _damaged("the keypoints do not fit the table")
    found: list[NDArray[np.float32] | None] = []
    start = 0
    for count in counts.tolist():
        found.append(None if count < 0 else have[start : start + count])
        start += max(count, 0)
    return found


def _require_below(column: NDArray[np.int32], low: int, count: int, name: str) -> None:
    if len(column) and not low <= column.min() <= column.max() < count:
        raise _damaged(f"'{name}' points at a text that is not there")


def _damaged(problem: str) -> ContractError:
    return ContractError("objects", problem, "Write frames with save_frame")

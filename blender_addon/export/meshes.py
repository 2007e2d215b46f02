# SPDX-License-Identifier: GPL-3.0-or-later
"""Evaluated meshes -> the contract's Mesh. Meshes that several instances share are read once.

The evaluated data's address tells meshes apart while the depsgraph stands still; the object's does
not, since Blender hands out all instances in one temporary object.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import bpy
import numpy as np
from numpy.typing import NDArray

from ..contract import VOID, ContractError, Mesh
from .classes import ClassRule, Found


@dataclass(frozen=True)
class Shape:
    """What an object shows: its mesh, the mesh's key and box, and the class of the whole.

    ``box`` is (2, 3) float64 in local space; ``class_id`` is None while only a guess can tell.
    """

    mesh: Mesh
    key: str
    box: NDArray[np.float64]
    class_id: int | None


@dataclass(frozen=True)
class _Raw:
    """A mesh as read, with the material index of every face and the mesh's own materials."""

    mesh: Mesh
    box: NDArray[np.float64]
    face_material: NDArray[np.int32]
    materials: tuple[bpy.types.Material | None, ...]


class MeshReader:
    """Reads the meshes of one frame; keep it no longer than the depsgraph is unchanged."""

    def __init__(self, rule: ClassRule) -> None:
        self._rule = rule
        self._raw: dict[int, _Raw | None] = {}
        self._shapes: dict[tuple[object, ...], Shape] = {}

    def read(self, obj: bpy.types.Object, found: Found | None) -> Shape | None:
        """The shape of an evaluated object, or None when it has no faces.

        Args:
            obj: evaluated object whose data is a mesh.
            found: the class from settings or collections; None lets the materials tell.

        Raises:
            ContractError: vertices are NaN or infinite.
        """
        key = obj.data.as_pointer()
        if key not in self._raw:
            self._raw[key] = _read(obj)
        raw = self._raw[key]
        if raw is None:
            return None
        by_slot: tuple[int | None, ...] = ()
        if found is None:
            by_slot = tuple(self._rule.of_material(m) for m in _materials(obj, raw))
        shape_key = (key, *by_slot)
        if shape_key not in self._shapes:
            mesh, class_id = _with_classes(raw, by_slot)
            self._shapes[shape_key] = Shape(mesh, mesh.key(), raw.box, class_id)
        shape = self._shapes[shape_key]
        if found is None or found.class_id == shape.class_id:
            return shape
        return Shape(shape.mesh, shape.key, shape.box, found.class_id)


def _read(obj: bpy.types.Object) -> _Raw | None:
    # to_mesh() rather than data: it applies a subdivision that the viewport left to the GPU.
    mesh = obj.to_mesh()
    try:
        return _raw(obj, mesh) if mesh is not None and len(mesh.polygons) else None
    finally:
        obj.to_mesh_clear()


def _raw(obj: bpy.types.Object, mesh: bpy.types.Mesh) -> _Raw:
    corners, polygons = _triangles(mesh)
    # As attributes these come in one piece; loops and vertices one by one, a hundred times slower.
    attributes = mesh.attributes
    vertex_of = read_array(attributes[".corner_vert"].data, "value", np.int32, len(mesh.loops))
    faces = vertex_of[corners].reshape(-1, 3)
    vertices = read_array(attributes["position"].data, "vector", np.float32, len(mesh.vertices) * 3)
    vertices = vertices.reshape(-1, 3)
    used = vertices[faces.ravel()]
    if not np.isfinite(used).all():
        raise ContractError(
            f"objects['{obj.name}'].mesh",
            "some vertices are NaN or infinite",
            "Repair the mesh, or check its modifiers and shape keys",
        )
    return _Raw(
        Mesh(vertices, faces, _uvs(mesh, corners), _normals(mesh, corners)),
        np.stack([used.min(axis=0), used.max(axis=0)]).astype(np.float64),
        _material_indices(mesh)[polygons],
        tuple(mesh.materials),
    )


def _triangles(mesh: bpy.types.Mesh) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Corners (3 F,) and polygons (F,) of the triangles."""
    mesh.calc_loop_triangles()
    count = len(mesh.loop_triangles)
    if count == len(mesh.polygons):  # nothing but triangles
        return np.arange(count * 3, dtype=np.int32), np.arange(count, dtype=np.int32)
    return (
        read_array(mesh.loop_triangles, "loops", np.int32, count * 3),
        read_array(mesh.loop_triangles, "polygon_index", np.int32, count),
    )


def _material_indices(mesh: bpy.types.Mesh) -> NDArray[np.int32]:
    """Of the polygons; the attribute is there only when one differs from 0."""
    attribute = mesh.attributes.get("material_index")
    if attribute is None:
        return np.zeros(len(mesh.polygons), np.int32)
    return read_array(attribute.data, "value", np.int32, len(mesh.polygons))


def _uvs(mesh: bpy.types.Mesh, corners: NDArray[np.int32]) -> NDArray[np.float32] | None:
    layer = next((x for x in mesh.uv_layers if x.active_render), None)
    if layer is None:
        return None
    values = read_array(layer.uv, "vector", np.float32, len(mesh.loops) * 2).reshape(-1, 2)
    return values[corners].reshape(-1, 3, 2)


def _normals(mesh: bpy.types.Mesh, corners: NDArray[np.int32]) -> NDArray[np.float32] | None:
    if mesh.normals_domain == "FACE":
        return None  # flat all over: the contract's default
    values = read_array(mesh.corner_normals, "vector", np.float32, len(mesh.loops) * 3).reshape(
        -1, 3
    )
    return values[corners].reshape(-1, 3, 3)


def read_array(items: bpy.types.bpy_prop_collection, name: str, dtype: type, size: int) -> NDArray:
    """One property of all items, (size,) numbers in a row."""
    values = np.empty(size, dtype)
    items.foreach_get(name, values)
    return values


def _materials(obj: bpy.types.Object, raw: _Raw) -> list[bpy.types.Material | None]:
    """Material of every slot; a slot may belong to the object instead of the mesh."""
    slots = obj.material_slots
    found: list[bpy.types.Material | None] = []
    for index in range(max(len(slots), len(raw.materials))):
        if index < len(slots) and slots[index].link == "OBJECT":
            found.append(slots[index].material)
        else:
            found.append(raw.materials[index] if index < len(raw.materials) else None)
    return found


def _with_classes(raw: _Raw, by_slot: tuple[int | None, ...]) -> tuple[Mesh, int | None]:
    """The mesh with the classes of its materials, and the class of the whole (None: unknown)."""
    if all(class_id is None for class_id in by_slot):
        return raw.mesh, None
    # As in Blender's renderers, an index past the last slot means the last slot.
    slot = np.clip(raw.face_material, 0, len(by_slot) - 1)
    known = np.array([class_id is not None for class_id in by_slot])[slot]
    classes = np.array([class_id or VOID for class_id in by_slot], np.uint16)[slot]
    if not known.any():
        return raw.mesh, None
    if known.all():
        if (classes == classes[0]).all():
            return raw.mesh, int(classes[0])
        return replace(raw.mesh, face_class=classes), _largest(raw.mesh, classes)
    # Faces without a class of their own take the object's, which the name may tell.
    return replace(raw.mesh, face_class=classes), None


def _largest(mesh: Mesh, classes: NDArray[np.uint16]) -> int:
    """The class with the largest area."""
    a, b, c = (mesh.vertices[mesh.faces[:, i]] for i in range(3))
    areas = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    return int(np.argmax(np.bincount(classes, weights=areas)))

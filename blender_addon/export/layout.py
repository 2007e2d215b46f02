# SPDX-License-Identifier: GPL-3.0-or-later
"""What is where: the depsgraph's instances -> objects, meshes and lights of a Frame."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

import bpy
import numpy as np
from numpy.typing import NDArray

from ..contract import VOID, Light, Mesh, Palette, SceneObject
from .classes import ClassRule, Found
from .keypoints import figure_object, keypoints_of
from .lights import light_of, world_light
from .meshes import MeshReader, Shape

NO_INDEX = 2**31 - 1  # Blender's filler in persistent_id
# Blender lists the mesh of such an object a second time, as an instance of type MESH of itself.
MESH_MAKERS = frozenset({"CURVE", "SURFACE", "FONT", "META"})


@dataclass
class Layout:
    """Objects, meshes and lights of one frame.

    ``faceless`` names mesh-like objects left out because they have no faces; ``sources`` says per
    object's name where its class came from (object, collection, material, name, or none), and
    ``owners`` which original objects it is made of: itself first, then what instances it.
    """

    objects: list[SceneObject] = field(default_factory=list)
    meshes: dict[str, Mesh] = field(default_factory=dict)
    lights: list[Light] = field(default_factory=list)
    faceless: list[str] = field(default_factory=list)
    sources: dict[str, str] = field(default_factory=dict)
    owners: dict[str, tuple[bpy.types.Object, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class _Entry:
    """One visible thing, copied out of the depsgraph's iterator."""

    rank: int | None
    order: tuple[str, str, tuple[int, ...]]
    name: str
    shape: Shape
    matrix_world: NDArray[np.float64]
    class_id: int
    source: str
    owners: tuple[bpy.types.Object, ...]
    appearance_seed: int
    tint: tuple[float, float, float] | None
    holdout: bool


def collect(
    depsgraph: bpy.types.Depsgraph,
    scene: bpy.types.Scene,
    view_layer: bpy.types.ViewLayer,
    palette: Palette,
) -> Layout:
    """Everything the render of this view layer shows.

    Raises:
        ContractError: a mesh holds NaN or infinity.
    """
    layout = Layout()
    rule = ClassRule(scene, palette)
    reader = MeshReader(rule)
    ranks = {name: rank for rank, name in enumerate(sorted(o.name_full for o in scene.objects), 1)}
    entries: list[_Entry] = []
    makers: list[str] = []
    figures: list[SceneObject] = []
    for instance in visible_instances(depsgraph, view_layer):
        obj = instance.object
        if obj.type == "LIGHT":
            light = light_of(obj, instance.matrix_world)
            if light is not None:
                layout.lights.append(light)
        elif obj.type == "MESH":
            entry = _entry(instance, rule, reader, ranks, view_layer)
            if entry is None:
                layout.faceless.append(obj.name)
            elif not (instance.is_instance and _is_flat(entry.matrix_world)):
                entries.append(entry)
        elif obj.type in MESH_MAKERS:
            makers.append(obj.name)
        elif obj.type == "ARMATURE" and not instance.is_instance:
            points = keypoints_of(obj)
            if points is not None:
                seed = _seed(obj, obj, obj.name)
                figures.append(figure_object(obj, points, ranks[obj.name_full], seed))
                layout.sources[obj.name], layout.owners[obj.name] = "keypoints", (obj.original,)
    world = world_light(depsgraph.scene_eval)
    if world is not None:
        layout.lights.append(world)
    _number(entries, len(ranks), layout)
    if figures:
        layout.objects = sorted([*layout.objects, *figures], key=lambda o: o.instance_id)
    layout.faceless.extend(name for name in makers if name not in layout.sources)
    return layout


def visible_instances(
    depsgraph: bpy.types.Depsgraph, view_layer: bpy.types.ViewLayer
) -> Iterator[bpy.types.DepsgraphObjectInstance]:
    """Instances that the camera of a render sees. Each is valid until the next one is asked for."""
    hidden = _hidden_in_renders(view_layer) if depsgraph.mode == "VIEWPORT" else frozenset()
    for instance in depsgraph.object_instances:
        obj = instance.object
        root = instance.parent if instance.is_instance else obj
        if not instance.show_self or obj.hide_render or root.hide_render:
            continue
        if root.original.as_pointer() in hidden:
            continue
        if obj.type != "LIGHT" and not _seen_by_camera(obj, root, view_layer):
            continue
        yield instance


def _seen_by_camera(
    obj: bpy.types.Object, root: bpy.types.Object, view_layer: bpy.types.ViewLayer
) -> bool:
    if not (obj.visible_camera and root.visible_camera):
        return False
    return not root.original.indirect_only_get(view_layer=view_layer)


def _hidden_in_renders(view_layer: bpy.types.ViewLayer) -> frozenset[int]:
    """Objects that no collection of the view layer shows in renders.

    A depsgraph made for the viewport knows nothing of the collections' camera icon.
    """
    shown: set[int] = set()

    def walk(layer: bpy.types.LayerCollection) -> None:
        if layer.exclude or layer.collection.hide_render:
            return
        shown.update(item.as_pointer() for item in layer.collection.objects)
        for child in layer.children:
            walk(child)

    walk(view_layer.layer_collection)
    return frozenset(
        pointer for pointer in (o.as_pointer() for o in view_layer.objects) if pointer not in shown
    )


@dataclass(frozen=True)
class Origin:
    """Whose settings and names speak for a thing.

    What an empty instances is a part of it, so the empty's settings count. A mesh that scatters
    things over itself is another thing than they are, so its class is their last resort.
    """

    name: str
    owners: tuple[bpy.types.Object, ...]
    told_by: tuple[bpy.types.Object, ...]
    names: tuple[str, ...]
    last_resort: bpy.types.Object | None
    is_copy: bool
    order: tuple[str, str, tuple[int, ...]]


def _entry(
    instance: bpy.types.DepsgraphObjectInstance,
    rule: ClassRule,
    reader: MeshReader,
    ranks: dict[str, int],
    view_layer: bpy.types.ViewLayer,
) -> _Entry | None:
    obj = instance.object
    root = instance.parent if instance.is_instance else obj
    origin = origin_of(instance)
    found = rule.set_on(origin.told_by)
    shape = reader.read(obj, found)
    if shape is None:
        return None
    class_id, source = _class(shape, found, rule, origin)
    return _Entry(
        rank=None if origin.is_copy else ranks.get(obj.name_full),
        order=origin.order,
        name=origin.name,
        shape=shape,
        matrix_world=np.array(instance.matrix_world, np.float64),
        class_id=class_id,
        source=source,
        owners=origin.owners,
        appearance_seed=_seed(obj, root, origin.name),
        tint=_tint(obj, root),
        holdout=_is_holdout(obj, root, view_layer),
    )


def origin_of(instance: bpy.types.DepsgraphObjectInstance) -> Origin:
    """Name, order and witnesses of an instance; valid as long as the depsgraph."""
    obj = instance.object
    own = obj.original
    if not _is_copy(instance):
        order = (obj.name_full, "", ())
        return Origin(obj.name, (own,), (own,), (obj.name,), None, False, order)
    root = instance.parent.original
    index = tuple(i for i in instance.persistent_id if i != NO_INDEX)
    # A mesh that geometry nodes instance comes without object: its own name is all it has.
    is_bare = own == root
    label = obj.data.name if is_bare else obj.name
    name = f"{root.name} > {label} [{'.'.join(map(str, index))}]"
    order = (root.name_full, label, index)
    if is_bare:
        return Origin(name, (root,), (), (label,), root, True, order)
    if root.type == "EMPTY":
        both = (own, root)
        return Origin(name, both, both, (own.name, root.name), None, True, order)
    return Origin(name, (own, root), (own,), (own.name,), root, True, order)


def _class(shape: Shape, found: Found | None, rule: ClassRule, origin: Origin) -> tuple[int, str]:
    if found is not None:
        return found.class_id, found.source
    if shape.class_id is not None:
        return shape.class_id, "material"
    guess = rule.guess(origin.names)
    if guess is None and origin.last_resort is not None:
        guess = rule.set_on([origin.last_resort]) or rule.guess([origin.last_resort.name])
    if guess is not None:
        return guess.class_id, guess.source
    return VOID, "none" if shape.mesh.face_class is None else "material"


def _is_copy(instance: bpy.types.DepsgraphObjectInstance) -> bool:
    """Whether this is an instance made by something, and not just the mesh of a curve or text."""
    if not instance.is_instance:
        return False
    parent = instance.parent
    if parent.type not in MESH_MAKERS or parent.original != instance.object.original:
        return True
    return instance.matrix_world != parent.matrix_world


def _seed(obj: bpy.types.Object, root: bpy.types.Object, name: str) -> int:
    """The wish of the thing, else of what instances it, else stable by name; never 0."""
    wish = obj.blockout.appearance_seed or root.blockout.appearance_seed
    return wish or (zlib.crc32(name.encode()) & 0x7FFFFFFF) or 1


def _tint(obj: bpy.types.Object, root: bpy.types.Object) -> tuple[float, float, float] | None:
    for owner in (obj, root):
        color = tuple(float(channel) for channel in owner.color[:3])
        if owner.blockout.use_tint and color != (1.0, 1.0, 1.0):
            return color
    return None


def _is_holdout(
    obj: bpy.types.Object, root: bpy.types.Object, view_layer: bpy.types.ViewLayer
) -> bool:
    return bool(obj.is_holdout or root.original.holdout_get(view_layer=view_layer))


def _is_flat(matrix: NDArray[np.float64]) -> bool:
    """Whether an axis has no length: the usual way to hide single instances."""
    return bool((np.linalg.norm(matrix[:3, :3], axis=0) == 0).any())


def _number(entries: list[_Entry], count: int, layout: Layout) -> None:
    """Give instance ids and fill the layout, in the order of the ids.

    An object's id is the rank of its name among all objects of the scene, hidden ones too, so
    that hiding one renumbers nothing; instances follow, by instancer, name and persistent id.
    """
    used: set[int] = set()
    numbered: list[tuple[int, _Entry]] = []
    following = count
    for entry in sorted(entries, key=lambda e: e.order):
        instance_id = entry.rank
        if instance_id is None or instance_id in used:
            following += 1
            instance_id = following
        used.add(instance_id)
        numbered.append((instance_id, entry))
    for instance_id, entry in sorted(numbered, key=lambda pair: pair[0]):
        layout.meshes[entry.shape.key] = entry.shape.mesh
        layout.sources[entry.name] = entry.source
        layout.owners[entry.name] = entry.owners
        layout.objects.append(_scene_object(entry, instance_id))


def _scene_object(entry: _Entry, instance_id: int) -> SceneObject:
    return SceneObject(
        name=entry.name,
        class_id=entry.class_id,
        instance_id=instance_id,
        primitive="mesh",
        matrix_world=entry.matrix_world,
        box=entry.shape.box,
        mesh=entry.shape.key,
        appearance_seed=entry.appearance_seed,
        tint=entry.tint,
        holdout=entry.holdout,
    )

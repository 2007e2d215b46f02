# SPDX-License-Identifier: GPL-3.0-or-later
"""Textures of objects -> packed images and materials on real meshes.

A texture goes around the box of its object. The mesh gets a UV map for it, and the slots of the
object a material of the object's own: neither the mesh's materials nor its other UV maps change,
and objects that share a mesh look each as it was painted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import bpy
import numpy as np
from numpy.typing import NDArray

from ..compat import make_shader_nodes
from ..contract import ContractError, Frame, Palette, Rendering, texture_primitive
from ..export.classes import ClassRule
from ..export.meshes import read_array
from ..properties import VOID_NAME, scene_classes
from .image import new_image

UV_MAPS = {"cuboid": "Blockout Cuboid", "sphere": "Blockout Sphere"}
IMAGE_NODE, UV_NODE = "Blockout Texture", "Blockout UV Map"
SAME = 1e-4
"""Boxes are the same when no side differs by more than this share of the box."""


@dataclass(frozen=True)
class ObjectTexture:
    """What an object looks like all around.

    Attributes:
        pixels: (H, W, 3 or 4) display-referred sRGB, row 0 on top.
        box: (2, 3) minimum and maximum corner, in local space, of what the texture goes around.
    """

    pixels: NDArray[np.float32]
    box: NDArray[np.float64]


@dataclass(frozen=True)
class Corners:
    """The corners of all faces of a mesh, in their order.

    Attributes:
        places: (L, 3) in local space. normals: (L, 3) of the face. faces: (L,) its index.
    """

    places: NDArray[np.float64]
    normals: NDArray[np.float64]
    faces: NDArray[np.int64]


def textures_of(rendering: Rendering, frame: Frame) -> dict[str, ObjectTexture]:
    """Name -> texture, for all objects of the frame that the rendering has one of."""
    return {
        item.name: ObjectTexture(rendering.textures[item.name], item.box)
        for item in frame.objects
        if item.name in rendering.textures
    }


def put_textures(
    scene: bpy.types.Scene,
    view_layer: bpy.types.ViewLayer,
    items: Sequence[bpy.types.Object],
    textures: dict[str, ObjectTexture],
) -> tuple[int, list[str]]:
    """Give each of the objects its texture as material; those of the view layer are looked at.

    Returns:
        how many have it now, and one sentence for every one that cannot have it.
    """
    palette = scene_classes(scene)
    rule = ClassRule(scene, palette)
    others = [item for item in view_layer.objects if item.name in textures and item not in items]
    first = {item.data: item for item in others if _shows_texture(item)}
    done, problems = 0, []
    for item in items:
        try:
            mesh = _mesh_of(item)
            _require_same_box(item, first.setdefault(mesh, item), textures)
            _put_texture(item, mesh, textures[item.name], rule, palette)
            done += 1
        except ContractError as error:
            problems.append(str(error))
    return done, problems


def cuboid_uv(corners: Corners, box: NDArray[np.float64], side: int) -> NDArray[np.float64]:
    """(L, 2) in the atlas of the box's sides: every face lies on the side that it faces most.

    Args:
        side: texels along one side. Half of one stays free around it, so that filtering never
            mixes two sides.
    """
    place = _in_box(corners.places, box)
    row = np.arange(len(place))
    axis = np.abs(corners.normals).argmax(axis=1)
    positive = corners.normals[row, axis] > 0
    along = place[row, (axis + 1) % 3]
    u = np.where(positive, along, -along)
    v = place[row, (axis + 2) % 3]
    across, down = (axis * 2 + positive) % 3, (axis * 2 + positive) // 3
    inner = 1 - 1 / side
    return np.stack([(across + (u * inner + 1) / 2) / 3, (1 - down + (v * inner + 1) / 2) / 2], 1)


def sphere_uv(corners: Corners, box: NDArray[np.float64], height: int) -> NDArray[np.float64]:
    """(L, 2) by the direction from the box's middle; u leaves [0, 1] where a face has the seam.

    Args:
        height: texels from pole to pole. Half of one stays free at each, so that filtering never
            mixes the poles.
    """
    place = _in_box(corners.places, box)
    flat = np.hypot(place[:, 0], place[:, 1])
    up = np.arctan2(place[:, 2], flat) / np.pi * 2
    # A pole is at no angle: its corner takes that of its face, to which all corners are near.
    outward = place[:, :2] / np.where(flat > 1e-6, flat, np.inf)[:, None]
    sums = np.zeros((corners.faces[-1] + 1, 2))
    np.add.at(sums, corners.faces, outward)
    middle = (np.arctan2(sums[:, 1], sums[:, 0]) / (2 * np.pi) % 1)[corners.faces]
    around = np.arctan2(place[:, 1], place[:, 0]) / (2 * np.pi)
    away = (around - middle + 0.5) % 1 - 0.5
    u = middle + np.where(flat > 1e-6, away, 0.0)
    return np.stack([u, (up * (1 - 1 / height) + 1) / 2], 1)


def corners_of(mesh: bpy.types.Mesh) -> Corners:
    """The corners of a mesh that is not being edited."""
    count = len(mesh.loops)
    vertex_of = read_array(mesh.attributes[".corner_vert"].data, "value", np.int32, count)
    vertices = read_array(
        mesh.attributes["position"].data, "vector", np.float32, len(mesh.vertices) * 3
    )
    normals = read_array(mesh.polygon_normals, "vector", np.float32, len(mesh.polygons) * 3)
    sizes = read_array(mesh.polygons, "loop_total", np.int32, len(mesh.polygons))
    faces = np.repeat(np.arange(len(sizes)), sizes)
    return Corners(
        vertices.reshape(-1, 3)[vertex_of].astype(np.float64),
        normals.reshape(-1, 3)[faces].astype(np.float64),
        faces,
    )


def _in_box(places: NDArray[np.float64], box: NDArray[np.float64]) -> NDArray[np.float64]:
    """Places as shares of the box: -1 to 1 on every axis; what lies outside is at its border."""
    half = np.maximum((box[1] - box[0]) / 2, 1e-9)
    return np.clip((places - box.mean(axis=0)) / half, -1, 1)


def _mesh_of(item: bpy.types.Object) -> bpy.types.Mesh:
    """The object's mesh. Raises ContractError when it cannot get a UV map."""
    field = f"object '{item.name}'"
    if item.type != "MESH":
        raise ContractError(field, "it is no mesh", "Convert it: Object > Convert > Mesh")
    mesh = item.data
    if not item.is_editable or not mesh.is_editable:
        raise ContractError(
            field,
            "it or its mesh is linked from another file",
            "Make both local: Object > Relations > Make Local > Selected Objects and Data",
        )
    if mesh.is_editmode:
        raise ContractError(field, "its mesh is being edited", "Leave Edit Mode")
    if not mesh.polygons:
        raise ContractError(
            field, "its mesh has no faces of its own", "Apply the modifiers that make them"
        )
    return mesh


def _require_same_box(
    item: bpy.types.Object, first: bpy.types.Object, textures: dict[str, ObjectTexture]
) -> None:
    """A mesh has one UV map of ours: modifiers may not give its users boxes of their own."""
    box, other = textures[item.name].box, textures[first.name].box
    if np.abs(box - other).max() > SAME * np.ptp(other, axis=0).max():
        raise ContractError(
            f"object '{item.name}'",
            f"it shares its mesh with '{first.name}', and modifiers give them different sizes",
            "Make its mesh its own: Object > Relations > Make Single User > Object & Data",
        )


def _put_texture(
    item: bpy.types.Object,
    mesh: bpy.types.Mesh,
    texture: ObjectTexture,
    rule: ClassRule,
    palette: Palette,
) -> None:
    primitive = texture_primitive(texture.pixels)
    uv_map = _write_uv_map(item, mesh, texture, primitive)
    if not item.material_slots:
        mesh.materials.append(None)
    name = f"Blockout {item.name}"
    image = new_image(name, texture.pixels)
    replaced = _fill_slots(item, name, image, uv_map, rule, palette)
    for old in replaced:
        if old.users == 0:
            bpy.data.images.remove(old)
    image.name = name


def _write_uv_map(
    item: bpy.types.Object, mesh: bpy.types.Mesh, texture: ObjectTexture, primitive: str
) -> str:
    """Write the texture's UV map into the mesh; returns its name."""
    layer = mesh.uv_layers.get(UV_MAPS[primitive])
    if layer is None:
        layer = mesh.uv_layers.new(name=UV_MAPS[primitive], do_init=False)
    if layer is None:
        raise ContractError(
            f"object '{item.name}'", "its mesh has no room for a UV map", "Remove one of its eight"
        )
    height = texture.pixels.shape[0]
    corners = corners_of(mesh)
    if primitive == "cuboid":
        uv = cuboid_uv(corners, texture.box, height // 2)
    else:
        uv = sphere_uv(corners, texture.box, height)
    layer.uv.foreach_set("vector", uv.astype(np.float32).ravel())
    return layer.name


def _fill_slots(
    item: bpy.types.Object,
    name: str,
    image: bpy.types.Image,
    uv_map: str,
    rule: ClassRule,
    palette: Palette,
) -> set[bpy.types.Image]:
    """Put materials with the image into all slots, linked to the object; those of the mesh stay.

    A slot's material may tell the class of its faces, so each class has a material of its own.

    Returns:
        images that our materials showed before.
    """
    classes = [_class_name(slot.material, rule, palette) for slot in item.material_slots]
    made: dict[str, bpy.types.Material] = {}
    replaced = set()
    for slot, class_name in zip(item.material_slots, classes, strict=True):
        slot.link = "OBJECT"
        old = slot.material
        if class_name not in made:
            material = old if _is_texture_of(old, item) else _new_material(name)
            nodes = material.node_tree.nodes
            if nodes[IMAGE_NODE].image is not None:
                replaced.add(nodes[IMAGE_NODE].image)
            nodes[IMAGE_NODE].image, nodes[UV_NODE].uv_map = image, uv_map
            material.blockout.texture_of, material.blockout.class_name = item.name, class_name
            made[class_name] = material
        slot.material = made[class_name]
        if old is not None and old.users == 0 and not old.blockout.texture_of:
            old.use_fake_user = True  # the mesh does not keep what was the object's own
    return replaced


def _class_name(material: bpy.types.Material | None, rule: ClassRule, palette: Palette) -> str:
    """The class setting that says what a material says of its faces, by setting or name."""
    if material is None:
        return ""
    class_id = rule.of_material(material)
    if class_id is None:
        return material.blockout.class_name
    entry = palette.by_id(class_id)
    return VOID_NAME if entry is None else entry.name


def _shows_texture(item: bpy.types.Object) -> bool:
    return any(_is_texture_of(slot.material, item) for slot in item.material_slots)


def _is_texture_of(material: bpy.types.Material | None, item: bpy.types.Object) -> bool:
    """Whether this is our material of this very object, and still has the nodes."""
    if material is None or material.blockout.texture_of != item.name:
        return False
    nodes = material.node_tree.nodes if material.node_tree else {}
    return IMAGE_NODE in nodes and UV_NODE in nodes


def _new_material(name: str) -> bpy.types.Material:
    """UV map -> image -> Principled BSDF."""
    material = bpy.data.materials.new(name)
    tree = make_shader_nodes(material)
    kinds = ("UVMap", "TexImage", "BsdfPrincipled", "OutputMaterial")
    places, texture, surface, output = (tree.nodes.new(f"ShaderNode{kind}") for kind in kinds)
    for number, node in enumerate((places, texture, surface, output)):
        node.location = (300.0 * number, 0.0)
    places.name, texture.name = UV_NODE, IMAGE_NODE
    tree.links.new(places.outputs["UV"], texture.inputs["Vector"])
    tree.links.new(texture.outputs["Color"], surface.inputs["Base Color"])
    tree.links.new(texture.outputs["Alpha"], surface.inputs["Alpha"])
    tree.links.new(surface.outputs["BSDF"], output.inputs["Surface"])
    tree.nodes.active = texture  # what Solid mode shows under Color > Texture
    return material

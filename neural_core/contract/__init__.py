# SPDX-License-Identifier: Apache-2.0
"""The contract between Blender and the core. numpy only; the extension carries a copy of it."""

from .color import linear_to_srgb, srgb_to_linear
from .controls import (
    Controls,
    Reference,
    Style,
    controls_from_plain,
    controls_to_plain,
    style_from_plain,
    style_to_plain,
)
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
from .palette import VOID, Palette, SemanticClass, color_from_hex, normalise_name
from .palette_ade20k import ADE20K
from .palette_coco_stuff import COCO_STUFF
from .palettes import CITYSCAPES, FIGURE, ROOM, STREET
from .rendering import Layer, Rendering, texture_primitive
from .storage import (
    frame_from_bytes,
    frame_to_bytes,
    load_frame,
    load_style,
    mesh_keys_of,
    meshes_from_bytes,
    meshes_to_bytes,
    rendering_from_bytes,
    rendering_to_bytes,
    save_frame,
    save_style,
    write_atomically,
)
from .validation import (
    require_visible_classes,
    validate_camera,
    validate_frame,
    validate_mesh,
    validate_passes,
    validate_size,
)

PALETTES = {p.name: p for p in (STREET, ROOM, FIGURE, CITYSCAPES, ADE20K, COCO_STUFF)}

__all__ = [
    "ADE20K",
    "CAMERA_KINDS",
    "CITYSCAPES",
    "COCO_STUFF",
    "CONTRACT_VERSION",
    "FIGURE",
    "LIGHT_KINDS",
    "PALETTES",
    "PASS_LAYOUT",
    "PRIMITIVES",
    "ROOM",
    "STREET",
    "VOID",
    "Camera",
    "ContractError",
    "Controls",
    "Frame",
    "Layer",
    "Light",
    "Mesh",
    "Palette",
    "Passes",
    "Reference",
    "Rendering",
    "SceneObject",
    "SemanticClass",
    "Style",
    "color_from_hex",
    "controls_from_plain",
    "controls_to_plain",
    "frame_from_bytes",
    "frame_to_bytes",
    "linear_to_srgb",
    "load_frame",
    "load_style",
    "mesh_keys_of",
    "meshes_from_bytes",
    "meshes_to_bytes",
    "normalise_name",
    "rendering_from_bytes",
    "rendering_to_bytes",
    "require_visible_classes",
    "save_frame",
    "save_style",
    "srgb_to_linear",
    "style_from_plain",
    "style_to_plain",
    "texture_primitive",
    "validate_camera",
    "validate_frame",
    "validate_mesh",
    "validate_passes",
    "validate_size",
    "write_atomically",
]

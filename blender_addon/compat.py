# SPDX-License-Identifier: GPL-3.0-or-later
"""Every difference between Blender 4.2 and 5.2 that the extension meets, one function each.

Features are probed rather than versions compared wherever Blender lets itself be asked.
"""

from __future__ import annotations

import math

import bpy

IDENTITY_RGB = (1.0, 1.0, 1.0)


def shader_nodes(block: bpy.types.ID) -> bpy.types.NodeTree | None:
    """The shader tree that a world, light or material uses, or None.

    ``use_nodes`` still decides up to 4.5; from 5.0 on it is deprecated for worlds and materials,
    always True there, and may go away.
    """
    if not getattr(block, "use_nodes", True):
        return None
    return getattr(block, "node_tree", None)


def make_shader_nodes(material: bpy.types.Material) -> bpy.types.NodeTree:
    """The empty shader tree of a new material; up to 4.5 it is made on request only."""
    if material.node_tree is None:
        material.use_nodes = True
    material.node_tree.nodes.clear()
    return material.node_tree


def light_color(light: bpy.types.Light) -> tuple[float, float, float]:
    """Linear RGB of a light; black-body temperature (4.5 on) included."""
    tint = IDENTITY_RGB
    if getattr(light, "use_temperature", False):
        tint = light.temperature_color
    red, green, blue = (a * b for a, b in zip(light.color, tint, strict=True))
    return red, green, blue


def light_energy(light: bpy.types.Light, size: tuple[float, float]) -> float:
    """Strength in the contract's units; exposure and ``normalize`` (4.5 on) included.

    Args:
        light: the light's data.
        size: width and height of an area light in metres, scale included.
    """
    energy = light.energy * 2.0 ** getattr(light, "exposure", 0.0)
    if light.type == "AREA" and not getattr(light, "normalize", True):
        energy *= light_area(light, size)
    return energy


def light_area(light: bpy.types.Light, size: tuple[float, float]) -> float:
    """Area of an area light in square metres."""
    round_shape = light.shape in {"DISK", "ELLIPSE"}
    return size[0] * size[1] * (math.pi / 4 if round_shape else 1.0)


def set_multilayer_exr(settings: bpy.types.ImageFormatSettings) -> None:
    """Choose 32 bit multilayer OpenEXR in one part.

    From 5.0 on the media type has to be set first, and a file has a part per pass unless it is
    interleaved. 5.0 and 5.1 cannot write the parts at all when pixels are not square.
    """
    if hasattr(settings, "media_type"):
        settings.media_type = "MULTI_LAYER_IMAGE"
    settings.file_format = "OPEN_EXR_MULTILAYER"
    settings.color_depth = "32"
    settings.exr_codec = "ZIP"
    if hasattr(settings, "use_exr_interleave"):
        settings.use_exr_interleave = True


def set_png(settings: bpy.types.ImageFormatSettings) -> None:
    """Choose 8 bit RGBA PNG; from 5.0 on the media type has to be set first."""
    if hasattr(settings, "media_type"):
        settings.media_type = "IMAGE"
    settings.file_format = "PNG"
    settings.color_mode = "RGBA"
    settings.color_depth = "8"


LONG_PASS_NAMES = {
    "Object Index": "IndexOB",
    "Material Index": "IndexMA",
}


def short_pass_name(channel: str) -> str:
    """The name up to 4.5 of a channel in a multilayer EXR; from 5.0 on passes have long names."""
    name, _, letter = channel.rpartition(".")
    return f"{LONG_PASS_NAMES.get(name, name)}.{letter}"

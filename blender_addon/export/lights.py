# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender's lights and world -> the contract's lights."""

from __future__ import annotations

import bpy
import numpy as np

from .. import compat
from ..contract import Light
from .world import world_radiance

KINDS = {"SUN": "sun", "POINT": "point", "SPOT": "spot", "AREA": "area"}


def light_of(obj: bpy.types.Object, matrix_world: object) -> Light | None:
    """The light of an evaluated light object, or None when it gives nothing.

    The scale of an area light goes into its size; the matrix that leaves here has none.
    """
    data = obj.data
    matrix = np.array(matrix_world, np.float64)
    scale = np.linalg.norm(matrix[:3, :3], axis=0)
    if np.isfinite(matrix).all() and (scale > 0).all():
        matrix[:3, :3] /= scale
    size = _size(data, scale)
    emission, factor = _emission(data)
    energy = compat.light_energy(data, size) * factor
    color = tuple(a * b for a, b in zip(compat.light_color(data), emission, strict=True))
    if energy == 0.0 or not any(color):
        return None
    spot = data.type == "SPOT"
    return Light(
        kind=KINDS[data.type],
        matrix_world=matrix,
        color=color,
        energy=float(energy),
        spot_angle=float(data.spot_size) if spot else float(np.pi / 4),
        spot_blend=float(data.spot_blend) if spot else 0.15,
        size=size,
        casts_shadow=bool(data.use_shadow),
    )


def world_light(scene: bpy.types.Scene) -> Light | None:
    """The world as one constant light, or None when it is black or absent."""
    if scene.world is None:
        return None
    radiance = world_radiance(scene.world)
    if not any(radiance):
        return None
    return Light("world", np.eye(4), radiance, 1.0, casts_shadow=False)


def _size(data: bpy.types.Light, scale: np.ndarray) -> tuple[float, float]:
    if data.type != "AREA":
        return (0.0, 0.0)
    height = data.size_y if data.shape in {"RECTANGLE", "ELLIPSE"} else data.size
    return (float(data.size * scale[0]), float(height * scale[1]))


def _emission(data: bpy.types.Light) -> tuple[tuple[float, float, float], float]:
    """Colour and strength of a light's Emission node, as far as they are plain values."""
    tree = compat.shader_nodes(data)
    node = next((n for n in tree.nodes if n.type == "EMISSION"), None) if tree else None
    if node is None:
        return compat.IDENTITY_RGB, 1.0
    color, strength = node.inputs["Color"], node.inputs["Strength"]
    rgb = compat.IDENTITY_RGB if color.is_linked else tuple(color.default_value)[:3]
    return rgb, 1.0 if strength.is_linked else float(strength.default_value)

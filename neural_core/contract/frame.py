# SPDX-License-Identifier: Apache-2.0
"""The Frame: everything the core needs for one image.

World: right-handed, Z up, metres. Camera: looks along -Z, +Y up, +X right. Pixels: origin at the
top-left corner of the image, x to the right, y down, pixel centres at +0.5. Arrays: row 0 on top.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from .controls import Controls, Reference
from .palette import Palette

CONTRACT_VERSION = 1
PRIMITIVES = ("cuboid", "sphere", "mesh", "point")
LIGHT_KINDS = ("sun", "point", "spot", "area", "world")
CAMERA_KINDS = ("perspective", "orthographic")

Float = NDArray[np.float32]
Matrix = NDArray[np.float64]


@dataclass(frozen=True)
class Camera:
    """A pinhole or orthographic camera.

    Attributes:
        camera_to_world: (4, 4) float64, rigid (no scale).
        fx, fy: focal lengths in pixels (perspective), or pixels per metre (orthographic).
        cx, cy: principal point in pixels from the top-left corner.
        near, far: clip distances in metres along the viewing axis.
    """

    camera_to_world: Matrix
    fx: float
    fy: float
    cx: float
    cy: float
    kind: str = "perspective"
    near: float = 0.1
    far: float = 1000.0


@dataclass(frozen=True)
class Light:
    """A light of the scene.

    Attributes:
        kind: sun | point | spot | area | world.
        matrix_world: (4, 4); the light sits at its translation and shines along its local -Z.
        color: linear RGB.
        energy: Blender's strength: W/m2 for the sun, W for point, spot and area;
            radiance for the world.
        spot_angle: full cone angle in radians; spot_blend: softness 0..1.
        size: area light's width and height in metres.
        casts_shadow: whether a shadow ray is traced towards it.
    """

    kind: str
    matrix_world: Matrix
    color: tuple[float, float, float] = (1.0, 1.0, 1.0)
    energy: float = 1.0
    spot_angle: float = np.pi / 4
    spot_blend: float = 0.15
    size: tuple[float, float] = (1.0, 1.0)
    casts_shadow: bool = True


@dataclass(frozen=True)
class Mesh:
    """A triangle mesh in local space, identified by the hash of its content.

    Attributes:
        vertices: (V, 3) float32.
        faces: (F, 3) int32 vertex indices, counter-clockwise seen from outside.
        corner_uvs: (F, 3, 2) float32 or None.
        corner_normals: (F, 3, 3) float32 unit normals or None (flat shading).
        face_class: (F,) uint16, 0 = the object's class; or None.
    """

    vertices: Float
    faces: NDArray[np.int32]
    corner_uvs: Float | None = None
    corner_normals: Float | None = None
    face_class: NDArray[np.uint16] | None = None

    def key(self) -> str:
        """SHA-256 over all arrays, as 32 hex digits."""
        digest = hashlib.sha256()
        for name in ("vertices", "faces", "corner_uvs", "corner_normals", "face_class"):
            array = getattr(self, name)
            if array is not None:
                digest.update(f"{name}{array.shape}{array.dtype.str}".encode())
                digest.update(np.ascontiguousarray(array).data)
        return digest.hexdigest()[:32]


@dataclass(frozen=True)
class SceneObject:
    """One entry of the layout.

    Attributes:
        class_id: id in the palette, 0 = void.
        instance_id: unique in the frame, from 1 on.
        primitive: cuboid | sphere | mesh | point. Cuboid and sphere fill ``box``.
        matrix_world: (4, 4) local -> world; its scale may differ per axis and be negative.
        box: (2, 3) minimum and maximum corner in local space.
        mesh: key into Frame.meshes when primitive is mesh, else None.
        appearance_seed: the same seed asks for the same look.
        tint: linear RGB the look should have, or None.
        style: name of a style preset, or "".
        keypoints: (K, 3) float32 world positions, or None.
        holdout: covers what is behind it and is itself transparent.
    """

    name: str
    class_id: int
    instance_id: int
    primitive: str
    matrix_world: Matrix
    box: NDArray[np.float64]
    mesh: str | None = None
    appearance_seed: int = 0
    tint: tuple[float, float, float] | None = None
    style: str = ""
    keypoints: Float | None = None
    holdout: bool = False


@dataclass(frozen=True)
class Passes:
    """Per-pixel truth. H x W arrays, row 0 on top.

    Attributes:
        semantic: uint16 class ids, 0 = void. Pixels without geometry hold the background class.
        instance: uint32 instance ids, 0 = none.
        depth: float32 planar metres, inf where empty.
        normal: float16 (H, W, 3), world space, unit length, 0 where empty.
        uv: float32 (H, W, 2), 0 where empty.
        coverage: float16, share of the pixel that geometry covers.
        shading: float16 (H, W, 3), linear radiance of plain white surfaces under the lights.
    """

    semantic: NDArray[np.uint16]
    instance: NDArray[np.uint32]
    depth: Float
    normal: NDArray[np.float16]
    uv: Float
    coverage: NDArray[np.float16]
    shading: NDArray[np.float16]


PASS_LAYOUT: dict[str, tuple[type, int]] = {
    "semantic": (np.uint16, 0),
    "instance": (np.uint32, 0),
    "depth": (np.float32, 0),
    "normal": (np.float16, 3),
    "uv": (np.float32, 2),
    "coverage": (np.float16, 0),
    "shading": (np.float16, 3),
}
"""dtype and number of channels (0 = a plain H x W array) of every pass."""


@dataclass(frozen=True)
class Frame:
    """Everything the core needs for one image: the contract between Blender and the core.

    ``references``: pictures that styles are taken from, by the style's name.
    """

    width: int
    height: int
    camera: Camera
    palette: Palette
    objects: tuple[SceneObject, ...] = ()
    lights: tuple[Light, ...] = ()
    meshes: dict[str, Mesh] = field(default_factory=dict)
    passes: Passes | None = None
    controls: Controls = field(default_factory=Controls)
    references: dict[str, Reference] = field(default_factory=dict)
    scene: str = ""
    number: int = 1
    version: int = CONTRACT_VERSION

    def scene_hash(self) -> str:
        """Hash of camera, layout, lights and meshes: equal for equal scenes under any controls."""
        from .storage import layout_digest

        return layout_digest(self)[:16]

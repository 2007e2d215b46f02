# SPDX-License-Identifier: Apache-2.0
"""A Frame that uses every field of the contract, and a Rendering."""

from __future__ import annotations

import numpy as np

from neural_core.contract import (
    PALETTES,
    Camera,
    Controls,
    Frame,
    Layer,
    Light,
    Mesh,
    Passes,
    Rendering,
    SceneObject,
)

WIDTH, HEIGHT = 6, 4


def mesh() -> Mesh:
    """One square of two triangles with every attribute."""
    vertices = np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]], np.float32)
    faces = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
    normals = np.zeros((2, 3, 3), np.float32)
    normals[..., 2] = 1
    return Mesh(
        vertices=vertices,
        faces=faces,
        corner_uvs=np.ascontiguousarray(vertices[faces][..., :2]),
        corner_normals=normals,
        face_class=np.array([0, 26], np.uint16),
    )


def passes(width: int = WIDTH, height: int = HEIGHT) -> Passes:
    """Random passes of the right types."""
    generator = np.random.default_rng(0)
    size = (height, width)
    return Passes(
        semantic=generator.integers(0, 30, size).astype(np.uint16),
        instance=generator.integers(0, 2**32, size, dtype=np.uint64).astype(np.uint32),
        depth=np.where(generator.random(size) < 0.3, np.inf, 3.5).astype(np.float32),
        normal=generator.normal(size=(*size, 3)).astype(np.float16),
        uv=generator.random((*size, 2)).astype(np.float32),
        coverage=generator.random(size).astype(np.float16),
        shading=generator.random((*size, 3)).astype(np.float16),
    )


def box() -> np.ndarray:
    """The unit box."""
    return np.array([[-1.0, -1.0, -1.0], [1.0, 1.0, 1.0]])


def item(instance: int = 1, **changes) -> SceneObject:
    """A cuboid of the class car, unless changed."""
    values = {
        "name": f"Car.{instance:03d}",
        "class_id": 26,
        "instance_id": instance,
        "primitive": "cuboid",
        "matrix_world": np.eye(4),
        "box": box(),
        **changes,
    }
    return SceneObject(**values)


def camera(**changes) -> Camera:
    """A perspective camera at the origin, unless changed."""
    values = {"camera_to_world": np.eye(4), "fx": 5.0, "fy": 6.0, "cx": 3.0, "cy": 2.0, **changes}
    return Camera(**values)


def frame(**changes) -> Frame:
    """A Frame in which no field has its default."""
    square = mesh()
    objects = (
        item(1, appearance_seed=7, tint=(0.1, 0.2, 0.3), style="taxi"),
        item(2, primitive="mesh", mesh=square.key(), class_id=0, holdout=True),
        item(3, primitive="point", keypoints=np.array([[1.5, 2.5, 3.5]], np.float32)),
    )
    values = {
        "width": WIDTH,
        "height": HEIGHT,
        "camera": camera(kind="orthographic", near=-1.0, far=50.0),
        "palette": PALETTES["street"],
        "objects": objects,
        "lights": (
            Light("spot", np.eye(4), (1.0, 0.5, 0.25), 40.0, 0.9, 0.3, (2.0, 3.0), False),
            Light("world", np.eye(4)),
        ),
        "meshes": {square.key(): square},
        "passes": passes(),
        "controls": Controls(3, {26: 5, 7: 1}, False, 0.5),
        "scene": "Straße",
        "number": 17,
        **changes,
    }
    return Frame(**values)


def rendering() -> Rendering:
    """A Rendering in which no field has its default."""
    generator = np.random.default_rng(1)
    image = generator.random((HEIGHT, WIDTH, 4)).astype(np.float32)
    depth = np.full((HEIGHT, WIDTH), np.inf, np.float32)
    return Rendering(
        image=image,
        passes=passes(),
        layers=(Layer("Car", 1, image * np.float32(0.5), depth),),
        textures={"Car/body": image[..., :3].copy()},
        timings={"raster": 12.5},
        recipe={"pipeline": "smis", "controls": {"seed": 3}},
    )

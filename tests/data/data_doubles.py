# SPDX-License-Identifier: Apache-2.0
"""Frames and samples made of numbers, for tests that need no Blender."""

from __future__ import annotations

import numpy as np

from neural_core.contract import STREET, Camera, Controls, Frame, Passes, SceneObject
from neural_core.data.sample import FORMS, Sample, pack_form

SIZE = 16
CLASS_IDS = np.array([0, *sorted(c.id for c in STREET.classes)], np.uint16)
RECIPE = {
    "scene": "street",
    "size": SIZE,
    "cameras": 2,
    "samples": 1,
    "classes": {"0": "void", **{str(c.id): c.name for c in STREET.classes}},
}


def make_frame(rng: np.random.Generator, size: int = SIZE) -> Frame:
    """Three objects (one tinted) over an empty sky; the camera looks along +X."""
    objects = tuple(
        SceneObject(
            name=f"thing {i}",
            class_id=class_id,
            instance_id=instance,
            primitive="cuboid",
            matrix_world=np.eye(4),
            box=np.array([[-1.0, -1, -1], [1, 1, 1]]),
            appearance_seed=100 + i,
            tint=tint,
        )
        for i, (class_id, instance, tint) in enumerate(
            [(26, 5, (0.9, 0.1, 0.2)), (7, 70000, None), (21, 9, None)]
        )
    )
    rows = rng.integers(0, 4, (size, size))
    ids = np.array([0, *(o.instance_id for o in objects)], np.uint32)
    classes = np.array([23, *(o.class_id for o in objects)], np.uint16)
    normal = rng.normal(size=(size, size, 3))
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    solid = rows > 0
    passes = Passes(
        semantic=classes[rows],
        instance=ids[rows],
        depth=np.where(solid, rng.uniform(1.5, 80, (size, size)), np.inf).astype(np.float32),
        normal=(normal * solid[..., None]).astype(np.float16),
        uv=np.zeros((size, size, 2), np.float32),
        coverage=solid.astype(np.float16),
        shading=rng.uniform(0, 3.9, (size, size, 3)).astype(np.float16),
    )
    return Frame(
        width=size,
        height=size,
        camera=Camera(looking_along_x(), size, size, size / 2, size / 2),
        palette=STREET,
        objects=objects,
        passes=passes,
        controls=Controls(),
        scene="made up",
    )


def looking_along_x() -> np.ndarray:
    """camera_to_world of a level camera that looks along +X."""
    matrix = np.eye(4)
    matrix[:3, :3] = np.column_stack([[0, -1, 0], [0, 0, 1], [-1, 0, 0]])
    return matrix


def make_sample(seed: int, camera: int, size: int = SIZE) -> Sample:
    """A sample whose content is decided by its seed and camera."""
    rng = np.random.default_rng([seed, camera])
    forms = {}
    for form in FORMS:
        frame = make_frame(rng, size)
        view = frame.camera
        assert frame.passes is not None
        forms[form] = pack_form(frame, frame.passes, CLASS_IDS)
    image = rng.integers(0, 256, (size, size, 3)).astype(np.uint8)
    return Sample(seed, camera, view, image, forms)

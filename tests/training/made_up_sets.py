# SPDX-License-Identifier: Apache-2.0
"""Data sets of a few small frames that show nothing in particular."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from neural_core.contract import PALETTES, Camera, Frame, Palette, Passes, SceneObject
from neural_core.data.sample import FORMS, Sample, pack_form
from neural_core.data.store import DatasetStore

SIZE = 32


def made_up_set(folder: Path, family: str) -> Path:
    """Seven frames to train on, one held out."""
    palette = PALETTES[family]
    store = DatasetStore(folder)
    names = {"0": "void", **{str(entry.id): entry.name for entry in palette.classes}}
    recipe = {"scene": family, "size": SIZE, "cameras": 1, "samples": 1, "classes": names}
    store.create(recipe)
    for seed in range(13, 21):
        store.add_scene(seed, [sample(palette, seed, 0)])
    store.pack(rest=True)
    return folder


def sample(palette: Palette, seed: int, camera: int) -> Sample:
    """Blocks of the palette's classes, each an object, and noise for a picture."""
    rng = np.random.default_rng([seed, camera])
    ids = [entry.id for entry in palette.classes]
    instance = np.ones((SIZE, SIZE), np.uint32)
    chosen = [ids[0], *rng.choice(ids, 5)]
    for number in range(2, 7):
        top, left = rng.integers(0, SIZE - 8, 2)
        instance[top : top + 12, left : left + 8] = number
    box = np.array([[-1.0] * 3, [1.0] * 3])
    objects = tuple(
        SceneObject(f"thing {n}", int(c), n, "cuboid", np.eye(4), box, appearance_seed=n)
        for n, c in enumerate(chosen, 1)
    )
    passes = Passes(
        semantic=np.array([0, *chosen], np.uint16)[instance],
        instance=instance,
        depth=np.full((SIZE, SIZE), 5.0, np.float32),
        normal=np.tile(np.array([0, 0, 1], np.float16), (SIZE, SIZE, 1)),
        uv=np.zeros((SIZE, SIZE, 2), np.float32),
        coverage=np.ones((SIZE, SIZE), np.float16),
        shading=rng.uniform(0, 1, (SIZE, SIZE, 3)).astype(np.float16),
    )
    view = Camera(np.eye(4), SIZE, SIZE, SIZE / 2, SIZE / 2)
    frame = Frame(SIZE, SIZE, view, palette, objects, passes=passes, scene="made up")
    classes = np.array([0, *sorted(ids)], np.uint16)
    forms = {form: pack_form(frame, passes, classes) for form in FORMS}
    picture = rng.integers(0, 256, (SIZE, SIZE, 3)).astype(np.uint8)
    return Sample(seed, camera, view, picture, forms)

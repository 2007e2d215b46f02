# SPDX-License-Identifier: Apache-2.0
"""Frames of a data set, put together again from what its shards keep.

What shards do not keep is said, not made up: there are no meshes (so how much of a thing is seen is
measured on its 3D box), no uv, and instance ids are those of the frame's table, not the scene's.
Depth, normals and shading have the precision of `codec`.
"""

from __future__ import annotations

import colorsys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from neural_core.contract import (
    PALETTES,
    ContractError,
    Frame,
    Palette,
    Passes,
    SceneObject,
    SemanticClass,
)
from neural_core.data.codec import decode_inverse_depth, decode_normal, decode_shading
from neural_core.data.dataset import SPLITS, is_held_out
from neural_core.data.heading import heading_rotation
from neural_core.data.sample import FORMS, InstanceTable
from neural_core.data.shards import FormStack, Shard, unpack_shard
from neural_core.data.store import DatasetStore

from .classes import PERSON
from .labels import Shot

MISSING = frozenset({"uv"})
NOT_KEPT = "not kept"
"""Stands for the key of a mesh that the data set does not have."""


def dataset_shots(folder: str | Path, form: str = "detailed", split: str = "all") -> Iterator[Shot]:
    """The frames of a finished data set with their pictures, one shard in memory at a time.

    Args:
        form: detailed | blockout: whose passes are annotated. The picture shows the detailed one.
        split: train | val | all.

    Raises:
        ContractError: no data set there, a damaged shard, an unknown form or split.
    """
    if form not in FORMS:
        raise ContractError("form", f"'{form}' is unknown", f"Use one of {FORMS}")
    if split not in SPLITS:
        raise ContractError("split", f"'{split}' is unknown", f"Use one of {SPLITS}")
    store = DatasetStore(folder)
    palette = dataset_palette(store.manifest()["recipe"])
    for packed in store.stream():
        shard = unpack_shard(packed)
        for row, seed in enumerate(shard.seeds.tolist()):
            own = "val" if is_held_out(seed) else "train"
            if split in ("all", own):
                yield _shot(shard, row, form, own, palette)


def count_frames(folder: str | Path, split: str = "all") -> int:
    """How many shots `dataset_shots` gives. Raises as it does."""
    found = 0
    for packed in DatasetStore(folder).stream():
        seeds = packed.seeds.tolist()
        found += sum(split in ("all", "val" if is_held_out(seed) else "train") for seed in seeds)
    return found


def dataset_palette(recipe: dict[str, Any]) -> Palette:
    """The palette of a data set: the one that ships with these very classes, or one like it."""
    names = {int(key): str(name) for key, name in recipe["classes"].items() if int(key)}
    for palette in PALETTES.values():
        if {entry.id: entry.name for entry in palette.classes} == names:
            return palette
    classes = tuple(
        SemanticClass(class_id, name, colorsys.hsv_to_rgb(0.618034 * class_id % 1, 0.6, 0.9))
        for class_id, name in sorted(names.items())
    )
    return Palette(str(recipe.get("scene", "data set")), classes)


def _shot(shard: Shard, row: int, form: str, split: str, palette: Palette) -> Shot:
    stack, camera = shard.forms[form], shard.views[row]
    _, height, width, _ = shard.images.shape
    seed, number = int(shard.seeds[row]), int(shard.cameras[row])
    frame = Frame(
        width=width,
        height=height,
        camera=camera,
        palette=palette,
        objects=_objects(stack.tables[row], palette, stack.arrays["instance"][row]),
        passes=_passes(stack, row, shard, palette),
        scene=f"seed {seed}",
        number=number,
    )
    return Shot(f"{seed:06d}_{number:02d}", frame, split, shard.images[row], MISSING)


def _objects(
    table: InstanceTable, palette: Palette, instance: np.ndarray
) -> tuple[SceneObject, ...]:
    """The rows of the table as objects; a row's number is the id of the instance pass.

    A row that no pixel shows is a body: keypoints alone.
    """
    seen = set(np.unique(instance).tolist())
    names = {entry.id: entry.name for entry in palette.classes}
    return tuple(_object(table, row, names, row in seen) for row in range(1, len(table.class_id)))


def _object(table: InstanceTable, row: int, names: dict[int, str], is_seen: bool) -> SceneObject:
    class_id = int(table.class_id[row])
    points = table.keypoints[row]
    points = points[~np.isnan(points).any(axis=1)]
    return SceneObject(
        name=f"{names.get(class_id, 'void' if is_seen else PERSON)} {row}",
        class_id=class_id,
        instance_id=row,
        primitive="mesh" if is_seen else "point",
        matrix_world=table.matrix_world[row].astype(np.float64),
        box=table.box[row].astype(np.float64),
        mesh=NOT_KEPT if is_seen else None,
        appearance_seed=int(table.appearance_seed[row]),
        tint=None if np.isnan(table.tint[row]).any() else tuple(table.tint[row].tolist()),
        keypoints=points if len(points) else None,
    )


def _passes(stack: FormStack, row: int, shard: Shard, palette: Palette) -> Passes:
    arrays = {name: array[row] for name, array in stack.arrays.items()}
    ids = np.array([0, *sorted(entry.id for entry in palette.classes)], np.uint16)
    inverse = decode_inverse_depth(arrays["inverse_depth"], float(stack.depth_step[row]))
    solid = inverse > 0
    depth = np.full(inverse.shape, np.inf, np.float32)
    depth[solid] = 1.0 / inverse[solid]
    rotation = heading_rotation(shard.views[row]).astype(np.float32)
    normal = decode_normal(arrays["normal"]) @ rotation
    return Passes(
        semantic=ids[arrays["semantic"]],
        instance=arrays["instance"].astype(np.uint32),
        depth=depth,
        normal=(normal * solid[..., None]).astype(np.float16),
        uv=np.zeros((*depth.shape, 2), np.float32),
        coverage=(arrays["coverage"].astype(np.float32) / 255.0).astype(np.float16),
        shading=decode_shading(arrays["shading"]).astype(np.float16),
    )

# SPDX-License-Identifier: Apache-2.0
"""Samples on disk: several frames in one compressed ``.npz`` without pickles."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neural_core.contract import CAMERA_KINDS, Camera, ContractError, write_atomically

from .codec import (
    decode_picture,
    difference,
    encode_picture,
    join_bytes,
    split_bytes,
    undo_difference,
)
from .sample import FORMS, FormArrays, InstanceTable, Sample, join_keypoints

# name -> order of the difference along a row before compression.
_FILTERS = {
    "semantic": 0, "instance": 0, "inverse_depth": 2, "normal": 1, "shading": 1, "coverage": 0,
}  # fmt: skip
_WIDE = ("instance", "inverse_depth")
_COLUMNS = ("class_id", "tint", "appearance_seed", "matrix_world", "box")
_LENS = ("fx", "fy", "cx", "cy", "near", "far")


@dataclass(frozen=True)
class FormStack:
    """Passes of one form of N frames: (N, H, W, ...) arrays as in FormArrays, a table each."""

    arrays: dict[str, NDArray[Any]]
    depth_step: NDArray[np.float64]
    tables: tuple[InstanceTable, ...]


@dataclass(frozen=True)
class Shard:
    """N frames: pictures (N, H, W, 3) uint8, scene seeds and camera numbers (N,), both forms."""

    images: NDArray[np.uint8]
    seeds: NDArray[np.int64]
    cameras: NDArray[np.int64]
    views: tuple[Camera, ...]
    forms: dict[str, FormStack]

    def __len__(self) -> int:
        return len(self.seeds)


def stack_samples(samples: Sequence[Sample]) -> Shard:
    """Put samples of one size together."""
    return Shard(
        np.stack([s.image for s in samples]),
        np.array([s.seed for s in samples], np.int64),
        np.array([s.camera for s in samples], np.int64),
        tuple(s.view for s in samples),
        {form: _stack_form([s.forms[form] for s in samples]) for form in FORMS},
    )


def join_shards(shards: Sequence[Shard]) -> Shard:
    """One shard with the frames of all."""
    return Shard(
        np.concatenate([s.images for s in shards]),
        np.concatenate([s.seeds for s in shards]),
        np.concatenate([s.cameras for s in shards]),
        tuple(view for s in shards for view in s.views),
        {form: _join_form([s.forms[form] for s in shards]) for form in FORMS},
    )


def save_shard(shard: Shard, path: Path) -> None:
    """Write a shard under a temporary name, then rename it. Raises OSError: disk full."""
    pictures = [encode_picture(image) for image in shard.images]
    arrays: dict[str, NDArray[Any]] = {
        "seeds": shard.seeds,
        "cameras": shard.cameras,
        **_views_to_disk(shard.views),
        "picture_ends": np.cumsum([len(p) for p in pictures]),
        "pictures": np.frombuffer(b"".join(pictures), np.uint8),
    }
    for form, stack in shard.forms.items():
        arrays.update({f"{form}/{name}": array for name, array in _form_to_disk(stack).items()})
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
    write_atomically(path, buffer.getvalue())


def load_shard(path: Path) -> Shard:
    """Read a shard. Raises ContractError when it is damaged, OSError when it cannot be read."""
    try:
        with np.load(path, allow_pickle=False) as file:
            ends = file["picture_ends"]
            data = file["pictures"].tobytes()
            images = [decode_picture(data[a:b]) for a, b in zip([0, *ends[:-1]], ends, strict=True)]
            return Shard(
                np.stack(images),
                file["seeds"],
                file["cameras"],
                _views_from_disk(file),
                {form: _form_from_disk(form, file) for form in FORMS},
            )
    except OSError:
        raise
    except Exception as error:
        raise ContractError(
            str(path), f"the shard is damaged ({error})", "Delete it and build again"
        ) from error


def _views_to_disk(views: Sequence[Camera]) -> dict[str, NDArray[Any]]:
    return {
        "view_pose": np.array([v.camera_to_world for v in views], np.float64),
        "view_lens": np.array([[getattr(v, name) for name in _LENS] for v in views], np.float64),
        "view_kind": np.array([CAMERA_KINDS.index(v.kind) for v in views], np.uint8),
    }


def _views_from_disk(file: Any) -> tuple[Camera, ...]:
    rows = zip(file["view_pose"], file["view_lens"], file["view_kind"], strict=True)
    return tuple(
        Camera(pose, **dict(zip(_LENS, lens.tolist(), strict=True)), kind=CAMERA_KINDS[kind])
        for pose, lens, kind in rows
    )


def _stack_form(forms: Sequence[FormArrays]) -> FormStack:
    return FormStack(
        {name: np.stack([getattr(f, name) for f in forms]) for name in _FILTERS},
        np.array([f.depth_step for f in forms], np.float64),
        tuple(f.table for f in forms),
    )


def _join_form(stacks: Sequence[FormStack]) -> FormStack:
    return FormStack(
        {name: np.concatenate([s.arrays[name] for s in stacks]) for name in _FILTERS},
        np.concatenate([s.depth_step for s in stacks]),
        tuple(table for s in stacks for table in s.tables),
    )


def _form_to_disk(stack: FormStack) -> dict[str, NDArray[Any]]:
    arrays: dict[str, NDArray[Any]] = {}
    for name, order in _FILTERS.items():
        array = difference(stack.arrays[name], order)
        arrays[name] = split_bytes(array) if name in _WIDE else array
    arrays["depth_step"] = stack.depth_step
    arrays["table_ends"] = np.cumsum([len(t.class_id) for t in stack.tables])
    for name in _COLUMNS:
        arrays[name] = np.concatenate([getattr(t, name) for t in stack.tables])
    arrays["keypoints"] = join_keypoints([t.keypoints for t in stack.tables])
    return arrays


def _form_from_disk(form: str, file: Any) -> FormStack:
    arrays = {}
    for name, order in _FILTERS.items():
        array = file[f"{form}/{name}"]
        array = join_bytes(array) if name in _WIDE else array
        arrays[name] = undo_difference(array, order)
    cuts = file[f"{form}/table_ends"][:-1]
    columns = [np.split(file[f"{form}/{name}"], cuts) for name in _COLUMNS]
    columns.append(np.split(_keypoints(form, file), cuts))
    tables = tuple(InstanceTable(*rows) for rows in zip(*columns, strict=True))
    return FormStack(arrays, file[f"{form}/depth_step"], tables)


def _keypoints(form: str, file: Any) -> NDArray[np.float32]:
    """The keypoints of all tables; earlier versions wrote none."""
    name = f"{form}/keypoints"
    if name in file.files:
        return file[name]
    return np.zeros((len(file[f"{form}/class_id"]), 0, 3), np.float32)

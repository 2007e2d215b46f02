# SPDX-License-Identifier: Apache-2.0
"""The card of a data set: counted from its files, one shard in memory at a time."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from .dataset import is_held_out
from .sample import FORMS
from .shards import Shard, load_shard
from .store import DatasetStore

_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)
DARK = 0.15


def measure(store: DatasetStore) -> dict[str, Any]:
    """Counts of frames, classes, boxes, brightness and bytes of a finished data set."""
    recipe = store.manifest()["recipe"]
    ids = sorted(int(i) for i in recipe["classes"])
    names = [recipe["classes"][str(i)] for i in ids]
    paths = store.shard_paths()
    counts = _count((load_shard(path) for path in paths), len(ids))
    frames = len(counts["seeds"])
    size = sum(path.stat().st_size for path in paths)
    brightness = np.array(counts["brightness"])
    held_out = sum(is_held_out(seed) for seed in counts["seeds"])
    return {
        "frames": frames,
        "scenes": len(set(counts["seeds"])),
        "train_frames": frames - held_out,
        "val_frames": held_out,
        "bytes": size,
        "bytes_per_frame": round(size / max(frames, 1)),
        "brightness": _spread(brightness),
        "dark_share": round(float((brightness < DARK).mean()), 4) if frames else 0.0,
        "boxes_per_image": {form: _spread(np.array(counts[form]["boxes"])) for form in FORMS},
        "classes": {
            form: {
                name: {
                    "frames": int(counts[form]["frames"][i]),
                    "pixel_share": round(float(counts[form]["pixels"][i]), 5),
                    "instances": int(counts[form]["instances"][i]),
                }
                for i, name in enumerate(names)
            }
            for form in FORMS
        },
        "recipe": recipe,
    }


def _count(shards: Iterable[Shard], classes: int) -> dict[str, Any]:
    counts: dict[str, Any] = {"seeds": [], "brightness": []}
    for form in FORMS:
        counts[form] = {name: np.zeros(classes) for name in ("frames", "pixels", "instances")}
        counts[form]["boxes"] = []
    for shard in shards:
        counts["seeds"] += shard.seeds.tolist()
        counts["brightness"] += ((shard.images / np.float32(255)) @ _LUMA).mean((1, 2)).tolist()
        for form in FORMS:
            for semantic, instance in zip(
                shard.forms[form].arrays["semantic"],
                shard.forms[form].arrays["instance"],
                strict=True,
            ):
                _count_frame(counts[form], semantic, instance)
    for form in FORMS:
        counts[form]["pixels"] /= max(counts[form]["pixels"].sum(), 1.0)
    return counts


def _count_frame(counts: dict[str, Any], semantic: np.ndarray, instance: np.ndarray) -> None:
    classes = len(counts["pixels"])
    pixels = np.bincount(semantic.ravel(), minlength=classes)
    counts["pixels"] += pixels
    counts["frames"] += pixels > 0
    rows, first = np.unique(instance, return_index=True)
    seen = semantic.ravel()[first[rows > 0]]
    counts["instances"] += np.bincount(seen, minlength=classes)
    counts["boxes"].append(len(seen))


def _spread(values: np.ndarray) -> dict[str, float]:
    """Mean and the 5th, 50th and 95th percentile."""
    if not len(values):
        return {}
    low, middle, high = np.percentile(values, [5, 50, 95])
    named = {"mean": values.mean(), "p05": low, "median": middle, "p95": high}
    return {name: round(float(value), 4) for name, value in named.items()}

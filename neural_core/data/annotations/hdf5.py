# SPDX-License-Identifier: Apache-2.0
"""Dense passes: ``passes.h5``, one row per frame in every dataset. Layout: docs/annotations.md."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from neural_core.contract import PASS_LAYOUT, ContractError

from .classes import Categories
from .labels import FrameLabels

COMPRESSION = {"compression": "gzip", "compression_opts": 4, "shuffle": True}

OBJECT = np.dtype(
    [
        ("frame", "<u4"),
        ("instance_id", "<u4"),
        ("category_id", "<u4"),
        ("class_id", "<u2"),
        ("bbox", "<i4", (4,)),
        ("area", "<i8"),
        ("truncation", "<f4"),
        ("occlusion", "<f4"),
        ("matrix_world", "<f8", (4, 4)),
        ("box", "<f8", (2, 3)),
        ("appearance_seed", "<i8"),
    ]
)
"""A labelled thing; ``frame`` is its row in the datasets of frames, bbox is left, top, width,
height in pixels, box the corners in local space."""

_Kind = tuple[tuple[int, int], frozenset[str]]

AXES = (
    "World: right-handed, Z up, metres. Camera: +X right, +Y up, looks along -Z. Pixels: origin at "
    "the top-left corner of the image, x right, y down, centres at +0.5. Depth: planar metres, inf "
    "where empty. Normals: world."
)


class Hdf5Writer:
    """One file for the set; chunks of one frame, deflated."""

    def __init__(self, folder: Path, categories: Categories) -> None:
        try:
            import h5py
        except ImportError as error:
            raise ContractError(
                "formats", "hdf5 needs h5py", "Install it: pip install 'h5py>=3.12,<4'"
            ) from error
        self._h5py = h5py
        folder.mkdir(parents=True, exist_ok=True)
        self._file = h5py.File(folder / "passes.h5", "w")
        self._categories = categories
        self._count = 0
        self._kind: _Kind | None = None
        self._rows: dict[str, Any] = {}

    def add(self, labels: FrameLabels) -> None:
        """Append a frame. Raises ContractError: another size or other passes than the first."""
        if self._kind is None:
            self._start(labels)
        elif self._kind != _kind(labels):
            raise ContractError(
                labels.shot.name,
                f"its size {labels.size} or its passes differ from those of the frames before",
                "hdf5 holds frames of one kind: write others to another folder",
            )
        for name, value in _row(labels).items():
            self._rows[name].resize(self._count + 1, axis=0)
            self._rows[name][self._count] = value
        self._append_objects(labels)
        self._count += 1

    def finish(self) -> None:
        """Write what the whole set has in common."""
        palette = self._categories.palette
        classes = {
            str(entry.id): {"name": entry.name, "color": list(entry.color)}
            for entry in self._categories.all()
        }
        self._file.attrs["classes"] = json.dumps(classes)
        self._file.attrs["background_id"] = palette.background_id
        self._file.attrs["axes"] = AXES
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _start(self, labels: FrameLabels) -> None:
        self._kind = _kind(labels)
        text = self._h5py.string_dtype()
        for name, value in _row(labels).items():
            if isinstance(value, str):
                self._rows[name] = self._file.create_dataset(name, (0,), text, maxshape=(None,))
                continue
            array = np.asarray(value)
            shape = array.shape
            packing = COMPRESSION if name in PASS_LAYOUT else {}
            self._rows[name] = self._file.create_dataset(
                name,
                (0, *shape),
                array.dtype,
                maxshape=(None, *shape),
                chunks=(1, *shape) if name in PASS_LAYOUT else True,
                **packing,
            )
        self._rows["objects"] = self._file.create_dataset(
            "objects", (0,), OBJECT, maxshape=(None,), chunks=True
        )

    def _append_objects(self, labels: FrameLabels) -> None:
        table = np.zeros(len(labels.instances), OBJECT)
        for row, label in zip(table, labels.instances, strict=True):
            item, extent = label.item, label.extent
            row["frame"], row["instance_id"] = self._count, item.instance_id
            row["category_id"], row["class_id"] = label.category, item.class_id
            row["bbox"], row["area"] = label.box, label.area
            row["truncation"], row["occlusion"] = extent.truncation, extent.occlusion
            row["matrix_world"], row["box"] = item.matrix_world, item.box
            row["appearance_seed"] = item.appearance_seed
        objects = self._rows["objects"]
        start = len(objects)
        objects.resize(start + len(table), axis=0)
        objects[start:] = table


def _row(labels: FrameLabels) -> dict[str, Any]:
    """What a frame adds to each dataset."""
    camera = labels.shot.frame.camera
    intrinsics = np.array([[camera.fx, 0, camera.cx], [0, camera.fy, camera.cy], [0, 0, 1]])
    passes = {
        name: getattr(labels.passes, name)
        for name in PASS_LAYOUT
        if name not in labels.shot.missing
    }
    return {
        **passes,
        "name": labels.shot.name,
        "split": labels.shot.split,
        "camera/camera_to_world": camera.camera_to_world,
        "camera/intrinsics": intrinsics,
        "camera/clip": np.array([camera.near, camera.far]),
        "camera/kind": camera.kind,
    }


def _kind(labels: FrameLabels) -> _Kind:
    return labels.size, labels.shot.missing

# SPDX-License-Identifier: Apache-2.0
"""COCO panoptic: ``panoptic/panoptic.json`` and a PNG per frame in ``panoptic/panoptic/``.

Every pixel with a class belongs to one segment: things are one segment per instance (and per class
of its faces, where an object's faces have classes of their own), stuff one per class.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from neural_core.contract import VOID, ContractError

from .classes import Categories
from .coco import image_entry, split_suffix
from .documents import ListDocument
from .labels import FrameLabels, groups, pixel_box

MAX_SEGMENTS = 256**3 - 1


class PanopticWriter:
    """One JSON and one folder of PNGs per split; a segment's id is R + 256 G + 65536 B."""

    def __init__(self, folder: Path, categories: Categories) -> None:
        self._folder = folder / "panoptic"
        self._categories = categories
        self._documents: dict[str, ListDocument] = {}

    def add(self, labels: FrameLabels) -> None:
        """Write a frame's segments. Raises ContractError: too many for 24 bits."""
        document = self._document(labels.shot.split)
        image_id = document.count("images") + 1
        ids, segments = segment(labels)
        folder = self._folder / f"panoptic{split_suffix(labels.shot.split)}"
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(id_colors(ids)).save(folder / labels.shot.file_name)
        document.append("images", image_entry(labels, image_id))
        entry = {
            "image_id": image_id,
            "file_name": labels.shot.file_name,
            "segments_info": segments,
        }
        document.append("annotations", entry)

    def finish(self) -> None:
        """Write the documents."""
        categories = [
            {
                "id": entry.id,
                "name": entry.name,
                "supercategory": "thing" if self._categories.is_thing(entry.id) else "stuff",
                "isthing": int(self._categories.is_thing(entry.id)),
                "color": [round(255 * channel) for channel in entry.color],
            }
            for entry in self._categories.palette.classes
        ]
        for document in self._documents.values():
            document.finish(info={"description": "Blockout"}, licenses=[], categories=categories)

    def close(self) -> None:
        """Let go of open files."""
        for document in self._documents.values():
            document.close()

    def _document(self, split: str) -> ListDocument:
        if split not in self._documents:
            path = self._folder / f"panoptic{split_suffix(split)}.json"
            self._documents[split] = ListDocument(path, ("images", "annotations"))
        return self._documents[split]


def segment(labels: FrameLabels) -> tuple[NDArray[np.uint32], list[dict[str, Any]]]:
    """Segment ids (H, W), 0 = no class, and COCO's ``segments_info``."""
    semantic = labels.passes.semantic.astype(np.uint64)
    is_thing = np.isin(labels.passes.semantic, list(labels.categories.things))
    # One number per segment: the instance in the upper bits, the class in the lower ones.
    instance = np.where(is_thing, labels.passes.instance, 0).astype(np.uint64)
    keys = np.where(semantic == VOID, 0, (instance << np.uint64(16)) | semantic)
    height, width = keys.shape
    flat = np.zeros(height * width, np.uint32)
    segments = []
    for key, pixels in groups(keys):
        if key == 0:
            continue
        flat[pixels] = number = len(segments) + 1
        entry: dict[str, Any] = {
            "id": number,
            "category_id": key & 0xFFFF,
            "area": len(pixels),
            "bbox": list(pixel_box(pixels, height)),
            "iscrowd": 0,
        }
        if key >> 16:
            entry["instance_id"] = key >> 16
        segments.append(entry)
    if len(segments) > MAX_SEGMENTS:
        raise ContractError(
            labels.shot.name, f"{len(segments):,} segments", f"At most {MAX_SEGMENTS:,} in a frame"
        )
    return flat.reshape(width, height).T, segments


def id_colors(ids: NDArray[np.uint32]) -> NDArray[np.uint8]:
    """Ids (H, W) -> colours (H, W, 3): id = R + 256 G + 65536 B."""
    return np.stack([ids >> shift & 0xFF for shift in (0, 8, 16)], axis=-1).astype(np.uint8)

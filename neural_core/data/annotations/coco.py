# SPDX-License-Identifier: Apache-2.0
"""COCO instances: ``coco/instances.json``, or ``coco/instances_SPLIT.json``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from neural_core.contract import ContractError

from .classes import Categories, keypoint_names, skeleton
from .documents import ListDocument
from .labels import NOT_LABELLED, FrameLabels, InstanceLabel
from .rle import encode_mask


class CocoWriter:
    """One JSON per split: masks as compressed run lengths, boxes, areas, keypoints."""

    def __init__(self, folder: Path, categories: Categories) -> None:
        self._folder = folder / "coco"
        self._categories = categories
        self._documents: dict[str, ListDocument] = {}
        self._keypoints: dict[int, int] = {}

    def add(self, labels: FrameLabels) -> None:
        """Write a frame's labels.

        Raises:
            ContractError: objects of one category have different numbers of keypoints.
        """
        document = self._document(labels.shot.split)
        width, height = labels.size
        image_id = document.count("images") + 1
        document.append("images", image_entry(labels, image_id))
        for label in labels.instances:
            self._note_keypoints(label)
            entry = {
                "id": document.count("annotations") + 1,
                "image_id": image_id,
                "category_id": label.category,
                "segmentation": encode_mask(label.pixels, width, height),
                "area": label.area,
                "bbox": list(label.box),
                "iscrowd": 0,
                **_keypoint_entry(label),
                "attributes": _attributes(label),
            }
            document.append("annotations", entry)

    def finish(self) -> None:
        """Write the documents."""
        for document in self._documents.values():
            document.finish(
                info={"description": "Blockout"}, licenses=[], categories=self._category_entries()
            )

    def close(self) -> None:
        """Let go of open files."""
        for document in self._documents.values():
            document.close()

    def _document(self, split: str) -> ListDocument:
        if split not in self._documents:
            path = self._folder / f"instances{split_suffix(split)}.json"
            self._documents[split] = ListDocument(path, ("images", "annotations"))
        return self._documents[split]

    def _note_keypoints(self, label: InstanceLabel) -> None:
        if label.keypoints is None:
            return
        count = self._keypoints.setdefault(label.category, len(label.keypoints))
        if count != len(label.keypoints):
            raise ContractError(
                f"objects '{label.item.name}'.keypoints",
                f"there are {len(label.keypoints)}, other objects of the class have {count}",
                "Give all objects of a class the same keypoints",
            )

    def _category_entries(self) -> list[dict[str, Any]]:
        entries = []
        for entry in self._categories.countable():
            found: dict[str, Any] = {"id": entry.id, "name": entry.name, "supercategory": "thing"}
            count = self._keypoints.get(entry.id)
            if count is not None:
                found |= {"keypoints": keypoint_names(count), "skeleton": skeleton(count)}
            entries.append(found)
        return entries


def split_suffix(split: str) -> str:
    """What a split adds to a file's name."""
    return f"_{split}" if split else ""


def image_entry(labels: FrameLabels, image_id: int) -> dict[str, Any]:
    """COCO's entry of a picture."""
    width, height = labels.size
    return {
        "id": image_id,
        "file_name": labels.shot.file_name,
        "width": width,
        "height": height,
    }


def _keypoint_entry(label: InstanceLabel) -> dict[str, Any]:
    if label.keypoints is None:
        return {}
    flags = label.keypoints[:, 2]
    values = np.round(label.keypoints, 3).reshape(-1).tolist()
    flat = [int(v) if index % 3 == 2 else v for index, v in enumerate(values)]
    return {"num_keypoints": int((flags > NOT_LABELLED).sum()), "keypoints": flat}


def _attributes(label: InstanceLabel) -> dict[str, Any]:
    return {
        "instance_id": label.item.instance_id,
        "name": label.item.name,
        "truncation": round(label.extent.truncation, 4),
        "occlusion": round(label.extent.occlusion, 4),
        "measured_on": label.extent.measured_on,
    }

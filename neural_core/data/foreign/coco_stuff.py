# SPDX-License-Identifier: Apache-2.0
"""COCO-Stuff: COCO's pictures with stuffthingmaps, and COCO's instances when asked for."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, ClassVar, Unpack

import numpy as np

from neural_core.contract import COCO_STUFF, VOID, ContractError

from .base import ForeignDataset, Item, LabelMaps, first_folder, list_files, pair_up
from .coco_masks import decode_segmentation
from .labels import LabelMap, read_labels
from .view import ViewOptions

UNLABELLED = 255


class CocoStuff(ForeignDataset):
    """COCO-Stuff with one label map for things and stuff; class ids are those of its labels.txt.

    The maps store id - 1, and 255, which is void, where nothing is labelled.

    Args:
        instances: an ``instances_*.json`` of COCO, e.g. ``annotations/instances_val2017.json``;
            without one ``instance`` is 0 everywhere. An instance covers the pixels of its polygon
            that the label map gives to its class; smaller ones lie on top; crowds are none.
    """

    FORMAT: ClassVar[str] = "coco_stuff"
    LAYOUT: ClassVar[str] = (
        "images/train2017/*.jpg and annotations/train2017/*.png (or stuffthingmaps/train2017, "
        "or val2017)"
    )
    SPLITS: ClassVar[tuple[str, ...]] = ("train", "val")

    palette = COCO_STUFF
    _classes = LabelMap({UNLABELLED: VOID, **{e.id - 1: e.id for e in COCO_STUFF.classes}})

    def __init__(
        self,
        folder: str | Path,
        split: str = "train",
        *,
        instances: str | Path | None = None,
        **view: Unpack[ViewOptions],
    ) -> None:
        super().__init__(folder, split, **view)
        self._instances = None if instances is None else _load_instances(Path(instances))
        if self._instances is not None:
            unlisted = [item for item in self.items if item.image.name not in self._instances]
            if unlisted:
                raise ContractError(
                    str(instances),
                    f"it does not list {unlisted[0].image.name}",
                    f"Use the file of the split '{split}'",
                )

    @classmethod
    def recognises(cls, folder: Path) -> bool:
        return any(
            pictures.is_dir() and any(place.is_dir() for place in labels)
            for pictures, labels in (_places(folder, split) for split in cls.SPLITS)
        )

    def _present(self) -> list[str]:
        return [split for split in self.SPLITS if _places(self.folder, split)[0].is_dir()]

    def _index(self, split: str) -> Iterable[Item]:
        pictures, places = _places(self.folder, split)
        labels = first_folder(places, self.LAYOUT)
        return pair_up(
            list_files(first_folder([pictures], self.LAYOUT), (".jpg", ".jpeg")),
            list_files(labels, ".png"),
            f"{labels}/{{name}}.png",
        )

    def _read(self, item: Item) -> LabelMaps:
        semantic = self._classes(read_labels(item.label), item.label)
        instance = np.zeros(semantic.shape, np.int64)
        if self._instances is not None:
            for entry in self._instances[item.image.name]:
                try:
                    mask = decode_segmentation(entry["segmentation"], *semantic.shape)
                except ValueError as error:
                    raise ContractError(
                        f"{item.image.name}, annotation {entry['id']}", str(error), "Repair it"
                    ) from error
                instance[mask & (semantic == entry["category_id"])] = entry["id"]
        return LabelMaps(semantic, instance)


def _places(folder: Path, split: str) -> tuple[Path, list[Path]]:
    """Where the pictures of a split are, and where its label maps may be."""
    name = f"{split}2017"
    return folder / "images" / name, [
        folder / "annotations" / name,
        folder / "stuffthingmaps" / name,
        folder / "annotations" / "stuffthingmaps" / name,
    ]


def _load_instances(path: Path) -> dict[str, list[dict[str, Any]]]:
    """Instances of each picture by its file name, the largest first."""
    try:
        data = json.loads(path.read_bytes())
        names = {entry["id"]: entry["file_name"] for entry in data["images"]}
        found: dict[str, list[dict[str, Any]]] = {name: [] for name in names.values()}
        for entry in data["annotations"]:
            if not entry.get("iscrowd", 0):
                kept = {key: entry[key] for key in ("id", "category_id", "segmentation", "area")}
                found[names[entry["image_id"]]].append(kept)
    except FileNotFoundError as error:
        raise ContractError(str(path), "the file is missing", "Download it, or leave it") from error
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ContractError(
            str(path), f"it is no instance file of COCO ({error!r})", "Use instances_*2017.json"
        ) from error
    for name, entries in found.items():
        unknown = [e for e in entries if COCO_STUFF.by_id(e["category_id"]) is None]
        if unknown:
            raise ContractError(
                f"{path}, annotation {unknown[0]['id']} of {name}",
                f"category id {unknown[0]['category_id']} is unknown",
                "Allowed are 1-182",
            )
        entries.sort(key=lambda entry: -entry["area"])
    return found

# SPDX-License-Identifier: Apache-2.0
"""ADE20K: the SceneParsing benchmark, and the full set, whose classes are mapped to its 150."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

import numpy as np

from neural_core.contract import ADE20K, VOID, ContractError

from .ade20k_codes import FULL_CLASSES, SCENE_PARSING_OF_FULL
from .base import ForeignDataset, Item, LabelMaps, first_folder, list_files, pair_up, require_folder
from .labels import LabelMap, read_channels, read_labels

_FOLDERS = {"train": "training", "val": "validation"}


class Ade20kSceneParsing(ForeignDataset):
    """The benchmark of 150 classes. 0, "other objects", is void; it knows no instances."""

    FORMAT: ClassVar[str] = "ade20k_scene_parsing"
    LAYOUT: ClassVar[str] = "images/training/*.jpg and annotations/training/*.png, or validation"
    SPLITS: ClassVar[tuple[str, ...]] = tuple(_FOLDERS)

    palette = ADE20K
    _classes = LabelMap({0: VOID, **{entry.id: entry.id for entry in ADE20K.classes}})

    @classmethod
    def recognises(cls, folder: Path) -> bool:
        return any(
            (folder / "images" / name).is_dir() and (folder / "annotations" / name).is_dir()
            for name in _FOLDERS.values()
        )

    def _present(self) -> list[str]:
        return [s for s, name in _FOLDERS.items() if (self.folder / "images" / name).is_dir()]

    def _index(self, split: str) -> Iterable[Item]:
        pictures = require_folder(self.folder / "images" / _FOLDERS[split], self.LAYOUT)
        labels = require_folder(self.folder / "annotations" / _FOLDERS[split], self.LAYOUT)
        return pair_up(
            list_files(pictures, (".jpg", ".jpeg")),
            list_files(labels, ".png"),
            f"{labels}/{{name}}.png",
        )

    def _read(self, item: Item) -> LabelMaps:
        semantic = self._classes(read_labels(item.label), item.label)
        return LabelMaps(semantic, np.zeros(semantic.shape, np.int64))


class Ade20kFull(ForeignDataset):
    """The full set of 2016 or 2021: pictures with ``*_seg.png`` beside them.

    Its more than three thousand classes become the 150 of SceneParsing by the benchmark's own
    table; all others are void. Instances are those of the whole objects, of every class: a wall,
    too, is one, and objects of a void class keep their instance.
    """

    FORMAT: ClassVar[str] = "ade20k"
    LAYOUT: ClassVar[str] = (
        "images/ADE/training/**/NAME.jpg with NAME_seg.png beside it (or images/training, "
        "or validation)"
    )
    SPLITS: ClassVar[tuple[str, ...]] = tuple(_FOLDERS)

    palette = ADE20K
    _classes = LabelMap({**dict.fromkeys(range(FULL_CLASSES + 1), VOID), **SCENE_PARSING_OF_FULL})

    @classmethod
    def recognises(cls, folder: Path) -> bool:
        return any(
            next(place.rglob("*_seg.png"), None) is not None
            for split in cls.SPLITS
            for place in _places(folder, split)
        )

    def _present(self) -> list[str]:
        return [s for s in self.SPLITS if any(p.is_dir() for p in _places(self.folder, s))]

    def _index(self, split: str) -> Iterable[Item]:
        folder = first_folder(_places(self.folder, split), self.LAYOUT)
        return pair_up(
            list_files(folder, (".jpg", ".jpeg")),
            list_files(folder, "_seg.png"),
            f"{folder}/{{name}}_seg.png",
        )

    def _read(self, item: Item) -> LabelMaps:
        red, green, blue = np.moveaxis(read_channels(item.label), -1, 0)
        if (red % 10).any():
            raise ContractError(
                str(item.label),
                f"red is {int(red[red % 10 != 0][0])}",
                "In the full set red is a multiple of 10: the class is red / 10 * 256 + green",
            )
        codes = red // 10 * 256 + green
        semantic = self._classes(codes, item.label)
        # Blue tells apart the objects of a picture; with more than 255 of them, of one class.
        instance = np.where(blue > 0, codes * 256 + blue, 0).astype(np.int64)
        return LabelMaps(semantic, instance)


def _places(folder: Path, split: str) -> list[Path]:
    """Where the releases of 2021 and of 2016 keep a split."""
    images = folder / "images"
    return [images / "ADE" / _FOLDERS[split], images / _FOLDERS[split]]

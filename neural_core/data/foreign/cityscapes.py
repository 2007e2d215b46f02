# SPDX-License-Identifier: Apache-2.0
"""Cityscapes: leftImg8bit pictures, labelIds and instanceIds of gtFine or gtCoarse."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar, Unpack

import numpy as np

from neural_core.contract import CITYSCAPES, ContractError

from .base import ForeignDataset, Item, LabelMaps, list_files, pair_up, require_folder
from .labels import LabelMap, read_labels
from .view import ViewOptions

ANNOTATIONS = ("gtFine", "gtCoarse")
# An instance id is its class times this, plus a count from 0 on; smaller values are a class alone:
# stuff, or a group in which nobody could tell one from the other.
_CLASS_STEP = 1000


class Cityscapes(ForeignDataset):
    """Cityscapes as it unpacks. Class ids are its labelIds; 0, unlabelled, is void.

    ``instance`` needs the ``*_instanceIds.png``; a group of cars that nobody could tell apart is
    of class car and of no instance. The labels of the split test hold no classes but the car's own.

    Args:
        annotations: gtFine | gtCoarse.
    """

    FORMAT: ClassVar[str] = "cityscapes"
    LAYOUT: ClassVar[str] = (
        "leftImg8bit/SPLIT/CITY/*_leftImg8bit.png and gtFine/SPLIT/CITY/*_gtFine_labelIds.png"
    )
    SPLITS: ClassVar[tuple[str, ...]] = ("train", "val", "test", "train_extra")

    palette = CITYSCAPES
    _classes = LabelMap({0: 0, **{entry.id: entry.id for entry in CITYSCAPES.classes}})

    def __init__(
        self,
        folder: str | Path,
        split: str = "train",
        *,
        annotations: str = "gtFine",
        **view: Unpack[ViewOptions],
    ) -> None:
        if annotations not in ANNOTATIONS:
            raise ContractError(
                "annotations", f"'{annotations}' is unknown", f"Use one of {ANNOTATIONS}"
            )
        self.annotations = annotations
        super().__init__(folder, split, **view)

    @classmethod
    def recognises(cls, folder: Path) -> bool:
        return (folder / "leftImg8bit").is_dir() and any(
            (folder / name).is_dir() for name in ANNOTATIONS
        )

    def _present(self) -> list[str]:
        """All but test, which has no public labels."""
        return [
            split
            for split in self.SPLITS
            if split != "test" and (self.folder / self.annotations / split).is_dir()
        ]

    def _index(self, split: str) -> Iterable[Item]:
        pictures = require_folder(self.folder / "leftImg8bit" / split, self.LAYOUT)
        truth = require_folder(self.folder / self.annotations / split, self.LAYOUT)
        return pair_up(
            list_files(pictures, "_leftimg8bit.png"),
            list_files(truth, f"_{self.annotations}_labelids.png".lower()),
            f"{truth}/{{name}}_{self.annotations}_labelIds.png",
            list_files(truth, f"_{self.annotations}_instanceids.png".lower()),
        )

    def _read(self, item: Item) -> LabelMaps:
        semantic = self._classes(read_labels(item.label), item.label)
        if item.instance is None:
            return LabelMaps(semantic, np.zeros(semantic.shape, np.int64))
        codes = read_labels(item.instance)
        counted = codes >= _CLASS_STEP
        self._classes(np.where(counted, codes // _CLASS_STEP, codes), item.instance)
        return LabelMaps(semantic, np.where(counted, codes, 0).astype(np.int64))

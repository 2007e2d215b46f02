# SPDX-License-Identifier: Apache-2.0
"""A folder of pictures and a folder of label maps: the form for a set of one's own."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar, Unpack

import numpy as np
from numpy.typing import NDArray

from neural_core.contract import VOID, ContractError, Palette

from .base import PICTURES, ForeignDataset, Item, LabelMaps, list_files, pair_up, require_folder
from .class_file import find_classes
from .labels import LabelMap, read_channels, read_labels, read_mode
from .view import ViewOptions

IGNORED = (0, 255)
_BLACK = 0


class PlainFolder(ForeignDataset):
    """Pictures in ``images``, label maps of the same name in ``labels``; folders within are kept.

    A label map is a PNG of one channel with label values, an indexed one, or an RGB one with the
    colours of the classes, black = void. ``instances`` may hold maps of instance ids, 0 = none.

    Args:
        split: all, or train, val, test where there are such folders, as ``images/train`` or
            ``train/images``.
        classes: a Palette, the name of one that ships, or a file; None = the folder's own
            classes.json or classes.txt.
        ignore: label values that are void, unless a class has them.
    """

    FORMAT: ClassVar[str] = "folder"
    LAYOUT: ClassVar[str] = (
        "images/NAME.jpg|png and labels/NAME.png, or images/SPLIT and labels/SPLIT, or "
        "SPLIT/images and SPLIT/labels, with a classes.json or classes.txt"
    )
    SPLITS: ClassVar[tuple[str, ...]] = ("train", "val", "test")

    def __init__(
        self,
        folder: str | Path,
        split: str = "all",
        *,
        classes: Palette | str | Path | None = None,
        ignore: tuple[int, ...] = IGNORED,
        **view: Unpack[ViewOptions],
    ) -> None:
        super().__init__(folder, split, **view)
        listed = find_classes(self.folder, classes)
        self.palette = listed.palette
        self._classes = LabelMap({**dict.fromkeys(ignore, VOID), **listed.values})
        self._colors = listed.colors

    @classmethod
    def recognises(cls, folder: Path) -> bool:
        return any(
            (images.is_dir() and labels.is_dir())
            for images, labels, _ in (_places(folder, split) for split in ("", *cls.SPLITS))
        )

    def _present(self) -> list[str]:
        found = [split for split in self.SPLITS if _places(self.folder, split)[0].is_dir()]
        return found or [""]

    def _index(self, split: str) -> Iterable[Item]:
        images, labels, instances = _places(self.folder, split)
        require_folder(images, self.LAYOUT)
        require_folder(labels, self.LAYOUT)
        return pair_up(
            list_files(images, PICTURES),
            list_files(labels, ".png"),
            f"{labels}/{{name}}.png",
            list_files(instances, ".png") if instances.is_dir() else None,
        )

    def _read(self, item: Item) -> LabelMaps:
        semantic = self._semantic(item.label)
        if item.instance is None:
            return LabelMaps(semantic, np.zeros(semantic.shape, np.int64))
        instance = read_labels(item.instance).astype(np.int64)
        if (instance < 0).any():
            raise ContractError(str(item.instance), "an instance id is negative", "0 means none")
        return LabelMaps(semantic, instance)

    def _semantic(self, path: Path) -> NDArray[np.int32]:
        if read_mode(path) not in ("RGB", "RGBA"):
            return self._classes(read_labels(path), path)
        if not self._colors:
            raise ContractError(
                str(path),
                "it is coloured, and the classes have no colours that tell them apart",
                "Give each class a color of its own, or write label values in one channel",
            )
        red, green, blue = np.moveaxis(read_channels(path), -1, 0)
        return _from_colors(red << 16 | green << 8 | blue, self._colors, path)


def _from_colors(codes: NDArray[np.int32], colors: dict[int, int], path: Path) -> NDArray[np.int32]:
    """Class ids of RGB codes (H, W). Raises ContractError: a colour that no class has."""
    known = np.array(sorted({_BLACK, *colors}), np.int32)
    ids = np.array([colors.get(int(code), VOID) for code in known], np.int32)
    rows = np.minimum(np.searchsorted(known, codes), len(known) - 1)
    unknown = known[rows] != codes
    if unknown.any():
        code = int(codes[unknown][0])
        allowed = ", ".join(f"#{color:06x}" for color in known)
        raise ContractError(
            str(path),
            f"the colour #{code:06x} is unknown ({int((codes == code).sum()):,} pixels)",
            f"Allowed are {allowed}",
        )
    return ids[rows]


def _places(folder: Path, split: str) -> tuple[Path, Path, Path]:
    """Folders of pictures, label maps and instance maps of a split; "" is a set without splits."""
    inside = (folder / split / "images").is_dir()
    images, labels, instances = (
        folder / split / name if inside else folder / name / split
        for name in ("images", "labels", "instances")
    )
    return images, labels, instances

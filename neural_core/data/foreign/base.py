# SPDX-License-Identifier: Apache-2.0
"""What all foreign sets share: an index of files, and samples of our own form."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Unpack

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from neural_core.contract import VOID, ContractError, Palette
from neural_core.data.conditions import Conditions

from .labels import read_picture
from .view import View, ViewOptions, Window

PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff")


@dataclass(frozen=True)
class Item:
    """The files of one sample; ``name`` is unique within its split."""

    name: str
    image: Path
    label: Path
    instance: Path | None = None


@dataclass(frozen=True)
class LabelMaps:
    """What the files say of a picture, H x W.

    Attributes:
        semantic: class ids of the palette, 0 = void.
        instance: ids as the set counts them, 0 = none.
    """

    semantic: NDArray[np.int32]
    instance: NDArray[np.int64]


@dataclass(frozen=True)
class Instances:
    """The instances of a picture: row r is the value r of ``instance``; row 0 stands for none.

    Attributes:
        class_id: (N,) class at the instance's first pixel.
        source_id: (N,) its id as the set counts it.
    """

    class_id: NDArray[np.int64]
    source_id: NDArray[np.int64]


class ForeignDataset(Dataset[Conditions], ABC):
    """Pictures with labels, of one split. The folders are listed once, files read when asked for.

    A sample has ``image`` (3, H, W) uint8 sRGB; ``semantic`` (H, W) int64 ids of ``palette``,
    0 = void; ``instance`` (H, W) int64, 1.. counted per picture, 0 = none, and nothing but 0 where
    the set knows no instances; ``valid`` (1, H, W) float32, 0 where the label is void. There is
    no geometry: depth, normals, shading, tints and boxes are keys of rendered sets only.

    Args:
        folder: the root of the set.
        split: one of ``SPLITS``, or all: those that are there, one after the other.
        **view: size, fit and flip, see `View`. Without a size, samples differ in size, and a
            DataLoader takes them one at a time only.

    Raises:
        ContractError: a folder is missing, the split is unknown or empty, or a picture has no
            label. When a sample is read: a file cannot be read, sizes differ, or a label id is
            unknown.
    """

    FORMAT: ClassVar[str]
    LAYOUT: ClassVar[str]
    """What the folder must hold, in one line."""
    SPLITS: ClassVar[tuple[str, ...]]

    palette: Palette

    def __init__(
        self, folder: str | Path, split: str = "train", **view: Unpack[ViewOptions]
    ) -> None:
        self.folder = Path(folder)
        self.view = View(**view)
        self.split = split
        require_folder(self.folder, self.LAYOUT)
        if split not in (*self.SPLITS, "all"):
            raise ContractError(
                "split", f"'{split}' is unknown to {self.FORMAT}", f"Use {self.SPLITS} or all"
            )
        names = self._present() if split == "all" else (split,)
        self.items: list[Item] = [item for name in names for item in self._index(name)]
        if not self.items:
            raise ContractError(
                str(self.folder), f"the split '{split}' has no picture", f"Expected: {self.LAYOUT}"
            )

    @classmethod
    @abstractmethod
    def recognises(cls, folder: Path) -> bool:
        """Whether the folder is laid out as this format is."""

    @abstractmethod
    def _index(self, split: str) -> Iterable[Item]:
        """The samples of a split. Raises ContractError: a folder or a label is missing."""

    @abstractmethod
    def _read(self, item: Item) -> LabelMaps:
        """Labels of a sample, at the size of its files. Raises ContractError."""

    def _present(self) -> Sequence[str]:
        """The splits of which there is a folder."""
        return self.SPLITS

    def _more(self, item: Item, size: tuple[int, int], window: Window) -> Conditions:
        """Further tensors of a sample; ``size`` is height and width of its picture."""
        del item, size, window
        return {}

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, index: int) -> Conditions:
        item = self.items[index]
        picture = read_picture(item.image)
        size = picture.height, picture.width
        maps = self._checked(item, size)
        rows, _ = _compact(maps)
        window = self.view.window(*size)
        semantic = torch.from_numpy(window.labels(maps.semantic).astype(np.int64))
        return {
            "image": _channels_first(window.pixels(picture)),
            "semantic": semantic,
            "instance": torch.from_numpy(window.labels(rows)),
            "valid": (semantic != VOID).float()[None],
            **self._more(item, size, window),
        }

    def name(self, index: int) -> str:
        """What the set calls a sample."""
        return self.items[index].name

    def instances(self, index: int) -> Instances:
        """The instances of a whole picture, also those that a crop leaves out."""
        item = self.items[index]
        picture = read_picture(item.image)
        return _compact(self._checked(item, (picture.height, picture.width)))[1]

    @property
    def class_names(self) -> dict[int, str]:
        """Name of each class id of the palette."""
        return {entry.id: entry.name for entry in self.palette.classes}

    @property
    def size(self) -> tuple[int, int] | None:
        """Height and width of the samples; None: each has that of its picture."""
        return self.view.shape

    def _checked(self, item: Item, size: tuple[int, int]) -> LabelMaps:
        maps = self._read(item)
        for path, array in ((item.label, maps.semantic), (item.instance, maps.instance)):
            if array.shape != size:
                raise ContractError(
                    str(path or item.label),
                    f"it is {array.shape[1]} x {array.shape[0]} pixels, its picture "
                    f"{item.image.name} is {size[1]} x {size[0]}",
                    "Both must have the same size",
                )
        return maps


def require_folder(folder: Path, layout: str) -> Path:
    """The folder itself. Raises ContractError: it is not there."""
    if not folder.is_dir():
        raise ContractError(str(folder), "there is no such folder", f"Expected: {layout}")
    return folder


def first_folder(candidates: Sequence[Path], layout: str) -> Path:
    """The first of the folders that is there. Raises ContractError: none is."""
    for folder in candidates:
        if folder.is_dir():
            return folder
    return require_folder(candidates[0], layout)


def list_files(folder: Path, endings: str | tuple[str, ...]) -> dict[str, Path]:
    """Files below a folder by their path in it without the ending, in the order of that name.

    Hidden files are left out; endings are compared without case.

    Raises:
        ContractError: two files differ in their ending alone.
    """
    endings = (endings,) if isinstance(endings, str) else endings
    found: dict[str, Path] = {}
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        ending = next((e for e in endings if path.name.lower().endswith(e)), None)
        if ending is None or any(part.startswith(".") for part in relative.parts):
            continue
        name = relative.as_posix()[: -len(ending)]
        if name in found:
            raise ContractError(
                str(path), f"{found[name].name} has the same name", "Remove one of the two"
            )
        found[name] = path
    return found


def pair_up(
    images: dict[str, Path],
    labels: dict[str, Path],
    label_path: str,
    instances: dict[str, Path] | None = None,
) -> list[Item]:
    """One Item for each picture.

    Args:
        images, labels, instances: files by the name that they share.
        label_path: where the label of ``{name}`` should be, for the error.

    Raises:
        ContractError: a picture has no label, or no instance map though the set has some.
    """
    for name, path in images.items():
        if name not in labels:
            expected = label_path.format(name=name)
            raise ContractError(
                str(path), "its label is missing", f"Expected {expected}; or remove the picture"
            )
        if instances and name not in instances:
            raise ContractError(
                str(path),
                "its instance map is missing, though other pictures have one",
                "Restore it, or remove all instance maps",
            )
    known = instances or {}
    return [Item(name, path, labels[name], known.get(name)) for name, path in images.items()]


def _compact(maps: LabelMaps) -> tuple[NDArray[np.int64], Instances]:
    """Instance ids -> rows 1.. in ascending order of the id, and what each row is."""
    ids, first, inverse = np.unique(maps.instance, return_index=True, return_inverse=True)
    has_none = bool(len(ids)) and ids[0] == 0
    rows = inverse.reshape(maps.instance.shape).astype(np.int64) + (0 if has_none else 1)
    classes = maps.semantic.reshape(-1)[first].astype(np.int64)
    start = 1 if has_none else 0
    return rows, Instances(
        np.concatenate([np.zeros(1, np.int64), classes[start:]]),
        np.concatenate([np.zeros(1, np.int64), ids[start:].astype(np.int64)]),
    )


def _channels_first(pixels: NDArray[np.uint8]) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1)))

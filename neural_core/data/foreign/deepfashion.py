# SPDX-License-Identifier: Apache-2.0
"""DeepFashion as used for synthesis: pictures of people, parsing labels, keypoints, pose pairs."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import ClassVar, Unpack

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import Dataset

from neural_core.contract import FIGURE, VOID, ContractError
from neural_core.data.conditions import Conditions

from .base import PICTURES, ForeignDataset, Item, LabelMaps, first_folder, list_files, pair_up
from .labels import LabelMap, read_labels
from .view import ViewOptions, Window

KEYPOINTS = (
    "nose", "neck", "right shoulder", "right elbow", "right wrist", "left shoulder", "left elbow",
    "left wrist", "right hip", "right knee", "right ankle", "left hip", "left knee", "left ankle",
    "right eye", "left eye", "right ear", "left ear",
)  # fmt: skip
"""Order of the 18 keypoints: that of OpenPose's COCO model."""

_MIRRORED = [
    KEYPOINTS.index(
        name.replace("right", "left") if "right" in name else name.replace("left", "right")
    )
    for name in KEYPOINTS
]
_MISSING = -1

_MERGED = {
    "hair": "hat hair",
    "face": "sunglasses face",
    "skin": "torso-skin left-arm right-arm left-leg right-leg",
    "top": "glove upper-clothes dress coat scarf",
    "bottom": "pants skirt",
    "socks": "socks",
    "shoes": "left-shoe right-shoe",
    "background": "background",
}
_CIHP = (
    "background", "hat", "hair", "glove", "sunglasses", "upper-clothes", "dress", "coat", "socks",
    "pants", "torso-skin", "scarf", "skirt", "face", "left-arm", "right-arm", "left-leg",
    "right-leg", "left-shoe", "right-shoe",
)  # fmt: skip
LABELS: dict[str, dict[int, int]] = {
    "figure": {VOID: VOID, **{entry.id: entry.id for entry in FIGURE.classes}},
    "cihp": {
        _CIHP.index(part): entry.id
        for entry in FIGURE.classes
        for part in _MERGED[entry.name].split()
    },
}
"""Label value -> class id of `figure`: its own ids, or the 20 labels of CIHP's parsers merged."""


class DeepFashion(ForeignDataset):
    """Pictures of people with parsing labels, and keypoints and pairs where their CSVs are.

    A sample has ``keypoints`` (18, 3) float32 beside the rest when there is a keypoint file: x and
    y in pixels of the sample from its top-left corner, and 1; or 0, 0, 0 where a point was not
    found or lies outside the sample. Their order is `KEYPOINTS`. `pairs` are what
    `PoseTransferPairs` serves: indices of source and target.

    Args:
        labels: what the label maps hold: figure | cihp, see `LABELS`, or a mapping of their values
            to class ids of the palette `figure`, 0 = void.
    """

    FORMAT: ClassVar[str] = "deepfashion"
    LAYOUT: ClassVar[str] = (
        "train/NAME.jpg and cihp_train_mask/NAME.png (or train_parsing, or parsing/train), or "
        "test; with *annotation-train.csv and *pairs-train.csv if there are any"
    )
    SPLITS: ClassVar[tuple[str, ...]] = ("train", "test")

    palette = FIGURE

    def __init__(
        self,
        folder: str | Path,
        split: str = "train",
        *,
        labels: str | Mapping[int, int] = "figure",
        **view: Unpack[ViewOptions],
    ) -> None:
        if isinstance(labels, str) and labels not in LABELS:
            raise ContractError(
                "labels", f"'{labels}' is unknown", f"Use one of {tuple(LABELS)}, or a mapping"
            )
        self._classes = LabelMap(LABELS[labels] if isinstance(labels, str) else labels)
        super().__init__(folder, split, **view)
        names = self._present() if split == "all" else [split]
        self._keypoints = self._read_keypoints(names)
        self.pairs: list[tuple[int, int]] = self._read_pairs(names)

    @classmethod
    def recognises(cls, folder: Path) -> bool:
        return any(
            (folder / split).is_dir() and any(p.is_dir() for p in _label_places(folder, split))
            for split in cls.SPLITS
        )

    def _present(self) -> list[str]:
        return [split for split in self.SPLITS if (self.folder / split).is_dir()]

    def _index(self, split: str) -> Iterable[Item]:
        labels = first_folder(_label_places(self.folder, split), self.LAYOUT)
        pictures = first_folder([self.folder / split], self.LAYOUT)
        return pair_up(
            list_files(pictures, PICTURES),
            list_files(labels, ".png"),
            f"{labels}/{{name}}.png",
        )

    def _read(self, item: Item) -> LabelMaps:
        semantic = self._classes(read_labels(item.label), item.label)
        return LabelMaps(semantic, np.zeros(semantic.shape, np.int64))

    def _more(self, item: Item, size: tuple[int, int], window: Window) -> Conditions:
        if self._keypoints is None:
            return {}
        found = self._keypoints.get(item.name)
        if found is None:
            return {"keypoints": torch.zeros(len(KEYPOINTS), 3)}
        if (found[:, 2] > 0).any() and (found[:, :2].max(0) > (size[1], size[0])).any():
            raise ContractError(
                str(item.image),
                f"a keypoint lies outside its {size[1]} x {size[0]} pixels",
                "The keypoint file was made for pictures of another size: use those",
            )
        return {"keypoints": torch.from_numpy(_keypoints_in(window, found))}

    def _read_keypoints(self, splits: list[str]) -> dict[str, NDArray[np.float32]] | None:
        files = [path for split in splits for path in _csv(self.folder, "annotation", split)]
        if not files:
            return None
        return {name: row for path in files for name, row in _keypoint_rows(path)}

    def _read_pairs(self, splits: list[str]) -> list[tuple[int, int]]:
        rows = {item.name: index for index, item in enumerate(self.items)}
        pairs = []
        for path in (path for split in splits for path in _csv(self.folder, "pairs", split)):
            for source, target in _pair_rows(path):
                for name in (source, target):
                    if name not in rows:
                        raise ContractError(
                            str(path), f"'{name}' is no picture of the split", "Remove the row"
                        )
                pairs.append((rows[source], rows[target]))
        return pairs


class PoseTransferPairs(Dataset[Conditions]):
    """Pairs of one person in two poses: the tensors of both, as ``source_*`` and ``target_*``.

    Raises:
        ContractError: the set has no pairs.
    """

    def __init__(self, people: DeepFashion) -> None:
        if not people.pairs:
            raise ContractError(
                str(people.folder), "there are no pairs", "Put a *pairs-train.csv there"
            )
        self.people = people

    def __len__(self) -> int:
        return len(self.people.pairs)

    def __getitem__(self, index: int) -> Conditions:
        source, target = self.people.pairs[index]
        sample = {f"source_{name}": value for name, value in self.people[source].items()}
        sample.update({f"target_{name}": value for name, value in self.people[target].items()})
        return sample


def _label_places(folder: Path, split: str) -> list[Path]:
    return [
        folder / f"cihp_{split}_mask",
        folder / f"{split}_parsing",
        folder / "parsing" / split,
    ]


def _csv(folder: Path, kind: str, split: str) -> list[Path]:
    """The file of this kind, or none. Raises ContractError: there are two."""
    found = sorted(folder.glob(f"*{kind}-{split}.csv"))
    if len(found) > 1:
        raise ContractError(
            str(folder), f"there are {found[0].name} and {found[1].name}", "Keep one of the two"
        )
    return found


def _keypoint_rows(path: Path) -> Iterable[tuple[str, NDArray[np.float32]]]:
    """Name without ending, and (18, 3) x, y, found, of each row ``name:[y, ...]:[x, ...]``."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if number == 1 or not line.strip():
            continue
        try:
            name, down, across = line.split(":")
            points = np.array([json.loads(across), json.loads(down)], np.float32).T
            if points.shape != (len(KEYPOINTS), 2):
                raise ValueError(f"{len(points)} points")
        except ValueError as error:
            raise ContractError(
                f"{path}, line {number}",
                f"it is no row of keypoints ({error})",
                "Write name:keypoints_y:keypoints_x with two lists of 18 numbers, -1 = not found",
            ) from error
        found = (points != _MISSING).all(1)
        # The file counts pixels; their centres lie half a pixel further.
        yield _stem(name), np.column_stack([points + 0.5, found]).astype(np.float32)


def _pair_rows(path: Path) -> Iterable[tuple[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        if not {"from", "to"} <= set(reader.fieldnames or ()):
            raise ContractError(
                str(path), f"its columns are {reader.fieldnames}", "The first line must be from,to"
            )
        for row in reader:
            yield _stem(row["from"] or ""), _stem(row["to"] or "")


def _stem(name: str) -> str:
    """A picture's name as the index has it."""
    name = name.strip()
    return name[: -len(Path(name).suffix)] if Path(name).suffix.lower() in PICTURES else name


def _keypoints_in(window: Window, found: NDArray[np.float32]) -> NDArray[np.float32]:
    points = window.points(found[:, :2])
    seen = found[:, 2] > 0
    if window.flipped:
        points, seen = points[_MIRRORED], seen[_MIRRORED]
    height, width = window.size
    seen = seen & (points >= 0).all(1) & (points <= (width, height)).all(1)
    return np.column_stack([points, np.ones(len(points))]).astype(np.float32) * seen[:, None]

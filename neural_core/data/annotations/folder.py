# SPDX-License-Identifier: Apache-2.0
"""The folder of a set of labels: all formats at once, frame by frame, whole or not at all."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from neural_core.contract import ContractError, Palette

from .classes import Categories
from .coco import CocoWriter
from .hdf5 import Hdf5Writer
from .kitti import KittiWriter, LevelKittiWriter
from .labels import FrameLabels, Labeller, Shot
from .panoptic import PanopticWriter
from .pictures import PictureWriter
from .writer import LabelWriter
from .yolo import YoloWriter

FORMATS: dict[str, type[LabelWriter]] = {
    "coco": CocoWriter,
    "panoptic": PanopticWriter,
    "kitti": KittiWriter,
    "kitti_level": LevelKittiWriter,
    "yolo": YoloWriter,
    "hdf5": Hdf5Writer,
}

STAGING = ".annotations.part"
_REPLACED = ".annotations.old"


@dataclass(frozen=True)
class Summary:
    """What was written: frames, labelled things, files and folders at the top of the set."""

    frames: int
    instances: int
    entries: tuple[Path, ...]


class AnnotationFolder:
    """Writes labels while frames come; the files appear when the last frame is done.

    Use it as a context manager: leaving it moves the finished files into ``folder`` (in the place
    of earlier ones of the same format), an exception leaves ``folder`` as it was. One writer to a
    folder at a time.

    Args:
        folder: may exist and hold other files.
        formats: some of `FORMATS`.
        things: names of the classes to label one by one; None = all but surroundings.
        min_pixels: things of which fewer pixels are seen get no label.

    Raises:
        ContractError: an unknown format.
    """

    def __init__(
        self,
        folder: str | Path,
        formats: Sequence[str],
        things: Sequence[str] | None = None,
        min_pixels: int = 1,
    ) -> None:
        self.folder = Path(folder)
        self.formats = parse_formats(",".join(formats))
        self.summary: Summary | None = None
        self._things, self._min_pixels = things, min_pixels
        self._staging = self.folder / STAGING
        self._names: set[str] = set()
        self._instances = 0
        self._labeller: Labeller | None = None
        self._writers: list[LabelWriter] = []

    def __enter__(self) -> AnnotationFolder:
        for leftover in (self._staging, self.folder / _REPLACED):
            shutil.rmtree(leftover, ignore_errors=True)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            if kind is None:
                self._finish()
        finally:
            for writer in self._writers:
                writer.close()
            shutil.rmtree(self._staging, ignore_errors=True)

    def add(self, shot: Shot) -> FrameLabels:
        """Label a frame and write it in all formats.

        Raises:
            ContractError: a name that is no file's name or comes twice, another palette than the
                first frame's, or what `Labeller.label` and the formats refuse.
        """
        self._check_name(shot.name)
        labeller = self._labeller or self._start(shot.frame.palette)
        if shot.frame.palette != labeller.categories.palette:
            raise ContractError(
                f"{shot.name}: palette",
                "it differs from the palette of the frames before",
                "Write frames of one palette to one folder",
            )
        labels = labeller.label(shot)
        for writer in self._writers:
            writer.add(labels)
        self._names.add(shot.name)
        self._instances += len(labels.instances)
        return labels

    def _start(self, palette: Palette) -> Labeller:
        categories = Categories.create(palette, self._things)
        self._staging.mkdir(parents=True)
        for create in (PictureWriter, *(FORMATS[name] for name in self.formats)):
            self._writers.append(create(self._staging, categories))
        self._labeller = Labeller(categories, self._min_pixels)
        return self._labeller

    def _check_name(self, name: str) -> None:
        if not name or Path(name).name != name or name.startswith("."):
            raise ContractError("name", f"'{name}' is no name for a file", "Use a plain name")
        if name in self._names:
            raise ContractError("name", f"'{name}' comes twice", "Give every frame its own name")

    def _finish(self) -> None:
        if not self._names:
            raise ContractError("frames", "there is none", "Give at least one frame")
        for writer in self._writers:
            writer.finish()
        # Folders first: the lists that name their files follow.
        entries = sorted(self._staging.iterdir(), key=lambda path: (path.is_file(), path.name))
        moved = [_move(entry, self.folder) for entry in entries]
        self.summary = Summary(len(self._names), self._instances, tuple(moved))


def write_annotations(
    shots: Iterable[Shot],
    folder: str | Path,
    formats: Sequence[str],
    *,
    things: Sequence[str] | None = None,
    min_pixels: int = 1,
    on_frame: Callable[[], None] | None = None,
) -> Summary:
    """Write labels of all shots, one in memory at a time. Arguments: see `AnnotationFolder`.

    Raises:
        ContractError: bad values or frames; then nothing is written.
    """
    with AnnotationFolder(folder, formats, things, min_pixels) as annotations:
        for shot in shots:
            annotations.add(shot)
            if on_frame is not None:
                on_frame()
    assert annotations.summary is not None
    return annotations.summary


def parse_formats(text: str) -> tuple[str, ...]:
    """``"coco,kitti"`` -> ("coco", "kitti"). Raises ContractError: an unknown one, or none."""
    names = tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))
    for name in names:
        if name not in FORMATS:
            raise ContractError("formats", f"'{name}' is unknown", f"Use some of {_known()}")
    if not names:
        raise ContractError("formats", "there is none", f"Use some of {_known()}")
    return names


def _known() -> str:
    return ", ".join(FORMATS)


def _move(entry: Path, folder: Path) -> Path:
    """Put a finished entry into the folder, in the place of an earlier one."""
    target = folder / entry.name
    if not target.is_dir():
        return entry.replace(target)
    replaced = folder / _REPLACED
    target.replace(replaced)
    entry.replace(target)
    shutil.rmtree(replaced)
    return target

# SPDX-License-Identifier: Apache-2.0
"""Measures subjects on the same frames with the same judges, whatever their method."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from typing import Protocol

import torch
from torch import Tensor
from torch.utils.data import default_collate
from tqdm import tqdm

from neural_core.data.dataset import FrameDataset
from neural_core.data.forms import form_batch
from neural_core.layers.efficientnet_lite import EfficientNetLite0

from .diversity import PAIRS, DiversityMeter
from .likeness import likeness, mean_likeness
from .perceptual import PerceptualDistance
from .report import Row
from .segmentation import Confusion
from .segmenter import Segmenter
from .sets import pooled_features, set_distances

Batch = dict[str, Tensor]
BATCH = 8


class Subject(Protocol):
    """Something that turns conditions into pictures.

    Attributes:
        name: its row; parameters: of its network, None where it has none.
    """

    name: str
    parameters: int | None

    def paint(self, batch: Batch, first: int) -> Tensor:
        """Conditions of frames number ``first`` and up -> (B, 3, H, W) RGB in [-1, 1]."""
        ...


class DiverseSubject(Subject, Protocol):
    """A subject with one code per class."""

    def redraw(self, batch: Batch, first: int) -> tuple[Callable[[int, int], Tensor], Tensor]:
        """What `DiversityMeter.update` wants: the redrawing function and class masks."""
        ...


class Examiner:
    """Frames, judges and what is known of the truth, kept over all subjects.

    Args:
        data: frames of both forms; form: the one that subjects are shown.
        frames: indices into ``data``.
        segmenter: reads labels in pictures; without one, mIoU and accuracy are left out.
        device: where everything runs.
    """

    def __init__(
        self,
        data: FrameDataset,
        form: str,
        frames: Sequence[int],
        segmenter: Segmenter | None,
        device: torch.device | str = "cpu",
    ) -> None:
        self.data, self.form, self.frames = data, form, list(frames)
        self.segmenter, self.device = segmenter, torch.device(device)
        self.backbone = EfficientNetLite0().to(self.device)
        self.distance = PerceptualDistance(self.backbone)
        self._reals = self.features_of(data, self.frames)

    def features_of(self, data: FrameDataset, frames: Sequence[int]) -> Tensor:
        """Features (N, 1280) of the renders of these frames."""
        return pooled_features(
            self.backbone,
            (to_signed(self._collate(data, part)["image"]) for part in _parts(frames)),
        )

    @torch.inference_mode()
    def measure(self, subject: Subject) -> Row:
        """Everything that compares single pictures and sets; see `diversity` for the rest."""
        features, parts, confusion = [], [], self._confusion()
        distances = []
        seconds = 0.0
        for first, batch in self._batches(subject.name):
            truth = to_signed(batch["image"])
            started = time.perf_counter()
            pictures = torch.cat(
                [subject.paint(_one(batch, i), first + i) for i in range(len(truth))]
            )
            self._finish()
            seconds += time.perf_counter() - started
            features.append(pooled_features(self.backbone, [pictures]))
            distances.append(self.distance(pictures, truth).cpu())
            parts.append({name: value.cpu() for name, value in likeness(pictures, truth).items()})
            self._read(confusion, pictures, batch)
        sets = set_distances(torch.cat(features), self._reals)
        row = Row(
            subject.name,
            len(self.frames),
            lpips_like=float(torch.cat(distances).mean()),
            images_per_s=len(self.frames) / seconds if subject.parameters else None,
            parameters=subject.parameters,
        )
        measured = {**asdict(sets), **mean_likeness(parts), **_recognised(confusion)}
        return replace(row, **measured)

    @torch.inference_mode()
    def diversity(
        self, subject: DiverseSubject, images: int, pairs: int = PAIRS
    ) -> dict[str, float]:
        """mCSD and mOCD over the first ``images`` frames, as fields of `Row`."""
        meter = DiversityMeter(self.distance, pairs)
        for first, batch in self._batches(f"{subject.name}: diversity", images):
            redraw, masks = subject.redraw(batch, first)
            meter.update(redraw, masks)
        found = asdict(meter.result())
        return {
            name: value
            for name, value in found.items()
            if name not in ("pictures", "pairs") and math.isfinite(value)
        }

    @torch.inference_mode()
    def floor(self, other: FrameDataset, frames: Sequence[int]) -> Row:
        """Real against real: the renders of other frames as a set, the segmenter on these."""
        confusion = self._confusion()
        for _, batch in self._batches("real renders"):
            self._read(confusion, to_signed(batch["image"]), batch)
        sets = set_distances(self.features_of(other, frames), self._reals)
        row = replace(Row("real renders", len(frames)), **_recognised(confusion))
        return replace(row, **asdict(sets))

    def _confusion(self) -> Confusion | None:
        return Confusion(self.segmenter.classes) if self.segmenter else None

    def _read(self, confusion: Confusion | None, pictures: Tensor, batch: Batch) -> None:
        if confusion is not None and self.segmenter is not None:
            asked = self.segmenter.slots(batch["semantic"])
            confusion.update(self.segmenter.recognise(pictures), asked)

    def _batches(self, text: str, most: int | None = None) -> Iterator[tuple[int, Batch]]:
        """Number of the first frame and the conditions, batch after batch."""
        frames = self.frames[:most]
        with tqdm(total=len(frames), desc=text, unit="img") as bar:
            done = 0
            for part in _parts(frames):
                yield done, form_batch(self._collate(self.data, part), self.form)
                done += len(part)
                bar.update(len(part))

    def _collate(self, data: FrameDataset, frames: Sequence[int]) -> Batch:
        batch = default_collate([data[i] for i in frames])
        return {name: value.to(self.device) for name, value in batch.items()}

    def _finish(self) -> None:
        if self.device.type == "cuda":
            torch.cuda.synchronize(self.device)


def to_signed(image: Tensor) -> Tensor:
    """uint8 -> float in [-1, 1]."""
    return image.float() / 127.5 - 1


def spread_over(count: int, wanted: int) -> list[int]:
    """Up to ``wanted`` of ``count`` indices, evenly spread."""
    wanted = min(wanted, count)
    return [index * count // wanted for index in range(wanted)]


def _parts(frames: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(frames), BATCH):
        yield frames[start : start + BATCH]


def _one(batch: Batch, index: int) -> Batch:
    return {name: value[index : index + 1] for name, value in batch.items()}


def _recognised(confusion: Confusion | None) -> dict[str, float]:
    if confusion is None:
        return {}
    return {"miou": confusion.mean_iou(), "accuracy": confusion.accuracy()}

# SPDX-License-Identifier: Apache-2.0
"""``blockout evaluate controllable3d``: models of the method, its baselines, and real renders."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from neural_core.contract import ContractError, Controls, Frame, Rendering
from neural_core.data.dataset import FrameDataset
from neural_core.data.pictures import read_pictures
from neural_core.data.store import DatasetStore
from neural_core.layers.efficientnet_lite import EfficientNetLite0
from neural_core.methods.controllable3d.baselines import PLAIN_METHOD, Plain2d, load_plain2d
from neural_core.methods.controllable3d.config import Controllable3dConfig
from neural_core.methods.controllable3d.method import Controllable3dMethod
from neural_core.weights import ModelCard

from .control import Control, fit_reader, measure_control, measure_reals
from .control_sets import BATCH, Change, changed_pictures
from .examiner import spread_over
from .layouts import layouts_of
from .report import Report, Row
from .sets import SetDistances, pooled_features, set_distances
from .subjects import load_subjects

METHODS = ("controllable3d", PLAIN_METHOD)
PICTURES = 1000
SCENES = 24
READ = 600
"""Real pictures that the reader of headings is fitted to."""

_SEED = 1
_FIELDS = {
    Change.NONE: ("kid", "fid"),
    Change.MOVED: ("kid_moved", "fid_moved"),
    Change.TURNED: ("kid_turned", "fid_turned"),
    Change.SINGLE: ("kid_single", "fid_single"),
}


class PlainSubject:
    """A plain 2D GAN: pictures as they come, and no control."""

    def __init__(self, card: ModelCard, device: str) -> None:
        self.name = card.name
        self.network: Plain2d = load_plain2d(card, device)
        self.config = self.network.config
        self.changes: tuple[Change, ...] = (Change.NONE,)
        self.paint = None

    @torch.inference_mode()
    def pictures(self, change: Change, count: int, objects: int) -> Iterator[Tensor]:
        """Batches of pictures; nothing of them can be changed."""
        for first in range(0, count, BATCH):
            generator = torch.Generator().manual_seed(_SEED * 1_000_003 + first)
            size = (min(BATCH, count - first), self.config.latent)
            codes = torch.randn(size, generator=generator)
            device = next(self.network.parameters()).device
            yield self.network(codes.to(device)).float().cpu()


class ControlledSubject:
    """A model of controllable3d."""

    changes: tuple[Change, ...] = tuple(Change)

    def __init__(self, card: ModelCard, device: str) -> None:
        self.name = card.name
        self._method = Controllable3dMethod(card=card, device=device)
        self.network, self.config = self._method.network, self._method.config

    def pictures(self, change: Change, count: int, objects: int) -> Iterator[Tensor]:
        """Batches of pictures of random scenes, changed."""
        return changed_pictures(self.network, change, count, objects, _SEED)

    def paint(self, frame: Frame) -> Rendering:
        """The picture of a layout."""
        return self._method.render(self._method.prepare(frame), Controls())


Subject = PlainSubject | ControlledSubject


def evaluate_controllable3d(
    data: Path,
    models: Sequence[str],
    *,
    pictures: int = PICTURES,
    scenes: int = SCENES,
    objects: int | None = None,
    device: str = "cpu",
) -> Report:
    """One table over the held-out pictures of a data set.

    Args:
        models: names of installed models, or paths of ``.safetensors`` with their cards beside;
            none: all of the data set's domain.
        pictures: generated for each distance between sets; scenes: held-out layouts that objects
            are moved and turned in.
        objects: at most so many in a scene; None: as many as the first model was trained with.

    Raises:
        ContractError: no data set, no held-out pictures, or no model of the pictures' size.
    """
    recipe = DatasetStore(data).manifest()["recipe"]
    size = int(recipe["size"])
    subjects, left_out = load_subjects(
        models, METHODS, recipe["scene"], lambda card: _subject(card, size, device)
    )
    config = subjects[0].config
    objects = objects or config.primitives
    judge = _Judge(data, config, objects, device)
    layouts = layouts_of(FrameDataset(data, "val", "detailed"), config.classes, scenes)
    known = layouts_of(FrameDataset(data, "train", "detailed"), config.classes, READ)
    reader = fit_reader(known, judge.backbone)
    report = Report(
        f"controllable3d on {data}",
        {
            "split": "val",
            "real pictures": len(judge.reals[Change.NONE]),
            "real single objects": len(judge.reals[Change.SINGLE]),
            "generated": pictures,
            "objects": f"up to {objects}",
            "size": recipe["size"],
            "layouts": len(layouts),
            "headings read after": f"{len(known)} real renders",
        },
        left_out=left_out,
    )
    for subject in subjects:
        row = judge.measure(subject, pictures)
        if subject.paint is None:
            report.left_out.append(f"control of {subject.name} (it paints no objects)")
        else:
            control = measure_control(subject.paint, layouts, reader, judge.backbone)
            row = replace(row, **asdict(control))
        report.rows.append(row)
    seen = layouts_of(FrameDataset(data, "val", "detailed"), config.classes, READ)
    report.rows.append(judge.floor(measure_reals(seen, reader, judge.backbone)))
    return report


class _Judge:
    """The feature network, and features of the real pictures."""

    def __init__(self, data: Path, config: Controllable3dConfig, objects: int, device: str) -> None:
        self._data, self._classes = data, config.classes
        self._some, self._one = tuple(range(1, objects + 1)), (1,)
        self._device = torch.device(device)
        self.network = EfficientNetLite0().to(self._device)
        self.backbone = _OnDevice(self.network, self._device)
        whole, single = self._real("val", self._some), self._real("val", self._one)
        self.reals = {**dict.fromkeys(Change, whole), Change.SINGLE: single}

    def measure(self, subject: Subject, count: int) -> Row:
        """Distances of all sets that the subject can make."""
        measured: dict[str, float] = {}
        seconds = 0.0
        for change in subject.changes:
            started = time.perf_counter()
            batches = list(subject.pictures(change, count, len(self._some)))
            if change is Change.NONE:
                seconds = time.perf_counter() - started
            found = set_distances(self._features(batches), self.reals[change])
            measured |= _named(change, found)
        parameters = sum(p.numel() for p in subject.network.parameters())
        return replace(
            Row(subject.name, count, images_per_s=count / seconds, parameters=parameters),
            **measured,
        )

    def floor(self, control: Control) -> Row:
        """Real against real: pictures that the models were trained on as the generated set."""
        some = self._real("train", self._some, most=PICTURES)
        single = self._real("train", self._one, most=PICTURES)
        whole = set_distances(some, self.reals[Change.NONE])
        alone = set_distances(single, self.reals[Change.SINGLE])
        measured = _named(Change.NONE, whole) | _named(Change.SINGLE, alone)
        return replace(Row("real renders", len(some)), **measured, **asdict(control))

    def _real(self, split: str, objects: tuple[int, ...], most: int | None = None) -> Tensor:
        found = read_pictures(self._data, split, objects, self._classes)
        if most is not None:
            found = found[spread_over(len(found), most)]
        return self._features(_signed(found))

    def _features(self, batches: Sequence[Tensor] | Iterator[Tensor]) -> Tensor:
        return pooled_features(self.network, (batch.to(self._device) for batch in batches))


class _OnDevice:
    """Takes pictures from anywhere to where the network is."""

    def __init__(self, network: EfficientNetLite0, device: torch.device) -> None:
        self._network, self._device = network, device

    def taps(self, image: Tensor) -> list[Tensor]:
        return self._network.taps(image.to(self._device))


def _named(change: Change, found: SetDistances) -> dict[str, float]:
    kid, fid = _FIELDS[change]
    measured = {kid: found.kid, fid: found.fid}
    return measured | {"kid_deviation": found.kid_deviation} if change is Change.NONE else measured


def _signed(pictures: NDArray[np.uint8]) -> Iterator[Tensor]:
    for first in range(0, len(pictures), BATCH):
        part = torch.from_numpy(pictures[first : first + BATCH])
        yield part.permute(0, 3, 1, 2).float() / 127.5 - 1


def _subject(card: ModelCard, size: int, device: str) -> Subject:
    if card.size != size:
        raise ContractError(
            f"model '{card.name}'",
            f"its pictures are {card.size} px wide, those of the data set {size}",
            "Use a data set of its size",
        )
    kind = PlainSubject if card.method == PLAIN_METHOD else ControlledSubject
    return kind(card, device)

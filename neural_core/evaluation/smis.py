# SPDX-License-Identifier: Apache-2.0
"""``blockout evaluate smis``: models of the method, the blockout shading and real renders."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from neural_core.contract import ContractError, Controls
from neural_core.data.dataset import FrameDataset
from neural_core.data.sample import FORMS
from neural_core.data.store import DatasetStore
from neural_core.layers.precision import native_dtype
from neural_core.methods.smis.codes import CodeBook
from neural_core.methods.smis.fast import FastDecoder, FastLabels
from neural_core.methods.smis.labels import class_masks, guide_maps
from neural_core.methods.smis.loading import load_network
from neural_core.previews import tone_map
from neural_core.weights import ModelCard

from .diversity import PAIRS
from .examiner import Batch, Examiner, spread_over
from .report import Report
from .segmenter import find_segmenter
from .subjects import load_subjects

DIVERSITY_IMAGES = 100
FRAMES_APART = 1_000_003
"""Between the seeds of two draws: more than there are frames."""


class SmisSubject:
    """A model of SMIS or of its relatives; every frame has a look of its own, by its number.

    Pictures are drawn as in a render: looks from the model's prior, by the fast decoder.
    """

    def __init__(self, card: ModelCard, device: str = "cpu") -> None:
        self.name = card.name
        self.network = load_network(card, device)
        self.config = self.network.config
        self.device = torch.device(device)
        self.parameters: int | None = sum(p.numel() for p in self.network.parameters())
        self._book = CodeBook(self.config, card.sha256, self.network.prior)
        self._decoder = FastDecoder(self.network.decoder, native_dtype(self.device))

    @property
    def diverse(self) -> bool:
        """Whether it draws its pictures from codes at all."""
        return self.config.codes != "none"

    def paint(self, batch: Batch, first: int) -> Tensor:
        """Pictures with the looks of their numbers."""
        count = len(batch["semantic"])
        codes = self._codes(count, first)
        return self._decoder.draw(codes, self._labels(batch, codes)).clamp(-1, 1)

    def redraw(self, batch: Batch, first: int) -> tuple[Callable[[int, int], Tensor], Tensor]:
        """Pictures in which only the look of one class differs; one code for all: that one."""
        count = len(batch["semantic"])
        kept = None if self.config.object_channels else self._labels(batch)

        def drawn(slot: int, draw: int) -> Tensor:
            codes = self._codes(count, first, slot, draw + 1)
            labels = self._labels(batch, codes) if kept is None else kept
            return self._decoder.draw(codes, labels).clamp(-1, 1)

        return drawn, class_masks(batch["semantic"], self.config)

    def _labels(self, batch: Batch, codes: Tensor | None = None) -> FastLabels:
        masks = class_masks(batch["semantic"], self.config)
        guides = guide_maps(batch, self.config) if self.config.guides else None
        return self._decoder.prepare(masks, guides, codes)

    def _codes(self, count: int, first: int, slot: int | None = None, draw: int = 0) -> Tensor:
        """Codes of frames number ``first`` and up; of one slot those of another draw."""
        codes = []
        for number in range(first, first + count):
            controls = Controls(seed=number)
            if slot is not None:
                again = number + FRAMES_APART * draw
                if self.config.codes == "class":
                    seeds = dict.fromkeys(self.config.class_ids[slot], again)
                    controls = Controls(seed=number, class_seeds=seeds)
                else:
                    controls = Controls(seed=again)
            codes.append(self._book.of_picture(controls))
        return torch.cat(codes).to(self.device)


class ShadingSubject:
    """What stands in the viewport already: the shading of the form at hand, tone-mapped."""

    name = "blockout shading"
    parameters: int | None = None

    def paint(self, batch: Batch, first: int) -> Tensor:
        """The same whatever the number."""
        shading = batch["shading"]
        shown = torch.from_numpy(tone_map(shading.cpu().numpy()))
        return shown.to(shading) * 2 - 1


def evaluate_smis(
    data: Path,
    models: Sequence[str],
    *,
    form: str = "blockout",
    images: int | None = None,
    diversity_images: int = DIVERSITY_IMAGES,
    pairs: int = PAIRS,
    device: str = "cpu",
) -> Report:
    """One table over the held-out frames of a data set.

    Args:
        models: names of installed models, or paths of ``.safetensors`` with their cards beside.
        form: the form of the scenes that the models are shown.
        images: at most so many frames, evenly spread; None: all.
        diversity_images, pairs: pictures for mCSD and mOCD, and pairs for each class of each.

    Raises:
        ContractError: no data set, no held-out frames, an unknown form, or no model at all.
    """
    if form not in FORMS:
        raise ContractError("form", f"'{form}' is unknown", f"Use {' or '.join(FORMS)}")
    recipe = DatasetStore(data).manifest()["recipe"]
    held_out = FrameDataset(data, "val", "both")
    frames = spread_over(len(held_out), images or len(held_out))
    segmenter = find_segmenter(recipe["scene"], device)
    subjects, left_out = load_subjects(
        models, ("smis",), recipe["scene"], lambda card: SmisSubject(card, device)
    )
    report = Report(
        f"smis on the {form} form of {data}",
        {
            "split": "val",
            "images": len(frames),
            "size": recipe["size"],
            "looks": "drawn, one per frame",
            "diversity": f"{min(diversity_images, len(frames))} images x {pairs} pairs",
            "segmenter": segmenter.name if segmenter else "none",
        },
        left_out=left_out,
    )
    if segmenter is None:
        report.left_out.append(
            f"mIoU and accuracy (no segmenter for '{recipe['scene']}' is installed: "
            "blockout train segmenter, then blockout models export)"
        )
    examiner = Examiner(held_out, form, frames, segmenter, device)
    for subject in subjects:
        row = examiner.measure(subject)
        if not subject.diverse:
            report.left_out.append(f"mCSD and mOCD of {subject.name} (it draws one picture only)")
        elif diversity_images:
            row = replace(row, **examiner.diversity(subject, diversity_images, pairs))
        report.rows.append(row)
    report.rows.append(examiner.measure(ShadingSubject()))
    reals = FrameDataset(data, "train", "both")
    report.rows.append(examiner.floor(reals, spread_over(len(reals), len(frames))))
    return report

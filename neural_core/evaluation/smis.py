# SPDX-License-Identifier: Apache-2.0
"""``blockout evaluate smis``: models of the method, the blockout shading and real renders."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from neural_core.contract import ContractError, Controls
from neural_core.data.dataset import FrameDataset
from neural_core.data.sample import FORMS
from neural_core.data.store import DatasetStore
from neural_core.methods.smis.fast import native_dtype
from neural_core.methods.smis.labels import class_masks, guide_maps
from neural_core.methods.smis.method import SmisMethod
from neural_core.weights import list_models

from .diversity import PAIRS
from .examiner import Batch, Examiner, spread_over
from .report import Report
from .segmenter import find_segmenter

DIVERSITY_IMAGES = 100
GAMMA = 2.2


class SmisSubject:
    """A model of SMIS or of its relatives; every frame has a code of its own, by its number."""

    def __init__(self, model: str, device: str = "cpu", seed: int = 0) -> None:
        self._method = SmisMethod(model, device)
        self.name = self._method.model_name
        self.network = self._method.network
        self.config: Any = self.network.config
        self.seed = seed
        self.parameters: int | None = sum(p.numel() for p in self.network.parameters())

    @property
    def diverse(self) -> bool:
        """Whether it draws its pictures from codes at all."""
        return self._kind != "none"

    def paint(self, batch: Batch, first: int) -> Tensor:
        """Pictures with the codes of their numbers."""
        return self._generate(batch, self._codes(len(batch["semantic"]), first, 0))

    def redraw(self, batch: Batch, first: int) -> tuple[Callable[[int, int], Tensor], Tensor]:
        """Pictures in which only the code of one class differs; one code for all: that one."""
        base = self._codes(len(batch["semantic"]), first, 0)

        def drawn(slot: int, draw: int) -> Tensor:
            codes = self._codes(len(base), first, draw + 1)
            if self._kind == "class":
                width = self.config.latent_channels
                own = slice(slot * width, (slot + 1) * width)
                codes = torch.cat([base[:, : own.start], codes[:, own], base[:, own.stop :]], 1)
            return self._generate(batch, codes)

        return drawn, class_masks(batch["semantic"], self.config)

    @property
    def _kind(self) -> str:
        return getattr(self.config, "codes", "class")

    def _codes(self, count: int, first: int, draw: int) -> Tensor:
        """(count, C, h, w) from the prior: decided by seed, number of the frame and draw."""
        codes = []
        for number in range(first, first + count):
            words = np.random.SeedSequence([self.seed, number, draw]).generate_state(1, np.uint32)
            codes.append(self._method.codes(Controls(seed=int(words[0]) >> 1)))
        return torch.cat(codes).to(self._method.device)

    def _generate(self, batch: Batch, codes: Tensor) -> Tensor:
        masks = class_masks(batch["semantic"], self.config)
        guides = guide_maps(batch, self.config) if self.config.guides else None
        device = self._method.device
        half = native_dtype(device) == torch.bfloat16
        with torch.autocast(device.type, torch.bfloat16, enabled=half):
            return self.network.generate(masks, codes, guides).float().clamp(-1, 1)


class ShadingSubject:
    """What stands in the viewport already: the shading of the form at hand, as sRGB."""

    name = "blockout shading"
    parameters: int | None = None

    def paint(self, batch: Batch, first: int) -> Tensor:
        """The shading, clipped at white."""
        return batch["shading"].clamp(0, 1) ** (1 / GAMMA) * 2 - 1


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
    subjects, left_out = _subjects(models, recipe["scene"], device)
    report = Report(
        f"smis on the {form} form of {data}",
        {
            "split": "val",
            "images": len(frames),
            "size": recipe["size"],
            "codes": "drawn, one per frame",
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


def _subjects(
    models: Sequence[str], domain: str, device: str
) -> tuple[list[SmisSubject], list[str]]:
    """Those that are there, and a sentence for each that is not."""
    wanted = list(models) or [
        c.name for c in list_models() if (c.method, c.domain) == ("smis", domain)
    ]
    subjects, missing = [], []
    for model in wanted:
        try:
            subjects.append(SmisSubject(_installed(model), device))
        except ContractError as error:
            missing.append(f"{model} ({error.problem})")
    if not subjects:
        raise ContractError(
            "model",
            f"none to evaluate for '{domain}'" + "".join(f"; {text}" for text in missing),
            "Name one with --model: blockout models list",
        )
    return subjects, missing


def _installed(model: str) -> str:
    """The name of a model; one that was given as a file is looked up where it lies."""
    path = Path(model)
    if path.suffix not in (".safetensors", ".json"):
        return model
    if not path.with_suffix(".json").exists():
        raise ContractError("model", "there is no such file, or no card beside it", "Check it")
    known = os.environ.get("BLOCKOUT_MODELS")
    folders = [str(path.parent), *([known] if known else [])]
    os.environ["BLOCKOUT_MODELS"] = os.pathsep.join(folders)
    return path.stem

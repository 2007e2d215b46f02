# SPDX-License-Identifier: Apache-2.0
"""SMIS as a method: a Frame with passes in, a picture out."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from neural_core.contract import ContractError, Controls, Frame, Rendering
from neural_core.data.conditions import conditions_from_passes
from neural_core.weights import find_model

from .axes import along_y
from .config import GUIDES, SmisConfig
from .labels import class_masks, guide_maps
from .loading import load_network

LARGEST = 2
"""A picture is drawn at up to this many times the size the model was trained at, then enlarged."""


@dataclass(frozen=True)
class SmisPrepared:
    """Masks (1, C, h', w') and guides (1, G, h', w') at the size that is drawn, padded.

    Attributes:
        drawn: height and width that are drawn, without the padding.
        frame: the Frame, whose size the picture gets.
    """

    masks: Tensor
    guides: Tensor
    drawn: tuple[int, int]
    frame: Frame


class SmisMethod:
    """Labels and guides -> picture, one code per class drawn from the seeds.

    Args:
        model: name of an installed model, or None for the first one.
        device: torch device.

    Raises:
        ContractError: the model is missing or damaged.
    """

    requires = frozenset({"semantic", "instance", "depth", "normal", "shading"})

    def __init__(self, model: str | None = None, device: str = "cpu") -> None:
        card = find_model("smis", model)
        self.model_name = card.name
        self.model_hash = card.sha256
        self.device = torch.device(device)
        self.config = SmisConfig.from_dict(card.config)
        slots = zip(self.config.class_names, self.config.class_ids, strict=True)
        self._lengthwise = frozenset(
            number for name, ids in slots if name in self.config.lengthwise for number in ids
        )
        self.network = load_network(card, self.device)

    def prepare(self, frame: Frame) -> SmisPrepared:
        """Masks and guides of a Frame that has passes.

        Raises:
            ContractError: no passes, or no pixel of a class that the model knows.
        """
        if frame.passes is None:
            raise ContractError("passes", "the frame has none", "Rasterise it first")
        objects = along_y(frame.objects, self._lengthwise)
        conditions = conditions_from_passes(frame.passes, objects, frame.camera)
        drawn = drawn_size(frame.height, frame.width, LARGEST * self.config.size)
        batch = {
            name: _sample(value[None], drawn).to(self.device) for name, value in conditions.items()
        }
        masks = class_masks(batch["semantic"], self.config)
        if not bool(masks.any()):
            raise ContractError(
                "semantic",
                f"no pixel has a class that the model '{self.model_name}' knows",
                f"Use classes among: {', '.join(self.config.class_names)}",
            )
        multiple = 2 ** (len(self.config.stages) - 1)
        return SmisPrepared(
            masks=_pad(masks, multiple),
            guides=_pad(guide_maps(batch, self.config), multiple),
            drawn=drawn,
            frame=frame,
        )

    @torch.inference_mode()
    def render(self, prepared: SmisPrepared, controls: Controls) -> Rendering:
        """The picture under these controls; the same seeds give the same picture."""
        started = time.perf_counter()
        codes = self.codes(controls).to(self.device)
        guides = prepared.guides if controls.use_tint else self._without_tint(prepared.guides)
        layout = torch.channels_last
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self._half()):
            picture = self.network.generate(
                prepared.masks.to(memory_format=layout), codes, guides.to(memory_format=layout)
            )
        height, width = prepared.drawn
        picture = picture[..., :height, :width].float().cpu()
        size = (prepared.frame.height, prepared.frame.width)
        if size != prepared.drawn:
            picture = F.interpolate(picture, size, mode="bicubic", antialias=True)
        image = np.ones((*size, 4), np.float32)
        image[..., :3] = (picture[0].permute(1, 2, 0).numpy() + 1) / 2
        elapsed = (time.perf_counter() - started) * 1000
        return Rendering(
            image=np.clip(image, 0, 1), passes=prepared.frame.passes, timings={"network": elapsed}
        )

    def codes(self, controls: Controls) -> Tensor:
        """(1, 8C, 4, 4): each class's code comes from its own seed and can change alone."""
        shape = (self.config.latent_channels, self.config.latent_size, self.config.latent_size)
        parts = []
        for ids, name in zip(self.config.class_ids, self.config.class_names, strict=True):
            own = [controls.class_seeds[i] for i in ids if i in controls.class_seeds]
            generator = torch.Generator().manual_seed(_seed(own[0] if own else controls.seed, name))
            parts.append(torch.randn(shape, generator=generator) * controls.temperature)
        return torch.cat(parts)[None]

    def _without_tint(self, guides: Tensor) -> Tensor:
        start = 0
        for name in self.config.guides:
            if name == "tint":
                guides = guides.clone()
                guides[:, start : start + GUIDES[name]] = 0
            start += GUIDES[name]
        return guides

    def _half(self) -> bool:
        """bfloat16 where the processor multiplies it natively; elsewhere it would be slower."""
        if self.device.type == "cuda":
            return True
        return torch.ops.mkldnn._is_mkldnn_bf16_supported() if _has_mkldnn() else False


def drawn_size(height: int, width: int, limit: int) -> tuple[int, int]:
    """The size to draw: that of the picture, or smaller so that the short side is ``limit``."""
    scale = min(1.0, limit / min(height, width))
    return max(1, round(height * scale)), max(1, round(width * scale))


def _sample(maps: Tensor, size: tuple[int, int]) -> Tensor:
    """(1, [C,] H, W) maps at pixel centres of another size; ids stay ids."""
    if maps.shape[-2:] == size:
        return maps
    rows, columns = (
        ((torch.arange(new) + 0.5) * old / new).long()
        for new, old in zip(size, maps.shape[-2:], strict=True)
    )
    return maps[..., rows[:, None], columns[None, :]]


def _has_mkldnn() -> bool:
    return torch.backends.mkldnn.is_available()


def _seed(seed: int, name: str) -> int:
    """A seed for one class: stable over machines and Python versions."""
    digest = hashlib.sha256(f"{seed}/{name}".encode()).digest()
    return int.from_bytes(digest[:8], "little") >> 1


def _pad(maps: Tensor, multiple: int) -> Tensor:
    """Repeat the last row and column until both sizes are multiples of ``multiple``."""
    height, width = maps.shape[-2:]
    right, down = -width % multiple, -height % multiple
    return F.pad(maps, (0, right, 0, down), mode="replicate") if right or down else maps

# SPDX-License-Identifier: Apache-2.0
"""SMIS as a method: a Frame with passes in, a picture out."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from neural_core.contract import ContractError, Controls, Frame, Rendering, Style
from neural_core.data.conditions import conditions_from_passes
from neural_core.layers.precision import native_dtype
from neural_core.weights import find_model

from .axes import along_y
from .codes import LEAST_PIXELS, CodeBook
from .config import GUIDES, SmisConfig
from .fast import FastDecoder, FastLabels
from .labels import class_masks, guide_maps
from .loading import load_network, teachers
from .looks import Look, draw_with_looks, object_codes
from .refining import following, passes_of_layers
from .tints import left_out

LARGEST = 2
"""A picture is drawn at up to this many times the size the model was trained at, then enlarged."""


@dataclass(frozen=True)
class SmisPrepared:
    """Masks (1, C, h', w'), guides (1, G, h', w') and instances (1, h', w') as drawn, padded.

    Attributes:
        drawn: height and width that are drawn, without the padding.
        frame: the Frame, whose size the picture gets.
        labels: what the decoder keeps of the labels, with and without tints.
        strange: one sentence where colours are asked for that the model does not know.
    """

    masks: Tensor
    guides: Tensor
    instance: Tensor
    drawn: tuple[int, int]
    frame: Frame
    labels: dict[bool, FastLabels] = field(default_factory=dict)
    strange: tuple[str, ...] = ()


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
        self.book = CodeBook(self.config, self.model_hash, self.network.prior, teachers(card))
        self._fast = FastDecoder(self.network.decoder, native_dtype(self.device))

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
        masks = self._masks(batch["semantic"])
        instance = _sample(torch.from_numpy(frame.passes.instance.astype(np.int64))[None], drawn)
        multiple = 2 ** (len(self.config.stages) - 1)
        return SmisPrepared(
            masks=_pad(masks, multiple),
            guides=_pad(guide_maps(batch, self.config), multiple),
            instance=_pad(instance[:, None].double(), multiple)[:, 0].long().to(self.device),
            drawn=drawn,
            frame=frame,
            strange=self._strange_colors(batch),
        )

    def _strange_colors(self, batch: dict[str, Tensor]) -> tuple[str, ...]:
        if "tint" not in self.config.guides:
            return ()
        names = left_out(batch, self.config)
        if not names:
            return ()
        return (f"the model knows no such colour of {', '.join(names)}, and leaves it out",)

    @torch.inference_mode()
    def render(self, prepared: SmisPrepared, controls: Controls) -> Rendering:
        """The picture under these controls; the same seeds give the same picture."""
        started = time.perf_counter()
        codes = self.codes(controls).to(self.device)
        looks = self._looks(prepared, controls)
        if self.config.object_channels:
            guides = self._guides(prepared, controls.use_tint)
            labels = self._fast.prepare(prepared.masks, guides, codes, object_codes(looks))
            picture = self._fast.draw(codes, labels)
        else:
            labels = self._labels(prepared, controls.use_tint)
            picture = draw_with_looks(self._fast, labels, codes, looks)
        height, width = prepared.drawn
        picture = picture[..., :height, :width].float().cpu()
        size = (prepared.frame.height, prepared.frame.width)
        if size != prepared.drawn:
            picture = F.interpolate(picture, size, mode="bicubic", antialias=True)
        image = np.ones((*size, 4), np.float32)
        image[..., :3] = (picture[0].permute(1, 2, 0).numpy() + 1) / 2
        elapsed = (time.perf_counter() - started) * 1000
        return Rendering(
            image=np.clip(image, 0, 1),
            passes=prepared.frame.passes,
            timings={"network": elapsed},
            warnings=prepared.strange if controls.use_tint else (),
        )

    def refine(self, prepared: SmisPrepared, controls: Controls, rendering: Rendering) -> Rendering:
        """Another method's picture, painted again: its layers say what is where, it says how.

        Layers, textures and warnings stay as they came.

        Raises:
            ContractError: the model has no encoder, or knows no class of the frame.
        """
        if rendering.layers:
            assert prepared.frame.passes is not None
            passes = passes_of_layers(prepared.frame.passes, rendering.layers)
            prepared = self.prepare(replace(prepared.frame, passes=passes))
        started = time.perf_counter()
        controls = self._following(prepared, controls, rendering)
        encoded = (time.perf_counter() - started) * 1000
        painted = self.render(prepared, controls)
        spent = rendering.timings.get("network", 0.0) + encoded + painted.timings["network"]
        return replace(
            rendering,
            image=painted.image,
            passes=painted.passes,
            timings={**rendering.timings, "network": spent},
        )

    @torch.inference_mode()
    def _following(
        self, prepared: SmisPrepared, controls: Controls, rendering: Rendering
    ) -> Controls:
        """The controls with the styles that the picture shows."""
        if self.config.codes == "none":
            return controls
        height, width = prepared.masks.shape[-2:]
        picture = torch.from_numpy(np.ascontiguousarray(rendering.image[..., :3]))
        picture = picture.permute(2, 0, 1)[None].to(self.device)
        if picture.shape[-2:] != prepared.drawn:
            picture = F.interpolate(picture, prepared.drawn, mode="bicubic", antialias=True)
        picture = _pad(picture.clamp(0, 1) * 2 - 1, 2 ** (len(self.config.stages) - 1))
        shown = {layer.instance_id for layer in rendering.layers}
        objects = [o for o in prepared.frame.objects if o.instance_id in shown]
        own = [(prepared.instance == o.instance_id)[:, None] for o in objects]
        masks = torch.cat([prepared.masks, *(prepared.masks * where for where in own)])
        codes = self.network.encode(picture.expand(len(masks), -1, height, width), masks).cpu()
        pixels = masks.sum((2, 3)).cpu()
        styles = [
            self.book.style(codes[i : i + 1], pixels[i])
            if float(pixels[i].max()) >= LEAST_PIXELS
            else None
            for i in range(len(masks))
        ]
        named = {o.name: s for o, s in zip(objects, styles[1:], strict=True) if s is not None}
        return following(
            controls,
            objects,
            styles[0],
            named if self.config.codes == "class" else {},
            frozenset(o.class_id for o in objects),
        )

    def codes(self, controls: Controls) -> Tensor:
        """(1, `code_shape`): each class's code comes from its own seed and can change alone."""
        return self.book.of_picture(controls)

    def keep_style(self, controls: Controls) -> Style:
        """The look of the whole picture under these controls, as a style."""
        return self.book.kept(controls)

    @torch.inference_mode()
    def style_of(self, image: NDArray[np.float32], semantic: NDArray[np.uint16]) -> Style:
        """The style of every class that a picture shows.

        Args:
            image: (H, W, 3) display-referred sRGB in [0, 1].
            semantic: (H, W) class ids, what it shows where.

        Raises:
            ContractError: the model cannot encode, or the picture shows no class that it knows.
        """
        height, width = semantic.shape
        size = drawn_size(height, width, LARGEST * self.config.size)
        picture = torch.from_numpy(np.ascontiguousarray(image, np.float32)).permute(2, 0, 1)[None]
        if picture.shape[-2:] != size:
            picture = F.interpolate(picture, size, mode="bicubic", antialias=True)
        ids = _sample(torch.from_numpy(semantic.astype(np.int64))[None], size)
        masks = self._masks(ids.to(self.device))
        codes = self.network.encode((picture.clamp(0, 1) * 2 - 1).to(self.device), masks)
        return self.book.style(codes.cpu(), masks.sum((0, 2, 3)).cpu())

    def _masks(self, semantic: Tensor) -> Tensor:
        masks = class_masks(semantic, self.config)
        if not bool(masks.any()):
            raise ContractError(
                "semantic",
                f"no pixel has a class that the model '{self.model_name}' knows",
                f"Use classes among: {', '.join(self.config.class_names)}",
            )
        return masks

    def _labels(self, prepared: SmisPrepared, use_tint: bool) -> FastLabels:
        use_tint = use_tint or "tint" not in self.config.guides
        if use_tint not in prepared.labels:
            guides = self._guides(prepared, use_tint)
            prepared.labels[use_tint] = self._fast.prepare(prepared.masks, guides)
        return prepared.labels[use_tint]

    def _guides(self, prepared: SmisPrepared, use_tint: bool) -> Tensor | None:
        if not self.config.guides:
            return None
        return prepared.guides if use_tint else self._without_tint(prepared.guides)

    def _looks(self, prepared: SmisPrepared, controls: Controls) -> list[Look]:
        visible = set(prepared.instance.unique().tolist())
        looks = []
        for codes, numbers in self.book.of_objects(controls, prepared.frame.objects):
            seen = [number for number in numbers if number in visible]
            if seen:
                where = torch.isin(prepared.instance, torch.tensor(seen, device=self.device))
                looks.append(Look(codes.to(self.device), where))
        return looks

    def _without_tint(self, guides: Tensor) -> Tensor:
        start = 0
        for name in self.config.guides:
            if name == "tint":
                guides = guides.clone()
                guides[:, start : start + GUIDES[name]] = 0
            start += GUIDES[name]
        return guides


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


def _pad(maps: Tensor, multiple: int) -> Tensor:
    """Repeat the last row and column until both sizes are multiples of ``multiple``."""
    height, width = maps.shape[-2:]
    right, down = -width % multiple, -height % multiple
    if not (right or down):
        return maps
    if not maps.shape[1]:
        return maps.new_zeros(len(maps), 0, height + down, width + right)
    return F.pad(maps, (0, right, 0, down), mode="replicate")

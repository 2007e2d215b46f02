# SPDX-License-Identifier: Apache-2.0
"""The decoder made fast: what depends on the labels alone is computed once, and kept.

`FastDecoder.prepare` turns labels into a scale and a shift per norm, batch norm included;
`FastDecoder.draw` then needs the group convolutions alone. Where labels are one-hot and resized by
nearest sampling, scale and shift are computed once per distinct neighbourhood of labels instead of
once per pixel. Everything runs in one dtype, channels last. `Decoder` is the plain twin.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from neural_core.layers.conditional_group_norm import ConditionalGroupNorm, ModulatedNorm
from neural_core.layers.label_windows import convolve_windows, distinct_windows, embed_windows

from .labels import LabelMaps, given, under_masks
from .model import Decoder, GroupBlock, OwnNormsBlock, enlarge, fit
from .objects import ObjectCodes
from .windows import Window, channels_of

Block = GroupBlock | OwnNormsBlock


@dataclass(frozen=True)
class Modulation:
    """``features * scale + shift``.

    Attributes:
        scale, shift: (B, C, H, W), or (N, C): one row per distinct neighbourhood.
        index: (B, H, W) rows, or None.
    """

    scale: Tensor
    shift: Tensor
    index: Tensor | None = None

    def __call__(self, features: Tensor) -> Tensor:
        """(B, C, H, W) -> the same; labels of a batch of one serve every picture."""
        if self.index is None:
            return torch.addcmul(self.shift, features, self.scale)
        rows = features.permute(0, 2, 3, 1)
        made = torch.addcmul(self.shift[self.index], rows, self.scale[self.index])
        return made.permute(0, 3, 1, 2)

    def part(self, channels: range, window: Window) -> Modulation:
        """The same for some channels of the features in a window."""
        own = slice(channels.start, channels.stop)
        if self.index is not None:
            index = self.index[:, *window.slices]
            return Modulation(self.scale[:, own], self.shift[:, own], index)
        where = (slice(None), own, *window.slices)
        return Modulation(self.scale[where], self.shift[where])


Modulations = tuple[Modulation, Modulation, Modulation | None]
"""Of a block's norm_0, norm_1, and of its shortcut's norm where it has one."""


@dataclass(frozen=True)
class FastLabels:
    """What a picture's labels come to.

    Attributes:
        modulations: per block.
        coarsest: label maps of the first block; masks: (B, C, H, W).
    """

    modulations: tuple[Modulations, ...]
    coarsest: LabelMaps
    masks: Tensor

    @property
    def bytes(self) -> int:
        """Memory that the scales and shifts take."""
        tensors = [
            tensor
            for block in self.modulations
            for m in block
            if m is not None
            for tensor in (m.scale, m.shift, m.index)
            if tensor is not None
        ]
        return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


class FastDecoder:
    """A decoder in eval mode, prepared for drawing; later changes of its weights do not count.

    Args:
        decoder: the plain one.
        dtype: float32, or bfloat16 where the processor multiplies it natively.
    """

    def __init__(self, decoder: Decoder, dtype: torch.dtype = torch.float32) -> None:
        self.config = decoder.config
        self.dtype = dtype
        self._plain = decoder
        stem = decoder.stem
        self._stem = _Conv(stem, dtype) if isinstance(stem, nn.Conv2d) else None
        self._blocks = [_FastBlock(block, dtype) for block in _blocks(decoder)]
        self._image = _Conv(decoder.image, dtype)

    @torch.inference_mode()
    def prepare(
        self,
        masks: Tensor,
        guides: Tensor | None = None,
        codes: Tensor | None = None,
        objects: ObjectCodes | None = None,
    ) -> FastLabels:
        """Masks (B, C, H, W) and guides (B, G, H, W) -> what `draw` needs of them.

        Where the config has `object_channels`, the codes are among it: those that will be drawn,
        and of objects with codes of their own. The result then serves these codes alone.
        """
        if self.config.object_channels:
            if codes is None:
                raise ValueError("codes: this network's labels are prepared for given codes")
            guides = self._plain.guides_and_codes(guides, codes, masks, objects)
        guides = given(guides)
        states = _label_states(masks, guides, self.config.label_resize, self.config.guide_scope)
        if states is None:
            # Everything is read pixel by pixel, so channels lie side by side from the start.
            masks, guides = pixel_order(masks), None if guides is None else pixel_order(guides)
        maps = self._plain.label_maps(masks, guides)
        modulations = []
        for level, block in enumerate(self._blocks):
            if states is None:
                modulations.append(block.of_maps(maps[level]))
            else:
                step = 2 ** (len(maps) - 1 - level)
                modulations.append(block.of_states(states[:, ::step, ::step], maps[level]))
        return FastLabels(tuple(modulations), maps[0], masks)

    @torch.inference_mode()
    def draw(self, codes: Tensor, labels: FastLabels) -> Tensor:
        """Codes (B, `code_shape`) -> pictures (B, 3, H, W) fp32 in [-1, 1].

        The labels are of as many pictures, or of one that all the codes are for.
        """
        return self.finish(self.run(self.start(codes, labels), labels), labels)

    def start(self, codes: Tensor, labels: FastLabels) -> Tensor:
        """Codes -> the features that the first block takes."""
        if self._stem is None:
            return _ordered(self._plain.start(codes.float(), labels.coarsest), self.dtype)
        coarsest = labels.coarsest
        if self.config.codes == "none":
            return self._stem(_ordered(coarsest.grouped(1), self.dtype))
        return self._stem(_ordered(fit(codes, coarsest.masks.shape[-2:]), self.dtype))

    def run(
        self, features: Tensor, labels: FastLabels, first: int = 0, last: int | None = None
    ) -> Tensor:
        """The blocks from ``first`` up to, not with, ``last``; None: to the end."""
        stop = len(self._blocks) if last is None else last
        for index in range(first, stop):
            skip = None
            if index:
                skip = self._blocks[index].enlarged_skip(features, self.config.upsample)
                features = enlarge(features, self.config.upsample)
            features = self.run_block(index, features, labels, skip)
        return features

    def run_block(
        self, index: int, features: Tensor, labels: FastLabels, skip: Tensor | None = None
    ) -> Tensor:
        """One block, given features at its resolution, and its shortcut where that is known."""
        return self._blocks[index](features, labels.modulations[index], skip)

    @property
    def blocks(self) -> list[_FastBlock]:
        """The blocks, coarsest first."""
        return self._blocks

    def finish(self, features: Tensor, labels: FastLabels) -> Tensor:
        """The last features -> pictures."""
        picture = self._image(F.leaky_relu(features, 0.2)).float()
        if self.config.picture_groups > 1:
            picture = under_masks(picture, labels.masks.float())
        return torch.tanh(picture)


class _Conv:
    """A convolution with its weights in the dtype and order that it runs in."""

    def __init__(self, conv: nn.Conv2d, dtype: torch.dtype) -> None:
        self._weight = _ordered(conv.weight.detach(), dtype)
        self._bias = None if conv.bias is None else conv.bias.detach().to(dtype)
        self._padding, self._groups = conv.padding, conv.groups

    def __call__(self, features: Tensor) -> Tensor:
        return F.conv2d(
            features, self._weight, self._bias, padding=self._padding, groups=self._groups
        )

    def part(self, features: Tensor, groups: range) -> Tensor:
        """Some of its groups alone, given their features."""
        size = self._weight.shape[0] // self._groups
        own = slice(groups.start * size, groups.stop * size)
        bias = None if self._bias is None else self._bias[own]
        return F.conv2d(
            features, self._weight[own], bias, padding=self._padding, groups=len(groups)
        )


class _FastBlock:
    """A block whose modulations are given."""

    def __init__(self, block: Block, dtype: torch.dtype) -> None:
        self._block = block
        self._dtype = dtype
        self.groups = block.conv_0.groups
        self.inputs, self.outputs = block.conv_0.in_channels, block.conv_1.out_channels
        self._conv_0, self._conv_1 = _Conv(block.conv_0, dtype), _Conv(block.conv_1, dtype)
        self._conv_s = None if block.conv_s is None else _Conv(block.conv_s, dtype)
        norm_s = block.norm_s if isinstance(block, OwnNormsBlock) else None
        norms = [block.norm_0, block.norm_1, norm_s]
        self._norms = [None if norm is None else _FastNorm(norm, dtype) for norm in norms]
        # One label branch for the block, or one for each norm.
        self._shared = (
            _FastLabelBranch(block.labels, dtype) if isinstance(block, GroupBlock) else None
        )

    def __call__(
        self, features: Tensor, modulations: Modulations, skip: Tensor | None = None
    ) -> Tensor:
        norm_0, norm_1, norm_s = modulations
        if skip is None and self._conv_s is not None:
            skip = self._conv_s(features if norm_s is None else norm_s(features))
        elif skip is None:
            skip = features
        inner = self._conv_0(F.leaky_relu_(norm_0(features), 0.2))
        inner = self._conv_1(F.leaky_relu_(norm_1(inner), 0.2))
        return inner.add_(skip)

    def enlarged_skip(self, features: Tensor, mode: str) -> Tensor | None:
        """The shortcut's convolution of features before they are enlarged.

        A 1 x 1 convolution and an enlargement may change places: here it has a quarter of the
        pixels to do. None where there is none, or where a norm comes between.
        """
        if self._conv_s is None or self._norms[2] is not None:
            return None
        return enlarge(self._conv_s(features), mode)

    def part(
        self, features: Tensor, modulations: Modulations, groups: range, window: Window
    ) -> Tensor:
        """Some of its groups in a window of its input, given these features of them.

        Where the window ends inside the picture, the outermost two pixels of the result are not
        those that the whole gives.
        """
        total, block = self.groups, self._block
        inputs = channels_of(groups, total, block.conv_0.in_channels)
        inner = channels_of(groups, total, block.conv_0.out_channels)
        norm_0, norm_1, norm_s = modulations
        skip = features
        if self._conv_s is not None:
            normed = features if norm_s is None else norm_s.part(inputs, window)(features)
            skip = self._conv_s.part(normed, groups)
        made = F.leaky_relu_(norm_0.part(inputs, window)(features), 0.2)
        made = self._conv_0.part(made, groups)
        made = F.leaky_relu_(norm_1.part(inner, window)(made), 0.2)
        return self._conv_1.part(made, groups).add_(skip)

    def of_maps(self, maps: LabelMaps) -> Modulations:
        """Modulations pixel by pixel."""
        labels = grouped_pixels(maps, self._block.groups, self._dtype)
        shared = None if self._shared is None else self._shared.of_maps(labels)

        def modulation(norm: _FastNorm) -> Modulation:
            branch = norm.branch
            return norm.of_maps(branch.of_maps(labels) if branch is not None else shared)

        return self._each(modulation)

    def of_states(self, states: Tensor, maps: LabelMaps) -> Modulations:
        """Modulations by distinct neighbourhoods of label states (B, H, W)."""
        vectors = _state_vectors(maps, self._block.groups)
        near, near_index = distinct_windows(states, len(vectors))
        wide = [norm for norm in self._norms if norm is not None and norm.kernel > 1]
        far, far_index = distinct_windows(near_index, len(near)) if wide else (near, near_index)
        shared = None if self._shared is None else self._shared.of_windows(near, vectors)

        def modulation(norm: _FastNorm) -> Modulation:
            branch = norm.branch
            hidden = branch.of_windows(near, vectors) if branch is not None else shared
            return norm.of_windows(hidden, far, far_index)

        return self._each(modulation)

    def _each(self, modulation: Callable[[_FastNorm], Modulation]) -> Modulations:
        norm_0, norm_1, norm_s = self._norms
        assert norm_0 is not None
        assert norm_1 is not None
        return modulation(norm_0), modulation(norm_1), norm_s and modulation(norm_s)


class _FastLabelBranch:
    """Labels -> hidden maps."""

    def __init__(self, branch: nn.Sequential, dtype: torch.dtype) -> None:
        conv = branch[0]
        assert isinstance(conv, nn.Conv2d)
        assert conv.bias is not None
        self._dtype = dtype
        self._conv = _Conv(conv, dtype)
        self._weight, self._bias = conv.weight.detach(), conv.bias.detach()
        self._groups = conv.groups

    def of_maps(self, labels: Tensor) -> Tensor:
        return F.relu_(self._conv(labels))

    def of_windows(self, windows: Tensor, vectors: Tensor) -> Tensor:
        """(N, 9) label states -> (N, hidden); ``vectors`` (states, label channels)."""
        hidden, own = self._weight.shape[:2]
        groups = self._groups
        weight = self._weight.reshape(groups, hidden // groups, own, -1)
        shown = vectors.view(len(vectors), groups, own).to(weight.dtype)
        # (states, groups, own) x (groups, hidden / groups, own, taps) -> (taps, states, hidden)
        table = torch.einsum("sgi,ghit->tsgh", shown, weight).reshape(-1, len(vectors), hidden)
        return F.relu_(embed_windows(windows, table, self._bias)).to(self._dtype)


class _FastNorm:
    """Batch norm, gamma and beta as one scale and one shift, both linear in the hidden maps."""

    def __init__(self, norm: ModulatedNorm, dtype: torch.dtype) -> None:
        running_mean, running_var = norm.norm.running_mean, norm.norm.running_var
        gamma, beta = norm.gamma, norm.beta
        assert running_mean is not None
        assert running_var is not None
        assert gamma.bias is not None
        assert beta.bias is not None
        own = isinstance(norm, ConditionalGroupNorm)
        self.branch = _FastLabelBranch(norm.labels, dtype) if own else None
        self.kernel = gamma.kernel_size[0]
        self._dtype = dtype
        self._groups = gamma.groups
        # (x - mean) * inverse * (1 + gamma) + beta = x * scale + shift
        inverse = (running_var + norm.norm.eps).rsqrt()
        factor = inverse.view(-1, 1, 1, 1)
        moved = (running_mean * inverse).view(-1, 1, 1, 1)
        weights = [gamma.weight * factor, beta.weight - gamma.weight * moved]
        biases = [
            (1 + gamma.bias) * inverse,
            beta.bias - (1 + gamma.bias) * inverse * running_mean,
        ]
        self._weights = [_ordered(weight.detach(), dtype) for weight in weights]
        self._biases = [bias.detach() for bias in biases]
        # One product for both where rows are computed: each group's scales, then its shifts.
        parts = [weight.detach().unflatten(0, (self._groups, -1)) for weight in weights]
        self._both = torch.cat(parts, 1).flatten(0, 1).to(dtype).contiguous()

    def of_maps(self, hidden: Tensor | None) -> Modulation:
        assert hidden is not None
        pairs = zip(self._weights, self._biases, strict=True)
        scale, shift = (
            F.conv2d(
                hidden, weight, bias.to(self._dtype), padding=self.kernel // 2, groups=self._groups
            )
            for weight, bias in pairs
        )
        return Modulation(scale, shift)

    def of_windows(self, hidden: Tensor | None, windows: Tensor, index: Tensor) -> Modulation:
        assert hidden is not None
        if self.kernel == 1:
            outputs, own = self._both.shape[:2]
            matrix = self._both.reshape(self._groups, outputs // self._groups, own)
            seen = hidden.view(len(hidden), self._groups, own).permute(1, 2, 0)
            made = torch.bmm(matrix, seen).permute(2, 0, 1).reshape(len(hidden), outputs)
        else:
            made = convolve_windows(windows, hidden, self._both, self._groups)
        both = made.float().unflatten(-1, (self._groups, 2, -1))
        scale, shift = (
            (both[:, :, i].flatten(1) + self._biases[i]).to(self._dtype) for i in (0, 1)
        )
        return Modulation(scale, shift, index)


def _blocks(decoder: Decoder) -> list[Block]:
    blocks = list(decoder.blocks)
    assert all(isinstance(block, GroupBlock | OwnNormsBlock) for block in blocks)
    return blocks  # type: ignore[return-value]


def _ordered(tensor: Tensor, dtype: torch.dtype) -> Tensor:
    return tensor.to(dtype).contiguous(memory_format=torch.channels_last)


def pixel_order(maps: Tensor) -> Tensor:
    """(B, C, H, W) in channels-last order."""
    if maps.is_contiguous(memory_format=torch.channels_last):
        return maps
    # A transpose of two dimensions is several times faster than the general copy.
    rows = torch.stack([picture.flatten(1).t().contiguous() for picture in maps])
    return rows.unflatten(1, maps.shape[-2:]).permute(0, 3, 1, 2)


def grouped_pixels(maps: LabelMaps, groups: int, dtype: torch.dtype) -> Tensor:
    """`LabelMaps.grouped` of maps in channels-last order, in this order and in a dtype."""
    masks = maps.masks.to(dtype).permute(0, 2, 3, 1)
    if maps.guides is None:
        return masks.contiguous().permute(0, 3, 1, 2)
    guides = maps.guides.to(dtype).permute(0, 2, 3, 1).unsqueeze(-2)
    own = masks.unflatten(-1, (groups, -1))
    count = own.shape[-1]
    result = own.new_empty(*own.shape[:-1], count + guides.shape[-1])
    result[..., :count] = own
    if maps.scope == "class":
        torch.mul(guides, own.sum(-1, keepdim=True), out=result[..., count:])
    else:
        result[..., count:] = guides
    return result.flatten(-2).permute(0, 3, 1, 2)


def _label_states(masks: Tensor, guides: Tensor | None, resize: str, scope: str) -> Tensor | None:
    """(B, H, W): what a pixel's labels are, as one number; None where they are no such thing.

    Class c is c, no class is C; under an edge C + 1 is added.
    """
    classes = masks.shape[1]
    if resize != "nearest" or not _is_binary(masks) or bool((masks.sum(1) > 1).any()):
        return None
    states = torch.where(masks.any(1), masks.argmax(1), classes)
    if guides is None:
        return states
    if guides.shape[1] != 1 or scope != "everywhere" or not _is_binary(guides):
        return None
    return states + (classes + 1) * guides[:, 0].long()


def _state_vectors(maps: LabelMaps, groups: int) -> Tensor:
    """(states, label channels): what the label branch is shown of each of `_label_states`."""
    classes = maps.masks.shape[1]
    masks = F.pad(torch.eye(classes, device=maps.masks.device), (0, 0, 0, 1))
    if maps.guides is None:
        return masks
    guides = torch.zeros(2 * len(masks), 1, 1, 1, device=masks.device)
    guides[len(masks) :] = 1
    masks = masks.repeat(2, 1)[..., None, None]
    return LabelMaps(masks, guides, maps.scope).grouped(groups)[..., 0, 0]


def _is_binary(maps: Tensor) -> bool:
    return bool(((maps == 0) | (maps == 1)).all())

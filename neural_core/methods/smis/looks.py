# SPDX-License-Identifier: Apache-2.0
"""Objects with looks of their own in one picture.

Where a network has painted codes (`objects`), one pass draws any number of looks. Elsewhere a code
is one for its class: the coarse half of the decoder runs for every look, its features are put
together under the objects' masks, and the fine half makes one picture of them: it sees the labels
anyhow, and smooths the seams. Of that coarse half only what can differ is computed: the groups
that the look's classes reach, around the objects; everything else is as it is without the look.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from .config import SmisConfig
from .fast import FastDecoder, FastLabels
from .model import enlarge
from .objects import ObjectCodes
from .windows import Window, channels_of, cover_groups, covering, patched

FINE_BLOCKS = 2
"""Blocks that run once, after the looks were put together: at a half and at all of the size."""

_REACH = 2
"""Pixels that a block sees around one: two 3 x 3 convolutions."""


@dataclass(frozen=True)
class Look:
    """Codes (1, `code_shape`) and where they hold: (1, H, W) bool."""

    codes: Tensor
    where: Tensor


def object_codes(looks: Sequence[Look]) -> ObjectCodes | None:
    """Looks for a network that has painted codes; None where there are none."""
    if not looks:
        return None
    owner = torch.zeros_like(looks[0].where, dtype=torch.int64)
    for number, look in enumerate(looks, 1):
        owner[look.where] = number
    return ObjectCodes(torch.stack([look.codes for look in looks], 1), owner)


@torch.inference_mode()
def draw_with_looks(
    decoder: FastDecoder, labels: FastLabels, codes: Tensor, looks: Sequence[Look]
) -> Tensor:
    """One picture (1, 3, H, W): ``codes`` everywhere but where a look holds."""
    if not looks:
        return decoder.draw(codes, labels)
    level = max(1, len(labels.modulations) - FINE_BLOCKS)
    inputs = [decoder.start(codes, labels)]
    for index in range(1, level):
        made = decoder.run_block(index - 1, inputs[-1], labels)
        inputs.append(enlarge(made, decoder.config.upsample))
    features = decoder.run_block(level - 1, inputs[-1], labels)
    mixed = features.clone(memory_format=torch.channels_last)
    size = (features.shape[-2], features.shape[-1])
    part = _Part(decoder, labels, inputs)
    for look in looks:
        changed = changed_channels(decoder.config, look.codes - codes)
        share = F.adaptive_avg_pool2d(look.where[None].to(features.dtype), size)
        window = covering(share[0, 0] > 0)
        if window is None or not changed:
            continue
        made, channels = part.drawn(decoder.start(look.codes, labels), changed, window)
        where = (slice(None), slice(channels.start, channels.stop), *window.slices)
        mixed[where] += (made - features[where]) * share[..., *window.slices]
    return decoder.finish(decoder.run(mixed, labels, level), labels)


def changed_channels(config: SmisConfig, difference: Tensor) -> range:
    """Channels of the first features that codes reach which differ by (1, `code_shape`)."""
    if config.codes != "class":
        return range(config.stem if bool(difference.any()) else 0)
    places = difference.flatten(2).any(2)[0].nonzero()
    if not len(places):
        return range(0)
    groups = config.stem_groups or config.classes
    codes = range(int(places[0]), int(places[-1]) + 1)
    return channels_of(cover_groups(codes, groups, difference.shape[1]), groups, config.stem)


class _Part:
    """The coarse blocks for some channels and a window; ``inputs`` are those without the look."""

    def __init__(self, decoder: FastDecoder, labels: FastLabels, inputs: Sequence[Tensor]) -> None:
        self._decoder, self._labels, self._inputs = decoder, labels, inputs

    def drawn(self, start: Tensor, changed: range, window: Window) -> tuple[Tensor, range]:
        """The features after the last of the blocks in ``window``, and which channels they are.

        ``start``: the first features with the look; ``changed``: their channels that differ.
        """
        wanted = self._windows(window)
        first = wanted[0][0]
        features = start[:, changed.start : changed.stop, *first.slices]
        for index, (before, after) in enumerate(wanted):
            block = self._decoder.blocks[index]
            groups = cover_groups(changed, block.groups, block.inputs)
            channels = channels_of(groups, block.groups, block.inputs)
            base = self._inputs[index][:, channels.start : channels.stop, *before.slices]
            given = patched(base, channels, features, changed)
            given = given.contiguous(memory_format=torch.channels_last)
            made = block.part(given, self._labels.modulations[index], groups, before)
            features = made[..., *after.within(before).slices]
            changed = channels_of(groups, block.groups, block.outputs)
            if index + 1 < len(wanted):
                larger = enlarge(features, self._decoder.config.upsample)
                features = larger[..., *wanted[index + 1][0].within(after, 2).slices]
        return features, changed

    def _windows(self, window: Window) -> list[tuple[Window, Window]]:
        """Of each block, coarsest first: what it needs, and what is needed of it."""
        found = []
        for index in reversed(range(len(self._inputs))):
            height, width = self._inputs[index].shape[-2:]
            needed = window.grown(_REACH, (height, width))
            found.append((needed, window))
            if index:
                window = needed.halved((height // 2, width // 2))
        return found[::-1]

# SPDX-License-Identifier: Apache-2.0
"""The presets that the authors of SMIS trained: DeepFashion, Cityscapes, ADE20K."""

from __future__ import annotations

from neural_core.contract import ADE20K, CITYSCAPES, FIGURE

from .config import SmisConfig, Stage

AUTHORS_PRESETS = ("deepfashion", "cityscapes", "ade20k")
WIDTHS: dict[str, tuple[int, int]] = {
    "deepfashion": (160, 32),
    "cityscapes": (280, 10),
    "ade20k": (64, 4),
}
"""Channels of the generator's last stage (ngf), and of the encoder's first layer per class."""


def authors_config(preset: str, ngf: int = 0, ndf: int = 0) -> SmisConfig:
    """The configuration of one of the authors' models.

    Args:
        preset: one of `AUTHORS_PRESETS`.
        ngf: channels that the generator's widths are multiples of; 0: the authors'.
        ndf: channels per class of the encoder's first layer; 0: the authors'.

    Raises:
        KeyError: no such preset. ValueError: a width that its groups do not divide.
    """
    makers = {"deepfashion": _deepfashion, "cityscapes": _cityscapes, "ade20k": _ade20k}
    return makers[preset](ngf or WIDTHS[preset][0], ndf or WIDTHS[preset][1])


def _deepfashion(ngf: int, ndf: int) -> SmisConfig:
    groups = (8, 8, 4, 4, 2, 2, 1)
    multiples = (16, 16, 16, 8, 4, 2, 1)
    stages = tuple(Stage(m * ngf, g, 128) for m, g in zip(multiples, groups, strict=True))
    slots = [((entry.id,), entry.name) for entry in FIGURE.classes]
    return _config(slots, ndf, stem=16 * ngf, stages=stages)


def _cityscapes(ngf: int, ndf: int) -> SmisConfig:
    classes = 35
    groups = (35, 35, 20, 14, 10, 4, 1)
    multiples = (16, 16, 16, 8, 4, 2, 1)
    # The convolutions of the label branch keep one group per class where the block has fewer.
    stages = tuple(
        Stage(m * ngf, g, classes * g, classes, classes)
        for m, g in zip(multiples, groups, strict=True)
    )
    names = {entry.id: entry.name for entry in CITYSCAPES.classes}
    slots = [((i,), names.get(i, "unlabelled" if i == 0 else "licence plate")) for i in range(35)]
    return _config(
        slots,
        ndf,
        stem=16 * ngf,
        stages=stages,
        guides=("edge",),
        guide_scope="everywhere",
        aspect=2,
    )


def _ade20k(ngf: int, ndf: int) -> SmisConfig:
    classes = 151
    groups = (151, 16, 16, 8, 4, 2, 1)
    channels = (16 * classes, 32 * ngf, 16 * ngf, 16 * ngf, 8 * ngf, 4 * ngf, 2 * ngf)
    stages = tuple(
        Stage(c, g, classes * (2 if classes % g == 0 else g), classes, g)
        for c, g in zip(channels, groups, strict=True)
    )
    slots = [((entry.id,), entry.name) for entry in ADE20K.classes] + [((0,), "other")]
    return _config(slots, ndf, stem=16 * classes, stages=stages)


def _config(
    slots: list[tuple[tuple[int, ...], str]],
    ndf: int,
    *,
    stem: int,
    stages: tuple[Stage, ...],
    guides: tuple[str, ...] = (),
    guide_scope: str = "class",
    aspect: int = 1,
) -> SmisConfig:
    """What the three have in common."""
    return SmisConfig(
        class_ids=tuple(ids for ids, _ in slots),
        class_names=tuple(name for _, name in slots),
        guides=guides,
        size=256,
        encoder_crop=256,
        encoder_widths=tuple(ndf * m for m in (1, 2, 4, 8, 8, 8)),
        stem=stem,
        stages=stages,
        aspect=aspect,
        norms="own",
        guide_scope=guide_scope,
        crop_rule="colour",
    )

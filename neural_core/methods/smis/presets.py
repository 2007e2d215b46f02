# SPDX-License-Identifier: Apache-2.0
"""The presets that we train: which classes share a slot, and how wide the networks are.

Slots that lie side by side share a group further on in the decoder, so what belongs together stands
together.
"""

from __future__ import annotations

from dataclasses import replace

from neural_core.contract import ContractError

from .config import SmisConfig, Stage

Slots = tuple[tuple[str, tuple[int, ...]], ...]

STREET_SLOTS: Slots = (
    ("road", (7,)),
    ("road marking", (40,)),
    ("sidewalk", (8,)),
    ("terrain", (22,)),
    ("building", (11, 12, 13)),
    ("pole and sign", (17, 19, 20)),
    ("vegetation", (21,)),
    ("sky", (23, 0)),
    ("person", (24, 25)),
    ("car", (26,)),
    ("truck and bus", (27, 28)),
    ("bicycle", (32, 33)),
)

ROOM_SLOTS: Slots = (
    ("wall", (1, 0)),
    ("ceiling", (3,)),
    ("floor", (2,)),
    ("rug", (19,)),
    ("window", (10,)),
    ("curtain", (15,)),
    ("picture and screen", (12, 17, 21)),
    ("door", (9,)),
    ("cabinet", (4, 13, 16)),
    ("shelf", (11,)),
    ("table and desk", (8, 14)),
    ("chair", (6,)),
    ("bed and sofa", (5, 7)),
    ("pillow", (22,)),
    ("lamp", (20,)),
    ("plant", (18,)),
)

FIGURE_SLOTS: Slots = (
    ("hair", (1,)),
    ("face", (2,)),
    ("skin", (3,)),
    ("top", (4,)),
    ("bottom", (5,)),
    ("socks", (6,)),
    ("shoes", (7,)),
    ("background", (8, 0)),
)

ALL_GUIDES = ("edge", "inverse_depth", "normal", "shading", "tint", "local", "view", "extent")
OBJECT_CHANNELS = 8


def _guided(
    slots: Slots, stem: int, stages: tuple[Stage, ...], lengthwise: tuple[str, ...] = ()
) -> SmisConfig:
    """A network of 128 x 128 that is shown all that Blender knows."""
    return SmisConfig(
        class_ids=tuple(ids for _, ids in slots),
        class_names=tuple(name for name, _ in slots),
        guides=ALL_GUIDES,
        size=128,
        stem=stem,
        stages=stages,
        modulation_kernel=1,
        label_resize="area",
        upsample="bilinear",
        lengthwise=lengthwise,
    )


_STREET = _guided(
    STREET_SLOTS,
    480,
    (
        Stage(480, 12, 384),
        Stage(480, 12, 384),
        Stage(480, 6, 288),
        Stage(288, 3, 192),
        Stage(112, 2, 96),
        Stage(40, 1, 40),
    ),
    lengthwise=("car", "truck and bus", "bicycle"),
)
_ROOM = _guided(
    ROOM_SLOTS,
    512,
    (
        Stage(512, 16, 384),
        Stage(512, 16, 384),
        Stage(512, 8, 320),
        Stage(320, 4, 192),
        Stage(112, 2, 96),
        Stage(40, 1, 40),
    ),
)
_FIGURE = _guided(
    FIGURE_SLOTS,
    480,
    (
        Stage(480, 8, 320),
        Stage(480, 8, 320),
        Stage(384, 4, 256),
        Stage(256, 2, 192),
        Stage(112, 2, 96),
        Stage(40, 1, 40),
    ),
)

PRESETS: dict[str, SmisConfig] = {
    "street-128": _STREET,
    "street-128-objects": replace(_STREET, object_channels=OBJECT_CHANNELS),
    "room-128": _ROOM,
    "room-128-objects": replace(_ROOM, object_channels=OBJECT_CHANNELS),
    "figure-128": _FIGURE,
}
"""``-objects``: with painted codes (`objects`), so that objects of a class differ in one pass."""


def preset_name(name: str) -> str:
    """The full name of a preset that may be named by its family alone: ``room``.

    Raises:
        ContractError: there is no such preset.
    """
    for known in (name, f"{name}-128"):
        if known in PRESETS:
            return known
    raise ContractError("preset", f"'{name}' is unknown", f"Use {', '.join(PRESETS)}")

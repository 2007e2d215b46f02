# SPDX-License-Identifier: Apache-2.0
"""Configuration of GroupDNet: one dataclass, named presets."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

GUIDES: dict[str, int] = {
    "edge": 1,
    "inverse_depth": 1,
    "normal": 3,
    "shading": 3,
    "tint": 4,
    "place": 2,
    "local": 15,
    "view": 3,
    "extent": 3,
}
"""Guide maps that may stand beside the label, with their number of channels.

``normal`` is in the frame of the camera's heading (right, forward, up); ``tint`` is RGB and a flag;
``place`` is where in the visible extent of its own instance a pixel lies (across, down);
``local`` is the position in the object's own box, with its sines and cosines; ``view`` the
direction to the eye along the object's axes; ``extent`` how large the box is.
"""


@dataclass(frozen=True)
class Stage:
    """One decoder stage.

    Attributes:
        channels: output channels.
        groups: groups of its convolutions.
        hidden: channels of its label branch.
    """

    channels: int
    groups: int
    hidden: int = 96


@dataclass(frozen=True)
class SmisConfig:
    """Sizes of GroupDNet.

    Attributes:
        class_ids: palette ids of each class slot; several ids may share a slot.
        class_names: display name of each slot.
        guides: guide maps given to each class under its mask.
        size: picture height and width at which the model was trained.
        latent_size: height and width of the code z.
        latent_channels: channels of z per class.
        encoder_crop: side to which each class's bounding box is resized for the encoder.
        encoder_widths: channels per class of the encoder's stride-2 convolutions.
        stem: channels of the first decoder feature map.
        stages: decoder stages from the coarsest on; x2 upsampling between them.
        modulation_kernel: kernel of the gamma and beta convolutions.
        label_resize: how labels reach a stage's resolution: nearest (the authors) or area.
        upsample: how features do: nearest (the authors) or bilinear, which leaves no checks.
        lengthwise: names of classes whose boxes all lay along their own Y in training; a box
            longer along X is taken as if it had been modelled along Y, its front at +X.
    """

    class_ids: tuple[tuple[int, ...], ...]
    class_names: tuple[str, ...]
    guides: tuple[str, ...] = ()
    size: int = 128
    latent_size: int = 4
    latent_channels: int = 8
    encoder_crop: int = 64
    encoder_widths: tuple[int, ...] = (8, 16, 32, 32)
    stem: int = 192
    stages: tuple[Stage, ...] = ()
    modulation_kernel: int = 3
    label_resize: str = "nearest"
    upsample: str = "nearest"
    lengthwise: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        channels = self.stem
        for index, stage in enumerate(self.stages):
            for count, what in ((channels, "input"), (stage.channels, "output")):
                if (
                    count % stage.groups
                    or self.classes % stage.groups
                    or (stage.hidden % stage.groups)
                ):
                    raise ValueError(
                        f"stages[{index}]: {stage.groups} groups do not divide {count} {what} "
                        f"channels, {stage.hidden} hidden ones and {self.classes} classes"
                    )
            channels = stage.channels
        if self.latent_size * 2 ** (len(self.stages) - 1) != self.size:
            raise ValueError(
                f"{len(self.stages)} stages do not lead from "
                f"{self.latent_size} to {self.size} pixels"
            )

    @property
    def classes(self) -> int:
        """Number of class slots."""
        return len(self.class_ids)

    def label_channels(self, groups: int) -> int:
        """Label channels of a block: every class's mask, and the guides once per group."""
        return self.classes + groups * sum(GUIDES[name] for name in self.guides)

    def to_dict(self) -> dict[str, Any]:
        """JSON-serialisable form."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> SmisConfig:
        """The inverse of ``to_dict``."""
        values = dict(data)
        values["stages"] = tuple(Stage(**stage) for stage in data["stages"])
        values["class_ids"] = tuple(tuple(ids) for ids in data["class_ids"])
        for name in ("class_names", "guides", "encoder_widths", "lengthwise"):
            values[name] = tuple(data.get(name, ()))
        return cls(**values)


STREET_SLOTS: tuple[tuple[str, tuple[int, ...]], ...] = (
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

PRESETS: dict[str, SmisConfig] = {
    "street-128": SmisConfig(
        class_ids=tuple(ids for _, ids in STREET_SLOTS),
        class_names=tuple(name for name, _ in STREET_SLOTS),
        guides=("edge", "inverse_depth", "normal", "shading", "tint", "local", "view", "extent"),
        size=128,
        stem=480,
        stages=(
            Stage(480, 12, 384),
            Stage(480, 12, 384),
            Stage(480, 6, 288),
            Stage(288, 3, 192),
            Stage(112, 2, 96),
            Stage(40, 1, 40),
        ),
        modulation_kernel=1,
        label_resize="area",
        upsample="bilinear",
        lengthwise=("car", "truck and bus", "bicycle"),
    ),
}

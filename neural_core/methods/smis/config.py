# SPDX-License-Identifier: Apache-2.0
"""Configuration of GroupDNet: one dataclass; presets are in `presets` and `authors`."""

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


CHOICES: dict[str, tuple[str, ...]] = {
    "label_resize": ("nearest", "area"),
    "upsample": ("nearest", "bilinear"),
    "norms": ("block", "own"),
    "guide_scope": ("class", "everywhere"),
    "crop_rule": ("mask", "colour"),
    "codes": ("class", "picture", "none"),
}
"""Values of the fields of `SmisConfig` that choose between ways."""


TintRanges = tuple[tuple[tuple[float, float], ...], ...]
"""Least and largest value of each colour channel, class by class."""


@dataclass(frozen=True)
class Stage:
    """One decoder stage.

    Attributes:
        channels: output channels.
        groups: groups of its convolutions.
        hidden: channels of its label branch.
        label_groups: groups of the convolution from labels to hidden maps; 0: as ``groups``.
        modulation_groups: groups of those that give gamma and beta; 0: as ``groups``.
    """

    channels: int
    groups: int
    hidden: int = 96
    label_groups: int = 0
    modulation_groups: int = 0


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
        aspect: width of pictures, codes and crops as a multiple of their height.
        norms: ``block``: one label branch serves all norms of a block, whose shortcut has none;
            ``own``: each norm has its own branch, and the shortcut is normed (the authors).
        guide_scope: what of a guide map a class is shown: ``class``: what lies under its mask;
            ``everywhere``: all of it (the authors, with instance edges).
        crop_rule: ``mask``: the encoder's crops are the boxes of the masks, sampled at pixel
            centres; ``colour``: those of the colours that are not 0, sampled as the authors do.
        codes: ``class``: a small map per class; ``picture``: one vector for the picture (VSPADE);
            ``none``: no code, the decoder starts from the labels (SPADE).
        stem_groups: groups of the first decoder layer; 0: one per class.
        picture_groups: 1, or one last convolution per class, whose pictures are put together
            under the masks (MulNet).
        prior_rank: directions of the Gaussian that codes are drawn from (`prior`); 0: unit noise.
        object_channels: channels in which the codes of objects are painted under their masks
            beside the guides (`objects`), so that objects of a class can differ in one pass; 0:
            codes reach the decoder through its stem alone.
        tint_ranges: what the training asked for on each class, red, green and blue as `tints`
            shows them; a colour outside is left out. Empty: none is.
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
    aspect: int = 1
    norms: str = "block"
    guide_scope: str = "class"
    crop_rule: str = "mask"
    codes: str = "class"
    stem_groups: int = 0
    picture_groups: int = 1
    prior_rank: int = 0
    object_channels: int = 0
    tint_ranges: TintRanges = ()

    def __post_init__(self) -> None:
        for name, allowed in CHOICES.items():
            if getattr(self, name) not in allowed:
                raise ValueError(f"{name}: '{getattr(self, name)}' is none of {', '.join(allowed)}")
        unknown = [name for name in self.guides if name not in GUIDES]
        if unknown:
            raise ValueError(f"guides: '{unknown[0]}' is none of {', '.join(GUIDES)}")
        channels = self.stem
        for index, stage in enumerate(self.stages):
            self._check_stage(index, stage, channels)
            channels = stage.channels
        if self.picture_groups not in (1, self.classes) or channels % self.picture_groups:
            raise ValueError(f"picture_groups: {self.picture_groups} is neither 1 nor the classes")
        if self.object_channels and self.codes != "class":
            raise ValueError("object_channels: only codes per class can be those of objects")
        if len(self.tint_ranges) not in (0, self.classes):
            raise ValueError(f"tint_ranges: {len(self.tint_ranges)} are not one for each class")
        if self.latent_size * 2 ** (len(self.stages) - 1) != self.size:
            raise ValueError(
                f"{len(self.stages)} stages do not lead from "
                f"{self.latent_size} to {self.size} pixels"
            )

    def _check_stage(self, index: int, stage: Stage, channels: int) -> None:
        middle = min(channels, stage.channels)
        modulated = stage.modulation_groups or stage.groups
        for count, groups, what in (
            (channels, stage.groups, "input channels"),
            (stage.channels, stage.groups, "output channels"),
            (self.classes, stage.label_groups or stage.groups, "classes"),
            (stage.hidden, stage.label_groups or stage.groups, "hidden channels"),
            (stage.hidden, modulated, "hidden channels"),
            (channels, modulated, "input channels"),
            (middle, modulated, "inner channels"),
        ):
            if count % groups:
                raise ValueError(f"stages[{index}]: {groups} groups do not divide {count} {what}")

    @property
    def classes(self) -> int:
        """Number of class slots."""
        return len(self.class_ids)

    @property
    def code_shape(self) -> tuple[int, int, int]:
        """Channels, height and width of a code at the trained size."""
        if self.codes == "class":
            channels = self.classes * self.latent_channels
            return channels, self.latent_size, self.latent_size * self.aspect
        return (self.latent_channels, 1, 1) if self.codes == "picture" else (0, 1, 1)

    @property
    def crop_shape(self) -> tuple[int, int]:
        """Height and width of what the encoder is shown of each class."""
        return self.encoder_crop, self.encoder_crop * self.aspect

    def label_channels(self, groups: int) -> int:
        """Label channels of a block: every class's mask, and the guides once per group."""
        return self.classes + groups * (self.guide_channels + self.object_channels)

    @property
    def guide_channels(self) -> int:
        """Channels of the guide maps."""
        return sum(GUIDES[name] for name in self.guides)

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
        values["tint_ranges"] = tuple(
            tuple((low, high) for low, high in channels) for channels in data.get("tint_ranges", ())
        )
        return cls(**values)

# SPDX-License-Identifier: Apache-2.0
"""GroupDNet: a grouped encoder and a decoder whose groups decrease (SMIS, section 3.2 to 3.4)."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple, cast

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from neural_core.contract import ContractError
from neural_core.layers.conditional_group_norm import (
    ConditionalGroupNorm,
    LabelBranch,
    ModulatedNorm,
)

from .config import SmisConfig, Stage
from .crops import class_crops
from .labels import LabelMaps, given, under_masks
from .objects import ObjectCodes, PaintedCodes, object_masks
from .prior import CodePrior


class GroupBlock(nn.Module):
    """CG-block: two conditionally normalised group convolutions and a shortcut (figure 3).

    One label branch serves the block's norms; its groups are the block's, as in the authors'
    DeepFashion preset.
    """

    def __init__(self, config: SmisConfig, in_channels: int, stage: Stage) -> None:
        super().__init__()
        out_channels, groups, hidden = stage.channels, stage.groups, stage.hidden
        middle = min(in_channels, out_channels)
        kernel = config.modulation_kernel
        modulated = stage.modulation_groups or groups
        self.groups = stage.label_groups or groups
        self.labels = LabelBranch(config.label_channels(self.groups), hidden, self.groups)
        self.conv_0 = nn.Conv2d(in_channels, middle, 3, padding=1, groups=groups)
        self.conv_1 = nn.Conv2d(middle, out_channels, 3, padding=1, groups=groups)
        self.norm_0 = ModulatedNorm(in_channels, hidden, modulated, kernel)
        self.norm_1 = ModulatedNorm(middle, hidden, modulated, kernel)
        self.conv_s: nn.Conv2d | None = None
        if in_channels != out_channels:
            self.conv_s = nn.Conv2d(in_channels, out_channels, 1, bias=False, groups=groups)

    def forward(self, features: Tensor, maps: LabelMaps) -> Tensor:
        """Features and label maps of this resolution -> (B, out_channels, H, W)."""
        hidden = self.labels(maps.grouped(self.groups))
        skip = features if self.conv_s is None else self.conv_s(features)
        inner = self.conv_0(F.leaky_relu(self.norm_0(features, hidden), 0.2))
        inner = self.conv_1(F.leaky_relu(self.norm_1(inner, hidden), 0.2))
        return skip + inner


class OwnNormsBlock(nn.Module):
    """The authors' CG-block: every norm has its own label branch, and the shortcut has a norm."""

    def __init__(self, config: SmisConfig, in_channels: int, stage: Stage) -> None:
        super().__init__()
        out_channels, groups = stage.channels, stage.groups
        middle = min(in_channels, out_channels)
        self.groups = stage.label_groups or groups
        self.conv_0 = nn.Conv2d(in_channels, middle, 3, padding=1, groups=groups)
        self.conv_1 = nn.Conv2d(middle, out_channels, 3, padding=1, groups=groups)
        self.norm_0 = self._norm(config, in_channels, stage)
        self.norm_1 = self._norm(config, middle, stage)
        self.conv_s: nn.Conv2d | None = None
        self.norm_s: ConditionalGroupNorm | None = None
        if in_channels != out_channels:
            self.conv_s = nn.Conv2d(in_channels, out_channels, 1, bias=False, groups=groups)
            self.norm_s = self._norm(config, in_channels, stage)

    def forward(self, features: Tensor, maps: LabelMaps) -> Tensor:
        """Features and label maps of this resolution -> (B, out_channels, H, W)."""
        labels = maps.grouped(self.groups)
        skip = features
        if self.conv_s is not None and self.norm_s is not None:
            skip = self.conv_s(self.norm_s(features, labels))
        inner = self.conv_0(F.leaky_relu(self.norm_0(features, labels), 0.2))
        inner = self.conv_1(F.leaky_relu(self.norm_1(inner, labels), 0.2))
        return skip + inner

    def _norm(self, config: SmisConfig, channels: int, stage: Stage) -> ConditionalGroupNorm:
        return ConditionalGroupNorm(
            channels,
            config.label_channels(self.groups),
            stage.hidden,
            self.groups,
            stage.modulation_groups or stage.groups,
            config.modulation_kernel,
        )


class Encoder(nn.Module):
    """Pictures and class masks -> mean and log-variance of each class's code.

    Where the config wants one code for the picture, the whole picture is encoded to a vector
    (VSPADE); where it wants none, the code is empty.
    """

    def __init__(self, config: SmisConfig) -> None:
        super().__init__()
        self.config = config
        if config.codes == "none":
            return
        groups = config.classes if config.codes == "class" else 1
        layers: list[nn.Module] = []
        current = 3
        for width in config.encoder_widths:
            layers += [
                nn.Conv2d(current * groups, width * groups, 3, 2, 1, groups=groups),
                nn.InstanceNorm2d(width * groups),
                nn.LeakyReLU(0.2, True),
            ]
            current = width
        self.layers = nn.Sequential(*layers)
        self.mean = self._head(current, groups)
        self.log_variance = self._head(current, groups)

    def forward(self, image: Tensor, masks: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 3, H, W) in [-1, 1], (B, C, H, W) one-hot -> two codes (B, `code_shape`)."""
        config = self.config
        if config.codes == "none":
            empty = image.new_zeros(len(image), *config.code_shape)
            return empty, empty
        if config.codes == "picture":
            shown = F.interpolate(image, config.crop_shape, mode="bilinear", align_corners=False)
            features = self.layers(shown).flatten(1)
            mean, log_variance = self.mean(features), self.log_variance(features)
            return mean[..., None, None], log_variance.clamp(-10, 10)[..., None, None]
        features = self.layers(class_crops(image, masks, config.crop_shape, config.crop_rule))
        return self.mean(features), self.log_variance(features).clamp(-10, 10)

    def of_objects(self, image: Tensor, masks: Tensor, owner: Tensor) -> ObjectMoments:
        """Codes of single objects, each from its own pixels by the layers of its class.

        Args:
            image: (B, 3, H, W) in [-1, 1]; masks: (B, C, H, W) one-hot.
            owner: (B, H, W), see `ObjectCodes`.
        """
        config = self.config
        own = object_masks(owner)
        crops = class_crops(image, own, config.crop_shape, config.crop_rule)
        crops = crops.unflatten(1, (-1, 3)).flatten(0, 1)
        shares = torch.einsum("bnp,bcp->bnc", own.flatten(2), masks.flatten(2)).flatten(0, 1)
        pixels, slots = shares.max(1)
        number = torch.where(pixels > 0, slots, -1)
        layers = [_by_class(layer, config.classes) for layer in self.layers]
        heads = [_by_class(head, config.classes) for head in (self.mean, self.log_variance)]
        shape = (len(crops), config.latent_channels, *config.code_shape[1:])
        found = [image.new_zeros(shape), image.new_zeros(shape)]
        for slot in number[number >= 0].unique().tolist():
            rows = number == slot
            features = crops[rows]
            for layer in layers:
                features = layer(features, slot)
            for moment, head in zip(found, heads, strict=True):
                moment[rows] = head(features, slot).to(moment.dtype)
        mean, log_variance = (moment.unflatten(0, own.shape[:2]) for moment in found)
        return ObjectMoments(mean, log_variance.clamp(-10, 10), number.view(own.shape[:2]))

    def _head(self, width: int, groups: int) -> nn.Module:
        config = self.config
        if config.codes == "class":
            channels = config.latent_channels * groups
            return nn.Conv2d(width * groups, channels, 3, padding=1, groups=groups)
        steps = 2 ** len(config.encoder_widths)
        height, width_left = (-(-side // steps) for side in config.crop_shape)
        return nn.Linear(width * height * width_left, config.latent_channels)


class ObjectMoments(NamedTuple):
    """What the encoder says of N objects per picture.

    Attributes:
        mean, log_variance: (B, N, latent_channels, h, w), of the code of the object's class.
        slot: (B, N) int64: the object's class; -1: no such object.
    """

    mean: Tensor
    log_variance: Tensor
    slot: Tensor


def _by_class(layer: nn.Module, classes: int) -> Callable[[Tensor, int], Tensor]:
    """A layer of the grouped encoder, for the channels of one class alone."""
    if not isinstance(layer, nn.Conv2d):
        # Activations and norms without parameters treat every channel alike.
        if isinstance(layer, nn.InstanceNorm2d):
            return lambda features, slot: F.instance_norm(features, eps=layer.eps)
        return lambda features, slot: layer(features)
    weight = layer.weight.unflatten(0, (classes, -1))
    bias = None if layer.bias is None else layer.bias.unflatten(0, (classes, -1))
    stride, padding = layer.stride, cast("tuple[int, int]", layer.padding)

    def convolved(features: Tensor, slot: int) -> Tensor:
        own = None if bias is None else bias[slot]
        return F.conv2d(features, weight[slot], own, stride, padding)

    return convolved


class Decoder(nn.Module):
    """Codes and labels -> picture in [-1, 1]."""

    def __init__(self, config: SmisConfig) -> None:
        super().__init__()
        self.config = config
        self.stem = _stem(config)
        block = OwnNormsBlock if config.norms == "own" else GroupBlock
        blocks = []
        current = config.stem
        for stage in config.stages:
            blocks.append(block(config, current, stage))
            current = stage.channels
        self.blocks = nn.ModuleList(blocks)
        pictures = config.picture_groups
        self.image = nn.Conv2d(current, 3 * pictures, 3, padding=1, groups=pictures)
        self.painted = PaintedCodes(config) if config.object_channels else None

    def forward(
        self,
        codes: Tensor,
        masks: Tensor,
        guides: Tensor | None = None,
        objects: ObjectCodes | None = None,
    ) -> Tensor:
        """Codes (B, `code_shape`), masks (B, C, H, W), guides (B, G, H, W) -> (B, 3, H, W).

        H and W are any multiples of the number of stages' steps: the codes are resized to fit.
        ``objects`` needs a config with `object_channels`.
        """
        maps = self.label_maps(masks, self.guides_and_codes(guides, codes, masks, objects))
        features = self.start(codes, maps[0])
        for index, block in enumerate(self.blocks):
            if index:
                features = enlarge(features, self.config.upsample)
            features = block(features, maps[index])
        return self.finish(features, masks)

    def guides_and_codes(
        self, guides: Tensor | None, codes: Tensor, masks: Tensor, objects: ObjectCodes | None
    ) -> Tensor | None:
        """The guides, and the painted codes beside them where the config has any."""
        if self.painted is None:
            return guides
        painted = self.painted(codes, masks, objects)
        return painted if guides is None else torch.cat([guides, painted], 1)

    def label_maps(self, masks: Tensor, guides: Tensor | None) -> list[LabelMaps]:
        """What the blocks are shown of the labels, coarsest first."""
        levels = len(self.blocks)
        masks_of = pyramid(masks, levels, self.config.label_resize)
        guides_of: list[Tensor | None] = [None] * levels
        guides = given(guides)
        if guides is not None:
            guides_of = [*pyramid(guides, levels, self.config.label_resize)]
        scope = self.config.guide_scope
        return [LabelMaps(m, g, scope) for m, g in zip(masks_of, guides_of, strict=True)]

    def start(self, codes: Tensor, coarsest: LabelMaps) -> Tensor:
        """The first features, at the resolution of the coarsest label maps."""
        size = coarsest.masks.shape[-2:]
        kind = self.config.codes
        if kind == "none":
            return self.stem(coarsest.grouped(1))
        if kind == "picture":
            height = self.config.latent_size
            shape = (-1, self.config.stem, height, height * self.config.aspect)
            return fit(self.stem(codes.flatten(1)).view(shape), size)
        return self.stem(fit(codes, size))

    def finish(self, features: Tensor, masks: Tensor) -> Tensor:
        """The last features -> the picture."""
        picture = self.image(F.leaky_relu(features, 0.2))
        if self.config.picture_groups > 1:
            picture = under_masks(picture, masks)
        return torch.tanh(picture)


def _stem(config: SmisConfig) -> nn.Module:
    if config.codes == "none":
        return nn.Conv2d(config.label_channels(1), config.stem, 3, padding=1)
    if config.codes == "picture":
        places = config.latent_size**2 * config.aspect
        return nn.Linear(config.latent_channels, config.stem * places)
    groups = config.stem_groups or config.classes
    return nn.Conv2d(config.code_shape[0], config.stem, 3, padding=1, groups=groups)


def fit(maps: Tensor, size: torch.Size) -> Tensor:
    """Maps at another height and width, bilinear."""
    if maps.shape[-2:] == size:
        return maps
    return F.interpolate(maps, size, mode="bilinear", align_corners=False)


class GroupDNet(nn.Module):
    """Encoder and decoder together.

    Attributes:
        has_encoder: False where a model came without the encoder's weights: it cannot encode.
        prior: what looks are drawn from, or None: unit noise.
    """

    has_encoder: bool = True

    def __init__(self, config: SmisConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = Encoder(config)
        self.decoder = Decoder(config)
        self.prior: CodePrior | None = None
        if config.prior_rank:
            values = math.prod(config.code_shape) // config.classes
            self.prior = CodePrior(config.classes, values, config.prior_rank)

    def group_convolutions(self) -> list[nn.Conv2d]:
        """Those that the authors spectrally normalise: the encoder's and the blocks' own."""
        coder = [] if self.config.codes == "none" else [*self.encoder.layers]
        found = [layer for layer in coder if isinstance(layer, nn.Conv2d)]
        for block in self.decoder.blocks:
            own = (getattr(block, name) for name in ("conv_0", "conv_1", "conv_s"))
            found += [layer for layer in own if layer is not None]
        return found

    def forward(
        self, image: Tensor, masks: Tensor, guides: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Encode, draw a code (reparametrised), decode: (picture, mean, log-variance)."""
        mean, log_variance = self.encoder(image, masks)
        return self.decoder(reparametrised(mean, log_variance), masks, guides), mean, log_variance

    @torch.no_grad()
    def generate(
        self,
        masks: Tensor,
        codes: Tensor,
        guides: Tensor | None = None,
        objects: ObjectCodes | None = None,
    ) -> Tensor:
        """One-hot masks, codes, guides, codes of objects -> picture in [-1, 1]."""
        return self.decoder(codes, masks, guides, objects)

    @torch.no_grad()
    def encode(self, image: Tensor, masks: Tensor) -> Tensor:
        """Pictures in [-1, 1] and their one-hot masks -> the mean codes of what they show.

        Raises:
            ContractError: the model came without its encoder.
        """
        if not self.has_encoder:
            raise ContractError(
                "model",
                "it has no encoder, so it cannot take a style from a picture",
                "Import it again with its encoder: blockout models import … --encoder FILE",
            )
        return self.encoder(image, masks)[0]


def object_code_sets(codes: Tensor, found: ObjectMoments, config: SmisConfig) -> Tensor:
    """(B, N, *`code_shape`): the picture's codes, that of the object's class drawn for it."""
    own = reparametrised(found.mean, found.log_variance)
    sets = codes[:, None].unflatten(2, (config.classes, -1))
    is_own = found.slot[..., None] == torch.arange(config.classes, device=codes.device)
    chosen = torch.where(is_own[..., None, None, None], own[:, :, None].to(sets.dtype), sets)
    return chosen.flatten(2, 3)


def reparametrised(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Codes drawn from Gaussians, so that gradients reach both moments."""
    return mean + torch.randn_like(mean) * torch.exp(0.5 * log_variance)


def enlarge(features: Tensor, mode: str) -> Tensor:
    """Features at twice the height and width; ``mode`` is nearest or bilinear."""
    if mode == "bilinear":
        return F.interpolate(features, scale_factor=2.0, mode=mode, align_corners=False)
    return F.interpolate(features, scale_factor=2.0, mode="nearest")


def pyramid(maps: Tensor, levels: int, resize: str) -> list[Tensor]:
    """Maps at every stage's resolution, coarsest first; ``resize`` is nearest or area."""
    result = [maps]
    for _ in range(levels - 1):
        if resize == "area":
            result.append(F.avg_pool2d(result[-1], 2))
        else:
            result.append(F.interpolate(result[-1], scale_factor=0.5, mode="nearest"))
    return result[::-1]


def channels_last(module: nn.Module) -> nn.Module:
    """The module with its weights in channels-last order, which convolutions run fastest in."""
    return module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]


def initialise(model: nn.Module, gain: float = 0.02) -> None:
    """Xavier-normal weights and zero biases, as SPADE and SMIS do."""
    for module in model.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            nn.init.xavier_normal_(module.weight, gain=gain)
            if module.bias is not None:
                nn.init.zeros_(module.bias)

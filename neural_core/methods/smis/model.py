# SPDX-License-Identifier: Apache-2.0
"""GroupDNet: a grouped encoder and a decoder whose groups decrease (SMIS, section 3.2 to 3.4)."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from neural_core.layers.conditional_group_norm import LabelBranch, ModulatedNorm

from .config import SmisConfig, Stage
from .crops import class_crops
from .labels import grouped_labels


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
        self.groups = groups
        self.labels = LabelBranch(config.label_channels(groups), hidden, groups)
        self.conv_0 = nn.Conv2d(in_channels, middle, 3, padding=1, groups=groups)
        self.conv_1 = nn.Conv2d(middle, out_channels, 3, padding=1, groups=groups)
        self.norm_0 = ModulatedNorm(in_channels, hidden, groups, kernel)
        self.norm_1 = ModulatedNorm(middle, hidden, groups, kernel)
        self.conv_s: nn.Conv2d | None = None
        if in_channels != out_channels:
            self.conv_s = nn.Conv2d(in_channels, out_channels, 1, bias=False, groups=groups)

    def forward(self, features: Tensor, masks: Tensor, guides: Tensor | None) -> Tensor:
        """Features, class masks and guides of this resolution -> (B, out_channels, H, W)."""
        hidden = self.labels(grouped_labels(masks, guides, self.groups))
        skip = features if self.conv_s is None else self.conv_s(features)
        inner = self.conv_0(F.leaky_relu(self.norm_0(features, hidden), 0.2))
        inner = self.conv_1(F.leaky_relu(self.norm_1(inner, hidden), 0.2))
        return skip + inner


class Encoder(nn.Module):
    """Pictures and class masks -> mean and log-variance of each class's code."""

    def __init__(self, config: SmisConfig) -> None:
        super().__init__()
        self.config = config
        classes = config.classes
        layers: list[nn.Module] = []
        current = 3
        for width in config.encoder_widths:
            layers += [
                nn.Conv2d(current * classes, width * classes, 3, 2, 1, groups=classes),
                nn.InstanceNorm2d(width * classes),
                nn.LeakyReLU(0.2, True),
            ]
            current = width
        self.layers = nn.Sequential(*layers)
        channels = config.latent_channels * classes
        self.mean = nn.Conv2d(current * classes, channels, 3, padding=1, groups=classes)
        self.log_variance = nn.Conv2d(current * classes, channels, 3, padding=1, groups=classes)

    def forward(self, image: Tensor, masks: Tensor) -> tuple[Tensor, Tensor]:
        """(B, 3, H, W) in [-1, 1], (B, C, H, W) one-hot -> two (B, 8C, 4, 4) tensors."""
        features = self.layers(class_crops(image, masks, self.config.encoder_crop))
        return self.mean(features), self.log_variance(features).clamp(-10, 10)


class Decoder(nn.Module):
    """Codes and labels -> picture in [-1, 1]."""

    def __init__(self, config: SmisConfig) -> None:
        super().__init__()
        self.config = config
        classes = config.classes
        self.stem = nn.Conv2d(
            config.latent_channels * classes, config.stem, 3, padding=1, groups=classes
        )
        blocks = []
        current = config.stem
        for stage in config.stages:
            blocks.append(GroupBlock(config, current, stage))
            current = stage.channels
        self.blocks = nn.ModuleList(blocks)
        self.image = nn.Conv2d(current, 3, 3, padding=1)

    def forward(self, codes: Tensor, masks: Tensor, guides: Tensor | None = None) -> Tensor:
        """Codes (B, 8C, h, w), masks (B, C, H, W), guides (B, G, H, W) -> (B, 3, H, W).

        H and W are any multiples of the number of stages' steps: the codes are resized to fit.
        """
        levels = len(self.blocks)
        mask_pyramid = pyramid(masks, levels, self.config.label_resize)
        guide_pyramid = [None] * levels
        if guides is not None:
            guide_pyramid = pyramid(guides, levels, self.config.label_resize)
        coarsest = mask_pyramid[0].shape[-2:]
        if codes.shape[-2:] != coarsest:
            codes = F.interpolate(codes, coarsest, mode="bilinear", align_corners=False)
        features = self.stem(codes)
        for index, block in enumerate(self.blocks):
            if index:
                features = enlarge(features, self.config.upsample)
            features = block(features, mask_pyramid[index], guide_pyramid[index])
        return torch.tanh(self.image(F.leaky_relu(features, 0.2)))


class GroupDNet(nn.Module):
    """Encoder and decoder together."""

    def __init__(self, config: SmisConfig) -> None:
        super().__init__()
        self.config = config
        self.encoder = Encoder(config)
        self.decoder = Decoder(config)

    def forward(
        self, image: Tensor, masks: Tensor, guides: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Encode, draw a code (reparametrised), decode: (picture, mean, log-variance)."""
        mean, log_variance = self.encoder(image, masks)
        codes = mean + torch.randn_like(mean) * torch.exp(0.5 * log_variance)
        return self.decoder(codes, masks, guides), mean, log_variance

    @torch.no_grad()
    def generate(self, masks: Tensor, codes: Tensor, guides: Tensor | None = None) -> Tensor:
        """One-hot masks, codes and guides -> picture in [-1, 1]."""
        return self.decoder(codes, masks, guides)


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

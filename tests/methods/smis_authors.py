# SPDX-License-Identifier: Apache-2.0
"""The authors' SMIS stated again, slowly and plainly: their key names, one tensor at a time.

It knows nothing of our modules. What a network is told by: preset, number of classes, widths.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

State = dict[str, Tensor]
STAGES = ("head_0", "G_middle_0", "G_middle_1", "up_0", "up_1", "up_2", "up_3")


@dataclass(frozen=True)
class Authors:
    """One of their networks, at any width."""

    preset: str
    classes: int
    groups: tuple[int, ...]
    fc: int
    channels: tuple[int, ...]
    encoder: int

    @classmethod
    def of(cls, preset: str, ngf: int, ndf: int) -> Authors:
        """By the table of their code; ``ndf`` is the encoder's first width, per class."""
        if preset == "deepfashion":
            widths = [k * ngf for k in (16, 16, 16, 8, 4, 2, 1)]
            return cls(preset, 8, (8, 8, 4, 4, 2, 2, 1), 16 * ngf, tuple(widths), ndf * 8)
        if preset == "cityscapes":
            widths = [k * ngf for k in (16, 16, 16, 8, 4, 2, 1)]
            return cls(preset, 35, (35, 35, 20, 14, 10, 4, 1), 16 * ngf, tuple(widths), ndf * 35)
        widths = [16 * 151, *(k * ngf for k in (32, 16, 16, 8, 4, 2))]
        return cls(preset, 151, (151, 16, 16, 8, 4, 2, 1), 16 * 151, tuple(widths), ndf * 151)

    def norm_groups(self, groups: int) -> tuple[int, int, int]:
        """Hidden channels, groups of the shared convolution, groups of gamma and beta."""
        if self.preset == "deepfashion":
            return 128, groups, groups
        if self.preset == "cityscapes":
            return self.classes * groups, self.classes, self.classes
        hidden = self.classes * (2 if self.classes % groups == 0 else groups)
        return hidden, self.classes, groups


def random_generator(net: Authors) -> State:
    """A state dict of their generator with random values."""
    state: State = {}
    _conv(state, "fc", 8 * net.classes, net.fc, 3, net.classes)
    current = net.fc
    for name, groups, width in zip(STAGES, net.groups, net.channels, strict=True):
        middle = min(current, width)
        _conv(state, f"{name}.conv_0", current, middle, 3, groups, spectral=True)
        _conv(state, f"{name}.conv_1", middle, width, 3, groups, spectral=True)
        _norm(state, f"{name}.norm_0", net, current, groups)
        _norm(state, f"{name}.norm_1", net, middle, groups)
        if current != width:
            _conv(state, f"{name}.conv_s", current, width, 1, groups, bias=False, spectral=True)
            _norm(state, f"{name}.norm_s", net, current, groups)
        current = width
    if net.preset == "ade20k":  # stored, but never run
        _conv(state, "up_4.conv_0", current, current // 2, 3, 1, spectral=True)
    _conv(state, "conv_img", current, 3, 3, 1)
    return state


def random_encoder(net: Authors) -> State:
    """A state dict of their encoder with random values."""
    state: State = {}
    current = 3 * net.classes
    for index, multiple in enumerate((1, 2, 4, 8, 8, 8)):
        width = net.encoder * multiple
        name = f"layer{index + 1}.0"
        _conv(state, name, current, width, 3, net.classes, bias=False, spectral=True)
        current = width
    _conv(state, "fc_mu", current, 8 * net.classes, 3, net.classes)
    _conv(state, "fc_var", current, 8 * net.classes, 3, net.classes)
    return state


def generate(net: Authors, state: State, one_hot: Tensor, codes: Tensor) -> Tensor:
    """Their generator in eval mode. ``one_hot`` has the instance edge last for Cityscapes."""
    seg = one_hot
    if net.preset == "cityscapes":
        pairs = [one_hot[:, [c, net.classes]] for c in range(net.classes)]
        seg = torch.cat(pairs, 1)
    x = _apply(state, "fc", codes, net.classes)
    for index, (name, groups) in enumerate(zip(STAGES, net.groups, strict=True)):
        if index:
            x = x.repeat_interleave(2, 2).repeat_interleave(2, 3)
        x = _block(net, state, name, x, seg, groups)
    return torch.tanh(_apply(state, "conv_img", F.leaky_relu(x, 0.2), 1))


def encode(net: Authors, state: State, image: Tensor, one_hot: Tensor) -> tuple[Tensor, Tensor]:
    """Their crops and encoder: mean and log-variance."""
    size = (256, 512) if net.preset == "cityscapes" else (256, 256)
    x = torch.cat([_crops(image[i], one_hot[i], size) for i in range(len(image))])
    for index in range(6):
        x = _apply(state, f"layer{index + 1}.0", x, net.classes, stride=2)
        mean = x.mean((2, 3), keepdim=True)
        variance = x.var((2, 3), unbiased=False, keepdim=True)
        x = F.leaky_relu((x - mean) / torch.sqrt(variance + 1e-5), 0.2)
    return _apply(state, "fc_mu", x, net.classes), _apply(state, "fc_var", x, net.classes)


def _crops(picture: Tensor, masks: Tensor, size: tuple[int, int]) -> Tensor:
    parts = []
    for mask in masks:
        piece = picture * mask
        columns = piece.sum(0).sum(0).nonzero()
        rows = piece.sum(0).sum(1).nonzero()
        if len(columns):
            piece = piece[:, rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        parts.append(F.interpolate(piece[None], size))
    return torch.cat(parts, 1)


def _block(net: Authors, state: State, name: str, x: Tensor, seg: Tensor, groups: int) -> Tensor:
    skip = x
    if f"{name}.conv_s.weight_orig" in state:
        skip = _apply(
            state, f"{name}.conv_s", _cg_norm(net, state, f"{name}.norm_s", x, seg, groups), groups
        )
    for index in (0, 1):
        x = F.leaky_relu(_cg_norm(net, state, f"{name}.norm_{index}", x, seg, groups), 0.2)
        x = _apply(state, f"{name}.conv_{index}", x, groups)
    return skip + x


def _cg_norm(net: Authors, state: State, name: str, x: Tensor, seg: Tensor, groups: int) -> Tensor:
    _, shared, modulated = net.norm_groups(groups)
    mean = state[f"{name}.param_free_norm.running_mean"].view(1, -1, 1, 1)
    variance = state[f"{name}.param_free_norm.running_var"].view(1, -1, 1, 1)
    normalized = (x - mean) / torch.sqrt(variance + 1e-5)
    labels = F.interpolate(seg, size=x.shape[2:], mode="nearest")
    hidden = F.relu(_apply(state, f"{name}.mlp_shared.0", labels, shared))
    gamma = _apply(state, f"{name}.mlp_gamma", hidden, modulated)
    beta = _apply(state, f"{name}.mlp_beta", hidden, modulated)
    return normalized * (1 + gamma) + beta


def _apply(state: State, name: str, x: Tensor, groups: int, stride: int = 1) -> Tensor:
    """A convolution by its stored name; spectral norm is taken off where it is stored."""
    if f"{name}.weight_orig" in state:
        weight = state[f"{name}.weight_orig"]
        matrix = weight.reshape(len(weight), -1)
        u, v = state[f"{name}.weight_u"], state[f"{name}.weight_v"]
        weight = weight / (u @ matrix @ v)
    else:
        weight = state[f"{name}.weight"]
    return F.conv2d(
        x, weight, state.get(f"{name}.bias"), stride, weight.shape[-1] // 2, groups=groups
    )


def _conv(
    state: State,
    name: str,
    inputs: int,
    outputs: int,
    kernel: int,
    groups: int,
    bias: bool = True,
    spectral: bool = False,
) -> None:
    fan = inputs // groups * kernel * kernel
    weight = torch.randn(outputs, inputs // groups, kernel, kernel) / fan**0.5
    if bias:
        state[f"{name}.bias"] = 0.1 * torch.randn(outputs)
    if not spectral:
        state[f"{name}.weight"] = weight
        return
    u, v = F.normalize(torch.randn(outputs), dim=0), torch.randn(fan)
    matrix = weight.reshape(outputs, -1)
    for _ in range(3):
        v = F.normalize(matrix.T @ u, dim=0)
        u = F.normalize(matrix @ v, dim=0)
    state.update({f"{name}.weight_orig": weight, f"{name}.weight_u": u, f"{name}.weight_v": v})


def _norm(state: State, name: str, net: Authors, channels: int, groups: int) -> None:
    hidden, shared, modulated = net.norm_groups(groups)
    labels = net.classes * (2 if net.preset == "cityscapes" else 1)
    state[f"{name}.param_free_norm.running_mean"] = 0.2 * torch.randn(channels)
    state[f"{name}.param_free_norm.running_var"] = torch.rand(channels) + 0.5
    state[f"{name}.param_free_norm.num_batches_tracked"] = torch.tensor(7)
    _conv(state, f"{name}.mlp_shared.0", labels, hidden, 3, shared)
    _conv(state, f"{name}.mlp_gamma", hidden, channels, 3, modulated)
    _conv(state, f"{name}.mlp_beta", hidden, channels, 3, modulated)

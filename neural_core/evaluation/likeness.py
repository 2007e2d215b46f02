# SPDX-License-Identifier: Apache-2.0
"""Likeness of pictures to their truth, picture by picture: PSNR, SSIM, FLIP."""

from __future__ import annotations

import torch
from torch import Tensor
from torchmetrics.functional.image import (
    peak_signal_noise_ratio,
    structural_similarity_index_measure,
)

from .flip import flip

BEST_PSNR = 100.0
"""In dB: what equal pictures are given, whose ratio is infinite."""


def likeness(pictures: Tensor, truths: Tensor) -> dict[str, Tensor]:
    """(B,) each of ``psnr`` in dB, ``ssim`` (Gaussian window, sigma 1.5) and mean ``flip``.

    Both arguments are (B, 3, H, W) RGB in [-1, 1]; measured on [0, 1].
    """
    found, wanted = ((p.float().clamp(-1, 1) + 1) / 2 for p in (pictures, truths))
    psnr = peak_signal_noise_ratio(
        found, wanted, data_range=1.0, reduction="none", dim=(1, 2, 3)
    ).clamp(max=BEST_PSNR)
    ssim = structural_similarity_index_measure(found, wanted, data_range=1.0, reduction="none")
    assert isinstance(ssim, Tensor)
    return {"psnr": psnr, "ssim": ssim, "flip": flip(found, wanted).mean((1, 2))}


def mean_likeness(parts: list[dict[str, Tensor]]) -> dict[str, float]:
    """Means over the batches' pictures."""
    return {name: float(torch.cat([part[name] for part in parts]).mean()) for name in parts[0]}

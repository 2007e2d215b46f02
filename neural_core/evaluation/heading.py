# SPDX-License-Identifier: Apache-2.0
"""Reads from a cutout which side of an object the camera sees.

A ridge regression on frozen features, fitted to real pictures whose headings are known. How far it
errs on other real pictures is the floor under everything that is measured with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

_STRENGTHS = np.logspace(-4, 3, 15)
"""Tried weights of the ridge, as shares of the mean eigenvalue."""


@dataclass(frozen=True)
class HeadingReader:
    """Regression of (cos, sin) of the angle and of twice the angle from descriptors."""

    mean: Tensor
    scale: Tensor
    weights: Tensor
    offset: Tensor

    @classmethod
    def fit(
        cls, descriptors: Tensor, angles: Sequence[float] | NDArray[np.float64]
    ) -> HeadingReader:
        """Fit to descriptors (N, F) and their angles in radians.

        The strength of the ridge is the one with the least error on pictures left out one by one.
        """
        x = descriptors.double()
        mean, scale = x.mean(0), x.std(0, correction=0) + 1e-6
        x = (x - mean) / scale
        angle = torch.as_tensor(angles, dtype=torch.float64)
        y = torch.stack([angle.cos(), angle.sin(), (2 * angle).cos(), (2 * angle).sin()], 1)
        offset = y.mean(0)
        values, vectors = torch.linalg.eigh(x @ x.T)
        values = values.clamp(min=0)
        turned = vectors.T @ (y - offset)
        best, weights = np.inf, x.new_zeros(x.shape[1], 4)
        for strength in _STRENGTHS * float(values.mean()):
            shrunk = vectors / (values + strength)
            dual = shrunk @ turned
            # The error of a picture left out, without leaving it out (Golub et al., 1979).
            error = (dual / (shrunk * vectors).sum(1, keepdim=True)).square().mean()
            if float(error) < best:
                best, weights = float(error), x.T @ dual
        return cls(mean, scale, weights, offset)

    def read(self, descriptors: Tensor) -> NDArray[np.float64]:
        """Angles (N,) in radians.

        Twice the angle tells the axis sharply, the angle itself tells front from back.
        """
        x = (descriptors.double() - self.mean) / self.scale
        cos, sin, cos2, sin2 = (x @ self.weights + self.offset).T
        axis = torch.atan2(sin2, cos2) / 2
        forward = axis.cos() * cos + axis.sin() * sin >= 0
        return torch.where(forward, axis, axis + torch.pi).numpy()


def disagreement(read: NDArray[np.float64], asked: NDArray[np.float64]) -> NDArray[np.float64]:
    """How far (N,) readings turn otherwise than asked for, in degrees.

    Only turning counts: what is called the front is a model's own choice, so the mean difference
    over the N is taken off.
    """
    apart = np.exp(1j * (read - asked))
    return np.degrees(np.abs(np.angle(apart * np.conj(apart.mean()))))


def axis_disagreement(read: NDArray[np.float64], asked: NDArray[np.float64]) -> NDArray[np.float64]:
    """As `disagreement`, of the axes alone: front and back are one, and chance is near 45."""
    return disagreement(2 * read, 2 * asked) / 2

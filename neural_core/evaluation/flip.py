# SPDX-License-Identifier: Apache-2.0
"""FLIP, the error that a viewer sees when two pictures are flipped (Andersson et al., HPG 2020).

The LDR form: colour differences of what the eye can resolve, raised where edges and points differ.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

PIXELS_PER_DEGREE = 0.7 * 3840 / 0.7 * math.pi / 180
"""A 0.7 m wide display of 3840 pixels seen from 0.7 m: the authors' default."""

_RGB_TO_XYZ = (
    (0.4123907992659595, 0.3575843393838780, 0.1804807884018343),
    (0.2126390058715104, 0.7151686787677559, 0.0721923153607337),
    (0.0193308187155918, 0.1191947797946260, 0.9505321522496607),
)
_WHITE = (0.950428545377181, 1.0, 1.088900370798128)

# Contrast sensitivity of the achromatic, red-green and blue-yellow channels: two Gaussians each,
# (a1, b1, a2, b2), and below the exponents and knees of the error.
_SENSITIVITY = ((1, 0.0047, 0, 1e-5), (1, 0.0053, 0, 1e-5), (34.1, 0.04, 13.5, 0.025))
_COLOR_POWER, _COLOR_KNEE, _COLOR_KNEE_ERROR = 0.7, 0.4, 0.95
_FEATURE_POWER, _FEATURE_WIDTH = 0.5, 0.082


def flip(picture: Tensor, truth: Tensor, pixels_per_degree: float = PIXELS_PER_DEGREE) -> Tensor:
    """Error maps (B, H, W) in [0, 1] of sRGB pictures (B, 3, H, W) in [0, 1]."""
    found, wanted = _opponent(picture), _opponent(truth)
    color = _color_error(
        _seen(found, pixels_per_degree), _seen(wanted, pixels_per_degree), picture.dtype
    )
    return color ** (1 - _feature_error(found[:, :1], wanted[:, :1], pixels_per_degree))


def _color_error(found: Tensor, wanted: Tensor, dtype: torch.dtype) -> Tensor:
    """HyAB distance of linear RGB, with large ones pressed into the range that is left."""
    error = _hyab(_hunt_lab(found), _hunt_lab(wanted)) ** _COLOR_POWER
    extremes = torch.tensor([[0.0, 1, 0], [0, 0, 1]], dtype=dtype, device=found.device)
    green, blue = _hunt_lab(extremes.view(2, 3, 1, 1))
    largest = _hyab(green[None], blue[None]) ** _COLOR_POWER
    knee = _COLOR_KNEE * largest
    above = (error - knee) / (largest - knee) * (1 - _COLOR_KNEE_ERROR)
    return torch.where(error < knee, error * _COLOR_KNEE_ERROR / knee, _COLOR_KNEE_ERROR + above)


def _feature_error(found: Tensor, wanted: Tensor, pixels_per_degree: float) -> Tensor:
    """Largest difference of edge or point strength, (B, 1, H, W) luminances -> (B, H, W)."""
    pairs = zip(
        _strengths(found, pixels_per_degree), _strengths(wanted, pixels_per_degree), strict=True
    )
    differences = [(a - b).abs() for a, b in pairs]
    return (torch.maximum(*differences) / math.sqrt(2)) ** _FEATURE_POWER


def _strengths(opponent_luminance: Tensor, pixels_per_degree: float) -> tuple[Tensor, Tensor]:
    """Strength of edges and of points, (B, H, W) each."""
    luminance = (opponent_luminance + 16) / 116
    deviation = 0.5 * _FEATURE_WIDTH * pixels_per_degree
    radius = math.ceil(3 * deviation)
    x = torch.arange(-radius, radius + 1, dtype=luminance.dtype, device=luminance.device)
    bell = torch.exp(-(x**2) / (2 * deviation**2))
    smooth = bell / bell.sum()
    edge = _balanced(-x * bell)
    point = _balanced((x**2 / deviation**2 - 1) * bell)
    return tuple(
        torch.hypot(
            _separable(luminance, kernel, smooth), _separable(luminance, smooth, kernel)
        ).squeeze(1)
        for kernel in (edge, point)
    )  # type: ignore[return-value]


def _balanced(kernel: Tensor) -> Tensor:
    """Positive taps that sum to 1 and negative ones that sum to -1."""
    positive = kernel.clamp(min=0).sum()
    negative = -kernel.clamp(max=0).sum()
    return torch.where(kernel < 0, kernel / negative, kernel / positive)


def _seen(opponent: Tensor, pixels_per_degree: float) -> Tensor:
    """Linear RGB (B, 3, H, W) of what is left after the eye's contrast sensitivity."""
    widest = max(b for row in _SENSITIVITY for b in (row[1], row[3]))
    radius = math.ceil(3 * math.sqrt(widest / (2 * math.pi**2)) * pixels_per_degree)
    channels = []
    for channel, (a1, b1, a2, b2) in zip(opponent.split(1, 1), _SENSITIVITY, strict=True):
        x = torch.arange(-radius, radius + 1, dtype=opponent.dtype, device=opponent.device)
        square = (x / pixels_per_degree) ** 2
        # A Gaussian of the distance is the product of two along the axes: two passes per term.
        terms = [
            (a * math.sqrt(math.pi / b), torch.exp(-(math.pi**2) * square / b))
            for a, b in ((a1, b1), (a2, b2))
            if a
        ]
        total = sum(weight * bell.sum() ** 2 for weight, bell in terms)
        parts = [_separable(channel, bell, bell) * weight for weight, bell in terms]
        channels.append(torch.stack(parts).sum(0) / total)
    return _to_rgb(torch.cat(channels, 1)).clamp(0, 1)


def _separable(channel: Tensor, across: Tensor, down: Tensor) -> Tensor:
    """(B, 1, H, W) filtered along x with ``across`` and along y with ``down``; edges repeat."""
    radius = len(across) // 2
    padded = F.pad(channel, (radius,) * 4, mode="replicate")
    return F.conv2d(F.conv2d(padded, across.view(1, 1, 1, -1)), down.view(1, 1, -1, 1))


def _opponent(srgb: Tensor) -> Tensor:
    """sRGB (B, 3, H, W) in [0, 1] -> YCxCz."""
    x, y, z = _white_relative(_linear(srgb.clamp(0, 1))).unbind(1)
    return torch.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], 1)


def _to_rgb(opponent: Tensor) -> Tensor:
    """YCxCz -> linear RGB."""
    luminance, red_green, blue_yellow = opponent.unbind(1)
    y = (luminance + 16) / 116
    white = opponent.new_tensor(_WHITE).view(1, 3, 1, 1)
    xyz = torch.stack([y + red_green / 500, y, y - blue_yellow / 200], 1) * white
    inverse = torch.linalg.inv(torch.tensor(_RGB_TO_XYZ, dtype=torch.float64))
    return torch.einsum("ij,bjhw->bihw", inverse.to(opponent), xyz)


def _hunt_lab(rgb: Tensor) -> Tensor:
    """Linear RGB -> CIELAB whose colours fade with darkness (Hunt effect)."""
    relative = _white_relative(rgb)
    edge = 6 / 29
    root = torch.where(
        relative > edge**3,
        relative.clamp(min=edge**3) ** (1 / 3),
        relative / (3 * edge**2) + 4 / 29,
    )
    x, y, z = root.unbind(1)
    lightness = 116 * y - 16
    return torch.stack(
        [lightness, 0.01 * lightness * 500 * (x - y), 0.01 * lightness * 200 * (y - z)], 1
    )


def _hyab(first: Tensor, second: Tensor) -> Tensor:
    """(B, 3, H, W) twice -> (B, H, W): lightness taken apart from the two colour axes."""
    difference = first - second
    return difference[:, 0].abs() + torch.hypot(difference[:, 1], difference[:, 2])


def _linear(srgb: Tensor) -> Tensor:
    return torch.where(srgb > 0.04045, ((srgb + 0.055) / 1.055) ** 2.4, srgb / 12.92)


def _white_relative(rgb: Tensor) -> Tensor:
    """Linear RGB -> XYZ over that of the white."""
    matrix = rgb.new_tensor(_RGB_TO_XYZ) / rgb.new_tensor(_WHITE).view(3, 1)
    return torch.einsum("ij,bjhw->bihw", matrix, rgb)

# SPDX-License-Identifier: Apache-2.0
"""What the generator is asked for beside fooling the discriminator."""

from __future__ import annotations

from collections.abc import Iterable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .composition import Layers
from .views import Poses, View

SMALL = 0.1
"""Primitives below this share of the picture are small enough."""

FILLED = 0.5
"""Share of its primitive's silhouette that a layer covers at least."""

SEEN = 0.4
"""Pixels of a layer with more alpha than this must agree with the other view."""


def compactness(area: Tensor) -> Tensor:
    """Mean soft area (P,) of the primitives, without gradient below `SMALL`."""
    return area.clamp(min=SMALL).mean()


def consistency(
    first: tuple[Layers, Poses],
    second: tuple[Layers, Poses],
    view: View,
    *,
    depth_weight: float = 1.0,
    color_weight: float = 5.0,
) -> Tensor:
    """How far the layers of the same primitives in two poses are from one another's.

    Every pixel of a layer is taken along its depth into the primitive's own axes and on to the
    other pose; colour (premultiplied by alpha) and depth there should be the same. Both ways.
    """
    there = consistency_one_way(first, second, view, depth_weight, color_weight)
    return there + consistency_one_way(second, first, view, depth_weight, color_weight)


def consistency_one_way(
    source: tuple[Layers, Poses],
    target: tuple[Layers, Poses],
    view: View,
    depth_weight: float,
    color_weight: float,
) -> Tensor:
    """Layers of ``source`` carried to the other pose, against what ``target`` shows there."""
    layers, poses = source
    others, other_poses = target
    carried = _carry(layers.depth, poses.in_camera(view), other_poses.in_camera(view), view)
    image = view.to_pixels(carried)
    size = image.new_tensor([view.width, view.height])
    # Pixel centres lie at +0.5: the outermost ones are -1 and 1 where corners are aligned.
    where = (image - 0.5) / (size - 1) * 2 - 1
    sampled = F.grid_sample(
        torch.cat([others.rgb * others.alpha, others.depth], 1),
        where,
        padding_mode="border",
        align_corners=True,
    )
    color = (layers.rgb * layers.alpha - sampled[:, :3]).abs().mean(1)
    depth = (carried[..., 2] - sampled[:, 3]).abs()
    seen = (layers.alpha[:, 0] > SEEN).to(color)
    return ((depth_weight * depth + color_weight * color) * seen).mean()


def _carry(
    depth: Tensor, source: tuple[Tensor, Tensor], target: tuple[Tensor, Tensor], view: View
) -> Tensor:
    """Camera coordinates (P, H, W, 3) of every pixel after the primitive went to another pose."""
    points = view.rays() * depth.squeeze(1)[..., None]
    flat = points.flatten(1, 2)
    local = (flat - source[1][:, None]) @ source[0]
    moved = local @ target[0].transpose(1, 2) + target[1][:, None]
    return moved.view_as(points)


def sameness(layers: Layers, backgrounds: Tensor, reals: Tensor) -> Tensor:
    """How much less looks and places differ over a batch than real pictures do; 0 where they do.

    Lightness and hues count each by itself: looks that differ in lightness alone are not enough.
    Codes that change nothing fool a discriminator of single pictures as well as any, and early in
    a training they all do. In the spirit of Yang et al., *Diversity-Sensitive Conditional
    Generative Adversarial Networks*, ICLR 2019; the distance wanted is that of the real pictures.

    Args:
        layers: of P primitives. backgrounds: (B, 3, H, W). reals: (R, 3, H, W), all in [0, 1].
            P, B and R even; neighbours are compared.
    """
    wanted = _apart(_coarse(reals))
    missing = F.relu(wanted - _apart(_coarse(backgrounds))).sum()
    return missing + F.relu(wanted - _apart(layer_colors(layers)[:, None])).sum()


def absence(layers: Layers, silhouettes: Tensor) -> Tensor:
    """How much less than `FILLED` of their silhouettes (P, 1, H, W) the layers cover, mean.

    Early in a training a bad object gives a picture away more surely than none: layers fade, and
    where alpha is 0 nothing calls them back. With drawn poses it is known that something is there.
    """
    covered = layers.alpha.sum((1, 2, 3)) / silhouettes.sum((1, 2, 3)).clamp(min=1e-3)
    return F.relu(FILLED - covered).mean()


def layer_colors(layers: Layers) -> Tensor:
    """(P, 3) mean colour of each layer; its gradient reaches the colours, not the alpha."""
    alpha = layers.alpha.detach()
    return (layers.rgb * alpha).sum((2, 3)) / alpha.sum((2, 3)).clamp(min=1e-3)


def _coarse(pictures: Tensor) -> Tensor:
    """(B, 16, 3): mean colours of 4 x 4 cells."""
    return F.adaptive_avg_pool2d(pictures.float(), 4).flatten(2).transpose(1, 2)


def _apart(colors: Tensor) -> Tensor:
    """(3,): mean difference within pairs of (B, K, 3) in lightness, red-green and yellow-blue."""
    red, green, blue = (colors[::2] - colors[1::2]).unbind(2)
    axes = [(red + green + blue) / 3, red - green, (red + green) / 2 - blue]
    return torch.stack(axes).abs().mean((1, 2))


def add_gradients(loss: Tensor, parameters: Iterable[nn.Parameter]) -> None:
    """Add the gradients of ``loss`` to these parameters, and to nothing else; keeps the graph."""
    chosen = [p for p in parameters if p.requires_grad]
    found = torch.autograd.grad(loss, chosen, retain_graph=True, allow_unused=True)
    for parameter, gradient in zip(chosen, found, strict=True):
        if gradient is not None:
            before = parameter.grad
            parameter.grad = gradient if before is None else before + gradient

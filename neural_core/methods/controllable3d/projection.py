# SPDX-License-Identifier: Apache-2.0
"""The differentiable projection of primitives, all of a batch at once.

Silhouettes are those of PyTorch3D's soft rasteriser (``rasterize_meshes`` with a blur radius, then
``sigmoid_alpha_blend``), depth and textures those of its hard one, splats those of
``rasterize_points`` with ``weighted_sum``; values and gradients are the same. The difference is the
cost: here only pairs of a triangle and a pixel in its reach are looked at, and no loop runs over
primitives. `tests/methods/projection_twin.py` is the slow twin made of PyTorch3D's own calls.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from .views import View

_CUT = math.log(1 / 1e-4 - 1)
"""Beyond this many sigmas a silhouette ends, as in PyTorch3D's tutorials."""

_TINY = 1e-8


@dataclass(frozen=True)
class Silhouettes:
    """What P meshes show in their pictures.

    Attributes:
        alpha: (P, 1, H, W) soft, in [0, 1].
        depth: (P, 1, H, W) of the nearest surface; ``far`` where there is none.
        covered: (P, H, W) bool, pixels whose centre shows the mesh.
        points: (P, H, W, 3) the place on the template that is seen; 0 where none is.
    """

    alpha: Tensor
    depth: Tensor
    covered: Tensor
    points: Tensor


@dataclass(frozen=True)
class _Pairs:
    """M pairs of a triangle and a pixel: flat indices, and the offsets of the corners from it.

    Attributes:
        triangle: (M,) index into all triangles of all meshes; pixel: (M,) into all pixels.
        x, y: (3, M) corners minus the pixel's centre, in pixels. Differentiable.
    """

    triangle: Tensor
    pixel: Tensor
    x: Tensor
    y: Tensor

    def chosen(self, which: Tensor) -> _Pairs:
        """Those at the indices ``which``."""
        return _Pairs(
            self.triangle[which],
            self.pixel[which],
            self.x.index_select(1, which),
            self.y.index_select(1, which),
        )


def rasterize_meshes(
    triangles: Tensor, template: Tensor, view: View, *, softness: float, near: float, far: float
) -> Silhouettes:
    """Rasterise P meshes of F triangles each, every one into a picture of its own.

    Args:
        triangles: (P, F, 3, 3) corners in camera space; gradients flow to them. A triangle with a
            corner nearer than ``near`` is not drawn.
        template: (F, 3, 3) the same corners on the template.
        view: its image size and intrinsics are used.
        softness: sigma of the silhouettes in PyTorch3D's NDC, squared.
    """
    meshes, faces = triangles.shape[:2]
    flat = triangles.reshape(-1, 3, 3)
    per_ndc = min(view.width, view.height) / 2
    sigma = softness * per_ndc**2
    pairs = _find_pairs(flat, faces, view, near, math.sqrt(sigma * _CUT))
    squared, shares = _distances(pairs), _screen_shares(pairs)
    inside = (shares.detach() > 0).all(0)
    reached = inside | (squared.detach() < sigma * _CUT)
    alpha = _blend(pairs, squared, inside, reached, sigma, meshes * view.height * view.width)
    hits = inside.nonzero().squeeze(1)
    pairs, shares = pairs.chosen(hits), shares.index_select(1, hits)
    shares, depth = _perspective(shares, flat[..., 2].T.index_select(1, pairs.triangle))
    nearest = _nearest(pairs.pixel, depth.detach(), alpha.numel())
    pixel = pairs.pixel[nearest]
    corners = template.reshape(faces, 9).T.index_select(1, pairs.triangle[nearest] % faces)
    seen = (corners.view(3, 3, -1) * shares.index_select(1, nearest)[:, None]).sum(0)
    shape = (meshes, view.height, view.width)
    return Silhouettes(
        alpha=alpha.view(meshes, 1, view.height, view.width),
        depth=depth.new_full((alpha.numel(),), far)
        .index_copy(0, pixel, depth[nearest])
        .view(meshes, 1, view.height, view.width),
        covered=torch.zeros_like(alpha, dtype=torch.bool).index_fill(0, pixel, True).view(shape),
        points=seen.new_zeros(3, alpha.numel()).index_copy(1, pixel, seen).T.reshape(*shape, 3),
    )


def _find_pairs(triangles: Tensor, faces: int, view: View, near: float, reach: float) -> _Pairs:
    """All pairs of a triangle and a pixel that lies in the box around it, ``reach`` wider."""
    image = view.to_pixels(triangles)
    with torch.no_grad():
        # Pixel c has its centre at c + 0.5.
        low = (image.amin(1) - reach - 0.5).ceil().clamp(min=0)
        limit = image.new_tensor([view.width - 1, view.height - 1])
        high = torch.minimum((image.amax(1) + reach - 0.5).floor(), limit)
        drawn = (triangles[..., 2].amin(1) > near) & (_doubled_areas(image).abs() > _TINY)
        extent = ((high - low + 1).clamp(min=0) * drawn[:, None]).long()
        first = low.long()
        count = extent[:, 0] * extent[:, 1]
        index = torch.arange(len(count), device=image.device).repeat_interleave(count)
        start = count.cumsum(0) - count
        place = torch.arange(len(index), device=image.device) - start[index]
        across = extent[index, 0]
        row = first[index, 1] + place // across
        column = first[index, 0] + place % across
        mesh = index // faces
    corners = image.permute(2, 1, 0).reshape(6, -1).index_select(1, index).view(2, 3, -1)
    pixel = (mesh * view.height + row) * view.width + column
    return _Pairs(index, pixel, corners[0] - (column + 0.5), corners[1] - (row + 0.5))


def _doubled_areas(image: Tensor) -> Tensor:
    first, second = image[:, 1] - image[:, 0], image[:, 2] - image[:, 0]
    return first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0]


def _distances(pairs: _Pairs) -> Tensor:
    """Squared distance (M,) of each pixel from the nearest edge of its triangle, in pixels."""
    x, y = pairs.x, pairs.y
    along_x, along_y = x.roll(-1, 0) - x, y.roll(-1, 0) - y
    length = (along_x.square() + along_y.square()).clamp(min=_TINY)
    share = (-(x * along_x + y * along_y) / length).clamp(0, 1)
    return ((x + share * along_x).square() + (y + share * along_y).square()).amin(0)


def _screen_shares(pairs: _Pairs) -> Tensor:
    """Barycentrics (3, M) in the image."""
    x, y = pairs.x, pairs.y
    areas = x.roll(-1, 0) * y.roll(1, 0) - x.roll(1, 0) * y.roll(-1, 0)
    return areas / areas.sum(0)


def _blend(
    pairs: _Pairs, squared: Tensor, inside: Tensor, reached: Tensor, sigma: float, size: int
) -> Tensor:
    """1 - product over the triangles of (1 - their probability), (size,)."""
    which = reached.nonzero().squeeze(1)
    squared, inside = squared[which], inside[which]
    missed = F.logsigmoid(torch.where(inside, -squared, squared) / sigma)
    total = missed.new_zeros(size).index_add(0, pairs.pixel[which], missed)
    return 1 - total.exp()


def _perspective(shares: Tensor, depth: Tensor) -> tuple[Tensor, Tensor]:
    """Barycentrics (3, M) on the triangle and depth (M,), from those in the image."""
    over_depth = shares / depth
    inverse = over_depth.sum(0)
    return over_depth / inverse, 1 / inverse


def _nearest(pixel: Tensor, depth: Tensor, size: int) -> Tensor:
    """Of the pairs, the indices of those that are nearest at their pixel, one for each pixel."""
    closest = depth.new_full((size,), torch.inf).scatter_reduce(0, pixel, depth, "amin")
    ties = (depth == closest[pixel]).nonzero().squeeze(1)
    none = len(pixel)
    first = torch.full((size,), none, device=pixel.device)
    first = first.scatter_reduce(0, pixel[ties], ties, "amin")
    return first[first < none]


def splat_points(points: Tensor, features: Tensor, view: View, *, origin: float) -> Tensor:
    """The sum of every point's features, weighted by a Gaussian around its image.

    The Gaussian is a product of one over columns and one over rows, so no array of points x pixels
    is made. sigma is a 32nd of the focal length, as the authors'.

    Args:
        points: (P, K, 3) in camera space; those within 0.1 of the camera's plane are left out.
        features: (P, K, C).
        origin: image position of the middle of pixel 0.

    Returns:
        (P, C, H, W).
    """
    sigma = view.focal[0] / 32
    in_front = points[..., 2] > 0.1
    depth = points[..., 2].clamp(min=0.1)
    u = points[..., 0] / depth * view.focal[0] + view.centre[0]
    v = points[..., 1] / depth * view.focal[1] + view.centre[1]
    columns = torch.arange(view.width, device=points.device) + origin
    rows = torch.arange(view.height, device=points.device) + origin
    across = torch.exp(-((u[..., None] - columns) / sigma).square()) * in_front[..., None]
    down = torch.exp(-((v[..., None] - rows) / sigma).square())
    return torch.einsum("pkc,pkh,pkw->pchw", features, down, across)


def sphere_coordinates(directions: Tensor) -> Tensor:
    """Texture coordinates (..., 2) in [-1, 1] of directions (..., 3): around Z, and from it."""
    flat = directions[..., :2].square().sum(-1)
    # atan2 has no gradient on the axis itself.
    safe = torch.where((flat > 1e-12)[..., None], directions, directions.new_tensor([1.0, 0, 0]))
    around = torch.atan2(safe[..., 1], safe[..., 0])
    down = torch.atan2(flat.clamp(min=1e-12).sqrt(), directions[..., 2])
    return torch.stack([around / torch.pi, down / torch.pi * 2 - 1], -1)


def sample_textures(textures: Tensor, silhouettes: Silhouettes) -> Tensor:
    """Textures (P, C, h, w) where the meshes show them, (P, C, H, W); 0 elsewhere."""
    where = sphere_coordinates(silhouettes.points)
    found = F.grid_sample(textures, where, padding_mode="border", align_corners=True)
    return found * silhouettes.covered[:, None]


def project_background(textures: Tensor, view: View, radius: float) -> Tensor:
    """Textures (B, C, h, w) of a sphere around the middle, seen from inside: (B, C, H, W).

    From a camera outside, rays that miss the sphere see the place where they come nearest to it.
    """
    rotation, offset = view.extrinsics[:, :, :3], view.extrinsics[:, :, 3]
    eye = -(rotation.transpose(1, 2) @ offset[:, :, None]).squeeze(2)[:, None, None]
    ways = torch.einsum("hwi,bij->bhwj", view.rays(), rotation)
    ways = F.normalize(ways, dim=-1)
    along = -(ways * eye).sum(-1, keepdim=True)
    room = radius**2 - (eye.square().sum(-1, keepdim=True) - along.square())
    hits = eye + (along + room.clamp(min=0).sqrt()) * ways
    where = sphere_coordinates(hits)
    return F.grid_sample(textures, where, padding_mode="border", align_corners=True)

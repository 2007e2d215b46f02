# SPDX-License-Identifier: Apache-2.0
"""The whole generator: codes -> primitives -> projections -> layers -> picture."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from .composition import Layers, compose
from .config import Controllable3dConfig
from .generator2d import Generator2d, initialise
from .generator3d import Codes, Generator3d
from .projection import (
    project_background,
    rasterize_meshes,
    sample_textures,
    splat_points,
)
from .templates import template_triangles
from .views import Poses, View


@dataclass(frozen=True)
class Projection:
    """Primitives as a View shows them, P of them, one to a picture.

    Attributes:
        features: (P, C, H, W). alpha: (P, 1, H, W) in [0, 1].
        depth: (P, 1, H, W) in model units, ``far`` where there is nothing.
        place: (P, 3, H, W) what is seen, on the template; 0 where there is nothing.
        area: (P,) soft share of the picture. middle: (P,) depth of the middle in model units.
    """

    features: Tensor
    alpha: Tensor
    depth: Tensor
    place: Tensor
    area: Tensor
    middle: Tensor


@dataclass(frozen=True)
class Scene:
    """B finished pictures and what they were made of.

    Attributes:
        image: (B, 3, H, W) in [-1, 1].
        background: (B, 3, H, W) in [-1, 1], the background alone.
        layers, projection, poses: of the P primitives.
        features: of the P primitives, as `Generator3d.object_features` gives them.
    """

    image: Tensor
    background: Tensor
    layers: Layers
    projection: Projection
    poses: Poses
    features: Tensor


class Controllable3d(nn.Module):
    """The generator. Codes and poses come from outside or from its own pose branch."""

    def __init__(self, config: Controllable3dConfig) -> None:
        super().__init__()
        self.config = config
        self.generator3d = Generator3d(config)
        self.painter = Generator2d(
            config.painter_channels, config.width, config.latent, config.slots, config.residual
        )
        initialise(self.painter, config.start_gain)
        self.background_painter = None
        if config.background:
            self.background_painter = Generator2d(
                config.feature_channels, config.background_width, config.latent, 1, config.residual
            )
            initialise(self.background_painter, config.start_gain)

    def forward(
        self, codes: Codes, view: View, visible: Tensor, poses: Poses | None = None
    ) -> Scene:
        """Pictures of B scenes with N primitives each.

        Args:
            codes: of the scenes and their primitives.
            view: B cameras.
            visible: (B, N) bool.
            poses: of the B * N primitives; None asks the pose branch.
        """
        poses = poses or self.generator3d.learned_poses(codes.scenes)
        features = self.generator3d.object_features(codes)
        projection = self.project(features, poses, view)
        layers = self.paint(projection, codes)
        background = self.paint_background(codes.scenes, view)
        image = compose(layers, background, visible)
        return Scene(image * 2 - 1, background * 2 - 1, layers, projection, poses, features)

    def project(self, features: Tensor, poses: Poses, view: View) -> Projection:
        """Project P primitives, P / B of them into each of the view's B cameras.

        Args:
            features: as `Generator3d.object_features` gives them.
        """
        with torch.autocast(features.device.type, enabled=False):
            return self._project(features.float(), poses, view)

    def _project(self, features: Tensor, poses: Poses, view: View) -> Projection:
        config = self.config
        template = template_triangles(config.primitive).to(features)
        rotation, offset = poses.in_camera(view)
        to_camera = rotation * poses.scale[:, None]
        large = to_camera * (1.0 if config.primitive == "point" else config.enlargement)
        corners = torch.einsum("fci,pji->pfcj", template, large) + offset[:, None, None]
        seen = rasterize_meshes(
            corners, template, view,
            softness=config.softness, near=config.near, far=config.far,
        )  # fmt: skip
        if config.symmetric:
            sides = seen.points.new_tensor([1.0, 0.0, 0.0]).bool()
            seen = replace(seen, points=torch.where(sides, seen.points.abs(), seen.points))
        if config.primitive == "point":
            places = torch.sigmoid(features[..., :3]) * 2 - 1
            points = places @ to_camera.transpose(1, 2) + offset[:, None]
            maps = splat_points(points, features[..., 3:], view, origin=config.point_origin)
        else:
            maps = sample_textures(features, seen)
        area = seen.alpha.mean((1, 2, 3))
        place = seen.points.permute(0, 3, 1, 2)
        return Projection(maps, seen.alpha, seen.depth, place, area, offset[:, 2])

    def paint(self, projection: Projection, codes: Codes) -> Layers:
        """The 2D generator's layers of P projected primitives."""
        inputs = self._painter_inputs(projection).contiguous(memory_format=torch.channels_last)
        found = self.painter(inputs, codes.objects, codes.slots)
        offset = found[:, 4:5] * self._depth_range() + projection.middle[:, None, None, None]
        return Layers(
            rgb=found[:, :3] / 2 + 0.5,
            alpha=(found[:, 3:4] / 2 + 0.5) * projection.alpha,
            depth=offset,
            order=projection.depth,
        )

    def paint_background(self, scenes: Tensor, view: View) -> Tensor:
        """Backgrounds (B, 3, H, W) in [0, 1]; white without a background branch."""
        maps = self.background_maps(scenes, view)
        if maps is None or self.background_painter is None:
            return scenes.new_ones(view.count, 3, view.height, view.width)
        slots = torch.zeros(len(scenes), dtype=torch.int64, device=scenes.device)
        return self.background_painter(maps, scenes, slots)[:, :3] / 2 + 0.5

    def background_maps(self, scenes: Tensor, view: View) -> Tensor | None:
        """What the background's 2D generator sees, (B, C, H, W); None without one."""
        textures = self.generator3d.background_features(scenes)
        if textures is None:
            return None
        with torch.autocast(textures.device.type, enabled=False):
            maps = project_background(textures.float(), view, self.config.radius)
        return maps.contiguous(memory_format=torch.channels_last)

    def _painter_inputs(self, projection: Projection) -> Tensor:
        """(P, painter_channels, H, W), as ``config.painter_inputs`` says."""
        match self.config.painter_inputs:
            case "features+alpha+depth":
                more = [projection.alpha * 2 - 1, self._local_depth(projection)]
            case "features+place":
                more = [projection.place]
            case _:
                return projection.features
        return torch.cat([projection.features, *more], 1)

    def _depth_range(self) -> float:
        """How far a predicted depth may lie from the middle, in model units."""
        # The authors add +-0.3 to depths that run from -1 to 1 over the far distance.
        largest = self.config.scale_range[1]
        return 2 * largest

    def _local_depth(self, projection: Projection) -> Tensor:
        """Rendered depth relative to the middle, (P, 1, H, W), in [-1, 1] on the primitive."""
        local = (projection.depth - projection.middle[:, None, None, None]) / self._depth_range()
        return local.clamp(-1, 1)

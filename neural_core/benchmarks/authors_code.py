# SPDX-License-Identifier: Apache-2.0
"""The authors' own code of controllable3d, out of a clone of their repository, beside ours.

Their splats, soft cuboids and 2D generators run on a CPU as they are. Their background sphere is
drawn by neural_renderer, which wants CUDA: it, and the texture decoder before it, are left out of
their time and stay in ours.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

import torch
from torch import Tensor, nn

from neural_core.contract import ContractError
from neural_core.methods.controllable3d.authors import rename_generator
from neural_core.methods.controllable3d.config import Controllable3dConfig
from neural_core.methods.controllable3d.model import Controllable3d
from neural_core.methods.controllable3d.views import Poses, View

REPOSITORY = "autonomousvision/controllable_image_synthesis"

POINTS = "controllable_gan/render/point.py"
CUBOIDS = "controllable_gan/render/square.py"
PAINTER = "controllable_gan/models/generator_2d.py"
COMMONS = "utils/commons.py"

SIGMA, GAMMA = 1e-2, 1e-1
"""Sharpness of their soft cuboids, and of the choice among the faces behind one another."""

_FACE_AXES = torch.tensor([[0, 1], [0, 1], [0, 2], [0, 2], [1, 2], [1, 2]])
"""Of each face of a cuboid, the two axes that it extends along."""


@dataclass(frozen=True)
class AuthorsProjection:
    """P primitives: splats (P, C, H, W), alpha and depth (P, 1, H, W)."""

    splats: Tensor
    alpha: Tensor
    depth: Tensor


class AuthorsCode:
    """Their projection of points in cuboids, and their 2D generators for primitives and background.

    Args:
        folder: a clone of `REPOSITORY`; four of its files are executed.
        config: sizes; of the kind "point", with a background.

    Raises:
        ContractError: the folder lacks one of the files.
    """

    def __init__(self, folder: Path, config: Controllable3dConfig) -> None:
        points, cuboids, painter, commons = (
            _module(folder, name) for name in (POINTS, CUBOIDS, PAINTER, COMMONS)
        )
        size, channels = config.size, config.feature_channels
        camera = torch.tensor([[size, 0.0, size // 2], [0.0, size, size // 2], [0.0, 0.0, 1.0]])
        self._points = points.ProjectPoint2Image(camera, size, size)
        self._cuboids = cuboids.ProjectQaudMesh2Image(
            camera, texsize=2, near_plane=config.near, far_plane=config.far
        )
        self._faces_of = commons.get_cube_RT
        self.painter: nn.Module = painter.Generator2D(
            channels, 5, nfilter=config.width, n_prim=config.slots, zdim=config.latent
        ).eval()
        self.background_painter: nn.Module = painter.Generator2D(
            channels, 5, nfilter=config.background_width, n_prim=1, zdim=config.latent
        ).eval()

    def give_weights_to(self, model: Controllable3d) -> None:
        """Our 2D generators get the weights of theirs, as an imported checkpoint's would."""
        parts = {"generator_2d": self.painter, "generator_2d_bg": self.background_painter}
        state = {
            f"{name}.{key}": value
            for name, part in parts.items()
            for key, value in part.state_dict().items()
        }
        model.load_state_dict(rename_generator(state), strict=False)

    def project(self, features: Tensor, poses: Poses, view: View) -> AuthorsProjection:
        """Splats, alpha and depth of P primitives, P / B of them in each of the view's pictures.

        Args:
            features: (P, K, 3 + C), as `Generator3d.object_features` gives them.
        """
        count = len(features)
        extrinsics = view.extrinsics.repeat_interleave(count // view.count, 0)
        own = torch.zeros(count, 4, 4)
        own[:, :3, :3], own[:, :3, 3], own[:, 3, 3] = poses.rotation, poses.translation, 1.0
        faces = own[:, None] @ self._faces_of(poses.scale)
        extents = poses.scale[:, _FACE_AXES]
        plain = torch.ones(count, 6, 4, 3)
        _, alpha, depth, _, _ = self._cuboids(
            extrinsics, faces, plain, extents, sigma=SIGMA, gamma=GAMMA
        )
        places = poses.place(torch.sigmoid(features[..., :3]) * 2 - 1)
        sizes = torch.ones(features.shape[:2])
        splats = self._points(extrinsics, places, features[..., 3:], sizes)
        return AuthorsProjection(splats, alpha, depth)

    def paint(self, maps: Tensor, backgrounds: Tensor, scenes: Tensor) -> tuple[Tensor, Tensor]:
        """Pictures (P, 5, H, W) of the primitives, and (B, 5, H, W) of the backgrounds.

        Args:
            maps: (P, C, H, W) projected primitives. backgrounds: (B, C, H, W).
            scenes: (B, latent) codes.
        """
        return self.painter(maps, scenes), self.background_painter(backgrounds, scenes)


def _module(folder: Path, name: str) -> ModuleType:
    path = folder / name
    spec = importlib.util.spec_from_file_location(f"authors_{path.stem}", path)
    if not path.is_file() or spec is None or spec.loader is None:
        raise ContractError(
            "authors_code", f"'{folder}' has no {name}", f"Give a clone of {REPOSITORY}"
        )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module

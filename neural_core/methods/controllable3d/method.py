# SPDX-License-Identifier: Apache-2.0
"""controllable3d as a method: boxes and a camera in; picture, layers and textures out."""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from neural_core.contract import ContractError, Controls, Frame, Layer, Rendering, SceneObject
from neural_core.layers.precision import autocast_to, native_dtype
from neural_core.weights import ModelCard, find_model

from .composition import SOLID, Layers, compose
from .generator3d import Codes
from .loading import load_controllable3d
from .placement import camera_out_of_range, named, out_of_range, pose_of, raised, turn_of, view_of
from .textures import bake_texture
from .views import Poses, View

KEPT_TEXTURES = 256
"""Textures that are kept, in case that their looks are asked for again."""


@dataclass(frozen=True)
class Controllable3dPrepared:
    """The scene in the model's units.

    Attributes:
        objects: the primitives; poses: of each, one by one.
        view: the camera. warnings: what lies outside of the trained range.
    """

    frame: Frame
    objects: tuple[SceneObject, ...]
    poses: tuple[Poses, ...]
    view: View
    warnings: tuple[str, ...]


class Controllable3dMethod:
    """The scene's objects are the primitives, their appearance seeds the codes.

    Every primitive is painted by itself, so that nothing that happens to the others changes a bit
    of its layer.

    Args:
        model: name of an installed model, or None for the first one.
        device: torch device. The 2D generator runs in bfloat16 where the device multiplies it.
        card: of a model that may lie anywhere; instead of ``model``.

    Raises:
        ContractError: the model is missing or damaged.
    """

    requires: frozenset[str] = frozenset()

    def __init__(
        self, model: str | None = None, device: str = "cpu", card: ModelCard | None = None
    ) -> None:
        card = card or find_model("controllable3d", model)
        self.model_name = card.name
        self.model_hash = card.sha256
        self.device = torch.device(device)
        self.network = load_controllable3d(card, device)
        self.config = self.network.config
        self.dtype = native_dtype(self.device)
        self._textures: OrderedDict[str, NDArray[np.float32]] = OrderedDict()

    def prepare(self, frame: Frame) -> Controllable3dPrepared:
        """Poses and camera of a Frame.

        Raises:
            ContractError: no object that the model can draw, or a camera that it cannot take.
        """
        config = self.config
        names = {entry.id: entry.name for entry in frame.palette.classes}
        objects = named(frame.objects, names, config.classes)
        if not objects:
            raise ContractError(
                "objects",
                f"none has a class that the model '{self.model_name}' draws",
                f"Give objects one of the classes: {', '.join(config.classes)}"
                if config.classes
                else "Add an object",
            )
        size = (frame.height, frame.width)
        drawn = drawn_size(*size, config.size)
        view = view_of(frame.camera, size, drawn, config.metres)
        poses = [pose_of(item, config) for item in objects]
        warnings = camera_out_of_range(view, config)
        for item, pose in zip(objects, poses, strict=True):
            warnings += out_of_range(item, pose, config)
        return Controllable3dPrepared(
            frame=frame,
            objects=tuple(objects),
            poses=tuple(raised(pose, config).to(self.device) for pose in poses),
            view=view.to(self.device),
            warnings=tuple(warnings),
        )

    @torch.inference_mode()
    def render(self, prepared: Controllable3dPrepared, controls: Controls) -> Rendering:
        """Picture and layers under these controls; the same seeds give the same ones.

        Textures come where the controls ask for them: a new look has to be painted from all around.
        """
        started = time.perf_counter()
        view, frame = prepared.view, prepared.frame
        codes = [self.codes(item, index, controls) for index, item in enumerate(prepared.objects)]
        painted = [
            self._layer(pose, code, view) for pose, code in zip(prepared.poses, codes, strict=True)
        ]
        scene = self._scene_code(controls)
        with autocast_to(self.device, self.dtype):
            background = self.network.paint_background(scene, view)
        layers = Layers(
            *(torch.cat([getattr(p, name) for p in painted]) for name in vars(painted[0]))
        )
        shown = torch.ones(1, len(painted), dtype=torch.bool, device=self.device)
        image = np.ones((frame.height, frame.width, 4), np.float32)
        image[..., :3] = _enlarged(compose(layers, background, shown), frame)
        return Rendering(
            image=image,
            passes=frame.passes,
            layers=tuple(
                self._output(item, layer, frame)
                for item, layer in zip(prepared.objects, painted, strict=True)
            ),
            textures=self._all_textures(prepared, codes) if controls.textures else {},
            timings={"network": (time.perf_counter() - started) * 1000},
            warnings=prepared.warnings,
        )

    def codes(self, item: SceneObject, index: int, controls: Controls) -> Codes:
        """The codes of one object.

        Its own seed among the controls comes first, then that of its class, then its appearance
        seed.
        """
        config = self.config
        seed = controls.object_seeds.get(item.name, controls.class_seeds.get(item.class_id))
        look = f"object {item.appearance_seed if seed is None else seed}"
        scene = self._scene_code(controls)
        half = config.latent // 2
        own = _draw(look, config.latent) * controls.temperature
        if config.poses == "upright":  # the first half is the mood of the whole scene
            own[:half] = scene[0, :half].cpu()
        slot = torch.tensor([index % config.slots], device=self.device)
        return Codes(own[None].to(self.device), scene, slot)

    def _scene_code(self, controls: Controls) -> Tensor:
        drawn = _draw(f"scene {controls.seed}", self.config.latent) * controls.temperature
        return drawn[None].to(self.device)

    def _layer(self, pose: Poses, codes: Codes, view: View) -> Layers:
        features = self.network.generator3d.object_features(codes)
        projection = self.network.project(features, pose, view)
        with autocast_to(self.device, self.dtype):
            return self.network.paint(projection, codes)

    def _output(self, item: SceneObject, layer: Layers, frame: Frame) -> Layer:
        rgba = np.concatenate([_enlarged(layer.rgb, frame), _enlarged(layer.alpha, frame)], 2)
        solid = rgba[..., 3] > SOLID
        depth = _resized(layer.depth, frame)[..., 0] * np.float32(self.config.metres)
        return Layer(item.name, item.instance_id, rgba, np.where(solid, depth, np.float32(np.inf)))

    def _all_textures(
        self, prepared: Controllable3dPrepared, codes: list[Codes]
    ) -> dict[str, NDArray[np.float32]]:
        """Textures by the objects' names; a look that was baked before is not baked again."""
        if self.config.primitive == "point":
            return {}
        found = {}
        for item, pose, code in zip(prepared.objects, prepared.poses, codes, strict=True):
            turn = torch.from_numpy(turn_of(item, self.config)).float()
            key = _digest(code.objects, code.slots, pose.scale, turn)
            if key not in self._textures:
                self._textures[key] = bake_texture(self.network, code, pose.scale, turn)
            self._textures.move_to_end(key)
            found[item.name] = self._textures[key]
        while len(self._textures) > KEPT_TEXTURES:
            self._textures.popitem(last=False)
        return found


def drawn_size(height: int, width: int, short_side: int) -> tuple[int, int]:
    """The size that is drawn: the short side as in training, both sides even."""
    scale = short_side / min(height, width)
    return tuple(max(2, 2 * round(side * scale / 2)) for side in (height, width))  # type: ignore[return-value]


def _digest(*parts: Tensor) -> str:
    """SHA-256 over the bytes of all parts."""
    return hashlib.sha256(b"".join(part.cpu().numpy().tobytes() for part in parts)).hexdigest()


def _draw(name: str, length: int) -> Tensor:
    """Normal numbers that belong to a name: the same on every machine."""
    digest = hashlib.sha256(name.encode()).digest()
    generator = torch.Generator().manual_seed(int.from_bytes(digest[:8], "little") >> 1)
    return torch.randn(length, generator=generator)


def _resized(maps: Tensor, frame: Frame) -> NDArray[np.float32]:
    """(1, C, h, w) -> (H, W, C) of the frame."""
    size = (frame.height, frame.width)
    maps = maps.float()
    if maps.shape[-2:] != size:
        maps = F.interpolate(maps, size, mode="bicubic", antialias=True)
    return maps[0].permute(1, 2, 0).cpu().numpy()


def _enlarged(maps: Tensor, frame: Frame) -> NDArray[np.float32]:
    return np.clip(_resized(maps, frame), 0, 1)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Layers of single objects, RGBA and depth, as render passes in every Blender."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from running_backend import running_backend
from test_engine import exr

from neural_core.contract import Layer, load_frame, srgb_to_linear
from neural_core.methods.controllable3d.config import Controllable3dConfig
from neural_core.methods.controllable3d.model import Controllable3d
from neural_core.pipeline import Pipeline
from neural_core.weights import save_model

PIPELINE = "controllable3d@tiny"
FIRST, SECOND = "ViewLayer.car_001 Layer", "ViewLayer.car two Layer"
CONFIG = Controllable3dConfig(
    size=24,
    primitive="cuboid",
    primitives=1,
    latent=16,
    poses="upright",
    texture_code=8,
    texture_width=4,
    texture_channels=3,
    texture_size=(8, 16),
    background_texture_size=(8, 16),
    width=4,
    background_width=4,
    classes=("car",),
)


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An untrained model whose layers are no plain grey."""
    folder = tmp_path_factory.mktemp("models")
    torch.manual_seed(3)
    network = Controllable3d(CONFIG)
    for part in network.modules():
        if isinstance(part, torch.nn.Conv2d | torch.nn.ConvTranspose2d | torch.nn.Linear):
            torch.nn.init.kaiming_normal_(part.weight)
    tensors = {k: v for k, v in network.state_dict().items() if v.dtype.is_floating_point}
    save_model(
        folder, "tiny", tensors, method="controllable3d", domain="cars", size=CONFIG.size,
        config=CONFIG.to_dict(), training={},
    )  # fmt: skip
    return folder


@pytest.fixture(scope="session")
def layer_backend(
    models: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    folder = tmp_path_factory.mktemp("layer-backend")
    with running_backend(folder, BLOCKOUT_MODELS=str(models)) as environment:
        yield environment


def test_layers_are_passes(
    blender: Any,
    layer_backend: dict[str, str],
    models: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = blender.run("engine_layers", tmp_path, PIPELINE, env=layer_backend)
    assert [found[name] for name in ("unasked", "asked", "border", "compositor")] == [""] * 4
    monkeypatch.setenv("BLOCKOUT_MODELS", str(models))
    second, first = (
        Pipeline.create(PIPELINE, "cpu").render(load_frame(tmp_path / "frame.npz")).layers
    )
    assert (first.name, second.name) == ("car.001", "car two")
    assert float(first.rgba[..., 3].max()) > 0.3 and np.isfinite(first.depth).any()
    check_sockets(found)
    for name in ("unasked", "asked"):
        channels = exr(tmp_path / f"{name}.exr")
        check_layer(channels, FIRST, first)
        check_layer(channels, SECOND, second)
    cropped = exr(tmp_path / "border.exr")
    window = np.s_[12:24, 8:24]
    check_layer(cropped, FIRST, cut(first, window))
    check_layer(cropped, SECOND, cut(second, window))
    check_compositor(tmp_path / "compositor.png", first)
    check_elsewhere(exr(tmp_path / "elsewhere.exr"))


def check_sockets(found: dict[str, Any]) -> None:
    own = ["car_001 Layer", "car_001 Layer Depth"]
    assert found["before"] == [] and not found["can_ask"]
    assert found["operator"] == ["FINISHED"] and found["own"] == ["car two", "car.001"]
    assert found["after"] == ["car two Layer", "car two Layer Depth", *own]
    assert found["one"] == own


def check_layer(channels: dict[str, NDArray[np.float32]], name: str, layer: Layer) -> None:
    """Scene-linear with premultiplied alpha; metres, far away where the layer is not solid."""
    alpha = layer.rgba[..., 3]
    linear = srgb_to_linear(layer.rgba[..., :3]) * alpha[..., None]
    for index, letter in enumerate("RGB"):
        assert np.allclose(channels[f"{name}.{letter}"], linear[..., index], atol=2e-3), letter
    assert np.allclose(channels[f"{name}.A"], alpha, atol=2e-3)
    depth, solid = channels[f"{name} Depth.Z"], np.isfinite(layer.depth)
    assert np.allclose(depth[solid], layer.depth[solid], rtol=1e-3)
    assert (depth[~solid] == 1e10).all()


def cut(layer: Layer, window: tuple[slice, ...]) -> Layer:
    return Layer(layer.name, layer.instance_id, layer.rgba[window], layer.depth[window])


def check_compositor(path: Path, layer: Layer) -> None:
    """The compositor's result is the layer; PNGs have straight alpha again."""
    shown = np.asarray(Image.open(path).convert("RGBA")).astype(np.float32) / 255
    assert np.abs(shown[..., 3] - layer.rgba[..., 3]).max() < 0.01
    seen = layer.rgba[..., 3] > 0.5
    assert seen.any() and np.abs(shown - layer.rgba)[seen].max() < 0.02


def check_elsewhere(channels: dict[str, NDArray[np.float32]]) -> None:
    """A pipeline without layers leaves the passes that were asked for empty."""
    assert (channels[f"{FIRST}.A"] == 0).all() and (channels[f"{FIRST} Depth.Z"] == 1e10).all()
    assert f"{SECOND}.A" not in channels

# SPDX-License-Identifier: Apache-2.0
"""Weights of the perceptual net that are random but lie as those of its package do."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from neural_core.layers.perceptual import LAYERS


def write_random_weights(path: Path) -> dict[str, np.ndarray]:
    """Kernels (height, width, in, out) by layer, as they were written; needs h5py."""
    import h5py

    rng = np.random.default_rng(0)
    kernels = {}
    with h5py.File(path, "w") as file:
        for name, before, after in LAYERS:
            block, index = name.removeprefix("conv").split("_")
            layer = "conv2d" if index == "1" else f"conv2d_{int(index) - 1}"
            scale = (2 / (9 * before)) ** 0.5
            kernel = (rng.normal(size=(3, 3, before, after)) * scale).astype(np.float32)
            kernels[name] = kernel
            file[f"block{block}/layers/{layer}/vars/0"] = kernel
            file[f"block{block}/layers/{layer}/vars/1"] = np.zeros(after, np.float32)
    return kernels

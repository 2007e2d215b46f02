# SPDX-License-Identifier: Apache-2.0
"""Grouped convolutions of GroupDNet's decoder: the library's, merged groups, matrix products."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from neural_core.layers.grouped_conv import matmul_conv, merged_weight
from neural_core.layers.precision import native_dtype
from neural_core.methods.smis.config import SmisConfig

from .smis import config_of

WAYS = ("library", "merged", "matmul")
"""torch's own grouped convolution; all groups merged in fours, or in one where that does not go
even; one batched matrix product."""


def run(preset: str = "ade20k", repeats: int = 3, device: str = "cpu") -> list[dict[str, Any]]:
    """Measure the first convolution of every grouped stage, in the device's own type.

    Returns:
        rows with stage, size, inputs, outputs, groups, way, ms (median of a call) and speedup (of
        the library's).
    """
    config = config_of(preset)
    rows = []
    with torch.inference_mode():
        for stage, inputs, outputs, groups, size in _convolutions(config):
            ways = _ways(inputs, outputs, groups, size, torch.device(device))
            times = {way: _median(call, repeats, device) for way, call in ways.items()}
            rows += [
                {
                    "stage": stage,
                    "size": size,
                    "inputs": inputs,
                    "outputs": outputs,
                    "groups": groups,
                    "way": way,
                    "ms": round(ms, 3),
                    "speedup": round(times["library"] / ms, 3),
                }
                for way, ms in times.items()
            ]
    return rows


def table(rows: list[dict[str, Any]]) -> str:
    """The rows for people."""
    lines = [
        f"{'stage':>5} {'size':>5} {'channels':>13} {'groups':>6}  way      {'ms':>10} speed-up"
    ]
    for row in rows:
        channels = f"{row['inputs']}>{row['outputs']}"
        lines.append(
            f"{row['stage']:>5} {row['size']:>5} {channels:>13} {row['groups']:>6}  "
            f"{row['way']:8} {row['ms']:>10.2f} {row['speedup']:>7.2f}x"
        )
    return "\n".join(lines)


def _convolutions(config: SmisConfig) -> list[tuple[int, int, int, int, int]]:
    """Stage, inputs, outputs, groups and height of the stages that have groups."""
    found, channels = [], config.stem
    for index, stage in enumerate(config.stages):
        if stage.groups > 1:
            size = config.latent_size * 2**index
            found.append((index, channels, min(channels, stage.channels), stage.groups, size))
        channels = stage.channels
    return found


def _ways(
    inputs: int, outputs: int, groups: int, size: int, device: torch.device
) -> dict[str, Callable[[], Tensor]]:
    dtype = native_dtype(device)
    features = torch.randn(1, inputs, size, size, device=device).to(dtype)
    weight = torch.randn(outputs, inputs // groups, 3, 3, device=device).to(dtype)
    ordered = features.contiguous(memory_format=torch.channels_last)
    own = weight.contiguous(memory_format=torch.channels_last)
    merged = groups // 4 if groups % 4 == 0 else 1
    together = merged_weight(weight, groups, merged).contiguous(memory_format=torch.channels_last)
    return {
        "library": lambda: F.conv2d(ordered, own, padding=1, groups=groups),
        "merged": lambda: F.conv2d(ordered, together, padding=1, groups=merged),
        "matmul": lambda: matmul_conv(features, weight, None, groups),
    }


def _median(call: Callable[[], Tensor], repeats: int, device: str) -> float:
    times = []
    for _ in range(repeats + 1):
        started = time.perf_counter()
        call()
        if device != "cpu":
            torch.cuda.synchronize()
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times[1:])

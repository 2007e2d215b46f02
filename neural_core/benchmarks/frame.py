# SPDX-License-Identifier: Apache-2.0
"""Wall time of a frame of the demo street: Blender, the extension's engine, the backend, and back.

Between any two frames the car in front turns a little, so that each frame has new poses and new
shadows, and no mesh should travel. The first frame of each size (which starts the backend and sends
the meshes) is left out; the frame of the median time counts, with its stages.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from neural_core.contract import ContractError
from neural_core.demo_street import DemoStreet, default_pipeline, open_street

STAGES = ("export", "transfer", "raster", "network", "return")
SIZES = (128, 256)
"""Width and height in pixels; the last one is the headline."""


def run(
    pipeline: str | None = None, repeats: int = 5, sizes: Sequence[int] | None = None
) -> dict[str, Any]:
    """Measure; the headline values are those of the last size.

    Returns:
        total_ms, stages_ms, overhead_share (all but the network, of the whole), bytes_second_frame
        and mesh_bytes_second_frame (request bodies of the frame after the first), pipeline,
        repeats, and the same per size under ``per_size``.

    Raises:
        ContractError: no repeats or sizes, or no Blender. BlenderError: a render failed.
    """
    sizes = SIZES if sizes is None else sizes
    if repeats < 1 or not sizes:
        raise ContractError("repeats", "nothing to measure", "Use at least one repeat and size")
    pipeline = pipeline or default_pipeline()
    with tempfile.TemporaryDirectory(prefix="blockout-bench-") as folder, open_street() as street:
        street.open(sizes[0], pipeline)
        rows = [_measure(street, size, repeats, Path(folder) / "a.png") for size in sizes]
    headline = {key: value for key, value in rows[-1].items() if key != "size"}
    return {"pipeline": pipeline, "repeats": repeats, **headline, "per_size": rows}


def table(result: dict[str, Any]) -> str:
    """The result for people."""
    lines = [
        f"pipeline {result['pipeline']}, median of {result['repeats']} frames, ms",
        " ".join(f"{name:>10}" for name in ("size", *STAGES, "other", "total", "overhead")),
    ]
    for row in result["per_size"]:
        stages = row["stages_ms"]
        other = row["total_ms"] - sum(stages.values())
        cells = [*(stages[name] for name in STAGES), other, row["total_ms"]]
        numbers = " ".join(f"{cell:10.1f}" for cell in cells)
        lines.append(f"{row['size']:>10} {numbers} {row['overhead_share']:>10.0%}")
    lines.append(
        f"second frame: {result['bytes_second_frame']:,} bytes sent, "
        f"{result['mesh_bytes_second_frame']:,} of them meshes"
    )
    return "\n".join(lines)


def _measure(street: DemoStreet, size: int, repeats: int, png: Path) -> dict[str, Any]:
    street.render(png, size=size)
    frames = []
    for index in range(repeats):
        street.move(turn=4.0 * (index + 1), by=(0.0, 0.0))
        frames.append(street.render(png, size=size))
    street.back()
    total = statistics.median_low(frame["total_ms"] for frame in frames)
    typical = next(frame for frame in frames if frame["total_ms"] == total)
    stages = {name: float(typical["stages_ms"].get(name, 0.0)) for name in STAGES}
    return {
        "size": size,
        "total_ms": round(total, 2),
        "stages_ms": {name: round(value, 2) for name, value in stages.items()},
        "overhead_share": round(max(0.0, 1.0 - stages["network"] / total), 4),
        "bytes_second_frame": frames[0]["bytes_sent"],
        "mesh_bytes_second_frame": frames[0]["mesh_bytes_sent"],
    }

# SPDX-License-Identifier: Apache-2.0
"""Our CPU rasteriser and PyTorch3D's, side by side: forward and backward of the same loss.

Every row rasterises an icosphere that fills most of the image, and takes the gradient of a loss on
depth and barycentrics. PyTorch3D runs once per row (it takes seconds), ours ``repeats`` times, the
median counts.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch

from neural_core.contract import Camera
from neural_core.geometry.rasterizer import (
    Fragments,
    Rasterizer,
    choose_rasterizer,
    create_rasterizer,
)

HEADLINE = (5120, 512)
"""Faces and side of the image whose ratio is reported as ``speedup``."""

SIZES: tuple[tuple[int, int], ...] = ((320, 256), (1280, 256), (5120, 256), HEADLINE)
GROWTH: tuple[tuple[int, int], ...] = ((20_480, 512), (81_920, 512), (5120, 1024))
"""Sizes that only ours runs: its cost should follow the pixels, not faces times pixels."""

EDGE_ON = 0.1
"""Faces whose normal is this close to a right angle with the view (cosine) stay out of the loss."""


@dataclass(frozen=True)
class Row:
    """One size. Times in milliseconds; PyTorch3D's fields are None where it did not run.

    Attributes:
        faces, pixels: size of the mesh and of the image (pixels = side squared).
        ours_forward_ms, ours_backward_ms: medians.
        pytorch3d_forward_ms, pytorch3d_backward_ms: one run.
        speedup: ratio of forward and backward together.
        agreement: share of pixels with the same face.
        value_error: largest difference of barycentrics and depth where the face is the same and not
            seen edge-on.
        gradient_error: relative difference of the gradients to the vertices, likewise.
    """

    faces: int
    pixels: int
    ours_forward_ms: float
    ours_backward_ms: float
    pytorch3d_forward_ms: float | None = None
    pytorch3d_backward_ms: float | None = None
    speedup: float | None = None
    agreement: float | None = None
    value_error: float | None = None
    gradient_error: float | None = None

    @property
    def ours_ms(self) -> float:
        """Forward and backward together."""
        return self.ours_forward_ms + self.ours_backward_ms


@dataclass(frozen=True)
class _Run:
    fragments: Fragments
    gradient: torch.Tensor
    forward_ms: float
    backward_ms: float


def run(
    sizes: Sequence[tuple[int, int]] = SIZES,
    repeats: int = 5,
    growth: Sequence[tuple[int, int]] = GROWTH,
) -> dict[str, Any]:
    """Measure, one row for each (faces, side) of ``sizes`` and, ours alone, of ``growth``.

    Returns:
        ``speedup``, ``agreement``, ``gradient_error`` of the headline size (or of the last row
        that PyTorch3D ran), ``per_size`` (rows as dictionaries), ``rasterizer``, ``threads``, and
        ``growth``: by what factor the time grows with 16 times the faces and 4 times the pixels.

    Raises:
        RasterizerUnavailable: PyTorch3D cannot be loaded.
    """
    ours, reference = choose_rasterizer("cpu"), create_rasterizer("pytorch3d")
    rows = [_compare(ours, reference, faces, side, repeats) for faces, side in sizes]
    rows += [_alone(ours, faces, side, repeats) for faces, side in growth]
    main_row = next((r for r in rows if (r.faces, r.pixels) == _headline()), rows[len(sizes) - 1])
    return {
        "speedup": main_row.speedup,
        "agreement": main_row.agreement,
        "gradient_error": main_row.gradient_error,
        "value_error": main_row.value_error,
        "rasterizer": ours.name,
        "threads": torch.get_num_threads(),
        "growth": _growth(rows),
        "per_size": [asdict(row) for row in rows],
    }


def main(argv: Sequence[str] | None = None) -> int:
    """``python -m neural_core.benchmarks.raster [--json] [--repeats N]``."""
    parser = argparse.ArgumentParser(description=__doc__, prog="blockout bench raster")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--repeats", type=int, default=5, help="runs of ours per size")
    options = parser.parse_args(argv)
    result = run(repeats=options.repeats)
    print(json.dumps(result, indent=2) if options.json else table(result))
    return 0


def table(result: dict[str, Any]) -> str:
    """The result of :func:`run` for people."""
    lines = [
        f"{'faces':>7} {'image':>6} | {result['rasterizer']:>9} fwd    bwd | "
        f"{'pytorch3d fwd':>13}    bwd | {'faster':>7} {'same face':>9} {'gradient':>9}"
    ]
    for row in result["per_size"]:
        side = round(row["pixels"] ** 0.5)
        ours = f"{row['ours_forward_ms']:10.1f} ms {row['ours_backward_ms']:5.1f}"
        if row["speedup"] is None:
            lines.append(f"{row['faces']:7d} {side:5d}² | {ours} |")
            continue
        theirs = f"{row['pytorch3d_forward_ms']:10.0f} ms {row['pytorch3d_backward_ms']:6.0f}"
        lines.append(
            f"{row['faces']:7d} {side:5d}² | {ours} | {theirs} | {row['speedup']:6.0f}x "
            f"{row['agreement']:9.4%} {row['gradient_error']:9.1e}"
        )
    growth = result["growth"]
    lines += [f"{label}: {factor:.1f} times the time" for label, factor in growth.items()]
    return "\n".join(lines)


def icosphere(faces: int) -> tuple[torch.Tensor, torch.Tensor]:
    """A unit sphere 3 m before the camera: vertices (V, 3) float32, faces (F, 3).

    ``faces`` is 20 times a power of 4. It is turned and shifted a little, so that no pixel centre
    lies on an edge.
    """
    vertices, triangles = _icosahedron()
    while len(triangles) < faces:
        vertices, triangles = _subdivide(vertices, triangles)
    if len(triangles) != faces:
        raise ValueError(f"faces: {faces} is no size of an icosphere. Use 20, 80, 320, 1280, 5120")
    turn, _ = np.linalg.qr(np.random.default_rng(7).normal(size=(3, 3)))
    moved = vertices @ turn.T + np.array([0.0131, -0.0173, -3.0])
    return torch.from_numpy(moved.astype(np.float32)), torch.from_numpy(triangles)


def _headline() -> tuple[int, int]:
    return HEADLINE[0], HEADLINE[1] ** 2


def _camera(side: int) -> Camera:
    return Camera(np.eye(4), 1.3 * side, 1.3 * side, side / 2.0, side / 2.0)


def _once(rasterizer: Rasterizer, vertices: torch.Tensor, faces: torch.Tensor, side: int) -> _Run:
    leaf = vertices.clone().requires_grad_()
    generator = torch.Generator().manual_seed(0)
    weights = torch.rand((side, side, 4), generator=generator)
    start = time.perf_counter()
    fragments = rasterizer.rasterize(leaf, faces, _camera(side), side, side)
    middle = time.perf_counter()
    values = torch.cat([fragments.barycentrics, fragments.depth[..., None]], dim=-1)
    hit = _counted(vertices, faces)[fragments.pix_to_face]
    loss = (values[hit] * weights[hit]).sum()
    (gradient,) = torch.autograd.grad(loss, leaf)
    end = time.perf_counter()
    return _Run(fragments, gradient, (middle - start) * 1e3, (end - middle) * 1e3)


def _counted(vertices: torch.Tensor, faces: torch.Tensor) -> torch.Tensor:
    """Faces that values and gradients are compared on: those not seen nearly edge-on.

    There the gradient is a ratio of vanishing areas, and float32 leaves no digits to compare:
    against float64, PyTorch3D is off by more than 1e-4 and ours by a fifth of that.

    Returns:
        (F + 1,) bool; the last one, which the index -1 of an empty pixel takes, is False.
    """
    a, b, c = (vertices[faces[:, corner]] for corner in range(3))
    normal = torch.linalg.cross(b - a, c - a)
    head_on = torch.cosine_similarity(normal, a + b + c).abs() > EDGE_ON
    return torch.cat([head_on, torch.zeros(1, dtype=torch.bool)])


def _ours(
    rasterizer: Rasterizer, vertices: torch.Tensor, faces: torch.Tensor, side: int, repeats: int
) -> tuple[_Run, float, float]:
    """A run, and the medians of its times; one run to warm up does not count."""
    runs = [_once(rasterizer, vertices, faces, side) for _ in range(repeats + 1)][1:]
    forward = statistics.median(r.forward_ms for r in runs)
    return runs[0], forward, statistics.median(r.backward_ms for r in runs)


def _alone(rasterizer: Rasterizer, count: int, side: int, repeats: int) -> Row:
    vertices, faces = icosphere(count)
    _, forward, backward = _ours(rasterizer, vertices, faces, side, repeats)
    return Row(count, side * side, forward, backward)


def _compare(
    rasterizer: Rasterizer, reference: Rasterizer, count: int, side: int, repeats: int
) -> Row:
    vertices, faces = icosphere(count)
    mine, forward, backward = _ours(rasterizer, vertices, faces, side, repeats)
    theirs = _once(reference, vertices, faces, side)
    same = mine.fragments.pix_to_face == theirs.fragments.pix_to_face
    both = same & _counted(vertices, faces)[theirs.fragments.pix_to_face]
    share = (mine.fragments.barycentrics - theirs.fragments.barycentrics).detach()[both].abs().max()
    depth = (mine.fragments.depth - theirs.fragments.depth).detach()[both].abs().max()
    difference = (mine.gradient - theirs.gradient).norm() / theirs.gradient.norm()
    return Row(
        faces=count,
        pixels=side * side,
        ours_forward_ms=forward,
        ours_backward_ms=backward,
        pytorch3d_forward_ms=theirs.forward_ms,
        pytorch3d_backward_ms=theirs.backward_ms,
        speedup=(theirs.forward_ms + theirs.backward_ms) / (forward + backward),
        agreement=float(same.double().mean()),
        value_error=max(float(share), float(depth)),
        gradient_error=float(difference),
    )


def _growth(rows: list[Row]) -> dict[str, float]:
    """How the time grows between sizes that differ in one thing only."""
    times = {(row.faces, row.pixels): row.ours_ms for row in rows}
    pairs = {
        "16 times the faces at 512²": ((5120, 512**2), (81_920, 512**2)),
        "4 times the pixels at 5120 faces": ((5120, 256**2), (5120, 512**2)),
    }
    return {
        label: times[big] / times[small]
        for label, (small, big) in pairs.items()
        if small in times and big in times
    }


def _icosahedron() -> tuple[np.ndarray, np.ndarray]:
    golden = (1.0 + 5.0**0.5) / 2.0
    corners = [(-1, golden, 0), (1, golden, 0), (-1, -golden, 0), (1, -golden, 0)]
    cyclic = [np.roll(corner, shift) for shift in (0, 1, 2) for corner in corners]
    vertices = np.array(cyclic) / np.hypot(1.0, golden)
    # Three corners make a face when all of them are neighbours (2 / |corner| apart).
    near = np.linalg.norm(vertices[:, None] - vertices[None], axis=-1) < 2.1 / np.hypot(1, golden)
    triples = [
        (a, b, c)
        for a in range(12)
        for b in range(a + 1, 12)
        for c in range(b + 1, 12)
        if near[a, b] and near[b, c] and near[a, c]
    ]
    faces = np.array(triples)
    a, b, c = (vertices[faces[:, i]] for i in range(3))
    inwards = (np.cross(b - a, c - a) * a).sum(-1) < 0
    faces[inwards] = faces[inwards][:, ::-1]
    return vertices, faces


def _subdivide(vertices: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Four faces for one; the new vertices are pushed onto the sphere."""
    edges = np.sort(faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    unique, position = np.unique(edges, axis=0, return_inverse=True)
    middles = vertices[unique].sum(1)
    middles /= np.linalg.norm(middles, axis=1, keepdims=True)
    ab, bc, ca = (position.reshape(-1, 3) + len(vertices)).T
    a, b, c = faces.T
    parts = [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)]
    return np.concatenate([vertices, middles]), np.concatenate([np.stack(p, 1) for p in parts])


if __name__ == "__main__":
    raise SystemExit(main())

# SPDX-License-Identifier: Apache-2.0
"""The benchmark's numbers at toy sizes; its real sizes are for `blockout bench raster`."""

from __future__ import annotations

import json

import numpy as np
import pytest

from neural_core.benchmarks import raster


def test_icospheres_are_closed_and_face_outwards() -> None:
    vertices, faces = raster.icosphere(320)
    assert len(faces) == 320
    assert len(vertices) == 162  # Euler: F / 2 + 2
    points = vertices.numpy().astype(np.float64)
    centre = points.mean(0)
    np.testing.assert_allclose(np.linalg.norm(points - centre, axis=1), 1, atol=1e-5)
    a, b, c = (points[faces[:, i].numpy()] - centre for i in range(3))
    assert (np.einsum("ij,ij->i", np.cross(b - a, c - a), a) > 0).all()


def test_other_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="1000 is no size"):
        raster.icosphere(1000)


def test_run_and_table() -> None:
    pytest.importorskip("pytorch3d")
    result = raster.run(sizes=((80, 48), (320, 48)), repeats=1, growth=((1280, 48),))
    json.dumps(result)
    assert {"speedup", "agreement", "gradient_error", "per_size"} <= set(result)
    assert result["agreement"] >= 0.999
    assert result["gradient_error"] < 1e-4
    assert result["speedup"] == result["per_size"][1]["speedup"] > 1
    assert [row["faces"] for row in result["per_size"]] == [80, 320, 1280]
    assert result["per_size"][2]["speedup"] is None
    assert len(raster.table(result).splitlines()) == 4

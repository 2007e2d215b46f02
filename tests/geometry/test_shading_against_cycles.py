# SPDX-License-Identifier: Apache-2.0
"""Each kind of light against a Cycles render of the same white ground."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from pass_frames import frame, ground, light, pose

from neural_core.contract import Light
from neural_core.geometry.passes import rasterize_passes

PLACE = (0.3, -0.2, 2.0)
LIGHTS: dict[str, Light] = {
    "sun": light("sun", pose(PLACE, turn=(0.7, 0.2, 0.0)), energy=3.0),
    "point": light("point", pose(PLACE), energy=100.0),
    "spot": light("spot", pose(PLACE), energy=100.0, spot_angle=1.2, spot_blend=0.6),
    "area": light("area", pose(PLACE), energy=50.0, size=(0.02, 0.02)),
}


@pytest.fixture(scope="module")
def cycles(tmp_path_factory: pytest.TempPathFactory) -> dict[str, np.ndarray]:
    """What Cycles renders, light by light: (32, 32) red."""
    if importlib.util.find_spec("bpy") is None:
        pytest.skip("bpy is not installed: pip install 'blockout-render[blender]'")
    path = tmp_path_factory.mktemp("cycles") / "lights.npz"
    script = Path(__file__).with_name("cycles_lights.py")
    done = subprocess.run(
        [sys.executable, str(script), str(path)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    with np.load(path) as pictures:
        return dict(pictures)


@pytest.mark.parametrize("kind", LIGHTS)
def test_radiance(kind: str, cycles: dict[str, np.ndarray]) -> None:
    ours = rasterize_passes(frame(ground(), lights=(LIGHTS[kind],))).shading[..., 0]
    theirs = cycles[kind]
    assert theirs.max() > 0.1
    # Cycles averages over the pixel, we take its centre: 3 % of the brightest pixel apart.
    assert np.abs(ours.astype(np.float64) - theirs).max() < 0.03 * theirs.max()
    assert np.abs(ours.astype(np.float64) - theirs).mean() < 0.005 * theirs.max()

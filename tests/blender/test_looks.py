# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks in every Blender: seeds of classes and objects, styles saved in the file, morphs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from running_backend import running_backend
from smis_tiny import install

CAR_BOX = np.s_[11:19, 21:29]
"""Inside the car in the picture of 40 x 30 (scripts/engine_scene.py)."""


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A backend that knows the tiny model."""
    folder = tmp_path_factory.mktemp("backend")
    models = folder / "models"
    models.mkdir()
    install(models)
    with running_backend(folder, BLOCKOUT_MODELS=str(models)) as environment:
        yield environment


def test_looks(blender: Any, backend: dict[str, str], tmp_path: Path) -> None:
    found = blender.run("check_looks", tmp_path, env=backend)

    def png(name: str) -> NDArray[np.int64]:
        return np.asarray(Image.open(tmp_path / f"{name}.png").convert("RGB")).astype(int)

    def change(one: str, other: str) -> NDArray[np.int64]:
        return np.abs(png(one) - png(other)).max(-1)

    assert change("plain", "plain_again").max() == 0
    drawn = found["drawn"]
    assert drawn["object_seed"] > 0 and drawn["seed"] > 0
    assert drawn["class"][1] is True and drawn["class"][2] > 0
    own = change("plain", "object")
    assert own[CAR_BOX].mean() > 2
    assert own[:, :8].max() <= 1, "far from the car nothing changes"
    assert change("plain", "scene").mean() > 2

    styles = found["styles"]
    assert styles["results"] == [["FINISHED"]] * 3
    assert styles["saved"] == ["eleven", "red", "own"]
    assert change("kept", "eleven").max() == 0, "a kept look goes before the seed"
    assert change("twelve", "eleven").mean() > 2
    assert change("road", "twelve").mean() > 1
    assert change("both", "road")[CAR_BOX].mean() > 1
    assert change("both_tomorrow", "both").max() == 0, "the styles are in the file"

    assert found["animation"] == pytest.approx(0.5)
    assert change("morph_0001", "twelve").max() == 0
    assert change("morph_0003", "eleven").max() == 0
    assert change("morph_0002", "twelve").mean() > 0.5
    assert change("morph_0002", "eleven").mean() > 0.5

    names = found["names"]
    assert names == {"followed": ["sunset"] * 4, "kept": "sunset", "cleared": [""] * 4,
                     "second": "b 2"}  # fmt: skip
    refused = found["refused"]
    assert "the file has no style 'gone'" in refused["gone"]
    assert "damaged" in refused["damaged"] or "cannot be read" in refused["damaged"]
    assert "has no styles of its own" in refused["preview"]
    assert "no picture" in refused["picture"] or "no pixels" in refused["picture"]
    assert "its labels are of" in refused["labels"]

# SPDX-License-Identifier: GPL-3.0-or-later
"""The figure inside Blender, looked at from a second process."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(importlib.util.find_spec("bpy") is None, reason="needs bpy")


@pytest.fixture(scope="module")
def figures() -> list[dict[str, Any]]:
    """Facts of two figures, the first one built twice, in one process."""
    done = subprocess.run(
        [sys.executable, "tests/scenes/figure_probe.py", "20", "3", "20"], cwd=ROOT,
        capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    line = next(x for x in done.stdout.splitlines() if x.startswith("FACTS "))
    found: list[dict[str, Any]] = json.loads(line[6:])
    return found


def test_blender_bends_the_bones_as_the_pose_says(figures: list[dict[str, Any]]) -> None:
    assert all(v["slack"] < 1e-4 and v["marks"] < 1e-4 for f in figures for v in f["views"])


def test_keypoints_lie_within_the_figure(figures: list[dict[str, Any]]) -> None:
    assert all(v["hits"] >= 17 for f in figures for v in f["views"])


def test_shoes_stand_on_the_floor(figures: list[dict[str, Any]]) -> None:
    assert all(abs(v["floor"]) < 0.02 for f in figures for v in f["views"])


def test_both_forms_show_the_same_classes(figures: list[dict[str, Any]]) -> None:
    for f in figures:
        assert f["detailed"] == f["blockout"]
        assert {"background", "face", "hair", "skin", "top", "shoes"} <= set(f["detailed"])
        assert not f["wrong"]
        assert f["layers"] == {"Detailed": ["Detailed"], "Blockout": ["Blockout"]}


def test_nothing_is_left_behind_by_an_earlier_figure(figures: list[dict[str, Any]]) -> None:
    assert figures[0]["blocks"] == figures[2]["blocks"]

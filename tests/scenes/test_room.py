# SPDX-License-Identifier: GPL-3.0-or-later
"""The room inside Blender, looked at from a second process."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(importlib.util.find_spec("bpy") is None, reason="needs bpy")


def run(*words: str, text: str = "") -> str:
    """Standard output of a Python process started at the root of the sources."""
    done = subprocess.run(
        [sys.executable, *words], input=text, cwd=ROOT, capture_output=True, text=True,
        check=False, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.fixture(scope="module")
def rooms() -> list[dict[str, Any]]:
    """Facts of three rooms, the first one built twice, in one process."""
    out = run("tests/scenes/probe_room.py", "5", "6", "7", "5")
    line = next(x for x in out.splitlines() if x.startswith("FACTS "))
    facts: list[dict[str, Any]] = json.loads(line[6:])
    return facts


def test_both_forms_hold_the_same_things(rooms: list[dict[str, Any]]) -> None:
    for room in rooms:
        assert room["one_to_one"]
        assert not room["wrong"]


def test_solids_fill_the_bounds_of_what_they_stand_for(rooms: list[dict[str, Any]]) -> None:
    assert max(room["slack"] for room in rooms) < 2e-3


def test_lights_are_of_known_kinds_and_in_both_forms(rooms: list[dict[str, Any]]) -> None:
    for room in rooms:
        assert set(room["lights"]) <= {"SUN", "POINT", "SPOT", "AREA"}
        assert "AREA" in room["lights"]
        assert room["in_both"]
        assert room["power"] > 20
        assert 0.05 < np.mean(room["world"]) < 0.6


def test_rooms_name_their_palette(rooms: list[dict[str, Any]]) -> None:
    assert all(room["setting"] == ["ROOM", "window"] for room in rooms)


def test_nothing_is_left_behind_by_an_earlier_room(rooms: list[dict[str, Any]]) -> None:
    assert rooms[0]["blocks"] == rooms[3]["blocks"]


def test_worker_renders_a_room_that_is_not_dark(tmp_path: Path) -> None:
    job = {"scene": "room", "seed": 5, "cameras": 1, "size": [24, 24], "samples": 4,
           "out": str(tmp_path)}  # fmt: skip
    out = run("-m", "scenes.worker", text=json.dumps(job) + "\n")
    assert json.loads(out.splitlines()[0])["camera"] == 0
    with Image.open(tmp_path / "5_0.png") as picture:
        light = np.asarray(picture.convert("L"), float) / 255
    assert 0.3 < light.mean() < 0.8


def test_a_street_after_a_room_is_lit_as_a_street(tmp_path: Path) -> None:
    code = (
        "import os, bpy; from scenes import room, street, cycles; room.build(5);"
        "s = street.build(5).scene; cycles.set_up(s, 8, 8, 1);"
        "print('SEEN', s.cycles.max_bounces, s.get('palette'), flush=True); os._exit(0)"
    )
    assert "SEEN 3 None" in run("-c", code)


def test_saved_file_opens_with_both_forms(tmp_path: Path) -> None:
    path = tmp_path / "room.blend"
    run("-m", "scenes.room", "--seed", "5", "--out", str(path))
    code = (
        f"import bpy, os; bpy.ops.wm.open_mainfile(filepath={str(path)!r});"
        "s = bpy.context.scene;"
        "print('SEEN', [(v.name, v.use) for v in s.view_layers], s.camera is not None,"
        "bpy.context.view_layer.name, flush=True); os._exit(0)"
    )
    assert "SEEN [('Detailed', False), ('Blockout', True)] True Blockout" in run("-c", code)

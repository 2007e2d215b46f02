# SPDX-License-Identifier: GPL-3.0-or-later
"""The street inside Blender, looked at from a second process."""

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


def run(*words: str, text: str = "") -> str:
    """Standard output of a Python process started at the root of the sources."""
    done = subprocess.run(
        [sys.executable, *words], input=text, cwd=ROOT, capture_output=True, text=True,
        timeout=120, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


@pytest.fixture(scope="module")
def streets() -> list[dict[str, Any]]:
    """Facts of three streets, one after sunset, one in snow; the first one built twice."""
    out = run("tests/scenes/probe.py", "5", "101", "159", "5")
    line = next(x for x in out.splitlines() if x.startswith("FACTS "))
    facts: list[dict[str, Any]] = json.loads(line[6:])
    return facts


def test_every_object_lies_in_the_collection_of_its_class(streets: list[dict[str, Any]]) -> None:
    assert all(not s["wrong"] and not s["lacking"] for s in streets)


def test_each_detailed_object_has_tight_twins(streets: list[dict[str, Any]]) -> None:
    for s in streets:
        assert s["twins"]
        assert not s["stray"]
        assert s["slack"] < 2e-3


def test_view_layers_show_one_form_each(streets: list[dict[str, Any]]) -> None:
    for s in streets:
        assert s["layers"] == {"Detailed": ["Detailed"], "Blockout": ["Blockout"]}


def test_nothing_is_left_behind_by_an_earlier_street(streets: list[dict[str, Any]]) -> None:
    assert streets[0]["blocks"] == streets[3]["blocks"]


def test_street_lamps_shine_after_sunset_alone(streets: list[dict[str, Any]]) -> None:
    assert [s["lights"] for s in streets] == [["SUN"], ["POINT"] * 6 + ["SUN"], ["SUN"], ["SUN"]]


def test_snow_lies_on_roofs_and_not_on_people(streets: list[dict[str, Any]]) -> None:
    plain, _, snowy, again = (s["nodes"] for s in streets)
    assert plain == again
    assert snowy["roof_tile"] > plain["roof_tile"]
    assert snowy["cloth"] == plain["cloth"]


def test_worker_renders_exports_and_reports(tmp_path: Path) -> None:
    (tmp_path / "told.py").write_text(
        "import bpy\n"
        "def export_frame(scene, layer, path, width, height):\n"
        "    seen = bpy.context.evaluated_depsgraph_get().view_layer.name\n"
        "    open(path, 'w').write(f'{layer} {seen} {width} {height}')\n"
    )
    out = tmp_path / "frames"
    job = {"seed": 5, "cameras": 2, "size": [32, 24], "samples": 1, "out": str(out)}
    bad = {"seed": 6, "cameras": 1, "size": "none", "out": str(out)}
    code = (
        f"import sys, runpy; sys.path.insert(0, {str(tmp_path)!r});"
        "sys.argv = ['worker', '--export-module', 'told'];"
        "runpy.run_module('scenes.worker', run_name='__main__')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=f"{json.dumps(job)}\n{json.dumps(bad)}\n", cwd=ROOT,
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    answers = [json.loads(x) for x in done.stdout.splitlines()]
    assert done.returncode == 1  # one job failed, and said so
    assert [a.get("camera") for a in answers] == [0, 1, None]
    assert "error" in answers[2]
    assert (out / "5_1.png").read_bytes()[:4] == b"\x89PNG"
    assert (out / "5_1_detailed.npz").read_text() == "Detailed Detailed 32 24"
    assert (out / "5_1_blockout.npz").read_text() == "Blockout Blockout 32 24"
    assert not [p for p in out.iterdir() if "part" in p.name]


def test_saved_file_opens_with_both_forms(tmp_path: Path) -> None:
    path = tmp_path / "street.blend"
    run("-m", "scenes.street", "--seed", "5", "--out", str(path))
    code = (
        f"import bpy, os; bpy.ops.wm.open_mainfile(filepath={str(path)!r});"
        "s = bpy.context.scene;"
        "print('SEEN', [(v.name, v.use) for v in s.view_layers], s.camera is not None,"
        "bpy.context.view_layer.name, flush=True); os._exit(0)"
    )
    out = run("-c", code)
    assert "SEEN [('Detailed', False), ('Blockout', True)] True Blockout" in out

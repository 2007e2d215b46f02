# SPDX-License-Identifier: Apache-2.0
"""Run commands in this process, and small .blend files made by Blender."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from neural_core.cli import run
from neural_core.commands.doctor import sample_frame
from neural_core.contract import save_frame

ROOT = Path(__file__).resolve().parents[2]

_MAKE_BLEND = """
import os, sys, bpy
path, kind = sys.argv[1:]
bpy.ops.wm.read_homefile(use_empty=True)
scene = bpy.context.scene
render = scene.render
render.resolution_x = render.resolution_y = 48
def box(name, size, place):
    bpy.ops.mesh.primitive_cube_add(size=1, location=place, scale=size)
    bpy.context.object.name = name
    return bpy.context.object
if kind != "nothing":
    car = box("Car", (2, 4, 1.5), (0, 0, 0.8))
    box("Road", (20, 60, 0.1), (0, 0, 0))
    if kind == "classless":
        for thing in scene.objects:
            thing.name = "Thing"
    car.keyframe_insert("location", frame=1)
    car.location.x = 2
    car.keyframe_insert("location", frame=2)
if kind != "no camera":
    bpy.ops.object.camera_add(location=(0, -10, 2), rotation=(1.45, 0, 0))
    scene.camera = bpy.context.object
bpy.ops.object.light_add(type="SUN", rotation=(0.6, 0.3, 0))
bpy.ops.wm.save_as_mainfile(filepath=path)
sys.stdout.flush()
os._exit(0)
"""


@dataclass(frozen=True)
class Result:
    """What a command left: exit code, stdout, stderr."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    def sentence(self) -> str:
        """The one line on stderr of a command that refused."""
        assert self.code == 2, (self.code, self.err)
        lines = self.err.strip().splitlines()
        assert len(lines) == 1, self.err
        assert lines[0].startswith("blockout: ")
        assert "Traceback" not in self.err
        return lines[0]


@pytest.fixture
def blockout(capfd) -> Callable[..., Result]:
    """Run ``blockout ARGUMENTS`` in this process."""

    def call(*arguments: object) -> Result:
        capfd.readouterr()
        code = run([str(a) for a in arguments])
        out, err = capfd.readouterr()
        return Result(code, out, err)

    return call


@pytest.fixture
def frame_file(tmp_path) -> Path:
    path = tmp_path / "car.npz"
    save_frame(sample_frame(24), path)
    return path


@pytest.fixture(scope="session")
def make_blend(tmp_path_factory) -> Callable[[str], Path]:
    """The path of a .blend of a kind: car, nothing, classless, no camera."""
    folder = tmp_path_factory.mktemp("blends")

    def make(kind: str) -> Path:
        path = folder / f"{kind.replace(' ', '_')}.blend"
        if not path.exists():
            subprocess.run(
                [sys.executable, "-c", _MAKE_BLEND, str(path), kind],
                check=True,
                capture_output=True,
                timeout=120,
                env={**os.environ, "BLENDER_USER_RESOURCES": str(folder / "user")},
            )
        return path

    return make

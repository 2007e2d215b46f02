# SPDX-License-Identifier: GPL-3.0-or-later
"""The zip: built the same every time, accepted by Blender's own validator, installable."""

from __future__ import annotations

import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import neural_core

ROOT = Path(__file__).resolve().parents[2]


def test_build_is_deterministic_from_any_folder(addon_zip: Path, tmp_path: Path) -> None:
    again = tmp_path / "sub" / "again.zip"
    command = [sys.executable, ROOT / "build_addon.py", "--output", again]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    assert again.read_bytes() == addon_zip.read_bytes()
    assert list(again.parent.iterdir()) == [again]


def test_zip_holds_the_contract_and_the_version(addon_zip: Path) -> None:
    with zipfile.ZipFile(addon_zip) as archive:
        manifest = tomllib.loads(archive.read("blender_manifest.toml").decode())
        assert manifest["id"] == "blockout"
        assert manifest["version"] == neural_core.__version__
        assert neural_core.__version__ in archive.read("version.py").decode()
        for path in (ROOT / "neural_core" / "contract").glob("*.py"):
            assert archive.read(f"contract/{path.name}") == path.read_bytes()
        assert not [n for n in archive.namelist() if n.endswith(".pyc") or "__pycache__" in n]


def test_blenders_validator_accepts_the_zip(blender) -> None:
    scripts = blender.scripts_folder()
    command = [
        blender.python,
        scripts / "addons_core/bl_pkg/cli/blender_ext.py",
        "validate",
        "--valid-tags",
        scripts / "modules/_bpy_internal/extensions/tags.py",
        blender.zip_path,
    ]
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    assert process.returncode == 0, process.stdout + process.stderr


def test_enable_disable_leaves_nothing(blender) -> None:
    seen = blender.run("toggle")
    assert seen["enabled"] == [True, False, True]
    assert seen["left_over"] == []
    assert seen["panels_opted_in"][0] == 0
    assert seen["panels_opted_in"][1] > 20
    assert seen["panels_opted_in"][2] == 0

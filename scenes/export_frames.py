# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames of a scene's forms through the installed extension, as any user gets them.

The extension's zip is built from the source tree and installed into BLENDER_USER_RESOURCES, which
whoever starts this process points to a folder of its own.
"""

from __future__ import annotations

import importlib
import os
import tempfile
from functools import cache
from pathlib import Path
from types import ModuleType

import bpy

MODULE = "bl_ext.user_default.blockout"
ZIP = "BLOCKOUT_ZIP"


def export_frame(
    scene: bpy.types.Scene,
    view_layer_name: str,
    path: str | os.PathLike[str],
    width: int,
    height: int,
) -> None:
    """Write the contract Frame of a view layer, seen by the scene's camera, to ``path`` (.npz)."""
    exporter = extension_module("export")
    contract = extension_module("contract")
    carry_palette(scene)
    carry_looks(scene)
    layer = scene.view_layers[view_layer_name]
    layer.update()
    frame = exporter.build_frame(layer.depsgraph, scene, layer, width, height)
    # Uncompressed: the file is read once and thrown away.
    contract.write_atomically(Path(path), contract.frame_to_bytes(frame))


def carry_looks(scene: bpy.types.Scene) -> None:
    """Give both forms of a thing the look number that the scene's plan gave it."""
    for thing in scene.objects:
        seed = thing.get("appearance_seed")
        if seed is not None:
            wanted = int(seed) % 2**31
            if thing.blockout.appearance_seed != wanted:
                thing.blockout.appearance_seed = wanted
                thing.update_tag()  # Python's properties tag nothing by themselves.


def carry_palette(scene: bpy.types.Scene) -> None:
    """Choose the palette and the background class that the scene names, where it names any."""
    settings = scene.blockout
    if "palette" in scene and settings.palette != scene["palette"]:
        settings.palette = scene["palette"]
    if "background" in scene:
        settings.background = scene["background"]


@cache
def extension_module(name: str) -> ModuleType:
    """A module of the installed extension; it is installed and enabled on the first call."""
    enable_extension()
    return importlib.import_module(f"{MODULE}.{name}")


@cache
def enable_extension() -> None:
    """Install the extension's zip (BLOCKOUT_ZIP, else built from the sources) and enable it."""
    if MODULE in bpy.context.preferences.addons:
        return
    with tempfile.TemporaryDirectory() as folder:
        given = os.environ.get(ZIP)
        archive = Path(given) if given else _build(Path(folder) / "blockout.zip")
        bpy.ops.extensions.package_install_files(
            filepath=str(archive), repo="user_default", enable_on_install=True
        )
    if MODULE not in bpy.context.preferences.addons:
        raise RuntimeError(f"Blender did not enable the extension from {archive}")


def _build(path: Path) -> Path:
    builder = importlib.import_module("build_addon")
    return builder.build(path)

# SPDX-License-Identifier: GPL-3.0-or-later
"""Run ``main(*args)`` of a script in bpy and print what it returns as JSON.

``python runner.py SCRIPT ARGS…``. The extension is enabled when it is installed.
"""

from __future__ import annotations

import importlib.util
import json
import os
import sys
import traceback
from pathlib import Path

import bpy

MODULE = "bl_ext.user_default.blockout"


def main() -> int:
    """Run the script; 1 after a traceback."""
    import addon_utils  # bpy makes it importable

    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
    extensions = Path(bpy.utils.user_resource("EXTENSIONS")) / "user_default" / "blockout"
    if extensions.is_dir():
        addon_utils.enable(MODULE, default_set=True, handle_error=_raise)
    path = Path(sys.argv[1])
    sys.path.insert(0, str(path.parent))
    spec = importlib.util.spec_from_file_location(path.stem, path)
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    print("RESULT:" + json.dumps(script.main(*sys.argv[2:])))
    return 0


def _raise(error: Exception) -> None:
    raise error


if __name__ == "__main__":
    try:
        CODE = main()
    except BaseException:
        traceback.print_exc()
        CODE = 1
    # Leaving with Python classes registered crashes (4.2) or hangs (4.5) bpy.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(CODE)

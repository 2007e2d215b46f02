# SPDX-License-Identifier: Apache-2.0
"""Build the Blender extension: ``dist/blockout-VERSION.zip``.

The zip holds ``blender_addon/`` with its manifest's version set, a copy of ``neural_core/contract``
as ``contract/``, and a generated ``version.py`` (``VERSION = "..."``). Equal sources give equal
bytes.
"""

from __future__ import annotations

import argparse
import os
import re
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent
ADDON = ROOT / "blender_addon"
CONTRACT = ROOT / "neural_core" / "contract"
MANIFEST = "blender_manifest.toml"
SUFFIXES = {".py", ".toml", ".png", ".svg", ".md", ".txt", ".json"}


def core_version() -> str:
    """``neural_core.__version__``, read without importing the package."""
    text = (ROOT / "neural_core" / "__init__.py").read_text(encoding="utf-8")
    match = re.search(r'^__version__ = "([^"]+)"', text, re.MULTILINE)
    if match is None:
        raise SystemExit("neural_core/__init__.py has no __version__")
    return match.group(1)


def addon_files(version: str) -> dict[str, bytes]:
    """Name in the zip -> content."""
    files = {**_tree(ADDON, ""), **_tree(CONTRACT, "contract/")}
    manifest = files[MANIFEST].decode()
    manifest, count = re.subn(
        r"^version = .*$", f'version = "{version}"', manifest, count=1, flags=re.MULTILINE
    )
    if count != 1:
        raise SystemExit(f"blender_addon/{MANIFEST} has no version line")
    files[MANIFEST] = manifest.encode()
    files["version.py"] = (
        "# SPDX-License-Identifier: GPL-3.0-or-later\n"
        '"""Written by build_addon.py."""\n\n'
        f'VERSION = "{version}"\n'
    ).encode()
    return files


def build(output: Path | None = None) -> Path:
    """Write the zip to ``output`` (default ``dist/blockout-VERSION.zip``) and return its path."""
    version = core_version()
    path = output or ROOT / "dist" / f"blockout-{version}.zip"
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in sorted(addon_files(version).items()):
                # A fixed date and mode: equal sources give equal bytes.
                info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
                info.compress_type = zipfile.ZIP_DEFLATED
                info.external_attr = 0o644 << 16
                archive.writestr(info, content)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return path


def _tree(folder: Path, prefix: str) -> dict[str, bytes]:
    found = {}
    for path in sorted(folder.rglob("*")):
        if path.suffix in SUFFIXES and "__pycache__" not in path.parts and path.is_file():
            found[prefix + path.relative_to(folder).as_posix()] = path.read_bytes()
    return found


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Build the Blender extension's zip.")
    parser.add_argument("--output", type=Path, help="path of the zip")
    print(build(parser.parse_args().output))


if __name__ == "__main__":
    main()

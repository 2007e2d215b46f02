# SPDX-License-Identifier: Apache-2.0
"""A finished data set as one uncompressed tar: the manifest, the card, the sheet and the shards.

It is read in place, without unpacking; the same data set gives the same bytes.
"""

from __future__ import annotations

import os
import shutil
import tarfile
from collections.abc import Iterable
from pathlib import Path

from neural_core.contract import ContractError

_SIDE_FILES = ("manifest.json", "card.json", "contact_sheet.png")


class Archive:
    """The files of an archive by name. Raises ContractError: not an archive of a data set."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with tarfile.open(path, "r:") as tar:
                self._places = {m.name: (m.offset_data, m.size) for m in tar if m.isfile()}
        except tarfile.TarError as error:
            raise ContractError(
                str(path),
                f"it is no archive of a data set, or a damaged one ({error})",
                "Write one with: blockout dataset pack",
            ) from error
        self._size = path.stat().st_size

    def names(self) -> list[str]:
        """Names of the files, in order."""
        return list(self._places)

    def read(self, name: str) -> bytes:
        """Content of a file. Raises FileNotFoundError; ContractError: the archive is cut short."""
        if name not in self._places:
            raise FileNotFoundError(2, "not in the archive", f"{self.path}/{name}")
        offset, size = self._places[name]
        with self.path.open("rb") as file:
            file.seek(offset)
            data = file.read(size)
        if len(data) != size:
            raise ContractError(str(self.path), "the archive is cut short", "Copy it again")
        return data


def write_archive(folder: Path, shards: Iterable[str], out: Path) -> int:
    """Write an archive of a folder's shards under a temporary name, rename it; return its bytes."""
    names = [*(name for name in _SIDE_FILES if (folder / name).is_file()), *sorted(shards)]
    out.parent.mkdir(parents=True, exist_ok=True)
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        with tarfile.open(part, "w:", format=tarfile.USTAR_FORMAT) as tar:
            for name in names:
                entry = tarfile.TarInfo(name)  # no owner, no date: bytes follow from content alone
                entry.size = (folder / name).stat().st_size
                with (folder / name).open("rb") as file:
                    tar.addfile(entry, file)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    return out.stat().st_size


def extract_archive(archive: Archive, folder: Path) -> None:
    """Unpack into a new folder, which appears whole or not at all.

    Raises:
        ContractError: the folder exists, the archive is damaged, or a name leads out of it.
    """
    if folder.exists():
        raise ContractError(str(folder), "it exists", "Choose another --out, or delete it")
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    part.mkdir()
    try:
        for name in archive.names():
            if Path(name).name != name or name in ("", ".", ".."):
                raise ContractError(
                    str(archive.path), f"'{name}' is not a shard's name", "Get it anew"
                )
            (part / name).write_bytes(archive.read(name))
        part.rename(folder)
    finally:
        shutil.rmtree(part, ignore_errors=True)

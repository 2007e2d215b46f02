# SPDX-License-Identifier: Apache-2.0
"""JSON documents with long lists, written entry by entry: memory stays flat."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import IO, Any


class ListDocument:
    """A JSON object whose lists grow; the file appears when it is finished.

    Args:
        path: the file.
        lists: names of the lists, in the order in which they are written.
    """

    def __init__(self, path: Path, lists: tuple[str, ...]) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._spools: dict[str, IO[str]] = {
            name: self._spool(name).open("w+", encoding="utf-8") for name in lists
        }
        self._counts = dict.fromkeys(lists, 0)

    def append(self, name: str, entry: Any) -> None:
        """Add an entry to a list."""
        spool = self._spools[name]
        spool.write(",\n" if self._counts[name] else "\n")
        json.dump(entry, spool, separators=(",", ":"))
        self._counts[name] += 1

    def count(self, name: str) -> int:
        """Entries of a list so far."""
        return self._counts[name]

    def finish(self, **head: Any) -> None:
        """Write the file: the ``head``, then the lists."""
        with self._path.open("w", encoding="utf-8") as file:
            file.write("{")
            for name, value in head.items():
                file.write(f"{json.dumps(name)}: {json.dumps(value)},\n")
            for index, (name, spool) in enumerate(self._spools.items()):
                file.write(",\n" if index else "")
                file.write(f"{json.dumps(name)}: [")
                spool.seek(0)
                shutil.copyfileobj(spool, file)
                file.write("]")
            file.write("}\n")
        self.close()

    def close(self) -> None:
        """Let go of the spools; without `finish` there is no file."""
        for name, spool in self._spools.items():
            spool.close()
            self._spool(name).unlink(missing_ok=True)

    def _spool(self, name: str) -> Path:
        return self._path.with_name(f".{self._path.name}.{name}.part")

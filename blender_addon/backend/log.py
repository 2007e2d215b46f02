# SPDX-License-Identifier: GPL-3.0-or-later
"""The backend's output, kept in a file that cannot grow without end."""

from __future__ import annotations

import threading
from collections import deque
from pathlib import Path
from typing import BinaryIO

LIMIT_BYTES = 1024 * 1024
TAIL_LINES = 200


class RingLog:
    """Copies a stream to ``path``; a full file becomes ``path.1``. Remembers the last lines."""

    def __init__(self, path: Path, stream: BinaryIO) -> None:
        self.path = path
        self._stream = stream
        self._lines: deque[str] = deque(maxlen=TAIL_LINES)
        self._thread = threading.Thread(target=self._pump, name="blockout-log", daemon=True)
        self._thread.start()

    def tail(self, lines: int = TAIL_LINES) -> list[str]:
        """The last lines, oldest first."""
        return list(self._lines)[-lines:]

    def wait(self, seconds: float) -> None:
        """Wait until the stream has ended and everything is written."""
        self._thread.join(seconds)

    def _pump(self) -> None:
        file = self.path.open("ab")
        with self._stream:
            for line in self._stream:
                self._lines.append(line.decode("utf-8", "replace").rstrip())
                if file.tell() > LIMIT_BYTES:
                    file.close()
                    self.path.replace(self.path.with_name(self.path.name + ".1"))
                    file = self.path.open("ab")
                file.write(line)
                file.flush()
        file.close()

# SPDX-License-Identifier: Apache-2.0
"""The face of all formats."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from .classes import Categories
from .labels import FrameLabels


class LabelWriter(Protocol):
    """Writes one format into a folder, frame by frame. Made by ``Format(folder, categories)``."""

    def __init__(self, folder: Path, categories: Categories) -> None: ...

    def add(self, labels: FrameLabels) -> None:
        """Write a frame's labels. Raises ContractError for what the format cannot hold."""
        ...

    def finish(self) -> None:
        """Write what can only be written at the end."""
        ...

    def close(self) -> None:
        """Let go of open files, whether finished or not."""
        ...

# SPDX-License-Identifier: Apache-2.0
"""The pictures that labels speak of: ``images/NAME.png``, of shots that carry theirs."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from .classes import Categories
from .labels import FrameLabels


class PictureWriter:
    """Writes the pictures of shots as PNG."""

    def __init__(self, folder: Path, categories: Categories) -> None:
        self._folder = folder / "images"

    def add(self, labels: FrameLabels) -> None:
        """Write a shot's picture, if it carries one."""
        if labels.shot.picture is not None:
            self._folder.mkdir(parents=True, exist_ok=True)
            Image.fromarray(labels.shot.picture).save(self._folder / labels.shot.file_name)

    def finish(self) -> None:
        """Nothing is left to write."""

    def close(self) -> None:
        """Nothing is held open."""

# SPDX-License-Identifier: Apache-2.0
"""Reading pictures and label maps, and turning foreign label values into ids of a palette."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from neural_core.contract import ContractError

_T = TypeVar("_T")
_UNKNOWN = -1
_VALUES = 65536
_LABEL_MODES = ("1", "L", "P", "I", "I;16", "I;16B", "I;16L")


class LabelMap:
    """Label values of a format -> class ids of a palette.

    Args:
        ids: class id (0 = void) of each value that the format allows, values in 0..65535.
    """

    def __init__(self, ids: Mapping[int, int]) -> None:
        self._table = np.full(_VALUES, _UNKNOWN, np.int32)
        for value, class_id in ids.items():
            self._table[value] = class_id
        self._allowed = _ranges(ids)

    def __call__(self, values: NDArray, path: Path) -> NDArray[np.int32]:
        """Class ids (H, W) of the label values (H, W) read from ``path``.

        Raises:
            ContractError: a value that the format does not have.
        """
        ids = self._table.take(values, mode="clip")
        unknown = (ids == _UNKNOWN) | (values < 0) | (values >= _VALUES)
        if unknown.any():
            value = int(values[unknown][0])
            raise ContractError(
                str(path),
                f"label id {value} is unknown ({int((values == value).sum()):,} pixels)",
                f"Allowed are {self._allowed}",
            )
        return ids


def read_picture(path: Path) -> Image.Image:
    """A picture as 8-bit RGB. Raises ContractError: it cannot be read."""
    return _load(path).convert("RGB")


def read_mode(path: Path) -> str:
    """PIL's mode of a picture, from its header. Raises ContractError: it cannot be read."""
    return _open(path, lambda picture: picture.mode)


def read_labels(path: Path) -> NDArray[np.int32]:
    """A single-channel label map (H, W); an indexed PNG gives its indices.

    Raises:
        ContractError: it cannot be read, or has several channels.
    """
    picture = _load(path)
    if picture.mode not in _LABEL_MODES:
        raise ContractError(
            str(path),
            f"it has the channels {picture.mode}",
            "A label map has one channel, whose values are label ids",
        )
    return np.asarray(picture).astype(np.int32)


def read_channels(path: Path) -> NDArray[np.int32]:
    """An RGB label map (H, W, 3). Raises ContractError: unreadable, or not of three channels."""
    picture = _load(path)
    if picture.mode not in ("RGB", "RGBA"):
        raise ContractError(
            str(path),
            f"it has the channels {picture.mode}",
            "A label map of this format has red, green and blue",
        )
    return np.asarray(picture.convert("RGB")).astype(np.int32)


def _load(path: Path) -> Image.Image:
    def loaded(picture: Image.Image) -> Image.Image:
        picture.load()
        return picture

    return _open(path, loaded)


def _open(path: Path, read: Callable[[Image.Image], _T]) -> _T:
    try:
        with Image.open(path) as picture:
            return read(picture)
    except FileNotFoundError as error:
        raise ContractError(str(path), "the file is missing", "Restore it") from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, struct.error) as error:
        raise ContractError(
            str(path), f"it cannot be read as a picture ({error})", "Download or write it again"
        ) from error


def _ranges(values: Iterable[int]) -> str:
    """``0-3, 7, 255`` of numbers."""
    runs: list[list[int]] = []
    for value in sorted(values):
        if runs and value == runs[-1][1] + 1:
            runs[-1][1] = value
        else:
            runs.append([value, value])
    return ", ".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)

# SPDX-License-Identifier: Apache-2.0
"""Opening a foreign set by its folder alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from neural_core.contract import ContractError
from neural_core.data.store import MANIFEST

from .ade20k import Ade20kFull, Ade20kSceneParsing
from .base import ForeignDataset
from .cityscapes import Cityscapes
from .coco_stuff import CocoStuff
from .deepfashion import DeepFashion
from .plain_folder import PlainFolder

FORMATS: dict[str, type[ForeignDataset]] = {
    kind.FORMAT: kind
    for kind in (Cityscapes, Ade20kSceneParsing, Ade20kFull, CocoStuff, DeepFashion, PlainFolder)
}
"""The formats by name, in the order in which a folder is compared with them."""


def open_dataset(folder: str | Path, format: str = "auto", **options: Any) -> ForeignDataset:
    """The data set in a folder.

    Args:
        format: one of `FORMATS`; auto = the first whose layout the folder has.
        **options: of the format: split, size, fit, flip and its own.

    Raises:
        ContractError: the format is unknown or not recognised, or what the format itself raises.
    """
    path = Path(folder)
    if format == "auto":
        return _recognise(path)(path, **options)
    if format not in FORMATS:
        raise ContractError(
            "format", f"'{format}' is unknown", f"Use auto or one of {', '.join(FORMATS)}"
        )
    return FORMATS[format](path, **options)


def _recognise(folder: Path) -> type[ForeignDataset]:
    if not folder.is_dir():
        raise ContractError(str(folder), "there is no such folder", "Name the root of the set")
    if (folder / MANIFEST).is_file():
        raise ContractError(
            str(folder), "it holds frames rendered by Blockout", "Open it with FrameDataset"
        )
    for kind in FORMATS.values():
        if kind.recognises(folder):
            return kind
    looked = "; ".join(f"{name}: {kind.LAYOUT}" for name, kind in FORMATS.items())
    raise ContractError(
        str(folder), "its layout is of no known format", f"Looked for {looked}. Or name the format"
    )

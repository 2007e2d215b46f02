# SPDX-License-Identifier: Apache-2.0
"""Pictures on disk. Each carries its recipe, and appears whole or not at all."""

from __future__ import annotations

import errno
import io
import json
import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError
from PIL.PngImagePlugin import PngInfo

from .contract import (
    ContractError,
    Passes,
    Rendering,
    srgb_to_linear,
    write_atomically,
)

RECIPE_KEY = "blockout_recipe"
_SUFFIXES = (".png", ".exr")
# EXR channel suffixes of each pass, as compositors expect them.
_CHANNELS = {
    "semantic": "X", "instance": "X", "depth": "Z", "normal": "XYZ", "uv": "UV", "coverage": "X",
    "shading": "RGB",
}  # fmt: skip
_LAYER_NAMES = {"uv": "UV"}


def to_uint8(image: NDArray[np.float32]) -> NDArray[np.uint8]:
    """[0, 1] -> 0..255, rounded; any shape."""
    return np.rint(np.clip(image, 0.0, 1.0) * 255.0).astype(np.uint8)


def write_png(path: str | Path, rendering: Rendering) -> None:
    """The picture as 8-bit sRGB with straight alpha; the recipe is a text chunk.

    Raises:
        OSError: it cannot be written; nothing half is left.
    """
    info = PngInfo()
    info.add_itxt(RECIPE_KEY, json.dumps(rendering.recipe))
    buffer = io.BytesIO()
    Image.fromarray(to_uint8(rendering.image)).save(buffer, "PNG", pnginfo=info)
    _write(Path(path), buffer.getvalue())


def save_picture(path: str | Path, picture: Image.Image) -> None:
    """Any picture as PNG, without a recipe. Raises OSError: it cannot be written."""
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    _write(Path(path), buffer.getvalue())


def write_exr(path: str | Path, rendering: Rendering) -> None:
    """Multilayer OpenEXR of the picture and its passes.

    R, G, B, A are the picture, scene-linear with premultiplied alpha; so are the layers of single
    objects, OBJECT_ID.R/G/B/A, whose depth is OBJECT_ID.Z (metres). The passes are Semantic.X
    and Instance.X (uint), Depth.Z (metres), Normal.X/Y/Z (world), UV.U/V, Coverage.X and
    Shading.R/G/B; the recipe is the string attribute ``blockout_recipe``.

    Raises:
        OSError: it cannot be written; nothing half is left.
    """
    import OpenEXR

    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    channels = _picture_channels(rendering.image)
    if rendering.passes is not None:
        channels.update(_pass_channels(rendering.passes))
    for layer in rendering.layers:
        planes = {**_picture_channels(layer.rgba), "Z": np.ascontiguousarray(layer.depth)}
        name = f"{_plain(layer.name)}_{layer.instance_id}"
        channels.update({f"{name}.{channel}": plane for channel, plane in planes.items()})
    header = {
        "compression": OpenEXR.ZIP_COMPRESSION,
        "type": OpenEXR.scanlineimage,
        RECIPE_KEY: json.dumps(rendering.recipe),
    }
    size = sum(array.nbytes for array in channels.values())
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with OpenEXR.File(header, channels) as file:
            file.write(str(part))
        part.replace(path)
    except RuntimeError as error:
        raise _exr_error(path, size, error) from error
    finally:
        part.unlink(missing_ok=True)


def write_parts(folder: str | Path, rendering: Rendering) -> list[Path]:
    """Every object's layer and texture as PNGs, display-referred with straight alpha.

    Returns:
        the files: ``layer_OBJECT_ID.png`` and ``texture_OBJECT.png``.

    Raises:
        OSError: one cannot be written.
    """
    pictures = {
        f"layer_{_plain(layer.name)}_{layer.instance_id}": layer.rgba for layer in rendering.layers
    }
    pictures |= {f"texture_{_plain(name)}": value for name, value in rendering.textures.items()}
    paths = [Path(folder) / f"{name}.png" for name in pictures]
    for path, picture in zip(paths, pictures.values(), strict=True):
        save_picture(path, Image.fromarray(to_uint8(picture)))
    return paths


def _plain(name: str) -> str:
    """An object's name that may be part of a file's or a channel's: dots separate channels."""
    return re.sub(r"[^\w-]", "_", name)


def read_recipe(path: str | Path) -> dict[str, Any]:
    """The recipe of a picture that Blockout wrote.

    Raises:
        ContractError: it is no PNG or EXR, or carries no recipe. OSError: it cannot be read.
    """
    path = Path(path)
    readers: dict[str, Callable[[Path], str | None]] = {".png": _png_text, ".exr": _exr_text}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise ContractError(str(path), "it is neither PNG nor EXR", f"Use one of {_SUFFIXES}")
    text = reader(path)
    if text is None:
        raise ContractError(
            str(path), "it carries no recipe", "Use a picture as Blockout wrote it, not a copy"
        )
    try:
        recipe = json.loads(text)
    except ValueError as error:
        raise ContractError(str(path), "its recipe is damaged", "Use the original") from error
    if not isinstance(recipe, dict):
        raise ContractError(str(path), "its recipe is damaged", "Use the original")
    return recipe


def _png_text(path: Path) -> str | None:
    try:
        with Image.open(path) as picture:
            picture.load()
            return picture.info.get(RECIPE_KEY)
    except (UnidentifiedImageError, SyntaxError, ValueError) as error:
        raise ContractError(str(path), "it is no PNG", "Use a picture Blockout wrote") from error


def _exr_text(path: Path) -> str | None:
    import OpenEXR

    path.open("rb").close()  # a missing file is told by its own error
    try:
        with OpenEXR.File(str(path), header_only=True) as file:
            return file.header().get(RECIPE_KEY)
    except RuntimeError as error:
        raise ContractError(str(path), "it is no EXR", "Use a picture Blockout wrote") from error


def _picture_channels(image: NDArray[np.float32]) -> dict[str, NDArray[Any]]:
    alpha = image[..., 3]
    linear = srgb_to_linear(image[..., :3]) * alpha[..., None]
    planes = {name: linear[..., i] for i, name in enumerate("RGB")}
    return {name: np.ascontiguousarray(p, np.float32) for name, p in {**planes, "A": alpha}.items()}


def _pass_channels(passes: Passes) -> dict[str, NDArray[Any]]:
    channels = {}
    for name, suffixes in _CHANNELS.items():
        array = getattr(passes, name)
        array = array.astype(np.uint32) if array.dtype.kind == "u" else array
        planes = array[..., None] if array.ndim == 2 else array
        layer = _LAYER_NAMES.get(name, name.capitalize())
        for index, suffix in enumerate(suffixes):
            channels[f"{layer}.{suffix}"] = np.ascontiguousarray(planes[..., index])
    return channels


def _exr_error(path: Path, size: int, error: RuntimeError) -> OSError:
    """OpenEXR tells no error number: a disk with too little room is full."""
    code = errno.ENOSPC if shutil.disk_usage(path.parent).free < size else errno.EIO
    return OSError(code, os.strerror(code) if code == errno.ENOSPC else str(error), str(path))


def _write(path: Path, data: bytes) -> None:
    try:
        write_atomically(path, data)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error

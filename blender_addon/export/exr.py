# SPDX-License-Identifier: GPL-3.0-or-later
"""Read OpenEXR files that Blender wrote, with numpy alone.

Blender cannot give the pixels of a multilayer EXR to Python, and only newer versions bring
OpenImageIO along. Scanline files of one or many parts are read, uncompressed or with ZIP or ZIPS.
"""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

MAGIC = 20000630
TILED, DEEP, MULTIPART = 0x200, 0x800, 0x1000
LINES_PER_BLOCK = {0: 1, 2: 1, 3: 16}  # none, ZIPS, ZIP
PIXEL_TYPES = {0: np.dtype("<u4"), 1: np.dtype("<f2"), 2: np.dtype("<f4")}


class ExrError(ValueError):
    """The file is damaged, or of a kind that is not read here."""


@dataclass(frozen=True)
class _Part:
    name: str
    channels: tuple[tuple[str, np.dtype], ...]
    compression: int
    top: int
    width: int
    height: int

    @property
    def lines(self) -> int:
        return LINES_PER_BLOCK[self.compression]

    @property
    def blocks(self) -> int:
        return -(-self.height // self.lines)


def read_exr(path: str | Path) -> dict[str, NDArray]:
    """Channel's full name -> (H, W) array of the file's type, row 0 on top.

    Blender 5.0 on puts every pass into a part of its own; the names come out the same as from one
    part: ``ViewLayer.Normal.X``.

    Raises:
        ExrError: damaged, tiled, deep, or compressed otherwise. OSError: it cannot be read.
    """
    data = Path(path).read_bytes()
    try:
        return _read(data)
    except (struct.error, IndexError, KeyError, zlib.error, ValueError) as error:
        raise ExrError(f"{path}: {error}") from error


def _read(data: bytes) -> dict[str, NDArray]:
    magic, version = struct.unpack_from("<ii", data)
    if magic != MAGIC:
        raise ExrError("not an OpenEXR file")
    if version & (TILED | DEEP):
        raise ExrError("tiled and deep files are not supported")
    is_multipart = bool(version & MULTIPART)
    parts, position = _headers(data, is_multipart)
    chunks = sum(part.blocks for part in parts)
    offsets = struct.unpack_from(f"<{chunks}Q", data, position)
    channels: dict[str, NDArray] = {}
    planes = [_planes(part, channels) for part in parts]
    for offset in offsets:
        index = 0
        if is_multipart:
            (index,) = struct.unpack_from("<i", data, offset)
            offset += 4
        line, size = struct.unpack_from("<ii", data, offset)
        block = data[offset + 8 : offset + 8 + size]
        _fill(parts[index], planes[index], line - parts[index].top, block)
    return channels


def _headers(data: bytes, is_multipart: bool) -> tuple[list[_Part], int]:
    parts, position = [], 8
    while True:
        attributes, position = _attributes(data, position)
        if not attributes:
            return parts, position
        parts.append(_part(attributes))
        if not is_multipart:
            return parts, position


def _attributes(data: bytes, position: int) -> tuple[dict[str, bytes], int]:
    found: dict[str, bytes] = {}
    while data[position]:
        name, position = _text(data, position)
        _, position = _text(data, position)
        (size,) = struct.unpack_from("<i", data, position)
        found[name] = data[position + 4 : position + 4 + size]
        position += 4 + size
    return found, position + 1


def _text(data: bytes, position: int) -> tuple[str, int]:
    end = data.index(b"\0", position)
    return data[position:end].decode(), end + 1


def _part(attributes: dict[str, bytes]) -> _Part:
    left, top, right, bottom = struct.unpack("<4i", attributes["dataWindow"])
    compression = attributes["compression"][0]
    if compression not in LINES_PER_BLOCK:
        raise ExrError(f"compression {compression} is not supported")
    return _Part(
        name=attributes.get("name", b"").decode(),
        channels=_channels(attributes["channels"]),
        compression=compression,
        top=top,
        width=right - left + 1,
        height=bottom - top + 1,
    )


def _channels(data: bytes) -> tuple[tuple[str, np.dtype], ...]:
    found, position = [], 0
    while data[position]:
        name, position = _text(data, position)
        (kind,) = struct.unpack_from("<i", data, position)
        found.append((name, PIXEL_TYPES[kind]))
        position += 16  # type, linear flag, padding, two samplings
    return tuple(found)


def _planes(part: _Part, channels: dict[str, NDArray]) -> list[NDArray]:
    planes = []
    for name, dtype in part.channels:
        plane = np.zeros((part.height, part.width), dtype)
        # The name of a part repeats the layer and the pass, unless the channel spells them out.
        full = name if not part.name or "." in name else f"{part.name}.{name}"
        channels[full] = plane
        planes.append(plane)
    return planes


def _fill(part: _Part, planes: list[NDArray], first: int, block: bytes) -> None:
    lines = min(part.lines, part.height - first)
    row_bytes = sum(dtype.itemsize for _, dtype in part.channels) * part.width
    raw = _decompress(part.compression, block, lines * row_bytes)
    position = 0
    for line in range(first, first + lines):
        for plane in planes:
            plane[line] = np.frombuffer(raw, plane.dtype, part.width, position)
            position += plane.dtype.itemsize * part.width


def _decompress(compression: int, block: bytes, size: int) -> bytes:
    # A block that would grow is stored as it is.
    if compression == 0 or len(block) == size:
        return block
    coded = np.frombuffer(zlib.decompress(block), np.uint8)
    # Each byte is the difference to the one before, plus 128; even bytes first, then odd ones.
    steps = coded.copy()
    steps[1:] -= 128
    values = np.cumsum(steps, dtype=np.uint8)
    raw = np.empty_like(values)
    half = (len(values) + 1) // 2
    raw[0::2], raw[1::2] = values[:half], values[half:]
    return raw.tobytes()

# SPDX-License-Identifier: Apache-2.0
"""Compact forms of the passes in memory, eight or sixteen bits a value, and of pictures on disk.

Errors: normals 0.7 degrees, inverse depth 1/65535 of the nearest surface's, shading 0.4 % of its
range at the bottom and 0.03 at the top of [0, SHADING_MAX].
"""

from __future__ import annotations

import io
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, features

from neural_core.contract import ContractError

SHADING_MAX = 4.0
"""Linear radiance of white surfaces above this is clipped."""

PICTURE_QUALITY = 53
PICTURE_SPEED = 4
PICTURE_TUNING = {"tune": "psnr"}
"""libaom's own tuning, for the eye, costs a tenth more bytes at the same PSNR."""

AVIF_START = b"mdat"
"""Comes right before the picture's own data in an AVIF file."""


def encode_inverse_depth(depth: NDArray[np.float32]) -> tuple[NDArray[np.uint16], float]:
    """Planar depth (H, W) in metres, inf = empty -> codes (H, W) and metres^-1 per code.

    Linear in 1/depth: a plane has a constant second difference, which deflates to almost nothing.
    """
    inverse = np.zeros(depth.shape, np.float64)
    solid = np.isfinite(depth) & (depth > 0)
    inverse[solid] = 1.0 / depth[solid]
    step = float(inverse.max()) / 65535.0 if solid.any() else 1.0
    codes = np.rint(inverse / step)
    codes[solid] = np.maximum(codes[solid], 1)
    return codes.astype(np.uint16), step


def decode_inverse_depth(codes: NDArray[np.uint16], step: float) -> NDArray[np.float32]:
    """Inverse depth in 1/metres, 0 = empty; same shape as the codes."""
    return codes.astype(np.float32) * np.float32(step)


def encode_normal(normal: NDArray[Any]) -> NDArray[np.uint8]:
    """Unit normals (..., 3) -> octahedral codes (..., 2). Zero vectors have no code."""
    n = normal.astype(np.float32)
    n = n / np.maximum(np.abs(n).sum(-1, keepdims=True), 1e-9)
    folded = (1.0 - np.abs(n[..., 1::-1])) * np.where(n[..., :2] >= 0, 1.0, -1.0)
    flat = np.where(n[..., 2:] < 0, folded, n[..., :2])
    return np.rint((flat * 0.5 + 0.5) * 254.0).astype(np.uint8)


def decode_normal(codes: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Octahedral codes (..., 2) -> unit normals (..., 3)."""
    index = (codes[..., 0].astype(np.int32) << 8) | codes[..., 1]
    return _normal_table()[index]


@cache
def _normal_table() -> NDArray[np.float32]:
    u, v = np.meshgrid(np.arange(256), np.arange(256), indexing="ij")
    flat = np.stack([u, v], -1).reshape(-1, 2).astype(np.float32) / 127.0 - 1.0
    z = 1.0 - np.abs(flat).sum(-1, keepdims=True)
    folded = (1.0 - np.abs(flat[:, ::-1])) * np.where(flat >= 0, 1.0, -1.0)
    normal = np.concatenate([np.where(z < 0, folded, flat), z], -1)
    return (normal / np.linalg.norm(normal, axis=-1, keepdims=True)).astype(np.float32)


def encode_shading(shading: NDArray[Any]) -> NDArray[np.uint8]:
    """Linear radiance -> codes by square root over [0, SHADING_MAX]."""
    unit = np.clip(shading.astype(np.float32) / SHADING_MAX, 0.0, 1.0)
    return np.rint(np.sqrt(unit) * 255.0).astype(np.uint8)


def decode_shading(codes: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Codes -> linear radiance in [0, SHADING_MAX]."""
    return _shading_table()[codes]


@cache
def _shading_table() -> NDArray[np.float32]:
    return (SHADING_MAX * (np.arange(256, dtype=np.float32) / 255.0) ** 2).astype(np.float32)


def encode_picture(image: NDArray[np.uint8]) -> bytes:
    """(H, W, 3) uint8 -> AVIF of about 36 dB. Raises as `encode_avif`."""
    return encode_avif(image, PICTURE_QUALITY, PICTURE_SPEED, PICTURE_TUNING)


def encode_avif(
    image: NDArray[np.uint8], quality: int, speed: int, tuning: dict[str, str]
) -> bytes:
    """(H, W, 3) uint8 -> AVIF without chroma subsampling.

    Quality 0 to 100, speed 0 to 10; ``tuning`` are options of the encoder libaom.

    One thread, so that the same picture gives the same bytes on every machine.

    Raises:
        ContractError: Pillow was built without AVIF.
    """
    if not features.check("avif"):
        raise ContractError(
            "pillow", "it cannot write AVIF", "Install Pillow 11.3 or newer from PyPI"
        )
    buffer = io.BytesIO()
    Image.fromarray(image).save(
        buffer,
        "AVIF",
        quality=quality,
        subsampling="4:4:4",
        speed=speed,
        max_threads=1,
        autotiling=False,
        advanced=tuning,
    )
    return buffer.getvalue()


def encode_lossless(image: NDArray[np.uint8]) -> bytes:
    """(H, W, 3) uint8 -> lossless WebP."""
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "WEBP", lossless=True, quality=100, method=5, exact=True)
    return buffer.getvalue()


def decode_picture(data: bytes) -> NDArray[np.uint8]:
    """AVIF or WebP -> (H, W, 3) uint8. Raises OSError: damaged."""
    with Image.open(io.BytesIO(data), formats=["AVIF", "WEBP"]) as picture:
        try:
            return np.array(picture.convert("RGB"))
        except SyntaxError as error:  # Pillow's word for AVIF data that are cut short
            raise OSError(str(error)) from error

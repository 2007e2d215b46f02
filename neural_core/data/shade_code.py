# SPDX-License-Identifier: Apache-2.0
"""Shading of soft or many lights, which no formula tells: as a picture of the lowest sound quality.

AVIF whose root mean square error is at most FAINTEST decibels below the largest code (2.03 codes)
and which is nowhere wrong by more than WORST codes; lossless WebP where AVIF cannot do that. What
comes before the picture's own data is much the same in all AVIF files of one
encoder, 270 bytes: it is deflated with a typical one as the dictionary, to about 15.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from .codec import AVIF_START, decode_picture, encode_avif, encode_lossless

FAINTEST = 42.0
WORST = 32

_QUALITIES = range(40, 95, 3)
_SPEED = 6
_TUNING = {"tune": "psnr", "tune-content": "screen"}  # sharp edges, no grain: a third smaller
_LOSSLESS = b"RIFF"
_TYPICAL = base64.b85decode(
    "0000WW^{RQVRmU|00000VRmU|ZE0pPZE0a<O+hh10002%ZDn*}000000000XXk=`10000000000aA{+70000000000"
    "00000000004sdC7Z2$lO000310016oY;R)#0000)000310RR910RR926951P%K!iXC~0YKW&i*H00031000_kZf0cy"
    "000000RRADb}%tRZ)|UJ00000YH4tCZ~y=ROKEUpZvX%Q6lrsCWdHyG00000fB*mhfB*mh5O8UDX#fBK00RgJ2mk;8"
    "3}JRLLxCUw000006Ju{|a&BX6cmM$a4FCp!0000NX>e^}0000000001009I60)qqq00z@-WMOm"
)


def encode_shades(shading: NDArray[np.uint8]) -> bytes:
    """Shading codes (H, W, 3) as bytes, within the bounds above."""
    soft = _cheapest(shading, _QUALITIES)
    return encode_lossless(shading) if soft is None else soft


def decode_shades(data: bytes) -> NDArray[np.uint8]:
    """Inverse of `encode_shades`, (H, W, 3). Raises ValueError, OSError, zlib.error: damaged."""
    if data.startswith(_LOSSLESS):
        return decode_picture(data)
    start = zlib.decompressobj(-zlib.MAX_WBITS, zdict=_TYPICAL)
    head = start.decompress(data)
    return decode_picture(head + start.unused_data)


def _cheapest(shading: NDArray[np.uint8], qualities: Sequence[int]) -> bytes | None:
    """The lowest quality that is good enough, by halving; None if the highest is not."""
    low, high, found = 0, len(qualities), None
    while low < high:
        middle = (low + high) // 2
        picture = encode_avif(shading, qualities[middle], _SPEED, _TUNING)
        if _good_enough(decode_picture(picture), shading):
            high, found = middle, picture
        else:
            low = middle + 1
    return None if found is None else _short_start(found)


def _good_enough(back: NDArray[np.uint8], shading: NDArray[np.uint8]) -> bool:
    wrong = np.abs(back.astype(np.float64) - shading)
    return np.square(wrong).mean() <= 255**2 / 10 ** (FAINTEST / 10) and wrong.max() <= WORST


def _short_start(picture: bytes) -> bytes:
    own = picture.find(AVIF_START) + len(AVIF_START)
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS, zdict=_TYPICAL)
    return deflate.compress(picture[:own]) + deflate.flush() + picture[own:]

# SPDX-License-Identifier: Apache-2.0
"""One form's passes as a few kilobytes, given the camera and the table that are kept beside them.

Exact: instance, semantic, coverage, which pixels are empty, and normals of surfaces that lie on
their object's box (to a code). Within bounds: other normals (two codes more than `codec` loses, at
most 4 degrees), depth (0.8 %, see `depth_code`), shading (4 of 255 codes under one sun, see
`light_code`; 42 dB and nowhere more than 32 codes under other lights, see `shade_code`).

The bytes are sections, each with its length before it:

======== =====================================================================================
head     1/metres per code of inverse depth, step of the depth in thousandths (10 where missing)
classes  semantic value of empty pixels, then of each class in the table, ascending
covers   unexpected values of coverage, ascending
labels   lossless WebP: (marks, low byte of the instance, high byte)
semantic lossless WebP, only where a class does not tell it
cover    lossless WebP, only where there are too many values
normal   lossless WebP: code / NORMAL_STEP + 1, or 0 on the box
depth    LZMA: errors in steps, zigzag, 255 = see far
far      int32 errors
light    base and sun, half floats
patches  positions (uint32) and colours of pixels that the light does not explain
shading  bytes of `shade_code`, where no light explains enough
======== =====================================================================================
"""

from __future__ import annotations

import lzma
import struct
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neural_core.contract import Camera

from .box_hits import BoxHits, box_hits
from .codec import decode_normal, decode_picture, encode_lossless
from .depth_code import STEP, Surface, decode_depth, encode_depth
from .light_code import Light, explain, relight
from .sample import FormArrays, InstanceTable
from .shade_code import decode_shades, encode_shades

NORMAL_STEP = 5
MAX_PATCHED = 0.02
"""Share of pixels that a light may leave unexplained."""

_FIRST_STEP = 0.01  # of sets that were made before it was written down
_EMPTY_NORMAL = 127  # what `codec.encode_normal` makes of no normal
_FAR = 255
_SHADOW, _ODD, _COVER_SHIFT, _MOST_COVERS = 1, 2, 2, 62
_LZMA = [{"id": lzma.FILTER_LZMA2, "preset": 9, "lc": 0, "lp": 0, "pb": 0, "dict_size": 1 << 16}]
_SECTIONS = (
    "head", "classes", "covers", "labels", "semantic", "cover", "normal", "depth", "far", "light",
    "patches", "shading",
)  # fmt: skip

Bytes = NDArray[np.uint8]
Labels = NDArray[np.integer]


class _Cover(NamedTuple):
    values: Bytes
    marks: Bytes
    plane: bytes


def encode_form(form: FormArrays, camera: Camera) -> bytes:
    """A form as bytes; give `decode_form` the same camera and table."""
    table = form.table
    solid = form.inverse_depth > 0
    hits = box_hits(form.instance, camera, table.matrix_world, table.box)
    normal, normal_codes = _encode_normal(form.normal, hits, solid)
    seen = decode_normal(normal)
    explained = explain(form.shading, seen, solid)
    plain = explained.wrong.mean() > MAX_PATCHED
    cover = _encode_cover(form.coverage, solid)
    odd = solid != (form.instance > 0)
    marks = cover.marks << _COVER_SHIFT | odd * np.uint8(_ODD)
    marks |= (explained.shadow & (not plain)) * np.uint8(_SHADOW)
    labels = [marks, form.instance & 0xFF, form.instance >> 8]
    classes, semantic = _encode_semantic(form)
    surface = Surface(_owners(form.instance, solid), normal, hits.depth, camera)
    depth, far = _encode_steps(encode_depth(form.inverse_depth * form.depth_step, surface))
    sections = {
        "head": struct.pack("<dB", form.depth_step, round(STEP * 1000)),
        "classes": classes,
        "covers": cover.values.tobytes(),
        "labels": _planes(*labels),
        "semantic": semantic,
        "cover": cover.plane,
        "normal": normal_codes,
        "depth": depth,
        "far": far,
    }
    if plain:
        sections["shading"] = encode_shades(form.shading)
    else:
        light = explained.light
        sections["light"] = light.base.tobytes() + light.sun.tobytes()
        sections["patches"] = _encode_patches(form.shading, explained.wrong)
    return _join(sections)


def decode_form(data: bytes, camera: Camera, table: InstanceTable) -> FormArrays:
    """Inverse of `encode_form`. Raises ValueError, OSError, struct.error, LZMAError, zlib.error."""
    parts = _split(data)
    (step,) = struct.unpack_from("<d", parts["head"])
    fineness = parts["head"][8] / 1000 if len(parts["head"]) > 8 else _FIRST_STEP
    labels = decode_picture(parts["labels"])
    instance = (labels[..., 1] | labels[..., 2].astype(np.uint16) << 8).astype(np.uint16)
    if instance.max() >= len(table.class_id):
        raise ValueError("an instance is not in the table")
    marks = labels[..., 0]
    solid = (instance > 0) != ((marks & _ODD) > 0)
    hits = box_hits(instance, camera, table.matrix_world, table.box)
    normal = _decode_normal(parts["normal"], hits, solid)
    surface = Surface(_owners(instance, solid), normal, hits.depth, camera)
    inverse = decode_depth(_decode_steps(parts["depth"], parts["far"]), surface, fineness)
    codes = np.clip(np.rint(inverse / step), solid, 65535).astype(np.uint16)
    return FormArrays(
        semantic=_decode_semantic(parts, instance, table),
        instance=instance,
        inverse_depth=codes,
        depth_step=step,
        normal=normal,
        shading=_decode_shading(parts, normal, (marks & _SHADOW) > 0),
        coverage=_decode_cover(parts, marks >> _COVER_SHIFT, solid),
        table=table,
    )


def _owners(instance: Labels, solid: NDArray[np.bool_]) -> NDArray[np.int32]:
    return np.where(solid, instance.astype(np.int32) + 1, 0)


def _encode_normal(normal: Bytes, hits: BoxHits, solid: NDArray[np.bool_]) -> tuple[Bytes, bytes]:
    """The normals as they will come back, and their section."""
    coarse = np.rint(normal / np.float32(NORMAL_STEP)).astype(np.uint8)
    away = np.abs(normal.astype(np.int16) - hits.normal).max(-1) > 1
    codes = np.where((away & solid)[..., None], coarse + 1, 0).astype(np.uint8)
    return _normals(codes, hits, solid), _planes(codes[..., 0], codes[..., 1])


def _decode_normal(section: bytes, hits: BoxHits, solid: NDArray[np.bool_]) -> Bytes:
    return _normals(decode_picture(section)[..., :2], hits, solid)


def _normals(codes: Bytes, hits: BoxHits, solid: NDArray[np.bool_]) -> Bytes:
    own = np.minimum((codes.astype(np.int16) - 1) * NORMAL_STEP, 254)
    normal = np.where(codes > 0, own, hits.normal)
    return np.where(solid[..., None], normal, _EMPTY_NORMAL).astype(np.uint8)


def _encode_semantic(form: FormArrays) -> tuple[bytes, bytes]:
    """One value for empty pixels and one for each class; a picture too where that is not all."""
    kinds, first = np.unique(_class_places(form.instance, form.table), return_index=True)
    values = np.zeros(1 + len(np.unique(form.table.class_id[1:])), np.uint8)
    values[kinds] = form.semantic.ravel()[first]
    told = values[_class_places(form.instance, form.table)]
    exact = np.array_equal(told, form.semantic)
    return values.tobytes(), b"" if exact else _planes(form.semantic)


def _decode_semantic(parts: dict[str, bytes], instance: Labels, table: InstanceTable) -> Bytes:
    if parts["semantic"]:
        return decode_picture(parts["semantic"])[..., 1].copy()
    values = np.frombuffer(parts["classes"], np.uint8)
    return values[_class_places(instance, table)]


def _class_places(instance: Labels, table: InstanceTable) -> NDArray[np.intp]:
    """(H, W) place of each pixel's class among those of the table, from 1 on; 0 = no object."""
    classes = np.unique(table.class_id[1:])
    places = np.concatenate([[0], 1 + np.searchsorted(classes, table.class_id[1:])])
    return places.astype(np.intp)[instance]


def _encode_cover(coverage: Bytes, solid: NDArray[np.bool_]) -> _Cover:
    expected = np.where(solid, 255, 0)
    unexpected = coverage != expected
    values = np.unique(coverage[unexpected])
    if len(values) > _MOST_COVERS:
        return _Cover(values[:0], np.zeros(coverage.shape, np.uint8), _planes(coverage))
    marks = np.where(unexpected, 1 + np.searchsorted(values, coverage), 0).astype(np.uint8)
    return _Cover(values, marks, b"")


def _decode_cover(parts: dict[str, bytes], marks: Labels, solid: NDArray[np.bool_]) -> Bytes:
    if parts["cover"]:
        return decode_picture(parts["cover"])[..., 1].copy()
    values = np.concatenate([[0], np.frombuffer(parts["covers"], np.uint8)]).astype(np.uint8)
    return np.where(marks > 0, values[marks], np.where(solid, 255, 0)).astype(np.uint8)


def _encode_steps(steps: NDArray[np.int32]) -> tuple[bytes, bytes]:
    folded = np.where(steps >= 0, 2 * steps, -2 * steps - 1)
    near = np.minimum(folded, _FAR).astype(np.uint8)
    packed = lzma.compress(near.tobytes(), format=lzma.FORMAT_RAW, filters=_LZMA)
    return packed, steps[folded >= _FAR].astype("<i4").tobytes()


def _decode_steps(packed: bytes, far: bytes) -> NDArray[np.int32]:
    plain = lzma.decompress(packed, format=lzma.FORMAT_RAW, filters=_LZMA)
    near = np.frombuffer(plain, np.uint8).astype(np.int32)
    steps = np.where(near & 1, -(near >> 1) - 1, near >> 1)
    steps[near == _FAR] = np.frombuffer(far, "<i4")
    return steps


def _encode_patches(shading: Bytes, wrong: NDArray[np.bool_]) -> bytes:
    places = np.flatnonzero(wrong)
    return places.astype("<u4").tobytes() + shading.reshape(-1, 3)[places].tobytes()


def _decode_shading(parts: dict[str, bytes], normal: Bytes, shadow: NDArray[np.bool_]) -> Bytes:
    if parts["shading"]:
        return decode_shades(parts["shading"])
    numbers = np.frombuffer(parts["light"], "<f2").astype(np.float16)
    light = Light(numbers[:3], numbers[3:].reshape(3, 3))
    shading = relight(light, decode_normal(normal), shadow)
    count = len(parts["patches"]) // 7
    places = np.frombuffer(parts["patches"], "<u4", count)
    colors = np.frombuffer(parts["patches"], np.uint8, offset=4 * count).reshape(-1, 3)
    shading.reshape(-1, 3)[places] = colors
    return shading


def _planes(*planes: NDArray) -> bytes:
    """Up to three (H, W) planes of bytes as a lossless picture; a single one lies in green."""
    empty = np.zeros_like(planes[0])
    three = (empty, planes[0]) if len(planes) == 1 else planes
    three = (*three, empty)[:3]
    return encode_lossless(np.stack(three, -1).astype(np.uint8))


def _join(sections: dict[str, bytes]) -> bytes:
    found = (sections.get(name, b"") for name in _SECTIONS)
    return b"".join(_number(len(section)) + section for section in found)


def _split(data: bytes) -> dict[str, bytes]:
    parts: dict[str, bytes] = dict(zip(_SECTIONS, _sections(data), strict=False))
    if len(parts) != len(_SECTIONS):
        raise ValueError("a form is cut short")
    return parts


def _sections(data: bytes) -> Iterator[bytes]:
    place = 0
    while place < len(data):
        size = shift = 0
        while True:
            byte = data[place]
            place += 1
            size |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                break
        if place + size > len(data):
            return
        yield data[place : place + size]
        place += size


def _number(value: int) -> bytes:
    """A length in groups of seven bits, the lowest first."""
    groups = bytearray()
    while value >= 0x80:
        groups.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*groups, value])

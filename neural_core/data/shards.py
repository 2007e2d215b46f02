# SPDX-License-Identifier: Apache-2.0
"""Samples on disk: several frames in one ``.npz`` without pickles, each frame to be had alone.

A shard in memory is packed: it holds each frame's bytes, and unpacks what is asked for. Joining
shards moves bytes, so a frame is compressed once and for all. `Shard` is a whole one unpacked.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neural_core.contract import CAMERA_KINDS, Camera, ContractError, write_atomically

from .codec import AVIF_START, decode_picture, encode_picture
from .form_code import decode_form, encode_form
from .sample import FORMS, FormArrays, InstanceTable, Sample
from .squeeze import squeeze, unsqueeze
from .table_code import pack_tables, unpack_tables

SHARD_FORMAT = 2
"""1: passes as deflated arrays, pictures lossless."""

_PASSES = ("semantic", "instance", "inverse_depth", "normal", "shading", "coverage")
_LENS = ("fx", "fy", "cx", "cy", "near", "far")
_VIEW_SIZE = 16 + len(_LENS) + 1


@dataclass(frozen=True)
class PackedForm:
    """A form of one frame: bytes of `form_code`, and the table they refer to."""

    data: bytes
    table: InstanceTable


@dataclass(frozen=True)
class PackedShard:
    """N frames as bytes: scene seeds and camera numbers (N,), N views, pictures and both forms."""

    seeds: NDArray[np.int64]
    cameras: NDArray[np.int64]
    views: tuple[Camera, ...]
    pictures: tuple[bytes, ...]
    forms: dict[str, tuple[PackedForm, ...]]
    name: str = "the shard"

    def __len__(self) -> int:
        return len(self.seeds)

    def image(self, row: int) -> NDArray[np.uint8]:
        """Picture of a frame, (H, W, 3) sRGB. Raises ContractError: damaged."""
        try:
            return decode_picture(self.pictures[row])
        except Exception as error:
            raise damaged(self.name, error) from error

    def form(self, row: int, form: str) -> FormArrays:
        """Passes of a frame. Raises ContractError: damaged."""
        packed = self.forms[form][row]
        try:
            return decode_form(packed.data, self.views[row], packed.table)
        except Exception as error:
            raise damaged(self.name, error) from error


@dataclass(frozen=True)
class FormStack:
    """Passes of one form of N frames: (N, H, W, ...) arrays as in FormArrays, a table each."""

    arrays: dict[str, NDArray[Any]]
    depth_step: NDArray[np.float64]
    tables: tuple[InstanceTable, ...]


@dataclass(frozen=True)
class Shard:
    """N frames: pictures (N, H, W, 3) uint8, scene seeds and camera numbers (N,), both forms."""

    images: NDArray[np.uint8]
    seeds: NDArray[np.int64]
    cameras: NDArray[np.int64]
    views: tuple[Camera, ...]
    forms: dict[str, FormStack]

    def __len__(self) -> int:
        return len(self.seeds)


def damaged(name: str, error: BaseException) -> ContractError:
    """What is told of a shard that cannot be read."""
    return ContractError(name, f"the shard is damaged ({error})", "Delete it and build again")


def outdated(name: str, found: int) -> ContractError:
    """What is told of files of another format."""
    return ContractError(
        name,
        f"it is in format {found} of data sets, and this version of Blockout reads {SHARD_FORMAT}",
        "Build the data set again, in another folder",
    )


def pack_samples(samples: Sequence[Sample]) -> PackedShard:
    """Compress samples of one size."""
    views = tuple(_view(numbers) for numbers in _views_to_numbers([s.view for s in samples]))
    return PackedShard(
        np.array([s.seed for s in samples], np.int64),
        np.array([s.camera for s in samples], np.int64),
        views,
        tuple(encode_picture(s.image) for s in samples),
        {
            form: tuple(_packed(s.forms[form], v) for s, v in zip(samples, views, strict=True))
            for form in FORMS
        },
    )


def _packed(form: FormArrays, view: Camera) -> PackedForm:
    return PackedForm(encode_form(form, view), form.table)


def join_packed(shards: Sequence[PackedShard]) -> PackedShard:
    """One shard with the frames of all, as they are."""
    return PackedShard(
        np.concatenate([s.seeds for s in shards]),
        np.concatenate([s.cameras for s in shards]),
        tuple(view for s in shards for view in s.views),
        tuple(picture for s in shards for picture in s.pictures),
        {form: tuple(f for s in shards for f in s.forms[form]) for form in FORMS},
    )


def unpack_shard(packed: PackedShard) -> Shard:
    """All frames of a shard."""
    rows = range(len(packed))
    return Shard(
        np.stack([packed.image(row) for row in rows]),
        packed.seeds,
        packed.cameras,
        packed.views,
        {form: _stack([packed.form(row, form) for row in rows]) for form in FORMS},
    )


def save_packed(shard: PackedShard, path: Path) -> None:
    """Write a shard under a temporary name, then rename it. Raises OSError: disk full."""
    forms = [packed for form in FORMS for packed in shard.forms[form]]
    head = _common_head(shard.pictures)
    blobs = [*(picture[head:] for picture in shard.pictures), *(f.data for f in forms)]
    heads = np.frombuffer(b"".join(p[:head] for p in shard.pictures), np.uint8)
    arrays = {
        "format": np.array(SHARD_FORMAT),
        "frames": np.stack([shard.seeds, shard.cameras]).astype(np.int32),
        "views": squeeze(_views_to_numbers(shard.views)),
        "heads": squeeze(heads.reshape(len(shard), head)),
        "lengths": squeeze(np.array([len(blob) for blob in blobs], np.uint32)),
        "data": np.frombuffer(b"".join(blobs), np.uint8),
        "head": np.array(head),
    }
    tables = pack_tables([f.table for f in forms])
    arrays.update({f"table_{name}": array for name, array in tables.items()})
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    write_atomically(path, buffer.getvalue())


def load_packed(path: Path) -> PackedShard:
    """Read a shard without unpacking its frames.

    Raises:
        ContractError: it is damaged or of another format.
        OSError: it cannot be read.
    """
    return packed_from_bytes(path.read_bytes(), str(path))


def packed_from_bytes(data: bytes, name: str) -> PackedShard:
    """A shard from the bytes of its file, whose name errors tell. Raises as `load_packed`."""
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            found = int(file["format"]) if "format" in file else 1
            if found == SHARD_FORMAT:
                return _from_arrays({key: file[key] for key in file.files}, name)
    except Exception as error:
        raise damaged(name, error) from error
    raise outdated(name, found)


def load_shard(path: Path) -> Shard:
    """Read and unpack a shard. Raises as `load_packed`."""
    return unpack_shard(load_packed(path))


def _from_arrays(arrays: dict[str, NDArray], name: str) -> PackedShard:
    (seeds, cameras), head = arrays["frames"].astype(np.int64), int(arrays["head"])
    count = len(seeds)
    heads = unsqueeze(arrays["heads"], np.uint8, (count, head))
    lengths = unsqueeze(arrays["lengths"], np.uint32, ((1 + len(FORMS)) * count,)).astype(int)
    ends = np.cumsum(lengths)
    data = arrays["data"].tobytes()
    if len(data) != ends[-1]:
        raise ValueError("its parts do not fit its length")
    blobs = [data[end - length : end] for end, length in zip(ends, lengths, strict=True)]
    prefix = "table_"
    packed_tables = {k.removeprefix(prefix): v for k, v in arrays.items() if k.startswith(prefix)}
    forms = [PackedForm(*p) for p in zip(blobs[count:], unpack_tables(packed_tables), strict=True)]
    views = unsqueeze(arrays["views"], np.float32, (count, _VIEW_SIZE))
    return PackedShard(
        seeds,
        cameras,
        tuple(_view(numbers) for numbers in views),
        tuple(heads[row].tobytes() + blobs[row] for row in range(count)),
        {f: tuple(forms[n * count : (n + 1) * count]) for n, f in enumerate(FORMS)},
        name,
    )


def _common_head(pictures: Sequence[bytes]) -> int:
    """Where the pictures' own data begin: what comes before is nearly the same in all."""
    return min(max(picture.find(AVIF_START), 0) for picture in pictures)


def _views_to_numbers(views: Sequence[Camera]) -> NDArray[np.float32]:
    """(N, _VIEW_SIZE): pose, lens, kind. What is kept of a camera are single floats."""
    return np.array(
        [
            [
                *np.ravel(view.camera_to_world),
                *(getattr(view, name) for name in _LENS),
                CAMERA_KINDS.index(view.kind),
            ]
            for view in views
        ],
        np.float32,
    )


def _view(numbers: NDArray[np.float32]) -> Camera:
    lens = dict(zip(_LENS, numbers[16:-1].tolist(), strict=True))
    return Camera(
        numbers[:16].reshape(4, 4).astype(np.float64), **lens, kind=CAMERA_KINDS[int(numbers[-1])]
    )


def _stack(forms: Sequence[FormArrays]) -> FormStack:
    return FormStack(
        {name: np.stack([getattr(f, name) for f in forms]) for name in _PASSES},
        np.array([f.depth_step for f in forms], np.float64),
        tuple(f.table for f in forms),
    )

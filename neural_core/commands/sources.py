# SPDX-License-Identifier: Apache-2.0
"""Where frames come from: a Frame in a file, or a .blend that Blender exports."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

from neural_core.contract import ContractError, Frame

FrameRange = tuple[int | None, int | None]


def frame_range(text: str | None) -> FrameRange:
    """``"3-8"`` -> (3, 8), ``"5"`` -> (5, 5), None -> (None, None): the file's current frame.

    Raises:
        ContractError: it is neither.
    """
    if text is None:
        return None, None
    match = re.fullmatch(r"(-?\d+)(?:-(-?\d+))?", text.strip())
    if match is None:
        raise ContractError("frames", f"'{text}' is no range", "Write e.g. 5 or 1-24")
    first = int(match[1])
    last = first if match[2] is None else int(match[2])
    if last < first:
        raise ContractError("frames", f"'{text}' is empty", "Put the first frame first")
    return first, last


def check_source(source: Path, frames: FrameRange) -> None:
    """Raise ContractError for a file of another kind, a missing one, or a range of a .npz."""
    kind = source.suffix.lower()
    if kind not in (".npz", ".blend"):
        raise ContractError(
            str(source), "it is neither a .blend nor a .npz", "Give a scene, or an exported frame"
        )
    if not source.is_file():
        raise ContractError(str(source), "there is no such file", "Check the path")
    if kind == ".npz" and frames != (None, None):
        raise ContractError(
            "frames", "an exported frame is one frame", "Leave --frames out, or give a .blend"
        )


def read_frames(source: Path, frames: FrameRange) -> Iterator[tuple[str, Frame, int]]:
    """Name (without suffix), Frame and number of frames in all, for each frame of a source.

    Raises:
        ContractError: it cannot be used (`check_source`), is damaged, or cannot be exported.
    """
    from neural_core.contract import load_frame

    check_source(source, frames)
    if source.suffix.lower() == ".npz":
        yield source.stem, load_frame(source), 1
        return
    from neural_core.blender import export_blend

    with tempfile.TemporaryDirectory(prefix="blockout-frames-") as folder:
        for path, total in export_blend(source, Path(folder), *frames):
            frame = load_frame(path)
            path.unlink()
            yield f"{source.stem}_{frame.number:04d}", frame, total

# SPDX-License-Identifier: Apache-2.0
"""One table of measurements: for people, and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from neural_core.contract import write_atomically


@dataclass(frozen=True)
class Row:
    """What was measured of one subject; None: it has no such measure.

    Attributes:
        name: of the subject; images: pictures that went in.
        kid, kid_deviation, fid: on EfficientNet-Lite0, against the renders.
        lpips_like, ssim, psnr, flip: to the render of the same frame; psnr in dB.
        miou, accuracy: of the labels that a segmenter reads in the pictures.
        mcsd, mocd: class-specific and other-classes diversity; ``*_by_area`` over the region.
        kid_* and fid_*: after objects were moved, after they were turned, and of single objects.
        position_error: of moved objects, in % of the picture's width.
        rotation_error: of turned objects, in degrees; chance is near 90. axis_error: the same where
            front and back are one; chance is near 45. own_rotation_error: the rotation error by a
            reader of headings that was fitted to the subject's own pictures of other layouts.
        identity_auc: how surely two poses of one look are told from two looks; chance is 0.5.
        change_of_others: largest change in the layers of objects that stayed.
        change_outside: mean change of the picture outside of the moved object's layer, in %.
        images_per_s: one picture after the other; parameters: of the network.
    """

    name: str
    images: int
    kid: float | None = None
    kid_deviation: float | None = None
    fid: float | None = None
    lpips_like: float | None = None
    ssim: float | None = None
    psnr: float | None = None
    flip: float | None = None
    miou: float | None = None
    accuracy: float | None = None
    mcsd: float | None = None
    mocd: float | None = None
    mcsd_by_area: float | None = None
    mocd_by_area: float | None = None
    kid_moved: float | None = None
    fid_moved: float | None = None
    kid_turned: float | None = None
    fid_turned: float | None = None
    kid_single: float | None = None
    fid_single: float | None = None
    position_error: float | None = None
    rotation_error: float | None = None
    axis_error: float | None = None
    own_rotation_error: float | None = None
    identity_auc: float | None = None
    change_of_others: float | None = None
    change_outside: float | None = None
    images_per_s: float | None = None
    parameters: int | None = None


@dataclass
class Report:
    """Rows, what they were measured on, and what was left out with the reason."""

    title: str
    facts: dict[str, Any]
    rows: list[Row] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """JSON-serialisable form."""
        return asdict(self)

    def save(self, path: Path) -> None:
        """Write it as JSON."""
        write_atomically(path, (json.dumps(self.to_dict(), indent=1) + "\n").encode())


# Heading, what better is, and how a value is written.
_COLUMNS: dict[str, tuple[str, str, str]] = {
    "images": ("images", "", "{:d}"),
    "kid": ("KID-EffLite0", "v", "{:.4f}"),
    "fid": ("FID-EffLite0", "v", "{:.2f}"),
    "lpips_like": ("LPIPS-like", "v", "{:.3f}"),
    "ssim": ("SSIM", "^", "{:.3f}"),
    "psnr": ("PSNR", "^", "{:.2f}"),
    "flip": ("FLIP", "v", "{:.3f}"),
    "miou": ("mIoU", "^", "{:.3f}"),
    "accuracy": ("accuracy", "^", "{:.3f}"),
    "mcsd": ("mCSD", "^", "{:.4f}"),
    "mocd": ("mOCD", "v", "{:.4f}"),
    "kid_moved": ("KID moved", "v", "{:.4f}"),
    "fid_moved": ("FID moved", "v", "{:.2f}"),
    "kid_turned": ("KID turned", "v", "{:.4f}"),
    "fid_turned": ("FID turned", "v", "{:.2f}"),
    "kid_single": ("KID single", "v", "{:.4f}"),
    "fid_single": ("FID single", "v", "{:.2f}"),
    "position_error": ("position error %", "v", "{:.2f}"),
    "rotation_error": ("rotation error deg", "v", "{:.1f}"),
    "axis_error": ("axis error deg", "v", "{:.1f}"),
    "own_rotation_error": ("rotation error deg, own reader", "v", "{:.1f}"),
    "identity_auc": ("identity AUC", "^", "{:.3f}"),
    "change_of_others": ("others' layers", "v", "{:g}"),
    "change_outside": ("outside %", "v", "{:.4f}"),
    "images_per_s": ("images/s", "^", "{:.2f}"),
    "parameters": ("parameters", "", "{:,d}"),
}


def table(report: Report, *, markdown: bool = False) -> str:
    """The table as text in columns, or in Markdown; columns that nobody fills are left out."""
    columns = [
        name for name in _COLUMNS if any(getattr(row, name) is not None for row in report.rows)
    ]
    heads = ["", *(" ".join(_COLUMNS[name][:2]).strip() for name in columns)]
    cells = [heads, *([row.name, *(_cell(row, name) for name in columns)] for row in report.rows)]
    widths = [max(len(line[i]) for line in cells) for i in range(len(heads))]
    facts = "; ".join(f"{name} {value}" for name, value in report.facts.items())
    below = [f"Left out: {text}" for text in report.left_out]
    if markdown:
        lines = ["| " + " | ".join(line) + " |" for line in cells]
        lines.insert(1, "| --- |" + " ---: |" * len(columns))
        return "\n".join([*lines, "", *([f"{facts}."] if facts else []), *below])
    lines = [
        "  ".join(
            [
                line[0].ljust(widths[0]),
                *(c.rjust(w) for c, w in zip(line[1:], widths[1:], strict=True)),
            ]
        )
        for line in cells
    ]
    return "\n".join([report.title, facts, "", *lines, *(["", *below] if below else [])])


def _cell(row: Row, name: str) -> str:
    value = getattr(row, name)
    return "-" if value is None else _COLUMNS[name][2].format(value)

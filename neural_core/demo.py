# SPDX-License-Identifier: Apache-2.0
"""``make render``: the demo street through Blender, the extension's engine and the core.

    python -m neural_core.demo --out out

It leaves street.blend, street.png, street.exr (with passes) and contact_sheet.png.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .cli import guarded
from .contact_sheet import (
    Row,
    Tile,
    pass_tiles,
    read_exr_passes,
    read_picture,
    semantic_picture,
    write_sheet,
)
from .contract import STREET, validate_size
from .demo_street import DemoStreet, default_pipeline, open_street

LOOKS = (0, 7, 5)  # the first one in the colours that objects have in Blender
CAR_TURN, CAR_BY = 55.0, (0.9, 0.6)
CAMERA_TURN, CAMERA_RISE = 28.0, 1.2
STEPS = 4 + len(LOOKS)


@dataclass
class Report:
    """Tells what is done, and how long each stage took."""

    done: int = 0
    times: list[tuple[str, float]] = field(default_factory=list)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """One stage."""
        self.done += 1
        print(f"[{self.done}/{STEPS}] {name} ...", end=" ", flush=True)
        start = time.perf_counter()
        yield
        seconds = time.perf_counter() - start
        self.times.append((name, seconds))
        print(f"{seconds:.2f} s", flush=True)

    def render(self, name: str, picture: Callable[[], dict[str, Any]]) -> None:
        """One stage that renders; the engine's own stages are printed with it."""
        with self.step(name):
            stages = picture()["stages_ms"]
        print("      " + ", ".join(f"{k} {v:.0f} ms" for k, v in stages.items()), flush=True)

    def total(self) -> None:
        """The table at the end."""
        print(f"{'all':24} {sum(seconds for _, seconds in self.times):6.2f} s")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("out"), help="folder for the pictures")
    parser.add_argument("--size", type=int, default=256, help="width and height in pixels")
    parser.add_argument("--pipeline", help="default: smis, or shading while it has no model")
    options = parser.parse_args(arguments)
    return guarded(lambda: make(options.out, options.size, options.pipeline))


def make(out: Path, size: int = 256, pipeline: str | None = None) -> int:
    """Make everything; returns 0.

    Raises:
        ContractError, BlenderError, OSError: it cannot be made; the text says why.
    """
    validate_size(size, size)
    pipeline = pipeline or default_pipeline()
    out.mkdir(parents=True, exist_ok=True)
    report = Report()
    with tempfile.TemporaryDirectory(prefix="blockout-sheet-") as folder, open_street() as street:
        shots = Path(folder)
        with report.step("build the street"):
            street.open(size, pipeline, out / "street.blend")
        _take_shots(street, report, out, shots)
        with report.step("contact sheet"):
            _write_sheet(out, shots, f"pipeline {pipeline}, {size} x {size}")
    report.total()
    for name in ("street.png", "street.exr", "street.blend", "contact_sheet.png"):
        print(out / name)
    return 0


def _take_shots(street: DemoStreet, report: Report, out: Path, shots: Path) -> None:
    first, *others = LOOKS
    report.render(
        "picture, passes",
        lambda: street.render(out / "street.png", out / "street.exr", seed=first),
    )
    for look in others:
        report.render(
            f"picture, look {look}",
            lambda look=look: street.render_in_own_colours(shots / f"look_{look}.png", seed=look),
        )
    street.move(CAR_TURN, CAR_BY)
    report.render("car moved", lambda: _shot(street, shots, "car", first))
    street.back()
    street.orbit(CAMERA_TURN, CAMERA_RISE)
    report.render("camera moved", lambda: _shot(street, shots, "camera", first))


def _shot(street: DemoStreet, shots: Path, name: str, seed: int) -> dict[str, Any]:
    return street.render(shots / f"{name}.png", shots / f"{name}.exr", seed=seed)


def _write_sheet(out: Path, shots: Path, subtitle: str) -> None:
    tiles = pass_tiles(read_exr_passes(out / "street.exr"), STREET)
    looks = [out / "street.png", *(shots / f"look_{look}.png" for look in LOOKS[1:])]
    names = ("Semantic", "Instance", "Depth", "Normal")
    rows = [
        Row("From Blender: what is where", tuple(tiles[name] for name in names)),
        Row(
            "The light on it, and the picture in three looks",
            (
                tiles["Shading"],
                *(
                    Tile(label, read_picture(path))
                    for label, path in zip(_look_labels(), looks, strict=True)
                ),
            ),
        ),
        Row(
            "The scene decides: one car moved and turned; the camera moved",
            (*_pair(shots, "car", "Car moved"), *_pair(shots, "camera", "Camera moved")),
        ),
    ]
    write_sheet(out / "contact_sheet.png", "Blockout", f"The demo street, {subtitle}", rows)


def _look_labels() -> tuple[str, ...]:
    first, *others = LOOKS
    own = tuple(f"Look {look}, colours of its own" for look in others)
    return f"Look {first}, colours of the scene", *own


def _pair(shots: Path, name: str, label: str) -> tuple[Tile, Tile]:
    labels = semantic_picture(read_exr_passes(shots / f"{name}.exr"), STREET)
    return (
        Tile(f"{label}: blockout", labels),
        Tile(f"{label}: picture", read_picture(shots / f"{name}.png")),
    )


if __name__ == "__main__":
    sys.exit(main())

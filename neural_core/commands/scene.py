# SPDX-License-Identifier: Apache-2.0
"""``blockout scene``: a procedural scene as a .blend."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .output import JsonFlag, print_json


def scene(
    family: Annotated[
        str, typer.Argument(help="street, cars, cars_one, cars_empty, room or figure.")
    ],
    seed: Annotated[
        int | None, typer.Option(help="Which one. Default: the family's demo scene.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="The .blend to write. Default: FAMILY.blend.")
    ] = None,
    size: Annotated[int, typer.Option(help="Width and height of its pictures in pixels.")] = 256,
    pipeline: Annotated[
        str | None,
        typer.Option(help="Default: smis where a model knows its classes, else shading."),
    ] = None,
    as_json: JsonFlag = False,
) -> None:
    """Save a procedural scene as a .blend: open it in Blender with the extension, press F12.

    It has two view layers: Blockout (boxes, what the engine renders) and Detailed (for Cycles).

    Example: blockout scene room --seed 7 --out room.blend
    """
    from neural_core.demo_scene import save_scene

    target = out or Path(f"{family}.blend")
    found = save_scene(family, target, seed, size, pipeline)
    if as_json:
        print_json(found)
        return
    print(
        f"{target}: {family} {found['seed']}, {found['objects']} objects, "
        f"palette {found['palette']}, {found['bytes'] / 1e6:.2f} MB"
    )

# SPDX-License-Identifier: Apache-2.0
"""``blockout models grid``: one model under every control, as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .output import JsonFlag, print_json


def write_model_grid(
    name: Annotated[str, typer.Argument(help="A model of controllable3d, or its .safetensors.")],
    out: Annotated[Path, typer.Option(help="File of the picture, a .png.")] = Path("grid.png"),
    seed: Annotated[int, typer.Option(min=0, help="Of the picture and its objects.")] = 0,
    device: Annotated[str, typer.Option(help="cpu or cuda.")] = "cpu",
    as_json: JsonFlag = False,
) -> None:
    """Rows of pictures: an object translated, rotated, the camera orbiting, hidden, other seeds.

    Example: blockout models grid controllable3d-cars-64 --out docs/controllable3d_grid.png
    """
    from neural_core.evaluation.control_grid import write_control_grid
    from neural_core.methods.controllable3d.method import Controllable3dMethod
    from neural_core.weights import find_model, read_card

    path = Path(name)
    is_file = path.suffix in (".safetensors", ".json")
    card = read_card(path) if is_file else find_model("controllable3d", name)
    out.parent.mkdir(parents=True, exist_ok=True)
    write_control_grid(Controllable3dMethod(device=device, card=card), out, seed)
    if as_json:
        print_json({"png": str(out), "model": card.name, "sha256": card.sha256})
    else:
        print(out)

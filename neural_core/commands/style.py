# SPDX-License-Identifier: Apache-2.0
"""``blockout style``: styles taken from pictures, or kept from seeds, as small files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from neural_core.contract import ContractError, Frame, Reference, Style, style_from_plain

from .looks import ClassSeeds, Looks, SeedOption, Temperature
from .output import JsonFlag, print_json
from .render import DEFAULT_PIPELINE
from .sources import read_frames

style = typer.Typer(help="Styles for pictures and their classes.", no_args_is_help=True)
Out = Annotated[Path, typer.Option(help="The style, a .json.")]
PipelineName = Annotated[str, typer.Option(help="smis, or smis@MODEL.")]


@style.command("take")
def take(
    picture: Annotated[Path, typer.Argument(help="The picture: PNG or JPEG.")],
    labels: Annotated[
        Path,
        typer.Option(
            help="What it shows: a PNG whose grey values are class ids, or a .npz or .blend."
        ),
    ],
    out: Out,
    pipeline: PipelineName = DEFAULT_PIPELINE,
    as_json: JsonFlag = False,
) -> None:
    """Take the style of each class from a picture: with its own labels, or with those of a scene.

    Example: blockout style take sunset.png --labels sunset_ids.png --out sunset.json
    """
    from neural_core.pipeline import Pipeline

    image = _picture(picture)
    ready = Pipeline.create(pipeline)
    if labels.suffix.lower() in (".npz", ".blend"):
        frame = replace(_frame(labels), references={out.stem: Reference(image)})
        found = _from_recipe(ready.render(frame).recipe, out.stem)
    else:
        found = ready.take_style(image, _ids(labels, image.shape[:2]))
    _write(found, out, as_json)


@style.command("keep")
def keep(
    source: Annotated[Path, typer.Argument(help="SCENE.blend or FRAME.npz.")],
    out: Out,
    pipeline: PipelineName = DEFAULT_PIPELINE,
    seed: SeedOption = None,
    class_seed: ClassSeeds = None,
    temperature: Temperature = None,
    as_json: JsonFlag = False,
) -> None:
    """Keep the look that seeds give, so that it can be mixed with others and morphed.

    Example: blockout style keep street.blend --seed 7 --out seven.json
    """
    from neural_core.pipeline import Pipeline

    frame = _frame(source)
    looks = Looks(seed, class_seed or (), temperature=temperature)
    frame = replace(frame, controls=replace(looks.applied(frame), keep_as=out.stem))
    found = _from_recipe(Pipeline.create(pipeline).render(frame).recipe, out.stem)
    _write(found, out, as_json)


def _frame(source: Path) -> Frame:
    _, frame, _ = next(read_frames(source, (None, None)))
    return frame


def _from_recipe(recipe: dict, name: str) -> Style:
    return style_from_plain(recipe["controls"]["styles"][name])


def _write(found: Style, out: Path, as_json: bool) -> None:
    from neural_core.contract import save_style

    save_style(found, out)
    if as_json:
        print_json({"path": str(out), "model": found.model, "classes": list(found.codes)})
        return
    print(out)


def _picture(path: Path) -> NDArray[np.float32]:
    return np.asarray(_open(path).convert("RGB"), np.float32) / 255


def _ids(path: Path, size: tuple[int, ...]) -> NDArray[np.uint16]:
    ids = np.asarray(_open(path))
    if ids.ndim != 2 or ids.shape != size:
        raise ContractError(
            str(path),
            f"labels of {ids.shape} do not fit a picture of {size}",
            "Give one grey value per pixel of the picture",
        )
    return ids.astype(np.uint16)


def _open(path: Path) -> Image.Image:
    try:
        image = Image.open(path)
        image.load()
        return image
    except (UnidentifiedImageError, OSError) as error:
        raise ContractError(str(path), f"no picture ({error})", "Give a PNG or JPEG") from error

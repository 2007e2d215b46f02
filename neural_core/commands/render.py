# SPDX-License-Identifier: Apache-2.0
"""``blockout render``: a scene or an exported frame becomes a picture."""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import typer

from neural_core.contract import ContractError, Controls, Frame, Rendering

from .looks import (
    ClassSeeds,
    ClassStyles,
    Looks,
    Morph,
    ObjectSeeds,
    ObjectStyles,
    SeedOption,
    StyleFile,
    Temperature,
    VaryObjects,
)
from .output import JsonFlag, note, print_json
from .sources import FrameRange, check_source, frame_range, read_frames

DEFAULT_PIPELINE = "smis"


def render(
    source: Annotated[
        Path | None, typer.Argument(help="SCENE.blend or FRAME.npz; from the recipe if left out.")
    ] = None,
    pipeline: Annotated[
        str | None, typer.Option(help=f"e.g. smis, classes, shading. Default: {DEFAULT_PIPELINE}.")
    ] = None,
    out: Annotated[Path, typer.Option(help="Folder for the pictures.")] = Path("out"),
    frames: Annotated[
        str | None, typer.Option(help="Frames of a .blend: A-B or A. Default: its current frame.")
    ] = None,
    seed: SeedOption = None,
    class_seed: ClassSeeds = None,
    object_seed: ObjectSeeds = None,
    vary_objects: VaryObjects = False,
    temperature: Temperature = None,
    style: StyleFile = None,
    class_style: ClassStyles = None,
    object_style: ObjectStyles = None,
    morph: Morph = None,
    recipe: Annotated[
        Path | None, typer.Option(help="Make this picture (PNG or EXR by Blockout) again.")
    ] = None,
    exr: Annotated[bool, typer.Option("--exr", help="Also a multilayer EXR with passes.")] = False,
    layers: Annotated[
        bool, typer.Option("--layers", help="Also every object's layer and texture, as PNGs.")
    ] = False,
    device: Annotated[str | None, typer.Option(help="cpu or cuda; default: a GPU if any.")] = None,
    as_json: JsonFlag = False,
) -> None:
    """Render pictures. Each carries its recipe.

    Example: blockout render street.blend --frames 1-24 --seed 7 --out out

    Example: blockout render street.blend --class-style building=brick.json --object-seed Car=3

    Example: blockout render --recipe out/street_0001.png --out again
    """
    looks = Looks(
        seed,
        class_seed or (),
        object_seed or (),
        vary_objects,
        temperature,
        style,
        class_style or (),
        object_style or (),
        morph,
    )
    wanted = _Wish(source, pipeline, frame_range(frames), looks)
    if recipe is not None:
        wanted = _wish_of_recipe(recipe, wanted)
    if wanted.source is None:
        raise ContractError("source", "there is none", "Give a SCENE.blend, FRAME.npz or --recipe")
    check_source(wanted.source, wanted.frames)
    pictures = _render_all(wanted, out, _Extras(exr, layers), device)
    if as_json:
        print_json({"pictures": pictures})
        return
    for picture in pictures:
        print(picture["png"])


class _Extras(NamedTuple):
    """What is written beside the pictures."""

    exr: bool
    layers: bool


class _Wish:
    """What to render; ``recipe`` is what the pictures must fulfil, or None."""

    def __init__(
        self,
        source: Path | None,
        pipeline: str | None,
        frames: FrameRange,
        looks: Looks,
    ) -> None:
        self.source = source
        self.pipeline = pipeline or DEFAULT_PIPELINE
        self.chosen_pipeline = pipeline
        self.frames = frames
        self.looks = looks
        self.recipe: dict[str, Any] | None = None

    def controls(self, frame: Frame) -> Controls:
        """The controls for a frame."""
        from neural_core.recipe import controls_of

        if self.recipe is not None:
            return controls_of(self.recipe)
        return self.looks.applied(frame)


def _wish_of_recipe(path: Path, given: _Wish) -> _Wish:
    """The wish that makes a picture again; a source that is given replaces the recipe's."""
    from neural_core.images import read_recipe

    if given.chosen_pipeline or not given.looks.is_default() or given.frames != (None, None):
        raise ContractError(
            "recipe",
            "it already names pipeline, frame, seeds and styles",
            "Leave those options out",
        )
    recipe = read_recipe(path)
    source = given.source
    if source is None:
        if not recipe.get("source"):
            raise ContractError(
                str(path), "its recipe does not name a file", "Give the SCENE.blend beside --recipe"
            )
        source = Path(recipe["source"])
    number = recipe.get("frame")
    is_scene = source.suffix.lower() == ".blend"
    frames = (number, number) if is_scene else (None, None)
    wish = _Wish(source, recipe.get("pipeline"), frames, Looks())
    wish.recipe = recipe
    return wish


def _render_all(
    wish: _Wish, out: Path, extras: _Extras, device: str | None
) -> list[dict[str, Any]]:
    from tqdm import tqdm

    from neural_core.images import write_exr, write_parts, write_png
    from neural_core.pipeline import Pipeline

    assert wish.source is not None
    pipeline = Pipeline.create(wish.pipeline, device)
    pictures = []
    with tqdm(unit="frame", disable=not sys.stderr.isatty()) as bar:
        for name, frame, total in read_frames(wish.source, wish.frames):
            bar.total = total
            start = time.perf_counter()
            controls = replace(wish.controls(frame), textures=extras.layers)
            frame = replace(frame, controls=controls)
            if wish.recipe is not None:
                _require_same_scene(wish.recipe, frame)
            rendering = pipeline.render(frame)
            rendering.recipe["source"] = str(wish.source.resolve())
            if wish.recipe is not None:
                _require_same_models(wish.recipe, rendering)
            for warning in rendering.warnings:
                note(f"{name}: {warning}")
            paths = {"png": out / f"{name}.png"}
            write_png(paths["png"], rendering)
            if extras.exr:
                paths["exr"] = out / f"{name}.exr"
                write_exr(paths["exr"], rendering)
            parts = write_parts(out / f"{name}_layers", rendering) if extras.layers else []
            bar.update()
            pictures.append(
                {
                    **{kind: str(path) for kind, path in paths.items()},
                    "parts": [str(path) for path in parts],
                    "seconds": round(time.perf_counter() - start, 4),
                    "timings_ms": {k: round(v, 2) for k, v in rendering.timings.items()},
                    "recipe": rendering.recipe,
                    "warnings": list(rendering.warnings),
                }
            )
    return pictures


def _require_same_scene(recipe: dict[str, Any], frame: Frame) -> None:
    if recipe.get("scene_hash") != frame.scene_hash():
        raise ContractError(
            "scene",
            "it is not the one of the picture any more",
            "Restore the scene, or render it without --recipe",
        )


def _require_same_models(recipe: dict[str, Any], rendering: Rendering) -> None:
    from neural_core.recipe import different_models

    names = different_models(recipe, rendering.recipe)
    if names:
        raise ContractError(
            "model",
            f"the weights of {', '.join(names)} are not those of the picture",
            "Install that model's version, or render without --recipe",
        )

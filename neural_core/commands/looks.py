# SPDX-License-Identifier: Apache-2.0
"""Options of the command line that say how a picture shall look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import typer

from neural_core.contract import ContractError, Controls, Frame, Style, load_style

SeedOption = Annotated[int | None, typer.Option(help="The look; default: the scene's own.")]
ClassSeeds = Annotated[
    list[str] | None,
    typer.Option("--class-seed", help="CLASS=SEED: a class with a look of its own. Repeatable."),
]
ObjectSeeds = Annotated[
    list[str] | None,
    typer.Option("--object-seed", help="OBJECT=SEED: an object with one. Repeatable."),
]
VaryObjects = Annotated[
    bool, typer.Option("--vary-objects", help="Objects of the same class look different.")
]
Temperature = Annotated[
    float | None, typer.Option(help="Spread of the drawn looks; 0: the mean look.")
]
StyleFile = Annotated[Path | None, typer.Option(help="Style of the whole picture, a .json.")]
ClassStyles = Annotated[
    list[str] | None,
    typer.Option("--class-style", help="CLASS=STYLE.json: style of a class. Repeatable."),
]
ObjectStyles = Annotated[
    list[str] | None,
    typer.Option("--object-style", help="OBJECT=STYLE.json: style of an object. Repeatable."),
]
Morph = Annotated[
    str | None, typer.Option(help="STYLE.json=SHARE: move all of it towards that style, 0 to 1.")
]


@dataclass(frozen=True)
class Looks:
    """What was asked for; see the options."""

    seed: int | None = None
    class_seeds: Sequence[str] = ()
    object_seeds: Sequence[str] = ()
    vary_objects: bool = False
    temperature: float | None = None
    style: Path | None = None
    class_styles: Sequence[str] = ()
    object_styles: Sequence[str] = ()
    morph: str | None = None

    def is_default(self) -> bool:
        """Whether nothing was asked for."""
        return self == Looks()

    def applied(self, frame: Frame) -> Controls:
        """The frame's controls with these wishes.

        Raises:
            ContractError: no such class or object, or a style that cannot be read.
        """
        controls = frame.controls
        styles = dict(controls.styles)

        def named(path: str | Path) -> str:
            found, name = _style(Path(path)), Path(path).stem
            if styles.get(name, found) != found:
                name = str(path)  # two files of one name
            styles[name] = found
            return name

        own_styles = {
            _class(frame, k): named(v) for k, v in _pairs("class-style", self.class_styles)
        }
        of_objects = {
            _object(frame, k): named(v) for k, v in _pairs("object-style", self.object_styles)
        }
        class_seeds = {
            _class(frame, k): _seed("class-seed", v)
            for k, v in _pairs("class-seed", self.class_seeds)
        }
        object_seeds = {
            _object(frame, k): _seed("object-seed", v)
            for k, v in _pairs("object-seed", self.object_seeds)
        }
        changes: dict[str, object] = {}
        if self.seed is not None:
            changes["seed"] = self.seed
        if self.temperature is not None:
            changes["temperature"] = self.temperature
        if self.style is not None:
            changes["style"] = named(self.style)
        if self.morph is not None:
            ((path, share),) = _pairs("morph", [self.morph])
            changes.update(morph_to=named(path), morph=_share(share))
        return replace(
            controls,
            class_seeds={**controls.class_seeds, **class_seeds},
            object_seeds={**controls.object_seeds, **object_seeds},
            class_styles={**controls.class_styles, **own_styles},
            object_styles={**controls.object_styles, **of_objects},
            vary_objects=controls.vary_objects or self.vary_objects,
            styles=styles,
            **changes,  # type: ignore[arg-type]
        )


def _pairs(option: str, texts: Sequence[str]) -> list[tuple[str, str]]:
    pairs = []
    for text in texts:
        key, sign, value = text.rpartition("=")
        if not (key and sign and value):
            raise ContractError(f"--{option}", f"'{text}' has no two sides", "Write A=B")
        pairs.append((key, value))
    return pairs


def _class(frame: Frame, name: str) -> int:
    found = frame.palette.by_name(name)
    if found is None:
        names = ", ".join(entry.name for entry in frame.palette.classes)
        raise ContractError("class", f"'{name}' is none of the palette", f"Use one of: {names}")
    return found.id


def _object(frame: Frame, name: str) -> str:
    if all(item.name != name for item in frame.objects):
        names = ", ".join(sorted(item.name for item in frame.objects)[:12])
        raise ContractError("object", f"there is no '{name}'", f"The frame has: {names}")
    return name


def _seed(option: str, text: str) -> int:
    if not text.isdigit():
        raise ContractError(f"--{option}", f"'{text}' is no seed", "Use a whole number from 0 on")
    return int(text)


def _share(text: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise ContractError("--morph", f"'{text}' is no share", "Write STYLE.json=0.5") from error


def _style(path: Path) -> Style:
    try:
        return load_style(path)
    except OSError as error:
        raise ContractError(
            str(path), f"the style cannot be read ({error.strerror})", "Check the path"
        ) from error

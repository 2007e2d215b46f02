# SPDX-License-Identifier: Apache-2.0
"""What a user turns: seeds, styles, morphs; and their JSON form."""

from __future__ import annotations

import base64
import math
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import ContractError

MAX_STYLES = 256
_MAX_CODE = 65536


@dataclass(frozen=True, eq=False)
class Style:
    """A look that was taken from a picture, or kept from seeds.

    Attributes:
        model: SHA-256 of the model that understands it.
        codes: name of a class of that model -> float32 code of any shape the model wants.
    """

    model: str
    codes: dict[str, NDArray[np.float32]]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Style) and style_to_plain(self) == style_to_plain(other)


@dataclass(frozen=True)
class Reference:
    """A picture to take a style from.

    Attributes:
        image: (H, W, 3) float32, display-referred sRGB in [0, 1].
        semantic: (H, W) uint16 class ids of the frame's palette, or None: those of the frame.
    """

    image: NDArray[np.float32]
    semantic: NDArray[np.uint16] | None = None


@dataclass(frozen=True)
class Controls:
    """What a user turns.

    Each class's look comes from the first of these that says something: ``class_styles``,
    ``class_seeds``, ``style``, ``seed``. An object's look of its own comes from
    ``object_styles``, ``object_seeds``, or with ``vary_objects`` its appearance seed.

    Attributes:
        seed: the look of the whole picture.
        class_seeds: class id -> seed, for classes that keep a look of their own.
        use_tint: whether the tint of objects asks for the colour of the thing.
        temperature: spread of the drawn looks; 0 gives the mean look.
        object_seeds: name of an object -> seed, for objects that keep a look of their own.
        vary_objects: whether objects of a class that shows several draw a look of their own each.
        style: name of the style of the whole picture, or "".
        class_styles: class id -> name of a style.
        object_styles: name of an object -> name of a style.
        morph_to: name of the style that the picture's look moves towards, or "".
        morph: how far, 0 to 1.
        styles: name -> style; those named above are among them, or among the frame's references.
        keep_as: name under which this look is put among the styles of the picture's recipe, or "".
        textures: whether the objects' textures are wanted too. The picture is the same without,
            and sooner there.
    """

    seed: int = 0
    class_seeds: dict[int, int] = field(default_factory=dict)
    use_tint: bool = True
    temperature: float = 1.0
    object_seeds: dict[str, int] = field(default_factory=dict)
    vary_objects: bool = False
    style: str = ""
    class_styles: dict[int, str] = field(default_factory=dict)
    object_styles: dict[str, str] = field(default_factory=dict)
    morph_to: str = ""
    morph: float = 0.0
    styles: dict[str, Style] = field(default_factory=dict)
    keep_as: str = ""
    textures: bool = False

    def named_styles(self) -> dict[str, str]:
        """Field -> name, for every style that is asked for."""
        wanted = {"style": self.style, "morph_to": self.morph_to}
        wanted.update({f"class_styles[{k}]": v for k, v in self.class_styles.items()})
        wanted.update({f"object_styles[{k}]": v for k, v in self.object_styles.items()})
        return {place: name for place, name in wanted.items() if name}


def controls_to_plain(controls: Controls) -> dict[str, Any]:
    """JSON-serialisable form."""
    plain = {entry.name: getattr(controls, entry.name) for entry in fields(controls)}
    for name in ("class_seeds", "class_styles"):
        plain[name] = {str(key): value for key, value in plain[name].items()}
    plain["styles"] = {name: style_to_plain(style) for name, style in controls.styles.items()}
    return plain


def controls_from_plain(data: dict[str, Any]) -> Controls:
    """The inverse of `controls_to_plain`; what is missing has its default.

    Raises:
        ContractError: a style is damaged. KeyError, TypeError, ValueError, AttributeError: a field
            is of the wrong kind.
    """
    values = dict(data)
    for name in ("class_seeds", "object_seeds", "class_styles", "object_styles"):
        key_of = int if name.startswith("class") else str
        value_of = int if name.endswith("seeds") else str
        table = values.get(name, {})
        values[name] = {key_of(key): value_of(value) for key, value in table.items()}
    for name, kind in (("seed", int), ("temperature", float), ("morph", float),
                       ("style", str), ("morph_to", str), ("keep_as", str),
                       ("textures", bool)):  # fmt: skip
        if name in values:
            values[name] = kind(values[name])
    styles = values.get("styles", {}).items()
    values["styles"] = {str(name): style_from_plain(style) for name, style in styles}
    return Controls(**values)


def validate_controls(controls: Controls, known: set[str]) -> None:
    """Raise ContractError for a value out of range or a style that is none of ``known``."""
    if not math.isfinite(controls.temperature) or controls.temperature < 0:
        raise ContractError(
            "controls.temperature", f"{controls.temperature}", "Use a number from 0 on"
        )
    if not 0 <= controls.morph <= 1:
        raise ContractError(
            "controls.morph", f"{controls.morph} is out of range", "Use a number from 0 to 1"
        )
    if len(controls.styles) > MAX_STYLES:
        raise ContractError(
            "controls.styles", f"{len(controls.styles)} are too many", f"Use at most {MAX_STYLES}"
        )
    for place, name in controls.named_styles().items():
        if name not in known:
            names = ", ".join(sorted(known)) or "none"
            raise ContractError(
                f"controls.{place}", f"there is no style '{name}'", f"Use one of: {names}"
            )


def style_to_plain(style: Style) -> dict[str, Any]:
    """JSON-serialisable form; codes are base64 of little-endian float32."""
    codes = {}
    for name, code in style.codes.items():
        data = np.ascontiguousarray(code, "<f4")
        codes[name] = {
            "shape": list(data.shape),
            "data": base64.b64encode(data.tobytes()).decode("ascii"),
        }
    return {"model": style.model, "codes": codes}


def style_from_plain(data: Any) -> Style:
    """The inverse of `style_to_plain`.

    Raises:
        ContractError: it is damaged.
    """
    try:
        codes = {}
        for name, entry in data["codes"].items():
            shape = tuple(int(length) for length in entry["shape"])
            if not 0 < math.prod(shape) <= _MAX_CODE:
                raise ValueError(f"a code of shape {shape}")
            raw = base64.b64decode(entry["data"], validate=True)
            code = np.frombuffer(raw, "<f4").reshape(shape).astype(np.float32)
            if not np.isfinite(code).all():
                raise ValueError("a code with NaN or infinity")
            codes[str(name)] = code
        return Style(str(data["model"]), codes)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ContractError(
            "style", f"it cannot be read ({error})", "Take the style from the picture again"
        ) from error

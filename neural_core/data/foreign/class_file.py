# SPDX-License-Identifier: Apache-2.0
"""Classes of a set of one's own: classes.json or classes.txt."""

from __future__ import annotations

import colorsys
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neural_core.contract import PALETTES, ContractError, Palette, SemanticClass, color_from_hex

_FORMS = (
    'Write {"1": "road", ...}, or [{"id": 1, "name": "road", "color": "#804080", "value": 0}, ...] '
    "(color and value may be left out), or in a .txt one class a line: 1 #804080 road"
)


@dataclass(frozen=True)
class ClassList:
    """A palette, and how its classes are written in label maps.

    Attributes:
        values: label value -> class id.
        colors: RGB code of 24 bits -> class id; empty unless every class was given a colour of its
            own.
    """

    palette: Palette
    values: dict[int, int]
    colors: dict[int, int]


def find_classes(folder: Path, classes: Palette | str | Path | None) -> ClassList:
    """The classes as a palette, by the name of one that ships, from a file, or from the folder.

    Raises:
        ContractError: there is no such palette or file, or the file is wrong.
    """
    if isinstance(classes, Palette):
        return _of_palette(classes)
    if isinstance(classes, str) and classes in PALETTES:
        return _of_palette(PALETTES[classes])
    if classes is not None:
        return read_classes(Path(classes))
    for name in ("classes.json", "classes.txt"):
        if (folder / name).is_file():
            return read_classes(folder / name)
    raise ContractError(
        str(folder),
        "there is neither a classes.json nor a classes.txt",
        f"{_FORMS}. Or name a palette: {', '.join(PALETTES)}",
    )


def read_classes(path: Path) -> ClassList:
    """Classes of a JSON or text file. Raises ContractError: it is missing or wrong."""
    try:
        text = path.read_text(encoding="utf-8")
        entries = _from_json(text) if path.suffix.lower() == ".json" else _from_lines(text)
        listed = [_class(entry) for entry in entries]
    except FileNotFoundError as error:
        raise ContractError(
            str(path), "the file is missing", f"Palettes that ship: {', '.join(PALETTES)}"
        ) from error
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise ContractError(str(path), f"it lists no classes ({error!r})", _FORMS) from error
    palette = Palette(path.parent.name or "folder", tuple(entry for entry, _, _ in listed))
    palette.validate()
    values = {value: entry.id for entry, value, _ in listed}
    if len(values) < len(listed) or not listed:
        raise ContractError(str(path), "two classes share a value, or there is none", _FORMS)
    colors = _color_codes(palette) if all(given for _, _, given in listed) else {}
    return ClassList(palette, values, colors)


def _of_palette(palette: Palette) -> ClassList:
    values = {entry.id: entry.id for entry in palette.classes}
    return ClassList(palette, values, _color_codes(palette))


def _from_json(text: str) -> list[dict[str, Any]]:
    data = json.loads(text)
    if isinstance(data, dict) and "classes" in data:
        data = data["classes"]
    if isinstance(data, dict):
        return [{"id": int(key), "name": str(name)} for key, name in data.items()]
    return list(data)


def _from_lines(text: str) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = []
    for line in text.splitlines():
        words = line.split(None, 1)
        if not words or line.lstrip().startswith("#"):
            continue
        rest = words[1].strip()
        color, _, name = rest.partition(" ") if rest.startswith("#") else ("", "", rest)
        entry: dict[str, Any] = {"id": int(words[0]), "name": name.strip()}
        entries.append({**entry, "color": color} if color else entry)
    return entries


def _class(entry: dict[str, Any]) -> tuple[SemanticClass, int, bool]:
    """A class, its label value, and whether its colour was given."""
    class_id, name, color = int(entry["id"]), str(entry["name"]), entry.get("color")
    if not name:
        raise ValueError(f"class {class_id} has no name")
    if color is None:
        shown = colorsys.hsv_to_rgb(class_id * 0.61803 % 1.0, 0.7, 0.9)
    elif isinstance(color, str):
        shown = color_from_hex(color.lstrip("#"))
    else:
        red, green, blue = (int(channel) / 255.0 for channel in color)
        shown = (red, green, blue)
    if not all(0.0 <= channel <= 1.0 for channel in shown):
        raise ValueError(f"the colour of class {class_id} lies outside 0..255")
    value = int(entry.get("value", class_id))
    return SemanticClass(class_id, name, shown), value, color is not None


def _color_codes(palette: Palette) -> dict[int, int]:
    """RGB code of each class; none at all when two classes share a colour."""
    codes = {}
    for entry in palette.classes:
        red, green, blue = (round(channel * 255) for channel in entry.color)
        codes[red << 16 | green << 8 | blue] = entry.id
    return codes if len(codes) == len(palette.classes) else {}

# SPDX-License-Identifier: Apache-2.0
"""Classes: their ids, names and display colours."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .errors import ContractError

VOID = 0
MAX_CLASS_ID = 65535


@dataclass(frozen=True)
class SemanticClass:
    """One class. ``color`` is display sRGB, each channel in [0, 1]."""

    id: int
    name: str
    color: tuple[float, float, float]
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True)
class Palette:
    """An ordered set of classes; ``background_id`` is the class of pixels without geometry."""

    name: str
    classes: tuple[SemanticClass, ...]
    background_id: int = VOID

    def validate(self) -> None:
        """Raise ContractError when ids or names repeat or lie outside 1..65535."""
        ids = [c.id for c in self.classes]
        names = [c.name.lower() for c in self.classes]
        for index, entry in enumerate(self.classes):
            if not 1 <= entry.id <= MAX_CLASS_ID:
                raise ContractError(
                    f"palette.classes[{index}].id",
                    f"{entry.id} is outside 1..{MAX_CLASS_ID}",
                    "Choose an id from 1 on; 0 means void",
                )
            if ids.count(entry.id) > 1 or names.count(entry.name.lower()) > 1:
                raise ContractError(
                    f"palette.classes[{index}]",
                    f"class {entry.id} '{entry.name}' appears twice",
                    "Give every class its own id and name",
                )
        if self.background_id != VOID and self.background_id not in ids:
            raise ContractError(
                "palette.background_id",
                f"{self.background_id} is not a class of the palette",
                "Use 0 or the id of a class",
            )

    def by_id(self, class_id: int) -> SemanticClass | None:
        """The class with this id, or None."""
        return next((c for c in self.classes if c.id == class_id), None)

    def by_name(self, name: str) -> SemanticClass | None:
        """The class with this name (case, ``_`` and Blender's ``.001`` do not matter), or None."""
        wanted = normalise_name(name)
        return next((c for c in self.classes if normalise_name(c.name) == wanted), None)

    def guess(self, name: str) -> SemanticClass | None:
        """The class whose name or keyword is the longest word of an object's name, or None."""
        words = f" {normalise_name(name)} "
        best: tuple[int, SemanticClass] | None = None
        for entry in self.classes:
            for keyword in (entry.name, *entry.keywords):
                key = normalise_name(keyword)
                if f" {key} " in words and (best is None or len(key) > best[0]):
                    best = (len(key), entry)
        return best[1] if best else None


def palette_from_table(name: str, table: str, background_id: int = VOID) -> Palette:
    """A palette from text: a class a line, its id, colour RRGGBB, name, keywords after a colon."""
    classes = []
    for line in table.strip().splitlines():
        head, _, keywords = line.partition(":")
        class_id, color, class_name = head.split(None, 2)
        words = tuple(word.strip() for word in keywords.split(",") if word.strip())
        classes.append(
            SemanticClass(int(class_id), class_name.strip(), color_from_hex(color), words)
        )
    return Palette(name, tuple(classes), background_id)


def color_from_hex(code: str) -> tuple[float, float, float]:
    """``RRGGBB`` -> display sRGB in [0, 1]. Raises ValueError: it is no such code."""
    if len(code) != 6:
        raise ValueError(f"'{code}' is not RRGGBB")
    red, green, blue = (int(code[i : i + 2], 16) / 255.0 for i in (0, 2, 4))
    return red, green, blue


def normalise_name(name: str) -> str:
    """Lower-case words of a name: ``Parked_Car.002`` -> ``parked car``; camel case is split."""
    name = re.sub(r"\.\d{3,}$", "", name)
    name = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name)
    return " ".join(re.findall(r"[a-z]+", name.lower()))

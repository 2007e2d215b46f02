# SPDX-License-Identifier: Apache-2.0
"""The procedural scene families of ``scenes/``: whose classes they have, how often each is seen."""

from __future__ import annotations

from dataclasses import dataclass

from neural_core.blender import scenes_folder
from neural_core.contract import PALETTES, ContractError, Palette


@dataclass(frozen=True)
class Family:
    """A module of ``scenes``.

    Attributes:
        palette: name of the palette its classes come from.
        views: frames of one scene, unless told otherwise: scenes that take long to build are
            looked at more often. A figure's scene is a person; every view is another pose.
    """

    palette: str
    views: int = 4


FAMILIES: dict[str, Family] = {
    "street": Family("street"),
    "cars": Family("street"),
    "cars_one": Family("street"),
    "cars_empty": Family("street"),
    "room": Family("room"),
    "figure": Family("figure", views=8),
}
"""Families by the name of their module."""


def installed_families() -> list[str]:
    """Families whose module is there, in the order of FAMILIES."""
    folder = scenes_folder()
    return [name for name in FAMILIES if (folder / f"{name}.py").is_file()]


def family_of(name: str) -> Family:
    """The family of this name.

    Raises:
        ContractError: there is no such family.
    """
    known = installed_families()
    if name not in known:
        raise ContractError("scene", f"'{name}' is unknown", f"Use one of {', '.join(known)}")
    return FAMILIES[name]


def palette_of(family: str) -> Palette:
    """The palette of a family. Raises ContractError: there is no such family."""
    return PALETTES[family_of(family).palette]

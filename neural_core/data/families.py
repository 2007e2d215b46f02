# SPDX-License-Identifier: Apache-2.0
"""The procedural scene families of ``scenes/`` and the palettes their classes come from."""

from __future__ import annotations

from neural_core.blender import scenes_folder
from neural_core.contract import PALETTES, ContractError, Palette

FAMILIES: dict[str, str] = {
    "street": "street",
    "cars": "street",
    "cars_empty": "street",
    "room": "room",
    "figure": "figure",
}
"""Module in ``scenes`` -> name of its palette."""


def installed_families() -> list[str]:
    """Families whose module is there, in the order of FAMILIES."""
    folder = scenes_folder()
    return [name for name in FAMILIES if (folder / f"{name}.py").is_file()]


def palette_of(family: str) -> Palette:
    """The palette of a family.

    Raises:
        ContractError: there is no such family.
    """
    known = installed_families()
    if family not in known:
        raise ContractError("scene", f"'{family}' is unknown", f"Use one of {', '.join(known)}")
    return PALETTES[FAMILIES[family]]

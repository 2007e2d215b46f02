# SPDX-License-Identifier: GPL-3.0-or-later
"""Which class a thing has: own setting > collection > material > guess from the name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import bpy

from ..contract import VOID, Palette, SemanticClass, normalise_name
from ..properties import VOID_NAME


@lru_cache(maxsize=8)
def _guesses_of(palette: Palette) -> dict[str, SemanticClass | None]:
    """What names were found to mean in this palette, kept from frame to frame: guessing is slow."""
    return {}


@dataclass(frozen=True)
class Found:
    """A class and where it came from: object | collection | material | name."""

    class_id: int
    source: str


class ClassRule:
    """The rule for one scene and palette. Build one per export: it remembers the collections."""

    def __init__(self, scene: bpy.types.Scene, palette: Palette) -> None:
        self._palette = palette
        self._guesses = _guesses_of(palette)
        self._parents: dict[int, list[bpy.types.Collection]] = {}
        self._homes: dict[int, list[bpy.types.Collection]] = {}
        self._collection_class: dict[int, int | None] = {}
        self._material_class: dict[int, int | None] = {}
        self._home_class: dict[tuple[int, ...], int | None] = {}
        root = scene.original.collection
        self._in_scene = {c.as_pointer() for c in (root, *root.children_recursive)}
        for collection in (root, *bpy.data.collections):
            for child in collection.children:
                self._parents.setdefault(child.as_pointer(), []).append(collection)
            for item in collection.objects:
                self._homes.setdefault(item.as_pointer(), []).append(collection)

    def set_on(self, owners: Iterable[bpy.types.Object]) -> Found | None:
        """The class from own settings, then from collections; the first owner goes first.

        Args:
            owners: original objects, the thing itself first, then what instances it.
        """
        owners = tuple(owners)
        for owner in owners:
            class_id = self.named(owner.blockout.class_name)
            if class_id is not None:
                return Found(class_id, "object")
        for owner in owners:
            class_id = self._from_collections(owner)
            if class_id is not None:
                return Found(class_id, "collection")
        return None

    def of_material(self, material: bpy.types.Material | None) -> int | None:
        """The class of a material, from its setting or its name; None when it has none."""
        if material is None:
            return None
        material = material.original
        key = material.as_pointer()
        if key not in self._material_class:
            self._material_class[key] = self._set_or_named(material)
        return self._material_class[key]

    def guess(self, names: Iterable[str]) -> Found | None:
        """The class that the first telling name means, or None."""
        for name in names:
            words = normalise_name(name)
            if words not in self._guesses:
                self._guesses[words] = self._palette.guess(words)
            entry = self._guesses[words]
            if entry is not None:
                return Found(entry.id, "name")
        return None

    def named(self, name: str) -> int | None:
        """The id of a class setting; None when the field is empty or names no class here."""
        if not name:
            return None
        if name.lower() == VOID_NAME:
            return VOID
        entry = self._palette.by_name(name)
        return None if entry is None else entry.id

    def _set_or_named(self, owner: bpy.types.Material | bpy.types.Collection) -> int | None:
        class_id = self.named(owner.blockout.class_name)
        if class_id is not None:
            return class_id
        entry = self._palette.by_name(owner.name)
        return None if entry is None else entry.id

    def _from_collections(self, owner: bpy.types.Object) -> int | None:
        homes = self._homes.get(owner.as_pointer(), [])
        key = tuple(home.as_pointer() for home in homes)  # many objects lie in the same ones
        if key not in self._home_class:
            self._home_class[key] = self._search_collections(homes)
        return self._home_class[key]

    def _search_collections(self, homes: list[bpy.types.Collection]) -> int | None:
        """Breadth first, upwards: the innermost collection that has a class."""
        # An asset may lie in collections of other scenes too: those count only for instances.
        inside = [c for c in homes if c.as_pointer() in self._in_scene]
        level = sorted(inside or homes, key=lambda c: c.name)
        while level:
            for collection in level:
                class_id = self._of_collection(collection)
                if class_id is not None:
                    return class_id
            above = {
                p.as_pointer(): p
                for collection in level
                for p in self._parents.get(collection.as_pointer(), [])
                if not inside or p.as_pointer() in self._in_scene
            }
            level = sorted(above.values(), key=lambda c: c.name)
        return None

    def _of_collection(self, collection: bpy.types.Collection) -> int | None:
        key = collection.as_pointer()
        if key not in self._collection_class:
            self._collection_class[key] = self._set_or_named(collection)
        return self._collection_class[key]

# SPDX-License-Identifier: GPL-3.0-or-later
"""Fill in the classes that the rule leaves open, from every name around an object."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import bpy

from .contract import VOID
from .export.classes import ClassRule
from .export.layout import Layout, collect
from .properties import palette_of

SOURCES = {
    "object": "own setting",
    "collection": "collection",
    "material": "material",
    "name": "name",
}


@dataclass(frozen=True)
class GuessReport:
    """What happened: number of objects by source, what was filled in, what stayed void."""

    by_source: dict[str, int]
    filled: dict[str, str]
    void: list[str]

    def summary(self) -> str:
        """One line for the panel."""
        known = [f"{n} by {SOURCES[s]}" for s, n in sorted(self.by_source.items())]
        parts = [*known, f"{len(self.filled)} filled in", f"{len(self.void)} void"]
        return ", ".join(parts)


def guess_classes(
    depsgraph: bpy.types.Depsgraph, scene: bpy.types.Scene, view_layer: bpy.types.ViewLayer
) -> GuessReport:
    """Set a class on objects that have none, where a name around them tells; report the rest.

    Names are asked in this order: mesh, materials, parents, collections. Settings that exist are
    never changed.
    """
    palette = palette_of(scene)
    layout = collect(depsgraph, scene, view_layer, palette)
    rule = ClassRule(scene, palette)
    void = _void_names(layout)
    filled: dict[str, str] = {}
    stayed: list[str] = []
    for name in void:
        thing = layout.owners[name][0]
        found = rule.guess(names_around(thing))
        entry = palette.by_id(found.class_id) if found else None
        if entry is None or not thing.is_editable:
            stayed.append(name)
            continue
        thing.blockout.class_name = entry.name
        filled[name] = entry.name
    asked = set(void)
    by_source = Counter(s for name, s in layout.sources.items() if name not in asked)
    by_source.pop("keypoints", None)  # an armature: it has no surface, so it needs no class
    by_source.pop("none", None)  # explicitly void is "object"; "none" is always in void
    return GuessReport(dict(by_source), filled, stayed)


def names_around(thing: bpy.types.Object) -> list[str]:
    """Names that may tell what an object is, the nearest first."""
    names = [thing.data.name] if thing.data is not None else []
    names += [slot.material.name for slot in thing.material_slots if slot.material is not None]
    parent = thing.parent
    while parent is not None:
        names.append(parent.name)
        parent = parent.parent
    return names + [collection.name for collection in thing.users_collection]


def _void_names(layout: Layout) -> list[str]:
    """Objects without class that were not set to void by hand."""
    return [
        item.name
        for item in layout.objects
        if item.class_id == VOID
        and layout.sources[item.name] in {"none", "material"}
        and not _all_faces_known(layout, item.mesh)
    ]


def _all_faces_known(layout: Layout, key: str | None) -> bool:
    face_class = layout.meshes[key].face_class if key is not None else None
    return face_class is not None and bool(face_class.all())

# SPDX-License-Identifier: Apache-2.0
"""Which classes are counted as things, and the category of an object."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from neural_core.contract import (
    VOID,
    ContractError,
    Palette,
    SceneObject,
    SemanticClass,
    normalise_name,
)

STUFF = frozenset(
    {
        "road", "sidewalk", "road marking", "parking", "rail track", "ground", "terrain", "sky",
        "building", "wall", "fence", "guard rail", "bridge", "tunnel", "pole", "polegroup",
        "vegetation", "floor", "ceiling", "background", "static", "dynamic", "ego vehicle",
        "rectification border", "out of roi",
    }
)  # fmt: skip
"""Names of classes that are surroundings, not things one counts; all other classes are things."""

COCO_KEYPOINTS = (
    "nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder",
    "left_elbow", "right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip",
    "left_knee", "right_knee", "left_ankle", "right_ankle", "neck",
)  # fmt: skip
"""COCO's 17 keypoints in COCO's order, then the neck."""

COCO_SKELETON = (
    (16, 14), (14, 12), (17, 15), (15, 13), (12, 13), (6, 12), (7, 13), (6, 7), (6, 8), (7, 9),
    (8, 10), (9, 11), (2, 3), (1, 2), (1, 3), (2, 4), (3, 5), (4, 6), (5, 7),
)  # fmt: skip
"""Pairs of keypoints that a drawing joins, counted from 1."""

BODY_PARTS = frozenset({"hair", "face", "skin", "top", "bottom", "socks", "shoes"})
"""Names of classes whose things are parts of a body."""

PERSON = "person"
_NECK_SKELETON = ((18, 1), (18, 6), (18, 7))
_PERSON_COLOR = (220 / 255, 20 / 255, 60 / 255)


@dataclass(frozen=True)
class Categories:
    """Categories of one set of labels: the palette's classes under their own ids.

    Attributes:
        palette: the classes.
        things: ids of classes whose instances are labelled one by one.
        person: id of an extra category "person" for objects with a body's keypoints, where the
            palette names only parts of bodies; or None when the palette has a person of its own.
    """

    palette: Palette
    things: frozenset[int]
    person: int | None

    @staticmethod
    def create(palette: Palette, things: Iterable[str] | None = None) -> Categories:
        """The categories of a palette; ``things`` are names of classes, None = `things_of`.

        Raises:
            ContractError: a name is not in the palette.
        """
        extra = None if palette.by_name(PERSON) else max(c.id for c in palette.classes) + 1
        if things is None:
            return Categories(palette, things_of(palette), extra)
        names = list(things)
        if extra is None or PERSON not in names:
            return Categories(palette, _ids_of(palette, names), None)
        names.remove(PERSON)
        return Categories(palette, _ids_of(palette, names), extra)

    def is_part(self, class_id: int) -> bool:
        """Whether things of this class are parts of an extra person."""
        entry = self.palette.by_id(class_id)
        return self.person is not None and entry is not None and entry.name in BODY_PARTS

    def all(self) -> tuple[SemanticClass, ...]:
        """The palette's classes, and the extra person."""
        if self.person is None:
            return self.palette.classes
        return (*self.palette.classes, SemanticClass(self.person, PERSON, _PERSON_COLOR))

    def countable(self) -> tuple[SemanticClass, ...]:
        """Classes of things, ascending by id, the extra person last."""
        return tuple(
            sorted((c for c in self.all() if self.is_thing(c.id)), key=lambda entry: entry.id)
        )

    def is_thing(self, category: int) -> bool:
        """Whether instances of this category are labelled one by one."""
        return category in self.things or category == self.person

    def of(self, item: SceneObject, seen: NDArray[np.uint16]) -> int:
        """Category of an object whose visible pixels have the classes ``seen`` (N,).

        Its own class; where it has none, the most frequent class among its pixels.
        """
        if self.person is not None and is_body(item):
            return self.person
        if item.class_id != VOID:
            return item.class_id
        return int(np.bincount(seen).argmax())


def is_body(item: SceneObject) -> bool:
    """Whether the object's keypoints are COCO's (17, or 18 with the neck)."""
    return item.keypoints is not None and len(item.keypoints) in (17, 18)


def keypoint_names(count: int) -> list[str]:
    """Names of so many keypoints: COCO's for 17 and 18, numbers otherwise."""
    if count in (17, 18):
        return list(COCO_KEYPOINTS[:count])
    return [f"point_{index}" for index in range(1, count + 1)]


def skeleton(count: int) -> list[list[int]]:
    """Pairs of keypoints to join, counted from 1."""
    pairs = {17: COCO_SKELETON, 18: (*COCO_SKELETON, *_NECK_SKELETON)}.get(count, ())
    return [list(pair) for pair in pairs]


def things_of(palette: Palette) -> frozenset[int]:
    """Ids of the classes that are no surroundings (`STUFF`) and not the background."""
    return frozenset(
        c.id
        for c in palette.classes
        if normalise_name(c.name) not in STUFF and c.id != palette.background_id
    )


def _ids_of(palette: Palette, names: Iterable[str]) -> frozenset[int]:
    found = set()
    for name in names:
        entry = palette.by_name(name)
        if entry is None:
            raise ContractError(
                "things",
                f"'{name}' is not a class of the palette '{palette.name}'",
                f"Use some of {', '.join(c.name for c in palette.classes)}",
            )
        found.add(entry.id)
    return frozenset(found)

# SPDX-License-Identifier: Apache-2.0
"""Palettes: their rules, the ones that ship, and guessing a class from a name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neural_core.contract import (
    CITYSCAPES,
    PALETTES,
    STREET,
    ContractError,
    Palette,
    SemanticClass,
    normalise_name,
)


def _palette(*classes: tuple[int, str], background_id: int = 0) -> Palette:
    entries = tuple(SemanticClass(i, name, (0.5, 0.5, 0.5)) for i, name in classes)
    return Palette("test", entries, background_id)


@pytest.mark.parametrize("name", PALETTES)
def test_the_palettes_that_ship_are_valid(name: str) -> None:
    palette = PALETTES[name]
    palette.validate()
    assert palette.name == name
    for entry in palette.classes:
        assert all(0 <= channel <= 1 for channel in entry.color)
        assert palette.by_id(entry.id) is entry
        assert palette.by_name(entry.name) is entry
        assert palette.guess(entry.name) is entry


@pytest.mark.parametrize("name", PALETTES)
def test_every_keyword_leads_to_its_class(name: str) -> None:
    """The longest match wins, so a keyword that two classes share must be a mistake."""
    palette = PALETTES[name]
    owners: dict[str, set[int]] = {}
    for entry in palette.classes:
        for word in (entry.name, *entry.keywords):
            owners.setdefault(normalise_name(word), set()).add(entry.id)
    assert {word: ids for word, ids in owners.items() if len(ids) > 1} == {}


def test_street_has_the_ids_of_cityscapes() -> None:
    for entry in STREET.classes:
        twin = CITYSCAPES.by_name(entry.name)
        if entry.name != "road marking":
            assert twin is not None
            assert twin.id == entry.id
    assert STREET.background_id == 23


@pytest.mark.parametrize(
    ("palette", "field"),
    [
        (_palette((0, "a")), "palette.classes[0].id"),
        (_palette((1, "a"), (65536, "b")), "palette.classes[1].id"),
        (_palette((1, "a"), (1, "b")), "palette.classes[0]"),
        (_palette((1, "Car"), (2, "car")), "palette.classes[0]"),
        (_palette((1, "a"), background_id=5), "palette.background_id"),
    ],
)
def test_rules(palette: Palette, field: str) -> None:
    with pytest.raises(ContractError) as caught:
        palette.validate()
    assert caught.value.field == field


def test_the_background_may_be_void_or_a_class() -> None:
    _palette((1, "a")).validate()
    _palette((1, "a"), background_id=1).validate()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Car.002", "car"),
        ("parked_SUV", "car"),
        ("ParkedTaxi.013", "car"),
        ("traffic light 3", "traffic light"),
        ("TrafficSign", "traffic sign"),
        ("street light 4", "pole"),
        ("OakTree_01", "vegetation"),
        ("zebra-crossing", "road marking"),
        ("Carpet", None),
        ("scarecrow", None),
        ("", None),
        ("Cube.001", None),
    ],
)
def test_guessing(name: str, expected: str | None) -> None:
    found = STREET.guess(name)
    assert (found.name if found else None) == expected


def test_the_longest_word_wins() -> None:
    palette = Palette(
        "test",
        (
            SemanticClass(1, "light", (1, 1, 1)),
            SemanticClass(2, "traffic light", (1, 1, 1)),
        ),
    )
    found = palette.guess("Traffic_Light.001")
    assert found is not None
    assert found.id == 2


def test_unknown_ids_and_names() -> None:
    assert STREET.by_id(12345) is None
    assert STREET.by_name("submarine") is None


@given(st.text())
def test_normalising_twice_changes_nothing(name: str) -> None:
    once = normalise_name(name)
    assert normalise_name(once) == once


@given(st.text())
def test_any_name_can_be_guessed(name: str) -> None:
    found = STREET.guess(name)
    assert found is None or found in STREET.classes

# SPDX-License-Identifier: GPL-3.0-or-later
"""Object classes: own setting > collection > material > name; palette editor; Guess Classes."""

from __future__ import annotations

CAR, TRUCK, BUS, TREE, POLE, ROAD, BUILDING = 26, 27, 28, 21, 17, 7, 11

RULE = {
    "tree in cars": CAR,  # collection named like a class goes before the object's name
    "tree in inner": CAR,  # from the parent collection
    "tree in trucks": TRUCK,  # the innermost collection with a class
    "Own": BUS,
    "Void by hand tree": 0,
    "Unknown class tree": TREE,  # a setting that means nothing here counts as none
    "by material": BUS,
    "tree by material": BUS,  # material goes before the name
    "material setting": POLE,
    "material in cars": CAR,  # collection goes before the material
    "mixed": ROAD,  # the larger share
    "House half": BUILDING,  # the name speaks for faces whose material has no class
    "object slot": BUS,  # the slot belongs to the object
    "ParkedCar.012": CAR,
    "nameless": 0,
}


def test_classes(blender) -> None:
    seen = blender.run("check_classes")
    assert seen["rule"] == RULE
    assert seen["mixed_faces"] == [ROAD] * 8 + [POLE] * 4
    assert seen["half_faces"] == [0] * 10 + [POLE] * 2
    assert seen["single_material_has_no_face_class"]
    _check_guess(seen["guess"])
    _check_palette(seen["palette"])
    assert "none of the" in seen["no_class"]["smis"] and "Guess Classes" in seen["no_class"]["smis"]
    assert seen["no_class"]["shading"] == "accepted"


def _check_guess(guess: dict) -> None:
    assert guess["outcome"] == ["FINISHED"]
    assert guess["new"] == {"Object.004": "car", "Part": "vegetation"}
    assert guess["kept"]
    assert guess["classes"] == {"Object.004": CAR, "Part": TREE}
    assert sorted(guess["void"]) == ["nameless", "untold"]
    assert guess["selected"] == ["nameless", "untold"]
    assert "2 filled in, 2 void" in guess["summary"]


def _check_palette(palette: dict) -> None:
    assert palette["untouched"] == ["street", 0]
    assert palette["room"] == ["room", "wall"]
    assert palette["street_background"] == 23
    assert palette["seed_keeps_preset"] == "STREET"
    assert palette["edited"] == "CUSTOM"
    assert palette["keyword_works"] == ROAD
    assert palette["added"] == [41, True]
    assert palette["valid_after_two_added"] == "accepted"
    assert palette["removed"] == 1
    assert "appears twice" in palette["double_id"]
    assert palette["reset"] == ["STREET", 16, "accepted"]
    assert "nowhere" in palette["bad_background"]
    assert palette["empty"][0] == "CUSTOM" and "no classes at all" in palette["empty"][1]
    assert palette["filled_again"] == 16

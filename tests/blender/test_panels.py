# SPDX-License-Identifier: GPL-3.0-or-later
"""Panels: everything drawn exists, in every Blender version and state of the scene."""

from __future__ import annotations


def test_panels(blender) -> None:
    seen = blender.run("check_panels")
    drawn = seen["drawn"]
    for wanted in (
        "prop BlockoutScene.pipeline",
        "prop BlockoutScene.seed",
        "prop BlockoutObject.appearance_seed",
        "prop BlockoutObject.own_passes",
        "prop BlockoutMaterial.class_name",
        "prop BlockoutCollection.class_name",
        "prop BlockoutClass.keywords",
        "prop BlockoutPreferences.python_path",
        "prop BlockoutScene.morph",
        "prop BlockoutScene.vary_objects",
        "prop BlockoutClass.style",
        "prop BlockoutObject.style",
        "operator blockout.resample",
        "operator blockout.style_take",
        "operator blockout.style_keep",
        "operator blockout.style_remove",
        "list BLOCKOUT_UL_styles",
        "operator blockout.guess_classes",
        "operator blockout.select_void",
        "operator blockout.standard_view",
        "operator blockout.layer_sockets",
        "operator blockout.texture_materials",
        "operator blockout.palette_reset",
        "operator blockout.export_frame",
        "operator blockout.backend_setup",
        "operator blockout.backend_start",
        "operator blockout.backend_stop",
        "menu blockout.palette_reset",
        "list BLOCKOUT_UL_classes",
        "list BLOCKOUT_UL_void",
        "label No classes at all: nothing can be rendered",
        "label Not a class of the scene's palette: ignored",
        "label the car is large",
        "label it knows small ones that are",
        "label no longer than four metres",
    ):
        assert wanted in drawn, (wanted, drawn)
    assert all(seen["polls"]["BLOCKOUT"]) and not any(seen["polls"]["CYCLES"])
    assert seen["undocumented"] == []
    assert seen["items_have_numbers"]
    assert seen["standard"] == ["Standard", "None", 0.0, 1.0]
    assert seen["search"]["pipelines"] == ["smis", "smis@street"]
    assert seen["search"]["classes"] == ["traffic light", "traffic sign"]
    shown = seen["background_panels"]
    assert shown["RENDER_PT_format"] and shown["DATA_PT_lens"]
    assert shown["RENDER_PT_color_management"] and not shown["RENDER_PT_freestyle"]

# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender -> Controls: seeds and styles of the scene, its classes and its objects."""

from __future__ import annotations

import json

import bpy

from ..contract import ContractError, Controls, Style, style_from_plain
from .layout import Layout


def scene_controls(
    scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph, layout: Layout
) -> Controls:
    """The controls of the panels, animated values as the depsgraph has them.

    Raises:
        ContractError: a style that is asked for is not in the file, or damaged.
    """
    settings = scene.blockout
    # Keyframes reach the evaluated copy alone. Without any, the original is what was typed last.
    now = depsgraph.scene_eval.blockout if scene.animation_data else settings
    object_seeds, object_styles = _object_looks(layout)
    controls = Controls(
        seed=now.seed,
        class_seeds={c.class_id: c.seed for c in settings.classes if c.use_seed},
        use_tint=settings.use_tint,
        temperature=now.temperature,
        object_seeds=object_seeds,
        vary_objects=settings.vary_objects,
        style=settings.style,
        class_styles={c.class_id: c.style for c in settings.classes if c.style},
        object_styles=object_styles,
        morph_to=settings.morph_to,
        morph=now.morph if settings.morph_to else 0.0,
    )
    wanted = set(controls.named_styles().values())
    controls.styles.update({name: saved_style(scene, name) for name in sorted(wanted)})
    return controls


def saved_style(scene: bpy.types.Scene, name: str) -> Style:
    """A style of the file. Raises ContractError: there is none of this name, or it is damaged."""
    found = scene.blockout.styles.get(name)
    if found is None:
        raise ContractError(
            "scene.blockout.styles",
            f"the file has no style '{name}'",
            "Choose another one in the Looks panel, or clear the field",
        )
    try:
        return style_from_plain(json.loads(found.data))
    except ValueError as error:
        if isinstance(error, ContractError):
            raise
        raise ContractError(
            f"style '{name}'", "its data is damaged", "Take it from its picture again"
        ) from error


def _object_looks(layout: Layout) -> tuple[dict[str, int], dict[str, str]]:
    """Seeds and styles by the name of the thing; its own setting goes before its instancer's."""
    seeds: dict[str, int] = {}
    styles: dict[str, str] = {}
    for name, owners in layout.owners.items():
        for owner in owners:
            settings = owner.blockout
            if settings.appearance_seed and name not in seeds:
                seeds[name] = settings.appearance_seed
            if settings.style and name not in styles:
                styles[name] = settings.style
    return seeds, styles

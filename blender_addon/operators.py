# SPDX-License-Identifier: GPL-3.0-or-later
"""Buttons: classes, palette, colour management, export of one frame."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import bpy
from bpy.props import BoolProperty, EnumProperty, StringProperty
from bpy_extras.io_utils import ExportHelper

from .contract import PALETTES, ContractError, save_frame
from .engine import last_render
from .export import build_frame, with_render_depsgraph
from .guess import guess_classes
from .properties import (
    CUSTOM,
    PALETTE_ITEMS,
    VOID_NAME,
    fill_palette,
    is_untouched,
    scene_classes,
)
from .results import put_textures
from .view import set_standard_view

PRESET_ITEMS = tuple(item for item in PALETTE_ITEMS if item[0] != CUSTOM)
UNDOABLE = {"REGISTER", "UNDO"}


class BLOCKOUT_OT_guess_classes(bpy.types.Operator):
    """Give objects without class the one that a name around them (mesh, parent …) tells"""

    bl_idname = "blockout.guess_classes"
    bl_label = "Guess Classes"
    bl_options = UNDOABLE

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Fill in what is void, and keep the report for the panel."""
        settings = context.scene.blockout
        try:
            report = guess_classes(
                context.evaluated_depsgraph_get(), context.scene, context.view_layer
            )
        except ContractError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        settings.guess_summary = report.summary()
        settings.guess_void.clear()
        for name in report.void:
            settings.guess_void.add().name = name
        self.report({"WARNING"} if report.void else {"INFO"}, report.summary())
        return {"FINISHED"}


class BLOCKOUT_OT_select_void(bpy.types.Operator):
    """Select the objects of the report that have no class"""

    bl_idname = "blockout.select_void"
    bl_label = "Select Void"
    bl_options = UNDOABLE

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only with a report, and where selecting is possible."""
        return context.mode == "OBJECT" and bool(context.scene.blockout.guess_void)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Select them; instances are selected by what instances them."""
        names = {entry.name.split(" > ")[0] for entry in context.scene.blockout.guess_void}
        count = 0
        for item in context.view_layer.objects:
            wanted = item.name in names and item.visible_get()
            item.select_set(wanted)
            count += wanted
        self.report({"INFO"}, f"{count} objects selected")
        return {"FINISHED"}


class BLOCKOUT_OT_set_class(bpy.types.Operator):
    """Set the class of all selected objects"""

    bl_idname = "blockout.set_class"
    bl_label = "Set Class of Selected"
    bl_options = UNDOABLE

    class_name: StringProperty(name="Class", description="Empty: take the setting away")

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Set it, or say that there is no such class."""
        name = self.class_name
        known = name.lower() in {"", VOID_NAME} or scene_classes(context.scene).by_name(name)
        if not known:
            self.report({"ERROR"}, f"'{name}' is not a class of the palette")
            return {"CANCELLED"}
        for item in context.selected_objects:
            item.blockout.class_name = name
        return {"FINISHED"}


class BLOCKOUT_OT_palette_reset(bpy.types.Operator):
    """Fill the list of classes from a preset"""

    bl_idname = "blockout.palette_reset"
    bl_label = "Reset to Preset"
    bl_options = UNDOABLE

    preset: EnumProperty(name="Preset", items=PRESET_ITEMS)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Write the preset's classes; setting the palette alone would skip an unchanged value."""
        settings = context.scene.blockout
        settings.palette = self.preset
        fill_palette(settings, PALETTES[self.preset.lower()])
        return {"FINISHED"}


class BLOCKOUT_OT_palette_add(bpy.types.Operator):
    """Add a class to the palette"""

    bl_idname = "blockout.palette_add"
    bl_label = "Add Class"
    bl_options = UNDOABLE

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Add a class with the next free id and a name of its own."""
        settings = context.scene.blockout
        if is_untouched(settings):
            fill_palette(settings, PALETTES[settings.palette.lower()])
        ids = {entry.class_id for entry in settings.classes}
        names = {entry.name for entry in settings.classes}
        new_id = max(ids, default=0) + 1
        item = settings.classes.add()
        item.class_id = new_id
        item.name = next(n for n in _numbered("class") if n not in names)
        settings.active_class = len(settings.classes) - 1
        return {"FINISHED"}


class BLOCKOUT_OT_palette_remove(bpy.types.Operator):
    """Remove the active class from the palette"""

    bl_idname = "blockout.palette_remove"
    bl_label = "Remove Class"
    bl_options = UNDOABLE

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only with a class to remove."""
        settings = context.scene.blockout
        return 0 <= settings.active_class < len(settings.classes)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Remove it; the background goes with its class."""
        settings = context.scene.blockout
        name = settings.classes[settings.active_class].name
        settings.classes.remove(settings.active_class)
        settings.palette = CUSTOM
        if settings.background == name:
            settings.background = ""
        settings.active_class = max(0, min(settings.active_class, len(settings.classes) - 1))
        return {"FINISHED"}


class BLOCKOUT_OT_standard_view(bpy.types.Operator):
    """Show neural pictures as they are: view transform Standard, no look, exposure 0, gamma 1"""

    bl_idname = "blockout.standard_view"
    bl_label = "Use Standard View"
    bl_options = UNDOABLE

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Set the scene's colour management."""
        set_standard_view(context.scene.view_settings)
        return {"FINISHED"}


class BLOCKOUT_OT_layer_sockets(bpy.types.Operator):
    """Give every object that the latest render has a layer of passes with sockets of its own"""

    bl_idname = "blockout.layer_sockets"
    bl_label = "Sockets for Layers"
    bl_options = UNDOABLE

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only after a render that gave layers."""
        return bool(last_render().layers)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Instances have no settings of their own: they stay passes without sockets."""
        names = set(last_render().layers)
        found = [item for item in context.view_layer.objects if item.name in names]
        for item in found:
            item.blockout.own_passes = True
        self.report({"INFO"}, f"{len(found)} objects have passes of their own")
        return {"FINISHED"}


class BLOCKOUT_OT_texture_materials(bpy.types.Operator):
    """Give objects a material with the texture that the latest render has made of them"""

    bl_idname = "blockout.texture_materials"
    bl_label = "Materials from Textures"
    bl_options = UNDOABLE

    use_selection: BoolProperty(
        name="Selected Objects", description="Only these; otherwise all that have a texture"
    )

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only after a render that gave textures, and where meshes can be changed."""
        return context.mode == "OBJECT" and bool(last_render().textures)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Do what can be done, and say of each object what cannot."""
        textures = last_render().textures
        layer = context.view_layer
        found = [item for item in layer.objects if item.name in textures]
        wanted = [item for item in found if item.select_get() or not self.use_selection]
        done, problems = put_textures(context.scene, layer, wanted, textures)
        for problem in problems if done else problems[1:]:
            self.report({"WARNING"}, problem)
        if not done:
            nothing = "None of these objects has a texture of the latest render"
            self.report({"ERROR"}, problems[0] if problems else nothing)
            return {"CANCELLED"}
        self.report({"INFO"}, f"{done} objects have materials from textures")
        return {"FINISHED"}


class BLOCKOUT_OT_export_frame(bpy.types.Operator, ExportHelper):
    """Write the current frame with all its meshes as one file for the neural core"""

    bl_idname = "blockout.export_frame"
    bl_label = "Export Blockout Frame"

    filename_ext = ".npz"
    filter_glob: StringProperty(default="*.npz", options={"HIDDEN"})

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Export as the render would see it."""
        scene, layer = context.scene, context.view_layer
        try:
            frame = with_render_depsgraph(
                scene, layer, lambda d, w, h: build_frame(d, scene, layer, w, h)
            )
            save_frame(frame, Path(self.filepath))
        except (ContractError, OSError) as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        self.report({"INFO"}, f"{len(frame.objects)} objects written to {self.filepath}")
        return {"FINISHED"}


def _numbered(stem: str) -> Iterator[str]:
    # Letters, since names are compared without their digits.
    for number in range(26 * 26):
        first, second = divmod(number, 26)
        yield f"{stem} {chr(97 + first) if first else ''}{chr(97 + second)}"


CLASSES = (
    BLOCKOUT_OT_guess_classes,
    BLOCKOUT_OT_select_void,
    BLOCKOUT_OT_set_class,
    BLOCKOUT_OT_palette_reset,
    BLOCKOUT_OT_palette_add,
    BLOCKOUT_OT_palette_remove,
    BLOCKOUT_OT_standard_view,
    BLOCKOUT_OT_layer_sockets,
    BLOCKOUT_OT_texture_materials,
    BLOCKOUT_OT_export_frame,
)

register, unregister = bpy.utils.register_classes_factory(CLASSES)

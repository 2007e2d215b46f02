# SPDX-License-Identifier: GPL-3.0-or-later
"""Panels. Settings are drawn where Blender's own of the same data-block are."""

from __future__ import annotations

from textwrap import wrap

import bpy

from . import backend
from .engine import last_render
from .properties import CUSTOM, VOID_NAME, scene_classes
from .view import is_standard_view

ENGINE = "BLOCKOUT"

# Widths in a panel at a scale of 1, in pixels: an icon with the margins, and a letter.
_BESIDE, _LETTER = 60, 6.5

# Blender's panels for its own renderers that mean nothing here.
LEFT_OUT = frozenset(
    {
        "DATA_PT_EEVEE_light",
        "DATA_PT_EEVEE_light_distance",
        "EEVEE_MATERIAL_PT_settings",
        "RENDER_PT_color_management_curves",
        "RENDER_PT_freestyle",
        "RENDER_PT_gpencil",
        "RENDER_PT_simplify_greasepencil",
        "RENDER_PT_stereoscopy",
        "VIEWLAYER_PT_filter",
        "VIEWLAYER_PT_layer_passes",
        "VIEWLAYER_PT_freestyle",
        "VIEWLAYER_PT_freestyle_lineset",
        "VIEWLAYER_PT_freestyle_linestyle",
    }
)

_opted_in: list[type] = []


def _is_active(context: bpy.types.Context) -> bool:
    return context.engine == ENGINE


class BLOCKOUT_UL_classes(bpy.types.UIList):
    """Colour, id and name of the palette's classes."""

    def draw_item(
        self, _context, layout, _data, item, _icon, _active_data, _active_property, _index=0
    ) -> None:
        """One line."""
        row = layout.row(align=True)
        swatch = row.row()
        swatch.ui_units_x = 1.2
        swatch.prop(item, "color", text="")
        number = row.row()
        number.ui_units_x = 2.5
        number.prop(item, "class_id", text="", emboss=False)
        row.prop(item, "name", text="", emboss=False)
        row.prop(item, "use_seed", text="", icon="LOCKED" if item.use_seed else "UNLOCKED")


class BLOCKOUT_UL_void(bpy.types.UIList):
    """Names of the objects without a class."""

    def draw_item(
        self, _context, layout, _data, item, _icon, _active_data, _active_property, _index=0
    ) -> None:
        """One line."""
        layout.label(text=item.name, icon="QUESTION")


class BLOCKOUT_UL_styles(bpy.types.UIList):
    """Names of the saved styles."""

    def draw_item(
        self, _context, layout, _data, item, _icon, _active_data, _active_property, _index=0
    ) -> None:
        """One line."""
        layout.prop(item, "name", text="", emboss=False, icon="COLOR")


class _RenderPanel:
    bl_space_type = "PROPERTIES"
    bl_region_type = "WINDOW"
    bl_context = "render"
    COMPAT_ENGINES = {ENGINE}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only while Blockout is the scene's engine."""
        return _is_active(context)


class BLOCKOUT_PT_render(_RenderPanel, bpy.types.Panel):
    """The main settings."""

    bl_label = "Blockout"

    def draw(self, context: bpy.types.Context) -> None:
        """Pipeline, seed, and a warning where the view changes neural colours."""
        layout = self.layout
        layout.use_property_split = True
        layout.use_property_decorate = False
        settings = context.scene.blockout
        layout.prop(settings, "pipeline")
        column = layout.column()
        column.use_property_decorate = True
        row = column.row(align=True)
        row.prop(settings, "seed")
        row.operator("blockout.resample", text="", icon="FILE_REFRESH").what = "SCENE"
        column.prop(settings, "temperature")
        layout.prop(settings, "use_tint")
        layout.prop(settings, "vary_objects")
        if not is_standard_view(context.scene.view_settings):
            box = layout.box()
            box.label(text="Colour management changes neural colours", icon="ERROR")
            box.operator("blockout.standard_view")
        if last_render().layers:
            layout.operator("blockout.layer_sockets", icon="NODE_COMPOSITING")
        if last_render().textures:
            row = layout.row(align=True)
            row.operator("blockout.texture_materials", icon="MATERIAL")
            selected = row.operator(
                "blockout.texture_materials", text="", icon="RESTRICT_SELECT_OFF"
            )
            selected.use_selection = True
        _draw_warnings(layout, _columns(context))


def _draw_warnings(layout: bpy.types.UILayout, columns: int) -> None:
    """What the latest render warned of, in lines of at most so many letters."""
    for warning in last_render().warnings:
        box = layout.box().column(align=True)
        lines = [line for clause in warning.split("; ") for line in wrap(clause, columns)]
        for number, line in enumerate(lines):
            box.label(text=line, icon="BLANK1" if number else "ERROR")


def _columns(context: bpy.types.Context) -> int:
    """Letters that a line beside an icon has room for: labels do not break by themselves."""
    scale = context.preferences.system.ui_scale or 1.0  # 0 where there is no window
    return max(16, int((context.region.width / scale - _BESIDE) / _LETTER))


class BLOCKOUT_PT_styles(_RenderPanel, bpy.types.Panel):
    """Styles saved in the file."""

    bl_label = "Styles"
    bl_parent_id = "BLOCKOUT_PT_render"

    def draw(self, context: bpy.types.Context) -> None:
        """The list, the style of the picture, and where it moves."""
        layout = self.layout
        settings = context.scene.blockout
        row = layout.row()
        row.template_list(
            "BLOCKOUT_UL_styles", "", settings, "styles", settings, "active_style", rows=3
        )
        column = row.column(align=True)
        column.operator("blockout.style_take", icon="FILE_IMAGE", text="")
        column.operator("blockout.style_keep", icon="ADD", text="")
        column.operator("blockout.style_remove", icon="REMOVE", text="")
        column = layout.column()
        column.use_property_split = True
        draw_style_field(column, settings, "style", context.scene)
        draw_style_field(column, settings, "morph_to", context.scene)
        sub = column.column()
        sub.active = bool(settings.morph_to)
        sub.prop(settings, "morph")


class BLOCKOUT_PT_backend(_RenderPanel, bpy.types.Panel):
    """The render backend."""

    bl_label = "Backend"
    bl_parent_id = "BLOCKOUT_PT_render"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, _context: bpy.types.Context) -> None:
        """Status line and buttons, as the backend's part has them."""
        layout = self.layout
        if hasattr(backend, "status_line"):
            text, icon = backend.status_line()
            layout.label(text=text, icon=icon)
        row = layout.row(align=True)
        for name in ("backend_setup", "backend_start", "backend_stop"):
            if has_operator(f"blockout.{name}"):
                row.operator(f"blockout.{name}")


class BLOCKOUT_PT_palette(_RenderPanel, bpy.types.Panel):
    """The classes."""

    bl_label = "Classes"
    bl_parent_id = "BLOCKOUT_PT_render"

    def draw(self, context: bpy.types.Context) -> None:
        """Preset, list, the active class, background."""
        layout = self.layout
        settings = context.scene.blockout
        layout.prop(settings, "palette")
        if settings.classes or settings.palette == CUSTOM:
            self._draw_list(layout, settings, context.scene)
        else:
            self._draw_preset(layout, context.scene)
        column = layout.column()
        column.use_property_split = True
        column.prop(settings, "background")

    def _draw_list(
        self, layout: bpy.types.UILayout, settings: object, scene: bpy.types.Scene
    ) -> None:
        row = layout.row()
        row.template_list(
            "BLOCKOUT_UL_classes", "", settings, "classes", settings, "active_class", rows=5
        )
        column = row.column(align=True)
        column.operator("blockout.palette_add", icon="ADD", text="")
        column.operator("blockout.palette_remove", icon="REMOVE", text="")
        if not settings.classes:
            layout.label(text="No classes at all: nothing can be rendered", icon="ERROR")
            layout.operator_menu_enum("blockout.palette_reset", "preset")
        elif 0 <= settings.active_class < len(settings.classes):
            self._draw_class(layout, settings.classes[settings.active_class], scene)

    def _draw_preset(self, layout: bpy.types.UILayout, scene: bpy.types.Scene) -> None:
        """The classes of an untouched preset: there is nothing in the file to list yet."""
        grid = layout.box().grid_flow(columns=2, even_columns=True, row_major=True, align=True)
        for entry in scene_classes(scene).classes:
            grid.label(text=f"{entry.id}  {entry.name}")
        button = layout.operator("blockout.palette_reset", text="Edit Classes of the Preset")
        button.preset = scene.blockout.palette

    def _draw_class(
        self, layout: bpy.types.UILayout, entry: object, scene: bpy.types.Scene
    ) -> None:
        column = layout.column()
        column.use_property_split = True
        column.prop(entry, "keywords")
        row = column.row(heading="Own Seed")
        row.prop(entry, "use_seed", text="")
        sub = row.row()
        sub.active = entry.use_seed
        sub.prop(entry, "seed", text="")
        row.operator("blockout.resample", text="", icon="FILE_REFRESH").what = "CLASS"
        draw_style_field(column, entry, "style", scene)
        layout.operator_menu_enum("blockout.palette_reset", "preset")


class BLOCKOUT_PT_guess(_RenderPanel, bpy.types.Panel):
    """Classes of objects."""

    bl_label = "Objects without Class"
    bl_parent_id = "BLOCKOUT_PT_palette"

    def draw(self, context: bpy.types.Context) -> None:
        """The button and its report."""
        layout = self.layout
        settings = context.scene.blockout
        layout.operator("blockout.guess_classes", icon="VIEWZOOM")
        if settings.guess_summary:
            layout.label(text=settings.guess_summary)
        if settings.guess_void:
            layout.template_list(
                "BLOCKOUT_UL_void", "", settings, "guess_void", settings, "active_void", rows=3
            )
            layout.operator("blockout.select_void", icon="RESTRICT_SELECT_OFF")


class BLOCKOUT_PT_object(bpy.types.Panel):
    """Class and look of an object."""

    bl_label = "Blockout"
    bl_space_type = "PROPERTIES"
    bl_region_type = "WINDOW"
    bl_context = "object"
    COMPAT_ENGINES = {ENGINE}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """With an object, while Blockout is the engine."""
        return context.object is not None and _is_active(context)

    def draw(self, context: bpy.types.Context) -> None:
        """Class, look, colour."""
        layout = self.layout
        layout.use_property_split = True
        settings = context.object.blockout
        draw_class_field(layout, settings, context.scene)
        layout.operator(
            "blockout.set_class", text="Copy Class to Selected"
        ).class_name = settings.class_name
        row = layout.row(align=True)
        row.prop(settings, "appearance_seed")
        row.operator("blockout.resample", text="", icon="FILE_REFRESH").what = "OBJECTS"
        draw_style_field(layout, settings, "style", context.scene)
        layout.prop(settings, "own_passes")
        layout.prop(settings, "use_tint")
        row = layout.row()
        row.active = settings.use_tint
        row.prop(context.object, "color")
        layout.prop(context.object, "is_holdout")


class BLOCKOUT_PT_material(bpy.types.Panel):
    """Class of a material."""

    bl_label = "Blockout"
    bl_space_type = "PROPERTIES"
    bl_region_type = "WINDOW"
    bl_context = "material"
    COMPAT_ENGINES = {ENGINE}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """With a material, while Blockout is the engine."""
        return context.material is not None and _is_active(context)

    def draw(self, context: bpy.types.Context) -> None:
        """The class."""
        self.layout.use_property_split = True
        draw_class_field(self.layout, context.material.blockout, context.scene)


class BLOCKOUT_PT_collection(bpy.types.Panel):
    """Class of a collection."""

    bl_label = "Blockout"
    bl_space_type = "PROPERTIES"
    bl_region_type = "WINDOW"
    bl_context = "collection"
    COMPAT_ENGINES = {ENGINE}

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """With a collection, while Blockout is the engine."""
        return context.collection is not None and _is_active(context)

    def draw(self, context: bpy.types.Context) -> None:
        """The class."""
        self.layout.use_property_split = True
        draw_class_field(self.layout, context.collection.blockout, context.scene)


def draw_class_field(layout: bpy.types.UILayout, settings: object, scene: bpy.types.Scene) -> None:
    """The class setting, marked when the scene's palette has no such class."""
    known = known_class(settings.class_name, scene)
    row = layout.row()
    row.alert = not known
    row.prop(settings, "class_name")
    if not known:
        layout.label(text="Not a class of the scene's palette: ignored", icon="ERROR")


def draw_style_field(
    layout: bpy.types.UILayout, settings: object, field: str, scene: bpy.types.Scene
) -> None:
    """A style setting, marked when the file has no such style."""
    name = getattr(settings, field)
    row = layout.row()
    row.alert = bool(name) and scene.blockout.styles.get(name) is None
    row.prop(settings, field)


def known_class(name: str, scene: bpy.types.Scene) -> bool:
    """Whether a class setting means something in this scene; an empty one does."""
    if not name or name.lower() == VOID_NAME:
        return True
    return scene_classes(scene).by_name(name) is not None


def has_operator(idname: str) -> bool:
    """Whether an operator is registered."""
    category, name = idname.split(".")
    return name in dir(getattr(bpy.ops, category))


def draw_file_menu(self: bpy.types.Menu, _context: bpy.types.Context) -> None:
    """File > Export."""
    self.layout.operator("blockout.export_frame", text="Blockout Frame (.npz)")


CLASSES = (
    BLOCKOUT_UL_classes,
    BLOCKOUT_UL_void,
    BLOCKOUT_UL_styles,
    BLOCKOUT_PT_render,
    BLOCKOUT_PT_styles,
    BLOCKOUT_PT_backend,
    BLOCKOUT_PT_palette,
    BLOCKOUT_PT_guess,
    BLOCKOUT_PT_object,
    BLOCKOUT_PT_material,
    BLOCKOUT_PT_collection,
)


register_panels, unregister_panels = bpy.utils.register_classes_factory(CLASSES)


def register() -> None:
    """Register the panels, and opt into Blender's own."""
    register_panels()
    for panel in bpy.types.Panel.__subclasses__():
        engines = getattr(panel, "COMPAT_ENGINES", ())
        if "BLENDER_RENDER" in engines and panel.__name__ not in LEFT_OUT and ENGINE not in engines:
            engines.add(ENGINE)
            _opted_in.append(panel)
    bpy.types.TOPBAR_MT_file_export.append(draw_file_menu)


def unregister() -> None:
    """Take everything back, in Blender's own panels too."""
    bpy.types.TOPBAR_MT_file_export.remove(draw_file_menu)
    while _opted_in:
        _opted_in.pop().COMPAT_ENGINES.discard(ENGINE)
    unregister_panels()

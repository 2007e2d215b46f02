# SPDX-License-Identifier: GPL-3.0-or-later
"""Draw every panel, list and menu entry on a layout that checks what it is asked to draw."""

from __future__ import annotations

import inspect
from dataclasses import replace
from types import SimpleNamespace

import bpy
import numpy as np
from bl_ext.user_default.blockout import looks, operators, preferences, properties, ui
from bl_ext.user_default.blockout.engine import final
from bl_ext.user_default.blockout.preferences import BlockoutPreferences
from bl_ext.user_default.blockout.results import ObjectTexture
from stage import add, add_camera, cube_mesh

MODULE = "bl_ext.user_default.blockout"


class Layout:
    """Stands where Blender's UILayout does, and refuses what Blender would refuse to draw."""

    FUNCTIONS = bpy.types.UILayout.bl_rna.functions
    ICONS = FUNCTIONS["label"].parameters["icon"].enum_items

    def __init__(self, drawn: list[str]) -> None:
        object.__setattr__(self, "drawn", drawn)

    def __setattr__(self, name: str, value: object) -> None:
        if name not in bpy.types.UILayout.bl_rna.properties:
            raise AttributeError(f"UILayout has no {name}")

    def __getattr__(self, name: str):
        if name not in self.FUNCTIONS:
            raise AttributeError(f"UILayout has no {name}()")
        known = {p.identifier for p in self.FUNCTIONS[name].parameters}

        def nested(**options: object) -> Layout:
            self._check(name, known, options)
            return Layout(self.drawn)

        return nested

    def _check(self, name: str, known: set[str], options: dict) -> None:
        unknown = set(options) - known
        if unknown:
            raise TypeError(f"UILayout.{name}() has no {sorted(unknown)}")
        icon = options.get("icon", "NONE")
        if icon not in self.ICONS:
            raise ValueError(f"there is no icon {icon}")

    def label(self, **options: object) -> None:
        self._check("label", {"text", "icon"}, options)
        self.drawn.append(f"label {options['text']}")

    def prop(self, data: object, name: str, **options: object) -> None:
        known = {p.identifier for p in self.FUNCTIONS["prop"].parameters}
        self._check("prop", known, options)
        if name not in data.bl_rna.properties:
            raise KeyError(f"{data.bl_rna.identifier} has no {name}")
        self.drawn.append(f"prop {data.bl_rna.identifier}.{name}")

    def operator(self, idname: str, **options: object) -> object:
        known = {p.identifier for p in self.FUNCTIONS["operator"].parameters}
        self._check("operator", known, options)
        properties_of = operator_rna(idname).properties
        self.drawn.append(f"operator {idname}")

        class Settings:
            def __setattr__(self, name: str, value: object) -> None:
                if name not in properties_of:
                    raise AttributeError(f"{idname} has no {name}")

        return Settings()

    def operator_menu_enum(self, idname: str, name: str, **_options: object) -> None:
        if operator_rna(idname).properties[name].type != "ENUM":
            raise TypeError(f"{idname}.{name} is no enum")
        self.drawn.append(f"menu {idname}")

    def template_list(
        self,
        list_type: str,
        _list_id: str,
        data: object,
        collection: str,
        active_data: object,
        active: str,
        **_options: object,
    ) -> None:
        if not hasattr(bpy.types, list_type):
            raise AttributeError(f"there is no {list_type}")
        for item in getattr(data, collection):
            row = SimpleNamespace(bl_rna=None)
            getattr(ui, list_type).draw_item(row, None, self, data, item, 0, active_data, active)
        if active not in active_data.bl_rna.properties:
            raise KeyError(active)
        self.drawn.append(f"list {list_type}")


def operator_rna(idname: str) -> bpy.types.Struct:
    """An operator's type; KeyError when it is not registered."""
    category, name = idname.split(".")
    return getattr(getattr(bpy.ops, category), name).get_rna_type()


def main() -> dict:
    """Draw everything in several states of the scene."""
    add_camera()
    thing = add("car", cube_mesh("car"))
    thing.data.materials.append(bpy.data.materials.new("paint"))
    drawn: list[str] = []
    scene = bpy.context.scene
    for state in (_as_new, _warned, _edited, _empty_palette, _unknown_classes):
        state(scene, thing)
        for panel in _panels():
            _draw(panel, drawn, thing)
    ui.draw_file_menu(SimpleNamespace(layout=Layout(drawn)), bpy.context)
    _draw_preferences(drawn)
    return {
        "panels": [panel.__name__ for panel in _panels()],
        "drawn": sorted(set(drawn)),
        "polls": {engine: _polls(engine, thing) for engine in ("BLOCKOUT", "CYCLES")},
        "undocumented": _undocumented(),
        "items_have_numbers": all(len(item) == 4 for item in _enum_items()),
        "standard": _standard_view(),
        "search": _search(),
        "background_panels": _own_panels_shown(),
    }


def _panels() -> list[type]:
    return [cls for cls in ui.CLASSES if issubclass(cls, bpy.types.Panel)]


def _context(thing: bpy.types.Object, engine: str = "BLOCKOUT") -> SimpleNamespace:
    return SimpleNamespace(
        scene=bpy.context.scene,
        engine=engine,
        object=thing,
        material=thing.active_material,
        collection=bpy.context.scene.collection,
        region=SimpleNamespace(width=250),
        preferences=bpy.context.preferences,
    )


def _draw(panel: type, drawn: list[str], thing: bpy.types.Object) -> None:
    # A panel cannot be made outside a window: draw() gets a stand-in with the panel's own methods.
    methods = {
        name: function
        for name, function in vars(panel).items()
        if inspect.isfunction(function) and name != "draw"
    }
    self = type("Panel", (), methods)()
    self.layout = Layout(drawn)
    panel.draw(self, _context(thing))


def _draw_preferences(drawn: list[str]) -> None:
    settings = bpy.context.preferences.addons[MODULE].preferences
    stand_in = SimpleNamespace(layout=Layout(drawn), bl_rna=settings.bl_rna)
    BlockoutPreferences.draw(stand_in, bpy.context)


def _as_new(_scene: bpy.types.Scene, _thing: bpy.types.Object) -> None:
    """Nothing touched."""


def _warned(_scene: bpy.types.Scene, _thing: bpy.types.Object) -> None:
    """The latest render has warned of something, and gave a layer and a texture."""
    warnings = ("the car is large; it knows small ones that are no longer than four metres",)
    final._last = replace(final.last_render(), warnings=warnings, layers=("car",))
    texture = ObjectTexture(np.zeros((2, 3, 3), np.float32), np.array([[-1.0] * 3, [1.0] * 3]))
    final._last.textures["car"] = texture


def _edited(scene: bpy.types.Scene, thing: bpy.types.Object) -> None:
    bpy.ops.blockout.palette_reset(preset="ROOM")
    thing.name = "no word"
    bpy.ops.blockout.guess_classes()


def _empty_palette(scene: bpy.types.Scene, _thing: bpy.types.Object) -> None:
    while scene.blockout.classes:
        bpy.ops.blockout.palette_remove()


def _unknown_classes(scene: bpy.types.Scene, thing: bpy.types.Object) -> None:
    scene.blockout.palette = "STREET"
    for owner in (thing, thing.active_material, scene.collection):
        owner.blockout.class_name = "no such class"


def _polls(engine: str, thing: bpy.types.Object) -> list[bool]:
    return [panel.poll(_context(thing, engine)) for panel in _panels()]


def _undocumented() -> list[str]:
    """Settings of ours without a description, operators without one."""
    groups = [group for _, group in properties.OWNERS] + [preferences.BlockoutPreferences]
    missing = [
        f"{group.__name__}.{prop.identifier}"
        for group in groups
        for prop in group.bl_rna.properties
        if prop.identifier in ("pipeline", "seed", "class_name", "appearance_seed", "python_path")
        and not prop.description
    ]
    return missing + [
        cls.bl_idname
        for cls in (*operators.CLASSES, *looks.CLASSES)
        if not operator_rna(cls.bl_idname).description
    ]


def _enum_items() -> list[tuple]:
    return [*properties.PALETTE_ITEMS, *preferences.DEVICES]


def _standard_view() -> list:
    view = bpy.context.scene.view_settings
    view.view_transform, view.exposure = "AgX", 1.0
    bpy.ops.blockout.standard_view()
    return [view.view_transform, view.look, view.exposure, view.gamma]


def _search() -> dict:
    properties.set_known_pipelines(["smis", "smis@street", "classes"])
    context = _context(bpy.data.objects[-1])
    return {
        "pipelines": properties._search_pipelines(None, None, "smis"),
        "classes": properties._search_classes(None, context, "traffic"),
    }


def _own_panels_shown() -> dict:
    """Which of Blender's own panels draw for our engine."""
    names = (
        "RENDER_PT_format",
        "RENDER_PT_color_management",
        "DATA_PT_lens",
        "RENDER_PT_freestyle",
    )
    shown = {}
    for panel in bpy.types.Panel.__subclasses__():
        if panel.__name__ in names:
            shown[panel.__name__] = "BLOCKOUT" in getattr(panel, "COMPAT_ENGINES", ())
    return shown

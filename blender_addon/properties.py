# SPDX-License-Identifier: GPL-3.0-or-later
"""What is saved in the .blend: one PropertyGroup each on scene, object, material and collection."""

from __future__ import annotations

import bpy
from bpy.props import (
    BoolProperty,
    CollectionProperty,
    EnumProperty,
    FloatProperty,
    FloatVectorProperty,
    IntProperty,
    PointerProperty,
    StringProperty,
)

from .contract import PALETTES, VOID, ContractError, Palette, SemanticClass
from .contract.palette import MAX_CLASS_ID

VOID_NAME = "void"
CUSTOM = "CUSTOM"
PALETTE_ITEMS = (
    ("STREET", "Street", "Road, buildings, cars, people … (ids of Cityscapes)", 0),
    ("ROOM", "Room", "Walls, furniture, lamps …", 1),
    ("FIGURE", "Figure", "Hair, face, clothes …", 2),
    ("CITYSCAPES", "Cityscapes", "All labels of Cityscapes", 3),
    ("ADE20K", "ADE20K", "The 150 classes of its scene parsing benchmark", 5),
    ("COCO_STUFF", "COCO-Stuff", "Things and stuff of COCO", 6),
    (CUSTOM, "Custom", "A palette edited by hand", 4),
)

# Suggestions of the pipeline field; the backend's own list replaces them once it is known.
_pipelines = ["smis", "classes", "shading"]


def set_known_pipelines(names: list[str]) -> None:
    """Offer these pipelines in the panel (called with the backend's list when it is known)."""
    _pipelines[:] = names


def _search_pipelines(_self: object, _context: object, text: str) -> list[str]:
    return [name for name in _pipelines if text.lower() in name.lower()]


def _search_classes(_self: object, context: bpy.types.Context, text: str) -> list[str]:
    names = [VOID_NAME, *(c.name for c in scene_classes(context.scene).classes)]
    return [name for name in names if text.lower() in name.lower()]


def _mark_custom(self: BlockoutClass, _context: object) -> None:
    """An edited palette is no preset any more."""
    settings = self.id_data.blockout
    if not settings.filling and settings.palette != CUSTOM:
        settings.palette = CUSTOM


def _fill_from_preset(self: BlockoutScene, _context: object) -> None:
    if self.palette != CUSTOM:
        fill_palette(self, PALETTES[self.palette.lower()])


def _search_styles(_self: object, context: bpy.types.Context, text: str) -> list[str]:
    names = [style.name for style in context.scene.blockout.styles]
    return [name for name in names if text.lower() in name.lower()]


def _rename_style(self: BlockoutStyle, _context: object) -> None:
    """Whoever asks for the style by its old name asks for it by the new one."""
    old, self.known_as = self.known_as, self.name
    if not old or old == self.name:
        return
    settings = self.id_data.blockout
    for owner, field in [
        (settings, "style"),
        (settings, "morph_to"),
        *((entry, "style") for entry in settings.classes),
        *((item.blockout, "style") for item in self.id_data.objects),
    ]:
        if getattr(owner, field) == old:
            setattr(owner, field, self.name)


def _update_passes(self: bpy.types.PropertyGroup, _context: object) -> None:
    """The sockets of Render Layers follow."""
    for scene in self.id_data.users_scene:
        for layer in scene.view_layers:
            layer.update_render_passes()


def _tag_owner(self: bpy.types.PropertyGroup, _context: object) -> None:
    """Settings of ours tag nothing by themselves: evaluated copies would keep the old value."""
    self.id_data.update_tag()


class BlockoutClass(bpy.types.PropertyGroup):
    """One class of the palette."""

    name: StringProperty(name="Name", update=_mark_custom)
    class_id: IntProperty(
        name="Id",
        description="Number in the semantic pass",
        default=1,
        min=1,
        max=MAX_CLASS_ID,
        update=_mark_custom,
    )
    color: FloatVectorProperty(
        name="Colour",
        description="Display colour",
        subtype="COLOR_GAMMA",
        size=3,
        min=0.0,
        max=1.0,
        default=(0.5, 0.5, 0.5),
        update=_mark_custom,
    )
    keywords: StringProperty(
        name="Keywords",
        description="Words in object names that mean this class, separated by commas",
        update=_mark_custom,
    )
    use_seed: BoolProperty(
        name="Own Seed", description="This class keeps a look of its own, whatever the scene's seed"
    )
    seed: IntProperty(name="Class Seed", description="The look of this class", min=0)
    style: StringProperty(
        name="Style",
        description="This class looks as in that picture; empty: as the whole picture does",
        search=_search_styles,
    )


class BlockoutStyle(bpy.types.PropertyGroup):
    """A look that is saved in the file."""

    name: StringProperty(name="Name", description="Name of the style", update=_rename_style)
    known_as: StringProperty(options={"HIDDEN"})
    data: StringProperty(
        name="Data", description="The codes of its classes, as JSON", options={"HIDDEN"}
    )


class BlockoutVoidObject(bpy.types.PropertyGroup):
    """One line of the guess report: an object that has no class."""

    name: StringProperty(name="Object")


class BlockoutScene(bpy.types.PropertyGroup):
    """Settings of a scene."""

    pipeline: StringProperty(
        name="Pipeline",
        description="Methods joined by '+', a model after '@'; previews: classes, shading",
        default="smis",
        search=_search_pipelines,
        search_options={"SUGGESTION"},
    )
    seed: IntProperty(
        name="Seed", description="The look of the whole picture", min=0, update=_tag_owner
    )
    temperature: FloatProperty(
        name="Temperature",
        description="Spread of the drawn looks; 0 gives the mean look",
        default=1.0,
        min=0.0,
        soft_max=2.0,
        max=10.0,
        update=_tag_owner,
    )
    use_tint: BoolProperty(
        name="Object Colours",
        description="The viewport colour of an object asks for the colour of the thing",
        default=True,
    )
    vary_objects: BoolProperty(
        name="Vary Objects",
        description="Objects of a class that shows several look different from each other",
    )
    style: StringProperty(
        name="Style",
        description="The picture looks as the style's does, whatever the seed; empty: by the seed",
        search=_search_styles,
    )
    morph_to: StringProperty(
        name="Morph to",
        description="The style that the look of the picture moves towards",
        search=_search_styles,
    )
    morph: FloatProperty(
        name="Morph",
        description="How far the look has moved; keyframe it to change over time",
        min=0.0,
        max=1.0,
        subtype="FACTOR",
        update=_tag_owner,
    )
    styles: CollectionProperty(type=BlockoutStyle)
    active_style: IntProperty(name="Active Style")
    palette: EnumProperty(name="Palette", items=PALETTE_ITEMS, update=_fill_from_preset)
    classes: CollectionProperty(type=BlockoutClass)
    active_class: IntProperty(name="Active Class")
    background: StringProperty(
        name="Background",
        description="Class of the pixels without geometry; empty or void: none",
        search=_search_classes,
    )
    filling: BoolProperty(options={"HIDDEN", "SKIP_SAVE"})
    guess_summary: StringProperty()
    guess_void: CollectionProperty(type=BlockoutVoidObject)
    active_void: IntProperty(name="Object without Class")


class BlockoutObject(bpy.types.PropertyGroup):
    """Settings of an object."""

    class_name: StringProperty(
        name="Class",
        description="Class of this object; empty: from its collection, material or name",
        search=_search_classes,
        update=_tag_owner,
    )
    appearance_seed: IntProperty(
        name="Look",
        description="A look of its own, the same for objects of a class with the same number; "
        "0: that of its class",
        min=0,
        update=_tag_owner,
    )
    style: StringProperty(
        name="Style",
        description="This object looks as in that picture; empty: as its class does",
        search=_search_styles,
        update=_tag_owner,
    )
    own_passes: BoolProperty(
        name="Own Passes",
        description="This object's layer, colour with alpha and depth, becomes passes with sockets "
        "in the compositor, where the pipeline paints objects one by one (controllable3d)",
        update=_update_passes,
    )
    use_tint: BoolProperty(
        name="Use Object Colour",
        description="The viewport colour of this object asks for its colour (white: no wish)",
        default=True,
        update=_tag_owner,
    )


class BlockoutMaterial(bpy.types.PropertyGroup):
    """Settings of a material."""

    class_name: StringProperty(
        name="Class",
        description="Class of faces with this material; empty: from the material's name",
        search=_search_classes,
    )
    texture_of: StringProperty(
        name="Texture of",
        description="The object whose texture this material shows; empty: it is none of ours",
        options={"HIDDEN"},
    )


class BlockoutCollection(bpy.types.PropertyGroup):
    """Settings of a collection."""

    class_name: StringProperty(
        name="Class",
        description="Class of the objects in this collection; empty: from the collection's name",
        search=_search_classes,
    )


def palette_of(scene: bpy.types.Scene) -> Palette:
    """The palette in force: the edited classes, or the preset while none were ever touched.

    Raises:
        ContractError: the background is not a class of the palette.
    """
    palette = scene_classes(scene)
    if is_untouched(scene.blockout):
        return palette
    background = _background_id(palette, scene.blockout.background)
    return Palette(palette.name, palette.classes, background)


def scene_classes(scene: bpy.types.Scene) -> Palette:
    """The classes in force, whatever the background field says."""
    settings = scene.blockout
    name = settings.palette.lower()
    if is_untouched(settings):
        return PALETTES[name]
    classes = tuple(
        SemanticClass(
            entry.class_id,
            entry.name,
            tuple(entry.color),
            tuple(word.strip() for word in entry.keywords.split(",") if word.strip()),
        )
        for entry in settings.classes
    )
    return Palette(name, classes)


def is_untouched(settings: BlockoutScene) -> bool:
    """Whether the preset counts because nobody has opened its list of classes yet."""
    return not settings.classes and settings.palette != CUSTOM


def _background_id(palette: Palette, name: str) -> int:
    if not name or name == VOID_NAME:
        return VOID
    found = palette.by_name(name)
    if found is None:
        raise ContractError(
            "palette.background",
            f"'{name}' is not a class of the palette",
            "Choose one of its classes as background, or clear the field",
        )
    return found.id


def fill_palette(settings: BlockoutScene, palette: Palette) -> None:
    """Write a palette into the scene's editable list; the looks of classes are kept by name."""
    kept = {e.name: (e.use_seed, e.seed, e.style) for e in settings.classes}
    settings.filling = True
    try:
        settings.classes.clear()
        for entry in palette.classes:
            item = settings.classes.add()
            item.name = entry.name
            item.class_id = entry.id
            item.color = entry.color
            item.keywords = ", ".join(entry.keywords)
            item.use_seed, item.seed, item.style = kept.get(entry.name, (False, 0, ""))
        background = palette.by_id(palette.background_id)
        settings.background = background.name if background else ""
        settings.active_class = 0
    finally:
        settings.filling = False


CLASSES = (
    BlockoutClass,
    BlockoutStyle,
    BlockoutVoidObject,
    BlockoutScene,
    BlockoutObject,
    BlockoutMaterial,
    BlockoutCollection,
)
OWNERS = (
    (bpy.types.Scene, BlockoutScene),
    (bpy.types.Object, BlockoutObject),
    (bpy.types.Material, BlockoutMaterial),
    (bpy.types.Collection, BlockoutCollection),
)


register_groups, unregister_groups = bpy.utils.register_classes_factory(CLASSES)


def register() -> None:
    """Register the groups and hang them on their owners."""
    register_groups()
    for owner, group in OWNERS:
        owner.blockout = PointerProperty(type=group)


def unregister() -> None:
    """Take everything back."""
    for owner, _ in OWNERS:
        del owner.blockout
    unregister_groups()

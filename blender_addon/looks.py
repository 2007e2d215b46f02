# SPDX-License-Identifier: GPL-3.0-or-later
"""Buttons for looks: draw again, take a style from a picture, keep one, remove it."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import bpy
import numpy as np
from bpy.props import BoolProperty, EnumProperty, StringProperty
from bpy_extras.io_utils import ImportHelper
from numpy.typing import NDArray

from .backend.errors import BackendError
from .backend.launch import current_launch
from .backend.session import Cancelled, Task
from .contract import PALETTES, ContractError, Frame, Reference, linear_to_srgb
from .export import build_frame, with_render_depsgraph
from .properties import fill_palette, is_untouched

POLL_SECONDS = 0.05
UNDOABLE = {"REGISTER", "UNDO"}
WHAT_ITEMS = (
    ("SCENE", "Picture", "Draw the look of the whole picture again", 0),
    ("CLASS", "Class", "Draw the look of the active class again, and keep all others", 1),
    ("OBJECTS", "Objects", "Draw the look of the selected objects again, and keep all others", 2),
)


class BLOCKOUT_OT_resample(bpy.types.Operator):
    """Draw a look again: another seed"""

    bl_idname = "blockout.resample"
    bl_label = "New Look"
    bl_options = UNDOABLE

    what: EnumProperty(name="What", items=WHAT_ITEMS)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Give it a random seed."""
        settings = context.scene.blockout
        if self.what == "SCENE":
            settings.seed = _random_seed()
            return {"FINISHED"}
        if self.what == "CLASS":
            return self._class(settings)
        for item in context.selected_objects:
            item.blockout.appearance_seed = _random_seed()
        return {"FINISHED"} if context.selected_objects else {"CANCELLED"}

    def _class(self, settings: object) -> set[str]:
        if is_untouched(settings):
            fill_palette(settings, PALETTES[settings.palette.lower()])
        if not 0 <= settings.active_class < len(settings.classes):
            self.report({"ERROR"}, "There is no active class")
            return {"CANCELLED"}
        entry = settings.classes[settings.active_class]
        entry.use_seed, entry.seed = True, _random_seed()
        return {"FINISHED"}


class _StyleJob:
    """An operator that asks the backend for a style: with a window it does not block."""

    _task: Task | None = None
    _timer: bpy.types.Timer | None = None
    _name: str = ""

    def _start(self, context: bpy.types.Context, frame: Frame, name: str) -> set[str]:
        self._name = name
        self._task = Task(frame, context.scene.blockout.pipeline, current_launch())
        if bpy.app.background or context.window is None:
            while not self._task.wait(POLL_SECONDS):
                pass
            return self._end(context)
        self._timer = context.window_manager.event_timer_add(POLL_SECONDS, window=context.window)
        context.window_manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Look after the task; ESC stops it."""
        if event.type == "ESC":
            self._task.cancel()
        if event.type == "TIMER" and self._task.wait(0):
            context.window_manager.event_timer_remove(self._timer)
            return self._end(context)
        return {"PASS_THROUGH"}

    def _end(self, context: bpy.types.Context) -> set[str]:
        task = self._task
        if isinstance(task.error, Cancelled):
            return {"CANCELLED"}
        if isinstance(task.error, (BackendError, ContractError)):
            self.report({"ERROR"}, str(task.error))
            return {"CANCELLED"}
        if task.error is not None:
            raise task.error
        plain = task.rendering.recipe["controls"]["styles"][self._name]
        add_style(context.scene, self._name, json.dumps(plain))
        self.report({"INFO"}, f"Style '{self._name}': {', '.join(plain['codes'])}")
        return {"FINISHED"}


class BLOCKOUT_OT_style_take(_StyleJob, bpy.types.Operator, ImportHelper):
    """Take the style of every class from a picture"""

    bl_idname = "blockout.style_take"
    bl_label = "Style from Picture"
    bl_options = UNDOABLE

    filter_glob: StringProperty(default="*.png;*.jpg;*.jpeg;*.exr;*.tif;*.tiff", options={"HIDDEN"})
    name: StringProperty(name="Name", description="Of the style; empty: the picture's")
    own_labels: BoolProperty(
        name="Own Labels",
        description="The picture has labels of its own; otherwise those of the scene are taken, "
        "for a picture of this very view",
    )
    labels: StringProperty(
        name="Labels",
        description="8-bit PNG whose grey values are class ids; empty: NAME_labels.png",
        subtype="FILE_PATH",
    )

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Read the picture, and send it with the scene's frame."""
        path = Path(self.filepath)
        try:
            semantic = None
            if self.own_labels:
                named = bpy.path.abspath(self.labels)
                semantic = read_labels(Path(named) if named else _labels_beside(path))
            reference = Reference(read_picture(path), semantic)
            name = free_name(context.scene, self.name or path.stem)
            frame = replace(_current_frame(context), references={name: reference})
        except (ContractError, BackendError) as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        return self._start(context, frame, name)


class BLOCKOUT_OT_style_keep(_StyleJob, bpy.types.Operator):
    """Save the look that the picture has now as a style, to mix it with others or morph to it"""

    bl_idname = "blockout.style_keep"
    bl_label = "Keep Look"
    bl_options = UNDOABLE

    name: StringProperty(name="Name", description="Of the style", default="look")

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Ask the backend what the seeds come to."""
        name = free_name(context.scene, self.name or "look")
        try:
            frame = _current_frame(context)
        except (ContractError, BackendError) as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        return self._start(
            context, replace(frame, controls=replace(frame.controls, keep_as=name)), name
        )


class BLOCKOUT_OT_style_remove(bpy.types.Operator):
    """Remove the active style; whoever used it looks as without"""

    bl_idname = "blockout.style_remove"
    bl_label = "Remove Style"
    bl_options = UNDOABLE

    @classmethod
    def poll(cls, context: bpy.types.Context) -> bool:
        """Only with a style to remove."""
        settings = context.scene.blockout
        return 0 <= settings.active_style < len(settings.styles)

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Remove it and every wish for it."""
        scene, settings = context.scene, context.scene.blockout
        name = settings.styles[settings.active_style].name
        settings.styles.remove(settings.active_style)
        settings.active_style = max(0, min(settings.active_style, len(settings.styles) - 1))
        users = [*settings.classes, *(item.blockout for item in scene.objects), settings]
        for user in users:
            if user.style == name:
                user.style = ""
        if settings.morph_to == name:
            settings.morph_to = ""
        return {"FINISHED"}


def add_style(scene: bpy.types.Scene, name: str, data: str) -> None:
    """Save a style in the scene and make it the active one."""
    settings = scene.blockout
    item = settings.styles.add()
    item.name, item.data = name, data
    settings.active_style = len(settings.styles) - 1


def free_name(scene: bpy.types.Scene, wish: str) -> str:
    """The wished name, or that with a number where it is taken."""
    taken = {style.name for style in scene.blockout.styles}
    names = (wish if number == 1 else f"{wish} {number}" for number in range(1, len(taken) + 2))
    return next(name for name in names if name not in taken)


def read_picture(path: Path) -> NDArray[np.float32]:
    """(H, W, 3) display-referred sRGB, top row first. Raises ContractError: it cannot be read."""
    pixels, is_float = _pixels(path)
    picture = np.ascontiguousarray(pixels[..., :3])
    return linear_to_srgb(picture) if is_float else picture


def read_labels(path: Path) -> NDArray[np.uint16]:
    """(H, W) class ids. Raises ContractError: it cannot be read, or has not 8 bits."""
    pixels, is_float = _pixels(path)
    if is_float:
        raise ContractError(str(path), "labels have 8 bits", "Save them as 8-bit grey PNG")
    return np.rint(pixels[..., 0] * 255).astype(np.uint16)


def _pixels(path: Path) -> tuple[NDArray[np.float32], bool]:
    try:
        image = bpy.data.images.load(str(path), check_existing=False)
    except RuntimeError as error:
        raise ContractError(
            str(path), "it is no picture that Blender can read", "Check the path"
        ) from error
    try:
        width, height = image.size
        if width * height == 0:
            raise ContractError(str(path), "it has no pixels", "Choose another picture")
        flat = np.empty(width * height * image.channels, np.float32)
        image.pixels.foreach_get(flat)
        return flat.reshape(height, width, image.channels)[::-1], bool(image.is_float)
    finally:
        bpy.data.images.remove(image)


def _labels_beside(path: Path) -> Path:
    return path.with_name(f"{path.stem}_labels.png")


def _current_frame(context: bpy.types.Context) -> Frame:
    scene, layer = context.scene, context.view_layer
    return with_render_depsgraph(scene, layer, lambda d, w, h: build_frame(d, scene, layer, w, h))


def _random_seed() -> int:
    return random.randint(1, 2**31 - 1)


CLASSES = (
    BLOCKOUT_OT_resample,
    BLOCKOUT_OT_style_take,
    BLOCKOUT_OT_style_keep,
    BLOCKOUT_OT_style_remove,
)

register, unregister = bpy.utils.register_classes_factory(CLASSES)

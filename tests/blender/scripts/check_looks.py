# SPDX-License-Identifier: GPL-3.0-or-later
"""Looks through Blender's own operators and settings; the test looks at the pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
from engine_pictures import _curves
from engine_scene import addon, make_scene, render_png

PIPELINE = "smis@tiny"


def main(folder: str) -> dict[str, Any]:
    """Do everything that a user can do with looks."""
    out = Path(folder)
    found: dict[str, Any] = {"drawn": drawn_again(make_scene(PIPELINE), out)}
    found["styles"] = styles(make_scene(PIPELINE), out)
    found["animation"] = animation(out)
    found["names"] = names()
    found["refused"] = refused(out)
    return found


def drawn_again(scene: bpy.types.Scene, out: Path) -> dict[str, Any]:
    settings, car = scene.blockout, bpy.data.objects["car"]
    render_png(scene, out / "plain.png")
    render_png(scene, out / "plain_again.png")
    scene.camera.location.x += 0.5
    render_png(scene, out / "moved.png")
    scene.camera.location.x -= 0.5
    select(car)
    bpy.ops.blockout.resample(what="OBJECTS")
    own = car.blockout.appearance_seed
    render_png(scene, out / "object.png")
    car.blockout.appearance_seed = 0
    bpy.ops.blockout.resample(what="CLASS")
    entry = settings.classes[settings.active_class]
    drawn = [entry.name, entry.use_seed, entry.seed]
    entry.use_seed = False
    bpy.ops.blockout.resample(what="SCENE")
    render_png(scene, out / "scene.png")
    return {"object_seed": own, "class": drawn, "seed": settings.seed}


def styles(scene: bpy.types.Scene, out: Path) -> dict[str, Any]:
    settings = scene.blockout
    settings.seed = 11
    render_png(scene, out / "eleven.png")
    kept = bpy.ops.blockout.style_keep(name="eleven")
    settings.seed, settings.style = 12, "eleven"
    render_png(scene, out / "kept.png")
    settings.style = ""
    render_png(scene, out / "twelve.png")
    write_pictures(out)
    ours = bpy.ops.blockout.style_take(filepath=str(out / "red.png"))
    own = bpy.ops.blockout.style_take(filepath=str(out / "red.png"), own_labels=True, name="own")
    bpy.ops.blockout.palette_reset(preset="STREET")
    settings.classes["road"].style = "red"
    render_png(scene, out / "road.png")
    bpy.data.objects["car"].blockout.style = "own"
    render_png(scene, out / "both.png")
    path = out / "looks.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path))
    bpy.ops.wm.open_mainfile(filepath=str(path))
    render_png(bpy.context.scene, out / "both_tomorrow.png")
    saved = [style.name for style in bpy.context.scene.blockout.styles]
    return {"results": [list(r) for r in (kept, ours, own)], "saved": saved}


def animation(out: Path) -> Any:
    """The seed's look at frame 1, the kept one at frame 3."""
    scene = make_scene(PIPELINE)
    settings = scene.blockout
    settings.seed = 11
    bpy.ops.blockout.style_keep(name="eleven")
    settings.seed, settings.morph_to = 12, "eleven"
    for frame, share in ((1, 0.0), (3, 1.0)):
        settings.morph = share
        settings.keyframe_insert("morph", frame=frame)
    for curve in _curves(scene):
        for point in curve.keyframe_points:
            point.interpolation = "LINEAR"
    scene.frame_start, scene.frame_end = 1, 3
    addon("compat").set_png(scene.render.image_settings)
    scene.render.filepath = str(out / "morph_")
    bpy.ops.render.render(animation=True)
    scene.frame_set(2)
    return settings.morph


def names() -> dict[str, Any]:
    scene = make_scene(PIPELINE)
    settings, car = scene.blockout, bpy.data.objects["car"].blockout
    bpy.ops.blockout.palette_reset(preset="STREET")
    add_style = addon("looks").add_style
    for name in ("a", "b"):
        add_style(scene, name, "{}")
    settings.style = settings.morph_to = car.style = settings.classes["sky"].style = "a"
    settings.styles["a"].name = "sunset"
    followed = [settings.style, settings.morph_to, car.style, settings.classes["sky"].style]
    bpy.ops.blockout.palette_reset(preset="STREET")
    kept = settings.classes["sky"].style
    settings.active_style = 0
    bpy.ops.blockout.style_remove()
    cleared = [settings.style, settings.morph_to, car.style, settings.classes["sky"].style]
    second = addon("looks").free_name(scene, "b")
    return {"followed": followed, "kept": kept, "cleared": cleared, "second": second}


def refused(out: Path) -> dict[str, str]:
    scene = make_scene(PIPELINE)
    texts = {}
    scene.blockout.style = "gone"
    texts["gone"] = render_png(scene, out / "none.png")
    addon("looks").add_style(scene, "gone", "{")
    texts["damaged"] = render_png(scene, out / "none.png")
    scene.blockout.style = ""
    scene.blockout.pipeline = "classes"
    texts["preview"] = error_of(lambda: bpy.ops.blockout.style_keep())
    scene.blockout.pipeline = PIPELINE
    (out / "text.png").write_text("no picture")
    texts["picture"] = error_of(lambda: bpy.ops.blockout.style_take(filepath=str(out / "text.png")))
    texts["labels"] = error_of(
        lambda: bpy.ops.blockout.style_take(
            filepath=str(out / "red.png"), own_labels=True, labels=str(out / "small.png")
        )
    )
    return texts


def select(item: bpy.types.Object) -> None:
    for other in bpy.context.view_layer.objects:
        other.select_set(other == item)
    bpy.context.view_layer.objects.active = item


def write_pictures(out: Path) -> None:
    """A red picture of the size of the render, labels for it, and labels of another size."""
    save(out / "red.png", 40, 30, (0.8, 0.1, 0.1, 1))
    save(out / "red_labels.png", 40, 30, (26 / 255, 26 / 255, 26 / 255, 1))
    save(out / "small.png", 8, 8, (7 / 255, 7 / 255, 7 / 255, 1))


def save(path: Path, width: int, height: int, color: tuple[float, ...]) -> None:
    image = bpy.data.images.new(path.stem, width, height)
    image.pixels.foreach_set(list(color) * (width * height))
    image.filepath_raw, image.file_format = str(path), "PNG"
    image.save()
    bpy.data.images.remove(image)


def error_of(call: Any) -> str:
    """What an operator reported as an error."""
    try:
        call()
    except RuntimeError as error:
        return str(error)
    return "accepted"

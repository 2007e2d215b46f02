# SPDX-License-Identifier: GPL-3.0-or-later
"""Every way to render a picture; the test looks at the files."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import bpy
from engine_scene import add_box, addon, make_scene, render_exr, render_png, traffic


def main(folder: str) -> dict[str, Any]:
    """Render all; what cannot be seen in the files is returned."""
    out = Path(folder)
    found: dict[str, Any] = {}
    for name, case in CASES.items():
        found[name] = case(out)
    return found


def still(out: Path) -> Any:
    return render_png(make_scene(), out / "still.png")


def exr(out: Path) -> Any:
    return render_exr(make_scene(), out / "still.exr")


def animation(out: Path) -> Any:
    scene = make_scene()
    car = bpy.data.objects["car"]
    for frame in (1, 3):
        car.location.x = 0.5 - (frame - 1) * 0.5
        car.keyframe_insert("location", frame=frame)
    for curve in _curves(car):
        for point in curve.keyframe_points:
            point.interpolation = "LINEAR"
    scene.frame_start, scene.frame_end = 1, 3
    addon("compat").set_png(scene.render.image_settings)
    scene.render.filepath = str(out / "animation" / "f_")
    bpy.ops.render.render(animation=True)
    return traffic()


def _curves(item: bpy.types.Object) -> Any:
    action = item.animation_data.action
    if hasattr(action, "fcurves"):
        return action.fcurves
    return action.layers[0].strips[0].channelbags[0].fcurves


def border(out: Path) -> Any:
    scene = make_scene()
    settings = scene.render
    settings.use_border = True
    settings.border_min_x, settings.border_max_x = 0.4, 0.8
    settings.border_min_y, settings.border_max_y = 0.2, 0.9
    whole = render_png(scene, out / "border.png")
    settings.use_crop_to_border = True
    return [whole, render_png(scene, out / "crop.png"), render_exr(scene, out / "crop.exr")]


def percentage(out: Path) -> Any:
    scene = make_scene()
    scene.render.resolution_percentage = 50
    return render_png(scene, out / "half.png")


def holdout(out: Path) -> Any:
    scene = make_scene()
    bpy.data.objects["car"].is_holdout = True
    return render_png(scene, out / "holdout.png")


def film(out: Path) -> Any:
    scene = make_scene()
    bpy.data.objects.remove(bpy.data.objects["road"])
    scene.render.film_transparent = True
    return render_png(scene, out / "film.png")


def view_layers(out: Path) -> Any:
    scene = make_scene()
    cars = bpy.data.collections.new("traffic")
    scene.collection.children.link(cars)
    car = bpy.data.objects["car"]
    scene.collection.objects.unlink(car)
    cars.objects.link(car)
    scene.view_layers[0].name = "all"
    empty = scene.view_layers.new("empty road")
    empty.layer_collection.children["traffic"].exclude = True
    return render_exr(scene, out / "layers.exr")


def sockets(out: Path) -> Any:
    scene = make_scene()
    if hasattr(scene, "compositing_node_group"):
        tree = bpy.data.node_groups.new("compositing", "CompositorNodeTree")
        scene.compositing_node_group = tree
    else:
        scene.use_nodes = True
        tree = scene.node_tree
        tree.nodes.clear()
    node = tree.nodes.new("CompositorNodeRLayers")
    bpy.context.view_layer.update()
    return [socket.name for socket in node.outputs if socket.enabled]


def poses(out: Path) -> Any:
    """A second frame with only poses changed; a third with a new mesh."""
    scene = make_scene()
    # Meshes that nobody has sent to this backend before.
    unique = time.time() % 1000.0
    bpy.data.objects["road"].data.vertices[0].co.x -= unique
    found = []
    render_png(scene, out / "pose1.png")
    found.append(traffic())
    bpy.data.objects["car"].location.x = -0.5
    scene.camera.location.z = 9.0
    render_png(scene, out / "pose2.png")
    found.append(traffic())
    tree = add_box("tree", (-1.5, 0.0, 0.5), (1.0, 1.0, 1.0))
    tree.data.vertices[0].co.z += unique
    render_png(scene, out / "pose3.png")
    found.append(traffic())
    return found


CASES = {
    "still": still,
    "exr": exr,
    "animation": animation,
    "border": border,
    "percentage": percentage,
    "holdout": holdout,
    "film": film,
    "view_layers": view_layers,
    "sockets": sockets,
    "poses": poses,
}

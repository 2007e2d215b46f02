# SPDX-License-Identifier: GPL-3.0-or-later
"""Layers of objects as passes of a render; the test looks at the files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy
from engine_scene import add_box, make_scene, render_exr, render_png
from mathutils import Euler, Vector

FIRST, SECOND = "car.001", "car two"


def main(folder: str, pipeline: str) -> dict[str, Any]:
    """Render all; what cannot be seen in the files is returned."""
    out = Path(folder)
    scene = cars(pipeline)
    bpy.ops.blockout.export_frame(filepath=str(out / "frame.npz"))
    found: dict[str, Any] = {"before": sockets(scene), "can_ask": asked()}
    found["unasked"] = render_exr(scene, out / "unasked.exr")
    found["operator"] = sorted(bpy.ops.blockout.layer_sockets())
    found["own"] = [item.name for item in bpy.data.objects if item.blockout.own_passes]
    found["after"] = sockets(scene)
    bpy.data.objects[SECOND].blockout.own_passes = False
    found["one"] = sockets(scene)
    found["asked"] = render_exr(scene, out / "asked.exr")
    scene.render.use_border = scene.render.use_crop_to_border = True
    scene.render.border_min_x, scene.render.border_max_x = 0.25, 0.75
    scene.render.border_min_y, scene.render.border_max_y = 0.0, 0.5
    found["border"] = render_exr(scene, out / "border.exr")
    scene.render.use_border = False
    show_in_compositor(scene, "car_001 Layer")
    found["compositor"] = render_png(scene, out / "compositor.png")
    hide_compositor(scene)
    scene.blockout.pipeline = "classes"
    found["elsewhere"] = render_exr(scene, out / "elsewhere.exr")
    return found


def cars(pipeline: str) -> bpy.types.Scene:
    """Two boxes of cars on a road, 32 x 24 pixels, seen as the model's cameras see them."""
    scene = make_scene(pipeline)
    bpy.data.objects.remove(bpy.data.objects["car"])
    scene.render.resolution_x, scene.render.resolution_y = 32, 24
    camera = scene.camera
    camera.data.type, camera.data.sensor_fit = "PERSP", "VERTICAL"
    camera.data.sensor_height = camera.data.lens = 24.0
    camera.location = Vector((7.0, 6.0, 5.9))
    camera.rotation_euler = camera.location.to_track_quat("Z", "Y").to_euler()
    for name, x, turn in ((FIRST, -1.2, 0.2), (SECOND, 1.3, 1.9)):
        item = add_box(name, (x, 0.2, 0.75), (1.8, 4.4, 1.5))
        item.rotation_euler = Euler((0.0, 0.0, turn))
        item.blockout.class_name = "car"
    return scene


def asked() -> bool:
    return bpy.ops.blockout.layer_sockets.poll()


def sockets(scene: bpy.types.Scene) -> list[str]:
    """Sockets of Render Layers that come from layers."""
    tree = _tree(scene)
    node = tree.nodes.new("CompositorNodeRLayers")
    bpy.context.view_layer.update()
    names = [socket.name for socket in node.outputs if socket.enabled and "Layer" in socket.name]
    hide_compositor(scene)
    return names


def show_in_compositor(scene: bpy.types.Scene, name: str) -> None:
    """The picture is one pass, as the compositor hands it on."""
    tree = _tree(scene)
    layers = tree.nodes.new("CompositorNodeRLayers")
    if hasattr(scene, "compositing_node_group"):
        tree.interface.new_socket("Image", in_out="OUTPUT", socket_type="NodeSocketColor")
        end = tree.nodes.new("NodeGroupOutput")
    else:
        end = tree.nodes.new("CompositorNodeComposite")
    bpy.context.view_layer.update()
    tree.links.new(layers.outputs[name], end.inputs[0])
    scene.render.use_compositing = True


def hide_compositor(scene: bpy.types.Scene) -> None:
    if hasattr(scene, "compositing_node_group"):
        scene.compositing_node_group = None
    else:
        scene.node_tree.nodes.clear()
        scene.use_nodes = False


def _tree(scene: bpy.types.Scene) -> bpy.types.NodeTree:
    if hasattr(scene, "compositing_node_group"):
        tree = bpy.data.node_groups.new("compositing", "CompositorNodeTree")
        scene.compositing_node_group = tree
        return tree
    scene.use_nodes = True
    scene.node_tree.nodes.clear()
    return scene.node_tree

# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs inside Blender: installs the zip, saves a small scene for the engine. Args: ZIP BLEND."""

import sys

import bpy

archive, blend = sys.argv[sys.argv.index("--") + 1 :]
bpy.ops.extensions.package_install_files(
    filepath=archive, repo="user_default", enable_on_install=True
)
bpy.ops.wm.save_userpref()

bpy.ops.wm.read_homefile(app_template="")
scene = bpy.context.scene
cube = next(o for o in scene.objects if o.type == "MESH")
cube.name = "car"
bpy.ops.mesh.primitive_plane_add(size=30, location=(0, 0, -1))
bpy.context.object.name = "road"
scene.render.engine = "BLOCKOUT"
scene.blockout.pipeline = "classes"
scene.render.resolution_x = 160
scene.render.resolution_y = 120
scene.render.resolution_percentage = 100
scene.view_settings.view_transform = "Standard"
scene.render.image_settings.file_format = "PNG"
bpy.ops.wm.save_as_mainfile(filepath=blend)

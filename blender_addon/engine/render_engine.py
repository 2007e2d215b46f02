# SPDX-License-Identifier: GPL-3.0-or-later
"""The class that Blender calls. It has no state: Blender makes many instances of it."""

from __future__ import annotations

import traceback

import bpy

from ..backend.errors import BackendError
from ..contract import ContractError
from ..results import register_passes
from . import final, viewport


class BlockoutRenderEngine(bpy.types.RenderEngine):
    """Block out a scene, get the picture."""

    # No __init__: since 4.4 one must forward its arguments, in 4.2 it must not.
    bl_idname = "BLOCKOUT"
    bl_label = "Blockout"
    bl_use_preview = False
    bl_use_postprocess = True
    bl_use_eevee_viewport = True
    bl_use_shading_nodes_custom = False

    def update_render_passes(
        self, scene: bpy.types.Scene, renderlayer: bpy.types.ViewLayer
    ) -> None:
        """Declare the passes."""
        register_passes(self, scene, renderlayer)

    def render(self, depsgraph: bpy.types.Depsgraph) -> None:
        """F12, animation, background: one view layer of one frame."""
        # Blender swallows exceptions from here and writes an empty picture: tell it in words.
        try:
            final.render(self, depsgraph)
        except (ContractError, BackendError) as error:
            self._fail(str(error))
        except KeyboardInterrupt:
            self._fail("the render was interrupted. Start it again")
        except Exception as error:
            traceback.print_exc()
            self._fail(
                f"unexpected {type(error).__name__} ({error}). The console has the details; "
                "please report them"
            )

    def view_update(self, context: bpy.types.Context, depsgraph: bpy.types.Depsgraph) -> None:
        """The scene has changed."""
        viewport.update(self, context, depsgraph)

    def view_draw(self, context: bpy.types.Context, depsgraph: bpy.types.Depsgraph) -> None:
        """Draw, which is also all that is called when just the view moves."""
        viewport.draw(self, context, depsgraph)

    def _fail(self, sentence: str) -> None:
        message = f"Blockout: {sentence}"
        # The first makes the operator fail, the second keeps the file from being written;
        # without a result so far, error_set alone is lost.
        self.report({"ERROR"}, message)
        self.error_set(message)

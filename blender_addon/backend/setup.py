# SPDX-License-Identifier: GPL-3.0-or-later
"""Operators: set up, remove, start and stop the backend."""

from __future__ import annotations

import threading
from pathlib import Path

import bpy
from bpy.props import EnumProperty, StringProperty

from .. import __package__ as base_package
from ..version import VERSION
from . import session
from .errors import BackendError, Cancelled
from .install import Plan, Step, install, probe, remove
from .launch import current_launch, user_folder
from .process import Launch

TICK_SECONDS = 0.1
SOURCES = (
    ("INDEX", "Download", "Download the core and torch from the package index (about 5 GB)", 0),
    ("WHEELS", "Folder of Wheels", "Install from wheels in a folder, without network", 1),
    ("EXISTING", "Existing Python", "Use a Python that has the core already", 2),
)


class Work:
    """Runs steps in a thread; the operator looks at it from Blender's thread."""

    def __init__(self, plan: Plan) -> None:
        self.step = Step(0.0, "Starting")
        self.error: BaseException | None = None
        self.cancelled = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(plan,), name="blockout-setup")
        self._thread.start()

    def done(self) -> bool:
        """Whether the thread has ended."""
        return not self._thread.is_alive()

    def wait(self) -> None:
        """Wait for the end."""
        self._thread.join()

    def _run(self, plan: Plan) -> None:
        try:
            for step in install(plan, self.cancelled.is_set):
                self.step = step
                print(f"Blockout: {step.message}")
        except BaseException as error:  # told by the operator
            self.error = error


class BLOCKOUT_OT_backend_setup(bpy.types.Operator):
    """Install the neural core into a Python of its own, outside Blender"""

    bl_idname = "blockout.backend_setup"
    bl_label = "Set Up Backend"

    source: EnumProperty(name="From", items=SOURCES, default=0)
    wheels: StringProperty(name="Wheels", subtype="DIR_PATH")
    python: StringProperty(
        name="Python",
        description="Python 3.11 to 3.13; empty: one that is found",
        subtype="FILE_PATH",
    )

    _work: Work | None = None
    _timer: bpy.types.Timer | None = None

    def invoke(self, context: bpy.types.Context, _event: bpy.types.Event) -> set[str]:
        """Ask where to install from."""
        return context.window_manager.invoke_props_dialog(self, width=420)

    def draw(self, _context: bpy.types.Context) -> None:
        """Draw the dialog."""
        layout = self.layout
        layout.use_property_split = True
        layout.prop(self, "source", expand=True)
        if self.source == "WHEELS":
            layout.prop(self, "wheels")
        layout.prop(self, "python")
        if self.source != "EXISTING":
            layout.label(text=f"Goes to {user_folder()}; ESC stops it")

    def execute(self, context: bpy.types.Context) -> set[str]:
        """Install; in a window the user can go on working."""
        try:
            if self.source == "EXISTING":
                return self._use_existing(context)
            self._work = Work(self._plan())
        except (BackendError, Cancelled) as error:
            self.report({"ERROR"}, f"Blockout: {error}")
            return {"CANCELLED"}
        if bpy.app.background or context.window is None:
            self._work.wait()
            return self._finish(context)
        manager = context.window_manager
        self._timer = manager.event_timer_add(TICK_SECONDS, window=context.window)
        manager.progress_begin(0.0, 1.0)
        manager.modal_handler_add(self)
        return {"RUNNING_MODAL"}

    def modal(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Show the progress; ESC stops."""
        assert self._work is not None
        if event.type == "ESC":
            self._work.cancelled.set()
        if event.type != "TIMER":
            return {"PASS_THROUGH"}
        step = self._work.step
        context.window_manager.progress_update(step.fraction)
        context.workspace.status_text_set(f"Blockout: {step.message} (ESC stops)")
        return self._finish(context) if self._work.done() else {"PASS_THROUGH"}

    def cancel(self, _context: bpy.types.Context) -> None:
        """Blender closes."""
        if self._work is not None:
            self._work.cancelled.set()

    def _finish(self, context: bpy.types.Context) -> set[str]:
        assert self._work is not None
        if self._timer is not None:
            context.window_manager.event_timer_remove(self._timer)
            context.window_manager.progress_end()
            context.workspace.status_text_set(None)
        error = self._work.error
        if isinstance(error, Cancelled):
            self.report({"WARNING"}, "Blockout: the set-up was stopped, nothing is changed")
            return {"CANCELLED"}
        if error is not None:
            self.report({"ERROR"}, f"Blockout: {error}")
            return {"CANCELLED"}
        session.stop()
        self.report({"INFO"}, f"Blockout: {self._work.step.message}")
        return {"FINISHED"}

    def _plan(self) -> Plan:
        wheels = None
        if self.source == "WHEELS":
            wheels = Path(bpy.path.abspath(self.wheels))
            if not self.wheels or not wheels.is_dir():
                raise BackendError(f"'{self.wheels}' is not a folder", "Choose one with wheels")
        elif not bpy.app.online_access:
            raise BackendError(
                "Blender may not use the network",
                "Allow Online Access in Preferences > System, or choose a folder of wheels",
            )
        python = Path(bpy.path.abspath(self.python)) if self.python else None
        return Plan(user_folder(), VERSION, wheels, python)

    def _use_existing(self, context: bpy.types.Context) -> set[str]:
        if not self.python:
            raise BackendError("no Python is named", "Choose the Python that has the core")
        python = Path(bpy.path.abspath(self.python))
        version = probe(python, lambda: False, user_folder())
        context.preferences.addons[base_package].preferences.python_path = str(python)
        session.stop()
        self.report({"INFO"}, f"Blockout: uses {python} with Blockout {version}")
        return {"FINISHED"}


class BLOCKOUT_OT_backend_remove(bpy.types.Operator):
    """Remove the Python that Set Up Backend made"""

    bl_idname = "blockout.backend_remove"
    bl_label = "Remove Backend"

    def invoke(self, context: bpy.types.Context, event: bpy.types.Event) -> set[str]:
        """Ask first."""
        return context.window_manager.invoke_confirm(self, event)

    def execute(self, _context: bpy.types.Context) -> set[str]:
        """Stop the backend and delete its folder."""
        session.stop()
        if not remove(user_folder()):
            self.report({"WARNING"}, "Blockout: no backend was installed")
            return {"CANCELLED"}
        self.report({"INFO"}, "Blockout: the backend is removed")
        return {"FINISHED"}


class BLOCKOUT_OT_backend_start(bpy.types.Operator):
    """Start the backend now instead of at the first render, and see that it answers"""

    bl_idname = "blockout.backend_start"
    bl_label = "Start Backend"

    def execute(self, _context: bpy.types.Context) -> set[str]:
        """Start it; in a window without waiting, the panel shows its state."""
        try:
            launch = current_launch()
            if not bpy.app.background:
                threading.Thread(target=_start, args=(launch,), daemon=True).start()
                return {"FINISHED"}
            session.supervisor.ensure(launch, lambda: False)
        except (BackendError, Cancelled) as error:
            self.report({"ERROR"}, f"Blockout: {error}")
            return {"CANCELLED"}
        hello = session.supervisor.hello
        self.report({"INFO"}, f"Blockout: backend {hello['version']} on {hello['device']}")
        return {"FINISHED"}


def _start(launch: Launch) -> None:
    """Start the backend from a thread; the supervisor keeps what went wrong as its message."""
    try:
        session.supervisor.ensure(launch, lambda: False)
    except (BackendError, Cancelled) as error:
        print(f"Blockout: {error}")


class BLOCKOUT_OT_backend_stop(bpy.types.Operator):
    """Stop the backend and give its memory back; the next render starts it again"""

    bl_idname = "blockout.backend_stop"
    bl_label = "Stop Backend"

    def execute(self, _context: bpy.types.Context) -> set[str]:
        """Stop it."""
        session.stop()
        self.report({"INFO"}, "Blockout: the backend is stopped")
        return {"FINISHED"}


CLASSES = (
    BLOCKOUT_OT_backend_setup,
    BLOCKOUT_OT_backend_remove,
    BLOCKOUT_OT_backend_start,
    BLOCKOUT_OT_backend_stop,
)


def register() -> None:
    """Register the operators."""
    for cls in CLASSES:
        bpy.utils.register_class(cls)


def unregister() -> None:
    """Unregister the operators."""
    for cls in reversed(CLASSES):
        bpy.utils.unregister_class(cls)

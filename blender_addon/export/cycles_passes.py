# SPDX-License-Identifier: GPL-3.0-or-later
"""The other producer of passes: Cycles, for what a mesh alone does not tell.

Alpha textures, hair and displacement look here as Cycles shows them. The scene itself is not
rendered: a scene of its own is made that holds the same objects, numbered by object index; what
instances (collections, geometry nodes, particles) show becomes objects with meshes of their own.
One sample at each pixel's centre decides ids, depth, normal and uv, as in the core's rasteriser.

Limits: motion blur and depth of field are off; hair on an object that also scatters instances is
left out; shading and coverage are averages over a few samples (the core's shadows are hard), and
shading sees neither alpha nor displacement, since every surface is white there.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import bpy
import numpy as np
from numpy.typing import NDArray

from .. import compat
from ..contract import VOID, ContractError, Frame, Light, Passes
from ..properties import palette_of
from .camera import Border, border_pixels
from .classes import ClassRule
from .exr import read_exr
from .frame import build_frame
from .layout import origin_of, visible_instances
from .render_depsgraph import with_render_depsgraph

MAX_INDEX = 32767  # of an object's or a material's pass index
EMPTY_DEPTH = 1e9  # Cycles writes 1e10 where there is nothing
SHADING_SAMPLES = 16
# Settings that change which geometry a render shows.
COPIED_SETTINGS = (
    "hair_type",
    "hair_subdiv",
    "use_simplify",
    "simplify_subdivision_render",
    "simplify_child_particles_render",
)


@dataclass
class _Plan:
    """What the passes' scene is made of, per object of the frame, in its order.

    ``originals`` are linked as they are; ``copies`` were made from evaluated meshes. ``lamps`` are
    copies of lights.
    """

    frame: Frame
    originals: dict[int, bpy.types.Object] = field(default_factory=dict)
    copies: dict[int, bpy.types.Object] = field(default_factory=dict)
    lamps: list[bpy.types.Object] = field(default_factory=list)
    meshes: list[bpy.types.Mesh] = field(default_factory=list)


def build_frame_with_cycles(
    scene: bpy.types.Scene,
    view_layer: bpy.types.ViewLayer,
    border: Border | None = None,
    shading_samples: int = SHADING_SAMPLES,
) -> Frame:
    """The Frame of a view layer with passes that Cycles rendered.

    Not to be called while a render runs (in a window: from an operator, before the render).

    Args:
        scene, view_layer: what to render, at the scene's current frame.
        border: as in build_frame.
        shading_samples: samples of the shading and coverage passes.

    Raises:
        ContractError: the scene cannot be rendered; see build_frame.
    """
    with _cleaned_up() as plans:
        plan, size = with_render_depsgraph(
            scene, view_layer, lambda d, w, h: _plan(d, scene, view_layer, w, h, border, plans)
        )
        with ExitStack() as stack:
            stage = stack.enter_context(_stage(scene, plan, size, border))
            indices = stack.enter_context(_numbered(plan, _material_classes(scene, plan)))
            _set_exact(stage)
            exact = _render(stage, plan.frame)
            _set_averaged(stage, shading_samples)
            alpha = _render(stage, plan.frame)["Combined.A"]
            stack.enter_context(_white(stage, plan.lamps))
            white = _render(stage, plan.frame)
    return replace(plan.frame, passes=_passes(plan.frame, indices, exact, alpha, white))


def _plan(
    depsgraph: bpy.types.Depsgraph,
    scene: bpy.types.Scene,
    view_layer: bpy.types.ViewLayer,
    width: int,
    height: int,
    border: Border | None,
    plans: list[_Plan],
) -> tuple[_Plan, tuple[int, int]]:
    """Called inside the render, where evaluated meshes can be had at render quality."""
    frame = build_frame(depsgraph, scene, view_layer, width, height, border=border)
    if len(frame.objects) > MAX_INDEX:
        raise ContractError(
            "objects",
            f"{len(frame.objects):,} objects are too many for Cycles' object index",
            f"Show at most {MAX_INDEX:,}, or let the core make the passes",
        )
    plan = _Plan(frame)
    plans.append(plan)
    index_of = {item.name: index for index, item in enumerate(frame.objects)}
    scatterers = {
        i.parent.original.as_pointer() for i in depsgraph.object_instances if i.is_instance
    }
    meshes: dict[tuple[int, ...], bpy.types.Mesh] = {}
    for instance in visible_instances(depsgraph, view_layer):
        obj = instance.object
        if obj.type == "LIGHT":
            plan.lamps.append(_copy_of_lamp(obj, instance))
            continue
        origin = origin_of(instance)
        index = index_of.get(origin.name)
        if obj.type != "MESH" or index is None:
            continue
        own = obj.original
        # A rigid body stands where the simulation of its own scene puts it.
        is_bound = own.as_pointer() in scatterers or own.rigid_body is not None
        if instance.is_instance or is_bound:
            plan.copies[index] = _copy(instance, meshes)
        else:
            plan.originals[index] = own
    plan.meshes.extend(meshes.values())
    return plan, (width, height)


def _copy(
    instance: bpy.types.DepsgraphObjectInstance,
    meshes: dict[tuple[int, ...], bpy.types.Mesh],
) -> bpy.types.Object:
    obj = instance.object
    slots = [slot.material for slot in obj.material_slots]
    key = (obj.data.as_pointer(), *(m.as_pointer() if m else 0 for m in slots))
    if key not in meshes:
        # Without a depsgraph: 4.2 crashes on the mesh of a text when it is given one.
        mesh = bpy.data.meshes.new_from_object(obj)
        for index, material in enumerate(slots[: len(mesh.materials)]):
            if material is not None:
                mesh.materials[index] = material.original
        meshes[key] = mesh
    return _placed(bpy.data.objects.new(obj.name, meshes[key]), instance)


def _copy_of_lamp(
    obj: bpy.types.Object, instance: bpy.types.DepsgraphObjectInstance
) -> bpy.types.Object:
    copy = _placed(bpy.data.objects.new(obj.name, obj.original.data), instance)
    copy.visible_camera = False
    return copy


def _placed(
    copy: bpy.types.Object, instance: bpy.types.DepsgraphObjectInstance
) -> bpy.types.Object:
    # Through a parent, since an object of its own cannot be sheared.
    copy.parent = bpy.data.objects.new("Blockout Origin", None)
    copy.matrix_parent_inverse = instance.matrix_world
    return copy


@contextmanager
def _cleaned_up() -> Iterator[list[_Plan]]:
    """Plans whose copies are removed at the end, also after an error."""
    plans: list[_Plan] = []
    try:
        yield plans
    finally:
        for plan in plans:
            for copy in (*plan.copies.values(), *plan.lamps):
                bpy.data.objects.remove(copy.parent)
                bpy.data.objects.remove(copy)
            for mesh in plan.meshes:
                bpy.data.meshes.remove(mesh)


@contextmanager
def _stage(
    scene: bpy.types.Scene, plan: _Plan, size: tuple[int, int], border: Border | None
) -> Iterator[bpy.types.Scene]:
    """A scene that holds the plan's objects and a camera without depth of field."""
    stage = bpy.data.scenes.new("Blockout Passes")
    camera = scene.camera.copy()
    camera.data = scene.camera.data.copy()
    camera.data.dof.use_dof = False
    data = camera.data
    try:
        for thing in (*plan.originals.values(), *plan.copies.values(), camera):
            stage.collection.objects.link(thing)
        stage.camera = camera
        stage.frame_set(scene.frame_current, subframe=scene.frame_subframe)
        _set_render(stage, scene, size, border)
        _set_cycles(stage)
        yield stage
    finally:
        bpy.data.scenes.remove(stage)
        bpy.data.objects.remove(camera)
        bpy.data.cameras.remove(data)


def _set_render(
    stage: bpy.types.Scene, scene: bpy.types.Scene, size: tuple[int, int], border: Border | None
) -> None:
    render = stage.render
    render.resolution_x, render.resolution_y = size
    render.resolution_percentage = 100
    render.pixel_aspect_x = scene.render.pixel_aspect_x
    render.pixel_aspect_y = scene.render.pixel_aspect_y
    for name in COPIED_SETTINGS:
        setattr(render, name, getattr(scene.render, name))
    render.use_border = render.use_crop_to_border = border is not None
    if border is not None:
        border_pixels(border, *size)
        render.border_min_x, render.border_max_x = border[:2]
        render.border_min_y, render.border_max_y = border[2:]


def _set_cycles(stage: bpy.types.Scene) -> None:
    render, cycles = stage.render, stage.cycles
    render.engine = "CYCLES"
    render.film_transparent = True
    render.use_compositing = render.use_sequencer = render.use_motion_blur = False
    cycles.device = "CPU"
    cycles.use_adaptive_sampling = cycles.use_denoising = False
    cycles.transparent_max_bounces = 128
    cycles.film_transparent_glass = False
    cycles.seed = 0
    compat.set_multilayer_exr(render.image_settings)


def _set_exact(stage: bpy.types.Scene) -> None:
    """One sample at the pixel's centre; no lights, since no light is looked at."""
    stage.cycles.samples = 1
    stage.cycles.pixel_filter_type = "GAUSSIAN"
    stage.cycles.filter_width = 0.01
    layer = stage.view_layers[0]
    for name in ("z", "normal", "uv", "object_index", "material_index"):
        setattr(layer, f"use_pass_{name}", True)
    layer.pass_alpha_threshold = 0.5


def _set_averaged(stage: bpy.types.Scene, samples: int) -> None:
    """Samples all over each pixel."""
    stage.cycles.samples = samples
    stage.cycles.pixel_filter_type = "BOX"
    stage.cycles.filter_width = 1.0


@contextmanager
def _white(stage: bpy.types.Scene, lamps: list[bpy.types.Object]) -> Iterator[None]:
    """White surfaces under the lights, without bounces."""
    for lamp in lamps:
        stage.collection.objects.link(lamp)
    stage.cycles.max_bounces = 0
    material = bpy.data.materials.new("Blockout White")
    material.use_nodes = True
    tree = material.node_tree
    tree.nodes.clear()
    shader = tree.nodes.new("ShaderNodeBsdfDiffuse")
    shader.inputs["Color"].default_value = (1.0, 1.0, 1.0, 1.0)
    output = tree.nodes.new("ShaderNodeOutputMaterial")
    tree.links.new(shader.outputs[0], output.inputs["Surface"])
    stage.view_layers[0].material_override = material
    try:
        yield
    finally:
        stage.view_layers[0].material_override = None
        bpy.data.materials.remove(material)


@contextmanager
def _numbered(plan: _Plan, materials: dict[bpy.types.Material, int]) -> Iterator[dict[int, int]]:
    """Object and material indices as the passes need them; the user's own come back afterwards.

    Yields a dict from pass index to the position in ``plan.frame.objects``.
    """
    things = {**plan.originals, **plan.copies}
    objects = {thing: (thing.pass_index, thing.is_holdout) for thing in things.values()}
    before = {material: material.pass_index for material in materials}
    try:
        for index, thing in things.items():
            # Cycles writes no data passes for holdouts: the frame says which pixels they are.
            thing.pass_index, thing.is_holdout = index + 1, False
        for material, index in materials.items():
            material.pass_index = index
        yield {index + 1: index for index in things}
    finally:
        for thing, (pass_index, is_holdout) in objects.items():
            thing.pass_index, thing.is_holdout = pass_index, is_holdout
        for material, pass_index in before.items():
            material.pass_index = pass_index


def _material_classes(scene: bpy.types.Scene, plan: _Plan) -> dict[bpy.types.Material, int]:
    """Material -> 1 + position of its class in the palette, 0 where it has none."""
    palette = palette_of(scene)
    rule = ClassRule(scene, palette)
    order = {entry.id: number for number, entry in enumerate(palette.classes, 1)}
    found: dict[bpy.types.Material, int] = {}
    for thing in (*plan.originals.values(), *plan.copies.values()):
        for slot in thing.material_slots:
            if slot.material is not None:
                class_id = rule.of_material(slot.material) or VOID
                found[slot.material.original] = order.get(class_id, 0)
    return found


def _render(stage: bpy.types.Scene, frame: Frame) -> dict[str, NDArray[np.float32]]:
    """Pass and channel -> (H, W), e.g. ``Normal.X``."""
    with tempfile.TemporaryDirectory(prefix="blockout-") as folder:
        path = Path(folder) / "passes.exr"
        stage.render.filepath = str(path)
        stage.render.use_file_extension = False
        bpy.ops.render.render(write_still=True, scene=stage.name)
        channels = read_exr(path)
    size = (frame.height, frame.width)
    prefix = f"{stage.view_layers[0].name}."
    named = {name.removeprefix(prefix): plane for name, plane in channels.items()}
    wrong = {name: plane.shape for name, plane in named.items() if plane.shape != size}
    if wrong:
        raise RuntimeError(f"Cycles rendered {wrong} instead of {size}")
    return {compat.short_pass_name(name): plane for name, plane in named.items()}


def _passes(
    frame: Frame,
    indices: dict[int, int],
    exact: dict[str, NDArray[np.float32]],
    alpha: NDArray[np.float32],
    white: dict[str, NDArray[np.float32]],
) -> Passes:
    table = _Tables(frame, indices)
    number = np.rint(exact["IndexOB.X"]).astype(np.int64)
    shown = table.drawn[number] & (exact["Depth.Z"] < EMPTY_DEPTH)
    hidden = table.holdout[number]
    semantic = np.where(shown, table.semantic(number, exact["IndexMA.X"]), 0)
    semantic[~shown & ~hidden] = frame.palette.background_id
    constant = _constant(frame.lights)
    coverage = np.where(hidden, 0.0, np.clip(alpha, 0.0, 1.0))
    return Passes(
        semantic=semantic.astype(np.uint16),
        instance=np.where(shown, table.instance[number], 0).astype(np.uint32),
        depth=np.where(shown, exact["Depth.Z"], np.inf).astype(np.float32),
        normal=_channels(exact, "Normal", "XYZ", shown).astype(np.float16),
        uv=_channels(exact, "UV", "UV", shown).astype(np.float32),
        coverage=coverage.astype(np.float16),
        shading=_shading(white, shown, hidden, constant).astype(np.float16),
    )


class _Tables:
    """Pass index -> what the frame says of the object; index 0 is nothing."""

    def __init__(self, frame: Frame, indices: dict[int, int]) -> None:
        count = MAX_INDEX + 1
        self.drawn = np.zeros(count, np.bool_)
        self.holdout = np.zeros(count, np.bool_)
        self.instance = np.zeros(count, np.uint32)
        self._class = np.zeros(count, np.uint16)
        self._has_faces = np.zeros(count, np.bool_)
        self._of_material = np.array([VOID, *(c.id for c in frame.palette.classes)], np.uint16)
        for number, position in indices.items():
            item = frame.objects[position]
            self.drawn[number], self.holdout[number] = not item.holdout, item.holdout
            self.instance[number] = item.instance_id
            self._class[number] = item.class_id
            mesh = frame.meshes[item.mesh] if item.mesh is not None else None
            self._has_faces[number] = mesh is not None and mesh.face_class is not None

    def semantic(
        self, number: NDArray[np.int64], material: NDArray[np.float32]
    ) -> NDArray[np.uint16]:
        """Classes from object and material indices (H, W)."""
        index = np.clip(np.rint(material).astype(np.int64), 0, len(self._of_material) - 1)
        by_face = np.where(self._has_faces[number], self._of_material[index], VOID)
        return np.where(by_face > 0, by_face, self._class[number])


def _channels(
    planes: dict[str, NDArray[np.float32]], name: str, letters: str, shown: NDArray[np.bool_]
) -> NDArray[np.float32]:
    stacked = np.stack([planes[f"{name}.{letter}"] for letter in letters], axis=-1)
    return np.where(shown[..., None], stacked, 0.0)


def _constant(lights: tuple[Light, ...]) -> NDArray[np.float32]:
    total = np.zeros(3, np.float32)
    for light in lights:
        if light.kind == "world":
            total += np.asarray(light.color, np.float32) * np.float32(light.energy)
    return total


def _shading(
    white: dict[str, NDArray[np.float32]],
    shown: NDArray[np.bool_],
    hidden: NDArray[np.bool_],
    constant: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Direct light on white, plus the world's constant, which nothing occludes."""
    color = np.stack([white[f"Combined.{letter}"] for letter in "RGB"], axis=-1)
    alpha = np.clip(white["Combined.A"], 1e-3, 1.0)[..., None]
    lit = np.where(shown[..., None], color / alpha, 0.0) + constant
    return np.minimum(np.where(hidden[..., None], 0.0, lit), 65504.0)

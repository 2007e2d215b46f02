# SPDX-License-Identifier: Apache-2.0
"""Methods in a row: a Frame goes in, a Rendering comes out.

A name is ``smis``, ``smis@MODEL`` or several joined by ``+``; ``classes`` and ``shading`` are
previews that need no weights. Where no model is named, each frame gets the one that knows most of
its palette's classes. Further methods come from the entry-point group ``blockout.methods``:
a class that is called as ``cls(model, device=device)`` and has the face of `methods.base.Method`.
What follows a ``+`` must also have ``refine(prepared, controls, rendering) -> Rendering``.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.metadata import entry_points
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .contract import (
    STREET,
    ContractError,
    Frame,
    Palette,
    Passes,
    Rendering,
    Style,
    require_visible_classes,
    validate_frame,
)
from .geometry.passes import rasterize_passes
from .geometry.scene import GeometryCache
from .methods.base import Method
from .previews import ClassesPreview, ShadingPreview
from .recipe import make_recipe

GROUP = "blockout.methods"
PREVIEWS: dict[str, type] = {"classes": ClassesPreview, "shading": ShadingPreview}
# Used where the package runs from its sources and no entry points are installed.
_BUILT_IN = {
    "smis": "neural_core.methods.smis.method:SmisMethod",
    "controllable3d": "neural_core.methods.controllable3d.method:Controllable3dMethod",
}
PAIRS = ("controllable3d+smis",)
"""Pipelines of two methods that go well together."""

_HOLDOUT_MARK = 65535
_SMALL_FRAME = 512 * 512

Progress = Callable[[str, float], None]
IsCancelled = Callable[[], bool]


class Cancelled(Exception):
    """The render was told to stop."""


@dataclass(frozen=True)
class Stage:
    """One method of a pipeline."""

    name: str
    method: Method


@dataclass(frozen=True)
class _Scene:
    """A frame that has passes, where holdouts are, and what each stage prepared of it."""

    key: str
    frame: Frame
    holdout: NDArray[np.bool_] | None
    prepared: tuple[Any, ...] = ()


class Pipeline:
    """Methods in a row. Not thread-safe: one pipeline renders one frame at a time."""

    def __init__(self, name: str, device: str) -> None:
        self.name = name
        self.device = device
        self.stages: tuple[Stage, ...] = ()
        self._geometry = GeometryCache()
        self._last: _Scene | None = None
        self._loaded: dict[str, Method] = {}
        self._suited_to: Palette | None = None
        self._suit(STREET)

    @classmethod
    def create(cls, name: str, device: str | None = None) -> Pipeline:
        """Load the methods of a pipeline.

        Args:
            name: see the module.
            device: cpu, cuda, cuda:1 …; None takes the GPU where there is one.

        Raises:
            ContractError: an unknown name or device, or a model that is missing or damaged.
        """
        pipeline = cls(name, _device(device))
        for stage in pipeline.stages[1:]:
            if not hasattr(stage.method, "refine"):
                raise ContractError(
                    "pipeline",
                    f"'{stage.name}' in '{name}' does not go on with another method's picture",
                    f"Use '{stage.name}' alone or first",
                )
        return pipeline

    def render(
        self,
        frame: Frame,
        progress: Progress | None = None,
        cancelled: IsCancelled | None = None,
    ) -> Rendering:
        """One picture.

        Args:
            frame: with passes, or with the meshes to rasterise them from.
            progress: called with the stage (raster, network) and how far it is, 0 to 1.
            cancelled: asked between the steps.

        Returns:
            image with the holdouts cut out of its alpha, passes, timings in ms (raster, network)
            and the recipe.

        Raises:
            Cancelled: ``cancelled`` said so.
            ContractError: the frame cannot be rendered.
        """
        validate_frame(frame)
        if self.name != "shading":
            require_visible_classes(frame)
        step = _Steps(progress, cancelled)
        timings = {"raster": 0.0, "network": 0.0}
        self._suit(frame.palette)
        with _timed(timings, "raster"), _few_threads(frame):
            step("raster", 0.0)
            scene = self._scene(frame, step)
            step("raster", 1.0)
        with _timed(timings, "network"):
            scene = self._prepare(scene)
            frame = self._with_styles(frame, scene)
            rendering = self._run(scene, frame, step)
            step("network", 1.0)
        return replace(
            rendering,
            image=_cut_out(rendering.image, scene.holdout),
            passes=scene.frame.passes,
            timings={**rendering.timings, **timings},
            recipe=make_recipe(
                frame,
                scene.key or frame.scene_hash(),
                self.name,
                [(s.name, s.method) for s in self.stages],
                self.device,
            ),
        )

    def _scene(self, frame: Frame, step: _Steps) -> _Scene:
        """The prepared scene; the last one again when only controls changed."""
        key = "" if frame.passes is not None else frame.scene_hash()
        if self._last is not None and key and self._last.key == key:
            return self._last
        self._last = None  # free its memory before the next one needs it
        passes, holdout = frame.passes, None
        if passes is None:
            passes, holdout = self._rasterize(frame)
        frame = replace(frame, passes=passes, meshes={})
        scene = _Scene(key, frame, holdout)
        self._last = scene if key else None
        return scene

    def _suit(self, palette: Palette) -> None:
        """Put in the models that suit the palette, where the name leaves the choice.

        Models stay loaded: scenes of two palettes may take turns.
        """
        if palette == self._suited_to:
            return
        stages = []
        for name in _parts(self.name):
            part = _with_model(name, palette)
            if part not in self._loaded:
                self._loaded[part] = _load(part, self.device)
            stages.append(Stage(name, self._loaded[part]))
        self.stages, self._suited_to, self._last = tuple(stages), palette, None

    def _prepare(self, scene: _Scene) -> _Scene:
        """The scene with what every stage prepares of it; nothing is done twice."""
        if scene.prepared:
            return scene
        prepared = tuple(stage.method.prepare(scene.frame) for stage in self.stages)
        ready = replace(scene, prepared=prepared)
        if self._last is scene:
            self._last = ready
        return ready

    def take_style(self, image: NDArray[np.float32], semantic: NDArray[np.uint16]) -> Style:
        """The style of a picture with its labels; see `SmisMethod.style_of`.

        Raises:
            ContractError: the pipeline takes none, or the picture does not fit.
        """
        return self._style_method().style_of(image, semantic)

    def _with_styles(self, frame: Frame, scene: _Scene) -> Frame:
        """The frame with the styles that it asks to take or to keep among its controls.

        They reach the recipe: whoever asked for them finds them there.
        """
        controls = frame.controls
        if not frame.references and not controls.keep_as:
            return frame
        method = self._style_method()
        assert scene.frame.passes is not None
        styles = dict(controls.styles)
        for name, reference in frame.references.items():
            semantic = reference.semantic
            if semantic is None:
                semantic = _at_size(scene.frame.passes.semantic, reference.image.shape[:2])
            styles[name] = method.style_of(reference.image, semantic)
        controls = replace(controls, styles=styles)
        if controls.keep_as:
            styles[controls.keep_as] = method.keep_style(controls)
        return replace(frame, controls=controls, references={})

    def _style_method(self) -> Any:
        for stage in self.stages:
            if hasattr(stage.method, "style_of"):
                return stage.method
        raise ContractError(
            "pipeline", f"'{self.name}' has no styles of its own", "Use the pipeline smis"
        )

    def _rasterize(self, frame: Frame) -> tuple[Passes, NDArray[np.bool_] | None]:
        if not any(item.holdout for item in frame.objects):
            return rasterize_passes(frame, cache=self._geometry, device=self.device), None
        # A holdout leaves void; a background of its own tells it from empty pixels.
        marked = replace(frame, palette=replace(frame.palette, background_id=_HOLDOUT_MARK))
        passes = rasterize_passes(marked, cache=self._geometry, device=self.device)
        empty = passes.semantic == _HOLDOUT_MARK
        holdout = (passes.instance == 0) & ~empty
        semantic = np.where(empty, np.uint16(frame.palette.background_id), passes.semantic)
        return replace(passes, semantic=semantic), holdout

    def _run(self, scene: _Scene, frame: Frame, step: _Steps) -> Rendering:
        rendering: Rendering | None = None
        for index, stage in enumerate(self.stages):
            step("network", index / len(self.stages))
            prepared = scene.prepared[index]
            if rendering is None:
                rendering = stage.method.render(prepared, frame.controls)
            else:
                refiner: Any = stage.method
                rendering = refiner.refine(prepared, frame.controls, rendering)
        assert rendering is not None  # a pipeline has at least one stage
        return rendering


class _Steps:
    """Tells the progress and stops where the user wants it."""

    def __init__(self, progress: Progress | None, cancelled: IsCancelled | None) -> None:
        self._progress = progress
        self._cancelled = cancelled

    def __call__(self, stage: str, fraction: float) -> None:
        if self._cancelled is not None and self._cancelled():
            raise Cancelled
        if self._progress is not None:
            self._progress(stage, fraction)


def _at_size(ids: NDArray[np.uint16], size: tuple[int, ...]) -> NDArray[np.uint16]:
    """Ids at the pixel centres of another height and width."""
    rows, columns = (
        ((np.arange(new) + 0.5) * old / new).astype(int)
        for new, old in zip(size, ids.shape, strict=True)
    )
    return ids[rows[:, None], columns[None]]


def pipeline_names() -> list[str]:
    """Names that `Pipeline.create` knows without a model: methods, pairs of them, previews."""
    return [*_methods(), *PAIRS, *PREVIEWS]


def model_names() -> list[str]:
    """Names of the installed models."""
    from .weights import list_models

    return [card.name for card in list_models()]


def _parts(name: str) -> list[str]:
    parts = [part.strip() for part in name.split("+")]
    if not all(parts):
        raise ContractError(
            "pipeline", f"'{name}' is not a name", f"Use one of {', '.join(pipeline_names())}"
        )
    return parts


def _with_model(part: str, palette: Palette) -> str:
    """A method's name with the model that suits the palette, unless one is named or none does."""
    from .weights import suited_model

    if "@" in part or part in PREVIEWS:
        return part
    card = suited_model(part, palette)
    return part if card is None else f"{part}@{card.name}"


def _load(part: str, device: str) -> Method:
    name, _, model = part.partition("@")
    if name in PREVIEWS:
        if model:
            raise ContractError(
                "pipeline", f"the preview '{name}' has no models", f"Write just '{name}'"
            )
        return PREVIEWS[name]()
    methods = _methods()
    if name not in methods:
        raise ContractError(
            "pipeline", f"there is no method '{name}'", f"Use one of {', '.join(pipeline_names())}"
        )
    try:
        return methods[name]()(model or None, device=device)
    except ImportError as error:
        raise ContractError(
            "pipeline", f"the method '{name}' cannot be loaded ({error})", "Reinstall its package"
        ) from error


def _methods() -> dict[str, Callable[[], Any]]:
    """Name -> what imports the method's class."""
    found: dict[str, Callable[[], Any]] = {
        name: lambda path=path: _import(path) for name, path in _BUILT_IN.items()
    }
    for point in entry_points(group=GROUP):
        found[point.name] = point.load
    return found


def _import(path: str) -> Any:
    module, _, attribute = path.partition(":")
    return getattr(importlib.import_module(module), attribute)


def _device(wanted: str | None) -> str:
    import torch

    if wanted is None:
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        device = torch.device(wanted)
    except RuntimeError as error:
        raise ContractError("device", f"'{wanted}' is unknown", "Use cpu or cuda") from error
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise ContractError("device", f"there is no GPU '{wanted}'", "Use --device cpu")
    return wanted


def _cut_out(image: NDArray[np.float32], holdout: NDArray[np.bool_] | None) -> NDArray[np.float32]:
    if holdout is None:
        return image
    image = image.copy()
    image[holdout, 3] = 0.0
    return image


@contextmanager
def _few_threads(frame: Frame) -> Iterator[None]:
    """One torch thread for a small frame.

    Its many small steps gain nothing from more, and on a busy machine every one of them would wait
    for the slowest thread: 1.3 s instead of 0.1 s at 256 x 256, measured on two busy cores.
    """
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1 if frame.width * frame.height <= _SMALL_FRAME else before)
    try:
        yield
    finally:
        torch.set_num_threads(before)


@contextmanager
def _timed(timings: dict[str, float], name: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    timings[name] = (time.perf_counter() - start) * 1000.0

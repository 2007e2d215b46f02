# SPDX-License-Identifier: Apache-2.0
"""Frame -> Passes: the per-pixel truth of a scene, rasterised from its layout and meshes.

One sample at the pixel's centre decides class, instance, depth, normal and uv, so ids are exact.
Coverage alone looks inside the pixel: where a neighbour differs in being covered, four samples on a
rotated grid are traced; elsewhere it is 0 or 1. What is thinner than a pixel and passes between
all centres is not seen.

Conventions where the contract leaves room: empty pixels hold the palette's background class and,
as shading, the world's constant light; a holdout leaves every pass 0 and the depth inf, yet casts
shadows. Normals
point to the side that is seen. Surfaces beyond the camera's near and far planes do not exist.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from neural_core.contract import PASS_LAYOUT, Frame, Passes

from .cameras import grid_offsets, pixel_offsets, to_camera
from .rasterizer import Rasterizer, choose_rasterizer
from .rasterizer_embree import EmbreeRasterizer
from .rays import Float, camera_rays
from .scene import GeometryCache, WorldScene, drawn_objects
from .shading import constant_light, shade
from .surface import ObjectTable, View, find_faces, find_surface

_BAND = 1 << 18
"""Pixels worked on at once: bounds the memory of a large frame."""

_NUDGE = (0.0011, 0.0007)
"""Pixels that rasterisers other than Embree are shifted by: an edge that runs exactly through
pixel centres, as in scenes built symmetrically, belongs to neither face in PyTorch3D."""

_SUBPIXELS = np.array([[-0.125, -0.375], [0.375, -0.125], [0.125, 0.375], [-0.375, 0.125]])


def rasterize_passes(
    frame: Frame,
    rasterizer: Rasterizer | None = None,
    cache: GeometryCache | None = None,
    device: str = "cpu",
) -> Passes:
    """All passes of a Frame.

    Args:
        frame: its meshes are all there.
        rasterizer: who decides which face a pixel shows; chosen for the device when None.
        cache: makes the next frame of the same scene fast; None remembers nothing.
        device: where the rasterizer runs.

    Raises:
        ContractError: a mesh is missing, or there are too many faces.
    """
    rasterizer = choose_rasterizer(device) if rasterizer is None else rasterizer
    view = _look(frame, (GeometryCache() if cache is None else cache).scene(frame))
    visible = _visible_faces(view, rasterizer, device)
    passes = _empty_passes(frame)
    flat = {name: array.reshape(-1, *array.shape[2:]) for name, array in passes.items()}
    for pixels, offsets in _bands(frame):
        band = {name: array[pixels] for name, array in flat.items()}
        _fill_band(view, visible[pixels], band, offsets)
    passes["coverage"][:] = _coverage(view, visible)
    return Passes(**passes)


def _look(frame: Frame, scene: WorldScene) -> View:
    objects = drawn_objects(frame)
    rotation = torch.from_numpy(frame.camera.camera_to_world[:3, :3].astype(np.float32))
    offset = np.asarray(to_camera(frame.camera, scene.origin), np.float32)
    vertices = torch.from_numpy(scene.vertices) @ rotation + torch.from_numpy(offset)
    table = ObjectTable(
        class_id=np.array([item.class_id for item in objects], np.uint16),
        instance_id=np.array([item.instance_id for item in objects], np.uint32),
        holdout=np.array([item.holdout for item in objects], np.bool_),
    )
    return View(frame, scene, table, vertices)


def _empty_passes(frame: Frame) -> dict[str, NDArray[Any]]:
    """Passes of a frame that shows nothing."""
    size = (frame.height, frame.width)
    passes: dict[str, NDArray[Any]] = {
        name: np.zeros(size if channels == 0 else (*size, channels), dtype)
        for name, (dtype, channels) in PASS_LAYOUT.items()
    }
    passes["semantic"][:] = frame.palette.background_id
    passes["depth"][:] = np.inf
    passes["shading"][:] = _half(constant_light(frame.lights))
    return passes


def _visible_faces(view: View, rasterizer: Rasterizer, device: str) -> NDArray[np.int64]:
    """Face at every pixel, row by row, -1 where there is none: (H * W,)."""
    frame, faces = view.frame, view.scene.layout.faces
    if not isinstance(rasterizer, EmbreeRasterizer):
        camera = frame.camera
        fragments = rasterizer.rasterize(
            view.vertices.to(device),
            torch.from_numpy(faces).to(device, torch.int64),
            replace(camera, cx=camera.cx + _NUDGE[0], cy=camera.cy + _NUDGE[1]),
            frame.width,
            frame.height,
        )
        return fragments.pix_to_face.cpu().numpy().reshape(-1)
    # The scene's own hierarchy lives in the world: a moving camera does not rebuild it.
    found = np.empty(frame.width * frame.height, np.int64)
    for pixels, offsets in _bands(frame):
        found[pixels] = _trace(view, offsets)
    return found


def _bands(frame: Frame) -> Iterator[tuple[slice, Float]]:
    """Slices of the flat image, and the offsets (2, N) of the pixel centres in them."""
    step = max(1, _BAND // frame.width)
    for top in range(0, frame.height, step):
        bottom = min(top + step, frame.height)
        pixels = slice(top * frame.width, bottom * frame.width)
        yield pixels, grid_offsets(frame.camera, frame.width, top, bottom)


def _trace(view: View, offsets: Float) -> NDArray[np.int64]:
    """Face that a ray through each image point, offsets (2, N), meets first, or -1: (N,)."""
    camera = view.frame.camera
    origins, directions, distance = camera_rays(camera, offsets)
    rotation = camera.camera_to_world[:3, :3].astype(np.float32)
    eye = (camera.camera_to_world[:3, 3] - view.scene.origin).astype(np.float32)
    return view.scene.rays.first_hit(origins @ rotation.T + eye, directions @ rotation.T, distance)


def _fill_band(
    view: View,
    visible: NDArray[np.int64],
    passes: dict[str, NDArray[Any]],
    offsets: Float,
) -> None:
    """Write the passes (flat views) of one band of pixels that show the faces ``visible``."""
    hit = np.flatnonzero(visible >= 0)
    face = visible[hit]
    if view.objects.holdout.any():
        hidden = view.objects.holdout[view.scene.layout.face_object[face]]
        for name in ("semantic", "shading"):
            passes[name][hit[hidden]] = 0
        hit, face = hit[~hidden], face[~hidden]
    if len(hit) == 0:
        return
    seen = find_faces(view, face)
    # Where all pixels show something they are written in one piece.
    target = slice(None) if len(hit) == len(visible) else hit
    surface = find_surface(view, seen, offsets[:, target])
    radiance = shade(
        view.frame.lights, surface.points, surface.normals, surface.face_normals, view.scene
    )
    passes["semantic"][target] = seen.class_id[seen.index]
    passes["instance"][target] = view.objects.instance_id[seen.item][seen.index]
    passes["depth"][target] = surface.depth
    passes["normal"][target] = _half(surface.normals)
    passes["uv"][target] = surface.uvs
    passes["shading"][target] = _half(radiance)


def _coverage(view: View, visible: NDArray[np.int64]) -> NDArray[np.float16]:
    """Share of each pixel that is covered by something other than holdouts: (H, W)."""
    frame = view.frame
    covered = _covers(view, visible).reshape(frame.height, frame.width)
    coverage = covered.astype(np.float16)
    rows, columns = np.nonzero(_edges(covered))
    for start in range(0, len(rows), _BAND):
        part = slice(start, start + _BAND)
        x = columns[part, None] + 0.5 + _SUBPIXELS[:, 0]
        y = rows[part, None] + 0.5 + _SUBPIXELS[:, 1]
        points = np.stack(pixel_offsets(frame.camera, x.reshape(-1), y.reshape(-1)))
        seen = _covers(view, _trace(view, points.astype(np.float32)))
        coverage[rows[part], columns[part]] = seen.reshape(x.shape).mean(axis=1)
    return coverage


def _covers(view: View, visible: NDArray[np.int64]) -> NDArray[np.bool_]:
    covered = visible >= 0
    if view.objects.holdout.any():
        item = view.scene.layout.face_object[visible[covered]]
        covered[covered] = ~view.objects.holdout[item]
    return covered


def _edges(covered: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Pixels that have a neighbour (of eight) of the other kind."""
    padded = np.pad(covered, 1, mode="edge")
    low = high = padded
    for axis in (0, 1):
        length = low.shape[axis] - 2
        shifts = [np.arange(start, start + length) for start in range(3)]
        low = np.logical_and.reduce([low.take(s, axis) for s in shifts])
        high = np.logical_or.reduce([high.take(s, axis) for s in shifts])
    return low != high


def _half(values: Float) -> NDArray[np.float16]:
    """To float16 without overflow to infinity. torch does this faster than numpy."""
    return torch.from_numpy(values).clamp(max=65504.0).half().numpy()

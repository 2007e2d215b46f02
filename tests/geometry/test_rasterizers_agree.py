# SPDX-License-Identifier: Apache-2.0
"""The twins against PyTorch3D on random meshes: faces, values, gradients."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from raster_scenes import RasterScene, head_on, orthographic, perspective, random_mesh, run

from neural_core.benchmarks.raster import icosphere
from neural_core.contract import Camera
from neural_core.geometry.barycentrics import resolve
from neural_core.geometry.cameras import pixel_offsets
from neural_core.geometry.rasterizer import Fragments, Rasterizer


def _scene(seed: int, camera: Camera, width: int, height: int, **mesh) -> RasterScene:
    vertices, faces = random_mesh(seed, **mesh)
    return RasterScene(vertices, faces, camera, width, height)


def _sphere() -> RasterScene:
    vertices, faces = icosphere(1280)
    return RasterScene(vertices, faces, perspective(64, 64), 64, 64)


FAR = {"faces": 150, "depth": (2.0, 9.0)}
AROUND = {"faces": 80, "depth": (-1.5, 4.0)}

SCENES = {
    "sphere": _sphere(),
    "soup": _scene(0, perspective(64, 64), 64, 64, **FAR),
    "wide": _scene(1, perspective(80, 30, cx=33.3), 80, 30, **FAR),
    "tall, non-square pixels": _scene(2, perspective(30, 80, fx=40.0, fy=61.0), 30, 80, **FAR),
    "orthographic": _scene(3, orthographic(64, 48, cx=20.2), 64, 48, **FAR),
    "through the near plane": _scene(4, perspective(64, 64, near=0.5), 64, 64, **AROUND),
    "far plane": _scene(5, perspective(48, 48, far=4.0), 48, 48, **FAR),
}


@pytest.fixture(params=list(SCENES), scope="module")
def case(request: pytest.FixtureRequest, reference: Rasterizer) -> tuple[RasterScene, Fragments]:
    """A scene and what PyTorch3D makes of it."""
    scene = SCENES[request.param]
    return scene, run(reference, scene)


def test_faces_and_values(twin: Rasterizer, case: tuple[RasterScene, Fragments]) -> None:
    scene, theirs = case
    ours = run(twin, scene)
    same = ours.pix_to_face == theirs.pix_to_face
    assert (theirs.pix_to_face >= 0).double().mean() > 0.1
    assert same.double().mean() >= 0.999
    both = same & head_on(scene)[theirs.pix_to_face]
    assert both.any()
    torch.testing.assert_close(
        ours.barycentrics[both], theirs.barycentrics[both], atol=1e-4, rtol=0
    )
    torch.testing.assert_close(ours.depth[both], theirs.depth[both], atol=1e-4, rtol=1e-4)


def test_gradients(
    twin: Rasterizer, reference: Rasterizer, case: tuple[RasterScene, Fragments]
) -> None:
    scene, theirs = case
    mine = run(twin, scene)
    counted = (mine.pix_to_face == theirs.pix_to_face) & head_on(scene)[theirs.pix_to_face]
    first, second = (_gradient(r, scene, counted) for r in (twin, reference))
    assert second.norm() > 1
    assert ((first - second).norm() / second.norm()).item() < 1e-4


def test_weights_against_float64(case: tuple[RasterScene, Fragments]) -> None:
    """The shared formula is right to float32, also where PyTorch3D is not."""
    scene, theirs = case
    x, y = pixel_offsets(scene.camera, np.arange(scene.width) + 0.5, np.arange(scene.height) + 0.5)
    offsets = torch.from_numpy(np.stack(np.meshgrid(x, y)).reshape(2, -1))
    exact = resolve(scene.vertices.double(), scene.faces, theirs.pix_to_face, offsets, scene.camera)
    ours = resolve(scene.vertices, scene.faces, theirs.pix_to_face, offsets.float(), scene.camera)
    counted = head_on(scene, cosine=0.03)[theirs.pix_to_face]
    error = (ours.barycentrics - exact.barycentrics)[counted].abs().max()
    assert error < 1e-4


def test_the_reference_is_pytorch3d_itself(reference: Rasterizer) -> None:
    """A plain call of rasterize_meshes on a scene that needs no clipping."""
    rasterize_meshes = pytest.importorskip(
        "pytorch3d.renderer.mesh.rasterize_meshes"
    ).rasterize_meshes
    meshes = pytest.importorskip("pytorch3d.structures").Meshes
    scene = SCENES["sphere"]
    x, y, z = scene.vertices.unbind(1)
    # Square image: NDC spans [-1, 1] on both axes; +X is left.
    ndc = torch.stack([-2.2 * x / -z, 2.2 * y / -z, -z], dim=1)
    found, depth, shares, _ = rasterize_meshes(
        meshes(verts=[ndc], faces=[scene.faces]),
        image_size=64,
        blur_radius=0.0,
        faces_per_pixel=1,
        perspective_correct=True,
    )
    ours = run(reference, scene)
    hit = ours.pix_to_face >= 0
    assert torch.equal(ours.pix_to_face, found[0, ..., 0])
    torch.testing.assert_close(ours.depth[hit], depth[0, ..., 0][hit], atol=1e-5, rtol=0)
    torch.testing.assert_close(ours.barycentrics[hit], shares[0, ..., 0, :][hit], atol=1e-4, rtol=0)


def _gradient(rasterizer: Rasterizer, scene: RasterScene, counted: torch.Tensor) -> torch.Tensor:
    leaf = scene.vertices.clone().requires_grad_()
    fragments = rasterizer.rasterize(leaf, scene.faces, scene.camera, scene.width, scene.height)
    values = torch.cat([fragments.barycentrics, fragments.depth[..., None]], -1)
    weights = torch.rand(values.shape, generator=torch.Generator().manual_seed(1))
    (gradient,) = torch.autograd.grad((values * weights)[counted].sum(), leaf)
    return gradient

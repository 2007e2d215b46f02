# SPDX-License-Identifier: Apache-2.0
"""controllable3d as a method: placement, controls, layers, textures, warnings and refusals."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from neural_core.contract import (
    STREET,
    Camera,
    ContractError,
    Controls,
    Frame,
    Rendering,
    SceneObject,
    rendering_from_bytes,
    rendering_to_bytes,
    texture_primitive,
)
from neural_core.geometry.cameras import project
from neural_core.geometry.primitives import box_matrix, unit_cuboid, unit_sphere
from neural_core.methods.controllable3d import textures
from neural_core.methods.controllable3d.config import Controllable3dConfig
from neural_core.methods.controllable3d.method import Controllable3dMethod, drawn_size
from neural_core.methods.controllable3d.model import Controllable3d
from neural_core.methods.controllable3d.placement import pose_of, turn_of, view_of
from neural_core.methods.controllable3d.templates import template_triangles
from neural_core.pipeline import Pipeline, pipeline_names
from neural_core.weights import save_model

CAR, TREE = 26, 21
CONFIG = Controllable3dConfig(
    size=16,
    primitive="cuboid",
    primitives=1,
    latent=16,
    poses="upright",
    texture_code=8,
    texture_width=4,
    texture_channels=3,
    texture_size=(8, 16),
    background_texture_size=(8, 16),
    width=4,
    background_width=4,
    enlargement=1.15,
    classes=("car",),
)


def method_of(config: Controllable3dConfig, folder: Path) -> Controllable3dMethod:
    torch.manual_seed(3)
    model = Controllable3d(config)
    for layer in model.modules():
        if isinstance(layer, torch.nn.Conv2d | torch.nn.ConvTranspose2d | torch.nn.Linear):
            torch.nn.init.kaiming_normal_(layer.weight)
    tensors = {k: v for k, v in model.state_dict().items() if v.dtype.is_floating_point}
    save_model(
        folder,
        f"tiny-{config.primitive}",
        tensors,
        method="controllable3d",
        domain="cars",
        size=16,
        config=config.to_dict(),
        training={},
    )
    return Controllable3dMethod(f"tiny-{config.primitive}")


@pytest.fixture
def method(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Controllable3dMethod:
    monkeypatch.setenv("BLOCKOUT_MODELS", str(tmp_path))
    return method_of(CONFIG, tmp_path)


def camera(size: tuple[int, int] = (16, 16), azimuth: float = 0.4, polar: float = 1.0) -> Camera:
    out = np.array(
        [np.sin(polar) * np.cos(azimuth), np.sin(polar) * np.sin(azimuth), np.cos(polar)]
    )
    right = np.cross([0.0, 0.0, 1.0], out)
    right /= np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3, :3] = np.column_stack([right, np.cross(out, right), out])
    pose[:3, 3] = 11 * out
    height, width = size
    side = float(min(size))
    return Camera(pose, side, side, width / 2, height / 2)


def car(number: int, x: float = 0.0, y: float = 0.0, turn: float = 0.0, seed: int = 0):
    matrix = np.eye(4)
    c, s = np.cos(turn), np.sin(turn)
    matrix[:2, :2] = [[c, -s], [s, c]]
    matrix[:3, 3] = x, y, 0.0
    box = np.array([[-0.9, -2.2, 0.0], [0.9, 2.2, 1.5]])
    return SceneObject(f"car_{number}", CAR, number, "cuboid", matrix, box, appearance_seed=seed)


def frame(*objects: SceneObject, size: tuple[int, int] = (16, 16)) -> Frame:
    return Frame(size[1], size[0], camera(size), STREET, objects)


def rendered(
    method: Controllable3dMethod, scene: Frame, controls: Controls | None = None
) -> Rendering:
    return method.render(method.prepare(scene), controls or Controls())


TEXTURES = Controls(textures=True)
FIRST, SECOND = car(1, -1.2, 0.3, 0.2, seed=5), car(2, 1.4, -0.2, 2.0, seed=6)


def test_bfloat16_draws_the_picture_of_single_precision(method: Controllable3dMethod) -> None:
    drawn = []
    for dtype in (torch.float32, torch.bfloat16):
        method.dtype = dtype
        drawn.append(rendered(method, frame(FIRST, SECOND)))
    plain, fast = drawn
    assert not np.array_equal(plain.image, fast.image)
    assert np.abs(plain.image - fast.image).mean() < 0.005
    for one, other in zip(plain.layers, fast.layers, strict=True):
        assert np.abs(one.rgba - other.rgba).mean() < 0.005


@pytest.mark.parametrize("size", [(16, 16), (20, 30)])
def test_boxes_are_where_blenders_camera_sees_them(size: tuple[int, int]) -> None:
    item = car(1, 1.1, -0.7, 0.8)
    shot = camera(size, 2.1, 0.9)
    pose = pose_of(item, CONFIG)
    view = view_of(shot, size, (2 * size[0], 2 * size[1]), CONFIG.metres)
    corners = pose.place(template_triangles("cuboid").reshape(-1, 3))
    ours = view.to_pixels(view.to_camera(corners))[0].numpy()
    world = unit_cuboid().vertices @ box_matrix(item)[:3, :3].T + box_matrix(item)[:3, 3]
    theirs = project(shot, world)[:, :2] * 2
    for corner in theirs:
        assert np.abs(ours - corner).max(1).min() < 1e-3
    middle = view.to_camera(pose.translation[None])[0, 0, 2] * CONFIG.metres
    wanted = project(shot, (box_matrix(item) @ [0, 0, 0, 1])[:3])[2]
    assert abs(float(middle) - wanted) < 1e-4


def test_the_template_keeps_to_the_boxs_own_axes() -> None:
    """The model's Z is the car's front whichever way its box is named."""
    along = pose_of(car(1, turn=0.3), CONFIG)
    box = np.array([[-2.2, -0.9, 0.0], [2.2, 0.9, 1.5]])
    across = pose_of(replace(car(1, turn=0.3 + np.pi / 2), box=box), CONFIG)
    assert torch.allclose(along.scale, across.scale, atol=1e-5)
    turned = (along.rotation * across.rotation).sum(1)[0]
    assert torch.allclose(turned.abs(), torch.ones(3), atol=1e-4)
    assert torch.allclose(torch.linalg.det(across.rotation), torch.ones(1), atol=1e-4)


def test_picture_and_layers_come_in_the_frames_size(method: Controllable3dMethod) -> None:
    found = rendered(method, frame(FIRST, SECOND, size=(20, 30)))
    assert found.image.shape == (20, 30, 4) and found.image.dtype == np.float32
    assert float(found.image.min()) >= 0 and float(found.image.max()) <= 1
    assert [layer.name for layer in found.layers] == ["car_1", "car_2"]
    for layer in found.layers:
        assert layer.rgba.shape == (20, 30, 4) and layer.depth.shape == (20, 30)
        assert 0.05 < float((layer.rgba[..., 3] > 0.05).mean()) < 0.8
        solid = np.isfinite(layer.depth)
        assert np.array_equal(solid, layer.rgba[..., 3] > 0.5)
        assert solid.any() and (layer.depth[solid] > 3).all() and (layer.depth[solid] < 20).all()
    assert found.warnings == ()


def test_what_happens_to_one_leaves_the_others_bit_for_bit(method: Controllable3dMethod) -> None:
    before = rendered(method, frame(FIRST, SECOND))
    moved = rendered(method, frame(FIRST, car(2, 1.5, 0.4, 2.6, seed=6)))
    hidden = rendered(method, frame(FIRST))
    doubled = rendered(method, frame(SECOND, FIRST, car(3, 0.0, 1.5, seed=6)))
    for other, index in ((moved, 0), (hidden, 0), (doubled, 1)):
        assert np.array_equal(before.layers[0].rgba, other.layers[index].rgba)
        assert np.array_equal(before.layers[0].depth, other.layers[index].depth)
    assert not np.array_equal(before.layers[1].rgba, moved.layers[1].rgba)
    covered = before.layers[1].rgba[..., 3] > 0
    changed = np.abs(before.image - hidden.image).max(2)
    assert float(changed[~covered].max()) < 1e-6
    assert float(changed[covered].max()) > 0.01


def test_seeds_change_what_they_name(method: Controllable3dMethod) -> None:
    before = rendered(method, frame(FIRST, SECOND))
    again = rendered(method, frame(FIRST, SECOND))
    assert np.array_equal(before.image, again.image)
    other = rendered(method, frame(replace(FIRST, appearance_seed=9), SECOND))
    assert not np.array_equal(before.layers[0].rgba, other.layers[0].rgba)
    assert np.array_equal(before.layers[1].rgba, other.layers[1].rgba)
    seeded = rendered(method, frame(FIRST, SECOND), Controls(class_seeds={CAR: 3}))
    alike = rendered(
        method, frame(replace(FIRST, appearance_seed=1)), Controls(class_seeds={CAR: 3})
    )
    assert np.array_equal(seeded.layers[0].rgba, alike.layers[0].rgba)
    named = Controls(class_seeds={CAR: 3}, object_seeds={"car_1": 6})
    own = rendered(method, frame(FIRST, SECOND), named)
    assert not np.array_equal(own.layers[0].rgba, seeded.layers[0].rgba)
    assert np.array_equal(own.layers[1].rgba, seeded.layers[1].rgba)
    whole = rendered(method, frame(FIRST, SECOND), Controls(seed=4))
    assert not np.array_equal(before.image, whole.image)
    calm = Controls(temperature=0.0)
    one, two = (rendered(method, frame(replace(FIRST, appearance_seed=s)), calm) for s in (1, 2))
    assert np.array_equal(one.image, two.image)


def test_the_camera_moves_layers_and_background(method: Controllable3dMethod) -> None:
    before = rendered(method, frame(FIRST))
    orbited = rendered(method, replace(frame(FIRST), camera=camera(azimuth=1.9)))
    assert not np.array_equal(before.image, orbited.image)
    assert orbited.warnings == ()


def test_other_classes_and_holdouts_are_no_primitives(method: Controllable3dMethod) -> None:
    tree = replace(SECOND, class_id=TREE)
    found = rendered(method, frame(FIRST, tree, replace(car(3), holdout=True)))
    assert [layer.name for layer in found.layers] == ["car_1"]
    with pytest.raises(ContractError, match="classes: car"):
        method.prepare(frame(tree))


def test_an_orthographic_camera_and_a_flat_box_are_refused(method: Controllable3dMethod) -> None:
    flat = replace(frame(FIRST), camera=replace(camera(), kind="orthographic"))
    with pytest.raises(ContractError, match="Perspective"):
        method.prepare(flat)
    box = np.array([[-0.9, -2.2, 0.0], [0.9, 2.2, 0.0]])
    with pytest.raises(ContractError, match="no volume"):
        method.prepare(frame(replace(FIRST, box=box)))


@pytest.mark.parametrize(
    ("item", "words"),
    [
        (car(1, 30.0, 0.0), "from the world's middle"),
        (replace(car(1), box=np.array([[-3, -9, 0], [3, 9, 4.0]])), "measures 6.0 x 18.0 x 4.0 m"),
        (replace(car(1), box=car(1).box + np.array([0, 0, 2])), r"\+2.0 m from the ground"),
    ],
)
def test_what_lies_out_of_range_is_said(
    method: Controllable3dMethod, item: SceneObject, words: str
) -> None:
    import re

    (warning,) = method.prepare(frame(item)).warnings
    assert "car_1" in warning and re.search(words, warning)


def test_a_tilted_car_and_strange_cameras_are_said(method: Controllable3dMethod) -> None:
    matrix = np.eye(4)
    matrix[1:3, 1:3] = [[0.9, -0.43589], [0.43589, 0.9]]
    tilted = method.prepare(frame(replace(car(1), matrix_world=matrix))).warnings
    assert any("tilted" in warning for warning in tilted)

    def said(shot: Camera) -> str:
        return " ".join(method.prepare(replace(frame(FIRST), camera=shot)).warnings)

    far = camera()
    far.camera_to_world[:3, 3] *= 2
    assert "22.0 m" in said(far)
    assert "above the ground" in said(camera(polar=0.2))
    assert "field of view" in said(replace(camera(), fx=40.0, fy=40.0))
    aside = camera()
    aside.camera_to_world[:3, 3] += aside.camera_to_world[:3, 0] * 4
    assert "look at the world's middle" in said(aside)


def test_warnings_travel_with_the_picture(method: Controllable3dMethod) -> None:
    found = rendered(method, frame(car(1, 30.0)))
    assert len(found.warnings) == 1
    assert rendering_from_bytes(rendering_to_bytes(found)).warnings == found.warnings


def test_objects_are_drawn_higher_than_their_boxes_where_the_model_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BLOCKOUT_MODELS", str(tmp_path))
    shot = frame(car(1, turn=0.5), size=(64, 64))
    tops, poses, told = [], [], []
    for lift in (0.0, 0.5):
        method = method_of(replace(CONFIG, lift=lift), tmp_path)
        prepared = method.prepare(shot)
        poses.append(prepared.poses[0])
        told.append(prepared.warnings)
        alpha = method.network.project(
            method.network.generator3d.object_features(
                method.codes(shot.objects[0], 0, Controls())
            ),
            prepared.poses[0],
            prepared.view,
        ).alpha
        tops.append(int(torch.nonzero(alpha[0, 0] > 0.5)[:, 0].min()))
    half_height = float(poses[0].scale[0, 1])
    rise = poses[0].translation - poses[1].translation
    assert torch.allclose(rise[0], torch.tensor([0.0, 0.5 * half_height, 0.0]), atol=1e-6)
    assert tops[1] < tops[0]
    assert told[0] == told[1], "warnings are about the box"


def test_textures_are_named_after_the_objects_and_kept(method: Controllable3dMethod) -> None:
    assert (
        rendered(method, frame(FIRST, SECOND)).textures == {}
    )  # they take time: only if asked for
    first = rendered(method, frame(FIRST, SECOND), TEXTURES)
    assert set(first.textures) == {"car_1", "car_2"}
    texture = first.textures["car_1"]
    assert texture.shape == (64, 96, 3) and texture.dtype == np.float32
    assert np.isfinite(texture).all() and float(texture.std()) > 0.005
    moved = rendered(method, frame(car(1, 0.5, 0.5, 1.0, seed=5)), TEXTURES)
    assert moved.textures["car_1"] is texture
    assert not np.array_equal(texture, first.textures["car_2"])


@pytest.mark.parametrize("kind", ["sphere", "point"])
def test_other_primitives_render_too(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BLOCKOUT_MODELS", str(tmp_path))
    method = method_of(replace(CONFIG, primitive=kind, points=4), tmp_path)
    found = rendered(method, frame(FIRST), TEXTURES)
    assert len(found.layers) == 1
    assert {name: t.shape for name, t in found.textures.items()} == (
        {"car_1": (64, 128, 3)} if kind == "sphere" else {}
    )


@pytest.mark.parametrize("kind", ["cuboid", "sphere"])
def test_texels_lie_where_the_meshes_uv_has_them(kind: str) -> None:
    mesh = unit_cuboid() if kind == "cuboid" else unit_sphere(64, 32)
    shares = np.random.default_rng(0).dirichlet(np.ones(3), len(mesh.faces)).astype(np.float32)
    place = np.einsum("fc,fci->fi", shares, mesh.vertices[mesh.faces])
    assert mesh.corner_uvs is not None
    uv = np.einsum("fc,fci->fi", shares, mesh.corner_uvs)
    texels = textures._cuboid_texels if kind == "cuboid" else textures._sphere_texels
    index, (height, width) = texels(torch.from_numpy(place))
    row, column = np.divmod(index.numpy(), width)
    if kind == "cuboid":
        side = np.arange(12) // 2
        x = (side % 3 + uv[:, 0]) * textures.SIDE
        y = (side // 3 + 1 - uv[:, 1]) * textures.SIDE
    else:
        x, y = uv[:, 0] * width, (1 - uv[:, 1]) * height
    away = np.abs(column + 0.5 - x)
    tolerance = 0.51 if kind == "cuboid" else 1.5
    # Near a pole, u runs together.
    good = (uv[:, 1] > 0.06) & (uv[:, 1] < 0.94) if kind == "sphere" else np.ones(len(x), bool)
    assert np.minimum(away, width - away)[good].max() < tolerance
    assert np.abs(row + 0.5 - y).max() < tolerance


def test_few_textures_are_kept(
    method: Controllable3dMethod, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("neural_core.methods.controllable3d.method.KEPT_TEXTURES", 2)
    first = rendered(method, frame(FIRST, SECOND), TEXTURES).textures
    assert set(rendered(method, frame(FIRST, car(3, seed=7)), TEXTURES).textures) == {
        "car_1",
        "car_3",
    }
    again = rendered(method, frame(FIRST, SECOND), TEXTURES).textures
    assert again["car_1"] is first["car_1"] and again["car_2"] is not first["car_2"]


@pytest.mark.parametrize("kind", ["cuboid", "sphere"])
def test_textures_are_in_the_axes_of_the_box(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A box that is long in X, not in Y, is the same primitive, turned by a quarter."""
    monkeypatch.setenv("BLOCKOUT_MODELS", str(tmp_path))
    method = method_of(replace(CONFIG, primitive=kind), tmp_path)
    along = car(1, seed=5)
    across = replace(along, box=np.array([[-2.2, -0.9, 0.0], [2.2, 0.9, 1.5]]))
    one = rendered(method, frame(along), TEXTURES).textures["car_1"]
    other = rendered(method, frame(across), TEXTURES).textures["car_1"]
    place = np.random.default_rng(0).normal(size=(500, 3))
    place /= np.abs(place).max(1)[:, None]
    place = place[place[:, 2] > -0.9]  # below, where no camera was, neighbours in the atlas count
    turn = turn_of(across, method.config)
    assert np.array_equal(turn_of(along, method.config), np.eye(3))
    # +Y of the one is where the model has its front, as is +X of the other.
    assert turn @ [0, 1, 0] == pytest.approx([1, 0, 0]) and np.linalg.det(turn) > 0
    assert not np.array_equal(one, other)
    # Not all: texels at the borders of a side are filled from whatever is beside them.
    assert _alike(_sampled(one, place), _sampled(other, place @ turn.T)) > 0.95
    assert _alike(_sampled(one, place), _sampled(other, place)) < 0.5


def _alike(one: np.ndarray, other: np.ndarray) -> float:
    """Share of the colours (N, 3) that are the same."""
    return float((np.abs(one - other).max(1) < 0.02).mean())


def _sampled(texture: np.ndarray, place: np.ndarray) -> np.ndarray:
    kind = texture_primitive(texture)
    texels = textures._cuboid_texels if kind == "cuboid" else textures._sphere_texels
    index, _ = texels(torch.from_numpy(place))
    return texture.reshape(-1, 3)[index.numpy()]


def test_drawn_sizes_are_even_and_as_short_as_in_training() -> None:
    assert drawn_size(128, 128, 64) == (64, 64)
    assert drawn_size(90, 161, 64) == (64, 114)


def test_it_is_a_pipeline(method: Controllable3dMethod) -> None:
    """From boxes alone: passes are rasterised, warnings and recipe come along."""
    pipeline = Pipeline.create("controllable3d@tiny-cuboid", "cpu")
    found = pipeline.render(frame(FIRST, car(2, 30.0)))
    assert found.passes is not None and len(found.layers) == 2 and len(found.warnings) == 1
    assert found.recipe["pipeline"] == "controllable3d@tiny-cuboid"
    alone = rendered(method, frame(FIRST))
    assert np.array_equal(found.layers[0].rgba, alone.layers[0].rgba)
    assert "controllable3d" in pipeline_names()

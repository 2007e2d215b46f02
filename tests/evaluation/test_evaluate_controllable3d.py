# SPDX-License-Identifier: Apache-2.0
"""The measures of control on painters that are right or wrong on purpose, and the whole table."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from neural_core.contract import (
    STREET,
    Camera,
    ContractError,
    Frame,
    Layer,
    Rendering,
    SceneObject,
)
from neural_core.data.sample import FORMS, Sample, pack_form
from neural_core.data.store import DatasetStore
from neural_core.evaluation import control, controllable3d
from neural_core.evaluation.control_sets import Change, changed_pictures
from neural_core.evaluation.controllable3d import evaluate_controllable3d
from neural_core.evaluation.heading import HeadingReader, axis_disagreement, disagreement
from neural_core.evaluation.layouts import (
    Layout,
    alone,
    layouts_of,
    moved_to,
    seen_heading,
    silhouette,
    turned,
)
from neural_core.evaluation.report import table
from neural_core.evaluation.settling import settle
from neural_core.geometry.passes import rasterize_passes
from neural_core.methods.controllable3d.baselines import PLAIN_METHOD, Plain2d, plain_config
from neural_core.methods.controllable3d.config import Controllable3dConfig
from neural_core.methods.controllable3d.model import Controllable3d
from neural_core.weights import find_model, load_weights, save_model

CAR, SIZE = 26, 32
CLASS_IDS = np.array([0, *sorted(c.id for c in STREET.classes)], np.uint16)
RECIPE = {
    "scene": "cars",
    "size": SIZE,
    "cameras": 2,
    "samples": 1,
    "classes": {"0": "void", **{str(c.id): c.name for c in STREET.classes}},
}
CONFIG = Controllable3dConfig(
    size=SIZE,
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
    classes=("car",),
)


class Pixels(nn.Module):
    """Stands in for the feature network: small pictures are their own features."""

    def taps(self, image: Tensor) -> list[Tensor]:
        return [torch.nn.functional.adaptive_avg_pool2d(image, side) for side in (12, 6)]

    def forward(self, image: Tensor) -> Tensor:
        return torch.nn.functional.adaptive_avg_pool2d(image, 2).flatten(1)


def camera(azimuth: float, polar: float = 1.0) -> Camera:
    out = np.array(
        [np.sin(polar) * np.cos(azimuth), np.sin(polar) * np.sin(azimuth), np.cos(polar)]
    )
    right = np.cross([0.0, 0.0, 1.0], out)
    right /= np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3, :3] = np.column_stack([right, np.cross(out, right), out])
    pose[:3, 3] = 11 * out
    return Camera(pose, SIZE, SIZE, SIZE / 2, SIZE / 2)


def car(place: tuple[float, float], heading: float, seed: int = 0) -> SceneObject:
    matrix = np.eye(4)
    c, s = math.cos(heading), math.sin(heading)
    matrix[:2, :2] = [[c, -s], [s, c]]
    matrix[:2, 3] = place
    box = np.array([[-0.9, -2.2, 0.0], [0.9, 2.2, 1.5]])
    return SceneObject("car", CAR, 1, "cuboid", matrix, box, appearance_seed=seed)


def layout(number: int) -> Layout:
    rng = np.random.default_rng(number)
    item = car(tuple(rng.uniform(-1.5, 1.5, 2)), float(rng.uniform(0, 6.28)), number)
    frame = Frame(SIZE, SIZE, camera(float(rng.uniform(0, 6.28))), STREET, (item,))
    rendering = sides(frame)
    mask = silhouette(item, frame)
    return Layout(frame, rendering.image[..., :3], mask.astype(np.int64), number // 2)


def painted(
    frame: Frame, at: Frame, color: Callable[[SceneObject, Frame], np.ndarray]
) -> Rendering:
    """Each object's box as it stands in ``at``, in its own colours, over black."""
    image, layers = np.zeros((SIZE, SIZE, 4), np.float32), []
    for item, place in zip(frame.objects, at.objects, strict=True):
        mask = silhouette(place, at)
        rgba = np.dstack([color(place, at), mask]).astype(np.float32)
        depth = np.where(mask, np.float32(9), np.float32(np.inf))
        layers.append(Layer(item.name, item.instance_id, rgba, depth))
        image[mask] = rgba[mask]
    return Rendering(image, layers=tuple(layers))


def side_colors(item: SceneObject, frame: Frame) -> np.ndarray:
    """Every side of a box has a colour of its own."""
    normal = rasterize_passes(alone(frame, item)).normal.astype(np.float64)
    local = normal @ item.matrix_world[:3, :3]
    return local / 2 + 0.5


def sides(frame: Frame) -> Rendering:
    """A perfect painter of boxes with coloured sides."""
    return painted(frame, frame, side_colors)


def deaf(frame: Frame) -> Rendering:
    """Ignores where the first object is, and how it stands."""
    place = car((0.0, 0.0), 0.0)
    fixed = replace(frame, objects=tuple(replace(place, name=o.name) for o in frame.objects))
    return painted(frame, fixed, side_colors)


def hue(*key: object) -> np.ndarray:
    return np.random.default_rng(abs(hash(key)) % 2**32).uniform(0, 1, 3)


def seeded(frame: Frame) -> Rendering:
    """One colour for each seed."""
    return painted(
        frame, frame, lambda o, f: np.broadcast_to(hue(o.appearance_seed), (SIZE, SIZE, 3))
    )


def fickle(frame: Frame) -> Rendering:
    """Another colour in every pose."""
    return painted(
        frame,
        frame,
        lambda o, f: np.broadcast_to(
            hue(o.appearance_seed, float(o.matrix_world[0, 0])), (SIZE, SIZE, 3)
        ),
    )


LAYOUTS = [layout(number) for number in range(3)]


@pytest.fixture(scope="module")
def reader() -> HeadingReader:
    return control.fit_reader([layout(number) for number in range(100, 190)], Pixels())


def test_a_perfect_painter_has_no_position_error_and_a_deaf_one_has() -> None:
    for a, b in ((LAYOUTS[0], LAYOUTS[2]), (LAYOUTS[2], LAYOUTS[0])):
        assert control.moved_error(sides, a, b) == 0.0
    off = [control.moved_error(deaf, a, b) for a, b in pairwise(LAYOUTS)]
    assert max(value or 0 for value in off) > 5


def test_what_does_not_show_has_the_worst_position() -> None:
    box = np.zeros((8, 8), bool)
    box[2:4, 2:4] = True
    nothing = np.zeros((8, 8, 4), np.float32)
    assert control.position_error(nothing, box) == control.UNSEEN
    assert control.position_error(nothing, np.zeros((8, 8), bool)) is None
    shifted = nothing.copy()
    shifted[2:4, 4:6, 3] = 0.7
    assert control.position_error(shifted, box) == pytest.approx(25.0)


def test_turns_are_read_and_a_deaf_painter_is_found_out(reader: HeadingReader) -> None:
    backbone = Pixels()
    good, bad = (
        control._turns(painter, LAYOUTS[1], backbone).rotation_error(reader)
        for painter in (sides, deaf)
    )
    assert good is not None and bad is not None
    assert good < 15 and bad > 60


def back_to_front(frame: Frame) -> Rendering:
    """What turns by half a turn looks as before."""
    return painted(
        frame,
        frame,
        lambda o, f: np.broadcast_to(
            hue(0, 2 * float(np.arctan2(o.matrix_world[1, 0], o.matrix_world[0, 0]))),
            (SIZE, SIZE, 3),
        ),
    )


def test_own_pictures_tell_headings_where_they_differ() -> None:
    backbone = Pixels()
    for painter, low, high in ((sides, 0, 15), (deaf, 60, 180), (back_to_front, 45, 180)):
        turns = [control._turns(painter, LAYOUTS[number], backbone) for number in (0, 1, 2)]
        errors = control.own_rotation_errors(turns)
        assert len(errors) == 3
        assert low <= float(np.mean([error or 0 for error in errors])) < high
    assert control.own_rotation_errors(turns[:1]) == []


def test_identity_is_kept_by_the_seed_and_lost_by_the_pose() -> None:
    backbone = Pixels()
    kept, lost = (
        control._turns(painter, LAYOUTS[0], backbone).identity() for painter in (seeded, fickle)
    )
    assert kept is not None and lost is not None
    assert kept > 0.99 and 0.3 < lost < 0.7


def test_auc_counts_pairs() -> None:
    descriptors = torch.eye(3)[[0, 0, 1, 1]]
    identity, pose = np.array([0, 0, 1, 1]), np.arange(4)
    assert control.told_apart(descriptors, identity, pose) == 1.0
    assert control.told_apart(descriptors, np.array([0, 1, 0, 1]), pose) == pytest.approx(0.25)
    assert control.told_apart(torch.ones(4, 1), identity, pose) == 0.5
    assert control.told_apart(descriptors, np.zeros(4, int), pose) is None


def test_isolation_is_exact_and_a_leak_is_seen() -> None:
    apart = (LAYOUTS[0], LAYOUTS[2])
    assert control.isolated(sides, *apart) == (0.0, 0.0)

    def leaking(frame: Frame) -> Rendering:
        found = sides(frame)
        glow = np.float32(frame.objects[0].matrix_world[0, 3] * 0.01)
        tinge = np.array([glow, glow, glow, 0], np.float32)
        layers = [replace(layer, rgba=layer.rgba + tinge) for layer in found.layers]
        return replace(found, image=found.image + glow, layers=tuple(layers))

    others, outside = control.isolated(leaking, *apart)
    assert others == pytest.approx(0.005, rel=0.01) and outside == pytest.approx(0.5, rel=0.02)


def test_moving_and_turning_keep_the_rest() -> None:
    item = car((1.0, 0.5), 0.3)
    item = replace(item, box=item.box + np.array([0.2, 0.1, 0.0]))
    moved = moved_to(item, car((-1.0, 0.2), 2.0))
    assert np.allclose(moved.matrix_world[:3, :3], item.matrix_world[:3, :3])
    centre = np.append(item.box.mean(0), 1)
    assert np.allclose((moved.matrix_world @ centre)[:2], [-1.0, 0.2])
    other = turned(item, 0.7)
    assert np.allclose(other.matrix_world @ centre, item.matrix_world @ centre)
    view = camera(0.4)
    change = seen_heading(other, view) - seen_heading(item, view)
    assert math.cos(change + 0.7) == pytest.approx(1.0)
    facing = car((0.0, 0.0), -math.pi / 2)  # its +Y is the world's +X
    assert seen_heading(facing, camera(0.0)) == pytest.approx(0.0)


def test_only_turning_counts_as_disagreement() -> None:
    asked = np.linspace(0, 2 * np.pi, 16, endpoint=False)
    assert disagreement(asked + 2.5, asked).max() < 1e-6
    assert 80 < disagreement(np.zeros(16), asked).mean() < 100


def test_half_a_turn_is_no_disagreement_of_axes() -> None:
    asked = np.linspace(0, 2 * np.pi, 16, endpoint=False)
    flipped = asked + np.pi * (np.arange(16) % 3 == 0) + 0.4
    assert axis_disagreement(flipped, asked).max() < 1e-6
    assert disagreement(flipped, asked).mean() > 50
    assert 40 < axis_disagreement(np.zeros(16), asked).mean() < 50


def save(folder: Path, name: str, method: str, network: nn.Module) -> None:
    config = network.config
    assert isinstance(config, Controllable3dConfig)
    tensors = {k: v for k, v in network.state_dict().items() if v.dtype.is_floating_point}
    save_model(
        folder, name, tensors, method=method, domain="cars", size=config.size,
        config=config.to_dict(), training={},
    )  # fmt: skip


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    store = DatasetStore(tmp_path_factory.mktemp("cars"))
    store.create(RECIPE)
    for seed in (18, 19, 20, 21, 40):  # 20 and 40 are held out
        samples = []
        for number in range(2):
            frame = layout(seed + number).frame
            view = camera(0.3 + 2 * number)
            frame = replace(frame, camera=view, objects=(car((0.3, -0.2), 0.1 * seed, seed),))
            passes = rasterize_passes(frame)
            image = np.rint(sides(frame).image[..., :3] * 255).astype(np.uint8)
            forms = {form: pack_form(frame, passes, CLASS_IDS) for form in FORMS}
            samples.append(Sample(seed, number, view, image, forms))
        store.add_scene(seed, samples)
    store.pack(rest=True)
    return store.folder


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    torch.manual_seed(0)
    save(tmp_path, "tiny", "controllable3d", Controllable3d(CONFIG))
    save(tmp_path, "tiny-plain", PLAIN_METHOD, Plain2d(plain_config(CONFIG)))
    monkeypatch.setenv("BLOCKOUT_MODELS", str(tmp_path))
    monkeypatch.setattr(controllable3d, "EfficientNetLite0", Pixels)
    monkeypatch.setattr(control, "POSES", 3)
    monkeypatch.setattr(control, "LOOKS", 2)
    return tmp_path


def test_layouts_come_from_the_tables_of_a_set(data: Path) -> None:
    from neural_core.data.dataset import FrameDataset

    found = layouts_of(FrameDataset(data, "val", "detailed"), ("car",), 3)
    assert [one.scene for one in found] == [20, 20, 40]
    for one in found:
        (item,) = one.frame.objects
        box = silhouette(item, one.frame)
        assert np.array_equal(box, one.instance == item.instance_id) and box.sum() > 30
        assert item.appearance_seed == one.scene


def test_one_table_with_model_baseline_and_real_renders(data: Path, models: Path) -> None:
    report = evaluate_controllable3d(data, [], pictures=4, scenes=2)
    ours, plain, reals = report.rows
    assert [row.name for row in report.rows] == ["tiny", "tiny-plain", "real renders"]
    for name in ("", "_moved", "_turned", "_single"):
        assert getattr(ours, f"fid{name}") > 0 and getattr(ours, f"kid{name}") is not None
    assert plain.fid is not None and plain.fid_moved is None and plain.position_error is None
    assert ours.position_error is not None and ours.position_error < 50
    assert ours.change_of_others == 0.0 and ours.change_outside == 0.0
    assert reals.position_error is not None and reals.position_error < 1e-6
    assert reals.identity_auc is not None and reals.fid is not None
    assert report.facts["real pictures"] == 4
    text = table(report, markdown=True)
    assert "position error %" in text and "control of tiny-plain" in text
    again = evaluate_controllable3d(data, ["tiny"], pictures=4, scenes=2).rows[0]
    assert replace(again, images_per_s=0) == replace(ours, images_per_s=0)


def test_the_command_prints_markdown_and_json(
    data: Path, models: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from neural_core.cli import run

    line = ["evaluate", "controllable3d", "--data", str(data), "--model", "tiny-plain"]
    line += ["--pictures", "2", "--scenes", "2"]
    assert run([*line, "--markdown"]) == 0
    assert capsys.readouterr().out.startswith("|  | images |")
    out = tmp_path / "tables" / "kept.json"
    out.parent.mkdir()
    assert run([*line, "--json", "--out", str(out)]) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(out.read_text())
    assert run(["evaluate", "controllable3d", "--data", str(data), "--model", "none"]) == 2
    assert "no model 'none' is installed" in capsys.readouterr().err


def test_how_low_objects_sit_is_written_into_the_card(data: Path, models: Path) -> None:
    from neural_core.cli import run
    from neural_core.data.dataset import FrameDataset

    before = find_model("controllable3d", "tiny")
    card = settle(before, FrameDataset(data, "train", "detailed"), 4)
    first = card.config["lift"]
    assert np.isfinite(first) and first != 0.0
    assert {**before.config, "lift": first} == find_model("controllable3d", "tiny").config
    assert load_weights(card).keys() == load_weights(before).keys()
    assert run(["models", "settle", "tiny", "--data", str(data), "--json"]) == 0
    # What is left after raising is small against what there was.
    second = find_model("controllable3d", "tiny").config["lift"]
    assert abs(second - first) < max(0.5 * abs(first), 0.1)


def test_another_size_is_refused(data: Path, models: Path) -> None:
    save(models, "large", "controllable3d", Controllable3d(replace(CONFIG, size=64)))
    with pytest.raises(ContractError, match="64 px wide"):
        evaluate_controllable3d(data, ["large"], pictures=2, scenes=2)


def test_all_changes_show_the_same_scenes() -> None:
    """Same seeds, same cameras; a model whose poses are its own pictures tells what changed."""
    seen = {}

    class Recorder(Controllable3d):
        def forward(self, codes, view, visible, poses=None):  # type: ignore[no-untyped-def]
            seen[change] = (codes.objects, view.extrinsics, visible, poses)
            return super().forward(codes, view, visible, poses)

    network = Recorder(replace(CONFIG, size=16)).eval()
    for change in Change:
        (batch,) = changed_pictures(network, change, 5, 3, seed=4)
        assert batch.shape == (5, 3, 16, 16)
    plain, moved, spun, single = (seen[change] for change in Change)
    for other in (moved, spun, single):
        assert torch.equal(plain[0], other[0]) and torch.equal(plain[1], other[1])
    assert torch.equal(plain[2], moved[2]) and set(plain[2].sum(1).tolist()) > {1}
    assert single[2].sum(1).tolist() == [1] * 5
    apart = (plain[3].translation != moved[3].translation).sum(1)
    assert int(apart.max()) == 1 and not (plain[3].translation != moved[3].translation)[:, 1].any()
    assert torch.equal(plain[3].rotation, moved[3].rotation)
    assert torch.equal(plain[3].translation, spun[3].translation)
    assert not torch.equal(plain[3].rotation, spun[3].rotation)
    assert torch.equal(plain[3].rotation, single[3].rotation)

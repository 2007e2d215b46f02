# SPDX-License-Identifier: Apache-2.0
"""The form code on frames that the core rasterises itself, and on noise."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from data_doubles import CLASS_IDS, make_sample

from neural_core.commands.doctor import sample_frame
from neural_core.contract import Camera
from neural_core.data import form_code
from neural_core.data.box_hits import box_hits
from neural_core.data.codec import decode_normal, encode_lossless
from neural_core.data.depth_code import STEP
from neural_core.data.form_code import decode_form, encode_form
from neural_core.data.light_code import TOLERANCE
from neural_core.data.sample import FormArrays, pack_form
from neural_core.data.shade_code import FAINTEST, WORST
from neural_core.geometry.passes import rasterize_passes

SIZE = 128


@pytest.fixture(scope="module")
def real() -> tuple[FormArrays, Camera]:
    frame = sample_frame(SIZE)
    return pack_form(frame, rasterize_passes(frame), CLASS_IDS), frame.camera


def back_again(form: FormArrays, camera: Camera) -> FormArrays:
    return decode_form(encode_form(form, camera), camera, form.table)


def degrees(mine: np.ndarray, back: np.ndarray) -> np.ndarray:
    cosine = (decode_normal(mine) * decode_normal(back)).sum(-1)
    return np.degrees(np.arccos(np.clip(cosine, -1, 1)))


def assert_shading(form: FormArrays, back: FormArrays) -> None:
    """The bounds of shading that no single light explains."""
    wrong = back.shading.astype(float) - form.shading
    assert np.abs(wrong).max() <= WORST
    assert np.square(wrong).mean() <= 255**2 / 10 ** (FAINTEST / 10)


def assert_bounds(form: FormArrays, back: FormArrays) -> None:
    assert_labels_and_surface(form, back)
    assert np.abs(back.shading.astype(int) - form.shading).max() <= TOLERANCE


def assert_labels_and_surface(form: FormArrays, back: FormArrays) -> None:
    for name in ("semantic", "instance", "coverage"):
        mine, other = getattr(form, name), getattr(back, name)
        assert mine.dtype == other.dtype and np.array_equal(mine, other), name
    solid = form.inverse_depth > 0
    assert np.array_equal(back.inverse_depth > 0, solid)
    assert back.depth_step == form.depth_step
    mine, other = (f.inverse_depth[solid].astype(np.float64) for f in (form, back))
    assert (np.abs(other - mine) <= mine * (np.exp(STEP / 2) - 1) + 0.5001).all()
    assert degrees(form.normal, back.normal)[solid].max(initial=0) < 4


def test_a_rasterised_frame_comes_back_within_the_bounds(real):
    form, camera = real
    back = back_again(form, camera)
    assert_bounds(form, back)
    assert back.shading.dtype == form.shading.dtype and back.normal.dtype == form.normal.dtype


def test_what_is_its_box_costs_next_to_nothing(real):
    form, camera = real
    assert (form.instance > 0).mean() > 0.2, "there is something to see"
    assert len(encode_form(form, camera)) < 1000


@pytest.mark.parametrize(("size", "seed"), [(16, 1), (33, 2), (50, 3)])
def test_noise_comes_back_within_the_same_bounds(size, seed):
    sample = make_sample(seed, 0, size)
    for form in sample.forms.values():
        back = back_again(form, sample.view)
        assert_labels_and_surface(form, back)
        assert_shading(form, back)


def test_wide_pictures_and_orthographic_cameras(real):
    form, camera = real
    part = {
        name: getattr(form, name)[30:71, 5:]
        for name in ("semantic", "instance", "inverse_depth", "normal", "shading", "coverage")
    }
    cut = replace(form, **part)
    for kind in ("perspective", "orthographic"):
        moved = replace(camera, cx=camera.cx - 5, cy=camera.cy - 30, kind=kind)
        assert_bounds(cut, back_again(cut, moved))


def test_more_than_255_things(real):
    form, camera = real
    table = form.table
    rows = np.arange(300) % len(table.class_id)
    many = replace(table, **{name: column[rows] for name, column in vars(table).items()})
    instance = (np.arange(SIZE * SIZE).reshape(SIZE, SIZE) % 300).astype(np.uint16)
    form = replace(form, table=many, instance=instance)
    assert_bounds(form, back_again(form, camera))


def test_labels_that_follow_no_rule_stay_exact(real):
    form, camera = real
    rng = np.random.default_rng(4)
    shape = form.semantic.shape
    odd = replace(
        form,
        semantic=rng.integers(0, 17, shape).astype(np.uint8),
        coverage=rng.integers(0, 256, shape).astype(np.uint8),
        inverse_depth=form.inverse_depth * (rng.random(shape) < 0.8).astype(np.uint16),
    )
    assert_bounds(odd, back_again(odd, camera))


def test_an_empty_picture(real):
    form, camera = real
    nothing = {
        name: np.zeros_like(getattr(form, name))
        for name in ("semantic", "instance", "inverse_depth", "shading", "coverage")
    }
    empty = replace(form, **nothing)
    back = back_again(empty, camera)
    assert_bounds(empty, back)
    assert (back.normal == 127).all()


def test_many_lights_cost_little_and_change_nothing_else(real):
    form, camera = real
    y, x = np.mgrid[:SIZE, :SIZE] / SIZE
    lamps = 70 + 90 * np.exp(-9 * ((x - 0.3) ** 2 + (y - 0.6) ** 2)) + 30 * np.sin(5 * x + 3 * y)
    facing = 0.6 + 0.4 * np.abs(decode_normal(form.normal)[..., 2])
    shading = np.rint(lamps * facing)[..., None] * np.array([1.0, 0.9, 0.8])
    soft = replace(form, shading=shading.astype(np.uint8))
    data = encode_form(soft, camera)
    back = decode_form(data, camera, soft.table)
    assert len(data) < 3000
    assert not np.array_equal(back.shading, soft.shading), "it is not kept losslessly"
    assert_shading(soft, back)
    assert_labels_and_surface(soft, back)


def test_shading_kept_lossless_by_earlier_versions_reads(real, monkeypatch):
    form, camera = real
    shading = np.random.default_rng(6).integers(0, 256, form.shading.shape).astype(np.uint8)
    form = replace(form, shading=shading)
    monkeypatch.setattr("neural_core.data.form_code.encode_shades", encode_lossless)
    assert np.array_equal(back_again(form, camera).shading, shading)


def test_planes_have_no_bands(real):
    """On a plane the inverse depth is linear, to the rounding of its codes."""
    form, camera = real
    back = back_again(form, camera)
    road = np.bincount(form.instance[form.instance > 0]).argmax()
    rows, columns = np.nonzero(form.instance == road)
    plane = np.stack([rows, columns, np.ones_like(rows)], 1).astype(np.float64)
    values = back.inverse_depth[rows, columns].astype(np.float64)
    fit = plane @ np.linalg.lstsq(plane, values, rcond=None)[0]
    flat = 0.005 * values.max()
    assert np.abs(form.inverse_depth[rows, columns] - fit).max() < flat, "it is a plane to see"
    assert np.abs(values - fit).max() < 1.5 * flat
    jumps = np.abs(np.diff(back.inverse_depth.astype(np.float64), axis=1))
    inside = (form.instance[:, 1:] == road) & (form.instance[:, :-1] == road)
    assert jumps[inside].max() < flat, "no steps where the slope is even"


def test_box_hits_are_those_of_the_rasteriser(real):
    form, camera = real
    hits = box_hits(form.instance, camera, form.table.matrix_world, form.table.box)
    solid = form.instance > 0
    depth = 1 / (form.inverse_depth[solid] * form.depth_step)
    assert np.quantile(np.abs(hits.depth[solid] / depth - 1), 0.95) < 2e-3
    agree = np.abs(hits.normal[solid].astype(int) - form.normal[solid]).max(-1) <= 1
    assert agree.mean() > 0.95


@pytest.mark.parametrize("keep", [0.0, 0.1, 0.5, 0.97])
def test_cut_bytes_are_noticed(real, keep):
    form, camera = real
    data = encode_form(form, camera)
    with pytest.raises((ValueError, OSError, IndexError)):
        decode_form(data[: int(len(data) * keep)], camera, form.table)


def test_forms_without_a_step_of_depth_are_read_with_the_first_one(real, monkeypatch):
    """Sets of the first version say nothing of it, and are as fine as they were."""
    form, camera = real
    fine = partial(form_code.encode_depth, step=0.01)
    monkeypatch.setattr(form_code, "encode_depth", fine)
    parts = form_code._split(encode_form(form, camera))
    old = form_code._join({**parts, "head": parts["head"][:8]})
    back = decode_form(old, camera, form.table)
    solid = form.inverse_depth > 0
    mine, other = (f.inverse_depth[solid].astype(np.float64) for f in (form, back))
    assert (np.abs(other - mine) <= mine * (np.exp(0.005) - 1) + 0.5001).all()

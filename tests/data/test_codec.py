# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neural_core.data import codec


def unit_vectors(count: int) -> np.ndarray:
    vectors = np.random.default_rng(0).normal(size=(count, 3))
    axes = np.concatenate([np.eye(3), -np.eye(3)])
    vectors = np.concatenate([vectors, axes])
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def test_normals_come_back_within_a_degree():
    normals = unit_vectors(2000)
    back = codec.decode_normal(codec.encode_normal(normals))
    angles = np.degrees(np.arccos(np.clip((normals * back).sum(1), -1, 1)))
    assert angles.max() < 1.0
    assert np.allclose(np.linalg.norm(back, axis=1), 1, atol=1e-5)


def test_axes_are_exact():
    axes = np.concatenate([np.eye(3), -np.eye(3)]).astype(np.float32)
    assert np.allclose(codec.decode_normal(codec.encode_normal(axes)), axes, atol=1e-6)


def test_inverse_depth_error_is_one_code_and_empty_stays_empty():
    depth = np.random.default_rng(1).uniform(1.0, 500.0, (9, 7)).astype(np.float32)
    depth[0, 0] = np.inf
    codes, step = codec.encode_inverse_depth(depth)
    back = codec.decode_inverse_depth(codes, step)
    assert back[0, 0] == 0
    assert (back[np.isfinite(depth)] > 0).all()
    assert np.abs(back - 1 / depth).max() <= step


def test_an_empty_picture_has_no_depth():
    codes, _ = codec.encode_inverse_depth(np.full((4, 4), np.inf, np.float32))
    assert not codes.any()


def test_shading_keeps_values_above_one_and_clips_at_the_maximum():
    values = np.array([0.0, 0.002, 0.2, 1.0, 2.5, 4.0, 50.0], np.float32)
    back = codec.decode_shading(codec.encode_shading(values))
    assert back == pytest.approx([0, 0.002, 0.2, 1, 2.5, 4, 4], abs=0.016)
    assert back[-1] == codec.SHADING_MAX


@given(st.integers(0, 2), st.sampled_from([np.uint8, np.uint16]), st.integers(0, 2**32 - 1))
def test_differences_are_undone_exactly(order, dtype, seed):
    rng = np.random.default_rng(seed)
    array = rng.integers(0, np.iinfo(dtype).max + 1, (2, 3, 5, 2)).astype(dtype)
    changed = codec.difference(array, order)
    assert changed.dtype == dtype
    assert np.array_equal(codec.undo_difference(changed, order), array)


def test_a_plane_deflates_to_almost_nothing():
    x, y = np.meshgrid(np.arange(64), np.arange(64))
    codes, _ = codec.encode_inverse_depth((1 / (0.01 + 0.001 * x + 0.0005 * y)).astype(np.float32))
    filtered = codec.difference(codes[None], 2)[0, :, 2:]
    assert np.abs(filtered.astype(np.int16)).max() <= 2


def test_bytes_are_split_and_joined():
    array = np.random.default_rng(2).integers(0, 65536, (3, 4, 5)).astype(np.uint16)
    assert np.array_equal(codec.join_bytes(codec.split_bytes(array)), array)


def test_pictures_are_lossless():
    image = np.random.default_rng(3).integers(0, 256, (8, 6, 3)).astype(np.uint8)
    assert np.array_equal(codec.decode_picture(codec.encode_picture(image)), image)

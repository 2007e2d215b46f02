# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from neural_core.contract import ContractError
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


def smooth_picture(size: int) -> np.ndarray:
    y, x = np.mgrid[:size, :size] / size
    return (255 * np.stack([x, y, (x + y) / 2], -1)).astype(np.uint8)


def test_pictures_come_back_nearly_as_they_were_and_always_as_the_same_bytes():
    image = smooth_picture(64)
    image[20:40, 10:30] = (200, 30, 30)
    data = codec.encode_picture(image)
    back = codec.decode_picture(data)
    error = np.abs(back.astype(int) - image)
    assert error.mean() < 2 and error.max() < 40
    assert codec.encode_picture(image) == data


def test_lossless_pictures_are():
    image = np.random.default_rng(3).integers(0, 256, (8, 6, 3)).astype(np.uint8)
    assert np.array_equal(codec.decode_picture(codec.encode_lossless(image)), image)


def test_a_pillow_without_avif_is_told(monkeypatch):
    monkeypatch.setattr(codec.features, "check", lambda name: False)
    with pytest.raises(ContractError, match=r"pillow: it cannot write AVIF"):
        codec.encode_picture(smooth_picture(16))

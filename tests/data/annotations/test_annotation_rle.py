# SPDX-License-Identifier: Apache-2.0
import numpy as np
import pytest

from neural_core.data.annotations.rle import encode_mask, runs

mask_api = pytest.importorskip("pycocotools.mask")


def encode(mask: np.ndarray) -> dict:
    height, width = mask.shape
    return encode_mask(np.flatnonzero(mask.T), width, height)


@pytest.mark.parametrize("seed", range(60))
def test_masks_are_coded_as_the_reference_codes_them(seed):
    rng = np.random.default_rng(seed)
    mask = rng.random(rng.integers(1, 40, 2)) < rng.choice([0.0, 0.03, 0.5, 0.97, 1.0])
    wanted = mask_api.encode(np.asfortranarray(mask, np.uint8))
    found = encode(mask)
    assert found["size"] == wanted["size"]
    assert found["counts"] == wanted["counts"].decode()
    assert np.array_equal(mask_api.decode(found), mask)


def test_long_runs_need_many_letters():
    mask = np.zeros((700, 900), bool)
    mask[3:690, 400:880] = True
    mask[0, 0] = True
    assert np.array_equal(mask_api.decode(encode(mask)), mask)
    assert mask_api.area(encode(mask)) == mask.sum()


def test_an_empty_mask_is_one_run():
    assert runs(np.zeros(0, np.int64), 12) == [12]

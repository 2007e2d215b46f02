# SPDX-License-Identifier: Apache-2.0
import pytest
import torch
from data_doubles import RECIPE, make_sample
from torch.utils.data import DataLoader

from neural_core.contract import ContractError
from neural_core.data.dataset import FrameDataset
from neural_core.data.store import DatasetStore


@pytest.fixture
def folder(tmp_path):
    store = DatasetStore(tmp_path / "set")
    store.create(RECIPE)
    for seed in (18, 19, 20, 21):
        store.add_scene(seed, [make_sample(seed, camera) for camera in range(2)])
    return tmp_path / "set"


def test_splits_are_by_scene_and_share_nothing(folder):
    train = FrameDataset(folder, "train")
    val = FrameDataset(folder, "val")
    assert {train.key(i)[0] for i in range(len(train))} == {18, 19, 21}
    assert [val.key(i) for i in range(len(val))] == [(20, 0), (20, 1)]
    assert len(FrameDataset(folder, "all")) == 8


def test_a_growing_folder_gives_what_is_there(folder):
    assert len(FrameDataset(folder, "all")) == 8
    DatasetStore(folder).add_scene(22, [make_sample(22, 0)])
    assert len(FrameDataset(folder, "all")) == 9


def test_both_forms_have_their_own_keys(folder):
    sample = FrameDataset(folder, "train", "both")[0]
    detailed = FrameDataset(folder, "train", "detailed")[0]
    blockout = FrameDataset(folder, "train", "blockout")[0]
    for name, value in detailed.items():
        if name != "image":
            assert torch.equal(sample[f"detailed_{name}"], value)
            assert torch.equal(sample[f"blockout_{name}"], blockout[name])
    assert not torch.equal(detailed["semantic"], blockout["semantic"])
    assert sample["image"].dtype == torch.uint8 and sample["image"].shape == (3, 16, 16)


def test_mixed_draws_the_wanted_share_and_follows_the_seed(folder):
    data = FrameDataset(folder, "train", "mixed", blockout_share=0.7)
    blockout = FrameDataset(folder, "train", "blockout")[0]["semantic"]

    def draws() -> list[bool]:
        torch.manual_seed(4)
        return [torch.equal(data[0]["semantic"], blockout) for _ in range(100)]

    first = draws()
    assert 0.55 < sum(first) / 100 < 0.85
    assert draws() == first


def test_it_collates(folder):
    batch = next(iter(DataLoader(FrameDataset(folder, "all"), batch_size=8)))
    assert batch["semantic"].shape == (8, 16, 16) and batch["tint"].shape == (8, 3, 16, 16)


def test_table_tells_about_the_instances(folder):
    data = FrameDataset(folder, "train", "detailed")
    table = data.table(0, "detailed")
    assert table.class_id.tolist() == [0, 26, 21, 7]
    assert table.appearance_seed.tolist() == [0, 100, 102, 101]


def test_an_archive_gives_the_same_samples_as_its_folder(folder, tmp_path):
    store = DatasetStore(folder)
    store.pack(rest=True)
    store.export(tmp_path / "set.tar")
    plain = FrameDataset(folder, "all", "both")
    packed = FrameDataset(tmp_path / "set.tar", "all", "both")
    assert len(plain) == len(packed) == 8 and plain.size == packed.size == (16, 16)
    for index in range(8):
        assert plain.key(index) == packed.key(index)
        other = packed[index]
        for name, value in plain[index].items():
            assert torch.equal(other[name], value), name


def test_what_is_wrong_is_told(folder, tmp_path):
    with pytest.raises(ContractError, match="no data set here"):
        FrameDataset(tmp_path / "nowhere")
    with pytest.raises(ContractError, match="split"):
        FrameDataset(folder, "test")
    with pytest.raises(ContractError, match="form"):
        FrameDataset(folder, "train", "boxes")
    empty = tmp_path / "empty"
    DatasetStore(empty).create(RECIPE)
    with pytest.raises(ContractError, match="no frame of the split"):
        FrameDataset(empty, "train")

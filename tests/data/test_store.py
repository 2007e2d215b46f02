# SPDX-License-Identifier: Apache-2.0
import json

import numpy as np
import pytest
from data_doubles import RECIPE, make_sample

from neural_core.contract import ContractError
from neural_core.data import store as store_module
from neural_core.data.shards import join_shards, load_shard, save_shard, stack_samples
from neural_core.data.store import DatasetStore


def keys(store: DatasetStore) -> list[tuple[int, int]]:
    return sorted(
        (int(s), int(c))
        for shard in store.load_all()
        for s, c in zip(shard.seeds, shard.cameras, strict=True)
    )


def fill(store: DatasetStore, seeds: range) -> None:
    for seed in seeds:
        store.add_scene(seed, [make_sample(seed, camera) for camera in range(2)])


def test_a_shard_comes_back_as_it_was(tmp_path, samples):
    shard = stack_samples(samples)
    save_shard(shard, tmp_path / "a.npz")
    back = load_shard(tmp_path / "a.npz")
    assert np.array_equal(back.images, shard.images)
    assert np.array_equal(back.seeds, shard.seeds)
    for form, stack in shard.forms.items():
        for name, array in stack.arrays.items():
            assert np.array_equal(back.forms[form].arrays[name], array), (form, name)
        for mine, other in zip(stack.tables, back.forms[form].tables, strict=True):
            assert np.array_equal(mine.tint, other.tint, equal_nan=True)
            assert np.array_equal(mine.class_id, other.class_id)
            assert np.array_equal(mine.appearance_seed, other.appearance_seed)


def test_joining_equals_stacking(samples):
    joined = join_shards([stack_samples(samples[:2]), stack_samples(samples[2:])])
    whole = stack_samples(samples)
    assert np.array_equal(joined.images, whole.images)
    assert len(joined.forms["blockout"].tables) == len(samples)


@pytest.mark.parametrize("damage", ["cut", "text", "empty"])
def test_a_damaged_shard_is_named(tmp_path, samples, damage):
    path = tmp_path / "a.npz"
    save_shard(stack_samples(samples), path)
    whole = path.read_bytes()
    path.write_bytes({"cut": whole[: len(whole) // 2], "text": b"hello", "empty": b""}[damage])
    with pytest.raises(ContractError, match="damaged"):
        load_shard(path)


def test_scenes_become_shards_and_stay_readable_all_the_time(tmp_path, monkeypatch):
    monkeypatch.setattr(store_module, "SCENES_PER_SHARD", 3)
    store = DatasetStore(tmp_path / "set")
    store.create(RECIPE)
    fill(store, range(7))
    wanted = [(seed, camera) for seed in range(7) for camera in range(2)]
    assert keys(store) == wanted
    assert store.pack() == 2
    assert store.pending_seeds() == [6]
    assert keys(store) == wanted
    assert store.pack(rest=True) == 1
    assert store.pending_seeds() == [] and len(store.shard_paths()) == 3
    assert keys(store) == wanted


@pytest.mark.parametrize("moment", ["shard written", "manifest written"])
def test_a_kill_while_packing_loses_and_doubles_nothing(tmp_path, monkeypatch, moment):
    monkeypatch.setattr(store_module, "SCENES_PER_SHARD", 2)
    store = DatasetStore(tmp_path / "set")
    store.create(RECIPE)
    fill(store, range(4))

    def die(*_args, **_kwargs):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        if moment == "shard written":
            patch.setattr(DatasetStore, "_write_manifest", die)
        else:
            patch.setattr(store_module.Path, "unlink", die)
        with pytest.raises(KeyboardInterrupt):
            store.pack()
    wanted = [(seed, camera) for seed in range(4) for camera in range(2)]
    assert keys(store) == wanted
    again = DatasetStore(tmp_path / "set")
    again.create(RECIPE)
    assert keys(again) == wanted
    again.pack(rest=True)
    assert keys(again) == wanted
    assert sorted(p.name for p in again.shard_paths()) == [
        "shard-00000.npz",
        "shard-00001.npz",
    ]


def test_leftovers_of_a_kill_are_removed(tmp_path):
    store = DatasetStore(tmp_path / "set")
    store.create(RECIPE)
    (tmp_path / "set" / "shard-00000.npz").write_bytes(b"never named by the manifest")
    (tmp_path / "set" / ".shard-00001.npz.77.part").write_bytes(b"half")
    store.create(RECIPE)
    assert not list((tmp_path / "set").glob("*shard*"))


def test_another_recipe_is_refused(tmp_path):
    store = DatasetStore(tmp_path / "set")
    store.create(RECIPE)
    with pytest.raises(ContractError, match="differs in size"):
        store.create({**RECIPE, "size": 256})


def test_no_data_set_and_a_damaged_manifest_are_told(tmp_path):
    with pytest.raises(ContractError, match="no data set here"):
        DatasetStore(tmp_path).manifest()
    (tmp_path / "manifest.json").write_text(json.dumps({"recipe": {}})[:-3])
    with pytest.raises(ContractError, match="manifest is damaged"):
        DatasetStore(tmp_path).manifest()

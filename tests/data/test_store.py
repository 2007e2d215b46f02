# SPDX-License-Identifier: Apache-2.0
import json
from dataclasses import replace

import numpy as np
import pytest
from data_doubles import RECIPE, make_sample

from neural_core.contract import ContractError
from neural_core.data import store as store_module
from neural_core.data.sample import FORMS
from neural_core.data.shards import join_packed, load_packed, load_shard, pack_samples, save_packed
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


def test_a_shard_comes_back_within_the_bounds(tmp_path, samples):
    save_packed(pack_samples(samples), tmp_path / "a.npz")
    back = load_shard(tmp_path / "a.npz")
    assert back.images.shape == (6, 16, 16, 3)
    assert back.seeds.tolist() == [19, 19, 20, 20, 21, 21]
    assert back.cameras.tolist() == [0, 1] * 3
    for row, sample in enumerate(samples):
        assert np.allclose(back.views[row].camera_to_world, sample.view.camera_to_world)
        for form in FORMS:
            mine, stack = sample.forms[form], back.forms[form]
            for name in ("semantic", "instance", "coverage"):
                assert np.array_equal(stack.arrays[name][row], getattr(mine, name)), (form, name)
            table = stack.tables[row]
            for name in ("class_id", "appearance_seed", "matrix_world", "box"):
                assert np.array_equal(getattr(table, name), getattr(mine.table, name)), name


def test_the_same_samples_give_the_same_bytes_and_moving_them_changes_none(tmp_path, samples):
    save_packed(pack_samples(samples), tmp_path / "a.npz")
    parts = [pack_samples(samples[:2]), pack_samples(samples[2:])]
    for number, part in enumerate(parts):
        save_packed(part, tmp_path / f"{number}.npz")
    joined = join_packed([load_packed(tmp_path / f"{number}.npz") for number in range(2)])
    save_packed(joined, tmp_path / "b.npz")
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


@pytest.mark.parametrize("damage", ["cut", "text", "empty"])
def test_a_damaged_shard_is_named(tmp_path, samples, damage):
    path = tmp_path / "a.npz"
    save_packed(pack_samples(samples), path)
    whole = path.read_bytes()
    path.write_bytes({"cut": whole[: len(whole) // 2], "text": b"hello", "empty": b""}[damage])
    with pytest.raises(ContractError, match=r"a\.npz: the shard is damaged"):
        load_shard(path)


def test_a_damaged_frame_is_named_when_it_is_asked_for(samples):
    shard = pack_samples(samples)
    good = shard.forms["detailed"][1]
    forms = (shard.forms["detailed"][0], replace(good, data=good.data[:60]))
    broken = replace(shard, forms={"detailed": forms}, pictures=(b"", b"no picture"), name="a.npz")
    assert broken.form(0, "detailed").semantic.shape == (16, 16)
    with pytest.raises(ContractError, match=r"a\.npz: the shard is damaged"):
        broken.form(1, "detailed")
    with pytest.raises(ContractError, match=r"a\.npz: the shard is damaged"):
        broken.image(1)


def test_older_formats_are_told(tmp_path):
    np.savez(tmp_path / "a.npz", seeds=np.arange(3))
    with pytest.raises(ContractError, match=r"format 1 .* Build the data set again"):
        load_packed(tmp_path / "a.npz")
    (tmp_path / "manifest.json").write_text(json.dumps({"recipe": RECIPE, "shards": {}}))
    for action in (DatasetStore(tmp_path).manifest, lambda: DatasetStore(tmp_path).create(RECIPE)):
        with pytest.raises(ContractError, match="format 1 of data sets"):
            action()


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
